//! The audit log as its readers page through it: newest first, by object, action and partner.
//!
//! A partner sees what its own people and programs did, and who read the samples it submitted;
//! that is part of the SQL, so that no page can forget it.

use unwatched_model::partner::PartnerSlug;

use crate::columns::{SHORT_BYTES, optional};
use crate::engine::reading;
use crate::{AuditRow, Result, Store};

/// What was done when somebody read a sample; a partner sees these of the samples it submitted.
pub const READS: [&str; 3] = ["sample.read", "report.read", "sample.download"];

/// Whose lines are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    /// Everybody's.
    All,
    /// This partner's, and the reads of the samples it submitted.
    Of(PartnerSlug),
}

/// Which lines are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// About this object.
    pub object: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// By this partner.
    pub partner: Option<String>,
    /// Older than this number.
    pub after: Option<i64>,
}

impl Store {
    /// A page of lines, newest first.
    pub async fn audit_page(
        &self,
        lines: &Lines,
        query: &AuditQuery,
        limit: u32,
    ) -> Result<Vec<AuditRow>> {
        let object = optional(query.object.as_deref(), "the object", SHORT_BYTES)?;
        let action = optional(query.action.as_deref(), "the action", SHORT_BYTES)?;
        let partner = optional(query.partner.as_deref(), "the partner", SHORT_BYTES)?;
        let before = query.after.unwrap_or(i64::MAX);
        let own = match lines {
            Lines::All => {
                return Ok(reading!(self, db => sqlx::query_as(
                    "SELECT seq, at, partner, user_id, via, action, object_kind, object_id, detail,
                            previous, sha256
                     FROM audit
                     WHERE seq < $1 AND ($2 IS NULL OR object_id = $2)
                       AND ($3 IS NULL OR action = $3) AND ($4 IS NULL OR partner = $4)
                     ORDER BY seq DESC LIMIT $5")
                    .bind(before)
                    .bind(object)
                    .bind(action)
                    .bind(partner)
                    .bind(i64::from(limit))
                    .fetch_all(db).await?));
            }
            Lines::Of(own) => own.as_str(),
        };
        Ok(reading!(self, db => sqlx::query_as(
            "SELECT seq, at, partner, user_id, via, action, object_kind, object_id, detail,
                    previous, sha256
             FROM audit
             WHERE seq < $1 AND ($2 IS NULL OR object_id = $2)
               AND ($3 IS NULL OR action = $3) AND ($4 IS NULL OR partner = $4)
               AND (partner = $6
                    OR (object_kind = 'sample'
                        AND action IN ('sample.read', 'report.read', 'sample.download')
                        AND EXISTS (SELECT 1 FROM submissions
                                    WHERE sample = object_id AND submissions.partner = $6)))
             ORDER BY seq DESC LIMIT $5")
            .bind(before)
            .bind(object)
            .bind(action)
            .bind(partner)
            .bind(i64::from(limit))
            .bind(own)
            .fetch_all(db).await?))
    }
}
