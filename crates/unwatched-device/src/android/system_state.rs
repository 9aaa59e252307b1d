//! Short artefacts about the system itself: tools that give full rights (`root_binaries.json`),
//! mounted file systems, running processes, whether SELinux holds. Each is a JSON list as
//! AndroidQF writes it, or the command's own output.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Serialize;
use serde_json::Value;

use super::Parsed;
use super::aqf_files::ROOT_TOOLS;
use super::component::is_name;

/// All of them are short; a list of processes with their environments is the longest.
const MAX_BYTES: u64 = 32 << 20;
const MAX_ITEMS: usize = 20_000;

/// The text of a short artefact, and what was wrong with it.
fn text_of(source: impl Read) -> (String, Option<String>) {
    let mut bytes = Vec::new();
    let outcome = source.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    let problem = match outcome {
        Err(error) => Some(format!("reading it stopped: {error}")),
        Ok(_) if bytes.len() as u64 > MAX_BYTES => Some("it is far too long".to_owned()),
        Ok(_) => None,
    };
    (String::from_utf8_lossy(&bytes).into_owned(), problem)
}

/// The strings of a JSON list, or the lines of a text.
fn items_of(text: &str) -> Result<Vec<String>, String> {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed == "null" {
        return Ok(Vec::new());
    }
    if !trimmed.starts_with('[') {
        return Ok(trimmed.lines().take(MAX_ITEMS).map(str::to_owned).collect());
    }
    let list: Vec<String> =
        serde_json::from_str(trimmed).map_err(|error| format!("the list is damaged: {error}"))?;
    Ok(list.iter().flat_map(|item| item.lines()).take(MAX_ITEMS).map(str::to_owned).collect())
}

fn list(source: impl Read) -> Parsed<Option<Vec<String>>> {
    let (text, problem) = text_of(source);
    match problem.map_or_else(|| items_of(&text), Err) {
        Ok(items) => Parsed { value: Some(items), problems: Vec::new() },
        Err(what) => Parsed { value: None, problems: vec![what] },
    }
}

/// Tools that give full rights, each by its path; `None` where the list could not be read.
pub fn root_binaries(source: impl Read) -> Parsed<Option<Vec<(String, u64)>>> {
    let Parsed { value, problems } = list(source);
    let paths = value.map(|items| {
        let numbered = (1..).zip(items);
        // Anything that is no path is what the phone's shell complained about.
        numbered
            .map(|(number, path)| (path.trim().to_owned(), number))
            .filter(|(path, _)| path.starts_with('/') && path.len() < 512)
            .filter(|(path, _)| !path.contains(": "))
            .collect()
    });
    Parsed { value: paths, problems }
}

/// What `mount` says that a rule asks about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Mounts {
    /// Parts of the system that can be written to, and where that stands.
    pub writable_system: Vec<(String, u64)>,
    /// Places over which a tool for full rights has laid its own files.
    pub laid_over: Vec<(String, u64)>,
    /// How many file systems were listed.
    pub count: usize,
}

/// The mounted file systems, in either form: `X on /system type ext4 (rw,..)` and
/// `X /system ext4 rw,.. 0 0`.
pub fn mounts(source: impl Read) -> Parsed<Option<Mounts>> {
    let Parsed { value, problems } = list(source);
    let mounts = value.map(|items| {
        let mut mounts = Mounts::default();
        for (number, line) in (1..).zip(&items) {
            if let Some(mount) = Mount::parse(line) {
                mounts.count += 1;
                mount.judge(number, &mut mounts);
            }
        }
        mounts
    });
    Parsed { value: mounts, problems }
}

struct Mount<'l> {
    source: &'l str,
    at: &'l str,
    kind: &'l str,
    writable: bool,
}

impl<'l> Mount<'l> {
    fn parse(line: &'l str) -> Option<Self> {
        let words: Vec<_> = line.split_whitespace().collect();
        let ([source, "on", at, "type", kind, options, ..] | [source, at, kind, options, ..]) =
            words[..]
        else {
            return None;
        };
        let options = options.trim_matches(['(', ')']);
        at.starts_with('/').then(|| Self {
            source,
            at,
            kind,
            writable: options.split(',').any(|option| option == "rw"),
        })
    }

