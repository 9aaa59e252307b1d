//! What the rules ask of one app: where it came from, whether it shows an icon, whether it is one
//! that must not be named. Worked out once from the facts; no points are given here.

use super::behaviour::first_installed;
use crate::android::package::{MainActivity, PackageBlock};
use crate::catalogue::{Known, Store, StoreKind, catalogue, store};
use crate::facts::first_days::FirstDay;
use crate::facts::{AppFacts, Facts, Part, Seen};
use crate::products::class_of;

/// Whether the app came with the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It did.
    Preinstalled,
    /// Somebody put it there.
    Added,
    /// The evidence does not say.
    Unknown,
}

/// Who installed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Provenance {
    /// The Play Store, by every record there is.
    Play,
    /// A store by one record; another names this app.
    Claims {
        /// The store.
        store: String,
        /// Who started the installation.
        initiating: String,
        /// A cable, or a file that somebody opened.
        by_hand: bool,
    },
    /// Another store that is known.
    Store {
        /// Which.
        store: &'static Store,
        /// It is on the phone.
        present: bool,
    },
    /// The Play Store, on an old phone, from which a part of this one moved it.
    MovedFromPlay,
    /// An app that came with the phone.
    PartOfPhone,
    /// Nothing is recorded, as of apps that a maker puts beside the system, and it has been there
    /// as long.
    ThereFromTheStart(FirstDay),
    /// Not a store: what the record says.
    OutsideStores(String),
    /// The evidence does not say.
    Unknown,
}

impl Provenance {
    /// Whether it gives a name to one maker: then the name says which app it is.
    pub(crate) fn vouches(&self) -> bool {
        match self {
            Self::Play | Self::MovedFromPlay => true,
            Self::Store { store, present } => *present && store.kind == StoreKind::Curated,
            _ => false,
        }
    }

    /// Whether a store or a part of the phone installed it, of whatever kind, and no record
    /// contradicts that.
    pub(crate) fn is_known(&self) -> bool {
        let by_play = matches!(self, Self::Play | Self::MovedFromPlay);
        by_play || matches!(self, Self::Store { .. } | Self::PartOfPhone)
    }
}

/// Whether somebody who looks at the phone's icons sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Icon {
    /// It shows one.
    Shown,
    /// It declares none.
    None,
    /// It has one that is switched off.
    SwitchedOff(String),
    /// The evidence does not say.
    Unknown,
}

/// One app as the rules see it.
#[derive(Debug)]
pub(crate) struct View<'f> {
    pub(crate) name: &'f str,
    pub(crate) facts: &'f AppFacts,
    pub(crate) origin: Origin,
    pub(crate) provenance: Provenance,
    pub(crate) icon: Icon,
    /// It must not be named without a strong reason.
    pub(crate) private: bool,
    /// It is in a private space alone: not even that it is there may be told.
    pub(crate) in_private_space: bool,
    /// A maker's own app, from that maker's store.
    pub(crate) of_the_maker: bool,
    /// A part of the phone moved it from another one, and it shows its icon.
    pub(crate) moved_openly: bool,
    /// It is on the phone; otherwise it was, and left data.
    pub(crate) present: bool,
    /// An indicator says what it is.
    pub(crate) identified: bool,
}

impl<'f> View<'f> {
    pub(crate) fn new(all: &Facts, name: &'f str, facts: &'f AppFacts) -> Self {
        let origin = origin(facts);
        let provenance = provenance(all, facts);
        // A name that imitates the system protects nobody.
        let by_word = || {
            Known::Help.holds_word_of(name)
                || (Known::Private.holds_word_of(name) && !catalogue().system_like.matches(name))
        };
        let in_private_space = only_in_private_space(all, facts);
        let private = in_private_space
            || Known::Private.holds(name)
            || (class_of(name).is_none() && by_word());
        let icon = icon(all, facts);
        let of_the_maker = of_the_maker(name, facts, &provenance);
        let moved_openly = icon == Icon::Shown && moved_by_the_phone(all, facts, &provenance);
        Self {
            name,
            facts,
            origin,
            provenance,
            icon,
            private,
            in_private_space,
            of_the_maker,
            moved_openly,
            present: present(all, facts),
            identified: false,
        }
    }

