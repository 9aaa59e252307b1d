//! What was observed on a device, with where it was observed. Nothing here is judged: whether a
//! fact matters is decided in `judge/`.

mod behaviour;
pub(crate) mod first_days;
mod history;
mod index;
mod pairs;
mod window;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

pub use behaviour::Behaviour;
pub use history::{Trace, TraceKind};
pub(crate) use index::{Background, Index};
use serde::{Deserialize, Serialize};
pub use window::{Window, WindowError};

pub mod access;

use crate::android::accessibility::Accessibility;
use crate::android::aqf_packages::{AqfPackage, AqfPackages};
use crate::android::backup_manifest::BackupManifest;
use crate::android::component::Component;
use crate::android::device_policy::{DevicePolicy, OwnerKind};
use crate::android::getprop::Properties;
use crate::android::netstats::Traffic;
use crate::android::notification::Notification;
use crate::android::package::{Declares, MainActivity, PackageBlock, PackageDump};
use crate::android::package_list::ListedPackage;
use crate::android::settings::SettingsRead;
use crate::evidence::{Compared, EvidenceKind, Problem, SettingsTable};
use access::{AccessFacts, At};

pub mod app_files;
pub mod system;

pub use app_files::AppFile;

/// Where a fact was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seen {
    /// Which of [`Facts::places`].
    pub place: usize,
    /// The part of it, for example `dumpsys package`.
    pub part: Part,
    /// The line, or the entry's number in a list; both from 1.
    pub line: u64,
}

/// The parts of the evidence that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// `dumpsys package`, its list of packages.
    Packages,
    /// `dumpsys package`, which activities answer to which intent.
    Activities,
    /// `dumpsys package`, which receivers hear of what.
    Receivers,
    /// `dumpsys accessibility`.
    Accessibility,
    /// `dumpsys device_policy`.
    DevicePolicy,
    /// `dumpsys notification`.
    Notification,
    /// `dumpsys settings`, or AndroidQF's three files.
    Settings(SettingsTable),
    /// `dumpsys user`.
    User,
    /// `getprop`.
    Getprop,
    /// `dumpsys appops`.
    Appops,
    /// `dumpsys deviceidle`.
    DeviceIdle,
    /// `dumpsys role`.
    Role,
    /// `dumpsys media_projection`.
    MediaProjection,
    /// `dumpsys activity`, its services.
    RunningServices,
    /// `dumpsys package`, its sessions of installation.
    InstallSessions,
    /// `dumpsys usagestats`.
    Usage,
    /// `dumpsys netstats`.
    NetStats,
    /// `dumpsys batterystats`.
    Battery,
    /// A bugreport's event log.
    EventLog,
    /// Traces of crashes.
    Tombstones,
    /// Traces of apps that did not answer.
    AnrTraces,
    /// AndroidQF's `packages.json`.
    AqfPackages,
    /// `dumpsys trust`.
    Trust,
    /// `dumpsys fingerprint`.
    Fingerprint,
    /// `dumpsys face`.
    Face,
    /// `dumpsys lock_settings`.
    LockSettings,
    /// `dumpsys companiondevice`.
    Companions,
    /// `dumpsys connectivity`.
    Connectivity,
    /// `dumpsys vpn_management`.
    VpnManagement,
    /// `dumpsys wifi`.
    Wifi,
    /// `dumpsys adb`.
    Adb,
    /// `dumpsys telephony.registry`.
    Telephony,
    /// Any line of a dump or a log, where an address may stand.
    Text,
    /// Text messages, of which addresses alone are looked at.
    Messages,
    /// The files of apps.
    AppFiles,
    /// What a backup says of its apps.
    BackupManifest,
    /// `pm list packages`.
    PackageList,
    /// AndroidQF's `files.json`.
    AqfFiles,
    /// AndroidQF's `root_binaries.json`.
    RootBinaries,
    /// The mounted file systems.
    Mounts,
    /// The running processes.
    Processes,
    /// Whether SELinux holds.
    Selinux,
}

