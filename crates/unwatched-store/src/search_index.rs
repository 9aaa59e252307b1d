//! Writes the search index: what can be found, under which exact keys and which words.
//!
//! What an entry says is decided by the file of its noun; how it is found, in `search`.

use sqlx::QueryBuilder;

use crate::Result;
use crate::engine::{Tx, within};
use crate::search::{HitKind, exact_key, words};

/// How many rows one statement writes.
const CHUNK: usize = 400;
/// How many words of one thing are found.
const WORDS_KEPT: usize = 2_000;

/// One thing that can be found.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) kind: HitKind,
    /// The hit's id.
    pub(crate) reference: String,
    pub(crate) title: String,
    pub(crate) family: Option<String>,
    keys: Vec<String>,
    body: String,
}

impl Entry {
    /// An entry found by any of `keys`, whatever its case, and by the words of `texts`.
    pub(crate) fn new<'a>(
        kind: HitKind,
        reference: String,
        title: String,
        keys: impl IntoIterator<Item = &'a str>,
        texts: &str,
    ) -> Self {
        let mut keys: Vec<_> = keys.into_iter().map(exact_key).collect();
        keys.sort();
        keys.dedup();
        let body = words(texts, WORDS_KEPT).join(" ");
        Self { kind, reference, title, family: None, keys, body }
    }

    pub(crate) fn of_family(self, family: &str) -> Self {
        Self { family: Some(family.to_owned()), ..self }
    }
}

/// Adds entries, or replaces those of the same kind and reference.
pub(crate) async fn put(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    for kind in HitKind::ALL {
        let of_kind = entries.iter().filter(|entry| entry.kind == kind);
        let references: Vec<_> = of_kind.map(|entry| entry.reference.clone()).collect();
        forget_keys(tx, kind, &references).await?;
    }
    put_new(tx, entries).await
}

/// Adds entries that are known not to be there.
pub(crate) async fn put_new(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    for chunk in entries.chunks(CHUNK) {
        write_entries(tx, chunk).await?;
    }
    let keys: Vec<_> = entries
        .iter()
        .flat_map(|entry| entry.keys.iter().map(move |key| (key, entry.kind, &entry.reference)))
        .collect();
    for chunk in keys.chunks(CHUNK) {
        write_keys(tx, chunk).await?;
    }
    Ok(())
}

/// Removes entries.
pub(crate) async fn forget(tx: &mut Tx, kind: HitKind, references: &[String]) -> Result<()> {
    forget_keys(tx, kind, references).await?;
    delete(tx, "DELETE FROM search_entries WHERE kind = ", kind, references).await
}

async fn forget_keys(tx: &mut Tx, kind: HitKind, references: &[String]) -> Result<()> {
    delete(tx, "DELETE FROM search_keys WHERE kind = ", kind, references).await
}

async fn delete(tx: &mut Tx, sql: &str, kind: HitKind, references: &[String]) -> Result<()> {
    for chunk in references.chunks(CHUNK) {
        within!(tx, db => {
            let mut query = QueryBuilder::new(sql);
            query.push_bind(kind.number()).push(" AND ref IN (");
            let mut listed = query.separated(", ");
            for reference in chunk {
                listed.push_bind(reference);
            }
            query.push(")").build().execute(db).await?;
        });
    }
    Ok(())
}

async fn write_entries(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    within!(tx, db => {
        let mut query =
            QueryBuilder::new("INSERT INTO search_entries (kind, ref, title, family, body) ");
        query.push_values(entries, |mut row, entry| {
            row.push_bind(entry.kind.number())
                .push_bind(&entry.reference)
                .push_bind(&entry.title)
                .push_bind(&entry.family)
                .push_bind(&entry.body);
        });
        query.push(
            " ON CONFLICT (kind, ref) DO UPDATE
              SET title = excluded.title, family = excluded.family, body = excluded.body");
        query.build().execute(db).await?;
    });
    Ok(())
}

async fn write_keys(tx: &mut Tx, keys: &[(&String, HitKind, &String)]) -> Result<()> {
    within!(tx, db => {
        let mut query = QueryBuilder::new("INSERT INTO search_keys (key, kind, ref) ");
        query.push_values(keys, |mut row, (key, kind, reference)| {
            row.push_bind(*key).push_bind(kind.number()).push_bind(*reference);
        });
        query.push(" ON CONFLICT (key, kind, ref) DO NOTHING");
        query.build().execute(db).await?;
    });
    Ok(())
}
