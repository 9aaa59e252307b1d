//! Whom the operator lets into an API root that was taken over, beside the users that came with it.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::json;
use unwatched_model::partner::PartnerSlug;

use super::TaxiiRights;
use crate::columns::explained;
use crate::engine::{reading, within};
use crate::{Actor, Result, Store, StoreError, audit};

/// A right in a collection that a partner was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiGrant {
    /// The path of the collection's root.
    pub root: String,
    /// The collection's id.
    pub collection: String,
    /// Whose it is.
    pub partner: String,
    /// What it allows.
    pub rights: TaxiiRights,
}

impl Store {
    /// Says what a partner may do in a root's collections, or in one of them, by its id or alias;
    /// `None`: nothing beyond what everybody may. Says in how many collections. `NotFound` when
    /// there is none of them, `Invalid` for what is the exchange's own.
    pub async fn grant_taxii(
        &self,
        root: &str,
        collection: Option<&str>,
        partner: &PartnerSlug,
        rights: Option<TaxiiRights>,
        by: &Actor,
        now: Timestamp,
    ) -> Result<usize> {
        let mut tx = self.begin().await?;
        let found: Vec<(i64, Option<String>)> = within!(&mut tx, db => sqlx::query_as(
            "SELECT number, purpose FROM taxii_collections
             WHERE root = $1 AND ($2 IS NULL OR id = $2 OR alias = $2)")
            .bind(root).bind(collection)
            .fetch_all(db).await?);
        if found.is_empty() {
            return Err(StoreError::NotFound("collection in such a root".to_owned()));
        }
        if found.iter().any(|(_, purpose)| purpose.is_some()) {
            return Err(StoreError::Invalid(
                "what partners may do in the exchange's own collections follows from their roles"
                    .to_owned(),
            ));
        }
        for (number, _) in &found {
            within!(&mut tx, db => sqlx::query(
                "DELETE FROM taxii_rights WHERE collection = $1 AND partner = $2")
                .bind(number).bind(partner.as_str())
                .execute(&mut *db).await?.rows_affected());
            let Some(rights) = rights else { continue };
            within!(&mut tx, db => sqlx::query(
                "INSERT INTO taxii_rights (collection, partner, can_read, can_write)
                 VALUES ($1, $2, $3, $4)")
                .bind(number).bind(partner.as_str()).bind(rights.can_read).bind(rights.can_write)
                .execute(&mut *db).await
                .map_err(|error| explained(error, || "partner".to_owned()))?
                .rows_affected());
        }
        let detail = json!({
            "partner": partner.as_str(), "collection": collection,
            "read": rights.is_some_and(|rights| rights.can_read),
            "write": rights.is_some_and(|rights| rights.can_write),
        });
        audit::append(&mut tx, &by.did("taxii.grant", "taxii_root", root, detail), now).await?;
        tx.commit().await?;
        Ok(found.len())
    }

    /// Every right that was granted.
    pub async fn taxii_grants(&self) -> Result<Vec<TaxiiGrant>> {
        let rows: Vec<(String, String, String, bool, bool)> = reading!(self, db => sqlx::query_as(
            "SELECT c.root, c.id, r.partner, r.can_read, r.can_write
             FROM taxii_rights r JOIN taxii_collections c ON c.number = r.collection
             ORDER BY c.root, c.place, c.number, r.partner")
            .fetch_all(db).await?);
        let grant = |(root, collection, partner, can_read, can_write)| {
            let rights = TaxiiRights { can_read, can_write };
            TaxiiGrant { root, collection, partner, rights }
        };
        Ok(rows.into_iter().map(grant).collect())
    }

    /// Paths of the roots in which a partner was granted something.
    pub async fn taxii_roots_granted(&self, partner: &PartnerSlug) -> Result<HashSet<String>> {
        let paths: Vec<String> = reading!(self, db => sqlx::query_scalar(
            "SELECT DISTINCT c.root
             FROM taxii_rights r JOIN taxii_collections c ON c.number = r.collection
             WHERE r.partner = $1 AND (r.can_read OR r.can_write)")
            .bind(partner.as_str())
            .fetch_all(db).await?);
        Ok(paths.into_iter().collect())
    }

    /// Paths of the roots that a user without a partner came with.
    pub async fn taxii_roots_of_user(&self, name: &str) -> Result<HashSet<String>> {
        let paths: Vec<String> = reading!(self, db => sqlx::query_scalar(
            "SELECT root FROM taxii_user_roots WHERE name = $1")
            .bind(name.replace('\0', "\u{fffd}"))
            .fetch_all(db).await?);
        Ok(paths.into_iter().collect())
    }
}
