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
    let found = version(tx).await?;
    let known = steps.last().map_or(0, |step| step.version);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for step in steps.iter().filter(|step| step.version > found) {
        within!(tx, db => {
            raw_sql(step.sql).execute(&mut *db).await?;
            sqlx::query("INSERT INTO schema_versions (version) VALUES ($1)")
                .bind(step.version).execute(&mut *db).await?;
        });
    }
    Ok(())
}

async fn version(tx: &mut Tx) -> Result<i64> {
    let create = "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY)";
    let latest = "SELECT COALESCE(MAX(version), 0) FROM schema_versions";
    Ok(within!(tx, db => {
        sqlx::query(create).execute(&mut *db).await?;
        sqlx::query_scalar::<_, i64>(latest).fetch_one(&mut *db).await?
    }))
}