impl Part {
    /// How a report names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Packages => "list of packages (dumpsys package)",
            Self::Activities => "table of activities (dumpsys package)",
            Self::Accessibility => "dumpsys accessibility",
            Self::DevicePolicy => "dumpsys device_policy",
            Self::Notification => "dumpsys notification",
            Self::Settings(SettingsTable::Global) => "settings_global",
            Self::Settings(SettingsTable::Secure) => "settings_secure",
            Self::Settings(SettingsTable::System) => "settings_system",
            Self::User => "dumpsys user",
            Self::Getprop => "getprop",
            Self::Receivers => "table of receivers (dumpsys package)",
            Self::Appops => "dumpsys appops",
            Self::DeviceIdle => "dumpsys deviceidle",
            Self::Role => "dumpsys role",
            Self::MediaProjection => "dumpsys media_projection",
            Self::RunningServices => "dumpsys activity",
            Self::InstallSessions => "list of installations (dumpsys package)",
            Self::Usage => "dumpsys usagestats",
            Self::NetStats => "dumpsys netstats",
            Self::Battery => "dumpsys batterystats",
            Self::EventLog => "event log",
            Self::Tombstones => "traces of crashes",
            Self::AnrTraces => "traces of apps that did not answer",
            Self::AqfPackages => "packages.json",
            Self::Trust => "dumpsys trust",
            Self::Fingerprint => "dumpsys fingerprint",
            Self::Face => "dumpsys face",
            Self::LockSettings => "dumpsys lock_settings",
            Self::Companions => "dumpsys companiondevice",
            Self::Connectivity => "dumpsys connectivity",
            Self::VpnManagement => "dumpsys vpn_management",
            Self::Wifi => "dumpsys wifi",
            Self::Adb => "dumpsys adb",
            Self::Telephony => "dumpsys telephony.registry",
            Self::Text => "log lines",
            Self::Messages => "text messages",
            Self::AppFiles => "files of apps",
            Self::BackupManifest => "backup's list of apps",
            Self::PackageList => "pm list packages",
            Self::AqfFiles => "files.json",
            Self::RootBinaries => "root_binaries.json",
            Self::Mounts => "list of mounts",
            Self::Processes => "list of processes",
            Self::Selinux => "getenforce",
        }
    }
}

/// How much of a part was there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// It held nothing that could be read, and why.
    Unreadable(String),
    /// It begins, but its end is missing, and why.
    Cut(String),
    /// From beginning to end.
    Whole,
}

/// An app's component that the person holding the phone, or somebody else, switched on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SwitchedOn {
    /// The component.
    pub component: Component,
    /// Where.
    pub seen: Seen,
}

/// Everything observed about one package.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AppFacts {
    /// Its block in `dumpsys package`.
    pub block: Option<(PackageBlock, Seen)>,
    /// Its entry in AndroidQF's `packages.json`.
    pub aqf: Option<(AqfPackage, Seen)>,
    /// Its line in `pm list packages`.
    pub listed: Option<(ListedPackage, Seen)>,
    /// What a backup says of it.
    pub backup: Option<(BackupManifest, Seen)>,
    /// Its files, analysed.
    pub files: Vec<AppFile>,
    /// It runs.
    pub running: Option<Seen>,
    /// It has a folder of its own among the person's files.
    pub folder: Option<Seen>,
    /// It stands among the hidden system packages: an update lies over a version that came with
    /// the phone.
    pub hidden_system: bool,
    /// Its activities that answer to MAIN.
    pub main_activities: Vec<MainActivity>,
    /// What its manifest declares.
    pub declares: BTreeSet<Declares>,
    /// Accessibility services that are on.
    pub accessibility: Vec<SwitchedOn>,
    /// Accessibility services that are merely there; old Android lists no others.
    pub accessibility_installed: Vec<SwitchedOn>,
    /// Device administrators that are on.
    pub admins: Vec<SwitchedOn>,
    /// What these may do, in the phone's own words.
    pub admin_policies: BTreeSet<String>,
    /// Notification listeners that are on.
    pub listeners: Vec<SwitchedOn>,
    /// What it may do and did.
    pub behaviour: Behaviour,
}

/// Who manages the device or a profile on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// Of what.
    pub kind: OwnerKind,
    /// Which user, where the dump says so.
    pub user: Option<u32>,
    /// The app that manages it.
    pub package: String,
    /// Where.
    pub seen: Seen,
}

