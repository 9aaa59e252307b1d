//! What a program asked of the system: whom it wanted to speak to, and what it opened to write.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use super::computer::{Computer, Started};

/// Whether programs can be traced here. Missing where it was not said to be missing is a failure.
pub(crate) fn can_trace() -> bool {
    static CAN: LazyLock<bool> = LazyLock::new(|| {
        let traced = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status();
        traced.is_ok_and(|status| status.success())
    });
    let is_left_out = std::env::var_os("UNWATCHED_WITHOUT_STRACE").is_some();
    assert!(
        *CAN || is_left_out,
        "strace cannot be used: install it, or set UNWATCHED_WITHOUT_STRACE"
    );
    *CAN
}

/// A program that was watched to its end.
pub(crate) struct Traced {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) talk: String,
    /// Its calls that have to do with a network.
    pub(crate) network: Vec<String>,
    /// What it opened to write, made, renamed or removed.
    pub(crate) written: Vec<String>,
}

/// What strace is asked for.
const CALLS: &str = "trace=%network,%file";

pub(crate) fn traced(computer: &Computer, started: &Started) -> Traced {
    let log = tempfile::NamedTempFile::new().unwrap();
    let log_path = log.path().to_str().unwrap();
    let words =
        ["strace", "-f", "-qq", "-s", "512", "-e", "signal=none", "-e", CALLS, "-o", log_path];
    let output = started.behind(computer, &words).stdin(Stdio::null()).output().unwrap();
    let calls = fs::read_to_string(log.path()).unwrap();
    // `PID call(…) = result`, and the second halves of calls that another thread interrupted.
    let calls = calls.lines().filter_map(|line| Some(line.split_once(' ')?.1.trim_start()));
    let (mut network, mut written) = (Vec::new(), Vec::new());
    for call in calls.filter(|call| !call.starts_with("<...")) {
        let name = call.split('(').next().unwrap_or_default();
        if !is_about_files(name) {
            network.push(call.to_owned());
        } else if writes(name, call) {
            written.push(call.to_owned());
        }
    }
    let out = String::from_utf8(output.stdout).unwrap();
    let talk = String::from_utf8(output.stderr).unwrap();
    Traced { code: output.status.code(), out, talk, network, written }
}

fn is_about_files(name: &str) -> bool {
    const NETWORK: [&str; 20] = [
        "accept",
        "accept4",
        "bind",
        "connect",
        "getpeername",
        "getsockname",
        "getsockopt",
        "listen",
        "recv",
        "recvfrom",
        "recvmmsg",
        "recvmsg",
        "send",
        "sendmmsg",
        "sendmsg",
        "sendto",
        "setsockopt",
        "shutdown",
        "socket",
        "socketpair",
    ];
    !NETWORK.contains(&name)
}

fn writes(name: &str, call: &str) -> bool {
    const LOOKS: [&str; 14] = [
        "access",
        "chdir",
        "execve",
        "faccessat",
        "faccessat2",
        "fstat",
        "getcwd",
        "lstat",
        "newfstatat",
        "readlink",
        "readlinkat",
        "stat",
        "statfs",
        "statx",
    ];
    match name {
        "open" | "openat" | "openat2" => {
            ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|flag| call.contains(flag))
        }
        // By a file that is open: what opened it is looked at.
        "utimensat" if call.contains(", NULL, ") => false,
        name => !LOOKS.contains(&name),
    }
}
