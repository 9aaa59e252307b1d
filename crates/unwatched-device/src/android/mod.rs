//! Android's artefacts, one parser in one file each, and the one pass over a dump that feeds
//! them.
//!
//! Every parser takes lines and gives a value and a list of problems; it invents nothing for what
//! is missing. None of them judges.

pub mod accessibility;
pub mod activity;
pub mod adb_keys;
pub mod appops;
pub mod aqf_files;
pub mod aqf_packages;
pub mod backup_manifest;
pub mod battery_stats;
mod behaviour;
pub mod biometrics;
pub mod companion;
pub mod component;
pub mod crashes;
pub mod declares;
pub mod device_policy;
pub mod deviceidle;
pub mod dump;
mod dump_marks;
pub mod event_log;
pub mod getprop;
pub mod install_log;
pub mod install_sessions;
pub mod lock_settings;
pub mod media_projection;
pub mod moments;
pub mod netstats;
pub mod network;
pub mod notification;
pub mod package;
pub mod package_list;
pub mod role;
pub mod settings;
pub mod system_state;
pub mod telephony;
pub mod trust;
pub mod usage_stats;
pub mod user;
mod ways_in;

/// What a parser gives back.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Parsed<T> {
    /// What was there.
    pub value: T,
    /// What was wrong, in lowercase fragments.
    pub problems: Vec<String>,
}

/// A parser of one artefact that takes its lines in turn.
pub trait LineParser {
    /// What it gives.
    type Value;

    /// Takes the next line, without its end.
    fn line(&mut self, number: u64, line: &str);

    /// No more lines come; `whole` says whether the artefact ended where it should.
    fn end(self, whole: bool) -> Parsed<Self::Value>;
}

/// Runs a parser over a text that is at hand, for one artefact alone.
pub fn parse<P: LineParser>(mut parser: P, text: &str) -> Parsed<P::Value> {
    for (number, line) in (1..).zip(text.lines()) {
        parser.line(number, line);
    }
    parser.end(text.is_empty() || text.ends_with('\n'))
}
