//! `dumpsys notification`: which apps may read every notification.
//!
//! Only the lists of listeners; assistants and condition providers are printed in the same form
//! and are something else.

use serde::Serialize;

use super::component::Component;
use super::{LineParser, Parsed};

const MAX_LISTENERS: usize = 2_000;

/// What the dump lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// Listeners that are on, with their line.
    pub listeners: Vec<(Component, u64)>,
    /// Whether the dump has the list, be it empty.
    pub lists_listeners: bool,
    /// Where the system itself warns that somebody added a certificate authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_warning: Option<u64>,
}

/// The system's notification about an added authority: `NOTE_SSL_CERT_INFO` of Android's
/// `SystemMessage`, the same number since Android 7.
fn warns_of_certificate(text: &str) -> bool {
    text.starts_with("NotificationRecord(")
        && text.contains(" pkg=android ")
        && text.contains(" id=33 ")
}

/// The parser.
#[derive(Debug, Default)]
pub struct NotificationParser {
    found: Notification,
    in_list: bool,
}

impl LineParser for NotificationParser {
    type Value = Notification;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        if warns_of_certificate(text) {
            self.found.certificate_warning.get_or_insert(number);
        }
        if text.starts_with("All notification listeners")
            || text.starts_with("Live notification listeners")
        {
            self.found.lists_listeners = true;
            self.in_list = true;
            return;
        }
        if !self.in_list || text.is_empty() {
            return;
        }
        let Some(at) = text.find("ComponentInfo{") else {
            self.in_list = false;
            return;
        };
        let name = text[at..].split('}').next().unwrap_or_default();
        if let Some(component) = Component::parse(name)
            && self.found.listeners.len() < MAX_LISTENERS
            && !self.found.listeners.iter().any(|(known, _)| *known == component)
        {
            self.found.listeners.push((component, number));
        }
    }

    fn end(self, whole: bool) -> Parsed<Notification> {
        let mut problems = Vec::new();
        if !self.found.lists_listeners {
            problems.push("it has no list of notification listeners".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
