//! What successive engines said of one sample: every report that is kept, oldest first.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::report::Report;

use crate::columns::{from_json, time};
use crate::engine::reading;
use crate::visible::report_seen;
use crate::{Result, Store, Visible};

/// One engine's report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastReport {
    /// Which engine, with its version.
    pub engine: String,
    /// When it was kept.
    pub saved_at: Timestamp,
    /// What it said.
    pub report: Report,
}

/// Enough for anybody to read.
const MOST: i64 = 12;

impl Store {
    /// The latest reports on a sample, oldest first; none on one that is not seen.
    pub async fn reports_on(&self, sample: &Sha256, to: &Visible) -> Result<Vec<PastReport>> {
        const REPORTS: &str = concat!(
            "SELECT r.engine, r.saved_at, r.report FROM reports r WHERE r.sample = $1 AND ",
            report_seen!("r.sample", "$2", "$3"),
            " ORDER BY r.saved_at DESC, r.engine DESC LIMIT $4"
        );
        let mut rows: Vec<(String, i64, String)> = reading!(self, db => sqlx::query_as(REPORTS)
            .bind(sample.to_string())
            .bind(to.partner())
            .bind(to.of_samples())
            .bind(MOST)
            .fetch_all(db).await?);
        rows.reverse();
        rows.into_iter()
            .map(|(engine, at, report)| {
                Ok(PastReport { engine, saved_at: time(at)?, report: from_json(&report)? })
            })
            .collect()
    }
}
