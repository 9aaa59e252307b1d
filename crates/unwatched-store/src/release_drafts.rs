//! What a release would be, worked out at a time and kept: where there is much, nobody waits at a
//! page while it is worked out. What the draft says is the exchange's; here it is a text.

use jiff::Timestamp;

use crate::columns::{micros, time};
use crate::engine::{Tx, reading, within};
use crate::{IndicatorRow, Result, Store, Visible};

/// With no more of each than this, what would be released is worked out while somebody waits.
const LITTLE: [(&str, i64); 4] =
    [("indicators", 5_000), ("samples", 5_000), ("families", 1_000), ("opinions", 10_000)];

impl Store {
    /// Whether what would be released is worked out within a page's time.
    pub async fn is_little_to_release(&self) -> Result<bool> {
        let mut tx = self.snapshot().await?;
        for (table, most) in LITTLE {
            // One row further is enough to know.
            let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT $1) AS counted");
            let count: i64 = within!(&mut tx, db => {
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(most + 1).fetch_one(db).await?
            });
            if count > most {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Keeps what a release would be, in the place of the draft before.
    pub async fn keep_release_draft(&self, document: &str, made_at: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        within!(&mut tx, db => sqlx::query(
            "INSERT INTO release_drafts (id, made_at, document) VALUES (1, $1, $2)
             ON CONFLICT (id) DO UPDATE
             SET made_at = excluded.made_at, document = excluded.document")
            .bind(micros(made_at))
            .bind(document)
            .execute(db).await?.rows_affected());
        tx.commit().await
    }

    /// The draft and when it was made. There is none after a release, nor after a partner took
    /// something back that it may say.
    pub async fn release_draft(&self) -> Result<Option<(Timestamp, String)>> {
        let row: Option<(i64, String)> = reading!(self, db => sqlx::query_as(
            "SELECT made_at, document FROM release_drafts WHERE id = 1")
            .fetch_optional(db).await?);
        row.map(|(made_at, document)| Ok((time(made_at)?, document))).transpose()
    }

    /// Of the rows with these ids, those seen, by id.
    pub async fn indicators_with_ids(
        &self,
        ids: &[i64],
        to: &Visible,
    ) -> Result<Vec<IndicatorRow>> {
        let mut rows = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(400) {
            rows.extend(self.indicators_among(chunk, to).await?);
        }
        Ok(rows)
    }
}

/// Forgets the draft: what it says may not be said any more.
pub(crate) async fn forget(tx: &mut Tx) -> Result<()> {
    within!(tx, db => sqlx::query("DELETE FROM release_drafts").execute(db).await?.rows_affected());
    Ok(())
}
