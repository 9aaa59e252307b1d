//! Opens a SQLite file: one connection that writes, several that read.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::private;
use crate::engine::{SqlitePools, Tx};
use crate::migrations::{Migration, migrate};
use crate::{Result, StoreError, search_rebuild};

pub(crate) const STEPS: &[Migration] = &[
    Migration { version: 1, sql: include_str!("../../migrations/sqlite/0001_first.sql") },
    Migration { version: 2, sql: include_str!("../../migrations/sqlite/0002_core.sql") },
    Migration { version: 3, sql: include_str!("../../migrations/sqlite/0003_taxii.sql") },
    Migration { version: 4, sql: include_str!("../../migrations/sqlite/0004_transparency.sql") },
    Migration { version: 5, sql: include_str!("../../migrations/sqlite/0005_feeds.sql") },
    Migration { version: 6, sql: include_str!("../../migrations/sqlite/0006_native.sql") },
    Migration { version: 7, sql: include_str!("../../migrations/sqlite/0007_handed_in.sql") },
];

const READERS: u32 = 4;
/// So many pages wait in the log before they go to their places: most writes touch the same ones.
const CHECKPOINT_PAGES: &str = "4000";
/// How long a connection waits for another program that writes to the same file.
const BUSY: Duration = Duration::from_secs(15);

/// Opens, or creates, the file named after `sqlite:`.
pub(crate) async fn open(path: &str) -> Result<SqlitePools> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.starts_with(":memory:") || path.contains('?') {
        return Err(StoreError::Config(format!(
            "database.url names no file: expected sqlite:PATH without options, found sqlite:{path}"
        )));
    }
    let path = Path::new(path);
    let options = options(path);
    // SQLite's own message names no file.
    let refused = |error| {
        let file = path.display();
        StoreError::Config(format!("could not open the database {file} of database.url: {error}"))
    };
    private::create(path).map_err(|error| refused(sqlx::Error::Io(error)))?;
    let writer = writer().connect_with(options.clone()).await.map_err(refused)?;
    private::restrict(path);
    let mut tx = Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?);
    migrate(&mut tx, STEPS).await?;
    search_rebuild::bring_up_to_date(&mut tx).await?;
    tx.commit().await?;
    let readers = pool(READERS).connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(SqlitePools { writer, readers })
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // A deleted key must not stay readable in the file.
        .pragma("secure_delete", "ON")
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .busy_timeout(BUSY)
}

/// Connections to a file do not go stale: they are kept, and not asked before each use.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// The connection that writes, and its one case: a full disk makes SQLite end a transaction by
/// itself, which the connection then believes to be open for ever, and refuses every further one.
/// It is replaced. Those that read are spared the question, which every request would pay for.
fn writer() -> SqlitePoolOptions {
    pool(1).after_release(|connection, _| {
        Box::pin(async move {
            if connection.is_in_transaction() {
                // A rollback may still be on its way: the answer comes after it.
                connection.ping().await?;
            }
            Ok(!connection.is_in_transaction())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise SQLite plans a statement anew for each value that it is asked with.
    #[tokio::test]
    async fn statements_are_planned_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exchange.sqlite");
        let pools = open(path.to_str().unwrap()).await.unwrap();
        let options: Vec<String> =
            sqlx::query_scalar("PRAGMA compile_options").fetch_all(&pools.readers).await.unwrap();
        let is_stable = options.iter().any(|option| option == "ENABLE_QPSG");
        assert!(is_stable, "LIBSQLITE3_FLAGS of .cargo/config.toml does not hold: {options:?}");
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_holds_up_no_further_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exchange.sqlite");
        let pools = open(path.to_str().unwrap()).await.unwrap();
        let mut tx = pools.writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
        // What a full disk does behind the connection's back.
        sqlx::query("ROLLBACK").execute(&mut *tx).await.unwrap();
        drop(tx);
        let mut tx = pools.writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
        sqlx::query("CREATE TABLE later (id INTEGER)").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}
