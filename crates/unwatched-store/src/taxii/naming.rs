//! Objects by what they name: a run of a collection's latest versions.

use sqlx::QueryBuilder;
use unwatched_model::partner::PartnerSlug;

use crate::columns::read;
use crate::engine::reading;
use crate::{Result, Store};

/// The latest version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiLatest {
    /// When it was added, in microseconds.
    pub date_added: i64,
    /// By which partner; `None`: by nobody's.
    pub by: Option<PartnerSlug>,
    /// Its bytes.
    pub json: String,
}

impl Store {
    /// The latest versions in a collection, added after a moment, in whose bytes one of these ids
    /// stands (any at all, where none is given); at most `limit`, in the order added.
    pub async fn taxii_naming(
        &self,
        collection: i64,
        ids: &[String],
        after: i64,
        limit: u32,
    ) -> Result<Vec<TaxiiLatest>> {
        let rows: Vec<(i64, Option<String>, String)> = reading!(self, db => {
            let mut query = QueryBuilder::new(
                "SELECT o.date_added, o.by_partner, o.object FROM taxii_objects o
                 WHERE o.superseded_at IS NULL AND o.collection = ");
            query.push_bind(collection);
            query.push(" AND o.date_added > ").push_bind(after);
            for (at, id) in ids.iter().enumerate() {
                query.push(if at == 0 { " AND (" } else { " OR " });
                query.push("o.object LIKE ").push_bind(format!("%\"{id}\"%"));
            }
            query.push(if ids.is_empty() { "" } else { ")" });
            query.push(" ORDER BY o.date_added LIMIT ").push_bind(i64::from(limit));
            query.build_query_as().fetch_all(db).await?
        });
        let latest = |(date_added, by, json): (i64, Option<String>, String)| {
            let by = by.as_deref().map(read).transpose()?;
            Ok(TaxiiLatest { date_added, by, json })
        };
        rows.into_iter().map(latest).collect()
    }
}
