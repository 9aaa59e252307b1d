//! The two engines, and the macros that write one body for both.
//!
//! SQL that both understand is written once, in the file of its noun; `sqlite/` and `postgres/`
//! hold the little that differs.

use sqlx::{PgPool, SqlitePool};

use crate::{Result, StoreError};

/// The pools of one engine.
#[derive(Debug)]
pub(crate) enum Db {
    Sqlite(SqlitePools),
    Pg(PgPool),
}

/// SQLite lets many read and one write: the one writer waits in our queue, not in its lock.
#[derive(Debug)]
pub(crate) struct SqlitePools {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

impl Db {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        Err(StoreError::Config(format!("UNFINISHED {url}")))
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pools) => {
                pools.readers.close().await;
                pools.writer.close().await;
            }
            Self::Pg(pool) => pool.close().await,
        }
    }
}

/// Runs a body that only reads, `$db` standing for the engine's pool.
macro_rules! reading {
    ($store:expr, $db:ident => $body:expr) => {
        match &$store.inner.db {
            $crate::engine::Db::Sqlite(pools) => {
                let $db = &pools.readers;
                $body
            }
            $crate::engine::Db::Pg($db) => $body,
        }
    };
}
pub(crate) use reading;
