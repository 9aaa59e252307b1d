//! What comes from an iPhone, told by its names alone, so that an error can say what it is. Nothing
//! of it is read yet.

use crate::container::Container;

/// Files that lie at the top of a backup made by Finder, iTunes or the like.
const OF_BACKUPS: [&str; 4] = ["Manifest.db", "Manifest.mbdb", "Manifest.plist", "Info.plist"];
/// What an encrypted backup does not begin its list of files with.
const PLAIN_DATABASE: &[u8] = b"SQLite format 3\0";

/// What it is, for an error; `None` where it is nothing of an iPhone's. `called` is what the
/// container itself is called.
pub(crate) fn recognise(container: &mut Container, called: &str) -> Option<&'static str> {
    let names = container.names();
    let of_backup = |name: &&str| {
        let file = name.rsplit('/').next().unwrap_or(name);
        OF_BACKUPS.contains(&file) && name.matches('/').count() <= 1
    };
    let marks: Vec<String> = names.iter().copied().filter(of_backup).map(str::to_owned).collect();
    let is_sysdiagnose = called.starts_with("sysdiagnose_")
        || names.iter().take(MAX_LOOKED_AT).any(|name| of_sysdiagnose(name));
    let is_file_system = names.iter().take(MAX_LOOKED_AT).any(|name| of_file_system(name));
    let list = marks.iter().find(|name| name.ends_with("Manifest.db"));
    if let Some(list) = list {
        let plain = container.head(list, 16) == PLAIN_DATABASE;
        return Some(if plain { PLAIN_BACKUP } else { ENCRYPTED_BACKUP });
    }
    if marks.len() >= 2 {
        Some(BACKUP)
    } else if is_sysdiagnose {
        Some("a sysdiagnose, which an iPhone or iPad writes")
    } else {
        is_file_system.then_some("a copy of files of an iPhone or iPad")
    }
}

/// The same for one file that lies by itself.
pub(crate) fn recognise_file(name: &str, head: &[u8]) -> Option<&'static str> {
    match name {
        "Manifest.db" | "Manifest.mbdb" => {
            Some("the list of files of a backup of an iPhone or iPad")
        }
        _ if head.starts_with(b"bplist00") || head.starts_with(b"<?xml") => {
            OF_BACKUPS.contains(&name).then_some("a part of a backup of an iPhone or iPad")
        }
        _ => None,
    }
}

const PLAIN_BACKUP: &str = "a backup of an iPhone or iPad, which is not encrypted";
const ENCRYPTED_BACKUP: &str = "a backup of an iPhone or iPad, which is encrypted";
const BACKUP: &str = "a backup of an iPhone or iPad";

const MAX_LOOKED_AT: usize = 50_000;

fn of_sysdiagnose(name: &str) -> bool {
    let mut parts = name.split('/');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let of_its_files = |part: &str| part == "system_logs.logarchive" || part == "sysdiagnose.log";
    (first.starts_with("sysdiagnose_") && !second.is_empty())
        || of_its_files(first)
        || of_its_files(second)
}

fn of_file_system(name: &str) -> bool {
    let name = name.trim_start_matches('/');
    let name = name.strip_prefix("filesystem1/").unwrap_or(name);
    let folder = name.strip_prefix("private/var/").and_then(|rest| rest.split_once('/'));
    folder.is_some_and(|(folder, _)| ["mobile", "root", "installd"].contains(&folder))
}
