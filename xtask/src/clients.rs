//! Programs of the field, for tests that need them: Python packages in an environment of their own
//! below `target/`; Suricata and Android's adbd, which Debian 12 has no packages of.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::cargo::run;
use crate::house;

/// Where the tests look for the environment's Python.
pub(crate) const PYTHON_VARIABLE: &str = "UNWATCHED_TEST_CLIENTS_PYTHON";
/// Where the tests look for the folder of Suricata's own files.
pub(crate) const SURICATA_VARIABLE: &str = "UNWATCHED_TEST_SURICATA";

/// Where the tests look for the folder of adbd's own files.
pub(crate) const ADBD_VARIABLE: &str = unwatched_testkit::rig::ADBD_VARIABLE;

const REQUIREMENTS: &str = "rigs/clients/requirements.txt";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// The release whose packages hold them.
const SUITE: &str = "trixie";

/// The Python of an environment with every pinned package, installed if it is not there yet.
pub(crate) fn python() -> Result<PathBuf> {
    let folder = house::target().join("clients");
    let (python, said) = (folder.join("bin/python"), folder.join("installed.txt"));
    let wanted = fs::read_to_string(house::root().join(REQUIREMENTS))
        .with_context(|| format!("read {REQUIREMENTS}"))?;
    if fs::read_to_string(&said).is_ok_and(|installed| installed == wanted) && python.is_file() {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let words = ["install", "--quiet", "--disable-pip-version-check", "--requirement"];
    let requirements = house::root().join(REQUIREMENTS);
    run(Command::new(folder.join("bin/pip")).args(words).arg(requirements))?;
    fs::write(&said, wanted).context("note what is installed")?;
    Ok(python)
}

/// A folder with Suricata and every library it needs.
pub(crate) fn suricata() -> Result<PathBuf> {
    unpacked("suricata", "usr/bin/suricata")
}

/// A folder with a phone's debugging service and every library it needs.
pub(crate) fn adbd() -> Result<PathBuf> {
    unpacked("adbd", "usr/lib/android-sdk/platform-tools/adbd")
}

/// A package and all that it needs, unpacked from Debian's packages: what is in it runs with its own
/// loader and touches nothing of the machine's.
fn unpacked(package: &str, program: &str) -> Result<PathBuf> {
    let folder = house::target().join(package);
    let root = folder.join("root");
    if root.join(program).is_file() {
        return Ok(root);
    }
    ensure!(PathBuf::from(KEYRING).is_file(), "Debian's keyring is not here");
    for part in ["etc", "state/lists/partial", "cache/archives/partial", "root.part"] {
        fs::create_dir_all(folder.join(part)).context("make a folder for packages")?;
    }
    let sources = format!("deb [signed-by={KEYRING}] {} {SUITE} main\n", mirror()?);
    fs::write(folder.join("etc/sources.list"), sources).context("write the sources")?;
    fs::write(folder.join("state/status"), "").context("write an empty status")?;
    apt_get(&folder, &["update"])?;
    apt_get(&folder, &["install", "--yes", "--download-only", package])?;
    let packages = fs::read_dir(folder.join("cache/archives")).context("list the packages")?;
    for package in packages.flatten().map(|entry| entry.path()) {
        if package.extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg-deb").arg("-x").arg(package).arg(folder.join("root.part")))?;
        }
    }
    if !folder.join("root.part").join(program).is_file() {
        bail!("Debian's packages hold no {program}");
    }
    fs::rename(folder.join("root.part"), &root).context("put it in its place")?;
    fs::remove_dir_all(folder.join("cache")).context("throw the packages away")?;
    Ok(root)
}

/// The mirror that this machine takes packages from, as its apt is configured.
fn mirror() -> Result<String> {
    let asked = Command::new("apt-get").args(["indextargets", "--format", "$(SITE)"]).output();
    let asked = asked.context("ask apt for the machine's mirror")?;
    let sites = String::from_utf8_lossy(&asked.stdout).into_owned();
    let site = sites.lines().find(|site| !site.ends_with("-security"));
    site.map(str::to_owned).context("apt is configured with no mirror of Debian")
}

fn apt_get(folder: &std::path::Path, words: &[&str]) -> Result<()> {
    let at = |part: &str| folder.join(part).display().to_string();
    let options = [
        format!("Dir::Etc::sourcelist={}", at("etc/sources.list")),
        "Dir::Etc::sourceparts=-".to_owned(),
        format!("Dir::State={}", at("state")),
        format!("Dir::State::status={}", at("state/status")),
        format!("Dir::Cache={}", at("cache")),
        "APT::Install-Recommends=0".to_owned(),
        "Debug::NoLocking=1".to_owned(),
    ];
    let mut command = Command::new("apt-get");
    command.arg("--quiet").env("DEBIAN_FRONTEND", "noninteractive");
    for option in options {
        command.args(["-o", &option]);
    }
    run(command.args(words).stdout(std::process::Stdio::null()))
}
