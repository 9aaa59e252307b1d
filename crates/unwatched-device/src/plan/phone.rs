//! What a plan is made from: the apps that were found, what they hold and what their code would
//! tell, and the findings about access. Taken from the facts and the findings; nothing is judged
//! anew, and no app is named that no finding names.

use std::collections::{BTreeMap, BTreeSet};

use unwatched_model::report::{HowSoon, Observable};

use super::actions::{Actions, There};
use crate::android::role::Role;
use crate::evidence::EvidenceKind;
use crate::facts::{AppFacts, Facts};
use crate::judge::{came_with_the_phone, holds_vpn, is_present, keyboard_of};
use crate::result::{Band, Finding, FindingKind, Subject};

/// What an analyst noted of a family: who is told of an action. The compiled indicator set carries
/// none yet; a release that does fills these in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyNote {
    /// The family's id.
    pub family: String,
    /// An action's id in `catalogue/actions.toml`.
    pub action: String,
    /// How soon.
    pub how_soon: HowSoon,
    /// For a helper.
    pub sentence: String,
    /// Who noted it, and where.
    pub source: String,
}

/// More apps than anybody takes away one by one: such a phone is made to be read for ever.
const MAX_APPS: usize = 40;

/// Something an app holds that can be taken from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// What kind of thing.
    pub there: There,
    /// Which of several, in a helper's words.
    pub detail: Option<String>,
    /// As the phone names them: components, permissions, operations.
    pub names: Vec<String>,
}

/// What is known of an app's code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Code {
    /// Its file was not there.
    #[default]
    Unread,
    /// It was analysed.
    Read {
        /// What it would tell of.
        signals: Vec<Observable>,
        /// There is code in it that could not be read.
        partly: bool,
    },
}

/// An app that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundApp {
    /// Its name.
    pub package: String,
    /// The family it was recognised as.
    pub family: Option<String>,
    /// It came with the phone: it can be switched off, and not removed for good.
    pub came_with_the_phone: bool,
    /// It manages the phone or a profile: it cannot be removed by hand.
    pub manages: bool,
    /// The users that it is installed for.
    pub users: BTreeSet<u32>,
    /// Those of them for whom it is switched on.
    pub switched_on: BTreeSet<u32>,
    /// What it holds.
    pub held: Vec<Held>,
    /// What its code would tell.
    pub code: Code,
    /// What analysts noted of its family.
    pub notes: Vec<FamilyNote>,
}

impl FoundApp {
    /// The app as it is on the phone now, whether a finding names it or not; `None` where it is not.
    pub(super) fn now(facts: &Facts, package: &str) -> Option<Self> {
        let (package, app) = facts.apps.get_key_value(package)?;
        is_present(facts, package, app).then(|| found(facts, package, app))
    }

    /// Whether it holds anything of this kind.
    pub fn holds(&self, there: There) -> bool {
        self.held.iter().any(|held| held.there == there)
    }

    /// Whether codes and alerts that arrive on the phone, or what is typed on it, reach this app.
    pub fn reads_codes(&self) -> bool {
        let reads =
            [There::Accessibility, There::NotificationAccess, There::SmsApp, There::Keyboard];
        let texts = |held: &Held| {
            held.names
                .iter()
                .any(|name| name.ends_with("READ_SMS") || name.ends_with("RECEIVE_SMS"))
        };
        reads.into_iter().any(|there| self.holds(there)) || self.held.iter().any(texts)
    }
}

/// A phone as a plan sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phone {
    /// Android's version.
    pub android: Option<u32>,
    /// The apps that were found.
    pub apps: Vec<FoundApp>,
    /// Apps that are worth a question and no more, or that only hold a way in: part of a plan where
    /// somebody names them.
    pub questions: Vec<String>,
    /// How many more apps were found than a plan holds.
    pub left_out: usize,
    /// The ids of the findings about access and settings.
    pub findings: BTreeSet<String>,
    /// Apps of which much was seen and that stay unnamed.
    pub unnamed: usize,
}

impl Phone {
    /// From what was observed and what was found. `about`: the apps that somebody chose among
    /// them; without any, those that stand out enough.
    pub(crate) fn of(
        facts: &Facts,
        findings: &[Finding],
        notes: &[FamilyNote],
        about: &[String],
    ) -> Self {
        let mut families = BTreeMap::new();
        let mut questions = BTreeSet::new();
        for finding in findings {
            let Some((package, app)) = named(facts, finding) else { continue };
            let chosen = about.contains(package) || (about.is_empty() && stands_out(finding));
            if chosen {
                let family = families.entry(package).or_insert((app, None)).1.take();
                let family = family.or_else(|| finding.family.clone());
                families.insert(package, (app, family));
            } else {
                questions.insert(package.clone());
            }
        }
        questions.retain(|package| !families.contains_key(package));
        // The file of one app was handed over by name: there is nothing to keep unnamed.
        if facts.kind == EvidenceKind::App {
            for (package, app) in &facts.apps {
                families.entry(package).or_insert((app, None));
            }
        }
        let left_out = families.len().saturating_sub(MAX_APPS);
        let apps = families.into_iter().take(MAX_APPS).map(|(package, (app, family))| {
            let of_it = notes.iter().filter(|note| Some(&note.family) == family.as_ref());
            let notes = of_it.cloned().collect();
            FoundApp { family, notes, ..found(facts, package, app) }
        });
        let of_access = findings.iter().filter(|finding| finding.kind == FindingKind::Access);
        let version = facts.os_version.as_deref().unwrap_or_default();
        Self {
            android: version.split('.').next().and_then(|number| number.parse().ok()),
            apps: apps.collect(),
            questions: questions.into_iter().collect(),
            left_out,
            unnamed: findings.iter().filter(|one| one.id.starts_with("access:unnamed_app")).count(),
            findings: of_access.map(|finding| finding.id.clone()).collect(),
        }
    }
}

