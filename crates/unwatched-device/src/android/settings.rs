//! Settings: AndroidQF's `key=value` files and the service's own dump. Only the settings that a
//! rule or a check asks about are kept.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{LineParser, Parsed};
use crate::evidence::SettingsTable;

/// What is kept.
pub const KEPT: [&str; 24] = [
    "accessibility_enabled",
    "adb_wifi_enabled",
    "always_on_vpn_app",
    "always_on_vpn_lockdown",
    "assistant",
    "autofill_service",
    "default_input_method",
    "dialer_default_application",
    "enabled_accessibility_services",
    "enabled_input_methods",
    "enabled_notification_listeners",
    "global_http_proxy_host",
    "global_http_proxy_port",
    "global_proxy_pac_url",
    "http_proxy",
    "install_non_market_apps",
    "package_verifier_enable",
    "package_verifier_user_consent",
    "private_dns_mode",
    "private_dns_specifier",
    "sms_default_application",
    "touch_exploration_granted_accessibility_services",
    "verifier_verify_adb_installs",
    "voice_interaction_service",
];

const MAX_VALUE_BYTES: usize = 16 * 1024;

/// (table, key) -> (value, line).
pub type Settings = BTreeMap<(SettingsTable, String), (String, u64)>;

fn kept(key: &str) -> bool {
    KEPT.binary_search(&key).is_ok()
}

/// What the two forms give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsRead {
    /// What was asked for.
    pub kept: Settings,
    /// The tables that were there.
    pub tables: Vec<SettingsTable>,
    /// The same of other users than the first.
    pub other_users: Vec<(u32, SettingsTable, String, String, u64)>,
}

/// What may stand behind a value in the service's own dump.
const BEHIND_VALUES: [&str; 6] = [
    " default:",
    " tag:",
    " defaultSystemSet:",
    " isValuePreservedInRestore:",
    " isValuePreservedInRestore",
    " notPreservedInRestore",
];

const MAX_OF_OTHER_USERS: usize = 1_000;

impl Serialize for SettingsRead {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = self.kept.iter().map(|((table, key), (value, line))| (table, key, value, line));
        let mut map = serde::Serializer::serialize_struct(serializer, "SettingsRead", 3)?;
        serde::ser::SerializeStruct::serialize_field(&mut map, "tables", &self.tables)?;
        serde::ser::SerializeStruct::serialize_field(&mut map, "kept", &shown.collect::<Vec<_>>())?;
        if !self.other_users.is_empty() {
            let others = &self.other_users;
            serde::ser::SerializeStruct::serialize_field(&mut map, "other_users", others)?;
        }
        serde::ser::SerializeStruct::end(map)
    }
}

/// The parser of one table as `key=value`; values may hold `=` and line ends.
#[derive(Debug)]
pub struct SettingsListParser {
    table: SettingsTable,
    found: Settings,
    pairs: usize,
    open: Option<String>,
}

impl SettingsListParser {
    /// For one table.
    pub fn new(table: SettingsTable) -> Self {
        Self { table, found: Settings::new(), pairs: 0, open: None }
    }
}

/// Whether the text before `=` can be a key: a line of a longer value seldom can.
fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 200
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b':' | b'/'))
}

impl LineParser for SettingsListParser {
    type Value = SettingsRead;

    fn line(&mut self, number: u64, line: &str) {
        match line.trim_start().split_once('=') {
            Some((key, value)) if is_key(key) => {
                self.pairs += 1;
                self.open = kept(key).then(|| key.to_owned());
                if self.open.is_some() {
                    let value = value.chars().take(MAX_VALUE_BYTES).collect();
                    self.found.insert((self.table, key.to_owned()), (value, number));
                }
            }
            _ => {
                let Some(key) = self.open.clone() else { return };
                if let Some((value, _)) = self.found.get_mut(&(self.table, key))
                    && value.len() + line.len() < MAX_VALUE_BYTES
                {
                    value.push('\n');
                    value.push_str(line);
                }
            }
        }
    }

    fn end(self, whole: bool) -> Parsed<SettingsRead> {
        let mut problems = Vec::new();
        let mut tables = Vec::new();
        if self.pairs == 0 {
            problems.push("it holds no settings".to_owned());
        } else {
            tables.push(self.table);
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        let value = SettingsRead { kept: self.found, tables, other_users: Vec::new() };
        Parsed { value, problems }
    }
}

/// The parser of `dumpsys settings`: a heading per table and user, then
/// `_id:1 name:KEY pkg:PKG value:VALUE default:..`. The first user's stand by themselves.
#[derive(Debug, Default)]
pub struct SettingsDumpParser {
    table: Option<SettingsTable>,
    /// The user of the table being read, and of the first one of all.
    user: Option<u32>,
    first_user: Option<u32>,
    read: SettingsRead,
}

fn heading(text: &str) -> Option<SettingsTable> {
    [
        ("GLOBAL SETTINGS", SettingsTable::Global),
        ("SECURE SETTINGS", SettingsTable::Secure),
        ("SYSTEM SETTINGS", SettingsTable::System),
    ]
    .into_iter()
    .find(|(name, _)| text.starts_with(name))
    .map(|(_, table)| table)
}

/// The number in `SECURE SETTINGS (user 10)`.
fn user_of(text: &str) -> Option<u32> {
    let digits = text.split_once("(user ")?.1;
    digits.split(')').next()?.trim().parse().ok()
}

impl LineParser for SettingsDumpParser {
    type Value = SettingsRead;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        if let Some(table) = heading(text) {
            self.table = Some(table);
            self.user = user_of(text);
            self.first_user = self.first_user.or(self.user);
            if !self.read.tables.contains(&table) {
                self.read.tables.push(table);
            }
            return;
        }
        let (Some(table), true) = (self.table, text.starts_with("_id:")) else { return };
        let Some((_, rest)) = text.split_once(" name:") else { return };
        let Some((key, rest)) = rest.split_once(' ') else { return };
        let Some((_, value)) = rest.split_once("value:") else { return };
        if kept(key) {
            let value = BEHIND_VALUES
                .iter()
                .fold(value, |value, behind| value.split(behind).next().unwrap_or(value));
            let value = if value == "{null}" { "null" } else { value };
            let value: String = value.chars().take(MAX_VALUE_BYTES).collect();
            match self.user {
                Some(user) if Some(user) != self.first_user => {
                    if self.read.other_users.len() < MAX_OF_OTHER_USERS {
                        self.read.other_users.push((user, table, key.to_owned(), value, number));
                    }
                }
                _ => {
                    self.read.kept.entry((table, key.to_owned())).or_insert((value, number));
                }
            }
        }
    }

    fn end(self, whole: bool) -> Parsed<SettingsRead> {
        let mut problems = Vec::new();
        if self.read.tables.is_empty() {
            problems.push("it holds no settings".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.read, problems }
    }
}
