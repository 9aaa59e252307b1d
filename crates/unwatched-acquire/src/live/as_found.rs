//! What an acquisition must know itself of the answers: what the phone's state is, so that the
//! close can restore it, what limits the view, and which further questions make sense.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use unwatched_device::evidence::SettingsTable;

use super::commands::{ReadOnly, UserId};
use super::states::State;

/// What the close looks at, by table.
const WATCHED: [(SettingsTable, &[&str]); 2] = [
    (
        SettingsTable::Global,
        &[
            "adb_enabled",
            "adb_wifi_enabled",
            "development_settings_enabled",
            "package_verifier_enable",
            "package_verifier_user_consent",
            "stay_on_while_plugged_in",
            "verifier_verify_adb_installs",
        ],
    ),
    (
        SettingsTable::Secure,
        &[
            "accessibility_enabled",
            "advanced_protection_mode",
            "enabled_accessibility_services",
            "enabled_notification_listeners",
            "install_non_market_apps",
            "rampart_auto_enabled_switch_enabled",
            "rampart_blocked_adb_cmd",
            "rampart_main_switch_enabled",
        ],
    ),
];
/// The name under which a phone is known again.
pub(super) const PHONE: &str = "phone";
/// More users than a phone has.
const MOST_USERS: usize = 16;

/// The answers that are kept in memory while an acquisition runs.
#[derive(Default)]
pub(super) struct Texts {
    settings: BTreeMap<SettingsTable, String>,
    properties: String,
    users: String,
    service_list: Option<String>,
    user: String,
    trust: String,
}

impl Texts {
    pub(super) fn keep(&mut self, question: &ReadOnly, bytes: &[u8]) {
        let text = || String::from_utf8_lossy(bytes).into_owned();
        match question {
            ReadOnly::Settings(table) => drop(self.settings.insert(*table, text())),
            ReadOnly::Properties => self.properties = text(),
            ReadOnly::Users => self.users = text(),
            ReadOnly::ServiceList => self.service_list = Some(text()),
            ReadOnly::Service("user") => self.user = text(),
            ReadOnly::Service("trust") => self.trust = text(),
            _ => {}
        }
    }

    /// Whether this phone can answer it: an old one knows less, and is not asked in vain.
    pub(super) fn may_answer(&self, question: &ReadOnly) -> bool {
        let since = |sdk: u32| self.sdk().is_none_or(|here| here >= sdk);
        match question {
            ReadOnly::Service(name) => self.has_service(name),
            ReadOnly::Owners => since(31),
            ReadOnly::Launchers => since(24),
            _ => true,
        }
    }

    fn property(&self, name: &str) -> Option<&str> {
        self.properties.lines().find_map(|line| {
            let line = line.trim_end().strip_prefix('[')?.strip_prefix(name)?;
            line.strip_prefix("]: [")?.strip_suffix(']')
        })
    }

    fn sdk(&self) -> Option<u32> {
        self.property("ro.build.version.sdk")?.parse().ok()
    }

    /// By which a phone is known again: the digest of its serial number, or where it tells none, of
    /// its build.
    pub(super) fn phone(&self) -> Option<String> {
        let names = ["ro.serialno", "ro.boot.serialno", "ro.build.fingerprint"];
        let told = names.into_iter().find_map(|name| self.property(name).filter(|v| !v.is_empty()));
        told.map(|told| hex::encode(Sha256::digest(told)))
    }

    fn has_service(&self, name: &str) -> bool {
        let Some(list) = &self.service_list else { return true };
        let named = |line: &str| {
            let (_, rest) = line.split_once('\t')?;
            Some(rest.split_once(": [")?.0 == name)
        };
        let mut named = list.lines().filter_map(named).peekable();
        // A list that cannot be read rules nothing out.
        named.peek().is_none() || named.any(|is_it| is_it)
    }

    fn setting(&self, table: SettingsTable, key: &str) -> Option<&str> {
        let text = self.settings.get(&table)?;
        text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).map(str::trim_end)
    }

    /// `UserInfo{10:Work profile:1030} running`: number and flags.
    fn all_users(&self) -> Vec<(UserId, u32)> {
        let user = |line: &str| {
            let inside = line.trim().strip_prefix("UserInfo{")?.split_once('}')?.0;
            let (number, rest) = inside.split_once(':')?;
            // A name may hold colons.
            let flags = u32::from_str_radix(rest.rsplit_once(':')?.1, 16).ok()?;
            Some((UserId::new(number.parse().ok()?)?, flags))
        };
        self.users.lines().filter_map(user).take(MOST_USERS).collect()
    }

    /// The users besides the one that every phone has.
    pub(super) fn other_users(&self) -> Vec<UserId> {
        let users = self.all_users().into_iter().map(|(user, _)| user);
        users.filter(|user| *user != UserId::OWNER).collect()
    }

    /// What limits the view, by what the phone said.
    pub(super) fn limits(&self) -> Vec<State> {
        const MANAGED_PROFILE: u32 = 0x20;
        let is_on = |table, key: &str| self.setting(table, key) == Some("1");
        let users = self.all_users();
        let owner = section(&self.user, "UserInfo{0:", "UserInfo{");
        let locked_since_start = owner.contains("State: RUNNING_LOCKED")
            || self.properties.contains("[sys.user.0.ce_available]: [false]");
        let owner_trust = section(&self.trust, "(id=0,", " User \"");
        let managed = users.iter().any(|(_, flags)| flags & MANAGED_PROFILE != 0);
        let secure = SettingsTable::Secure;
        let auto_blocker = ["rampart_main_switch_enabled", "rampart_blocked_adb_cmd"];
        [
            (locked_since_start, State::LockedSinceStart),
            (!locked_since_start && owner_trust.contains("deviceLocked=1"), State::Locked),
            (managed, State::WorkProfile),
            (users.len() > 1 && !(managed && users.len() == 2), State::SeveralUsers(users.len())),
            (auto_blocker.iter().any(|key| is_on(secure, key)), State::AutoBlocker),
            (is_on(secure, "advanced_protection_mode"), State::AdvancedProtection),
            (self.user.contains("no_debugging_features"), State::ForbiddenByAdministrator),
        ]
        .into_iter()
        .filter_map(|(is_so, state)| is_so.then_some(state))
        .collect()
    }
}

