//! Connects to a PostgreSQL database.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, Executor as _, PgPool};

use crate::engine::Tx;
use crate::migrations::{Migration, migrate};
use crate::{Result, StoreError, search_rebuild};

pub(crate) const STEPS: &[Migration] = &[
    Migration { version: 1, sql: include_str!("../../migrations/postgres/0001_first.sql") },
    Migration { version: 2, sql: include_str!("../../migrations/postgres/0002_core.sql") },
    Migration { version: 3, sql: include_str!("../../migrations/postgres/0003_taxii.sql") },
    Migration { version: 4, sql: include_str!("../../migrations/postgres/0004_transparency.sql") },
    Migration { version: 5, sql: include_str!("../../migrations/postgres/0005_feeds.sql") },
    Migration { version: 6, sql: include_str!("../../migrations/postgres/0006_native.sql") },
    Migration { version: 7, sql: include_str!("../../migrations/postgres/0007_handed_in.sql") },
];

const CONNECTIONS: u32 = 10;
/// A connection that was used so lately is not asked first whether it still answers: that would cost
/// each page more than its own statement.
const ASKED_AFTER: Duration = Duration::from_secs(1);
/// Under which number programs that migrate wait for each other.
const MIGRATION_LOCK: i64 = 0x756e_7761_7463_6865;

pub(crate) async fn open(url: &str) -> Result<PgPool> {
    let options = PgConnectOptions::from_str(url).map_err(|error| {
        // The URL may hold a password: it is not repeated.
        StoreError::Config(format!("database.url is no postgres:// URL: {error}"))
    })?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                if known.idle_for > ASKED_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        // A statement here reads a page: compiling it to machine code takes longer than that.
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute("SET jit = off").await.map(drop) })
        })
        .connect_with(options.application_name("unwatched-exchange"))
        .await?;
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK).execute(&mut *tx).await?;
    let mut tx = Tx::Pg(tx);
    migrate(&mut tx, STEPS).await?;
    search_rebuild::bring_up_to_date(&mut tx).await?;
    tx.commit().await?;
    Ok(pool)
}
