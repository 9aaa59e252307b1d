//! Releases: what was published, append-only. The files' bytes are blobs.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256 as Hasher};
use unwatched_model::digest::Sha256;

use crate::columns::{LONG_BYTES, SHORT_BYTES, count, micros, number, read, text, time};
use crate::engine::{Tx, reading, within};
use crate::release_log::{self, LogEntry, Said};
use crate::{Actor, Result, Store, StoreError, audit, release_drafts};

/// One file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFile {
    /// Its name.
    pub name: String,
    /// Its length.
    pub size_bytes: u64,
    /// The SHA-256 of what is served.
    pub sha256: Sha256,
    /// The blob that holds it.
    pub blob: Sha256,
}

/// One release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRow {
    /// Greater than that of every release before it.
    pub sequence: u64,
    /// When it was published.
    pub published: Timestamp,
    /// When it is too old to be installed.
    pub expires: Timestamp,
    /// `index.json`, to the byte.
    pub index_json: Vec<u8>,
    /// `index.json.minisig`.
    pub signature: String,
    /// Its files, in order.
    pub files: Vec<ReleaseFile>,
}

impl Store {
    /// The sequence number the next release would have: 1 for the first.
    pub async fn next_sequence(&self) -> Result<u64> {
        let latest: i64 = reading!(self, db => sqlx::query_scalar(
            "SELECT COALESCE(MAX(sequence), 0) FROM releases")
            .fetch_one(db).await?);
        Ok(number::<u64>(latest)? + 1)
    }

    /// Appends a release that stands in no log; `Conflict` when its sequence number is not greater
    /// than the latest.
    pub async fn add_release(
        &self,
        release: &ReleaseRow,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        self.add(release, None, by, now).await
    }

    /// Appends a release and its place in the log, with what the server says of the log then.
    /// `Conflict` when somebody else published first.
    pub async fn add_logged_release(
        &self,
        release: &ReleaseRow,
        entry: &LogEntry,
        said: &Said,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        self.add(release, Some((entry, said)), by, now).await
    }

    async fn add(
        &self,
        release: &ReleaseRow,
        logged: Option<(&LogEntry, &Said)>,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.alone("release").await?;
        add_row(&mut tx, release).await?;
        for (position, file) in (0i64..).zip(&release.files) {
            add_file(&mut tx, release.sequence, position, file).await?;
        }
        if let Some((entry, said)) = logged {
            release_log::add_entry(&mut tx, entry).await?;
            release_log::add_said(&mut tx, said).await?;
            release_log::forget_awaiting(&mut tx, release_log::RELEASE).await?;
        }
        let index = Sha256(Hasher::digest(&release.index_json).into());
        let detail = serde_json::json!({ "index_sha256": index.to_string() });
        let line = by.did("release.publish", "release", release.sequence, detail);
        audit::append(&mut tx, &line, now).await?;
        release_drafts::forget(&mut tx).await?;
        tx.commit().await
    }

    /// The latest release's index and its signature.
    pub async fn latest_index(&self) -> Result<Option<(Vec<u8>, String)>> {
        Ok(reading!(self, db => sqlx::query_as(
            "SELECT index_json, signature FROM releases ORDER BY sequence DESC LIMIT 1")
            .fetch_optional(db).await?))
    }

    /// The latest release's number, and its file of this name if it has one.
    pub async fn latest_file(&self, name: &str) -> Result<Option<(u64, Option<ReleaseFile>)>> {
        let latest: Option<i64> = reading!(self, db => sqlx::query_scalar(
            "SELECT MAX(sequence) FROM releases")
            .fetch_one(db).await?);
        let Some(latest) = latest else { return Ok(None) };
        let latest = number(latest)?;
        Ok(Some((latest, self.file_of_release(latest, name).await?)))
    }

