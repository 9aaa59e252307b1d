//! The keys of sealed blobs: one row per blob, whose deletion makes every copy of it unreadable.
//!
//! A row is never changed to another key: bytes that two processes put at once are sealed under
//! the one key that came first. What is done to the bytes is in `blobs_sealed`.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;

use crate::columns::{count, micros, number, read, time};
use crate::engine::{Tx, reading, within, writing};
use crate::{Result, Store};

/// What is known of a sealed blob; its key stays here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobKeyRow {
    /// The blob.
    pub sha256: Sha256,
    /// How long its plain bytes are.
    pub size_bytes: u64,
    /// False while plain bytes from before may still lie there.
    pub sealed: bool,
    /// When its bytes were last put.
    pub added_at: Timestamp,
}

/// The key of a blob, as the row has it.
#[derive(sqlx::FromRow)]
pub(crate) struct Kept {
    /// An age identity.
    pub(crate) identity: String,
    size_bytes: i64,
}

/// What came of claiming a blob's key.
#[derive(sqlx::FromRow)]
pub(crate) struct Claimed {
    /// An age identity: the one that was brought, or the one there was.
    pub(crate) identity: String,
    /// False while plain bytes from before may still lie there.
    pub(crate) sealed: bool,
    /// Whether the blob is a sample's already.
    pub(crate) is_sample: bool,
}

impl Kept {
    /// How long the blob's plain bytes are.
    pub(crate) fn size_bytes(&self) -> Result<u64> {
        number(self.size_bytes)
    }
}

