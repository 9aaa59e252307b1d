//! Key sets, the log of releases, what the server said of it, and what waits for signatures. What
//! any of it means is the exchange's to say: here are texts and digests.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;

use crate::columns::{
    LONG_BYTES, SHORT_BYTES, count, from_json, micros, number, read, text, time, to_json,
};
use crate::engine::{Tx, reading, within};
use crate::{NewAudit, Result, Store, StoreError, audit};

/// The kind of a release that waits for signatures.
pub(crate) const RELEASE: &str = "release";

/// A document that waits may hold an index of some megabytes.
const DOCUMENT_BYTES: usize = 16 << 20;

/// A key set as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySetRow {
    /// Its number.
    pub sequence: u64,
    /// Its bytes.
    pub document: String,
    /// The signatures over them.
    pub signatures: Vec<String>,
}

/// A release's place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place, from 0.
    pub position: u64,
    /// The release.
    pub sequence: u64,
    /// The SHA-256 of its index.
    pub index_sha256: Sha256,
    /// The key set it was signed under.
    pub key_set: u64,
    /// That set's SHA-256.
    pub key_set_sha256: Sha256,
    /// The signatures over its index beside the server's.
    pub signatures: Vec<String>,
}

/// What the server said of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// How many releases it held.
    pub size: u64,
    /// Its tree's hash.
    pub root: Sha256,
    /// When.
    pub said_at: Timestamp,
    /// The checkpoint's text.
    pub document: String,
    /// The signature over it.
    pub signature: String,
}

/// The latest release's bundle as it is handed out now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreshBundle {
    /// Of which release.
    pub sequence: u64,
    /// When what it says of the log was said.
    pub said_at: Timestamp,
    /// Its length.
    pub size_bytes: u64,
    /// The blob that holds it; also its digest.
    pub blob: Sha256,
}

/// What waits for signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaiting {
    /// Since when.
    pub made_at: Timestamp,
    /// What it is, as the exchange wrote it.
    pub document: String,
    /// The blobs that it needs.
    pub blobs: Vec<Sha256>,
}

impl Store {
    /// Every key set, the first first.
    pub async fn key_sets(&self) -> Result<Vec<KeySetRow>> {
        let rows: Vec<(i64, String, String)> = reading!(self, db => sqlx::query_as(
            "SELECT sequence, document, signatures FROM key_sets ORDER BY sequence")
            .fetch_all(db).await?);
        rows.into_iter()
            .map(|(sequence, document, signatures)| {
                let (sequence, signatures) = (number(sequence)?, from_json(&signatures)?);
                Ok(KeySetRow { sequence, document, signatures })
            })
            .collect()
    }

    /// Adds the next key set; what waited for signatures is done with, a release too: it was to be
    /// signed by others. `Conflict` when another set has this number.
    pub async fn add_key_set(
        &self,
        set: &KeySetRow,
        line: &NewAudit,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.alone("release").await?;
        let sequence = count(set.sequence, "the set's number")?;
        let latest: i64 = within!(&mut tx, db => sqlx::query_scalar(
            "SELECT COALESCE(MAX(sequence), 0) FROM key_sets")
            .fetch_one(db).await?);
        if sequence != latest + 1 {
            return Err(StoreError::Conflict(format!(
                "key set {sequence} does not follow on key set {latest}"
            )));
        }
        within!(&mut tx, db => sqlx::query(
            "INSERT INTO key_sets (sequence, document, signatures) VALUES ($1, $2, $3)")
            .bind(sequence)
            .bind(text(&set.document, "the key set", LONG_BYTES)?)
            .bind(to_json(&set.signatures)?)
            .execute(db).await?.rows_affected());
        within!(&mut tx, db => sqlx::query("DELETE FROM awaiting_signatures")
            .execute(db).await?.rows_affected());
        audit::append(&mut tx, line, now).await?;
        tx.commit().await
    }