    /// Whether a list of known apps holds it, and more than its name says that it is that app.
    pub(crate) fn vouched(&self, list: Known) -> bool {
        list.holds(self.name)
            && (self.origin == Origin::Preinstalled
                || self.provenance.vouches()
                || self.nothing_known_of_its_origin())
    }

    /// Neither where it came from nor who installed it could be read, as where the phone's list of
    /// packages is missing: it may well be a part of the phone.
    pub(crate) fn nothing_known_of_its_origin(&self) -> bool {
        self.origin == Origin::Unknown && self.provenance == Provenance::Unknown
    }

    /// The phone's own table shows that it asks for a place among the icons, and nothing that the
    /// place is switched off.
    pub(crate) fn asks_for_icon(&self) -> bool {
        let asks = |main: &MainActivity| main.launcher == Some(true);
        self.icon == Icon::Shown && self.facts.main_activities.iter().any(asks)
    }

    /// Nothing but a running process bears this name: an app may give its processes other names.
    pub(crate) fn is_only_a_process(&self) -> bool {
        let facts = self.facts;
        let listed = facts.block.is_some() || facts.aqf.is_some() || facts.listed.is_some();
        let switched_on = [&facts.admins, &facts.accessibility, &facts.listeners];
        facts.running.is_some()
            && !listed
            && facts.backup.is_none()
            && facts.files.is_empty()
            && switched_on.iter().all(|all| all.is_empty())
    }

    /// Where the evidence speaks of the app at all.
    pub(crate) fn seen(&self) -> Option<Seen> {
        let block = self.facts.block.as_ref().map(|(_, seen)| *seen);
        let listed = self.facts.aqf.as_ref().map(|(_, seen)| *seen);
        let listed = listed.or(self.facts.listed.as_ref().map(|(_, seen)| *seen));
        let listed = listed.or(self.facts.backup.as_ref().map(|(_, seen)| *seen));
        let file = self.facts.files.first().map(|file| file.seen);
        let switched_on = [&self.facts.admins, &self.facts.accessibility, &self.facts.listeners]
            .into_iter()
            .chain([&self.facts.accessibility_installed])
            .find_map(|all| all.first())
            .map(|on| on.seen);
        block
            .or(listed)
            .or(switched_on)
            .or(file)
            .or_else(|| self.facts.behaviour.seen())
            .or(self.facts.running)
            .or(self.facts.folder)
    }
}

pub(crate) fn origin(facts: &AppFacts) -> Origin {
    let of_block = facts.block.as_ref().and_then(|(block, _)| block.system);
    let of_list = facts.aqf.as_ref().and_then(|(package, _)| package.system);
    let by_path = facts.listed.as_ref().and_then(|(listed, _)| listed.came_with_phone());
    // What came with the phone names no installer in a backup.
    let of_backup = facts.backup.as_ref().and_then(|(app, _)| app.installer.as_ref());
    let of_backup = of_backup.map(|_| false);
    match of_block.or(of_list).or(by_path).or(of_backup) {
        Some(true) => Origin::Preinstalled,
        Some(false) => Origin::Added,
        None if facts.hidden_system => Origin::Preinstalled,
        None => Origin::Unknown,
    }
}

