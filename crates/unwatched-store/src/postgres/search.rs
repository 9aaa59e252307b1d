//! Finds words in PostgreSQL, by `tsvector` without its parser, and ends a search that takes too
//! long.

use sqlx::PgConnection;

use crate::Result;

/// Where entries are found by a query as [`words_query`] writes it: put in order before anything
/// is asked of them, or all that hold a common word would be looked at for one page. What comes
/// between it and [`IN_ORDER`] limits `w`.
pub(crate) const MATCHING: &str = " FROM (SELECT w.id, w.kind, w.ref, w.title, w.family, w.tags, \
                                   w.body FROM search_entries w WHERE w.words @@ ";
/// `OFFSET 0` keeps the two from being planned as one.
pub(crate) const IN_ORDER: &str = " ORDER BY w.id DESC OFFSET 0) e WHERE TRUE";

/// Every word quoted, each also by its beginning, and tags as they are. Neither holds anything
/// that would have to be escaped.
pub(crate) fn words_query(words: &[String], tags: &[String]) -> String {
    let words = words.iter().map(|word| format!("'{word}':*"));
    let tags = tags.iter().map(|tag| format!("'{tag}'"));
    words.chain(tags).collect::<Vec<_>>().join(" & ")
}

/// `query_canceled`.
pub(crate) const CANCELED: &str = "57014";

/// Until the transaction ends. How often a word stands decides between going along the entries and
/// gathering those that hold it, so each search is planned for its own words; one search takes one
/// processor, and entries are never all read.
pub(crate) async fn bounded(connection: &mut PgConnection) -> Result<()> {
    sqlx::query(
        "SELECT set_config('statement_timeout', '3000', TRUE),
                set_config('plan_cache_mode', 'force_custom_plan', TRUE),
                set_config('max_parallel_workers_per_gather', '0', TRUE),
                set_config('enable_seqscan', 'off', TRUE)",
    )
    .execute(connection)
    .await?;
    Ok(())
}
