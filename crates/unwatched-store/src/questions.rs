//! Questions without quorum, put to partners. Whom to ask is the model's to say and comes here as
//! an argument.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;
use unwatched_model::consensus::Judging;
use unwatched_model::consensus::asking::{Candidate, Plan, Put};
use unwatched_model::criterion::Criterion;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::Opinion;
use unwatched_model::partner::PartnerSlug;

use crate::columns::{micros, number, read, time};
use crate::engine::{Tx, reading, within};
use crate::opinions::lock_family;
use crate::{Actor, Result, Store, audit, judging};

/// A question that was put to a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its number.
    pub id: i64,
    /// About whom.
    pub family: FamilyId,
    /// Which criterion.
    pub criterion: Criterion,
    /// Whose answer is asked for.
    pub partner: PartnerSlug,
    /// The partner that would not wait; `None` when the exchange asks.
    pub asked_by: Option<PartnerSlug>,
    /// When.
    pub asked_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// When it was settled without this answer.
    pub closed_at: Option<Timestamp>,
}

impl Question {
    /// Whether it waits for an answer.
    pub fn is_open(&self) -> bool {
        self.answered_at.is_none() && self.closed_at.is_none()
    }
}

const COLUMNS: &str =
    "SELECT id, family, criterion, partner, asked_by, asked_at, answered_at, closed_at
     FROM questions";

impl Store {
    /// The questions that wait for a partner, the longest waiting first.
    pub async fn questions_for(&self, partner: &PartnerSlug) -> Result<Vec<Question>> {
        let sql = format!(
            "{COLUMNS} WHERE partner = $1 AND answered_at IS NULL AND closed_at IS NULL
             ORDER BY asked_at, id"
        );
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
            .bind(partner.as_str())
            .fetch_all(db).await?);
        rows.into_iter().map(question).collect()
    }

    /// Every question that was put about a family, the latest last.
    pub async fn questions_on(&self, family: &FamilyId) -> Result<Vec<Question>> {
        let mut tx = self.snapshot().await?;
        on_family(&mut tx, family).await
    }

    /// The families about which a question is open, or somebody gave an opinion.
    pub async fn discussed_families(&self) -> Result<Vec<FamilyId>> {
        let rows: Vec<String> = reading!(self, db => sqlx::query_scalar(
            "SELECT family FROM opinions UNION SELECT family FROM questions ORDER BY family")
            .fetch_all(db).await?);
        rows.iter().map(|family| read(family)).collect()
    }

    /// Puts and closes questions on a family as `plan` says, from what is known in the same
    /// transaction; returns what was done. A partner is asked about a criterion once.
    pub async fn ask(
        &self,
        family: &FamilyId,
        plan: impl Fn(&Judging, &[Put], &[Candidate]) -> Plan,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Plan> {
        let mut tx = self.begin().await?;
        lock_family(&mut tx, family).await?;
        let judging = judging::of_family(&mut tx, family, now).await?;
        let put = on_family(&mut tx, family).await?;
        let put: Vec<_> = put.into_iter().map(as_put).collect();
        let candidates = candidates(&mut tx, &judging).await?;
        let plan = plan(&judging, &put, &candidates);
        for (criterion, partner) in &plan.ask {
            insert(&mut tx, family, *criterion, partner, by, now).await?;
        }
        for criterion in &plan.close {
            close(&mut tx, family, *criterion, now).await?;
        }
        for criterion in Criterion::ALL {
            let asked = plan.ask.iter().filter(|(of, _)| *of == criterion);
            let asked: Vec<_> = asked.map(|(_, partner)| partner).collect();
            if !asked.is_empty() {
                let detail = json!({ "criterion": criterion, "asked": asked });
                let line = by.did("question.ask", "family", family, detail);
                audit::append(&mut tx, &line, now).await?;
            }
        }
        tx.commit().await?;
        Ok(plan)
    }
}

type Row = (i64, String, String, String, Option<String>, i64, Option<i64>, Option<i64>);

fn question(row: Row) -> Result<Question> {
    let (id, family, criterion, partner, asked_by, asked_at, answered_at, closed_at) = row;
    Ok(Question {
        id,
        family: read(&family)?,
        criterion: read(&criterion)?,
        partner: read(&partner)?,
        asked_by: asked_by.as_deref().map(read).transpose()?,
        asked_at: time(asked_at)?,
        answered_at: answered_at.map(time).transpose()?,
        closed_at: closed_at.map(time).transpose()?,
    })
}

fn as_put(question: Question) -> Put {
    let is_open = question.is_open();
    let Question { criterion, partner, asked_at, .. } = question;
    Put { criterion, partner, asked_at, is_open }
}

async fn on_family(tx: &mut Tx, family: &FamilyId) -> Result<Vec<Question>> {
    let sql = format!("{COLUMNS} WHERE family = $1 ORDER BY asked_at, id");
    let rows: Vec<Row> = within!(tx, db => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(family.as_str())
        .fetch_all(db).await?);
    rows.into_iter().map(question).collect()
}

async fn candidates(tx: &mut Tx, judging: &Judging) -> Result<Vec<Candidate>> {
    let rows: Vec<(String, i64)> = within!(tx, db => sqlx::query_as(
        "SELECT partner, COUNT(*) FROM questions
         WHERE answered_at IS NULL AND closed_at IS NULL GROUP BY partner")
        .fetch_all(db).await?);
    let mut open = BTreeMap::new();
    for (partner, waiting) in rows {
        open.insert(read::<PartnerSlug>(&partner)?, number::<u32>(waiting)?);
    }
    let candidate = |facts: &unwatched_model::consensus::VoterFacts| Candidate {
        facts: facts.clone(),
        open_questions: open.get(&facts.partner).copied().unwrap_or_default(),
    };
    Ok(judging.voters.iter().map(candidate).collect())
}

async fn insert(
    tx: &mut Tx,
    family: &FamilyId,
    criterion: Criterion,
    partner: &PartnerSlug,
    by: &Actor,
    now: Timestamp,
) -> Result<()> {
    within!(tx, db => sqlx::query(
        "INSERT INTO questions (family, criterion, partner, asked_by, asked_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (family, criterion, partner) DO NOTHING")
        .bind(family.as_str())
        .bind(criterion.as_str())
        .bind(partner.as_str())
        .bind(by.partner.as_ref().map(PartnerSlug::as_str))
        .bind(micros(now))
        .execute(db).await?.rows_affected());
    Ok(())
}

async fn close(tx: &mut Tx, family: &FamilyId, criterion: Criterion, now: Timestamp) -> Result<()> {
    within!(tx, db => sqlx::query(
        "UPDATE questions SET closed_at = $1
         WHERE family = $2 AND criterion = $3 AND answered_at IS NULL AND closed_at IS NULL")
        .bind(micros(now))
        .bind(family.as_str())
        .bind(criterion.as_str())
        .execute(db).await?.rows_affected());
    Ok(())
}

/// The partner has said something: its question is off the list.
pub(crate) async fn answered(tx: &mut Tx, opinion: &Opinion, now: Timestamp) -> Result<()> {
    within!(tx, db => sqlx::query(
        "UPDATE questions SET answered_at = $1
         WHERE family = $2 AND criterion = $3 AND partner = $4 AND answered_at IS NULL")
        .bind(micros(now))
        .bind(opinion.family.as_str())
        .bind(opinion.criterion.as_str())
        .bind(opinion.partner.as_str())
        .execute(db).await?.rows_affected());
    Ok(())
}
