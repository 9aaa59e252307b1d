//! Makes a copy while the server runs: the database as it is at one moment, then the blobs that
//! its rows name, then the keys. A blob is written before its row, so none is missed.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;
use unwatched_model::digest::Sha256;
use unwatched_store::{Actor, Engine, Store, StoreConfig};

use super::manifest::{AuditEnd, MANIFEST, Manifest};
use super::pack::Pack;
use super::{BLOBS, DATABASE, KEYS};
use crate::refusal::refused;
use crate::state::AppState;

/// What is said instead of copying rows that PostgreSQL keeps.
const BY_PG_DUMP: &str = "the database: run `pg_dump --format=custom` BEFORE this copy is made, \
                          and keep the two together";
/// What is said instead of copying blobs that S3 keeps.
const BY_SYNC: &str = "the blobs: copy the bucket AFTER this copy is made, with your object \
                       store's own tool (such as `aws s3 sync` or `rclone sync`)";

/// What was made.
#[derive(Debug)]
pub struct Made {
    /// Where.
    pub path: PathBuf,
    /// What is in it.
    pub manifest: Manifest,
}

/// Makes a copy at `dest`, a folder or a file whose name ends in `.tar`.
pub async fn make(state: &AppState, dest: &Path, talk: &dyn Fn(&str)) -> anyhow::Result<Made> {
    let now = state.clock.now();
    let config = state.config.store(state.data.path());
    let blobs = config.blobs_url.strip_prefix("file://").map(PathBuf::from);
    apart_from(dest, [Some(state.data.path()), blobs.as_deref()].into_iter().flatten())?;
    if dest.symlink_metadata().is_ok() {
        return Err(refused(format!("{} is there already: name another place", dest.display())));
    }
    // Before the copy, so that it tells of itself.
    let line = Actor::operator().did("backup.make", "exchange", "", json!({}));
    state.store.audit(&line, now).await?;
    let mut pack =
        Pack::begin(dest, talk).with_context(|| format!("write beside {}", dest.display()))?;
    let snapshot = snapshot(state, &config, &pack, talk).await?;
    let store = snapshot.as_ref().unwrap_or(&state.store);
    let head = store.audit_head().await?;
    let end = AuditEnd { seq: head.seq, sha256: head.sha256 };
    let mut manifest = Manifest::new(now, store.schema_version().await?, end);
    let mut needed: Vec<_> = store.needed_blobs().await?.into_iter().map(|b| b.sha256).collect();
    needed.sort_unstable();
    needed.dedup();
    if let Some(snapshot) = snapshot {
        snapshot.close().await;
        let file = pack.staging().join(DATABASE);
        let part = put(&mut pack, DATABASE, &file).with_context(|| format!("copy {DATABASE}"))?;
        manifest.parts.extend(part);
    } else {
        manifest.not_in_it.push(BY_PG_DUMP.to_owned());
    }
    match blobs {
        Some(folder) => copy_blobs(&mut pack, &mut manifest, &folder, &needed, talk)?,
        None => manifest.not_in_it.push(BY_SYNC.to_owned()),
    }
    copy_keys(&mut pack, &mut manifest, &state.data.keys())?;
    let bytes = manifest.bytes();
    pack.put(MANIFEST, bytes.as_slice(), bytes.len() as u64).context("write the manifest")?;
    let path = pack.finish().with_context(|| format!("name the copy {}", dest.display()))?;
    Ok(Made { path, manifest })
}

/// A copy beside what it copies is lost with it, and what lies in the data folder is nobody's but
/// the exchange's.
fn apart_from<'a>(dest: &Path, copied: impl Iterator<Item = &'a Path>) -> anyhow::Result<()> {
    let dest = std::path::absolute(dest).context("find the current folder")?;
    // Whatever links lead there; a place whose folder is missing is inside none.
    let beside = dest.parent().unwrap_or(&dest).canonicalize();
    let (Ok(beside), Some(name)) = (beside, dest.file_name()) else { return Ok(()) };
    let place = beside.join(name);
    for folder in copied {
        if folder.canonicalize().is_ok_and(|folder| place.starts_with(folder)) {
            return Err(refused(format!(
                "{} is inside {}, which is to be copied: name a place outside, best on another disk",
                dest.display(),
                folder.display()
            )));
        }
    }
    Ok(())
}

/// The database as it is now, in a file of its own that is opened; `None` on PostgreSQL.
async fn snapshot(
    state: &AppState,
    config: &StoreConfig,
    pack: &Pack,
    talk: &dyn Fn(&str),
) -> anyhow::Result<Option<Store>> {
    if state.store.engine() == Engine::Postgres {
        return Ok(None);
    }
    talk("copying the database");
    let file = pack.staging().join(DATABASE);
    state.store.copy_database(&file).await.context("copy the database")?;
    let url = format!("sqlite:{}", file.display());
    let config = StoreConfig { database_url: url, ..config.clone() };
    Ok(Some(Store::open(&config).await.context("open the copy of the database")?))
}

fn copy_blobs(
    pack: &mut Pack,
    manifest: &mut Manifest,
    folder: &Path,
    needed: &[Sha256],
    talk: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let step = (needed.len() / 20).max(50);
    for (done, sha256) in needed.iter().enumerate() {
        if done > 0 && done % step == 0 {
            talk(&format!("blobs copied: {done} of {}", needed.len()));
        }
        let name = sha256.to_string();
        let below = format!("{}/{}/{name}", &name[..2], &name[2..4]);
        let part = put(pack, &format!("{BLOBS}/{below}"), &folder.join(&below));
        match part.with_context(|| format!("copy the blob {name}"))? {
            Some(part) => manifest.parts.push(part),
            None => manifest.missing.push(*sha256),
        }
    }
    Ok(())
}

fn copy_keys(pack: &mut Pack, manifest: &mut Manifest, folder: &Path) -> anyhow::Result<()> {
    let files = std::fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    let mut files: Vec<_> = files.flatten().filter(|file| file.path().is_file()).collect();
    files.sort_unstable_by_key(std::fs::DirEntry::file_name);
    for file in files {
        let name = file.file_name();
        let name = name.to_str().context("read the name of a key")?;
        let part = put(pack, &format!("{KEYS}/{name}"), &file.path());
        manifest.parts.extend(part.with_context(|| format!("copy the key {name}"))?);
    }
    Ok(())
}

/// Copies a file; `None` where there is none.
fn put(pack: &mut Pack, path: &str, from: &Path) -> std::io::Result<Option<super::manifest::Part>> {
    let file = match File::open(from) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let size_bytes = file.metadata()?.len();
    pack.put(path, file, size_bytes).map(Some)
}
