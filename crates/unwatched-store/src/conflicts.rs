//! Families about which a partner has a conflict of interest. What follows from one is the rule's
//! to say; conflicts in general stand with the partner.

use jiff::Timestamp;
use serde_json::json;
use unwatched_model::family::FamilyId;
use unwatched_model::partner::PartnerSlug;

use crate::columns::{LONG_BYTES, explained, micros, read, text, time};
use crate::engine::{reading, within};
use crate::{Actor, Result, Store, StoreError, audit};

/// A partner's conflict of interest with a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Whose.
    pub partner: PartnerSlug,
    /// With which family.
    pub family: FamilyId,
    /// What it is.
    pub why: String,
    /// Since when it is known.
    pub added_at: Timestamp,
}

impl Store {
    /// Records a conflict of interest; one that is known gets the new reason.
    pub async fn add_conflict(
        &self,
        partner: &PartnerSlug,
        family: &FamilyId,
        why: &str,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let why = text(why, "the reason", LONG_BYTES)?;
        if why.trim().is_empty() {
            return Err(StoreError::Invalid("a conflict of interest needs its reason".to_owned()));
        }
        let points_at = || format!("partner or family: {partner} or {family}");
        let mut tx = self.begin().await?;
        within!(&mut tx, db => sqlx::query(
            "INSERT INTO partner_conflicts (partner, family, why, added_at)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (partner, family) DO UPDATE SET why = excluded.why")
            .bind(partner.as_str())
            .bind(family.as_str())
            .bind(why)
            .bind(micros(now))
            .execute(db).await
            .map_err(|error| explained(error, points_at))?
            .rows_affected());
        let line = by.did("partner.conflict", "partner", partner, json!({ "family": family }));
        audit::append(&mut tx, &line, now).await?;
        tx.commit().await
    }

    /// Takes a conflict back; says whether there was one.
    pub async fn remove_conflict(
        &self,
        partner: &PartnerSlug,
        family: &FamilyId,
        by: &Actor,
        now: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let gone = within!(&mut tx, db => sqlx::query(
            "DELETE FROM partner_conflicts WHERE partner = $1 AND family = $2")
            .bind(partner.as_str())
            .bind(family.as_str())
            .execute(db).await?.rows_affected());
        if gone > 0 {
            let detail = json!({ "family": family });
            let line = by.did("partner.conflict_over", "partner", partner, detail);
            audit::append(&mut tx, &line, now).await?;
        }
        tx.commit().await?;
        Ok(gone > 0)
    }

    /// A family's conflicts, by partner.
    pub async fn conflicts_with(&self, family: &FamilyId) -> Result<Vec<Conflict>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            "SELECT partner, family, why, added_at FROM partner_conflicts
             WHERE family = $1 ORDER BY partner")
            .bind(family.as_str())
            .fetch_all(db).await?);
        rows.into_iter().map(conflict).collect()
    }
}

type Row = (String, String, String, i64);

fn conflict((partner, family, why, added_at): Row) -> Result<Conflict> {
    let added_at = time(added_at)?;
    Ok(Conflict { partner: read(&partner)?, family: read(&family)?, why, added_at })
}
