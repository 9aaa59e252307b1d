//! Finds words in PostgreSQL, by `tsvector` without its parser, and ends a search that takes too
//! long.

use sqlx::PgConnection;

use crate::Result;

/// Where entries are found by a query as [`words_query`] writes it.
pub(crate) const MATCHING: &str = " FROM search_entries e WHERE e.words @@ ";

/// Every word quoted, each also by its beginning, and tags as they are. Neither holds anything
/// that would have to be escaped.
pub(crate) fn words_query(words: &[String], tags: &[String]) -> String {
    let words = words.iter().map(|word| format!("'{word}':*"));
    let tags = tags.iter().map(|tag| format!("'{tag}'"));
    words.chain(tags).collect::<Vec<_>>().join(" & ")
}

/// `query_canceled`.
pub(crate) const CANCELED: &str = "57014";

/// Until the transaction ends.
pub(crate) async fn bounded(connection: &mut PgConnection) -> Result<()> {
    sqlx::query("SET LOCAL statement_timeout = 3000").execute(connection).await?;
    Ok(())
}
