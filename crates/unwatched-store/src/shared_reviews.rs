//! What somebody decided of values on shared infrastructure, and what may be told of released
//! files beside their SHA-256.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::QueryBuilder;
use unwatched_model::digest::{Md5, Sha256};
use unwatched_model::partner::PartnerSlug;

use crate::columns::{LONG_BYTES, micros, read, text, time};
use crate::engine::{reading, within};
use crate::values::{Value, value_id};
use crate::{Actor, Result, Store, audit};

/// How many values one statement asks about.
const CHUNK: usize = 200;

/// The decision that counts for a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedReview {
    /// Whether the value may stand in a file that blocks.
    pub may_block: bool,
    /// Why.
    pub why: String,
    /// Who decided; `None` for the operator.
    pub by: Option<PartnerSlug>,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Records a decision about a value on shared infrastructure; the one before it no longer
    /// counts, and stays. Answers its number.
    pub async fn review_shared(
        &self,
        value: &Value,
        may_block: bool,
        why: &str,
        by: &Actor,
        now: Timestamp,
    ) -> Result<i64> {
        let (kind, normalised) = value;
        let why = text(why, "the reason", LONG_BYTES)?;
        let mut tx = self.begin().await?;
        let id: i64 = within!(&mut tx, db => sqlx::query_scalar(
            "INSERT INTO shared_reviews (kind, normalised, may_block, why, partner, user_id, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id")
            .bind(kind.as_str())
            .bind(normalised)
            .bind(may_block)
            .bind(why)
            .bind(by.partner.as_ref().map(PartnerSlug::as_str))
            .bind(by.user.map(|user| user.0))
            .bind(micros(now))
            .fetch_one(db).await?);
        let detail = serde_json::json!({"kind": kind.as_str(), "may_block": may_block});
        let line = by.did("value.review_shared", "value", value_id(*kind, normalised), detail);
        audit::append(&mut tx, &line, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The decision that counts for each value that somebody decided about.
    pub async fn shared_reviews(&self) -> Result<HashMap<Value, SharedReview>> {
        let rows: Vec<(String, String, bool, String, Option<String>, i64)> = reading!(self, db =>
            sqlx::query_as(
                "SELECT kind, normalised, may_block, why, partner, at
                 FROM shared_reviews ORDER BY id")
                .fetch_all(db).await?);
        let mut reviews = HashMap::with_capacity(rows.len());
        for (kind, normalised, may_block, why, partner, at) in rows {
            let by = partner.as_deref().map(read).transpose()?;
            let review = SharedReview { may_block, why, by, at: time(at)? };
            reviews.insert((read(&kind)?, normalised), review);
        }
        Ok(reviews)
    }

    /// The MD5 of those of these files that some partner shares with everybody: of the others not
    /// even that they are here is told.
    pub async fn public_md5(&self, files: &[Sha256]) -> Result<HashMap<Sha256, Md5>> {
        let mut found = HashMap::new();
        let mut tx = self.snapshot().await?;
        for chunk in files.chunks(CHUNK) {
            let rows: Vec<(String, String)> = within!(&mut tx, db => {
                let mut query = QueryBuilder::new(
                    "SELECT s.sha256, s.md5 FROM samples s WHERE EXISTS (
                        SELECT 1 FROM submissions u WHERE u.sample = s.sha256 AND u.tlp = 'CLEAR'
                        AND u.pap IN ('CLEAR', 'GREEN') AND u.group_slug IS NULL)
                     AND s.sha256 IN (");
                let mut list = query.separated(", ");
                for file in chunk {
                    list.push_bind(file.to_string());
                }
                query.push(")");
                query.build_query_as().fetch_all(db).await?
            });
            for (sha256, md5) in rows {
                found.insert(read(&sha256)?, read(&md5)?);
            }
        }
        Ok(found)
    }
}
