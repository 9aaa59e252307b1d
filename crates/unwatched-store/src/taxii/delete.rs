//! Deleting versions of an object. What was the latest before the deleted ones is so again.

use jiff::Timestamp;
use serde_json::json;
use sqlx::QueryBuilder;

use super::TaxiiWanted;
use super::rows::matching;
use crate::engine::within;
use crate::{Actor, Result, Store, StoreError, audit};

/// What a deletion came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxiiDeleted {
    /// There is no such object, or not in the versions named.
    Nothing,
    /// So many versions are gone.
    Versions(u64),
}

impl Store {
    /// Deletes what is wanted of an object: `wanted` names one id.
    pub async fn delete_taxii_object(
        &self,
        collection: i64,
        wanted: &TaxiiWanted,
        by: &Actor,
        now: Timestamp,
    ) -> Result<TaxiiDeleted> {
        let [id] = wanted.ids.as_slice() else {
            return Err(StoreError::Invalid("one object is deleted at a time".to_owned()));
        };
        let mut tx = self.begin().await?;
        within!(&mut tx, db => sqlx::query(
            "UPDATE taxii_collections SET changes = changes WHERE number = $1")
            .bind(collection).execute(db).await?.rows_affected());
        let found: Vec<(i64,)> = within!(&mut tx, db => {
            let mut query = QueryBuilder::new("SELECT o.date_added FROM taxii_objects o WHERE");
            matching!(query, collection, wanted, i64::MIN, i64::MAX);
            query.build_query_as().fetch_all(db).await?
        });
        if found.is_empty() {
            return Ok(TaxiiDeleted::Nothing);
        }
        let mut deleted = 0;
        for chunk in found.chunks(500) {
            deleted += within!(&mut tx, db => {
                let mut query = QueryBuilder::new("DELETE FROM taxii_objects WHERE collection = ");
                query.push_bind(collection).push(" AND date_added IN (");
                let mut listed = query.separated(", ");
                for (date_added,) in chunk {
                    listed.push_bind(*date_added);
                }
                query.push(")").build().execute(&mut *db).await?.rows_affected()
            });
        }
        within!(&mut tx, db => {
            sqlx::query(
                "UPDATE taxii_objects SET superseded_at = NULL
                 WHERE collection = $1 AND date_added =
                     (SELECT o.date_added FROM taxii_objects o WHERE o.collection = $1 AND o.id = $2
                      ORDER BY o.spec DESC, o.version_key DESC LIMIT 1)")
                .bind(collection).bind(id).execute(&mut *db).await?;
            sqlx::query("UPDATE taxii_collections SET changes = changes + 1 WHERE number = $1")
                .bind(collection).execute(&mut *db).await?;
        });
        let detail = json!({ "object": id, "versions": deleted });
        audit::append(&mut tx, &by.did("taxii.delete", "collection", collection, detail), now)
            .await?;
        tx.commit().await?;
        Ok(TaxiiDeleted::Versions(deleted))
    }
}
