//! Opinions and verdicts, both append-only. Nothing here judges: the rule is in the model.

use jiff::Timestamp;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::{Opinion, OpinionId};
use unwatched_model::verdict::Verdict;

use crate::columns::{LONG_BYTES, explained, from_json, micros, optional, read, time, to_json};
use crate::engine::{Tx, reading, within, writing};
use crate::{Result, Store, StoreError};

impl Store {
    /// Appends an opinion and returns it as kept: its time is cut to microseconds, and a verdict
    /// hashes the opinions as kept. `Conflict` when its id is taken, `NotFound` when the family
    /// or partner is unknown.
    pub async fn add_opinion(&self, opinion: &Opinion) -> Result<Opinion> {
        let kept = Opinion { given_at: time(micros(opinion.given_at))?, ..opinion.clone() };
        let note = optional(kept.note.as_deref(), "the note", LONG_BYTES)?;
        let evidence = to_json(&kept.evidence)?;
        let scope = to_json(&kept.scope)?;
        let points_at = || format!("family or partner: {} or {}", kept.family, kept.partner);
        let done = writing!(self, db => sqlx::query(
            "INSERT INTO opinions
                (id, family, partner, criterion, stance, evidence, scope, note, given_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING")
            .bind(kept.id.to_string())
            .bind(kept.family.as_str())
            .bind(kept.partner.as_str())
            .bind(kept.criterion.as_str())
            .bind(kept.stance.as_str())
            .bind(evidence)
            .bind(scope)
            .bind(note)
            .bind(micros(kept.given_at))
            .execute(db).await
            .map_err(|error| explained(error, points_at))?
            .rows_affected());
        if done == 0 {
            return Err(StoreError::Conflict(format!("there is already an opinion {}", kept.id)));
        }
        Ok(kept)
    }

    /// Every opinion on a family, by time and id.
    pub async fn opinions_of(&self, family: &FamilyId) -> Result<Vec<Opinion>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            "SELECT id, family, partner, criterion, stance, evidence, scope, note, given_at
             FROM opinions WHERE family = $1 ORDER BY given_at, id")
            .bind(family.as_str())
            .fetch_all(db).await?);
        rows.into_iter().map(opinion).collect()
    }

    /// Appends a verdict unless it equals the family's latest; says whether it did.
    pub async fn save_verdict(&self, verdict: &Verdict, now: Timestamp) -> Result<bool> {
        let json = to_json(verdict)?;
        let mut tx = self.begin().await?;
        lock_family(&mut tx, &verdict.family).await?;
        if latest_verdict(&mut tx, &verdict.family).await?.as_ref() == Some(verdict) {
            return Ok(false);
        }
        within!(&mut tx, db => sqlx::query(
            "INSERT INTO verdicts (family, verdict, saved_at) VALUES ($1, $2, $3)")
            .bind(verdict.family.as_str())
            .bind(json)
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        tx.commit().await?;
        Ok(true)
    }

    /// A family's latest verdict.
    pub async fn verdict(&self, family: &FamilyId) -> Result<Option<Verdict>> {
        let mut tx = self.snapshot().await?;
        latest_verdict(&mut tx, family).await
    }

    /// Every verdict a family ever had, oldest first, with the time it was saved.
    pub async fn verdict_history(&self, family: &FamilyId) -> Result<Vec<(Timestamp, Verdict)>> {
        let rows: Vec<(i64, String)> = reading!(self, db => sqlx::query_as(
            "SELECT saved_at, verdict FROM verdicts WHERE family = $1 ORDER BY id")
            .bind(family.as_str())
            .fetch_all(db).await?);
        rows.into_iter().map(|(at, json)| Ok((time(at)?, from_json(&json)?))).collect()
    }

    /// The latest verdict of every family that has one, by family.
    pub async fn verdicts(&self) -> Result<Vec<Verdict>> {
        let rows: Vec<String> = reading!(self, db => sqlx::query_scalar(
            "SELECT verdict FROM verdicts
             WHERE id IN (SELECT MAX(id) FROM verdicts GROUP BY family) ORDER BY family")
            .fetch_all(db).await?);
        rows.iter().map(|json| from_json(json)).collect()
    }
}

type Row = (String, String, String, String, String, String, String, Option<String>, i64);

fn opinion(row: Row) -> Result<Opinion> {
    let (id, family, partner, criterion, stance, evidence, scope, note, given_at) = row;
    Ok(Opinion {
        id: OpinionId(read(&id)?),
        partner: read(&partner)?,
        family: read(&family)?,
        criterion: read(&criterion)?,
        stance: read(&stance)?,
        evidence: from_json(&evidence)?,
        scope: from_json(&scope)?,
        note,
        given_at: time(given_at)?,
    })
}

/// Makes verdicts on one family wait for each other, without changing anything.
async fn lock_family(tx: &mut Tx, family: &FamilyId) -> Result<()> {
    let rows = within!(tx, db => sqlx::query("UPDATE families SET id = id WHERE id = $1")
        .bind(family.as_str())
        .execute(db).await?.rows_affected());
    if rows == 0 {
        return Err(StoreError::NotFound(format!("family: {family}")));
    }
    Ok(())
}

async fn latest_verdict(tx: &mut Tx, family: &FamilyId) -> Result<Option<Verdict>> {
    let json: Option<String> = within!(tx, db => sqlx::query_scalar(
        "SELECT verdict FROM verdicts WHERE family = $1 ORDER BY id DESC LIMIT 1")
        .bind(family.as_str())
        .fetch_optional(db).await?);
    json.as_deref().map(from_json).transpose()
}
