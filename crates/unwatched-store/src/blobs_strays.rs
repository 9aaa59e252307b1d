//! Removes blobs that belong to nothing: what a publication or an import leaves that is killed
//! before its rows are there. Sealed ones of killed uploads have a key, and go with it
//! (`forget_orphans`).

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use unwatched_model::digest::Sha256;

use crate::columns::micros;
use crate::engine::{Tx, reading, within};
use crate::{Result, Store, blob_keys};

/// So many are removed at once; the rest waits for the next time.
const MOST: usize = 1_000;

impl Store {
    /// Removes blobs that no row names, neither a key nor a sample nor a file, and that were
    /// written before this. Says how many.
    pub async fn forget_strays(&self, before: Timestamp) -> Result<u64> {
        let (mut listed, mut strays) = (self.list_blobs(), Vec::new());
        while let Some(blob) = listed.try_next().await? {
            if blob.written_at < before && !self.names_blob(&blob.sha256).await? {
                strays.push(blob.sha256);
            }
            if strays.len() == MOST {
                break;
            }
        }
        let mut forgotten = 0;
        for sha256 in strays {
            forgotten += u64::from(self.forget_stray(&sha256, before).await?);
        }
        Ok(forgotten)
    }

    async fn names_blob(&self, sha256: &Sha256) -> Result<bool> {
        let found: bool = reading!(self, db => sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM blob_keys WHERE blob = $1)
                 OR EXISTS (SELECT 1 FROM samples WHERE sha256 = $1 AND bytes_gone_at IS NULL)
                 OR EXISTS (SELECT 1 FROM release_files WHERE blob = $1)
                 OR EXISTS (SELECT 1 FROM raw_files WHERE blob = $1)
                 OR EXISTS (SELECT 1 FROM fresh_bundles WHERE blob = $1)
                 OR EXISTS (SELECT 1 FROM awaiting_signatures WHERE blobs LIKE '%' || $1 || '%')")
            .bind(sha256.to_string())
            .fetch_one(db).await?);
        Ok(found)
    }

    /// Whoever puts the same bytes as a sample's begins with their key, and waits for ours; who
    /// publishes or imports waits for the counter.
    async fn forget_stray(&self, sha256: &Sha256, before: Timestamp) -> Result<bool> {
        let mut tx = self.begin().await?;
        tx.alone("families").await?;
        tx.alone("release").await?;
        if !hold(&mut tx, sha256, before).await? || is_named(&mut tx, sha256).await? {
            return Ok(false);
        }
        self.inner.blobs.delete(sha256).await?;
        within!(&mut tx, db => sqlx::query("DELETE FROM blob_keys WHERE blob = $1")
            .bind(sha256.to_string())
            .execute(db).await?.rows_affected());
        tx.commit().await?;
        Ok(true)
    }
}

/// Takes the place of the blob's key until the transaction ends; false when there is a key.
async fn hold(tx: &mut Tx, sha256: &Sha256, now: Timestamp) -> Result<bool> {
    Ok(within!(tx, db => sqlx::query(
        "INSERT INTO blob_keys (blob, identity, size_bytes, sealed, added_at)
         VALUES ($1, '', 0, FALSE, $2) ON CONFLICT (blob) DO NOTHING")
        .bind(sha256.to_string())
        .bind(micros(now))
        .execute(db).await?.rows_affected())
        == 1)
}

async fn is_named(tx: &mut Tx, sha256: &Sha256) -> Result<bool> {
    let is_sample: bool = within!(&mut *tx, db => sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM samples WHERE sha256 = $1 AND bytes_gone_at IS NULL)")
        .bind(sha256.to_string())
        .fetch_one(db).await?);
    Ok(is_sample || blob_keys::is_published(tx, sha256).await?)
}
