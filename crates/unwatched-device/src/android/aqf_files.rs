//! AndroidQF's `files.json`: the files that it could list. Kept is what a rule asks about: folders
//! that belong to an app, tools that give full rights, programs among the temporary files. Names
//! of the person's own files are never kept.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::Parsed;
use super::component::is_name;

/// The list of a phone with a million files takes some hundred megabytes.
const MAX_LIST_BYTES: u64 = 1 << 30;
const MAX_PACKAGES: usize = 20_000;
const MAX_KEPT: usize = 200;

/// What the list holds that a rule asks about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AqfFiles {
    /// Apps that have a folder of their own, with the entry's number.
    pub folders_of_apps: BTreeMap<String, u64>,
    /// Tools that give full rights over the phone: path and number.
    pub root_tools: Vec<(String, u64)>,
    /// Programs among the temporary files: the numbers only, for their names are anybody's.
    pub temporary_programs: Vec<u64>,
    /// The first certificate authority that somebody added, by its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added_authority: Option<u64>,
    /// How many files were listed.
    pub count: u64,
    /// Whether the list ended as it should.
    pub whole: bool,
    /// The last of the programs: what lies below it shows that it is a folder.
    #[serde(skip)]
    last_program: Option<String>,
}

/// Folders whose entries are named after apps.
const OF_APPS: [&str; 8] = [
    "/sdcard/Android/data/",
    "/sdcard/Android/media/",
    "/sdcard/Android/obb/",
    "/storage/emulated/0/Android/data/",
    "/storage/emulated/0/Android/media/",
    "/data/media/0/Android/data/",
    "/data/media/0/Android/media/",
    "/data/data/",
];

/// Tools that give full rights, by the last part of their path.
pub(crate) const ROOT_TOOLS: [&str; 14] = [
    "su",
    "daemonsu",
    "supersu",
    "Superuser.apk",
    "SuperSU.apk",
    "KingoUser.apk",
    "magisk",
    "magisk32",
    "magisk64",
    "magiskd",
    "magiskinit",
    "magiskpolicy",
    "ksud",
    "apd",
];

/// Where such tools lie; a file of the same name elsewhere is anybody's.
const OF_TOOLS: [&str; 9] = [
    "/system/bin/",
    "/system/xbin/",
    "/system/app/",
    "/sbin/",
    "/vendor/bin/",
    "/su/bin/",
    "/data/adb/",
    "/data/local/bin/",
    "/debug_ramdisk/",
];

/// Where Android keeps the authorities that somebody added, below a user's own folder.
const AUTHORITIES: (&str, &str) = ("/data/misc/", "/cacerts-added/");

const TEMPORARY: &str = "/data/local/tmp/";

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    path: String,
    #[serde(default)]
    mode: String,
}

/// Reads the list.
pub fn read(source: impl Read) -> Parsed<AqfFiles> {
    let mut files = AqfFiles::default();
    let source = BufReader::with_capacity(256 << 10, source.take(MAX_LIST_BYTES));
    let mut json = serde_json::Deserializer::from_reader(source);
    let outcome = (&mut json).deserialize_any(List(&mut files)).and_then(|()| json.end());
    files.whole = outcome.is_ok();
    let problems = outcome.err().map(|error| format!("the list ends early: {error}"));
    Parsed { value: files, problems: problems.into_iter().collect() }
}

struct List<'f>(&'f mut AqfFiles);

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of files")
    }

    /// A phone that listed nothing gives `null`.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(entry) = entries.next_element::<Entry>()? {
            self.0.count += 1;
            take(self.0, &entry.path, &entry.mode);
        }
        Ok(())
    }
}

fn take(files: &mut AqfFiles, path: &str, mode: &str) {
    let number = files.count;
    if files.last_program.as_deref().is_some_and(|last| is_below(path, last)) {
        files.temporary_programs.pop();
        files.last_program = None;
    }
    for folder in OF_APPS {
        let Some(rest) = path.strip_prefix(folder) else { continue };
        let package = rest.split('/').next().unwrap_or_default();
        if package.contains('.')
            && is_name(package)
            && files.folders_of_apps.len() < MAX_PACKAGES
            && !files.folders_of_apps.contains_key(package)
        {
            files.folders_of_apps.insert(package.to_owned(), number);
        }
        return;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    if path.starts_with(AUTHORITIES.0) && path.contains(AUTHORITIES.1) && !name.is_empty() {
        files.added_authority.get_or_insert(number);
    }
    let is_tool = ROOT_TOOLS.contains(&name) && OF_TOOLS.iter().any(|at| path.starts_with(at));
    if is_tool && files.root_tools.len() < MAX_KEPT {
        files.root_tools.push((path.to_owned(), number));
    }
    // AndroidQF leaves its own program there while it works.
    let temporary = path.strip_prefix(TEMPORARY).filter(|rest| *rest != "collector");
    if temporary.is_some_and(|rest| !rest.is_empty())
        && is_program(name, mode)
        && files.temporary_programs.len() < MAX_KEPT
    {
        files.temporary_programs.push(number);
        files.last_program = Some(path.to_owned());
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Something that can be run or installed: by its mode (`-rwxr-xr-x`, with other letters in front
/// for what is no plain file, or `755`, which does not tell folders apart) or its name.
fn is_program(name: &str, mode: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let by_name = ["apk", "dex", "so", "jar"].contains(&extension);
    let bits = u32::from_str_radix(mode.trim(), 8).ok();
    let is_folder =
        mode.starts_with(['d', 'L', 'l']) || bits.is_some_and(|bits| bits & 0o40_000 != 0);
    let may_run = match bits {
        Some(bits) => bits & 0o111 != 0,
        None => mode.contains('x'),
    };
    by_name || (may_run && !is_folder)
}
