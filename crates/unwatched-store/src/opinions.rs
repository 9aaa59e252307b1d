//! Opinions and verdicts, both append-only. Nothing here judges: the rule is in the model, and
//! comes here as an argument where an opinion and its verdict must be one step.

use jiff::Timestamp;
use unwatched_model::consensus::Judging;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::{Opinion, OpinionId};
use unwatched_model::verdict::Verdict;

use crate::columns::{LONG_BYTES, explained, from_json, micros, optional, read, time, to_json};
use crate::engine::{Tx, reading, within};
use crate::{Actor, Result, Store, StoreError, audit, judging, questions};

/// What giving an opinion did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The opinion as kept.
    pub opinion: Opinion,
    /// The family's verdict now.
    pub verdict: Verdict,
    /// Whether the opinion changed it.
    pub changed: bool,
}

impl Store {
    /// Appends an opinion and returns it as kept: its time is cut to microseconds and comes after
    /// the partner's earlier opinion on the same, whatever the clock says, and a verdict hashes
    /// the opinions as kept. `Conflict` when its id is taken, `NotFound` when the family
    /// or partner is unknown.
    pub async fn add_opinion(&self, opinion: &Opinion, by: &Actor) -> Result<Opinion> {
        let mut tx = self.begin().await?;
        lock_family(&mut tx, &opinion.family).await?;
        let kept = append_opinion(&mut tx, opinion).await?;
        audit::append(&mut tx, &by.gave(&kept), kept.given_at).await?;
        tx.commit().await?;
        Ok(kept)
    }

