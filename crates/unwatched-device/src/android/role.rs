//! `dumpsys role` (Android 10 and later): which app is the phone's app for text messages, for
//! calls, for redirecting calls, its assistant and its home screen. Earlier versions keep this in
//! the settings.

use serde::{Deserialize, Serialize};

use super::component::is_name;
use super::{LineParser, Parsed};

const MAX_HOLDERS: usize = 500;

/// A role that a rule asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Text messages.
    Sms,
    /// Calls.
    Dialer,
    /// May send calls elsewhere.
    CallRedirection,
    /// The home screen.
    Home,
    /// What answers when somebody asks the phone.
    Assistant,
}

fn role(name: &str) -> Option<Role> {
    Some(match name.trim().trim_end_matches([',', '[', ']']).rsplit('.').next()? {
        "SMS" => Role::Sms,
        "DIALER" => Role::Dialer,
        "HOME" => Role::Home,
        "ASSISTANT" => Role::Assistant,
        "CALL_REDIRECTION" | "CALL_REDIRECTION_APP" | "PROXY_CALLING_APP" => Role::CallRedirection,
        _ => return None,
    })
}

/// What the dump lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Roles {
    /// Whether it names any role.
    pub recognised: bool,
    /// Role, who holds it, and the line.
    pub holders: Vec<(Role, String, u64)>,
}

/// The parser.
#[derive(Debug, Default)]
pub struct RoleParser {
    found: Roles,
    role: Option<Role>,
    in_list: bool,
}

impl RoleParser {
    fn take(&mut self, number: u64, text: &str) {
        let Some(role) = self.role else { return };
        for name in text.split([',', ' ', '[', ']', '{', '}']).filter(|name| name.contains('.')) {
            let entry = (role, name.to_owned(), number);
            let known = |(r, n, _): &(Role, String, u64)| *r == role && *n == name;
            if is_name(name)
                && self.found.holders.len() < MAX_HOLDERS
                && !self.found.holders.iter().any(known)
            {
                self.found.holders.push(entry);
            }
        }
    }

    /// Android 9's and some makers' one-line form:
    /// `roleNameToPackageNames={android.app.role.SMS=[a.b], ..}`.
    fn compact(&mut self, number: u64, text: &str) {
        for part in text.split("android.app.role.").skip(1) {
            self.found.recognised = true;
            if let Some((name, rest)) = part.split_once('=') {
                self.role = role(name);
                self.take(number, rest.split(']').next().unwrap_or(rest));
            }
        }
        self.role = None;
    }
}

impl LineParser for RoleParser {
    type Value = Roles;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        if let Some(name) = text.strip_prefix("name=").or_else(|| text.strip_prefix("mName=")) {
            self.found.recognised = true;
            self.role = role(name);
            self.in_list = false;
        } else if let Some(rest) =
            text.strip_prefix("holders=").or_else(|| text.strip_prefix("mHolders="))
        {
            self.take(number, rest);
            self.in_list = rest.starts_with('[') && !rest.contains(']');
        } else if text.contains("={android.app.role.") {
            self.compact(number, text);
        } else if self.in_list {
            self.take(number, text);
            self.in_list = !text.contains(']');
        } else if text.starts_with('}') {
            self.role = None;
        }
    }

    fn end(self, whole: bool) -> Parsed<Roles> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it names no roles".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
