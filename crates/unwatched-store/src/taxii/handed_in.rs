//! What partners handed in, and what became of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sqlx::QueryBuilder;
use unwatched_model::partner::PartnerSlug;

use crate::columns::{micros, read, time};
use crate::engine::{reading, within, writing};
use crate::{Result, Store};

/// So many objects are asked about by one statement.
const CHUNK: usize = 500;

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
    /// Whether the partner handed in no later version of it.
    pub is_latest: bool,
    /// Its bytes.
    pub json: String,
}

/// What became of an object that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxOutcome {
    /// When it came.
    pub at: Timestamp,
    /// The object's id.
    pub id: String,
    /// Its version, as written.
    pub version: String,
    /// Its type.
    pub object_type: String,
    /// `taken`, `waits`, `kept` or `refused`; `None`: nobody looked at it yet.
    pub outcome: Option<String>,
    /// Why, in words.
    pub why: Option<String>,
}

/// Objects `o` that were handed in, as [`Row`] has them.
macro_rules! select {
    ($from:literal) => {
        concat!(
            "SELECT o.date_added, o.id, o.type AS object_type, o.by_partner, o.object,
                    NOT EXISTS (SELECT 1 FROM taxii_objects v
                         WHERE v.collection = o.collection AND v.id = o.id
                           AND v.by_partner = o.by_partner
                           AND v.version_key > o.version_key) AS is_latest
             FROM taxii_objects o ",
            $from
        )
    };
}

impl Store {
    /// Objects that nobody looked at yet, or that wait for others, after this moment; those of one
    /// partner, or of all.
    pub async fn unread_in_inbox(
        &self,
        collection: i64,
        of: Option<&PartnerSlug>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<HandedIn>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(select!(
            "LEFT JOIN taxii_inbox i ON i.collection = o.collection AND i.date_added = o.date_added
             WHERE o.collection = $1 AND o.date_added > $2
               AND (i.outcome IS NULL OR i.outcome = 'waits')
               AND ($4 IS NULL OR o.by_partner = $4)
             ORDER BY o.date_added LIMIT $3"))
            .bind(collection).bind(after).bind(i64::from(limit)).bind(of.map(PartnerSlug::as_str))
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
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(select!(
            "WHERE o.collection = $1 AND o.type = $2 AND o.by_partner = $3
             ORDER BY o.date_added DESC LIMIT $4"))
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

    /// Says which indicators an object became now. Hands back those that earlier versions of it
    /// became and this one did not, unless another object of the same partner became them, too.
    pub async fn became_indicators(
        &self,
        collection: i64,
        object: &HandedIn,
        indicators: &BTreeSet<i64>,
    ) -> Result<Vec<i64>> {
        let by = object.by.as_ref().map(PartnerSlug::as_str);
        let mut tx = self.begin().await?;
        let before: Vec<(i64, bool)> = within!(&mut tx, db => sqlx::query_as(
            "SELECT DISTINCT r.indicator,
                    EXISTS (SELECT 1 FROM taxii_inbox_rows x
                            JOIN taxii_objects p ON p.collection = x.collection
                                 AND p.date_added = x.date_added
                            WHERE x.indicator = r.indicator AND p.id <> $2)
             FROM taxii_inbox_rows r
             JOIN taxii_objects o ON o.collection = r.collection AND o.date_added = r.date_added
             WHERE r.collection = $1 AND o.id = $2 AND o.by_partner = $3")
            .bind(collection).bind(&object.id).bind(by)
            .fetch_all(db).await?);
        within!(&mut tx, db => sqlx::query(
            "DELETE FROM taxii_inbox_rows WHERE collection = $1 AND date_added IN
                 (SELECT o.date_added FROM taxii_objects o
                  WHERE o.collection = $1 AND o.id = $2 AND o.by_partner = $3)")
            .bind(collection).bind(&object.id).bind(by)
            .execute(db).await?.rows_affected());
        for indicator in indicators {
            within!(&mut tx, db => sqlx::query(
                "INSERT INTO taxii_inbox_rows (collection, date_added, indicator)
                 VALUES ($1, $2, $3)")
                .bind(collection).bind(object.date_added).bind(indicator)
                .execute(&mut *db).await?.rows_affected());
        }
        tx.commit().await?;
        let left = before.into_iter().filter(|(id, others)| !others && !indicators.contains(id));
        Ok(left.map(|(id, _)| id).collect())
    }

    /// What became of these objects of a partner's, in whichever version, within a root.
    pub async fn inbox_outcomes(
        &self,
        root: &str,
        partner: &PartnerSlug,
        ids: &[&str],
    ) -> Result<Vec<InboxOutcome>> {
        let mut found = Vec::new();
        for chunk in ids.chunks(CHUNK) {
            let rows: Vec<OutcomeRow> = reading!(self, db => {
                let mut query = QueryBuilder::new(OUTCOMES);
                query.push(" WHERE c.purpose = 'inbox' AND c.root = ").push_bind(root);
                query.push(" AND o.by_partner = ").push_bind(partner.as_str());
                query.push(" AND o.id IN (");
                let mut listed = query.separated(", ");
                for id in chunk {
                    listed.push_bind(*id);
                }
                query.push(")").build_query_as().fetch_all(db).await?
            });
            for row in rows {
                found.push(row.outcome()?);
            }
        }
        Ok(found)
    }

    /// What a partner handed in last, and what became of it.
    pub async fn handed_in_last(
        &self,
        partner: &PartnerSlug,
        limit: u32,
    ) -> Result<Vec<InboxOutcome>> {
        let rows: Vec<OutcomeRow> = reading!(self, db => {
            let mut query = QueryBuilder::new(OUTCOMES);
            query.push(" WHERE c.purpose = 'inbox' AND o.by_partner = ");
            query.push_bind(partner.as_str());
            query.push(" ORDER BY o.date_added DESC LIMIT ").push_bind(i64::from(limit));
            query.build_query_as().fetch_all(db).await?
        });
        rows.into_iter().map(OutcomeRow::outcome).collect()
    }
}

const OUTCOMES: &str =
    "SELECT o.date_added, o.id, o.version, o.type AS object_type, i.outcome, i.why
     FROM taxii_objects o
     JOIN taxii_collections c ON c.number = o.collection
     LEFT JOIN taxii_inbox i ON i.collection = o.collection AND i.date_added = o.date_added";

#[derive(sqlx::FromRow)]
struct Row {
    date_added: i64,
    id: String,
    object_type: String,
    by_partner: Option<String>,
    object: String,
    is_latest: bool,
}

impl Row {
    fn handed_in(self) -> Result<HandedIn> {
        Ok(HandedIn {
            date_added: self.date_added,
            id: self.id,
            object_type: self.object_type,
            by: self.by_partner.as_deref().map(read).transpose()?,
            is_latest: self.is_latest,
            json: self.object,
        })
    }
}

#[derive(sqlx::FromRow)]
struct OutcomeRow {
    date_added: i64,
    id: String,
    version: String,
    object_type: String,
    outcome: Option<String>,
    why: Option<String>,
}

impl OutcomeRow {
    fn outcome(self) -> Result<InboxOutcome> {
        Ok(InboxOutcome {
            at: time(self.date_added)?,
            id: self.id,
            version: self.version,
            object_type: self.object_type,
            outcome: self.outcome,
            why: self.why,
        })
    }
}
