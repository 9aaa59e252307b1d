//! Statuses of what was added, as the JSON that is answered.

use jiff::Timestamp;

use super::TaxiiStatus;
use crate::columns::micros;
use crate::engine::{Tx, reading, within, writing};
use crate::{Result, Store};

impl Store {
    /// A status for whoever added, or for everybody where it is nobody's.
    pub async fn taxii_status(&self, root: &str, id: &str, who: &str) -> Result<Option<String>> {
        Ok(reading!(self, db => sqlx::query_scalar(
            "SELECT document FROM taxii_statuses
             WHERE root = $1 AND id = $2 AND (whose IS NULL OR whose = $3)")
            .bind(root)
            .bind(id.replace('\0', "\u{fffd}"))
            .bind(who)
            .fetch_optional(db).await?))
    }

    /// Forgets statuses that are older; says how many.
    pub async fn forget_taxii_statuses(&self, before: Timestamp) -> Result<u64> {
        Ok(writing!(self, db => sqlx::query(
            "DELETE FROM taxii_statuses WHERE added_at < $1 AND whose IS NOT NULL")
            .bind(micros(before))
            .execute(db).await?.rows_affected()))
    }
}

pub(super) async fn write(
    tx: &mut Tx,
    root: &str,
    status: &TaxiiStatus,
    now: Timestamp,
) -> Result<()> {
    within!(tx, db => sqlx::query(
        "INSERT INTO taxii_statuses (root, id, whose, document, added_at)
         VALUES ($1, $2, $3, $4, $5)")
        .bind(root).bind(&status.id).bind(status.whose.as_deref()).bind(&status.document)
        .bind(micros(now))
        .execute(db).await?.rows_affected());
    Ok(())
}
