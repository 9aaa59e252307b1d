//! The closed list of everything that is ever said to a phone.
//!
//! What only reads and what removes are two types: nothing that takes a [`ReadOnly`] can change a
//! phone. A command is never put together anywhere else, and what stands in it beside its own words
//! is of the types in `names.rs`. Never on this list: root in any form, writing outside a removal's
//! step, a picture of the screen, contacts, messages, the call log, media, a backup, a bugreport
//! (which the phone would announce).

use std::time::Duration;

use unwatched_device::evidence::{ArtefactKind, SettingsTable};

pub use super::names::{AppFile, Component, NotAName, PackageName, Serial, UserId};

/// How long is waited for an answer, and how long it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// For the whole of it.
    pub patience: Duration,
    /// At most.
    pub bytes: u64,
}

/// The services whose state is read, the most telling first: a cable may come off at any moment.
/// A parser reads each of them.
pub const SERVICES: [&str; 26] = [
    "package",
    "device_policy",
    "accessibility",
    "notification",
    "appops",
    "user",
    "deviceidle",
    "role",
    "trust",
    "lock_settings",
    "fingerprint",
    "face",
    "companiondevice",
    "vpn_management",
    "adb",
    "media_projection",
    "connectivity",
    "wifi",
    "activity",
    "usagestats",
    "netstats",
    "telephony.registry",
    "batterystats",
    "input_method",
    "advanced_protection",
    "battery",
];

/// What only reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadOnly {
    /// The phone's version and model, and much else.
    Properties,
    /// One table of settings.
    Settings(SettingsTable),
    /// Every app, with the file it lies in, who installed it and its version.
    Packages,
    /// The same, with apps that were removed and left data.
    PackagesAndRemoved,
    /// The same for one user or profile.
    PackagesOfUser(UserId),
    /// The users and profiles.
    Users,
    /// Who manages the phone (Android 12 and later).
    Owners,
    /// The state of one service: a place in [`SERVICES`].
    Service(&'static str),
    /// The services there are.
    ServiceList,
    /// The running processes.
    Processes,
    /// The mounted file systems.
    Mounts,
    /// Whether the system keeps apps apart.
    Selinux,
    /// The apps with an icon.
    Launchers,
    /// Where an app's files lie.
    FilesOf(PackageName),
    /// The digest of an app's file, made on the phone.
    Digest(AppFile),
}

impl ReadOnly {
    /// Everything that an acquisition asks, in its order.
    pub fn of_an_acquisition() -> Vec<Self> {
        let first = [
            Self::Properties,
            Self::ServiceList,
            Self::Packages,
            Self::Settings(SettingsTable::Secure),
            Self::Settings(SettingsTable::Global),
            Self::Settings(SettingsTable::System),
            Self::Users,
            Self::Owners,
        ];
        let services = SERVICES.into_iter().map(Self::Service);
        let last = [
            Self::Processes,
            Self::Mounts,
            Self::Selinux,
            Self::Launchers,
            Self::PackagesAndRemoved,
        ];
        first.into_iter().chain(services).chain(last).collect()
    }

    /// The ways to ask, the most telling first: an old Android knows fewer options.
    pub fn wordings(&self) -> Vec<String> {
        let all = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let listed = |option: &str| -> Vec<String> {
            ["-f -i -U --show-versioncode", "-f -i -U", "-f -i", "-f", ""]
                .map(|options| ["pm list packages", options, option])
                .map(|words| words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>())
                .map(|words| words.join(" "))
                .to_vec()
        };
        match self {
            Self::Properties => all(&["getprop"]),
            Self::Settings(table) => {
                let table = table_name(*table);
                vec![format!("settings list {table}")]
            }
            Self::Packages => listed(""),
            Self::PackagesAndRemoved => listed("-u"),
            Self::PackagesOfUser(user) => listed(&format!("--user {user}")),
            Self::Users => all(&["pm list users"]),
            Self::Owners => all(&["dpm list-owners"]),
            Self::Service("usagestats") => all(&["dumpsys usagestats"]),
            Self::Service("netstats") => all(&["dumpsys netstats detail", "dumpsys netstats"]),
            Self::Service(name) => vec![format!("dumpsys {name}")],
            Self::ServiceList => all(&["service list"]),
            Self::Processes => all(&["ps -A", "ps"]),
            Self::Mounts => all(&["mount"]),
            Self::Selinux => all(&["getenforce"]),
            Self::Launchers => all(&[
                "cmd package query-activities --brief -a android.intent.action.MAIN -c android.intent.category.LAUNCHER",
            ]),
            Self::FilesOf(package) => vec![format!("pm path {package}")],
            Self::Digest(file) => vec![format!("sha256sum {file}")],
        }
    }

