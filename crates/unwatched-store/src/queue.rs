//! The queue: samples that are analysed and that nobody has sorted yet, in the order that
//! `unwatched_model::queue` gives them when their report is kept.
//!
//! A page goes along an index and a count stops at a bound, so that a million samples cost what a
//! hundred do.

use std::collections::HashSet;

use unwatched_model::digest::Sha256;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::queue::{self, QueueOrder};
use unwatched_model::report::Report;

use crate::columns::read;
use crate::engine::{Tx, reading, within};
use crate::samples::one;
use crate::visible::{reaches_all, report_seen};
use crate::{Result, SampleRow, Store, Visible};

/// A sample of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedSample {
    /// The sample.
    pub sample: SampleRow,
    /// Where it stands, and so why.
    pub order: QueueOrder,
}

/// A count that stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capped {
    /// So many.
    Exactly(u64),
    /// More than that.
    MoreThan(u64),
}

impl Capped {
    /// What was counted up to one beyond `bound`.
    fn of(counted: i64, bound: u32) -> Self {
        let counted = u64::try_from(counted).unwrap_or(0);
        if counted > u64::from(bound) {
            Self::MoreThan(u64::from(bound))
        } else {
            Self::Exactly(counted)
        }
    }
}

const QUEUE: &str = concat!(
    "SELECT s.sha256, s.queue_order FROM samples s
     WHERE s.triaged_at IS NULL AND s.state = 'analysed' AND ($1 = '' OR
        (-s.queue_order, s.first_seen, s.sha256) >
        (SELECT -p.queue_order, p.first_seen, p.sha256 FROM samples p WHERE p.sha256 = $1))
     AND ($1 = '' OR s.queue_order <=
        (SELECT p.queue_order FROM samples p WHERE p.sha256 = $1)) AND ",
    report_seen!("s.sha256", "$3", "$4"),
    " ORDER BY s.queue_order DESC, s.first_seen, s.sha256 LIMIT $2"
);

/// Its order makes the count go along the queue, not along every sample that is analysed.
const WAITING: &str = concat!(
    "SELECT COUNT(*) FROM (SELECT 1 FROM samples s
     WHERE s.triaged_at IS NULL AND s.state = 'analysed' AND ",
    report_seen!("s.sha256", "$1", "$2"),
    " ORDER BY s.queue_order DESC, s.first_seen, s.sha256 LIMIT $3) AS first_of_them"
);

impl Store {
    /// A page of the queue: samples seen that are analysed and that nobody has sorted, in the order
    /// of [`unwatched_model::queue`], after the sample `after`.
    pub async fn queue(
        &self,
        to: &Visible,
        after: Option<&Sha256>,
        limit: u32,
    ) -> Result<Vec<QueuedSample>> {
        let mut tx = self.snapshot().await?;
        let rows: Vec<(String, i64)> = within!(&mut tx, db => sqlx::query_as(QUEUE)
            .bind(after.map(ToString::to_string).unwrap_or_default())
            .bind(i64::from(limit))
            .bind(to.partner())
            .bind(to.of_samples())
            .fetch_all(db).await?);
        let mut queue = Vec::with_capacity(rows.len());
        for (sha256, order) in rows {
            let sha256 = read(&sha256)?;
            let Some(sample) = one(&mut tx, &sha256, to).await? else { continue };
            queue.push(QueuedSample { sample, order: QueueOrder(order) });
        }
        Ok(queue)
    }

    /// Where a sample stands in the queue; `None` when it waits for nobody or is not seen.
    pub async fn queue_place(&self, sha256: &Sha256, to: &Visible) -> Result<Option<QueueOrder>> {
        const PLACE: &str = concat!(
            "SELECT s.queue_order FROM samples s
             WHERE s.sha256 = $1 AND s.triaged_at IS NULL AND s.state = 'analysed' AND ",
            report_seen!("s.sha256", "$2", "$3")
        );
        let order: Option<i64> = reading!(self, db => sqlx::query_scalar(PLACE)
            .bind(sha256.to_string())
            .bind(to.partner())
            .bind(to.of_samples())
            .fetch_optional(db).await?);
        Ok(order.map(QueueOrder))
    }

