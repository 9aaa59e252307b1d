//! Traces of crashes (`tombstone_*`) and of apps that did not answer (`anr_*`): whose process it
//! was, and when. What the process was doing is not read.

use jiff::civil::DateTime;
use serde::Serialize;

use super::component::is_name;
use super::moments::{date_time, date_time_in};
use super::{LineParser, Parsed};

const MAX_PROCESSES: usize = 200;

/// What the trace says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Crashes {
    /// App, when, where.
    pub processes: Vec<(String, Option<DateTime>, u64)>,
}

/// The parser.
#[derive(Debug, Default)]
pub struct CrashesParser {
    found: Crashes,
    at: Option<DateTime>,
}

impl CrashesParser {
    fn take(&mut self, number: u64, process: &str) {
        let word = process.split_whitespace().next().unwrap_or_default();
        let name = word.split(':').next().unwrap_or_default();
        let known = self.found.processes.iter().any(|(known, ..)| known == name);
        if is_name(name)
            && name.contains('.')
            && !known
            && self.found.processes.len() < MAX_PROCESSES
        {
            self.found.processes.push((name.to_owned(), self.at, number));
        }
    }
}

impl LineParser for CrashesParser {
    type Value = Crashes;

    fn line(&mut self, number: u64, line: &str) {
        if let Some(rest) = line.strip_prefix("Timestamp: ") {
            self.at = date_time(rest);
        } else if line.starts_with("----- pid ") {
            self.at = date_time_in(line);
        } else if let Some(name) =
            line.strip_prefix("Cmdline: ").or_else(|| line.strip_prefix("Cmd line: "))
        {
            self.take(number, name);
        } else if line.starts_with("pid: ")
            && let Some((_, rest)) = line.split_once(">>> ")
        {
            self.take(number, rest);
        }
    }

    fn end(self, whole: bool) -> Parsed<Crashes> {
        let problems = if whole { Vec::new() } else { vec!["it ends before its end".to_owned()] };
        Parsed { value: self.found, problems }
    }
}
