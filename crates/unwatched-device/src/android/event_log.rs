//! The event log of a bugreport: which apps' processes were started. Everything else in it is
//! passed over.

use std::collections::BTreeMap;

use serde::Serialize;

use super::component::is_name;
use super::{LineParser, Parsed};

const MAX_APPS: usize = 20_000;

/// What the log says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EventLog {
    /// Whether it has any event.
    pub recognised: bool,
    /// Apps whose process was started, with the first line.
    pub started: BTreeMap<String, u64>,
}

/// The parser.
#[derive(Debug, Default)]
pub struct EventLogParser {
    found: EventLog,
}

impl LineParser for EventLogParser {
    type Value = EventLog;

    fn line(&mut self, number: u64, line: &str) {
        self.found.recognised |= line.contains(": [") || line.starts_with("--------- beginning of");
        // `am_proc_start: [USER,PID,UID,PROCESS,KIND,COMPONENT]`
        let Some(at) = line.find("am_proc_start") else { return };
        let Some((_, list)) = line[at..].split_once('[') else { return };
        let Some(process) = list.split(',').nth(3) else { return };
        let name = process.split(':').next().unwrap_or_default();
        if is_name(name) && name.contains('.') && self.found.started.len() < MAX_APPS {
            self.found.started.entry(name.to_owned()).or_insert(number);
        }
    }

    fn end(self, whole: bool) -> Parsed<EventLog> {
        let problems = if whole { Vec::new() } else { vec!["it ends before its end".to_owned()] };
        Parsed { value: self.found, problems }
    }
}
