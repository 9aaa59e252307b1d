//! Samples in lists: by state, format, package, family or one's own. What a list says of each is `samples`'.
//!
//! Every list goes along an index and ends after a page, so that a million samples cost what a
//! hundred do.

use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::report::FileFormat;

use crate::engine::within;
use crate::samples::{Row, complete};
use crate::visible::{report_seen, said_last, sample_seen, submission_seen, word_heard};
use crate::{Result, SampleRow, SampleState, Store, Visible};

/// What a list of samples is limited to; what is left out limits nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SampleFilter {
    /// How far they have come.
    pub state: Option<SampleState>,
    /// What kind of file they are; known after the analysis.
    pub format: Option<FileFormat>,
    /// Put in by the viewer's own partner.
    pub own: bool,
    /// Said to belong to this family.
    pub family: Option<FamilyId>,
    /// Of this package, as its manifest names it.
    pub package: Option<String>,
}

impl SampleFilter {
    /// Whether it limits nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether whoever asks (`$3`, `$4`) waits for an analysis of their own that stands so.
macro_rules! waits {
    ($state:literal) => {
        concat!(
            "($4 < 9 AND ",
            $state,
            " IN ('queued', 'analysing') AND NOT ",
            report_seen!("s.sha256", "$3", "$4"),
            " AND s.sha256 IN (SELECT w.sample FROM jobs own JOIN submissions w ON w.job = own.id
                WHERE own.state = CASE ",
            $state,
            " WHEN 'queued' THEN 'waiting' ELSE 'leased' END AND ",
            submission_seen!("w", "$3", "$4"),
            "))"
        )
    };
}

/// `$1` the sample after which to go on, or empty; `$2` how many; `$3`, `$4` who asks; `$5` state,
/// `$6` format, `$7` family, empty when it limits nothing; `$8` 1 for one's own only,
/// `$9` package.
macro_rules! list {
    ($from:literal, $along:expr, $after:expr, $order:literal) => {
        concat!(
            "SELECT s.sha256, s.sha1, s.md5, s.size_bytes, s.state, s.state_why, s.first_seen,
                    s.package, s.label
             FROM ",
            $from,
            " WHERE ",
            $along,
            " AND ($1 = '' OR ",
            $after,
            ") AND ($5 = '' OR ",
            waits!("$5"),
            " OR (s.state = $5 AND ",
            report_seen!("s.sha256", "$3", "$4"),
            ")) AND ($6 = '' OR (s.format = $6 AND ",
            report_seen!("s.sha256", "$3", "$4"),
            ")) AND ($9 = '' OR (s.package = $9 AND ",
            report_seen!("s.sha256", "$3", "$4"),
            ")) AND ($7 = '' OR (EXISTS (SELECT 1 FROM sample_families f
                WHERE f.sample = s.sha256 AND f.family = $7 AND f.gone_at IS NULL AND ",
            word_heard!("f", "f.partner", "$3", "$4"),
            ") AND ",
            report_seen!("s.sha256", "$3", "$4"),
            ")) AND ($8 = 0 OR EXISTS (SELECT 1 FROM submissions o
                WHERE o.sample = s.sha256 AND o.partner = $3)) AND ",
            sample_seen!("s.sha256", "$3", "$4"),
            " ORDER BY ",
            $order,
            " LIMIT $2"
        )
    };
}

macro_rules! by_time {
    ($along:literal) => {
        list!(
            "samples s",
            $along,
            "(s.first_seen, s.sha256) <
             (SELECT p.first_seen, p.sha256 FROM samples p WHERE p.sha256 = $1)",
            "s.first_seen DESC, s.sha256 DESC"
        )
    };
}

const BY_STATE: &str = by_time!("s.state = $5");
/// Also what others have had analysed and whoever asks waits for.
const UNDER_WAY: &str = by_time!(
    "(s.state = $5 OR s.sha256 IN (SELECT sample FROM submissions WHERE job IS NOT NULL))"
);
const BY_FORMAT: &str = by_time!("s.format = $6");
const BY_PACKAGE: &str = by_time!("s.package = $9");
/// The latest heard first.
const BY_FAMILY: &str = list!(
    "sample_families m JOIN samples s ON s.sha256 = m.sample",
    said_last!("$7", "$3", "$4"),
    concat!(
        "(m.at, m.sample) <
         (SELECT p.at, p.sample FROM sample_families p
          WHERE p.sample = $1 AND p.family = $7 AND p.gone_at IS NULL AND ",
        word_heard!("p", "p.partner", "$3", "$4"),
        " ORDER BY p.at DESC, p.id DESC LIMIT 1)"
    ),
    "m.at DESC, m.sample DESC"
);
/// By the own partner's first submission of each, the latest first. `partner || ''` keeps the inner
/// look-ups from going along all that the partner ever put in.
const OWN: &str = list!(
    "submissions m JOIN samples s ON s.sha256 = m.sample",
    "m.partner = $3 AND NOT EXISTS (SELECT 1 FROM submissions b
        WHERE b.sample = m.sample AND b.partner || '' = $3 AND b.id < m.id)",
    "m.id < (SELECT MIN(p.id) FROM submissions p WHERE p.sample = $1 AND p.partner || '' = $3)",
    "m.id DESC"
);
const EVERY: &str = by_time!("1 = 1");

impl Store {
    /// A page of the samples seen that the filter leaves, newest first, after the sample `after`.
    pub async fn samples_by(
        &self,
        to: &Visible,
        filter: &SampleFilter,
        after: Option<&Sha256>,
        limit: u32,
    ) -> Result<Vec<SampleRow>> {
        let sql = match filter {
            SampleFilter { package: Some(_), .. } => BY_PACKAGE,
            SampleFilter { family: Some(_), .. } => BY_FAMILY,
            SampleFilter { state: Some(SampleState::Queued | SampleState::Analysing), .. } => {
                UNDER_WAY
            }
            SampleFilter { state: Some(SampleState::Failed), .. } => BY_STATE,
            SampleFilter { own: true, .. } => OWN,
            SampleFilter { format: Some(_), .. } => BY_FORMAT,
            SampleFilter { state: Some(_), .. } => BY_STATE,
            _ => EVERY,
        };
        let mut tx = self.snapshot().await?;
        let rows: Vec<Row> = within!(&mut tx, db => sqlx::query_as(sql)
            .bind(after.map(ToString::to_string).unwrap_or_default())
            .bind(i64::from(limit))
            .bind(to.partner())
            .bind(to.of_samples())
            .bind(filter.state.map_or("", SampleState::as_str))
            .bind(filter.format.map_or("", FileFormat::as_str))
            .bind(filter.family.as_ref().map_or("", FamilyId::as_str))
            .bind(i64::from(filter.own))
            .bind(filter.package.as_deref().unwrap_or_default())
            .fetch_all(db).await?);
        complete(&mut tx, rows, to).await
    }
}
