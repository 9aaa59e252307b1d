//! What tests need from the machine, and installing what is missing where that is allowed.
//!
//! A program is looked for where the tests will look for it; where it is missing, the Debian
//! package that holds it is installed by apt-get, as root or by a `sudo` that asks nothing.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use unwatched_testkit::postgres;

use crate::cargo;

/// One thing that some tests cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The server's programs, to run a temporary one.
    PostgreSql,
    /// A browser without a screen.
    Chromium,
    /// Node and npm, which drive the browser.
    Node,
    /// Python and its environments, for what speaks as S3 does.
    Python,
    /// Java with Android's tool for signatures, whose verdict ours must be.
    Apksigner,
    /// What resolvers, scanners and people read a release's files with.
    FeedReaders,
    /// What partners verify releases with.
    Minisign,
    /// What talks to phones, and a C compiler for the rig's shim (`rigs/android/`).
    Adb,
    /// What shows whom a program speaks to and what it writes.
    Strace,
    /// A linker and a compiler of resources for Windows.
    Mingw,
    /// What runs programs for Windows; measurements only.
    Wine,
    /// What acquisitions are encrypted with; measurements only, tests have its library.
    Age,
}

impl Need {
    /// All that tests need.
    pub(crate) const ALL: [Self; 10] = [
        Self::PostgreSql,
        Self::Chromium,
        Self::Node,
        Self::Python,
        Self::Apksigner,
        Self::FeedReaders,
        Self::Minisign,
        Self::Adb,
        Self::Mingw,
        Self::Strace,
    ];

    /// The Debian packages that hold it.
    pub(crate) fn packages(self) -> &'static [&'static str] {
        match self {
            Self::PostgreSql => &["postgresql"],
            Self::Chromium => &["chromium"],
            Self::Node => &["nodejs", "npm"],
            Self::Python => &["python3", "python3-venv"],
            Self::Apksigner => &["apksigner", "default-jdk-headless"],
            // Of clamav only the scanner: the definitions are our own.
            Self::FeedReaders => &["bind9-utils", "clamav", "minisign", "yara"],
            Self::Minisign => &["minisign"],
            Self::Adb => &["adb", "gcc", "libc6-dev"],
            // The half of Debian's that needs no library of its own for threads.
            Self::Mingw => &["gcc-mingw-w64-x86-64-win32"],
            Self::Wine => &["wine64"],
            Self::Age => &["age"],
            Self::Strace => &["strace"],
        }
    }

    /// Whether it is there.
    pub(crate) fn is_met(self) -> bool {
        match self {
            Self::PostgreSql => postgres::programs().is_ok(),
            Self::Chromium => program("chromium").is_some(),
            Self::Node => program("node").is_some() && program("npm").is_some(),
            Self::Python => program("python3").is_some() && makes_environments(),
            // `javac` stands for the compiler in a full Java: the tests' rig is run from its source.
            Self::Apksigner => program("apksigner").is_some() && program("javac").is_some(),
            Self::FeedReaders => ["named-checkzone", "clamscan", "minisign", "yara"]
                .into_iter()
                .all(|name| program(name).is_some()),
            Self::Minisign => program("minisign").is_some(),
            Self::Adb => program("adb").is_some() && program("cc").is_some(),
            Self::Mingw => ["x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-windres"]
                .into_iter()
                .all(|name| program(name).is_some()),
            Self::Wine => wine().is_some(),
            Self::Age => program("age").is_some(),
            Self::Strace => program("strace").is_some(),
        }
    }
}

/// Whether a program can be given a network and disks of its own.
pub(crate) fn can_make_namespaces() -> bool {
    let words = ["--map-root-user", "--net", "--mount", "true"];
    Command::new("unshare").args(words).status().is_ok_and(|status| status.success())
}

/// Debian's python3 comes without what makes environments of their own.
fn makes_environments() -> bool {
    let asked = Command::new("python3").args(["-c", "import ensurepip, venv"]).output();
    asked.is_ok_and(|asked| asked.status.success())
}

/// Installs what is missing where that is allowed; hands back what is still missing.
pub(crate) fn ensure(needs: &[Need]) -> Vec<Need> {
    let missing = |needs: &[Need]| needs.iter().copied().filter(|need| !need.is_met()).collect();
    let first: Vec<Need> = missing(needs);
    if first.is_empty() || program("apt-get").is_none() {
        return first;
    }
    let Some(installer) = installer() else { return first };
    let packages: Vec<_> = first.iter().flat_map(|need| need.packages()).copied().collect();
    if install(&installer, &packages).is_err() {
        // The package lists may be old, or not there at all.
        let updated = cargo::run(&mut apt_get(&installer, &["update", "--quiet"]));
        if let Err(error) = updated.and_then(|()| install(&installer, &packages)) {
            eprintln!("could not install {}: {error:#}", packages.join(" "));
        }
    }
    missing(needs)
}

/// The words before `apt-get`: none for root, `sudo -n` where it asks nothing.
fn installer() -> Option<Vec<&'static str>> {
    if nix::unistd::geteuid().is_root() {
        return Some(vec![]);
    }
    let asks_nothing = Command::new("sudo")
        .args(["-n", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    asks_nothing.then(|| vec!["sudo", "-n"])
}

fn install(installer: &[&str], packages: &[&str]) -> anyhow::Result<()> {
    let mut words = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    words.extend(packages);
    cargo::run(&mut apt_get(installer, &words))
}

fn apt_get(installer: &[&str], words: &[&str]) -> Command {
    // `env` because sudo keeps no variables.
    let all: Vec<_> = installer
        .iter()
        .chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .chain(words)
        .collect();
    let mut command = Command::new(all[0]);
    command.args(&all[1..]).stdout(Stdio::null());
    command
}

/// Where wine lies; Debian keeps the half for 64 bits off the PATH.
pub(crate) fn wine() -> Option<PathBuf> {
    let debian = PathBuf::from("/usr/lib/wine/wine64");
    if debian.is_file() { Some(debian) } else { program("wine64") }
}

/// Where a program lies on the PATH.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
