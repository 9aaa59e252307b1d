//! `cargo xtask test`: every test, with what they need installed and started.
//!
//! Where something cannot be had, its tests are left out by name; where `CI` is set that fails.

use std::env;
use std::fs;
use std::process::Command;

use anyhow::Result;
use unwatched_testkit::notices::NOTICES_VARIABLE;
use unwatched_testkit::postgres::{SERVER_VARIABLE, TemporaryPostgres};

use crate::cargo::{cargo, run as run_command};
use crate::clients;
use crate::described;
use crate::evade;
use crate::fuzz;
use crate::house;
use crate::moto::Moto;
use crate::needs::{self, Need};
use crate::steps::Steps;
use crate::windows;

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leave the tests in a browser out
    #[arg(long)]
    no_browser: bool,
    /// Leave the minute of hostile bytes out
    #[arg(long)]
    no_fuzz: bool,
}

/// For every parser together: a look, not a search. `cargo xtask fuzz` takes longer.
const FUZZ_SECONDS: u32 = 60;

/// How long the interface is asked.
const DESCRIBED_SECONDS: u32 = 120;

/// The folder of the tests in a browser.
const BROWSER_TESTS: &str = "tests-browser";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut steps = Steps::default();
    let missing = needs::ensure(&Need::ALL);
    let postgres = start_postgres(&missing, &mut steps);
    let moto = start_moto(&missing, &mut steps);
    let mut tests = cargo();
    tests.args(["test", "--workspace", "--no-fail-fast", "--quiet"]);
    if let Some(server) = &postgres {
        tests.env(SERVER_VARIABLE, server.url("postgres"));
    }
    if let Some(moto) = &moto {
        // One build for all: a second one of the store alone would build its drivers again.
        tests.args(["--features", "unwatched-store/s3"]);
        moto.tell(&mut tests);
    }
    if missing.contains(&Need::Apksigner) {
        left_out(&mut steps, "agreement with apksigner", &[Need::Apksigner]);
        tests.env("UNWATCHED_WITHOUT_APKSIGNER", "1");
    }
    if missing.contains(&Need::Strace) {
        left_out(&mut steps, "whom a session speaks to and what it leaves", &[Need::Strace]);
        tests.env("UNWATCHED_WITHOUT_STRACE", "1");
    }
    if !needs::can_make_namespaces() {
        const NAME: &str = "a check without a network, and a full disk";
        steps.left_out(NAME, "unshare must be allowed to make namespaces");
        tests.env("UNWATCHED_WITHOUT_NAMESPACES", "1");
    }
    match house::community_data() {
        Some(data) => {
            tests.env("UNWATCHED_COMMUNITY_DATA", data);
        }
        None => steps.notice(
            "the community's data was not found (UNWATCHED_COMMUNITY_DATA): the made-up fixture was used",
        ),
    }
    tell_clients(&missing, &mut steps, &mut tests);
    let notices = house::root().join("target").join("notices-of-tests.txt");
    let _ = fs::remove_file(&notices);
    tests.env(NOTICES_VARIABLE, &notices);
    steps.step("tests in Rust", || run_command(&mut tests));
    for notice in fs::read_to_string(&notices).unwrap_or_default().lines() {
        steps.notice(notice);
    }
    if arguments.no_fuzz {
        steps.left_out("hostile bytes for every parser", "by --no-fuzz");
    } else {
        steps.step("hostile bytes for every parser", || fuzz::all(FUZZ_SECONDS));
    }
    steps.step("variants of a watcher, against the frontier", evade::guard);
    described_and_windows(&missing, &mut steps);
    browser_tests(arguments, &missing, &mut steps);
    drop((postgres, moto));
    steps.finish(env::var_os("CI").is_some())
}

/// One server for all tests; each test makes a database of its own in it.
fn start_postgres(missing: &[Need], steps: &mut Steps) -> Option<TemporaryPostgres> {
    if missing.contains(&Need::PostgreSql) {
        left_out(steps, "tests on PostgreSQL", &[Need::PostgreSql]);
        return None;
    }
    let mut server = None;
    steps.step("a temporary PostgreSQL", || {
        server = Some(TemporaryPostgres::start()?);
        Ok(())
    });
    server
}