/// Everything observed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    /// The kind of evidence.
    pub kind: EvidenceKind,
    /// Android's version, maker and model, as `getprop` has them.
    pub os_version: Option<String>,
    /// Maker and model.
    pub model: Option<String>,
    /// By package name.
    pub apps: BTreeMap<String, AppFacts>,
    /// Device and profile owners.
    pub owners: Vec<Owner>,
    /// The settings that a rule asks about.
    #[serde(with = "pairs")]
    pub settings: BTreeMap<(SettingsTable, String), (String, Seen)>,
    /// Who else can get in.
    pub access: AccessFacts,
    /// How much of each part was there; a part that is missing here was not in the evidence.
    #[serde(with = "pairs")]
    pub coverage: BTreeMap<Part, Coverage>,
    /// What was sent and received, by the number under which the system accounts for an app.
    pub traffic: BTreeMap<u32, (Traffic, Seen)>,
    /// The days on which somebody else could have had the phone, where the survivor named them.
    pub window: Option<Window>,
    /// Whether the files are still as a list says that was made with them.
    pub compared: Option<Compared>,
    /// Whether any artefact ended before its end.
    pub cut_short: bool,
    /// The system itself.
    pub system: system::SystemFacts,
    /// How many files of apps were analysed, and how many could not be.
    pub app_files_read: usize,
    /// How many could not be.
    pub app_files_unread: usize,
    /// The artefacts read, which [`Seen::place`] points into.
    pub places: Vec<String>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    #[serde(skip)]
    index: OnceCell<Index>,
}

impl Facts {
    /// Nothing observed yet.
    pub fn new(kind: EvidenceKind) -> Self {
        Self {
            kind,
            os_version: None,
            model: None,
            apps: BTreeMap::new(),
            owners: Vec::new(),
            settings: BTreeMap::new(),
            access: AccessFacts::default(),
            coverage: BTreeMap::new(),
            traffic: BTreeMap::new(),
            window: None,
            compared: None,
            cut_short: false,
            system: system::SystemFacts::default(),
            app_files_read: 0,
            app_files_unread: 0,
            places: Vec::new(),
            problems: Vec::new(),
            index: OnceCell::new(),
        }
    }

    /// What is asked for every app again. It is made when first asked for: nothing is added then.
    pub(crate) fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self))
    }

    /// The app of this name, new if it was not seen before.
    pub fn app(&mut self, package: &str) -> &mut AppFacts {
        if !self.apps.contains_key(package) {
            self.apps.insert(package.to_owned(), AppFacts::default());
        }
        self.apps.get_mut(package).expect("it was just put there")
    }

    /// Notes how much of a part was there; of two readings the fuller one counts.
    pub fn cover(&mut self, part: Part, coverage: Coverage) {
        let slot = self.coverage.entry(part).or_insert_with(|| coverage.clone());
        if *slot < coverage {
            *slot = coverage;
        }
    }

    /// Whether a part was read from beginning to end.
    pub fn is_whole(&self, part: Part) -> bool {
        self.coverage.get(&part) == Some(&Coverage::Whole)
    }

    /// A place in words.
    pub fn place(&self, seen: Seen) -> String {
        let place = self.places.get(seen.place).map_or("the evidence", String::as_str);
        if seen.part == Part::AppFiles {
            return place.to_owned();
        }
        let counts_entries = matches!(seen.part, Part::AqfPackages | Part::AqfFiles);
        let unit = if counts_entries { "entry" } else { "line" };
        let part = seen.part.as_str();
        if part == place {
            format!("{place}, {unit} {}", seen.line)
        } else {
            format!("{part}, {place}, {unit} {}", seen.line)
        }
    }
}

/// Whether a second block about a package replaces the first. A whole one tells more than one
/// whose end is missing. Of two whole ones the less trusting counts: an app can print whatever it
/// likes into its own part of a bugreport, a list of packages in its favour too.
fn tells_more(new: &PackageBlock, known: &PackageBlock) -> bool {
    if new.whole != known.whole {
        return new.whole;
    }
    let trust = |block: &PackageBlock| (block.system == Some(true), block.installer.is_some());
    trust(new) < trust(known)
}

/// What the parsers found, put beside what is there already.
impl Facts {
    pub(crate) fn add_packages(&mut self, place: usize, dump: PackageDump) {
        for (name, block) in dump.blocks {
            let seen = Seen { place, part: Part::Packages, line: block.line };
            let slot = &mut self.app(&name).block;
            if slot.as_ref().is_none_or(|(known, _)| tells_more(&block, known)) {
                *slot = Some((block, seen));
            }
        }
        for name in dump.hidden_system {
            self.app(&name).hidden_system = true;
        }
        // A table may name an app that the list, cut short, does not hold: it is no app by itself.
        for (name, activities) in dump.main_activities {
            if let Some(app) = self.apps.get_mut(&name) {
                app.main_activities.extend(activities);
            }
        }
        self.add_installations(place, dump.installations);
        self.add_removals(place, dump.removals);
        for (name, declares) in dump.declares {
            if let Some(app) = self.apps.get_mut(&name) {
                app.declares.extend(declares);
            }
        }
    }

