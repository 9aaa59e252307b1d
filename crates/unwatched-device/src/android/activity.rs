//! `dumpsys activity`, its services: which app keeps one running in the foreground, where Android
//! does not stop it. Activities, intents and what else the dump holds are not read.

use std::collections::BTreeMap;

use serde::Serialize;

use super::component::Component;
use super::{LineParser, Parsed};

const MAX_APPS: usize = 5_000;

/// What the dump lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunningServices {
    /// Whether it has the list of services.
    pub recognised: bool,
    /// Apps with a service in the foreground: its class and the line.
    pub foreground: BTreeMap<String, (Component, u64)>,
}

/// The parser.
#[derive(Debug, Default)]
pub struct ActivityParser {
    found: RunningServices,
    service: Option<(Component, u64)>,
}

impl LineParser for ActivityParser {
    type Value = RunningServices;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim_start();
        if let Some(rest) = text.strip_prefix("* ServiceRecord{") {
            self.found.recognised = true;
            // `* ServiceRecord{1a2b3c u0 com.example.app/.Sync}`, newer ones with ` c:caller`.
            let component = rest.split([' ', '}']).find_map(Component::parse);
            self.service = component.map(|component| (component, number));
        } else if text.starts_with("isForeground=true") {
            if let Some((component, line)) = self.service.take()
                && self.found.foreground.len() < MAX_APPS
            {
                let app = component.package.clone();
                self.found.foreground.entry(app).or_insert((component, line));
            }
        } else if text.starts_with("ACTIVITY MANAGER SERVICES") {
            self.found.recognised = true;
        }
    }

    fn end(self, whole: bool) -> Parsed<RunningServices> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it has no list of services".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
