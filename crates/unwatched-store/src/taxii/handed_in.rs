//! What partners handed in, and what became of it; and everything that a collection holds now.

use jiff::Timestamp;
use unwatched_model::partner::PartnerSlug;

use crate::columns::{micros, read};
use crate::engine::{reading, writing};
use crate::{Result, Store};

/// An object that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedIn {
    /// When, in microseconds: what it is called by.
    pub date_added: i64,
    /// Its id.
    pub id: String,
    /// Its type.
    pub object_type: String,
    /// By which partner.
    pub by: Option<PartnerSlug>,
    /// Its bytes.
    pub json: String,
}

impl Store {
    /// Objects that nobody looked at yet, or that wait for others, after this moment.
    pub async fn unread_in_inbox(
        &self,
        collection: i64,
        after: i64,
        limit: u32,
    ) -> Result<Vec<HandedIn>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            "SELECT o.date_added, o.id, o.type AS object_type, o.by_partner, o.object
             FROM taxii_objects o
             LEFT JOIN taxii_inbox i ON i.collection = o.collection AND i.date_added = o.date_added
             WHERE o.collection = $1 AND o.date_added > $2
               AND (i.outcome IS NULL OR i.outcome = 'waits')
             ORDER BY o.date_added LIMIT $3")
            .bind(collection).bind(after).bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.into_iter().map(Row::handed_in).collect()
    }

    /// The latest objects of a type that a partner handed in.
    pub async fn handed_in_by(
        &self,
        collection: i64,
        partner: &PartnerSlug,
        object_type: &str,
        limit: u32,
    ) -> Result<Vec<HandedIn>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            "SELECT date_added, id, type AS object_type, by_partner, object FROM taxii_objects
             WHERE collection = $1 AND type = $2 AND by_partner = $3
             ORDER BY date_added DESC LIMIT $4")
            .bind(collection).bind(object_type).bind(partner.as_str()).bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.into_iter().map(Row::handed_in).collect()
    }

    /// Says what became of one.
    pub async fn read_in_inbox(
        &self,
        collection: i64,
        date_added: i64,
        outcome: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<()> {
        writing!(self, db => sqlx::query(
            "INSERT INTO taxii_inbox (collection, date_added, outcome, why, at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (collection, date_added) DO UPDATE SET
                 outcome = excluded.outcome, why = excluded.why, at = excluded.at")
            .bind(collection).bind(date_added).bind(outcome).bind(why).bind(micros(now))
            .execute(db).await?.rows_affected());
        Ok(())
    }

    /// The latest version of every object in a collection: id and bytes.
    pub async fn taxii_holdings(&self, collection: i64) -> Result<Vec<(String, String)>> {
        Ok(reading!(self, db => sqlx::query_as(
            "SELECT id, object FROM taxii_objects
             WHERE collection = $1 AND superseded_at IS NULL ORDER BY date_added")
            .bind(collection)
            .fetch_all(db).await?))
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    date_added: i64,
    id: String,
    object_type: String,
    by_partner: Option<String>,
    object: String,
}

impl Row {
    fn handed_in(self) -> Result<HandedIn> {
        Ok(HandedIn {
            date_added: self.date_added,
            id: self.id,
            object_type: self.object_type,
            by: self.by_partner.as_deref().map(read).transpose()?,
            json: self.object,
        })
    }
}