    /// How many samples wait in the queue, counted up to `bound`.
    pub async fn queue_length(&self, to: &Visible, bound: u32) -> Result<Capped> {
        let counted: i64 = reading!(self, db => sqlx::query_scalar(WAITING)
            .bind(to.partner())
            .bind(to.of_samples())
            .bind(i64::from(bound) + 1)
            .fetch_one(db).await?);
        Ok(Capped::of(counted, bound))
    }
}

/// Puts a sample into its place, by a report that is kept in the same transaction.
pub(crate) async fn place(tx: &mut Tx, sha256: &Sha256, report: &Report) -> Result<()> {
    let order = queue::order(report, is_named(tx, sha256, report).await?);
    within!(tx, db => sqlx::query(
        "UPDATE samples SET queue_order = $2, format = $3 WHERE sha256 = $1")
        .bind(sha256.to_string())
        .bind(order.0)
        .bind(report.format.as_str())
        .execute(db).await?.rows_affected());
    Ok(())
}

/// Whether an indicator that every partner may see names the sample. One that only some may see
/// moves nothing, for everybody reads why a sample stands where it stands.
async fn is_named(tx: &mut Tx, sha256: &Sha256, report: &Report) -> Result<bool> {
    for (kind, normalised) in values(sha256, report) {
        let named: Option<i64> = within!(tx, db => sqlx::query_scalar(concat!(
            "SELECT i.id FROM indicators i
             WHERE i.normalised = $1 AND i.kind = $2 AND i.gone_at IS NULL AND ",
            reaches_all!("i"), " LIMIT 1"))
            .bind(normalised)
            .bind(kind.as_str())
            .fetch_optional(db).await?);
        if named.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The values by which an indicator names a sample.
pub(crate) fn values(sha256: &Sha256, report: &Report) -> Vec<(IndicatorKind, String)> {
    let mut values = vec![(IndicatorKind::FileSha256, sha256.to_string())];
    values.extend(report.package.clone().map(|package| (IndicatorKind::Package, package)));
    for certificate in &report.certificates {
        values.push((IndicatorKind::CertificateSha1, certificate.sha1.to_string()));
        values.push((IndicatorKind::CertificateSha256, certificate.sha256.to_string()));
    }
    let normalised =
        |(kind, value): (IndicatorKind, String)| Some((kind, kind.normalise(&value).ok()?));
    values.into_iter().filter_map(normalised).collect()
}

/// A certificate may be that of very many samples; no more than these move at a time.
const MOST_MOVED: i64 = 20_000;
const CHUNK: usize = 400;

/// Gives the samples that rows of indicators name their place again, after these were added,
/// shared otherwise or withdrawn: analysed long ago, a sample can be named today.
pub(crate) async fn place_again(tx: &mut Tx, indicators: &[i64]) -> Result<()> {
    let named = QueueOrder::of_named().0;
    for chunk in indicators.chunks(CHUNK) {
        let ids: Vec<_> = chunk.iter().map(i64::to_string).collect();
        let sql = format!(
            "UPDATE samples SET queue_order = CASE WHEN EXISTS (
                SELECT 1 FROM sample_values v
                JOIN indicators i ON i.normalised = v.normalised AND i.kind = v.kind
                WHERE v.sample = samples.sha256 AND v.kind IN
                    ('file_sha256', 'package', 'certificate_sha1', 'certificate_sha256')
                  AND i.gone_at IS NULL AND {shared})
              THEN queue_order | $1 ELSE queue_order & $2 END
             WHERE sha256 IN (
                SELECT v.sample FROM indicators i
                JOIN sample_values v ON v.normalised = i.normalised AND v.kind = i.kind
                WHERE i.id IN ({}) AND i.kind IN
                    ('file_sha256', 'package', 'certificate_sha1', 'certificate_sha256')
                LIMIT $3)",
            ids.join(", "),
            shared = reaches_all!("i"),
        );
        within!(&mut *tx, db => sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(named)
            .bind(!named)
            .bind(MOST_MOVED)
            .execute(db).await?.rows_affected());
    }
    Ok(())
}

/// Every value that an indicator which every partner may see names, with its kind.
pub(crate) async fn named(tx: &mut Tx) -> Result<HashSet<(String, String)>> {
    let rows: Vec<(String, String)> = within!(tx, db => sqlx::query_as(concat!(
        "SELECT DISTINCT i.kind, i.normalised FROM indicators i
         WHERE i.gone_at IS NULL AND ", reaches_all!("i")))
        .fetch_all(db).await?);
    Ok(rows.into_iter().collect())
}
