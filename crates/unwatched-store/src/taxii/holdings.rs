//! Everything that a collection holds now; and older versions, which are forgotten where nobody is
//! to read them any more.

use jiff::Timestamp;
use sqlx::QueryBuilder;
use unwatched_model::partner::PartnerSlug;

use crate::columns::micros;
use crate::engine::{reading, within};
use crate::{Result, Store};

/// So many objects are asked about by one statement.
const CHUNK: usize = 500;

impl Store {
    /// The latest version of every object in a collection: id and bytes.
    pub async fn taxii_holdings(&self, collection: i64) -> Result<Vec<(String, String)>> {
        Ok(reading!(self, db => sqlx::query_as(
            "SELECT id, object FROM taxii_objects
             WHERE collection = $1 AND superseded_at IS NULL ORDER BY date_added")
            .bind(collection)
            .fetch_all(db).await?))
    }

    /// Forgets what these objects were before their latest version; says how many versions.
    pub async fn forget_older_versions(&self, collection: i64, ids: &[&str]) -> Result<u64> {
        if ids.is_empty() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        let mut forgotten = 0;
        for chunk in ids.chunks(CHUNK) {
            forgotten += within!(&mut tx, db => {
                let mut query = QueryBuilder::new("DELETE FROM taxii_objects WHERE collection = ");
                query.push_bind(collection).push(" AND superseded_at IS NOT NULL AND id IN (");
                let mut listed = query.separated(", ");
                for id in chunk {
                    listed.push_bind(*id);
                }
                query.push(")").build().execute(&mut *db).await?.rows_affected()
            });
        }
        if forgotten > 0 {
            // Pages that were kept elsewhere are others now.
            within!(&mut tx, db => sqlx::query(
                "UPDATE taxii_collections SET changes = changes + 1 WHERE number = $1")
                .bind(collection).execute(&mut *db).await?.rows_affected());
        }
        tx.commit().await?;
        Ok(forgotten)
    }

    /// What a partner added to a collection since then: ids, each as often as it has versions.
    pub async fn taxii_added_by(
        &self,
        collection: i64,
        partner: &PartnerSlug,
        since: Timestamp,
    ) -> Result<Vec<String>> {
        Ok(reading!(self, db => sqlx::query_scalar(
            "SELECT id FROM taxii_objects
             WHERE collection = $1 AND date_added > $2 AND by_partner = $3")
            .bind(collection).bind(micros(since)).bind(partner.as_str())
            .fetch_all(db).await?))
    }

    /// Which of these objects somebody else than a partner added a version of.
    pub async fn taxii_of_others(
        &self,
        collection: i64,
        partner: &PartnerSlug,
        ids: &[&str],
    ) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for chunk in ids.chunks(CHUNK) {
            let others: Vec<String> = reading!(self, db => {
                let mut query =
                    QueryBuilder::new("SELECT DISTINCT id FROM taxii_objects WHERE collection = ");
                query.push_bind(collection);
                query.push(" AND (by_partner IS NULL OR by_partner <> ");
                query.push_bind(partner.as_str()).push(") AND id IN (");
                let mut listed = query.separated(", ");
                for id in chunk {
                    listed.push_bind(*id);
                }
                query.push(")").build_query_scalar().fetch_all(db).await?
            });
            found.extend(others);
        }
        Ok(found)
    }

    /// Of these objects the latest versions that collections for these purposes hold: bytes.
    pub async fn taxii_latest(&self, purposes: &[&str], ids: &[&str]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for chunk in ids.chunks(CHUNK) {
            let objects: Vec<String> = reading!(self, db => {
                let mut query = QueryBuilder::new(
                    "SELECT o.object FROM taxii_objects o
                     JOIN taxii_collections c ON c.number = o.collection
                     WHERE o.superseded_at IS NULL AND c.purpose IN (");
                let mut listed = query.separated(", ");
                for purpose in purposes {
                    listed.push_bind(*purpose);
                }
                query.push(") AND o.id IN (");
                let mut listed = query.separated(", ");
                for id in chunk {
                    listed.push_bind(*id);
                }
                query.push(")").build_query_scalar().fetch_all(db).await?
            });
            found.extend(objects);
        }
        Ok(found)
    }
}
