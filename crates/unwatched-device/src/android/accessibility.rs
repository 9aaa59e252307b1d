//! `dumpsys accessibility`: which accessibility services are on.
//!
//! Newer dumps list `Enabled services:{{pkg/cls}, ..}`; old ones `installed services: {0 : pkg/cls
//! ..}`, which says only that a service is there. The two are never mixed here.

use serde::Serialize;

use super::component::Component;
use super::{LineParser, Parsed};

/// A list that lasts longer than this is a cut one whose brackets never close.
const MAX_LIST_LINES: u32 = 400;
const MAX_SERVICES: usize = 2_000;

/// What the dump lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Accessibility {
    /// Services that are on, with their line.
    pub enabled: Vec<(Component, u64)>,
    /// Services that are there, on or not.
    pub installed: Vec<(Component, u64)>,
    /// Whether the dump has a list of services that are on, be it empty.
    pub lists_enabled: bool,
    /// Whether the dump has the old list.
    pub lists_installed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Enabled,
    Installed,
}

/// The parser.
#[derive(Debug, Default)]
pub struct AccessibilityParser {
    found: Accessibility,
    open: Option<(List, u32, u32)>,
    problems: Vec<String>,
}

impl AccessibilityParser {
    fn take(&mut self, number: u64, text: &str) {
        let Some((list, mut depth, lines)) = self.open else { return };
        let mut end = text.len();
        for (at, c) in text.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                end = at;
                break;
            }
        }
        let into = match list {
            List::Enabled => &mut self.found.enabled,
            List::Installed => &mut self.found.installed,
        };
        for word in text[..end].split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}')) {
            // A service of another user is listed again: the fact is one.
            if let Some(component) = Component::parse(word)
                && into.len() < MAX_SERVICES
                && !into.iter().any(|(known, _)| *known == component)
            {
                into.push((component, number));
            }
        }
        self.open = match (depth, lines) {
            (0, _) => None,
            (_, MAX_LIST_LINES..) => {
                self.problems.push(format!("line {number}: a list of services never ends"));
                None
            }
            _ => Some((list, depth, lines + 1)),
        };
    }
}

impl LineParser for AccessibilityParser {
    type Value = Accessibility;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        // A new heading ends a list whose brackets were lost.
        // Makers write it with a small letter, too.
        let heading = |name: &str| {
            let (first, rest) = text.split_at_checked(name.len())?;
            first.eq_ignore_ascii_case(name).then(|| rest.trim_start())
        };
        if let Some(rest) = heading("Enabled services:") {
            self.found.lists_enabled = true;
            self.open = Some((List::Enabled, 0, 0));
            self.take(number, rest);
        } else if let Some(rest) = heading("installed services:") {
            self.found.lists_installed = true;
            self.open = Some((List::Installed, 0, 0));
            self.take(number, rest);
        } else if ["Bound services:", "Binding services:", "Crashed services:"]
            .iter()
            .any(|name| heading(name).is_some())
        {
            self.open = None;
        } else {
            self.take(number, text);
        }
    }

    fn end(mut self, whole: bool) -> Parsed<Accessibility> {
        if self.open.is_some() || !whole {
            self.problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems: self.problems }
    }
}
