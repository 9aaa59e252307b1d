//! What single commands printed, each kept in a file: recognised by the file's first bytes, and
//! where several things look alike, by its name. Only what somebody reads is recognised.

use unwatched_device::android::dump::reads_service;
use unwatched_device::evidence::{ArtefactKind, SettingsTable};

use crate::layout::is_dump_text;

/// What a service's dump begins with, for files whose names do not say it.
const BEGINNINGS: [(&str, &str); 8] = [
    ("ACCESSIBILITY MANAGER (dumpsys accessibility)", "accessibility"),
    ("Current Device Policy Manager state", "device_policy"),
    ("Current Notification Manager state", "notification"),
    ("Current AppOps Service state", "appops"),
    ("Activity Resolver Table:", "package"),
    ("Packages:\n  Package [", "package"),
    ("Database versions:\n  Internal:", "package"),
    ("UserInfo{0:", "user"),
];

/// Settings that stand in one table only.
const OF_ONE_TABLE: [(SettingsTable, &[&str]); 3] = [
    (SettingsTable::Global, &["adb_enabled=", "airplane_mode_on=", "device_provisioned="]),
    (SettingsTable::Secure, &["android_id=", "default_input_method=", "location_mode="]),
    (SettingsTable::System, &["screen_off_timeout=", "screen_brightness=", "ringtone="]),
];

/// What the bytes of a file are, told by how it begins and by what it is called.
pub(crate) fn recognise(name: &str, head: &[u8]) -> Option<ArtefactKind> {
    if is_dump_text(head) {
        return Some(ArtefactKind::Dump);
    }
    let text = String::from_utf8_lossy(&head[..head.len().min(LOOKED_AT)]);
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let first = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    by_content(&text, first)
        .or_else(|| service_of_name(name))
        .or_else(|| settings(name, &text))
        .or_else(|| service_of_content(&text))
}

/// How far into a file is looked for what tells it apart.
const LOOKED_AT: usize = 64 << 10;

fn by_content(text: &str, first: &str) -> Option<ArtefactKind> {
    let columns = |wanted: &[&str]| wanted.iter().all(|name| first.contains(name));
    if first.starts_with("package:") {
        return Some(ArtefactKind::PackageList);
    }
    if first.starts_with('[') && first.contains("]: [") {
        return Some(ArtefactKind::Getprop);
    }
    if columns(&["PID", "NAME"]) && (columns(&["USER"]) || columns(&["UID"])) {
        return Some(ArtefactKind::Processes);
    }
    if first.starts_with("Found ") && first.trim_end_matches(':').ends_with(" services") {
        return Some(ArtefactKind::ServiceList);
    }
    if first.starts_with("--------- beginning of ") {
        return Some(ArtefactKind::Logcat);
    }
    if first.starts_with("*** *** *** ***") {
        return Some(ArtefactKind::Tombstone);
    }
    if first.starts_with("----- pid ") {
        return Some(ArtefactKind::AnrTrace);
    }
    if matches!(first, "Enforcing" | "Permissive" | "Disabled") && text.trim() == first {
        return Some(ArtefactKind::Selinux);
    }
    let mount = |line: &str| line.contains(" on /") && line.contains(" type ");
    let mount_table = |line: &str| line.split(' ').nth(1).is_some_and(|to| to.starts_with('/'));
    let looks = text.lines().take(5);
    if mount(first)
        || (first.contains(" rw,") || first.contains(" ro,")) && looks.clone().all(mount_table)
    {
        return Some(ArtefactKind::Mounts);
    }
    None
}