/// From where `begin` stands to the next `end`.
fn section<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let Some(at) = text.find(begin) else { return "" };
    let rest = &text[at + begin.len()..];
    rest.find(end).map_or(rest, |to| &rest[..to])
}

/// The phone's state as it was found.
pub(super) struct AsFound(BTreeMap<String, String>);

impl AsFound {
    /// What was set, by table and name; what is missing was not set, or its table not read.
    pub(super) fn of(texts: &Texts) -> Self {
        let mut state = BTreeMap::new();
        if let Some(phone) = texts.phone() {
            state.insert(PHONE.to_owned(), phone);
        }
        for (table, keys) in WATCHED {
            let name = if table == SettingsTable::Global { "global" } else { "secure" };
            let read = texts.settings.contains_key(&table);
            state.insert(format!("{name} was read"), if read { "yes" } else { "no" }.to_owned());
            for key in keys {
                if let Some(value) = texts.setting(table, key) {
                    state.insert(format!("{name}/{key}"), value.to_owned());
                }
            }
        }
        Self(state)
    }

    pub(super) fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(answers: &[(ReadOnly, &str)]) -> Texts {
        let mut texts = Texts::default();
        for (question, text) in answers {
            texts.keep(question, text.as_bytes());
        }
        texts
    }

    #[track_caller]
    fn limits(answers: &[(ReadOnly, &str)], expected: &[State]) {
        assert_eq!(told(answers).limits(), expected);
    }

    #[test]
    fn what_limits_the_view_is_told_by_the_phone() {
        limits(&[], &[]);
        let secure = ReadOnly::Settings(SettingsTable::Secure);
        limits(&[(secure.clone(), "a=1\nrampart_main_switch_enabled=1\n")], &[State::AutoBlocker]);
        limits(&[(secure.clone(), "rampart_main_switch_enabled=0\n")], &[]);
        limits(&[(secure, "advanced_protection_mode=1\r\n")], &[State::AdvancedProtection]);
        let work = "Users:\n\tUserInfo{0:Owner:c13} running\n\tUserInfo{10:Work: B:1030} running\n";
        limits(&[(ReadOnly::Users, work)], &[State::WorkProfile]);
        let clone =
            "Users:\n\tUserInfo{0:Owner:c13} running\n\tUserInfo{95:DUAL_APP:410} running\n";
        limits(&[(ReadOnly::Users, clone)], &[State::SeveralUsers(2)]);
        let user = ReadOnly::Service("user");
        let locked = "  UserInfo{0:Owner:4c13} serialNo=0\n    State: RUNNING_LOCKED\n";
        limits(&[(user.clone(), locked)], &[State::LockedSinceStart]);
        let other = "  UserInfo{0:Owner:13}\n    State: RUNNING_UNLOCKED\n  UserInfo{10:x:30}\n    State: RUNNING_LOCKED\n";
        limits(&[(user.clone(), other)], &[]);
        let forbidden = "    Effective restrictions:\n      no_debugging_features\n";
        limits(&[(user, forbidden)], &[State::ForbiddenByAdministrator]);
        let trust = ReadOnly::Service("trust");
        let text = " User \"Owner\" (id=0, flags=0x4c13) (current): trusted=0, deviceLocked=1\n";
        limits(&[(trust, text)], &[State::Locked]);
    }

    #[test]
    fn a_phone_is_not_asked_for_what_it_does_not_have() {
        let list =
            "Found 2 services:\n0\tpackage: [android.content.pm.IPackageManager]\n1\tuser: []\n";
        let texts = told(&[
            (ReadOnly::ServiceList, list),
            (ReadOnly::Properties, "[ro.build.version.sdk]: [26]\n"),
        ]);
        assert!(texts.may_answer(&ReadOnly::Service("user")));
        assert!(!texts.may_answer(&ReadOnly::Service("face")));
        assert!(!texts.may_answer(&ReadOnly::Owners));
        let damaged = told(&[(ReadOnly::ServiceList, "\u{1b}[2J")]);
        assert!(damaged.may_answer(&ReadOnly::Service("face")));
        assert!(damaged.may_answer(&ReadOnly::Owners));
    }

    #[test]
    fn what_was_found_is_kept_by_name() {
        let global = ReadOnly::Settings(SettingsTable::Global);
        let texts = told(&[(global, "adb_enabled=1\nxadb_wifi_enabled=1\nadb_wifi_enabled=0\n")]);
        let found = AsFound::of(&texts).into_map();
        assert!(!found.contains_key(PHONE));
        assert_eq!(found["global/adb_enabled"], "1");
        assert_eq!(found["global/adb_wifi_enabled"], "0");
        assert_eq!(found["secure was read"], "no");
    }
}