    /// Appends an opinion and what `rule` makes of it, all or nothing: no other opinion on the
    /// family comes between, and no crash leaves the opinion without its verdict. A question that
    /// waited for it is answered. `Invalid` with the words of `admit` when that refuses it.
    pub async fn give_opinion(
        &self,
        opinion: &Opinion,
        admit: impl Fn(&Judging, &Opinion) -> Result<(), String>,
        rule: impl Fn(&Judging) -> Verdict,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Given> {
        let mut tx = self.begin().await?;
        lock_family(&mut tx, &opinion.family).await?;
        let kept = append_opinion(&mut tx, opinion).await?;
        questions::answered(&mut tx, &kept, now).await?;
        let judging = judging::of_family(&mut tx, &opinion.family, now).await?;
        admit(&judging, &kept).map_err(StoreError::Invalid)?;
        let (verdict, changed) = apply(&mut tx, &judging, rule, now).await?;
        audit::append(&mut tx, &by.gave(&kept), now).await?;
        if changed {
            audit::append(&mut tx, &Actor::system().changed(&verdict), now).await?;
        }
        tx.commit().await?;
        Ok(Given { opinion: kept, verdict, changed })
    }

    /// Applies `rule` to what is known of a family and appends the verdict unless the latest says
    /// the same; returns it and whether it changed. For when a source attributes another class,
    /// an opinion expired, something became known of a voter, or the rule has a new version.
    pub async fn judge(
        &self,
        family: &FamilyId,
        rule: impl Fn(&Judging) -> Verdict,
        by: &Actor,
        now: Timestamp,
    ) -> Result<(Verdict, bool)> {
        let mut tx = self.begin().await?;
        lock_family(&mut tx, family).await?;
        let judging = judging::of_family(&mut tx, family, now).await?;
        let (verdict, changed) = apply(&mut tx, &judging, rule, now).await?;
        if changed {
            audit::append(&mut tx, &by.changed(&verdict), now).await?;
        }
        tx.commit().await?;
        Ok((verdict, changed))
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

type Row =
    (String, String, String, String, String, String, String, Option<String>, i64, Option<String>);

fn opinion(row: Row) -> Result<Opinion> {
    let (id, family, partner, criterion, stance, evidence, scope, note, given_at, expires) = row;
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
        expires: expires.as_deref().map(read).transpose()?,
    })
}

/// Makes verdicts on one family wait for each other, without changing anything.
pub(crate) async fn lock_family(tx: &mut Tx, family: &FamilyId) -> Result<()> {
    let rows = within!(tx, db => sqlx::query("UPDATE families SET id = id WHERE id = $1")
        .bind(family.as_str())
        .execute(db).await?.rows_affected());
    if rows == 0 {
        return Err(StoreError::NotFound(format!("family: {family}")));
    }
    Ok(())
}

/// The caller holds the family.
async fn append_opinion(tx: &mut Tx, opinion: &Opinion) -> Result<Opinion> {
    let kept = Opinion { given_at: given_at(tx, opinion).await?, ..opinion.clone() };
    let note = optional(kept.note.as_deref(), "the note", LONG_BYTES)?;
    let evidence = to_json(&kept.evidence)?;
    let scope = to_json(&kept.scope)?;
    let points_at = || format!("family or partner: {} or {}", kept.family, kept.partner);
    let done = within!(tx, db => sqlx::query(
        "INSERT INTO opinions
            (id, family, partner, criterion, stance, evidence, scope, note, given_at,
             expires)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING")
        .bind(kept.id.to_string())
        .bind(kept.family.as_str())
        .bind(kept.partner.as_str())
        .bind(kept.criterion.as_str())
        .bind(kept.stance.as_str())
        .bind(evidence)
        .bind(scope)
        .bind(note)
        .bind(micros(kept.given_at))
        .bind(kept.expires.map(|day| day.to_string()))
        .execute(db).await
        .map_err(|error| explained(error, points_at))?
        .rows_affected());
    if done == 0 {
        return Err(StoreError::Conflict(format!("there is already an opinion {}", kept.id)));
    }
    Ok(kept)
}

/// Every opinion on the families from one to another, by family, time and id.
pub(crate) async fn opinions_between(tx: &mut Tx, first: &str, last: &str) -> Result<Vec<Opinion>> {
    let rows: Vec<Row> = within!(tx, db => sqlx::query_as(
        "SELECT id, family, partner, criterion, stance, evidence, scope, note, given_at, expires
         FROM opinions WHERE family >= $1 AND family <= $2 ORDER BY family, given_at, id")
        .bind(first)
        .bind(last)
        .fetch_all(db).await?);
    rows.into_iter().map(opinion).collect()
}

/// When an opinion counts as given: later than what the partner said of the same before. A clock
/// that was set back must not make the older opinion the one that counts.
async fn given_at(tx: &mut Tx, opinion: &Opinion) -> Result<Timestamp> {
    let latest: Option<i64> = within!(tx, db => sqlx::query_scalar(
        "SELECT MAX(given_at) FROM opinions
         WHERE family = $1 AND partner = $2 AND criterion = $3")
        .bind(opinion.family.as_str())
        .bind(opinion.partner.as_str())
        .bind(opinion.criterion.as_str())
        .fetch_one(db).await?);
    let given = micros(opinion.given_at);
    time(latest.map_or(given, |latest| given.max(latest + 1)))
}

pub(crate) async fn opinions(tx: &mut Tx, family: &FamilyId) -> Result<Vec<Opinion>> {
    let rows: Vec<Row> = within!(tx, db => sqlx::query_as(
        "SELECT id, family, partner, criterion, stance, evidence, scope, note, given_at, expires
         FROM opinions WHERE family = $1 ORDER BY given_at, id")
        .bind(family.as_str())
        .fetch_all(db).await?);
    rows.into_iter().map(opinion).collect()
}

async fn apply(
    tx: &mut Tx,
    judging: &Judging,
    rule: impl Fn(&Judging) -> Verdict,
    now: Timestamp,
) -> Result<(Verdict, bool)> {
    let (verdict, family) = (rule(judging), &judging.family);
    if verdict.family != *family {
        return Err(StoreError::Invalid(format!("the rule judged another family than {family}")));
    }
    let changed = append_verdict(tx, &verdict, now).await?;
    Ok((verdict, changed))
}

/// Appends a verdict unless the latest says the same. The caller holds the family.
async fn append_verdict(tx: &mut Tx, verdict: &Verdict, now: Timestamp) -> Result<bool> {
    let latest = latest_verdict(tx, &verdict.family).await?;
    if latest.is_some_and(|latest| latest.says_the_same(verdict)) {
        return Ok(false);
    }
    let json = to_json(verdict)?;
    within!(tx, db => sqlx::query(
        "INSERT INTO verdicts (family, verdict, saved_at) VALUES ($1, $2, $3)")
        .bind(verdict.family.as_str())
        .bind(json)
        .bind(micros(now))
        .execute(db).await?.rows_affected());
    Ok(true)
}

async fn latest_verdict(tx: &mut Tx, family: &FamilyId) -> Result<Option<Verdict>> {
    let json: Option<String> = within!(tx, db => sqlx::query_scalar(
        "SELECT verdict FROM verdicts WHERE family = $1 ORDER BY id DESC LIMIT 1")
        .bind(family.as_str())
        .fetch_optional(db).await?);
    json.as_deref().map(from_json).transpose()
}