    /// What the answer's bytes are, where a parser reads them.
    pub fn artefact(&self) -> Option<ArtefactKind> {
        Some(match self {
            Self::Properties => ArtefactKind::Getprop,
            Self::Settings(table) => ArtefactKind::Settings(*table),
            Self::Packages => ArtefactKind::PackageList,
            Self::Service(name) => ArtefactKind::Service((*name).to_owned()),
            Self::Processes => ArtefactKind::Processes,
            Self::Mounts => ArtefactKind::Mounts,
            Self::Selinux => ArtefactKind::Selinux,
            Self::ServiceList => ArtefactKind::ServiceList,
            _ => return None,
        })
    }

    /// What a helper reads while it runs. It names no app.
    pub fn title(&self) -> String {
        match self {
            Self::Properties => "version and model".to_owned(),
            Self::Settings(table) => format!("settings ({})", table_name(*table)),
            Self::Packages => "list of apps".to_owned(),
            Self::PackagesAndRemoved => "list of removed apps".to_owned(),
            Self::PackagesOfUser(user) => format!("list of apps of user {user}"),
            Self::Users => "users and profiles".to_owned(),
            Self::Owners => "who manages the phone".to_owned(),
            Self::Service(name) => format!("service {name}"),
            Self::ServiceList => "list of services".to_owned(),
            Self::Processes => "what is running".to_owned(),
            Self::Mounts => "file systems".to_owned(),
            Self::Selinux => "whether apps are kept apart".to_owned(),
            Self::Launchers => "apps with an icon".to_owned(),
            Self::FilesOf(_) => "where an app's files lie".to_owned(),
            Self::Digest(_) => "digest of an app's file".to_owned(),
        }
    }

    /// How long, and how much. The longest dumps of crowded phones take seconds and some ten
    /// megabytes.
    pub fn bounds(&self) -> Bounds {
        let bounds = |seconds, mebibytes: u64| Bounds {
            patience: Duration::from_secs(seconds),
            bytes: mebibytes << 20,
        };
        match self {
            Self::Service("package" | "activity" | "batterystats" | "usagestats" | "netstats") => {
                bounds(90, 96)
            }
            Self::Service(_) => bounds(60, 64),
            Self::Digest(_) => bounds(60, 1),
            Self::FilesOf(_) | Self::Users | Self::Owners | Self::Selinux => bounds(15, 1),
            _ => bounds(30, 16),
        }
    }
}

/// What changes something on the phone. It is run by a removal's step alone, and only with the proof
/// that the safety checkpoint was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removing {
    /// Removes an app for one user.
    Uninstall {
        /// Which.
        package: PackageName,
        /// For whom.
        user: UserId,
    },
    /// Puts an app back that came with the phone and was removed for one user.
    InstallAgain {
        /// Which.
        package: PackageName,
        /// For whom.
        user: UserId,
    },
    /// Switches an app off for one user; it stays there with its data.
    Disable {
        /// Which.
        package: PackageName,
        /// For whom.
        user: UserId,
    },
    /// Switches it on again.
    Enable {
        /// Which.
        package: PackageName,
        /// For whom.
        user: UserId,
    },
    /// Stops an app until it is opened again.
    Stop {
        /// Which.
        package: PackageName,
        /// For whom.
        user: UserId,
    },
    /// Takes an app's administrator power. Android lets the cable do so for few apps only; for the
    /// others the settings are the way.
    RemoveAdmin {
        /// Its receiver.
        receiver: Component,
        /// For whom.
        user: UserId,
    },
    /// Takes one permission.
    Revoke {
        /// Whose.
        package: PackageName,
        /// Which.
        permission: Permission,
        /// For whom.
        user: UserId,
    },
    /// Gives it back.
    Grant {
        /// Whose.
        package: PackageName,
        /// Which.
        permission: Permission,
        /// For whom.
        user: UserId,
    },
    /// Takes or gives what no permission covers.
    SetAccess {
        /// Whose.
        package: PackageName,
        /// Which.
        access: Access,
        /// Given or not.
        allowed: bool,
        /// For whom.
        user: UserId,
    },
    /// Writes which services may watch the screen, or read notifications: all that stay.
    SetServices {
        /// Which list.
        list: ServiceList,
        /// All that are on it from now on.
        services: Vec<Component>,
        /// For whom.
        user: UserId,
    },
    /// Switches a protection or a way in on or off.
    SetSwitch {
        /// Which.
        switch: Switch,
        /// On or off; `None` as if it had never been set.
        on: Option<bool>,
    },
}

