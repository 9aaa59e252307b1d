//! Writes the search index: what can be found, under which exact keys and which words.
//!
//! What an entry says is decided by the file of its noun; how it is found, in `search`.

use std::collections::HashMap;

use sqlx::QueryBuilder;
use unwatched_model::tlp::Tlp;

use crate::engine::{Tx, within};
use crate::search::HitKind;
use crate::search_query::{exact_key, own_key, own_tag, sequence, tag};
use crate::{Result, StoreError};

const KEYS: &str = "search_keys";
const ADD_ENTRIES: &str = "INSERT INTO search_entries (id, kind, ref, title, family, body, tags) ";

macro_rules! push_entries {
    ($query:ident, $entries:expr, $numbers:expr) => {
        $query.push_values($entries.iter().zip($numbers), |mut row, (entry, number)| {
            row.push_bind(*number)
                .push_bind(entry.kind.number())
                .push_bind(&entry.reference)
                .push_bind(&entry.title)
                .push_bind(&entry.family)
                .push_bind(&entry.body)
                .push_bind(entry.tags.join(" "));
        });
    };
}

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
    tags: Vec<String>,
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
        let body = sequence(texts, WORDS_KEPT).join(" ");
        Self { kind, reference, title, family: None, keys, body, tags: Vec::new() }
    }

    /// Says what the thing is, to everybody who may know of it.
    pub(crate) fn tagged(mut self, name: &str, value: &str) -> Self {
        self.tags.push(tag(name, value));
        self
    }

    /// Lets a partner ask for what is its own.
    pub(crate) fn of_partner(mut self, partner: &str, tlp: Tlp) -> Self {
        self.tags.push(own_tag(partner, tlp));
        self
    }

    /// Lets a partner, and nobody else, find it by this value.
    pub(crate) fn found_by_partner(mut self, partner: &str, value: &str) -> Self {
        self.keys.push(own_key(partner, value));
        self
    }

    pub(crate) fn of_family(self, family: &str) -> Self {
        Self { family: Some(family.to_owned()), ..self }
    }
}

/// Adds entries, or replaces those of the same kind and reference.
pub(crate) async fn put(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    let numbers = put_entries(tx, entries).await?;
    forget_keys(tx, &numbers).await?;
    put_keys(tx, entries, &numbers, KEYS).await
}

/// Adds entries that are known not to be there.
pub(crate) async fn put_new(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    append(tx, entries, KEYS).await
}

/// Adds entries that are known not to be there, their keys to a table that is not in order.
pub(crate) async fn append(tx: &mut Tx, entries: &[Entry], keys: &str) -> Result<()> {
    let numbers = free_numbers(tx, entries).await?;
    for (chunk, numbers) in entries.chunks(CHUNK).zip(numbers.chunks(CHUNK)) {
        within!(tx, db => {
            let mut query = QueryBuilder::new(ADD_ENTRIES);
            push_entries!(query, chunk, numbers);
            query.build().execute(db).await?;
        });
    }
    put_keys(tx, entries, &numbers, keys).await
}

/// Removes entries.
pub(crate) async fn forget(tx: &mut Tx, kind: HitKind, references: &[String]) -> Result<()> {
    for chunk in references.chunks(CHUNK) {
        let numbers: Vec<i64> = within!(tx, db => {
            let mut query = QueryBuilder::new("DELETE FROM search_entries WHERE kind = ");
            query.push_bind(kind.number()).push(" AND ref IN (");
            let mut listed = query.separated(", ");
            for reference in chunk {
                listed.push_bind(reference);
            }
            query.push(") RETURNING id").build_query_scalar().fetch_all(db).await?
        });
        forget_keys(tx, &numbers).await?;
    }
    Ok(())
}