/// `dumpsys_appops.txt`, `dumpsys package.log`, `appops.txt`: the service that the name holds.
fn service_of_name(name: &str) -> Option<ArtefactKind> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let name = file.to_ascii_lowercase();
    let name = name.trim_start_matches("adb").trim_start_matches(['_', '-', ' ']);
    let name = name.trim_start_matches("shell").trim_start_matches(['_', '-', ' ']);
    let name = name.trim_start_matches("dumpsys").trim_start_matches(['_', '-', ' ']);
    // A service's own name may hold a dot, and who saved the file may have written it otherwise:
    // `telephony.registry`, `telephony-registry`.
    let dots = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
    let stems = dots.map(|end| name[..end].to_owned());
    let service = stems.flat_map(|stem| {
        let dotted = stem.replace(['-', '_'], ".");
        [stem, dotted]
    });
    service.into_iter().find(|service| reads_service(service)).map(ArtefactKind::Service)
}

/// `settings list`: a table that the name holds, or one that its keys tell.
fn settings(name: &str, text: &str) -> Option<ArtefactKind> {
    let name = name.to_ascii_lowercase();
    let pairs = text.lines().take(20).filter(|line| line.contains('=')).count();
    if pairs == 0 {
        return None;
    }
    let tables = [
        ("global", SettingsTable::Global),
        ("secure", SettingsTable::Secure),
        ("system", SettingsTable::System),
    ];
    let of_name =
        tables.into_iter().find(|(word, _)| name.contains("settings") && name.contains(word));
    let of_keys = || {
        OF_ONE_TABLE
            .into_iter()
            .find(|(_, keys)| text.lines().any(|line| keys.iter().any(|key| line.starts_with(key))))
    };
    let table = of_name.map(|(_, table)| table).or_else(|| of_keys().map(|(table, _)| table))?;
    Some(ArtefactKind::Settings(table))
}

fn service_of_content(text: &str) -> Option<ArtefactKind> {
    let (_, service) = BEGINNINGS.into_iter().find(|(begins, _)| text.contains(begins))?;
    reads_service(service).then(|| ArtefactKind::Service(service.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str, expected: impl Into<Option<ArtefactKind>>) {
        assert_eq!(recognise(name, text.as_bytes()), expected.into(), "{name}: {text}");
    }

    fn service(name: &str) -> ArtefactKind {
        ArtefactKind::Service(name.to_owned())
    }

    #[test]
    fn what_a_command_printed_is_told_by_how_it_begins() {
        check("1.txt", "package:com.example.one\r\n", Some(ArtefactKind::PackageList));
        check("1.txt", "[ro.product.model]: [TC-1]\n", Some(ArtefactKind::Getprop));
        check("1.txt", "USER  PID PPID VSZ RSS WCHAN ADDR S NAME\n", Some(ArtefactKind::Processes));
        check("1.txt", "Found 214 services:\n", Some(ArtefactKind::ServiceList));
        check("1.txt", "Permissive\n", Some(ArtefactKind::Selinux));
        check("1.txt", "/dev/block/dm-5 on / type ext4 (ro)\n", Some(ArtefactKind::Mounts));
        check("1.txt", "/dev/block/dm-5 / ext4 ro,seclabel 0 0\n", Some(ArtefactKind::Mounts));
        check("1.txt", "Current Device Policy Manager state:\n", service("device_policy"));
        check("1.txt", "adb_enabled=1\n", Some(ArtefactKind::Settings(SettingsTable::Global)));
    }

    #[test]
    fn a_name_tells_what_looks_like_anything() {
        check("dumpsys_user.txt", "Users:\n", service("user"));
        check("adb shell dumpsys package.log", "Libraries:\n", service("package"));
        check("Notification.txt", "x\n", service("notification"));
        check("dumpsys_telephony.registry.txt", "x\n", service("telephony.registry"));
        check("dumpsys telephony.registry", "x\n", service("telephony.registry"));
        check("dumpsys_telephony-registry.txt", "x\n", service("telephony.registry"));
        check("telephony_registry.log", "x\n", service("telephony.registry"));
        check("settings_secure.txt", "a=b\n", Some(ArtefactKind::Settings(SettingsTable::Secure)));
    }

    #[test]
    fn what_nobody_reads_is_not_claimed() {
        check("holiday.txt", "Dear all\n", None);
        check("notes.txt", "a = b\n", None);
        check("empty.txt", "\n", None);
    }
}