/// A permission that can be taken while an app is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are Android's own names")]
pub enum Permission {
    AccessFineLocation,
    AccessCoarseLocation,
    AccessBackgroundLocation,
    Camera,
    RecordAudio,
    ReadSms,
    ReceiveSms,
    SendSms,
    ReadCallLog,
    ReadContacts,
    ReadCalendar,
    ReadPhoneState,
    ReadExternalStorage,
    ReadMediaImages,
    ReadMediaVideo,
    PostNotifications,
    ReceiveMms,
    ReceiveWapPush,
    WriteCallLog,
    ProcessOutgoingCalls,
    CallPhone,
    ReadPhoneNumbers,
    AnswerPhoneCalls,
    WriteContacts,
    GetAccounts,
    WriteCalendar,
    WriteExternalStorage,
    ReadMediaAudio,
    ReadMediaVisualUserSelected,
    BodySensors,
    ActivityRecognition,
}

impl Permission {
    /// Every one.
    pub const ALL: [Self; 31] = [
        Self::AccessFineLocation,
        Self::AccessCoarseLocation,
        Self::AccessBackgroundLocation,
        Self::Camera,
        Self::RecordAudio,
        Self::ReadSms,
        Self::ReceiveSms,
        Self::SendSms,
        Self::ReadCallLog,
        Self::ReadContacts,
        Self::ReadCalendar,
        Self::ReadPhoneState,
        Self::ReadExternalStorage,
        Self::ReadMediaImages,
        Self::ReadMediaVideo,
        Self::PostNotifications,
        Self::ReceiveMms,
        Self::ReceiveWapPush,
        Self::WriteCallLog,
        Self::ProcessOutgoingCalls,
        Self::CallPhone,
        Self::ReadPhoneNumbers,
        Self::AnswerPhoneCalls,
        Self::WriteContacts,
        Self::GetAccounts,
        Self::WriteCalendar,
        Self::WriteExternalStorage,
        Self::ReadMediaAudio,
        Self::ReadMediaVisualUserSelected,
        Self::BodySensors,
        Self::ActivityRecognition,
    ];

    /// As Android writes it, behind `android.permission.`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessFineLocation => "ACCESS_FINE_LOCATION",
            Self::AccessCoarseLocation => "ACCESS_COARSE_LOCATION",
            Self::AccessBackgroundLocation => "ACCESS_BACKGROUND_LOCATION",
            Self::Camera => "CAMERA",
            Self::RecordAudio => "RECORD_AUDIO",
            Self::ReadSms => "READ_SMS",
            Self::ReceiveSms => "RECEIVE_SMS",
            Self::SendSms => "SEND_SMS",
            Self::ReadCallLog => "READ_CALL_LOG",
            Self::ReadContacts => "READ_CONTACTS",
            Self::ReadCalendar => "READ_CALENDAR",
            Self::ReadPhoneState => "READ_PHONE_STATE",
            Self::ReadExternalStorage => "READ_EXTERNAL_STORAGE",
            Self::ReadMediaImages => "READ_MEDIA_IMAGES",
            Self::ReadMediaVideo => "READ_MEDIA_VIDEO",
            Self::PostNotifications => "POST_NOTIFICATIONS",
            Self::ReceiveMms => "RECEIVE_MMS",
            Self::ReceiveWapPush => "RECEIVE_WAP_PUSH",
            Self::WriteCallLog => "WRITE_CALL_LOG",
            Self::ProcessOutgoingCalls => "PROCESS_OUTGOING_CALLS",
            Self::CallPhone => "CALL_PHONE",
            Self::ReadPhoneNumbers => "READ_PHONE_NUMBERS",
            Self::AnswerPhoneCalls => "ANSWER_PHONE_CALLS",
            Self::WriteContacts => "WRITE_CONTACTS",
            Self::GetAccounts => "GET_ACCOUNTS",
            Self::WriteCalendar => "WRITE_CALENDAR",
            Self::WriteExternalStorage => "WRITE_EXTERNAL_STORAGE",
            Self::ReadMediaAudio => "READ_MEDIA_AUDIO",
            Self::ReadMediaVisualUserSelected => "READ_MEDIA_VISUAL_USER_SELECTED",
            Self::BodySensors => "BODY_SENSORS",
            Self::ActivityRecognition => "ACTIVITY_RECOGNITION",
        }
    }
}