    fn judge(&self, number: u64, mounts: &mut Mounts) {
        const SYSTEM: [&str; 5] = ["/system", "/system_root", "/vendor", "/product", "/system_ext"];
        const ON_DISK: [&str; 5] = ["ext4", "f2fs", "erofs", "squashfs", "overlay"];
        const TOOLS: [&str; 3] = ["magisk", "ksu", "apatch"];
        if self.writable && SYSTEM.contains(&self.at) && ON_DISK.contains(&self.kind) {
            mounts.writable_system.push((self.at.to_owned(), number));
        }
        let source = self.source.to_ascii_lowercase();
        if TOOLS.iter().any(|tool| source == *tool || source.contains(&format!("/{tool}"))) {
            mounts.laid_over.push((self.at.to_owned(), number));
        }
    }
}

/// What the list of processes says that a rule asks about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Processes {
    /// Apps that run, with the line or entry.
    pub apps: BTreeMap<String, u64>,
    /// Tools for full rights that run.
    pub root_tools: Vec<(String, u64)>,
    /// How many processes were listed.
    pub count: usize,
}

/// The running processes: `ps -A`, or the list of AndroidQF's collector.
pub fn processes(source: impl Read) -> Parsed<Option<Processes>> {
    let (text, problem) = text_of(source);
    if let Some(problem) = problem {
        return Parsed { value: None, problems: vec![problem] };
    }
    let mut processes = Processes::default();
    let trimmed = text.trim_start();
    if trimmed.starts_with('[') {
        let list: Vec<Value> = match serde_json::from_str(trimmed) {
            Ok(list) => list,
            Err(error) => {
                let what = format!("the list is damaged: {error}");
                return Parsed { value: None, problems: vec![what] };
            }
        };
        for (number, entry) in (1..).zip(list.iter().take(MAX_ITEMS)) {
            let is_app = entry.get("uid").and_then(Value::as_u64).is_some_and(|uid| uid >= 10_000);
            let command = entry.get("command_line").and_then(|words| words.get(0)?.as_str());
            let name = command.or_else(|| entry.get("filename").and_then(Value::as_str));
            processes.take(number, name.unwrap_or_default(), is_app);
        }
    } else {
        for (number, line) in (1..).zip(text.lines().take(MAX_ITEMS)) {
            let mut words = line.split_whitespace();
            let (Some(user), Some(name)) = (words.next(), words.next_back()) else { continue };
            if user == "USER" || user == "UID" {
                continue;
            }
            let is_app = (user.starts_with('u') && user.contains("_a")) || user.starts_with("app_");
            processes.take(number, name, is_app);
        }
    }
    Parsed { value: Some(processes), problems: Vec::new() }
}

impl Processes {
    fn take(&mut self, number: u64, name: &str, is_app: bool) {
        const MORE_TOOLS: [&str; 3] = ["zygiskd", "lspd", "frida-server"];
        self.count += 1;
        // A part of an app that runs by itself is named behind a colon.
        let package = name.split(':').next().unwrap_or_default();
        if is_app && package.contains('.') && is_name(package) {
            self.apps.entry(package.to_owned()).or_insert(number);
        }
        let tool = name.rsplit('/').next().unwrap_or_default();
        if !is_app && (ROOT_TOOLS.contains(&tool) || MORE_TOOLS.contains(&tool)) {
            self.root_tools.push((tool.to_owned(), number));
        }
    }
}

/// Whether SELinux only notes what it should forbid; `None` where it does not say.
pub fn selinux(source: impl Read) -> Parsed<Option<bool>> {
    let (text, problem) = text_of(source);
    let permissive = match text.trim() {
        "Permissive" | "Disabled" => Some(true),
        "Enforcing" => Some(false),
        _ => None,
    };
    let unknown = permissive.is_none().then(|| "it does not say whether SELinux holds".to_owned());
    Parsed { value: permissive, problems: problem.or(unknown).into_iter().collect() }
}
