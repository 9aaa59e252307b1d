//! The two engines, and the macros that write one body for both.
//!
//! SQL that both understand is written once, in the file of its noun; `sqlite/` and `postgres/`
//! hold the little that differs.

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::{Result, Store, StoreError, postgres, sqlite};

/// Runs a body that reads once, `$db` standing for the engine's pool.
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

/// Runs a body that writes by one statement, `$db` standing for the engine's pool.
macro_rules! writing {
    ($store:expr, $db:ident => $body:expr) => {
        match &$store.inner.db {
            $crate::engine::Db::Sqlite(pools) => {
                let $db = &pools.writer;
                $body
            }
            $crate::engine::Db::Pg($db) => $body,
        }
    };
}

/// Runs a body inside a transaction, `$db` standing for the engine's connection.
macro_rules! within {
    ($tx:expr, $db:ident => $body:expr) => {
        match &mut *$tx {
            $crate::engine::Tx::Sqlite(tx) => {
                let $db = &mut **tx;
                $body
            }
            $crate::engine::Tx::Pg(tx) => {
                let $db = &mut **tx;
                $body
            }
        }
    };
}
pub(crate) use {reading, within, writing};

/// The pools of one engine.
#[derive(Debug)]
pub(crate) enum Db {
    Sqlite(SqlitePools),
    Pg(PgPool),
}

/// SQLite lets many read and one write: writers wait for the one connection in our queue, not
/// for each other's locks.
#[derive(Debug)]
pub(crate) struct SqlitePools {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

/// A transaction of either engine. Dropped without [`Tx::commit`], it never happened.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Pg(Transaction<'static, Postgres>),
}

impl Db {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite(sqlite::open(path).await?));
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Ok(Self::Pg(postgres::open(url).await?));
        }
        Err(StoreError::Config(
            "database.url names no database: expected sqlite:PATH or postgres://...".to_owned(),
        ))
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

impl Store {
    /// A transaction that writes. On SQLite it holds the writer from its first statement on, so
    /// that what it reads cannot change before it writes.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        Ok(match &self.inner.db {
            Db::Sqlite(pools) => Tx::Sqlite(pools.writer.begin_with("BEGIN IMMEDIATE").await?),
            Db::Pg(pool) => Tx::Pg(pool.begin().await?),
        })
    }

    /// A transaction that reads several times and sees one state.
    pub(crate) async fn snapshot(&self) -> Result<Tx> {
        Ok(match &self.inner.db {
            Db::Sqlite(pools) => Tx::Sqlite(pools.readers.begin().await?),
            Db::Pg(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Tx::Pg(pool.begin_with(begin).await?)
            }
        })
    }
}

impl Tx {
    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Pg(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Waits until nobody else counts under this name, and counts one up. What follows in the
    /// transaction is alone with everything else that does the same.
    pub(crate) async fn alone(&mut self, counter: &str) -> Result<()> {
        within!(self, db => {
            sqlx::query("UPDATE counters SET value = value + 1 WHERE name = $1")
                .bind(counter).execute(db).await?;
        });
        Ok(())
    }
}
