//! Fills the search index from the rows, where an older program wrote it or none did.

use crate::columns::read;
use crate::engine::{Tx, within};
use crate::{Result, families, indicators, sample_entries, search_index};

/// Grows by one whenever what an entry says changes.
const VERSION: i64 = 1;

/// Brings the index up to what this program writes. The caller has made sure that nobody else
/// does so at the same time.
pub(crate) async fn bring_up_to_date(tx: &mut Tx) -> Result<()> {
    let found: i64 = within!(tx, db => sqlx::query_scalar(
        "SELECT value FROM counters WHERE name = 'search'").fetch_one(db).await?);
    if found >= VERSION {
        return Ok(());
    }
    within!(tx, db => {
        sqlx::query("DELETE FROM search_entries").execute(&mut *db).await?;
        sqlx::query("DELETE FROM search_keys").execute(&mut *db).await?;
    });
    index_samples(tx).await?;
    for indicators in indicators::kept(tx).await?.chunks(400) {
        search_index::put_new(tx, indicators).await?;
    }
    let ids: Vec<String> = within!(tx, db => sqlx::query_scalar(
        "SELECT id FROM families ORDER BY added_at, id").fetch_all(db).await?);
    for id in ids {
        families::index(tx, &[read(&id)?]).await?;
    }
    within!(tx, db => sqlx::query("UPDATE counters SET value = $1 WHERE name = 'search'")
        .bind(VERSION)
        .execute(db).await?.rows_affected());
    Ok(())
}

/// Oldest first, as they came.
async fn index_samples(tx: &mut Tx) -> Result<()> {
    let mut after = (i64::MIN, String::new());
    loop {
        let page: Vec<(i64, String)> = within!(tx, db => sqlx::query_as(
            "SELECT first_seen, sha256 FROM samples WHERE (first_seen, sha256) > ($1, $2)
             ORDER BY first_seen, sha256 LIMIT 500")
            .bind(after.0)
            .bind(&after.1)
            .fetch_all(db).await?);
        let Some(last) = page.last() else { return Ok(()) };
        after = last.clone();
        for (_, sha256) in &page {
            sample_entries::index(tx, &read(sha256)?).await?;
        }
    }
}
