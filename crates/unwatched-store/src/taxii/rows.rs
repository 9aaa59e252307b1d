//! Which rows of a collection are wanted, as SQL of both engines; and the rows to be written.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::TaxiiWanted;
use crate::Result;
use crate::engine::{Tx, within};

/// So many rows are written by one statement.
const CHUNK: usize = 500;

/// Puts into a query over `taxii_objects o` what is wanted of a collection between two moments, as
/// the collection stood at the later one: what was superseded after it had its place still. The
/// earlier moment is a value, or `column "..."` of what stands around the query.
macro_rules! matching {
    ($query:expr, $collection:expr, $wanted:expr, column $after:literal, $upto:expr) => {{
        $query.push(concat!(" o.date_added > ", $after, " AND"));
        $crate::taxii::rows::matching_up_to!($query, $collection, $wanted, $upto);
    }};
    ($query:expr, $collection:expr, $wanted:expr, $after:expr, $upto:expr) => {{
        $query.push(" o.date_added > ").push_bind($after).push(" AND");
        $crate::taxii::rows::matching_up_to!($query, $collection, $wanted, $upto);
    }};
}

/// [`matching`] without an earlier moment.
macro_rules! matching_up_to {
    ($query:expr, $collection:expr, $wanted:expr, $upto:expr) => {{
        let (query, wanted): (_, &$crate::TaxiiWanted) = (&mut $query, $wanted);
        query.push(" o.collection = ").push_bind($collection);
        query.push(" AND o.date_added <= ").push_bind($upto);
        for (column, values) in [("o.type", &wanted.types), ("o.id", &wanted.ids)] {
            if !values.is_empty() {
                query.push(" AND ").push(column).push(" IN (");
                let mut listed = query.separated(", ");
                for value in values {
                    listed.push_bind(value.clone());
                }
                query.push(")");
            }
        }
        if wanted.is_latest() {
            query.push(" AND (o.superseded_at IS NULL OR o.superseded_at > ").push_bind($upto);
            query.push(")");
        } else {
            $crate::taxii::rows::versions!(query, wanted, $upto);
        }
    }};
}

/// The part of [`matching`] that looks at an object's other versions.
macro_rules! versions {
    ($query:expr, $wanted:expr, $upto:expr) => {{
        // Of one object, what a version is compared with.
        let others = |query: &mut _, comparison: &str| {
            let query: &mut QueryBuilder<_> = query;
            query.push(
                " NOT EXISTS (SELECT 1 FROM taxii_objects v WHERE v.collection = o.collection",
            );
            query.push(" AND v.id = o.id AND v.date_added <= ").push_bind($upto);
            query.push(comparison);
        };
        let specs = |query: &mut _, column: &str| {
            let query: &mut QueryBuilder<_> = query;
            query.push(" AND ").push(column).push(" IN (");
            let mut listed = query.separated(", ");
            for spec in &$wanted.specs {
                listed.push_bind(spec.clone());
            }
            query.push(")");
        };
        let is_any = $wanted.specs.is_empty();
        if !is_any {
            specs($query, "o.spec");
        }
        $query.push(" AND (FALSE");
        for (is_wanted, comparison) in [
            ($wanted.versions.all, ""),
            ($wanted.versions.first, " AND v.version_key < o.version_key"),
            ($wanted.versions.last, " AND v.version_key > o.version_key"),
        ] {
            if !is_wanted {
                continue;
            }
            $query.push(" OR (TRUE");
            if is_any {
                $query.push(" AND");
                others($query, " AND v.spec > o.spec)");
            }
            if !comparison.is_empty() {
                $query.push(" AND");
                others($query, comparison);
                if is_any {
                    $query.push(" AND v.spec = o.spec");
                } else {
                    specs($query, "v.spec");
                }
                $query.push(")");
            }
            $query.push(")");
        }
        if !$wanted.versions.exact.is_empty() {
            $query.push(" OR (o.version_key IN (");
            let mut listed = $query.separated(", ");
            for version in &$wanted.versions.exact {
                listed.push_bind(version.clone());
            }
            $query.push(")");
            if is_any {
                $query.push(" AND");
                others($query, " AND v.version_key = o.version_key AND v.spec > o.spec)");
            }
            $query.push(")");
        }
        $query.push(")");
    }};
}
pub(super) use {matching, matching_up_to, versions};

