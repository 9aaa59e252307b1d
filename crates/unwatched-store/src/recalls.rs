//! Recalls: what was released and should not have been.

use jiff::Timestamp;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::partner::PartnerSlug;

use crate::columns::{LONG_BYTES, explained, micros, read, text, time};
use crate::engine::{reading, within};
use crate::values::{Value, value_id};
use crate::{Actor, Result, Store, StoreError, audit};

/// A recall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recall {
    /// Its id.
    pub id: i64,
    /// Of which family the value was released.
    pub family: FamilyId,
    /// The value's kind.
    pub kind: IndicatorKind,
    /// The value in the form compared.
    pub normalised: String,
    /// Why, in words that are published.
    pub why: String,
    /// Who recalled it; `None` for the operator.
    pub by: Option<PartnerSlug>,
    /// When.
    pub at: Timestamp,
    /// When it was taken back, if it was.
    pub lifted_at: Option<Timestamp>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, family, kind, normalised, why, partner, at, lifted_at FROM recalls ",
            $rest
        )
    };
}

impl Store {
    /// Recalls a value of a family. `Conflict` when it is recalled already, `NotFound` when the
    /// family is unknown.
    pub async fn add_recall(
        &self,
        family: &FamilyId,
        value: &Value,
        why: &str,
        by: &Actor,
        now: Timestamp,
    ) -> Result<i64> {
        let (kind, normalised) = value;
        let why = text(why, "the reason", LONG_BYTES)?;
        let mut tx = self.begin().await?;
        let id: Option<i64> = within!(&mut tx, db => sqlx::query_scalar(
            "INSERT INTO recalls (family, kind, normalised, why, partner, user_id, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (family, kind, normalised) WHERE lifted_at IS NULL DO NOTHING
             RETURNING id")
            .bind(family.as_str())
            .bind(kind.as_str())
            .bind(normalised)
            .bind(why)
            .bind(by.partner.as_ref().map(PartnerSlug::as_str))
            .bind(by.user.map(|user| user.0))
            .bind(micros(now))
            .fetch_optional(db).await
            .map_err(|error| explained(error, || format!("family: {family}")))?);
        let Some(id) = id else {
            let what = format!("this {kind} of {family} is recalled already");
            return Err(StoreError::Conflict(what));
        };
        let detail = serde_json::json!({
            "family": family.as_str(), "kind": kind.as_str(), "value": value_id(*kind, normalised),
        });
        audit::append(&mut tx, &by.did("value.recall", "recall", id, detail), now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Takes a recall back: the value may be released again. `NotFound` when there is none that
    /// stands.
    pub async fn lift_recall(&self, id: i64, by: &Actor, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "UPDATE recalls SET lifted_at = $2 WHERE id = $1 AND lifted_at IS NULL")
            .bind(id)
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        if done == 0 {
            return Err(StoreError::NotFound(format!("recall that stands: {id}")));
        }
        let line = by.did("recall.lift", "recall", id, serde_json::json!({}));
        audit::append(&mut tx, &line, now).await?;
        tx.commit().await
    }

    /// Every recall, those that were lifted too, newest first.
    pub async fn recalls(&self) -> Result<Vec<Recall>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(select!("ORDER BY id DESC"))
            .fetch_all(db).await?);
        rows.into_iter().map(Row::into_recall).collect()
    }

    /// One recall.
    pub async fn recall(&self, id: i64) -> Result<Option<Recall>> {
        let row: Option<Row> = reading!(self, db => sqlx::query_as(select!("WHERE id = $1"))
            .bind(id)
            .fetch_optional(db).await?);
        row.map(Row::into_recall).transpose()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    family: String,
    kind: String,
    normalised: String,
    why: String,
    partner: Option<String>,
    at: i64,
    lifted_at: Option<i64>,
}

impl Row {
    fn into_recall(self) -> Result<Recall> {
        Ok(Recall {
            id: self.id,
            family: read(&self.family)?,
            kind: read(&self.kind)?,
            normalised: self.normalised,
            why: self.why,
            by: self.partner.as_deref().map(read).transpose()?,
            at: time(self.at)?,
            lifted_at: self.lifted_at.map(time).transpose()?,
        })
    }
}
