//! The store itself: its two engines, opening and closing it.

use std::sync::Arc;

use crate::Result;
use crate::blobs::Blobs;
use crate::engine::Db;

/// Where the store's two halves are.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `sqlite:PATH` or `postgres://...`.
    pub database_url: String,
    /// `file:///absolute/folder`, `memory:///`, or, with the feature `s3`, `s3://bucket/prefix`.
    pub blobs_url: String,
    /// Where S3 answers, when it is not Amazon's.
    pub blobs_endpoint: Option<String>,
}

/// Which engine keeps the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file, embedded.
    Sqlite,
    /// A server.
    Postgres,
}

/// Rows, blobs and jobs. A clone is a handle to the same store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
}

impl Store {
    /// Connects to both halves, creating what is missing, and brings the schema up to date.
    ///
    /// # Errors
    /// `Newer` when a later program wrote the database; `Config` when a URL is not understood.
    pub async fn open(config: &StoreConfig) -> Result<Self> {
        let blobs = Blobs::open(config)?;
        let db = Db::open(&config.database_url).await?;
        Ok(Self { inner: Arc::new(Inner { db, blobs }) })
    }

    /// Asks the database for an answer.
    pub async fn ping(&self) -> Result<()> {
        crate::engine::reading!(self, db => {
            sqlx::query("SELECT 1").execute(db).await?;
        });
        Ok(())
    }

    /// Sees to it that what was deleted is not still read from SQLite's log of writes. PostgreSQL
    /// does the like when it vacuums.
    pub(crate) async fn overwrite_deleted(&self) -> Result<()> {
        if let Db::Sqlite(pools) = &self.inner.db {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&pools.writer).await?;
        }
        Ok(())
    }

    /// Which engine keeps the rows.
    pub fn engine(&self) -> Engine {
        match self.inner.db {
            Db::Sqlite(_) => Engine::Sqlite,
            Db::Pg(_) => Engine::Postgres,
        }
    }

    /// Waits for what runs and closes every connection. Later calls fail.
    pub async fn close(&self) {
        self.inner.db.close().await;
    }
}