/// What an object's versions are ordered by: the version of STIX, then the object's own.
pub(super) type Rank = (String, String);

/// A row to be written.
#[derive(Debug)]
pub(super) struct NewRow<'a> {
    pub(super) date_added: i64,
    pub(super) id: &'a str,
    pub(super) object_type: &'a str,
    pub(super) version: String,
    pub(super) version_key: String,
    pub(super) spec: &'a str,
    pub(super) superseded_at: Option<i64>,
    pub(super) by_partner: Option<&'a str>,
    pub(super) digest: Option<String>,
    pub(super) json: &'a str,
}

/// The latest version of each object while rows are put beside each other.
#[derive(Debug, Default)]
pub(super) struct Latest<'a> {
    /// By id: how high it ranks, and where it is.
    known: HashMap<&'a str, (Rank, Place)>,
    /// Rows in the store that are superseded, and since when.
    pub(super) superseded: Vec<(i64, i64)>,
}

/// Where an object's latest version is.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the store, added then.
    Kept(i64),
    /// Among the rows to be written.
    New(usize),
}

impl<'a> Latest<'a> {
    /// Tells of a version that is in the store.
    pub(super) fn is_kept(&mut self, id: &'a str, rank: Rank, date_added: i64) {
        self.known.insert(id, (rank, Place::Kept(date_added)));
    }

    /// Puts a row to the others: it supersedes, or is superseded from its beginning on.
    pub(super) fn put(&mut self, rows: &mut Vec<NewRow<'a>>, mut row: NewRow<'a>) {
        let rank = (row.spec.to_owned(), row.version_key.clone());
        match self.known.get(row.id) {
            Some((latest, _)) if *latest > rank => row.superseded_at = Some(row.date_added),
            found => {
                match found {
                    Some((_, Place::Kept(at))) => self.superseded.push((*at, row.date_added)),
                    Some((_, Place::New(at))) => rows[*at].superseded_at = Some(row.date_added),
                    None => {}
                }
                self.known.insert(row.id, (rank, Place::New(rows.len())));
            }
        }
        rows.push(row);
    }
}

/// Writes rows, and that others are superseded.
pub(super) async fn write(
    tx: &mut Tx,
    collection: i64,
    rows: &[NewRow<'_>],
    superseded: &[(i64, i64)],
) -> Result<()> {
    for chunk in superseded.chunks(CHUNK) {
        within!(tx, db => {
            let mut query = QueryBuilder::new("UPDATE taxii_objects SET superseded_at = later.at FROM (");
            for (at, (date_added, since)) in chunk.iter().enumerate() {
                query.push(if at == 0 { "SELECT CAST(" } else { " UNION ALL SELECT CAST(" });
                query.push_bind(*date_added).push(" AS BIGINT) AS added, CAST(");
                query.push_bind(*since).push(" AS BIGINT) AS at");
            }
            query.push(") later WHERE taxii_objects.date_added = later.added AND taxii_objects.collection = ");
            query.push_bind(collection).build().execute(&mut *db).await?.rows_affected()
        });
    }
    for chunk in rows.chunks(CHUNK) {
        within!(tx, db => {
            let mut query = QueryBuilder::new(
                "INSERT INTO taxii_objects (collection, date_added, id, type, version, version_key,
                                            spec, superseded_at, by_partner, digest, object) ");
            query.push_values(chunk, |mut values, row| {
                values.push_bind(collection).push_bind(row.date_added).push_bind(row.id)
                    .push_bind(row.object_type).push_bind(&row.version).push_bind(&row.version_key)
                    .push_bind(row.spec).push_bind(row.superseded_at).push_bind(row.by_partner)
                    .push_bind(row.digest.as_deref()).push_bind(row.json);
            });
            query.build().execute(&mut *db).await?.rows_affected()
        });
    }
    Ok(())
}

impl TaxiiWanted {
    /// Whether it is what is wanted most: the latest of each object.
    pub(super) fn is_latest(&self) -> bool {
        let versions = &self.versions;
        let others = versions.all || versions.first || !versions.exact.is_empty();
        self.specs.is_empty() && !others
    }
}
