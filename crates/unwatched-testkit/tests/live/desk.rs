//! A desk for these tests: a folder for cases, a clock, and the phone through each of the ways.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tempfile::TempDir;
use unwatched_acquire::case::{Case, Secret, Writer, open};
use unwatched_acquire::live::commands::PackageName;
use unwatched_acquire::live::{
    Acquired, Clock, Connection, Step, Surroundings, TakesPart, Trouble, Wanted, acquire,
};
use unwatched_device::evidence::Evidence;
use unwatched_device::result::{CheckResult, Tool};

pub(crate) fn clock() -> Clock {
    Clock { now, running }
}

#[expect(clippy::disallowed_methods, reason = "tests measure")]
fn now() -> Timestamp {
    SystemTime::now().try_into().expect("this century")
}

#[expect(clippy::disallowed_methods, reason = "tests measure")]
fn running() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed() * HURRY.get()
}

thread_local! {
    /// How many seconds of patience one second takes, in this test's thread.
    static HURRY: Cell<u32> = const { Cell::new(1) };
}

/// From now on patience ends so many times sooner in this test.
pub(crate) fn hurry(times: u32) {
    HURRY.set(times);
}

pub(crate) struct Desk {
    folder: TempDir,
    secret: Secret,
    cases: u32,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let secret = Self::secret();
        // Hundreds of cases, each made durable: where there is a disk in memory, there.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
        Self { folder: folder.unwrap(), secret, cases: 0 }
    }

    /// What every case here is made with.
    pub(crate) fn secret() -> Secret {
        Secret::new("made-up words".to_owned()).with_work_factor(2)
    }

    /// Takes the last case off the desk.
    pub(crate) fn forget(&self) {
        let _ = std::fs::remove_dir_all(self.path(&format!("case-{}", self.cases)));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a copy of one case in the place of another.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        let (from, to) = (self.path(from), self.path(to));
        let _ = std::fs::remove_dir_all(&to);
        std::fs::create_dir(&to).unwrap();
        for file in std::fs::read_dir(from).unwrap().flatten() {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }

    /// A new case.
    pub(crate) fn case(&mut self) -> Writer {
        self.cases += 1;
        let path = self.path(&format!("case-{}", self.cases));
        Writer::create(&path, &self.secret, "unwatched test", Box::new(now)).unwrap()
    }

    /// The last case, read.
    pub(crate) fn read(&self) -> Case {
        open(&self.path(&format!("case-{}", self.cases)), &self.secret).unwrap()
    }

    /// Acquires a phone into a new case.
    pub(crate) fn acquire(&mut self, connection: &mut Connection, apps: &[&str]) -> Acquired {
        let case = self.case();
        Self::acquire_into(&case, connection, apps)
    }

    /// Acquires a phone into a case that is there.
    pub(crate) fn acquire_into(
        case: &Writer,
        connection: &mut Connection,
        apps: &[&str],
    ) -> Acquired {
        let apps: Vec<PackageName> = apps.iter().map(|app| app.parse().unwrap()).collect();
        let mut part = TakesPart {
            tool: "unwatched test",
            step: &mut |_: Step<'_>| true,
            choose: &mut |_: &mut dyn Evidence| apps.clone(),
        };
        acquire(connection, case, &mut part).unwrap()
    }
}

/// Reaches a phone.
pub(crate) fn reach(wanted: &Wanted) -> Result<Connection, Trouble> {
    let mut random = StdRng::seed_from_u64(1);
    let mut around = Surroundings { clock: clock(), random: &mut random, asked: &mut || {} };
    Connection::open(wanted, &mut around)
}

/// What a check says of evidence.
pub(crate) fn checked(evidence: &mut dyn Evidence) -> CheckResult {
    let tool = Tool { name: "test".to_owned(), version: "0".to_owned() };
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    unwatched_device::check(evidence, None, now, tool, &mut |_| {})
}

/// What findings say: subject, band, points and rules, without where it was read.
pub(crate) fn said(result: &CheckResult) -> BTreeSet<String> {
    let of = |finding: &unwatched_device::result::Finding| {
        let mut rules: Vec<_> =
            finding.signals.iter().map(|s| format!("{}={}", s.rule, s.fact)).collect();
        rules.sort();
        format!("{} {:?} {:?} {:?}", finding.id, finding.band, finding.score, rules)
    };
    // A check that could run here and not there is a difference, too.
    let checks = result.checks.iter().map(|check| format!("{}: {:?}", check.id, check.outcome));
    result.findings.iter().map(of).chain(checks).collect()
}