    /// A release's file of this name.
    pub async fn file_of_release(&self, sequence: u64, name: &str) -> Result<Option<ReleaseFile>> {
        let Ok(sequence) = i64::try_from(sequence) else { return Ok(None) };
        let row: Option<FileRow> = reading!(self, db => sqlx::query_as(
            "SELECT name, size_bytes, sha256, blob FROM release_files
             WHERE sequence = $1 AND name = $2")
            .bind(sequence)
            .bind(name)
            .fetch_optional(db).await?);
        row.map(file).transpose()
    }

    /// The latest release.
    pub async fn latest_release(&self) -> Result<Option<ReleaseRow>> {
        Ok(self.releases(1).await?.pop())
    }

    /// The latest release's number.
    pub async fn latest_sequence(&self) -> Result<Option<u64>> {
        let latest: Option<i64> = reading!(self, db => sqlx::query_scalar(
            "SELECT MAX(sequence) FROM releases").fetch_one(db).await?);
        latest.map(number).transpose()
    }

    /// The latest releases, newest first.
    pub async fn releases(&self, limit: u32) -> Result<Vec<ReleaseRow>> {
        let mut tx = self.snapshot().await?;
        let rows: Vec<Row> = within!(&mut tx, db => sqlx::query_as(
            "SELECT sequence, published_at, expires_at, index_json, signature
             FROM releases ORDER BY sequence DESC LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        let mut releases = Vec::with_capacity(rows.len());
        for (sequence, published, expires, index_json, signature) in rows {
            releases.push(ReleaseRow {
                sequence: number(sequence)?,
                published: time(published)?,
                expires: time(expires)?,
                index_json,
                signature,
                files: files(&mut tx, sequence).await?,
            });
        }
        Ok(releases)
    }
}

type Row = (i64, i64, i64, Vec<u8>, String);
type FileRow = (String, i64, String, String);

async fn add_row(tx: &mut Tx, release: &ReleaseRow) -> Result<()> {
    let sequence = count(release.sequence, "the sequence number")?;
    let latest: i64 = within!(tx, db => sqlx::query_scalar(
        "SELECT COALESCE(MAX(sequence), 0) FROM releases")
        .fetch_one(db).await?);
    if sequence <= latest {
        return Err(StoreError::Conflict(format!(
            "release {sequence} is not later than release {latest}, which is there already"
        )));
    }
    let signature = text(&release.signature, "the signature", LONG_BYTES)?;
    within!(tx, db => sqlx::query(
        "INSERT INTO releases (sequence, published_at, expires_at, index_json, signature)
         VALUES ($1, $2, $3, $4, $5)")
        .bind(sequence)
        .bind(micros(release.published))
        .bind(micros(release.expires))
        .bind(&release.index_json)
        .bind(signature)
        .execute(db).await?.rows_affected());
    Ok(())
}

async fn add_file(tx: &mut Tx, sequence: u64, position: i64, file: &ReleaseFile) -> Result<()> {
    let name = text(&file.name, "the file's name", SHORT_BYTES)?;
    let (sequence, size_bytes) =
        (count(sequence, "the sequence number")?, count(file.size_bytes, "the file")?);
    within!(tx, db => sqlx::query(
        "INSERT INTO release_files (sequence, position, name, size_bytes, sha256, blob)
         VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(sequence)
        .bind(position)
        .bind(name)
        .bind(size_bytes)
        .bind(file.sha256.to_string())
        .bind(file.blob.to_string())
        .execute(db).await?.rows_affected());
    Ok(())
}

async fn files(tx: &mut Tx, sequence: i64) -> Result<Vec<ReleaseFile>> {
    let rows: Vec<FileRow> = within!(tx, db => sqlx::query_as(
        "SELECT name, size_bytes, sha256, blob FROM release_files
         WHERE sequence = $1 ORDER BY position")
        .bind(sequence)
        .fetch_all(db).await?);
    rows.into_iter().map(file).collect()
}

fn file((name, size_bytes, sha256, blob): FileRow) -> Result<ReleaseFile> {
    Ok(ReleaseFile {
        name,
        size_bytes: number(size_bytes)?,
        sha256: read(&sha256)?,
        blob: read(&blob)?,
    })
}
