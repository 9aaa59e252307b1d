//! The tests: each attempt, through a running exchange where one uploads it as a sample.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use unwatched_exchange::config::Config;
use unwatched_exchange::sandbox::{Held, Layer, Probe, Tried, try_out};
use unwatched_testkit::programs::run;

use crate::rig::{Server, program};

pub(crate) const ALL: &[(&str, fn())] = &[
    ("what_a_hostile_analyser_tries_fails_and_the_server_goes_on", hostile),
    ("a_hostile_analyser_gets_no_more_time_than_it_may_have", time),
    ("each_layer_that_this_kernel_has_holds", layers),
    ("doctor_says_what_holds", doctor),
];

/// Refused by the filter where there is one, and by the limits or Landlock where there is none.
const REFUSED: &[&str] =
    &["Operation not permitted", "Permission denied", "Too many open files", "EPERM", "EMFILE"];
/// What nobody asks for by accident is the end of the child.
const ENDED: &[&str] = &["asked the system for what no analysis needs"];

const HOSTILE: &[(&str, &[&str])] = &[
    ("a TCP socket that listens", ENDED),
    ("a TCP connection", ENDED),
    ("a UDP socket", ENDED),
    ("a UNIX socket", ENDED),
    ("a pair of sockets", ENDED),
    ("a netlink socket", ENDED),
    ("a packet socket", ENDED),
    ("reading a file", REFUSED),
    ("open", REFUSED),
    ("openat", REFUSED),
    ("openat2", REFUSED),
    ("io_uring", ENDED),
    ("what a file is", REFUSED),
    ("what a folder holds", REFUSED),
    ("where a link leads", REFUSED),
    ("writing a file", REFUSED),
    ("making a folder", REFUSED),
    ("removing a file", REFUSED),
    ("a file in memory", ENDED),
    ("fork", &["fork: "]),
    ("a program beside it", &["Operation not permitted", "asked the system", "Too many open"]),
    ("a program in its place", ENDED),
    ("a thread", REFUSED),
    ("a signal to the parent", ENDED),
    ("tracing the parent", ENDED),
    ("the parent's memory", ENDED),
    ("new namespaces", ENDED),
    ("another user", ENDED),
    ("another root", ENDED),
    ("code in memory", REFUSED),
    ("a higher limit", REFUSED),
    ("being looked into", REFUSED),
    ("the environment", &["there are no variables"]),
    ("descriptors left open", &["there are no descriptors"]),
    ("all memory", &["needed more than 256 MiB of memory"]),
];

/// This program, which is the hostile analyser when it is called as one.
fn itself() -> PathBuf {
    std::env::current_exe().expect("this program")
}

fn hostile() {
    assert_eq!(held().calls, Layer::Holds, "this test is about a kernel with the filter");
    // Left open for every child by a mistake of the server's.
    let left_open = File::open("/").expect("the root folder");
    fcntl(&left_open, FcntlArg::F_SETFD(FdFlag::empty())).expect("a flag of a descriptor");
    let mut config = Config::default();
    config.analysis.memory_mib = 256;
    let server = Server::with(Some(itself()), &config);
    let lab = server.lab();
    for (what, expected) in HOSTILE {
        let sample = lab.upload(what.as_bytes());
        let states = lab.follow(&sample);
        let last = states.last().expect("a final state");
        assert_eq!(last["state"], "failed", "{what} went through: {last}");
        let why = last["why"].as_str().expect("a reason");
        assert!(expected.iter().any(|words| why.contains(words)), "{what}: {why}");
    }
    lab.get("/healthz").expect(200);
    assert!(!PathBuf::from("/tmp/unwatched-sandbox-written").exists());
}

fn time() {
    let what = "all time";
    let mut child = Command::new(itself())
        .args(["analyze-child", "--memory-mib", "256", "--cpu-s", "1", "--size-bytes"])
        .arg(what.len().to_string())
        .stdin(Stdio::piped())
        // Not a file: it may make none longer, and says first what holds.
        .stdout(Stdio::null())
        .spawn()
        .expect("this program starts");
    child.stdin.take().expect("its stdin").write_all(what.as_bytes()).expect("it reads");
    let status = child.wait().expect("it ends");
    assert_eq!(status.signal(), Some(libc::SIGXCPU), "{status}");
}

fn tried(probe: Probe) -> (Held, Tried) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(try_out(&program(), 256, probe)).expect("a child that tries")
}

fn held() -> Held {
    tried(Probe::Memory).0
}

fn layers() {
    for probe in Probe::ALL {
        let (held, tried) = tried(probe);
        assert!(matches!(tried, Tried::Refused(_)), "a child {}: {held:?}", probe.words());
        // Whatever else there is: a kernel that lists Landlock gives it.
        let lists = fs::read_to_string("/sys/kernel/security/lsm").unwrap_or_default();
        if lists.split(',').any(|name| name.trim() == "landlock") {
            assert!(!matches!(held.landlock, Layer::Lacks(_)), "{held:?}");
        }
    }
}

fn doctor() {
    let server = Server::without_worker();
    let mut command = Command::new(program());
    command.args(["doctor", "--quick", "--json", "--data"]).arg(server.data());
    command.env("RUST_LOG", "warn");
    let ended = run(&mut command, "");
    let json: serde_json::Value = serde_json::from_str(&ended.stdout).expect("doctor's JSON");
    let checks = json["checks"].as_array().expect("checks");
    let sandbox = checks.iter().find(|check| check["id"] == "sandbox").expect("the sandbox's");
    let looked_at = sandbox["looked_at"].as_str().expect("what was looked at");
    let findings = sandbox["findings"].to_string();
    let held = held();
    for (name, layer) in [("the filter of system calls", &held.calls), ("Landlock", &held.landlock)]
    {
        match layer {
            Layer::Holds => assert!(looked_at.contains(name), "{looked_at}"),
            Layer::Partly(how) => assert!(findings.contains(how.as_str()), "{findings}"),
            Layer::Lacks(why) => {
                assert!(!looked_at.contains(name), "{looked_at}");
                assert!(findings.contains(&format!("{name} does not hold: {why}")), "{findings}");
            }
        }
    }
    assert_eq!(sandbox["not_seen"], serde_json::json!([]), "{sandbox}");
}