/// What the list of special accesses grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// To see which apps are used.
    UsageStats,
    /// To draw over other apps.
    Overlay,
    /// To install other apps.
    InstallApps,
    /// To read all files.
    AllFiles,
    /// To record the screen.
    ProjectMedia,
}

impl Access {
    /// As `appops` names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UsageStats => "GET_USAGE_STATS",
            Self::Overlay => "SYSTEM_ALERT_WINDOW",
            Self::InstallApps => "REQUEST_INSTALL_PACKAGES",
            Self::AllFiles => "MANAGE_EXTERNAL_STORAGE",
            Self::ProjectMedia => "PROJECT_MEDIA",
        }
    }
}

/// A list of services in the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceList {
    /// Services that read and operate the screen.
    Accessibility,
    /// Services that read notifications.
    Notifications,
}

impl ServiceList {
    /// The setting's name.
    pub fn key(self) -> &'static str {
        match self {
            Self::Accessibility => "enabled_accessibility_services",
            Self::Notifications => "enabled_notification_listeners",
        }
    }
}

/// Something in the settings that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Switch {
    /// Play Protect's look at apps.
    VerifyApps,
    /// The same for apps that come by cable.
    VerifyAppsByCable,
    /// Accessibility as a whole.
    Accessibility,
    /// Debugging over the network.
    WirelessDebugging,
    /// The page of developer options.
    DeveloperOptions,
    /// Debugging as a whole. Switching it off ends the connection.
    Debugging,
}

impl Switch {
    /// Its table and name.
    pub fn setting(self) -> (SettingsTable, &'static str) {
        match self {
            Self::VerifyApps => (SettingsTable::Global, "package_verifier_user_consent"),
            Self::VerifyAppsByCable => (SettingsTable::Global, "verifier_verify_adb_installs"),
            Self::Accessibility => (SettingsTable::Secure, "accessibility_enabled"),
            Self::WirelessDebugging => (SettingsTable::Global, "adb_wifi_enabled"),
            Self::DeveloperOptions => (SettingsTable::Global, "development_settings_enabled"),
            Self::Debugging => (SettingsTable::Global, "adb_enabled"),
        }
    }

    /// What its setting holds when it is on or off.
    fn value(self, on: bool) -> &'static str {
        match (self, on) {
            (_, true) => "1",
            (Self::VerifyApps, false) => "-1",
            (_, false) => "0",
        }
    }
}

