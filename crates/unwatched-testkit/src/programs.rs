//! The workspace's own programs, as cargo built them, and running one to its end.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// The program of that name, newly built where it is missing or older than its sources.
///
/// `cargo test --workspace` builds every program before any test runs; a test run for one crate
/// alone may not, and would otherwise test the program of yesterday.
pub fn bin(name: &str) -> PathBuf {
    static LOOKED_AT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut looked_at = LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner);
    looked_at.entry(name.to_owned()).or_insert_with(|| up_to_date(name)).clone()
}

fn up_to_date(name: &str) -> PathBuf {
    let program = target().join(format!("{name}{}", env::consts::EXE_SUFFIX));
    let built = fs::metadata(&program).and_then(|file| file.modified()).ok();
    let sources = ["crates", "catalogue"].map(|folder| newest_source(&root().join(folder)));
    if built.is_none_or(|built| sources.into_iter().any(|source| built < source)) {
        build(name);
    }
    assert!(program.is_file(), "cargo built {name} elsewhere than {}", program.display());
    program
}

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("two folders up").to_path_buf()
}

/// The folder that everything is built in: what tests fetch and compile lies in it, too.
pub fn target_folder() -> PathBuf {
    target().parent().expect("the profile's folder lies in the target folder").to_path_buf()
}

/// The folder of programs beside the running test: `deps/` lies in it.
fn target() -> PathBuf {
    let test = env::current_exe().expect("a test knows its own path");
    let folder = test.parent().expect("a program lies in a folder");
    let beside = if folder.ends_with("deps") { folder.parent() } else { Some(folder) };
    beside.expect("deps/ lies in a folder").to_path_buf()
}

fn build(name: &str) {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Most programs have their crate's name.
    let of_testkit = root().join(format!("crates/unwatched-testkit/src/bin/{name}.rs")).is_file();
    let package = if of_testkit { "unwatched-testkit" } else { name };
    cargo.current_dir(root());
    cargo.args(["build", "--quiet", "--package", package, "--bin", name, "--target-dir"]);
    cargo.arg(target_folder());
    let status = cargo.status().expect("cargo starts");
    assert!(status.success(), "cargo could not build {name}");
}

/// When a file below `folder` was last changed. Tests and their data do not count.
fn newest_source(folder: &Path) -> SystemTime {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let newest = |entry: fs::DirEntry| match entry.file_name().to_str() {
        Some("tests") => None,
        _ if entry.path().is_dir() => Some(newest_source(&entry.path())),
        _ => entry.metadata().and_then(|file| file.modified()).ok(),
    };
    entries.filter_map(newest).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// How a program ended, and what it said.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it printed for others to read.
    pub stdout: String,
    /// What it told the person in front of it.
    pub stderr: String,
}

impl Ended {
    /// Its stdout, when it ended well.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "it failed: {}\n{}", self.stdout, self.stderr);
        self.stdout
    }

    /// Its stderr, when it ended with this code.
    #[track_caller]
    pub fn refused(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self.stderr
    }
}

/// The program of that name, with none of this process's own configuration.
pub fn command(name: &str) -> Command {
    let mut command = Command::new(bin(name));
    for (variable, _) in env::vars_os() {
        let ours = variable.to_str().is_some_and(|variable| variable.starts_with("UNWATCHED_"));
        if ours {
            command.env_remove(variable);
        }
    }
    command
}

/// Runs a command to its end with `input` on its stdin.
pub fn run(command: &mut Command, input: &str) -> Ended {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let name = command.get_program().to_os_string();
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", shown(&name)));
    let mut stdin = child.stdin.take().expect("stdin was piped");
    // A program that does not read its stdin may be gone by now.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("its output can be read");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("stdout is text"),
        stderr: String::from_utf8(output.stderr).expect("stderr is text"),
    }
}

fn shown(program: &OsStr) -> String {
    program.to_string_lossy().into_owned()
}
