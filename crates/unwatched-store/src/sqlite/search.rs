//! Finds exact keys and words in SQLite; words by FTS5.

use crate::search::seen_by_viewer;

/// `$1` the keys as a JSON array, `$2` and `$3` the kind and id after which to go on, `$4` how
/// many, `$5` to `$7` who asks.
pub(crate) const EXACT: &str = concat!(
    "
    SELECT e.kind, e.id, e.ref, e.title, e.family
    FROM search_entries e
    WHERE (e.kind, e.id) > ($2, $3)
      AND (e.kind, e.ref) IN (
        SELECT kind, ref FROM search_keys WHERE key IN (SELECT value FROM json_each($1)))
    ",
    seen_by_viewer!(),
    " ORDER BY e.kind, e.id LIMIT $4"
);

/// `$1` the keys, which were found already, as a JSON array, `$2` and `$3` the kind and id after
/// which to go on, `$4` how many, `$5` to `$7` who asks, `$8` the words as [`words_query`]
/// writes them.
pub(crate) const WORDS: &str = concat!(
    "
    SELECT e.kind, e.id, e.ref, e.title, e.family
    FROM search_text t JOIN search_entries e ON e.id = t.rowid
    WHERE t.search_text MATCH $8 AND (e.kind, e.id) > ($2, $3)
      AND (e.kind, e.ref) NOT IN (
        SELECT kind, ref FROM search_keys WHERE key IN (SELECT value FROM json_each($1)))
    ",
    seen_by_viewer!(),
    " ORDER BY e.kind, e.id LIMIT $4"
);

/// Every word quoted, each also by its beginning: nothing of the asker's is FTS5 syntax.
pub(crate) fn words_query(words: &[String]) -> String {
    words.iter().map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" ")
}