impl Removing {
    /// How it is said to the phone.
    pub fn wordings(&self) -> Vec<String> {
        match self {
            Self::Uninstall { package, user } => {
                vec![format!("pm uninstall --user {user} {package}")]
            }
            Self::InstallAgain { package, user } => vec![
                format!("cmd package install-existing --user {user} {package}"),
                format!("pm install-existing --user {user} {package}"),
            ],
            Self::Disable { package, user } => {
                vec![format!("pm disable-user --user {user} {package}")]
            }
            Self::Enable { package, user } => vec![format!("pm enable --user {user} {package}")],
            Self::Stop { package, user } => vec![format!("am force-stop --user {user} {package}")],
            Self::RemoveAdmin { receiver, user } => {
                vec![format!("dpm remove-active-admin --user {user} '{receiver}'")]
            }
            Self::Revoke { package, permission, user } => {
                let permission = permission.as_str();
                vec![format!("pm revoke --user {user} {package} android.permission.{permission}")]
            }
            Self::Grant { package, permission, user } => {
                let permission = permission.as_str();
                vec![format!("pm grant --user {user} {package} android.permission.{permission}")]
            }
            Self::SetAccess { package, access, allowed, user } => {
                let mode = if *allowed { "allow" } else { "ignore" };
                let access = access.as_str();
                vec![
                    format!("cmd appops set --user {user} {package} {access} {mode}"),
                    format!("appops set --user {user} {package} {access} {mode}"),
                ]
            }
            Self::SetServices { list, services, user } => {
                let key = list.key();
                if services.is_empty() {
                    return vec![format!("settings --user {user} delete secure {key}")];
                }
                let services: Vec<_> = services.iter().map(ToString::to_string).collect();
                vec![format!("settings --user {user} put secure {key} '{}'", services.join(":"))]
            }
            Self::SetSwitch { switch, on } => {
                let (table, key) = switch.setting();
                let table = table_name(table);
                vec![match on {
                    Some(on) => format!("settings put {table} {key} {}", switch.value(*on)),
                    None => format!("settings delete {table} {key}"),
                }]
            }
        }
    }

    /// How long is waited: an uninstallation takes seconds on an old phone.
    pub fn bounds(&self) -> Bounds {
        Bounds { patience: Duration::from_mins(1), bytes: 1 << 20 }
    }
}

fn table_name(table: SettingsTable) -> &'static str {
    match table {
        SettingsTable::Global => "global",
        SettingsTable::Secure => "secure",
        SettingsTable::System => "system",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a shell would take for something else, outside quotes.
    fn is_plain(line: &str) -> bool {
        let mut quoted = false;
        line.chars().all(|c| {
            quoted ^= c == '\'';
            let plain = c.is_ascii_alphanumeric() || " -_./~=+@:,'".contains(c);
            plain || (quoted && c == '$')
        }) && !quoted
    }

    #[test]
    fn no_command_holds_anything_but_words() {
        let package: PackageName = "com.example.watch".parse().unwrap();
        let file: AppFile = "/data/app/~~a==/com.example.watch-b==/base.apk".parse().unwrap();
        let mut all = ReadOnly::of_an_acquisition();
        all.push(ReadOnly::PackagesOfUser(UserId::OWNER));
        all.push(ReadOnly::FilesOf(package));
        all.push(ReadOnly::Digest(file));
        for line in all.iter().flat_map(ReadOnly::wordings) {
            assert!(is_plain(&line), "{line}");
            let first = line.split(' ').next().unwrap();
            assert!(
                [
                    "getprop",
                    "settings",
                    "pm",
                    "dpm",
                    "dumpsys",
                    "service",
                    "ps",
                    "mount",
                    "getenforce",
                    "cmd",
                    "sha256sum"
                ]
                .contains(&first),
                "{line}"
            );
        }
    }

    #[test]
    fn what_removes_is_quoted_where_a_name_could_mean_more() {
        let receiver: Component = "com.example.watch/.Admin$Receiver".parse().unwrap();
        let user = UserId::OWNER;
        let check = |command: Removing, expected: &str| {
            let lines = command.wordings();
            assert_eq!(lines[0], expected);
            assert!(lines.iter().all(|line| is_plain(line)), "{lines:?}");
        };
        check(
            Removing::RemoveAdmin { receiver: receiver.clone(), user },
            "dpm remove-active-admin --user 0 'com.example.watch/.Admin$Receiver'",
        );
        let list = ServiceList::Accessibility;
        check(
            Removing::SetServices { list, services: vec![receiver.clone(), receiver], user },
            "settings --user 0 put secure enabled_accessibility_services 'com.example.watch/.Admin$Receiver:com.example.watch/.Admin$Receiver'",
        );
        check(
            Removing::SetServices { list, services: vec![], user },
            "settings --user 0 delete secure enabled_accessibility_services",
        );
        check(
            Removing::SetSwitch { switch: Switch::VerifyApps, on: Some(false) },
            "settings put global package_verifier_user_consent -1",
        );
    }

    #[test]
    fn every_service_is_asked_for_once() {
        let mut names = SERVICES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SERVICES.len());
    }
}
