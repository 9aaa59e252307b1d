//! What keeps a value that many people have from a release, and what lets it out: partners' lists
//! of what they know to be ordinary, and their confirmations. The rule is the model's.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use sqlx::QueryBuilder;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::partner::PartnerSlug;
use unwatched_model::popular::Confirmation;

use crate::columns::{LONG_BYTES, SHORT_BYTES, explained, micros, optional, read, text, time};
use crate::engine::{reading, within};
use crate::values::{Value, asked, nobodys, owner, value_id};
use crate::{Actor, Result, Store, audit};

/// How many values one statement asks about or writes.
const CHUNK: usize = 200;

/// Confirmations by family and value.
pub type Confirmations = HashMap<(FamilyId, Value), Vec<Confirmation>>;

/// A value that a partner knows to be ordinary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownGood {
    /// The value.
    pub value: Value,
    /// What it is, in the partner's words.
    pub note: Option<String>,
}

impl Store {
    /// Records that a partner says a popular value belongs to a family; once per person or key.
    /// `NotFound` when the family is unknown, `Invalid` without a partner to speak for.
    pub async fn confirm_value(
        &self,
        family: &FamilyId,
        value: &Value,
        why: &str,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let (kind, normalised) = value;
        let why = text(why, "the reason", LONG_BYTES)?;
        let partner = by.partner.as_ref().ok_or_else(nobodys)?;
        let mut tx = self.begin().await?;
        within!(&mut tx, db => sqlx::query(
            "INSERT INTO value_confirmations (family, kind, normalised, partner, user_id, why, at)
             SELECT $1, $2, $3, $4, $5, $6, $7
             WHERE NOT EXISTS (
                SELECT 1 FROM value_confirmations
                WHERE family = $1 AND kind = $2 AND normalised = $3 AND partner = $4
                  AND COALESCE(user_id, 0) = COALESCE($5, 0))")
            .bind(family.as_str())
            .bind(kind.as_str())
            .bind(normalised)
            .bind(partner.as_str())
            .bind(by.user.map(|user| user.0))
            .bind(why)
            .bind(micros(now))
            .execute(db).await
            .map_err(|error| explained(error, || format!("family: {family}")))?
            .rows_affected());
        let detail = serde_json::json!({"family": family.as_str(), "kind": kind.as_str()});
        let line = by.did("value.confirm", "value", value_id(*kind, normalised), detail);
        audit::append(&mut tx, &line, now).await?;
        tx.commit().await
    }

    /// Every confirmation but those by partners on probation.
    pub async fn confirmations(&self) -> Result<Confirmations> {
        let rows: Vec<(String, String, String, String, String, i64)> = reading!(self, db => sqlx::query_as(concat!(
                "SELECT c.family, c.kind, c.normalised, ", owner!(), ", p.category, c.at
                 FROM value_confirmations c JOIN partners p ON p.slug = c.partner
                 WHERE p.standing <> 'probation' ORDER BY c.id"))
                .fetch_all(db).await?);
        let mut all = Confirmations::new();
        for (family, kind, normalised, owner, category, at) in rows {
            let of = all.entry((read(&family)?, (read(&kind)?, normalised))).or_default();
            of.push(Confirmation { owner, category: read(&category)?, at: time(at)? });
        }
        Ok(all)
    }

    /// Adds to a partner's list of what it knows to be ordinary, all or nothing; a value said
    /// again takes over the new note. Says how many values the list has now.
    pub async fn add_known_good(
        &self,
        values: &[KnownGood],
        by: &Actor,
        now: Timestamp,
    ) -> Result<u64> {
        let partner = by.partner.as_ref().ok_or_else(nobodys)?;
        for value in values {
            optional(value.note.as_deref(), "a note", SHORT_BYTES)?;
        }
        // One statement cannot change one row twice.
        let mut seen = HashSet::new();
        let values: Vec<_> = values.iter().rev().filter(|one| seen.insert(&one.value)).collect();
        let mut tx = self.begin().await?;
        for chunk in values.chunks(CHUNK) {
            within!(&mut tx, db => {
                let mut query = QueryBuilder::new(
                    "INSERT INTO known_good (partner, kind, normalised, note, added_at) ");
                query.push_values(chunk, |mut row, known| {
                    row.push_bind(partner.as_str())
                        .push_bind(known.value.0.as_str())
                        .push_bind(&known.value.1)
                        .push_bind(&known.note)
                        .push_bind(micros(now));
                });
                query.push(" ON CONFLICT (kind, normalised, partner)
                             DO UPDATE SET note = excluded.note");
                query.build().execute(db).await?;
            });
        }
        let count: i64 = within!(&mut tx, db => sqlx::query_scalar(
            "SELECT COUNT(*) FROM known_good WHERE partner = $1")
            .bind(partner.as_str())
            .fetch_one(db).await?);
        let detail = serde_json::json!({"values": values.len(), "now": count});
        audit::append(&mut tx, &by.did("known_good.add", "partner", partner, detail), now).await?;
        tx.commit().await?;
        crate::columns::number(count)
    }

    /// A partner's list, by kind and value, after the value given.
    pub async fn known_good(
        &self,
        partner: &PartnerSlug,
        after: Option<&Value>,
        limit: u32,
    ) -> Result<Vec<KnownGood>> {
        let (kind, normalised) =
            after.map_or(("", ""), |(kind, normalised)| (kind.as_str(), normalised.as_str()));
        let rows: Vec<(String, String, Option<String>)> = reading!(self, db => sqlx::query_as(
            "SELECT kind, normalised, note FROM known_good
             WHERE partner = $1 AND (kind, normalised) > ($2, $3)
             ORDER BY kind, normalised LIMIT $4")
            .bind(partner.as_str())
            .bind(kind)
            .bind(normalised)
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.into_iter()
            .map(|(kind, normalised, note)| {
                Ok(KnownGood { value: (read(&kind)?, normalised), note })
            })
            .collect()
    }

    /// Takes one value, or the whole list, away; says how many went.
    pub async fn remove_known_good(
        &self,
        value: Option<&Value>,
        by: &Actor,
        now: Timestamp,
    ) -> Result<u64> {
        let partner = by.partner.as_ref().ok_or_else(nobodys)?;
        let mut tx = self.begin().await?;
        let gone = within!(&mut tx, db => sqlx::query(
            "DELETE FROM known_good
             WHERE partner = $1 AND ($2 IS NULL OR (kind = $2 AND normalised = $3))")
            .bind(partner.as_str())
            .bind(value.map(|(kind, _)| kind.as_str()))
            .bind(value.map(|(_, normalised)| normalised.as_str()))
            .execute(db).await?.rows_affected());
        let detail = serde_json::json!({"values": gone});
        audit::append(&mut tx, &by.did("known_good.remove", "partner", partner, detail), now)
            .await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// For each of these values that partners know to be ordinary: how many unrelated ones do.
    pub async fn known_good_among(&self, values: &[Value]) -> Result<HashMap<Value, usize>> {
        let mut counts = HashMap::new();
        let mut tx = self.snapshot().await?;
        for chunk in values.chunks(CHUNK) {
            let rows: Vec<(String, String, i64)> = within!(&mut tx, db => asked!(chunk, concat!(
                "SELECT a.kind, a.normalised, COUNT(DISTINCT ", owner!(), ")
                 FROM asked a CROSS JOIN known_good k JOIN partners p ON p.slug = k.partner
                 WHERE k.kind = a.kind AND k.normalised = a.normalised AND p.standing <> 'probation'
                 GROUP BY a.kind, a.normalised"))
                .build_query_as().fetch_all(db).await?);
            for (kind, normalised, count) in rows {
                counts.insert((read(&kind)?, normalised), crate::columns::number(count)?);
            }
        }
        Ok(counts)
    }

    /// Every host that partners know to be ordinary, each once.
    pub async fn known_good_hosts(&self) -> Result<Vec<String>> {
        Ok(reading!(self, db => sqlx::query_scalar(
            "SELECT DISTINCT k.normalised FROM known_good k JOIN partners p ON p.slug = k.partner
             WHERE k.kind = $1 AND p.standing <> 'probation'")
            .bind(IndicatorKind::Domain.as_str())
            .fetch_all(db).await?))
    }
}
