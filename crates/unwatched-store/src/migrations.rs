//! Brings a database's schema up to date. The steps themselves are SQL files, one set per engine.

use sqlx::raw_sql;

use crate::engine::{Tx, within};
use crate::{Result, StoreError};

/// One step of a schema. A step that was once released never changes.
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) sql: &'static str,
}

/// Takes the steps that the database has not taken yet, all or none. The caller has made sure
/// that nobody else does so at the same time.
pub(crate) async fn migrate(tx: &mut Tx, steps: &[Migration]) -> Result<()> {
    let taken = versions(tx).await?;
    let found = taken.iter().copied().max().unwrap_or(0);
    let known = steps.last().map_or(0, |step| step.version);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for step in steps.iter().filter(|step| !taken.contains(&step.version)) {
        within!(tx, db => {
            raw_sql(step.sql).execute(&mut *db).await?;
            sqlx::query("INSERT INTO schema_versions (version) VALUES ($1)")
                .bind(step.version).execute(&mut *db).await?;
        });
    }
    Ok(())
}

/// The steps taken. A later one may have been there before an earlier one.
async fn versions(tx: &mut Tx) -> Result<Vec<i64>> {
    let create = "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY)";
    let taken = "SELECT version FROM schema_versions";
    Ok(within!(tx, db => {
        sqlx::query(create).execute(&mut *db).await?;
        sqlx::query_scalar::<_, i64>(taken).fetch_all(&mut *db).await?
    }))
}