fn provenance(all: &Facts, facts: &AppFacts) -> Provenance {
    let block = facts.block.as_ref().map(|(block, _)| block);
    let listed = facts.aqf.as_ref().map(|(package, _)| package);
    let by_line = facts.listed.as_ref().map(|(listed, _)| listed);
    let backup = facts.backup.as_ref().map(|(app, _)| app);
    let installer = block
        .and_then(|block| block.installer.as_deref())
        .or_else(|| listed.and_then(|package| package.installer.as_deref()))
        .or_else(|| by_line.and_then(|line| line.installer.as_deref()))
        .or_else(|| backup.and_then(|app| app.installer.as_deref()));
    let Some(installer) = installer else {
        let known_to_be_none = block.is_some_and(|block| block.whole)
            || listed.is_some_and(|package| package.installer_given)
            || by_line.is_some_and(|line| line.installer_given);
        return if !known_to_be_none {
            Provenance::Unknown
        } else if let Some(day) = block.and_then(|block| from_the_start(all, block)) {
            Provenance::ThereFromTheStart(day)
        } else {
            Provenance::OutsideStores("no app is recorded as its installer".to_owned())
        };
    };
    let others = block.into_iter().flat_map(|block| [&block.initiating, &block.originating]);
    if Known::PlayStore.holds(installer) {
        let other = others.flatten().find(|other| !Known::PlayStore.holds(other));
        return match other {
            None => Provenance::Play,
            // A part of the phone moved it from an old one, and left the store on record.
            Some(other) if came_with_phone(all, other) && !opens_app_files(other) => {
                Provenance::MovedFromPlay
            }
            Some(other) => claims(all, installer, other),
        };
    }
    if opens_app_files(installer) {
        if let Some(store) = block.and_then(|block| handed_over_by(all, block)) {
            return Provenance::Store { store, present: true };
        }
        let from = block.and_then(|block| block.originating.as_deref());
        let from = from.filter(|from| *from != installer);
        let from = from.map(|from| format!(" that came by {}", shown(all, from)));
        let installer = shown(all, installer);
        let from = from.unwrap_or_default();
        Provenance::OutsideStores(format!("{installer} installed it from a file{from}"))
    } else if store(installer).is_some() || came_with_phone(all, installer) {
        // One part of the phone may install for another; a cable or an opened file names a store
        // only where somebody made it.
        let by_hand = others.flatten().find(|other| opens_app_files(other));
        let present = all.apps.contains_key(installer);
        match (by_hand, store(installer)) {
            (Some(other), _) => claims(all, installer, other),
            (None, Some(store)) => Provenance::Store { store, present },
            (None, None) => Provenance::PartOfPhone,
        }
    } else {
        let installer = shown(all, installer);
        Provenance::OutsideStores(format!("{installer}, which is no known store, installed it"))
    }
}

/// The store on the phone that handed a file to the phone's own installer, as stores do that may
/// not install by themselves. The phone records that itself; only a computer's record covers it.
fn handed_over_by(all: &Facts, block: &PackageBlock) -> Option<&'static Store> {
    const COMPUTER: &str = "com.android.shell";
    let from = block.originating.as_deref()?;
    let by_computer = [&block.installer, &block.initiating]
        .into_iter()
        .any(|one| one.as_deref() == Some(COMPUTER));
    let there = all.apps.get(from).is_some_and(|app| present(all, app));
    store(from).filter(|_| there && !by_computer)
}

/// What a maker offers for its own phones and watches has no icon by design and is named like the
/// phone's own parts. Where the phone records nothing about who started an installation, a name
/// and a store can be made up: an administrator is looked at as any other then.
fn of_the_maker(name: &str, facts: &AppFacts, provenance: &Provenance) -> bool {
    let Provenance::Store { store, .. } = provenance else { return false };
    let confirmed = || facts.block.as_ref().is_some_and(|(block, _)| block.initiating.is_some());
    provenance.vouches() && store.is_of_its_maker(name) && (facts.admins.is_empty() || confirmed())
}

/// Only what came with the phone is a mover here; a tool that somebody added is not.
fn moved_by_the_phone(all: &Facts, facts: &AppFacts, provenance: &Provenance) -> bool {
    let Provenance::Store { store, .. } = provenance else { return false };
    let installer = facts.block.as_ref().and_then(|(block, _)| block.installer.as_deref());
    store.kind == StoreKind::Tool && installer.is_some_and(|one| came_with_phone(all, one))
}

fn claims(all: &Facts, store: &str, initiating: &str) -> Provenance {
    let store = if Known::PlayStore.holds(store) {
        "the Play Store".to_owned()
    } else if self::store(store).is_some() {
        store.to_owned()
    } else {
        shown(all, store)
    };
    let by_hand = opens_app_files(initiating);
    Provenance::Claims { store, initiating: shown(all, initiating), by_hand }
}

/// Every maker has a package installer of its own, under a name that ends alike.
fn opens_app_files(package: &str) -> bool {
    Known::OpensAppFiles.holds(package)
        || package
            .rsplit('.')
            .next()
            .is_some_and(|last| last.eq_ignore_ascii_case("packageinstaller"))
}

