//! The way back: verified whole first, written beside the data folder, and renamed at the end. A
//! copy that was restored by half never stands where a server would find it.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;
use unwatched_store::{Actor, Store};

use super::DATABASE;
use super::manifest::Manifest;
use super::staging::{Purpose, Staging};
use super::unpack::Copy;
use crate::clock::Clock;
use crate::config::Config;
use crate::refusal::{Refusal, refused};

/// Restores the copy at `from` to the folder `data`, which is absent or empty.
pub async fn restore(
    from: &Path,
    data: &Path,
    config: &Config,
    clock: &Clock,
    talk: &dyn Fn(&str),
) -> anyhow::Result<Manifest> {
    let name = from.display();
    if !from.exists() {
        return Err(refused(format!("there is no {name}")));
    }
    if !is_absent_or_empty(data).with_context(|| format!("look at {}", data.display()))? {
        return Err(refused(format!(
            "{} is not empty: name another folder with --data, or move it away",
            data.display()
        )));
    }
    talk("comparing the copy with its manifest");
    let copy = Copy::at(from);
    let manifest = copy
        .verify(|files| talk(&format!("files compared: {files}")))
        .map_err(|why| Refusal::NotAsItShouldBe(format!("{name}: {why}")))?;
    if manifest.has_database() && (config.database.url.is_some() || config.blobs.url.is_some()) {
        return Err(refused(
            "the configuration keeps rows or blobs outside of the data folder: restore without \
             database.url and blobs.url, then move what was restored to where they point",
        ));
    }
    let beside = data.parent().context("find the folder that holds the data folder")?;
    fs::create_dir_all(beside).with_context(|| format!("create {}", beside.display()))?;
    let staging = Staging::begin(beside, Purpose::Restore, talk)
        .with_context(|| format!("write beside {}", data.display()))?;
    talk("writing");
    copy.unpack(&manifest, staging.path()).with_context(|| format!("restore {name}"))?;
    if manifest.has_database() {
        note(staging.path(), &manifest, clock).await?;
    }
    let staging = staging.keep();
    fs::rename(&staging, data)
        .with_context(|| format!("rename {} to {}", staging.display(), data.display()))?;
    fs::File::open(beside).and_then(|folder| folder.sync_all()).context("keep the new name")?;
    Ok(manifest)
}

/// Compares the log's end with the manifest's, and writes the restoring into the log.
async fn note(folder: &Path, manifest: &Manifest, clock: &Clock) -> anyhow::Result<()> {
    let config = Config::default().store(folder);
    let store = Store::open(&config).await.context("open the restored database")?;
    let head = store.audit_head().await?;
    if (head.seq, &head.sha256) != (manifest.audit.seq, &manifest.audit.sha256) {
        return Err(Refusal::NotAsItShouldBe(format!(
            "the audit log in {DATABASE} ends with line {}, and the manifest says line {}",
            head.seq, manifest.audit.seq
        ))
        .into());
    }
    let detail = json!({ "made_at": manifest.made_at.to_string() });
    let line = Actor::operator().did("backup.restore", "exchange", "", detail);
    store.audit(&line, clock.now()).await?;
    store.close().await;
    Ok(())
}

fn is_absent_or_empty(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}