impl Store {
    /// A page of the sealed blobs, in the order of their digests, after the one given.
    pub async fn blob_keys(&self, after: Option<&Sha256>, limit: u32) -> Result<Vec<BlobKeyRow>> {
        let after = after.map_or_else(String::new, ToString::to_string);
        let rows: Vec<(String, i64, bool, i64)> = reading!(self, db => sqlx::query_as(
            "SELECT blob, size_bytes, sealed, added_at FROM blob_keys
             WHERE blob > $1 ORDER BY blob LIMIT $2")
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.into_iter()
            .map(|(blob, size_bytes, sealed, added_at)| {
                Ok(BlobKeyRow {
                    sha256: read(&blob)?,
                    size_bytes: number(size_bytes)?,
                    sealed,
                    added_at: time(added_at)?,
                })
            })
            .collect()
    }

    /// Samples whose bytes may lie there plain, in the order of their digests, after the one given.
    pub async fn plain_samples(&self, after: Option<&Sha256>, limit: u32) -> Result<Vec<Sha256>> {
        let after = after.map_or_else(String::new, ToString::to_string);
        let rows: Vec<String> = reading!(self, db => sqlx::query_scalar(
            "SELECT sha256 FROM samples
             WHERE sha256 > $1 AND bytes_gone_at IS NULL AND NOT EXISTS
                 (SELECT 1 FROM blob_keys WHERE blob = sha256 AND sealed)
             ORDER BY sha256 LIMIT $2")
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.iter().map(|sha256| read(sha256)).collect()
    }

    /// Since when a sample's bytes are gone.
    pub async fn bytes_gone_at(&self, sha256: &Sha256) -> Result<Option<Timestamp>> {
        let at: Option<Option<i64>> = reading!(self, db => sqlx::query_scalar(
            "SELECT bytes_gone_at FROM samples WHERE sha256 = $1")
            .bind(sha256.to_string())
            .fetch_optional(db).await?);
        at.flatten().map(time).transpose()
    }

    /// Whether a sealed blob still has its key.
    pub async fn has_blob_key(&self, sha256: &Sha256) -> Result<bool> {
        Ok(find(self, sha256).await?.is_some())
    }
}

/// The key of a blob, if it is sealed.
pub(crate) async fn find(store: &Store, sha256: &Sha256) -> Result<Option<Kept>> {
    Ok(reading!(store, db => sqlx::query_as(
        "SELECT identity, size_bytes FROM blob_keys WHERE blob = $1")
        .bind(sha256.to_string())
        .fetch_optional(db).await?))
}

/// Keeps a key for a blob that has none; hands back the key that it has then. It waits for whoever
/// is deleting the one there was. That the blob is a sample's is said as it was before that wait:
/// samples come and never go.
pub(crate) async fn claim(
    store: &Store,
    sha256: &Sha256,
    identity: &str,
    size_bytes: u64,
    sealed: bool,
    now: Timestamp,
) -> Result<Claimed> {
    let size_bytes = count(size_bytes, "the blob")?;
    Ok(writing!(store, db => sqlx::query_as(
        "INSERT INTO blob_keys (blob, identity, size_bytes, sealed, added_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (blob) DO UPDATE SET added_at = excluded.added_at
         RETURNING identity, sealed,
                   EXISTS (SELECT 1 FROM samples WHERE sha256 = $1) AS is_sample")
        .bind(sha256.to_string())
        .bind(identity)
        .bind(size_bytes)
        .bind(sealed)
        .bind(micros(now))
        .fetch_one(db).await?))
}

/// The bytes that lie there are sealed under this key.
pub(crate) async fn settle(store: &Store, sha256: &Sha256, identity: &str) -> Result<()> {
    writing!(store, db => sqlx::query(
        "UPDATE blob_keys SET sealed = TRUE WHERE blob = $1 AND identity = $2")
        .bind(sha256.to_string())
        .bind(identity)
        .execute(db).await?.rows_affected());
    Ok(())
}

/// The bytes are back, should they have been deleted.
pub(crate) async fn returned(store: &Store, sha256: &Sha256) -> Result<()> {
    writing!(store, db => sqlx::query(
        "UPDATE samples SET bytes_gone_at = NULL WHERE sha256 = $1 AND bytes_gone_at IS NOT NULL")
        .bind(sha256.to_string())
        .execute(db).await?.rows_affected());
    Ok(())
}

/// Deletes the key, and notes at the sample that its bytes are gone; says whether there was a key
/// under which the bytes were sealed. Nobody puts them again until the transaction ends.
pub(crate) async fn forget(tx: &mut Tx, sha256: &Sha256, now: Timestamp) -> Result<bool> {
    let sha256 = sha256.to_string();
    let sealed: Option<bool> = within!(tx, db => sqlx::query_scalar(
        "DELETE FROM blob_keys WHERE blob = $1 RETURNING sealed")
        .bind(&sha256)
        .fetch_optional(db).await?);
    within!(tx, db => sqlx::query(
        "UPDATE samples SET bytes_gone_at = $2 WHERE sha256 = $1 AND bytes_gone_at IS NULL")
        .bind(&sha256)
        .bind(micros(now))
        .execute(db).await?.rows_affected());
    Ok(sealed == Some(true))
}

/// Deletes the key of a blob that is still an orphan; says whether it was. A blob that is also a
/// published file is none.
pub(crate) async fn forget_orphan(tx: &mut Tx, sha256: &Sha256, before: Timestamp) -> Result<bool> {
    if is_published(tx, sha256).await? {
        return Ok(false);
    }
    let deleted = within!(tx, db => sqlx::query(
        "DELETE FROM blob_keys WHERE blob = $1 AND added_at < $2
         AND NOT EXISTS (SELECT 1 FROM samples WHERE sha256 = blob)")
        .bind(sha256.to_string())
        .bind(micros(before))
        .execute(db).await?.rows_affected());
    Ok(deleted == 1)
}

/// Whether a release, one that waits for signatures, or an imported list has this very blob as one of
/// its files.
pub(crate) async fn is_published(tx: &mut Tx, sha256: &Sha256) -> Result<bool> {
    let found: i64 = within!(tx, db => sqlx::query_scalar(
        "SELECT (SELECT COUNT(*) FROM release_files WHERE blob = $1)
              + (SELECT COUNT(*) FROM raw_files WHERE blob = $1)
              + (SELECT COUNT(*) FROM fresh_bundles WHERE blob = $1)
              + (SELECT COUNT(*) FROM awaiting_signatures WHERE blobs LIKE '%' || $1 || '%')")
        .bind(sha256.to_string())
        .fetch_one(db).await?);
    Ok(found > 0)
}

/// Keys that were last used before this and belong to no sample.
pub(crate) async fn orphans(store: &Store, before: Timestamp, limit: u32) -> Result<Vec<Sha256>> {
    let rows: Vec<String> = reading!(store, db => sqlx::query_scalar(
        "SELECT blob FROM blob_keys
         WHERE added_at < $1 AND NOT EXISTS (SELECT 1 FROM samples WHERE sha256 = blob)
         ORDER BY blob LIMIT $2")
        .bind(micros(before))
        .bind(i64::from(limit))
        .fetch_all(db).await?);
    rows.iter().map(|blob| read(blob)).collect()
}
