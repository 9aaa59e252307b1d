//! What a person who opens the portal is asked first: families in dispute, families on which their
//! partner is silent, and what changed since they were last here. Each answer is short and ends at
//! a bound; whole lists are each noun's own.

use jiff::Timestamp;
use unwatched_model::class::Class;
use unwatched_model::family::FamilyId;
use unwatched_model::partner::PartnerSlug;
use unwatched_model::verdict::{CriterionState, Verdict};

use crate::columns::{from_json, micros, read, time};
use crate::engine::reading;
use crate::{Result, Store, UserId};

/// A family that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFamily {
    /// Its id.
    pub id: FamilyId,
    /// Its name.
    pub name: String,
}

/// A family whose partners stand against each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Which family.
    pub family: NamedFamily,
    /// The latest verdict.
    pub verdict: Verdict,
}

/// A verdict whose class is another than the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassChange {
    /// When.
    pub at: Timestamp,
    /// Which family.
    pub family: NamedFamily,
    /// The class before; `None` for a first verdict.
    pub before: Option<Class>,
    /// The class since.
    pub after: Class,
}

/// Of so many saved verdicts at most the changes are looked for.
const MOST_VERDICTS: i64 = 200;

impl Store {
    /// Families whose latest verdict is disputed or has a contested criterion, disputed ones first.
    pub async fn disputes(&self, limit: u32) -> Result<Vec<Dispute>> {
        // The words are looked for in the text first, so that few verdicts are read whole.
        let rows: Vec<(String, String, String)> = reading!(self, db => sqlx::query_as(
            r#"SELECT v.family, f.name, v.verdict FROM verdicts v JOIN families f ON f.id = v.family
               WHERE v.id IN (SELECT MAX(id) FROM verdicts GROUP BY family)
                 AND (v.verdict LIKE '%"disputed"%' OR v.verdict LIKE '%"contested"%')
               ORDER BY CASE WHEN v.verdict LIKE '%"class":"disputed"%' THEN 0 ELSE 1 END,
                        v.id DESC LIMIT $1"#)
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        let mut disputes = Vec::new();
        for (id, name, verdict) in rows {
            let verdict: Verdict = from_json(&verdict)?;
            let contested = verdict.criteria.iter().any(|c| c.state == CriterionState::Contested);
            if contested || verdict.class == Class::Disputed {
                disputes.push(Dispute { family: NamedFamily { id: read(&id)?, name }, verdict });
            }
        }
        Ok(disputes)
    }

    /// Families on which others have given opinions and this partner none, the latest first.
    pub async fn families_without_opinion_of(
        &self,
        partner: &PartnerSlug,
        limit: u32,
    ) -> Result<Vec<NamedFamily>> {
        let rows: Vec<(String, String)> = reading!(self, db => sqlx::query_as(
            "SELECT f.id, f.name FROM families f
             JOIN (SELECT family, MAX(given_at) AS latest FROM opinions GROUP BY family) o
               ON o.family = f.id
             WHERE NOT EXISTS (SELECT 1 FROM opinions mine
                               WHERE mine.family = f.id AND mine.partner = $1)
             ORDER BY o.latest DESC, f.id LIMIT $2")
            .bind(partner.as_str())
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.into_iter().map(|(id, name)| Ok(NamedFamily { id: read(&id)?, name })).collect()
    }

    /// Verdicts saved after `since` whose class is new, the latest first.
    pub async fn class_changes(&self, since: Timestamp, limit: u32) -> Result<Vec<ClassChange>> {
        let rows: Vec<(i64, String, String, String, Option<String>)> = reading!(self, db => sqlx::query_as(
            "SELECT v.saved_at, v.family, f.name, v.verdict,
                    (SELECT p.verdict FROM verdicts p WHERE p.family = v.family AND p.id < v.id
                     ORDER BY p.id DESC LIMIT 1)
             FROM (SELECT * FROM verdicts ORDER BY id DESC LIMIT $2) v
             JOIN families f ON f.id = v.family
             WHERE v.saved_at > $1 ORDER BY v.id DESC")
            .bind(micros(since))
            .bind(MOST_VERDICTS)
            .fetch_all(db).await?);
        let mut changes = Vec::new();
        for (at, id, name, verdict, before) in rows {
            let verdict: Verdict = from_json(&verdict)?;
            let before: Option<Verdict> = before.as_deref().map(from_json).transpose()?;
            let before = before.map(|before| before.class);
            if before.unwrap_or(Class::Undecided) != verdict.class {
                let family = NamedFamily { id: read(&id)?, name };
                changes.push(ClassChange { at: time(at)?, family, before, after: verdict.class });
            }
            if changes.len() == limit as usize {
                break;
            }
        }
        Ok(changes)
    }

    /// When a person signed in the time before this one, as far as that is still kept.
    pub async fn previous_sign_in(&self, user: UserId) -> Result<Option<Timestamp>> {
        let at: Option<i64> = reading!(self, db => sqlx::query_scalar(
            "SELECT created_at FROM sessions WHERE user_id = $1
             ORDER BY created_at DESC LIMIT 1 OFFSET 1")
            .bind(user.0)
            .fetch_optional(db).await?);
        at.map(time).transpose()
    }
}