/// Whether a finding is reason enough to plan for its app without being asked to.
fn stands_out(finding: &Finding) -> bool {
    let by_band = finding.band.is_some_and(|band| band < Band::Notable);
    let from_afar = ["access:remote_support:", "access:forwarding:"];
    by_band || from_afar.iter().any(|kind| finding.id.starts_with(kind))
}

/// The app on the phone that a finding names, where it names one.
fn named<'f>(facts: &'f Facts, finding: &Finding) -> Option<(&'f String, &'f AppFacts)> {
    let name = match (&finding.subject, finding.kind) {
        (_, FindingKind::WasInstalled | FindingKind::VisitedOrContacted) => return None,
        (Subject::Package(package), _) => package.as_str(),
        // `access:remote_support:com.example.help`; a private app stands there as a number.
        (_, FindingKind::Access) => {
            let kinds = ["remote_support:", "forwarding:", "keyboard:", "vpn:", "companion:"];
            let id = finding.id.strip_prefix("access:")?;
            kinds.iter().find_map(|kind| id.strip_prefix(kind))?
        }
        _ => return None,
    };
    let (package, app) = facts.apps.get_key_value(name)?;
    is_present(facts, package, app).then_some((package, app))
}

fn found(facts: &Facts, package: &str, app: &AppFacts) -> FoundApp {
    let users = app.block.iter().flat_map(|(block, _)| &block.users);
    let installed = users.filter(|(_, state)| state.installed != Some(false));
    // 2 to 4: off, off by hand, off until it is used.
    let on = installed.clone().filter(|(_, state)| !matches!(state.enabled, Some(2..=4)));
    FoundApp {
        package: package.to_owned(),
        family: None,
        came_with_the_phone: came_with_the_phone(app),
        manages: facts.owners.iter().any(|owner| owner.package == package),
        users: installed.map(|(user, _)| *user).collect(),
        switched_on: on.map(|(user, _)| *user).collect(),
        held: held(facts, package, app),
        code: code(app),
        notes: Vec::new(),
    }
}

fn code(app: &AppFacts) -> Code {
    if app.files.is_empty() {
        return Code::Unread;
    }
    let partly = app.files.iter().any(|file| file.unread);
    let signals = app.files.iter().flat_map(|file| file.observable.iter().cloned()).collect();
    Code::Read { signals, partly }
}

fn held(facts: &Facts, package: &str, app: &AppFacts) -> Vec<Held> {
    let mut all = Vec::new();
    let mut hold = |there, detail: Option<&str>, names: Vec<String>| {
        let held = Held { there, detail: detail.map(ToOwned::to_owned), names };
        if !all.contains(&held) {
            all.push(held);
        }
    };
    let lists = [
        (There::Admin, &app.admins),
        (There::Accessibility, &app.accessibility),
        (There::NotificationAccess, &app.listeners),
    ];
    for (there, on) in lists.into_iter().filter(|(_, on)| !on.is_empty()) {
        let names: BTreeSet<String> = on.iter().map(|one| one.component.to_string()).collect();
        hold(there, None, names.into_iter().collect());
    }
    if holds_vpn(facts, package, app) {
        hold(There::Vpn, None, Vec::new());
    }
    for role in app.behaviour.roles.keys() {
        match role {
            Role::Sms => hold(There::SmsApp, None, Vec::new()),
            Role::Dialer | Role::CallRedirection => hold(There::PhoneApp, None, Vec::new()),
            Role::Assistant => hold(There::Assistant, None, Vec::new()),
            Role::Home => {}
        }
    }
    if let Some(component) = keyboard_of(facts, package, app) {
        hold(There::Keyboard, None, vec![component.to_string()]);
    }
    if app.behaviour.exempt.is_some() {
        hold(There::Exempt, None, Vec::new());
    }
    let links = facts.access.companions.iter();
    if links.filter(|at| !at.what.revoked).any(|at| at.what.package == package) {
        hold(There::Companion, None, Vec::new());
    }
    for access in &Actions::here().special_access {
        if app.behaviour.ops.get(&access.op).is_some_and(|(record, _)| record.allowed) {
            hold(There::SpecialAccess, Some(&access.title), vec![access.name.clone()]);
        }
    }
    let granted = |name: &String| {
        let name = format!("android.permission.{name}");
        let by_block = app.block.as_ref().is_some_and(|(block, _)| block.granted.contains(&name));
        by_block.then_some(name)
    };
    for group in &Actions::here().permission {
        let names: Vec<String> = group.names.iter().filter_map(granted).collect();
        if !names.is_empty() {
            hold(There::Permission, Some(&group.title), names);
        }
    }
    all
}
