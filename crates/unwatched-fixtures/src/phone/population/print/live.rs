//! The parts that a live phone prints one by one.

use std::collections::HashMap;

use super::super::Phone;
use super::{android_qf, packages, powers, services, state};

pub(in super::super) fn getprop(phone: &Phone) -> String {
    state::getprop(phone)
}

pub(in super::super) fn processes(phone: &Phone) -> String {
    state::processes(phone)
}

/// `dumpsys` of one service.
pub(in super::super) fn dump(phone: &Phone, service: &str) -> Option<String> {
    services(phone).into_iter().find(|(name, _)| *name == service).map(|(_, text)| text)
}

/// `service list`.
pub(in super::super) fn service_list(phone: &Phone) -> String {
    String::from_utf8(android_qf::services(phone)).expect("made of text")
}

pub(in super::super) fn settings_pairs(
    phone: &Phone,
    table: &str,
) -> Option<Vec<(String, String)>> {
    Some(match table {
        "global" => powers::global(phone),
        "secure" => powers::secure(phone),
        "system" => powers::system(),
        _ => return None,
    })
}

/// `settings list`.
pub(in super::super) fn settings_list(phone: &Phone, table: &str) -> Option<String> {
    let pairs = settings_pairs(phone, table)?;
    Some(String::from_utf8(android_qf::settings(&pairs)).expect("made of text"))
}

/// Where each app lies, by package: as `dumpsys package` has it, for chance names the folders.
pub(in super::super) fn code_paths(phone: &Phone) -> HashMap<String, String> {
    let text = packages::text(phone);
    let mut paths = HashMap::new();
    let mut package = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("  Package [") {
            package = rest.split_once(']').map(|(name, _)| name.to_owned());
        } else if let Some(path) = line.strip_prefix("    codePath=")
            && let Some(package) = package.take()
        {
            // An updated app stands a second time among the hidden ones, with where it came from.
            paths.entry(package).or_insert_with(|| path.to_owned());
        }
    }
    paths
}