    pub(crate) fn add_accessibility(&mut self, place: usize, dump: Accessibility) {
        let part = Part::Accessibility;
        for (component, line) in dump.enabled {
            let on = SwitchedOn { component, seen: Seen { place, part, line } };
            self.app(&on.component.package.clone()).accessibility.push(on);
        }
        for (component, line) in dump.installed {
            let there = SwitchedOn { component, seen: Seen { place, part, line } };
            self.app(&there.component.package.clone()).accessibility_installed.push(there);
        }
    }

    pub(crate) fn add_device_policy(&mut self, place: usize, dump: DevicePolicy) {
        let part = Part::DevicePolicy;
        for admin in dump.admins {
            let seen = Seen { place, part, line: admin.line };
            let app = self.app(&admin.component.package.clone());
            app.admin_policies.extend(admin.policies);
            app.admins.push(SwitchedOn { component: admin.component, seen });
        }
        for owner in dump.owners {
            let seen = Seen { place, part, line: owner.line };
            let owner = Owner { kind: owner.kind, user: owner.user, package: owner.package, seen };
            let same = |known: &Owner| {
                (known.kind, known.user, &known.package) == (owner.kind, owner.user, &owner.package)
            };
            if !self.owners.iter().any(same) {
                self.owners.push(owner);
            }
        }
    }

    pub(crate) fn add_notification(&mut self, place: usize, dump: Notification) {
        if let Some(line) = dump.certificate_warning {
            let seen = Seen { place, part: Part::Notification, line };
            self.access.certificate_warning.get_or_insert(seen);
        }
        for (component, line) in dump.listeners {
            let seen = Seen { place, part: Part::Notification, line };
            self.app(&component.package.clone()).listeners.push(SwitchedOn { component, seen });
        }
    }

    pub(crate) fn add_settings(&mut self, place: usize, read: SettingsRead) {
        for ((table, key), (value, line)) in read.kept {
            let seen = Seen { place, part: Part::Settings(table), line };
            self.add_switched_on(&key, &value, seen);
            self.add_phone_app(&key, &value, seen);
            self.add_once_accessibility(&key, &value, seen);
            self.settings.entry((table, key)).or_insert((value, seen));
        }
        for (user, table, key, value, line) in read.other_users {
            let seen = Seen { place, part: Part::Settings(table), line };
            self.add_switched_on(&key, &value, seen);
            self.access.other_users_settings.push((user, key, At { what: value, seen }));
        }
    }

    /// Two settings list components that are on, with colons between.
    fn add_switched_on(&mut self, key: &str, value: &str, seen: Seen) {
        const LISTS: [&str; 2] =
            ["enabled_accessibility_services", "enabled_notification_listeners"];
        if !LISTS.contains(&key) {
            return;
        }
        for component in value.split(':').take(2_000).filter_map(Component::parse) {
            let app = self.app(&component.package.clone());
            if key == LISTS[0] {
                app.accessibility.push(SwitchedOn { component, seen });
            } else {
                app.listeners.push(SwitchedOn { component, seen });
            }
        }
    }

    pub(crate) fn add_properties(&mut self, place: usize, properties: Properties) {
        for (key, (value, line)) in properties.boot {
            let seen = Seen { place, part: Part::Getprop, line };
            self.access.boot.entry(key).or_insert(At { what: value, seen });
        }
        let model = match (properties.maker, properties.model) {
            (Some(maker), Some(model)) if !model.starts_with(&maker) => {
                Some(format!("{maker} {model}"))
            }
            (_, Some(model)) => Some(model),
            (maker, None) => maker,
        };
        self.model = self.model.take().or(model);
        self.os_version = self.os_version.take().or(properties.os_version);
    }

    pub(crate) fn add_aqf_packages(&mut self, place: usize, list: AqfPackages) {
        for package in list.packages {
            let seen = Seen { place, part: Part::AqfPackages, line: package.number };
            match &mut self.app(&package.name.clone()).aqf {
                // The same name again, of another user: one app, all its files; on the phone if it
                // is for any of them.
                Some((known, _)) => {
                    known.files.extend(package.files);
                    known.installed = match (known.installed, package.installed) {
                        (Some(true), _) | (_, Some(true)) => Some(true),
                        (Some(false), Some(false)) => Some(false),
                        _ => None,
                    };
                }
                slot => *slot = Some((package, seen)),
            }
        }
    }
}
