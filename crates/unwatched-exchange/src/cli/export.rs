//! `export`: one file, rendered from the rows as they stand; or the latest signed release.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use unwatched_formats::feed::media::media_type;
use unwatched_formats::feed::misp;

use super::Place;
use crate::refusal::refused;
use crate::release::files::{self, Contents};
use crate::release::{BUNDLE, NOTICE};
use crate::state::AppState;
use crate::suggest;

/// The word for the signed release.
const RELEASE: &str = "release";
/// The words for many files at once.
const ALL: &str = "all";
const MISP: &str = "misp";
/// No bundle is larger than what a checker takes.
const MAX_BUNDLE_BYTES: u64 = 256 << 20;

/// Write one file of the feed, or the latest release
///
/// Files are rendered from the rows as they stand: hosts, hosts_full, network.csv,
/// quad9_blocklist.txt, ioc.yaml, watchware.yaml, samples.csv, indicators-for-tinycheck.json,
/// stalkerware.stix2, stalkerware-strict.stix2, indicators.bin, indicators.jsonl, filter.bin,
/// suricata.rules, unwatched.rpz, unwatched.hsb, unwatched.hdb, unwatched.hsu, unwatched.hdu, unwatched.yar, releases.atom, misp/manifest.json, misp/hashes.csv,
/// misp/UUID.json, warnings/LANGUAGE.json, NOTICE. With --out, `all` writes every one of them and
/// `misp` the whole MISP feed.
#[derive(Debug, Args)]
pub struct Export {
    /// The file's name; `release` writes the latest published release as the file `bundle`
    format: String,
    /// The folder to write to, with the NOTICE beside; without it, the file goes to stdout
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Export {
    /// Does it.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        check_format(&self.format)?;
        if matches!(self.format.as_str(), ALL | MISP) && self.out.is_none() {
            return Err(refused(format!(
                "{} is many files: say where to with --out DIR",
                self.format
            )));
        }
        let state = place.open_existing().await?;
        let done = self.export(&state).await;
        state.store.close().await;
        done
    }

    async fn export(&self, state: &AppState) -> anyhow::Result<()> {
        let (name, bytes, notice) = if self.format == RELEASE {
            (BUNDLE, bundle(state).await?, None)
        } else {
            let contents = Contents::read(&state.store, state.clock.now())
                .await
                .context("read what is exported")?;
            let contents = contents.served_at(state.config.server.public_url.as_deref());
            if let (ALL | MISP, Some(out)) = (self.format.as_str(), &self.out) {
                return write_many(out, &self.format, &contents);
            }
            let bytes = contents.file(&self.format).ok_or_else(|| {
                refused(format!("no family has an event of the name {:?}", self.format))
            })?;
            (self.format.as_str(), bytes, Some(contents.notice()))
        };
        let Some(out) = &self.out else {
            return std::io::stdout().write_all(&bytes).context("write to stdout");
        };
        write(out, name, &bytes)?;
        if let Some(notice) = notice {
            write(out, NOTICE, notice.as_bytes())?;
        }
        Ok(())
    }
}

fn check_format(format: &str) -> anyhow::Result<()> {
    let names = files::names();
    let mut known: Vec<&str> = names.iter().map(String::as_str).collect();
    known.extend([RELEASE, ALL, MISP]);
    // An event is named by a number that only its family's row gives.
    let is_event = misp::is_of_feed(format) && media_type(format) == "application/json";
    if known.contains(&format) || is_event {
        return Ok(());
    }
    Err(refused(format!("unknown format {format:?}{}", suggest::among(format, &known))))
}

async fn bundle(state: &AppState) -> anyhow::Result<Vec<u8>> {
    let release = state.store.latest_release().await?.ok_or_else(|| {
        refused("no release has been published yet: `admin release publish` makes one")
    })?;
    let file = release.files.iter().find(|file| file.name == BUNDLE);
    let file = file.with_context(|| format!("find the bundle of release {}", release.sequence))?;
    let bytes = state.store.get_bytes(&file.blob, MAX_BUNDLE_BYTES).await?;
    Ok(bytes.to_vec())
}

fn write_many(out: &Path, which: &str, contents: &Contents) -> anyhow::Result<()> {
    for (name, bytes) in contents.files() {
        if which == ALL || misp::is_of_feed(&name) {
            write(out, &name, &bytes)?;
        }
    }
    write(out, NOTICE, contents.notice().as_bytes())
}

/// Whole or not at all: a reader never sees half a file.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(name);
    let folder = path.parent().unwrap_or(folder);
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new()
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.persist(&path)?;
        Ok(())
    };
    write().with_context(|| format!("write {}", path.display()))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}