/// Whether it has been there since the phone's own first days, and no record says that somebody
/// put it there.
fn from_the_start(all: &Facts, block: &PackageBlock) -> Option<FirstDay> {
    let others = [&block.initiating, &block.originating];
    let days = first_installed(block);
    let day = *days.iter().min()?;
    if others.iter().any(|other| other.is_some()) {
        return None;
    }
    all.index().first_days.holds(day)
}

fn came_with_phone(all: &Facts, package: &str) -> bool {
    all.apps.get(package).is_some_and(|app| origin(app) == Origin::Preinstalled)
}

/// How a sentence about one app calls another: by name only what is a part of the phone, for a
/// finding must not give away which other apps are there.
fn shown(all: &Facts, package: &str) -> String {
    let known_tool = opens_app_files(package) && !Known::Private.holds(package);
    if known_tool || came_with_phone(all, package) {
        package.to_owned()
    } else {
        "another app".to_owned()
    }
}

fn present(all: &Facts, facts: &AppFacts) -> bool {
    let Some((block, _)) = &facts.block else { return listed(all, facts) };
    let mut installed = block.users.values().filter_map(|user| user.installed).peekable();
    installed.peek().is_none() || installed.any(|installed| installed)
}

/// An app without a block may stand in another list, or be switched on. Its file, and what other
/// services merely remember of it, do not put it on the phone where a whole list leaves it out.
fn listed(all: &Facts, facts: &AppFacts) -> bool {
    let switched_on = [&facts.admins, &facts.accessibility, &facts.listeners];
    let named = facts.aqf.as_ref().is_some_and(|(app, _)| app.installed != Some(false))
        || facts.listed.is_some()
        || facts.backup.is_some()
        || facts.running.is_some()
        || !facts.accessibility_installed.is_empty()
        || switched_on.iter().any(|all| !all.is_empty());
    let whole_list = all.is_whole(Part::Packages) || all.is_whole(Part::AqfPackages);
    named || (!whole_list && (facts.behaviour.is_current() || !facts.files.is_empty()))
}

fn only_in_private_space(all: &Facts, facts: &AppFacts) -> bool {
    let Some((block, _)) = &facts.block else { return false };
    let mut installed_for =
        block.users.iter().filter(|(_, state)| state.installed == Some(true)).peekable();
    let private = |user: u32| all.access.private_users().any(|private| private == user);
    installed_for.peek().is_some() && installed_for.all(|(user, _)| private(*user))
}

/// Without a whole table of activities, or with one that names no main activity for any app at
/// all, a missing icon means nothing.
fn icon(all: &Facts, facts: &AppFacts) -> Icon {
    let Some((block, _)) = &facts.block else { return Icon::Unknown };
    if !all.is_whole(Part::Activities) || !all.index().names_main_activities {
        return Icon::Unknown;
    }
    // Where the table shows who asks for an icon, silence is an answer.
    let told = all.index().tells_icons;
    let icons: Vec<_> =
        facts.main_activities.iter().filter(|main| main.launcher.unwrap_or(!told)).collect();
    if icons.is_empty() {
        return Icon::None;
    }
    let mut switched_off = None;
    for state in block.users.values().filter(|state| state.installed != Some(false)) {
        let off = |class: &String| state.disabled_components.contains(class);
        // An app that is switched off as a whole shows no icon either, but hides nothing by it.
        let whole_app_off = matches!(state.enabled, Some(2..=4));
        if !whole_app_off && icons.iter().all(|main| off(&main.component.class)) {
            switched_off = Some(icons[0].component.class.clone());
        }
    }
    match switched_off {
        Some(class) if block.whole => Icon::SwitchedOff(class),
        _ => Icon::Shown,
    }
}

/// Whether the permissions of the app hold four and more of the kinds that watching needs.
pub(crate) fn permission_kinds(facts: &AppFacts) -> Option<(Vec<&'static str>, Seen)> {
    let (block, seen) = facts.block.as_ref()?;
    let kinds = &catalogue().permission_kinds;
    let held: Vec<_> = kinds
        .kind
        .iter()
        .filter(|kind| kind.permissions.iter().any(|name| block.granted.contains(name)))
        .map(|kind| kind.title.as_str())
        .collect();
    (held.len() >= kinds.at_least).then_some((held, *seen))
}