/// What blobs in S3 are tested against.
fn start_moto(missing: &[Need], steps: &mut Steps) -> Option<Moto> {
    const NAME: &str = "tests on S3";
    if missing.contains(&Need::Python) {
        left_out(steps, NAME, &[Need::Python]);
        return None;
    }
    match Moto::start() {
        Ok(moto) => Some(moto),
        Err(error) => {
            steps.left_out(NAME, &format!("moto could not be had: {error:#}"));
            None
        }
    }
}

/// What the tests of a release's files are told of the field's clients.
fn tell_clients(missing: &[Need], steps: &mut Steps, tests: &mut Command) {
    if missing.contains(&Need::FeedReaders) {
        left_out(steps, "a release's files in their readers' hands", &[Need::FeedReaders]);
    }
    if missing.contains(&Need::Python) {
        left_out(steps, "a release's files in Python's clients", &[Need::Python]);
    } else {
        match clients::python() {
            Ok(python) => drop(tests.env(clients::PYTHON_VARIABLE, python)),
            Err(error) => steps.left_out(
                "a release's files in Python's clients",
                &format!("they could not be had: {error:#}"),
            ),
        }
    }
    if missing.contains(&Need::Adb) {
        left_out(steps, "a phone on a cable", &[Need::Adb]);
        tests.env("UNWATCHED_WITHOUT_ADB", "1");
    } else {
        match clients::adbd() {
            Ok(root) => drop(tests.env(clients::ADBD_VARIABLE, root)),
            Err(error) => {
                steps.left_out("a phone on a cable", &format!("adbd could not be had: {error:#}"));
                tests.env("UNWATCHED_WITHOUT_ADB", "1");
            }
        }
    }
    match clients::suricata() {
        Ok(root) => drop(tests.env(clients::SURICATA_VARIABLE, root)),
        Err(error) => steps.notice(format!(
            "suricata could not be had ({error:#}): suricataparser alone read its rules"
        )),
    }
}

/// The checker for Windows: that it builds, and that its one file is all it needs.
fn windows_build(missing: &[Need], steps: &mut Steps) {
    const NAME: &str = "the checker for Windows";
    if missing.contains(&Need::Mingw) {
        left_out(steps, NAME, &[Need::Mingw]);
    } else {
        steps.step(NAME, windows::guard);
    }
}

fn browser_tests(arguments: &Arguments, missing: &[Need], steps: &mut Steps) {
    const NAME: &str = "tests in a browser";
    let lacking: Vec<_> =
        [Need::Chromium, Need::Node].into_iter().filter(|need| missing.contains(need)).collect();
    if arguments.no_browser {
        steps.left_out(NAME, "by --no-browser");
    } else if !lacking.is_empty() {
        left_out(steps, NAME, &lacking);
    } else {
        steps.step(NAME, || {
            let folder = house::root().join(BROWSER_TESTS);
            run_command(npm().args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
            run_command(npm().arg("test").current_dir(&folder))
        });
    }
}

/// The interface, asked by a tool that knows nothing of it but its description; beside it the build
/// for Windows. The browser has the machine to itself: a page that waits for others is no finding.
fn described_and_windows(missing: &[Need], steps: &mut Steps) {
    const NAME: &str = "the interface against its description";
    if missing.contains(&Need::Python) {
        left_out(steps, NAME, &[Need::Python]);
        windows_build(missing, steps);
    } else {
        steps.side_by_side((NAME, || described::guard(DESCRIBED_SECONDS)), |steps| {
            windows_build(missing, steps);
        });
    }
}

fn left_out(steps: &mut Steps, tests: &str, lacking: &[Need]) {
    let packages: Vec<_> = lacking.iter().flat_map(|need| need.packages()).copied().collect();
    steps.left_out(tests, &format!("install {} to run them", packages.join(" ")));
}

fn npm() -> Command {
    Command::new("npm")
}