    /// The log, in its order.
    pub async fn release_log(&self) -> Result<Vec<LogEntry>> {
        type Row = (i64, i64, String, i64, String, String);
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            "SELECT position, sequence, index_sha256, key_set, key_set_sha256, signatures
             FROM release_log ORDER BY position")
            .fetch_all(db).await?);
        rows.into_iter()
            .map(|(position, sequence, index, key_set, key_set_sha256, signatures)| {
                Ok(LogEntry {
                    position: number(position)?,
                    sequence: number(sequence)?,
                    index_sha256: read(&index)?,
                    key_set: number(key_set)?,
                    key_set_sha256: read(&key_set_sha256)?,
                    signatures: from_json(&signatures)?,
                })
            })
            .collect()
    }

    /// Adds releases that were published before there was a log.
    pub async fn begin_log(&self, entries: &[LogEntry]) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.alone("release").await?;
        for entry in entries {
            add_entry(&mut tx, entry).await?;
        }
        tx.commit().await
    }

    /// Places in what the server said of the log that are not as they were written.
    pub async fn odd_places_of_log(&self) -> Result<Vec<String>> {
        let mut odd = Vec::new();
        for (table, sql) in [
            ("release_log", "SELECT position FROM release_log ORDER BY position"),
            ("checkpoints", "SELECT position FROM checkpoints ORDER BY position"),
        ] {
            let places: Vec<i64> =
                reading!(self, db => sqlx::query_scalar(sql).fetch_all(db).await?);
            let gap = places.iter().zip(0i64..).find(|(place, expected)| *place != expected);
            odd.extend(gap.map(|(_, expected)| format!("{table} lacks its number {expected}")));
        }
        Ok(odd)
    }

    /// Everything the server said of the log, the first first.
    pub async fn said_of_log(&self) -> Result<Vec<Said>> {
        let rows: Vec<SaidRow> = reading!(self, db => sqlx::query_as(
            "SELECT size, root_sha256, said_at, document, signature FROM checkpoints
             ORDER BY position")
            .fetch_all(db).await?);
        rows.into_iter().map(said).collect()
    }

    /// What it said last.
    pub async fn last_said_of_log(&self) -> Result<Option<Said>> {
        let row: Option<SaidRow> = reading!(self, db => sqlx::query_as(
            "SELECT size, root_sha256, said_at, document, signature FROM checkpoints
             ORDER BY position DESC LIMIT 1")
            .fetch_optional(db).await?);
        row.map(said).transpose()
    }

    /// Keeps what the server says of the log now, and the bundle that says so. `Conflict` when
    /// the log grew meanwhile.
    pub async fn say_of_log(&self, new: &Said, bundle: &FreshBundle) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.alone("release").await?;
        let size: i64 = within!(&mut tx, db => sqlx::query_scalar(
            "SELECT COUNT(*) FROM release_log")
            .fetch_one(db).await?);
        if count(new.size, "the log")? != size {
            return Err(StoreError::Conflict("a release was published meanwhile".to_owned()));
        }
        add_said(&mut tx, new).await?;
        within!(&mut tx, db => sqlx::query(
            "INSERT INTO fresh_bundles (id, sequence, said_at, size_bytes, blob)
             VALUES (1, $1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence,
                 said_at = excluded.said_at, size_bytes = excluded.size_bytes, blob = excluded.blob")
            .bind(count(bundle.sequence, "the sequence number")?)
            .bind(micros(bundle.said_at))
            .bind(count(bundle.size_bytes, "the bundle")?)
            .bind(bundle.blob.to_string())
            .execute(db).await?.rows_affected());
        tx.commit().await
    }

    /// The bundle made last; it may be of an earlier release than the latest.
    pub async fn fresh_bundle(&self) -> Result<Option<FreshBundle>> {
        let row: Option<(i64, i64, i64, String)> = reading!(self, db => sqlx::query_as(
            "SELECT sequence, said_at, size_bytes, blob FROM fresh_bundles WHERE id = 1")
            .fetch_optional(db).await?);
        row.map(|(sequence, said_at, size_bytes, blob)| {
            Ok(FreshBundle {
                sequence: number(sequence)?,
                said_at: time(said_at)?,
                size_bytes: number(size_bytes)?,
                blob: read(&blob)?,
            })
        })
        .transpose()
    }

    /// Keeps what waits for signatures in the place of what waited before. `Conflict` when what
    /// waits is not what is expected: somebody else changed it meanwhile.
    pub async fn await_signatures(
        &self,
        kind: &str,
        expected: Option<&Awaiting>,
        new: &Awaiting,
        line: &NewAudit,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.alone("release").await?;
        let there: Option<String> = within!(&mut tx, db => sqlx::query_scalar(
            "SELECT document FROM awaiting_signatures WHERE kind = $1")
            .bind(kind)
            .fetch_optional(db).await?);
        if there.as_deref() != expected.map(|expected| expected.document.as_str()) {
            return Err(StoreError::Conflict(format!(
                "the {kind} that waits was changed meanwhile"
            )));
        }
        let blobs: Vec<_> = new.blobs.iter().map(Sha256::to_string).collect();
        within!(&mut tx, db => sqlx::query(
            "INSERT INTO awaiting_signatures (kind, made_at, document, blobs)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (kind) DO UPDATE SET made_at = excluded.made_at,
                 document = excluded.document, blobs = excluded.blobs")
            .bind(text(kind, "the kind", SHORT_BYTES)?)
            .bind(micros(new.made_at))
            .bind(text(&new.document, "what waits", DOCUMENT_BYTES)?)
            .bind(blobs.join(" "))
            .execute(db).await?.rows_affected());
        audit::append(&mut tx, line, now).await?;
        tx.commit().await
    }

    /// What of this kind waits for signatures.
    pub async fn awaiting_signatures(&self, kind: &str) -> Result<Option<Awaiting>> {
        let row: Option<(i64, String, String)> = reading!(self, db => sqlx::query_as(
            "SELECT made_at, document, blobs FROM awaiting_signatures WHERE kind = $1")
            .bind(kind)
            .fetch_optional(db).await?);
        row.map(|(made_at, document, blobs)| {
            let blobs = blobs.split_whitespace().map(read).collect::<Result<_>>()?;
            Ok(Awaiting { made_at: time(made_at)?, document, blobs })
        })
        .transpose()
    }

    /// Drops what waits; says whether something did.
    pub async fn stop_awaiting(&self, kind: &str, line: &NewAudit, now: Timestamp) -> Result<bool> {
        let mut tx = self.begin().await?;
        tx.alone("release").await?;
        let dropped = forget_awaiting(&mut tx, kind).await?;
        if dropped {
            audit::append(&mut tx, line, now).await?;
        }
        tx.commit().await?;
        Ok(dropped)
    }
}

type SaidRow = (i64, String, i64, String, String);

fn said((size, root, said_at, document, signature): SaidRow) -> Result<Said> {
    Ok(Said {
        size: number(size)?,
        root: read(&root)?,
        said_at: time(said_at)?,
        document,
        signature,
    })
}

/// Adds the next entry; `Conflict` when the place is taken or one before it is not.
pub(crate) async fn add_entry(tx: &mut Tx, entry: &LogEntry) -> Result<()> {
    let size: i64 = within!(&mut *tx, db => sqlx::query_scalar("SELECT COUNT(*) FROM release_log")
        .fetch_one(db).await?);
    let position = count(entry.position, "the place in the log")?;
    if position != size {
        return Err(StoreError::Conflict(format!(
            "the log holds {size} releases, and this one was to be its number {position}"
        )));
    }
    // A set that holds by now asks for other signatures.
    let key_set: i64 = within!(&mut *tx, db => sqlx::query_scalar(
        "SELECT COALESCE(MAX(sequence), 0) FROM key_sets")
        .fetch_one(db).await?);
    if count(entry.key_set, "the set's number")? != key_set {
        return Err(StoreError::Conflict(format!("key set {key_set} signs by now")));
    }
    within!(tx, db => sqlx::query(
        "INSERT INTO release_log
             (position, sequence, index_sha256, key_set, key_set_sha256, signatures)
         VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(position)
        .bind(count(entry.sequence, "the sequence number")?)
        .bind(entry.index_sha256.to_string())
        .bind(count(entry.key_set, "the set's number")?)
        .bind(entry.key_set_sha256.to_string())
        .bind(to_json(&entry.signatures)?)
        .execute(db).await?.rows_affected());
    Ok(())
}

/// Keeps what the server says of the log.
pub(crate) async fn add_said(tx: &mut Tx, said: &Said) -> Result<()> {
    within!(tx, db => sqlx::query(
        "INSERT INTO checkpoints (position, size, root_sha256, said_at, document, signature)
         SELECT COALESCE(MAX(position) + 1, 0), $1, $2, $3, $4, $5 FROM checkpoints")
        .bind(count(said.size, "the log")?)
        .bind(said.root.to_string())
        .bind(micros(said.said_at))
        .bind(text(&said.document, "the checkpoint", LONG_BYTES)?)
        .bind(text(&said.signature, "the signature", LONG_BYTES)?)
        .execute(db).await?.rows_affected());
    Ok(())
}

/// Drops what waits; says whether something did.
pub(crate) async fn forget_awaiting(tx: &mut Tx, kind: &str) -> Result<bool> {
    let dropped = within!(tx, db => sqlx::query("DELETE FROM awaiting_signatures WHERE kind = $1")
        .bind(kind)
        .execute(db).await?.rows_affected());
    Ok(dropped > 0)
}