async fn forget_keys(tx: &mut Tx, numbers: &[i64]) -> Result<()> {
    for chunk in numbers.chunks(CHUNK) {
        within!(tx, db => {
            let mut query = QueryBuilder::new("DELETE FROM search_keys WHERE entry IN (");
            let mut listed = query.separated(", ");
            for number in chunk {
                listed.push_bind(*number);
            }
            query.push(")").build().execute(db).await?;
        });
    }
    Ok(())
}

/// Writes the entries themselves; hands back their numbers, in their order.
async fn put_entries(tx: &mut Tx, entries: &[Entry]) -> Result<Vec<i64>> {
    let mut numbers = Vec::with_capacity(entries.len());
    for chunk in entries.chunks(CHUNK) {
        let free = free_numbers(tx, chunk).await?;
        let written: Vec<(i64, i64, String)> = write_entries(tx, chunk, &free).await?;
        let written: HashMap<_, _> =
            written.into_iter().map(|(id, kind, reference)| ((kind, reference), id)).collect();
        for entry in chunk {
            let number = written.get(&(entry.kind.number(), entry.reference.clone()));
            numbers.push(*number.ok_or_else(|| {
                StoreError::Corrupt(format!("the index did not take {}", entry.reference))
            })?);
        }
    }
    Ok(numbers)
}

/// A number for each entry, should it be new. Those of one kind grow.
async fn free_numbers(tx: &mut Tx, entries: &[Entry]) -> Result<Vec<i64>> {
    match tx {
        Tx::Sqlite(tx) => {
            let mut next = HashMap::new();
            let of_some_entry = |kind: &HitKind| entries.iter().any(|entry| entry.kind == *kind);
            for kind in HitKind::ALL.into_iter().filter(of_some_entry) {
                let (first, end) = kind.entries();
                let last: i64 = sqlx::query_scalar(
                    "SELECT COALESCE(MAX(id), $1) FROM search_entries WHERE id >= $1 AND id < $2",
                )
                .bind(first)
                .bind(end)
                .fetch_one(&mut **tx)
                .await?;
                next.insert(kind, last);
            }
            let mut number = |kind| {
                let last: &mut i64 = next.entry(kind).or_default();
                *last += 1;
                *last
            };
            Ok(entries.iter().map(|entry| number(entry.kind)).collect())
        }
        Tx::Pg(tx) => {
            let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
            let numbers: Vec<i64> =
                sqlx::query_scalar("SELECT nextval('search_numbers') FROM generate_series(1, $1)")
                    .bind(count)
                    .fetch_all(&mut **tx)
                    .await?;
            let of = |(entry, number): (&Entry, i64)| entry.kind.entries().0 + number;
            Ok(entries.iter().zip(numbers).map(of).collect())
        }
    }
}

async fn write_entries(
    tx: &mut Tx,
    entries: &[Entry],
    numbers: &[i64],
) -> Result<Vec<(i64, i64, String)>> {
    Ok(within!(tx, db => {
        let mut query = QueryBuilder::new(ADD_ENTRIES);
        push_entries!(query, entries, numbers);
        query.push(
            " ON CONFLICT (kind, ref) DO UPDATE SET title = excluded.title,
                family = excluded.family, body = excluded.body, tags = excluded.tags
              RETURNING id, kind, ref");
        query.build_query_as().fetch_all(db).await?
    }))
}

async fn put_keys(tx: &mut Tx, entries: &[Entry], numbers: &[i64], table: &str) -> Result<()> {
    let keys: Vec<_> = entries
        .iter()
        .zip(numbers)
        .flat_map(|(entry, number)| entry.keys.iter().map(move |key| (key, *number)))
        .collect();
    for chunk in keys.chunks(CHUNK) {
        within!(tx, db => {
            let mut query = QueryBuilder::new(format!("INSERT INTO {table} (key, entry) "));
            query.push_values(chunk, |mut row, (key, number)| {
                row.push_bind(*key).push_bind(*number);
            });
            if table == KEYS {
                query.push(" ON CONFLICT (key, entry) DO NOTHING");
            }
            query.build().execute(db).await?;
        });
    }
    Ok(())
}
