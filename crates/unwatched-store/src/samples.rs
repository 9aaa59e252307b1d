//! Samples and who submitted them. What analyses say of them is in `reports`.

use std::collections::{BTreeMap, HashSet};
use std::str::FromStr;

use jiff::Timestamp;
use serde_json::json;
use sqlx::QueryBuilder;
use unwatched_model::access::Sharing;
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::partner::{GroupSlug, PartnerSlug};

use crate::changes::{self, NewChange, Rule};
use crate::columns::{
    LONG_BYTES, SHORT_BYTES, count, explained, micros, number, optional, read, time,
};
use crate::engine::{Tx, reading, within};
use crate::jobs::{self, JobState, Priority};
use crate::visible::{OF_A_KEY, report_seen, sample_seen, submission_seen};
use crate::{Actor, JobId, Result, Store, StoreError, Visible, audit, kept_held, sample_entries};

/// The kind of the job that asks for a sample's analysis; its payload is `{"sha256": "..."}`.
pub const ANALYZE_SAMPLE: &str = "analyze_sample";

/// A sample somebody put in. Its bytes are in the blob store already.
#[derive(Debug, Clone)]
pub struct NewSample {
    /// Its id.
    pub sha256: Sha256,
    /// For older lists.
    pub sha1: Sha1,
    /// For older lists.
    pub md5: Md5,
    /// The file's length.
    pub size_bytes: u64,
    /// The name the submitter gave it.
    pub file_name: Option<String>,
    /// Who put it in.
    pub by: PartnerSlug,
    /// How they share it.
    pub sharing: Sharing,
    /// Whether they say that it is the maker's public download.
    pub declared_public: bool,
}

/// What became of a sample that was put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddedSample {
    /// Whether it was not there before.
    pub new: bool,
    /// The job that analyses it: a new one, the one still under way, or the one that did.
    pub job: JobId,
}

/// How far a sample has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SampleState {
    /// Waits for a worker.
    Queued,
    /// A worker reads it.
    Analysing,
    /// There is a report.
    Analysed,
    /// The analysis ended without a report; the row says why.
    Failed,
}

impl SampleState {
    /// Every state, in the order they come.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Analysing, Self::Analysed, Self::Failed];

    /// The word used in columns and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Analysing => "analysing",
            Self::Analysed => "analysed",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for SampleState {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| format!("unknown sample state {word:?}"))
    }
}

/// One act of putting a sample in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Who.
    pub by: PartnerSlug,
    /// Under which name; only its own partner reads it, for it may name a survivor.
    pub file_name: Option<String>,
    /// When.
    pub at: Timestamp,
    /// How its partner shares it.
    pub sharing: Sharing,
    /// Whether its partner says that it is the maker's public download.
    pub declared_public: bool,
}

/// A sample as kept, and as its reader may know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleRow {
    /// Its id.
    pub sha256: Sha256,
    /// For older lists.
    pub sha1: Sha1,
    /// For older lists.
    pub md5: Md5,
    /// The file's length.
    pub size_bytes: u64,
    /// How far it has come.
    pub state: SampleState,
    /// Why it is there, when that needs saying.
    pub state_why: Option<String>,
    /// When it was first put in, of the times that its reader may know of.
    pub first_seen: Timestamp,
    /// Every time it was put in that its reader may know of, oldest first.
    pub submissions: Vec<Submission>,
    /// From the report.
    pub package: Option<String>,
    /// From the report.
    pub label: Option<String>,
}

/// `$1` and `$2` the time and id after which to go on, `$3` how many, `$4` and `$5` who asks. Goes
/// over submissions, newest first, and keeps each sample's first.
const FIRST_SEEN: &str = concat!(
    "SELECT s.sha256, s.sha1, s.md5, s.size_bytes, s.state, s.state_why, u.at AS first_seen,
            s.package, s.label
     FROM submissions u JOIN samples s ON s.sha256 = u.sample
     WHERE (u.at, u.sample) < ($1, $2) AND ",
    submission_seen!("u", "$4", "$5"),
    " AND NOT EXISTS (
        SELECT 1 FROM submissions v
        WHERE v.sample = u.sample AND (v.at, v.id) < (u.at, u.id) AND ",
    submission_seen!("v", "$4", "$5"),
    ") ORDER BY u.at DESC, u.sample DESC LIMIT $3"
);

/// `$1` the sample, `$2` and `$3` who asks.
const ONE: &str = concat!(
    "SELECT s.sha256, s.sha1, s.md5, s.size_bytes, s.state, s.state_why, s.first_seen,
            s.package, s.label
     FROM samples s WHERE s.sha256 = $1 AND ",
    sample_seen!("s.sha256", "$2", "$3")
);

/// As [`ONE`], with its submissions: what programs ask most is one statement.
const JOINED: &str = concat!(
    "SELECT s.sha256, s.sha1, s.md5, s.size_bytes, s.state, s.state_why, s.first_seen,
            s.package, s.label, u.sample, u.partner, u.file_name, u.at, u.tlp, u.pap,
            u.group_slug, u.declared_public, own.state AS own_state, own.why AS own_why
     FROM samples s JOIN submissions u ON u.sample = s.sha256
     LEFT JOIN jobs own ON own.id = u.job AND own.state IN ('waiting', 'leased')
     WHERE s.sha256 = $1 AND ",
    sample_seen!("s.sha256", "$2", "$3"),
    " ORDER BY u.id"
);

impl Store {
    /// Keeps the sample if it is new, the submission, and the job that analyses it (unless one is
    /// under way or a report exists), all or nothing.
    pub async fn add_sample(
        &self,
        sample: &NewSample,
        by: &Actor,
        now: Timestamp,
    ) -> Result<AddedSample> {
        let file_name = optional(sample.file_name.as_deref(), "the file's name", SHORT_BYTES)?;
        let mut tx = self.begin().await?;
        kept_held::alone(&mut tx).await?;
        let new = add(&mut tx, sample, now).await?;
        let (seen, read) = if new { (false, false) } else { reached(&mut tx, sample).await? };
        let hidden = !new && !read;
        let job = match (new, hidden) {
            (true, _) => ask_analysis(&mut tx, &sample.sha256, now).await?,
            (false, true) => own_analysis(&mut tx, sample, now).await?,
            (false, false) => analysis(&mut tx, &sample.sha256, now).await?,
        };
        let submission =
            add_submission(&mut tx, sample, file_name, hidden.then_some(job), now).await?;
        if new {
            sample_entries::index_new(&mut tx, sample, file_name, now).await?;
        } else {
            sample_entries::index(&mut tx, &sample.sha256).await?;
        }
        let Sharing { tlp, pap, group } = &sample.sharing;
        // Their own partner reads this line: it says no more than the answer does.
        let detail = json!({ "tlp": tlp, "pap": pap, "group": group, "new": !seen });
        let line = by.did("sample.upload", "sample", sample.sha256, detail);
        audit::append(&mut tx, &line, now).await?;
        let put_in = Rule::Submission(submission);
        let told = NewChange::new("sample.submitted", sample.sha256, put_in);
        let touched = kept_held::of_sample(&mut tx, &sample.sha256).await?;
        let mut told = vec![told];
        told.extend(kept_held::look_again(&mut tx, touched).await?);
        changes::append(&mut tx, &told, now).await?;
        tx.commit().await?;
        Ok(AddedSample { new, job })
    }

    /// One sample, if it is seen.
    pub async fn sample(&self, sha256: &Sha256, to: &Visible) -> Result<Option<SampleRow>> {
        let rows: Vec<Joined> = reading!(self, db => sqlx::query_as(JOINED)
            .bind(sha256.to_string())
            .bind(to.partner())
            .bind(to.of_samples())
            .fetch_all(db).await?);
        let mut sample = None;
        let mut submissions = Vec::with_capacity(rows.len());
        for Joined { row, submission } in rows {
            sample.get_or_insert(row);
            submissions.extend(submission.shown(to)?);
        }
        sample.map(|row| row.with(submissions, to)).transpose()
    }

    /// Those of many samples that are seen.
    pub async fn samples_among(&self, samples: &[Sha256], to: &Visible) -> Result<HashSet<Sha256>> {
        let mut tx = self.snapshot().await?;
        let mut seen = HashSet::new();
        for chunk in samples.chunks(400) {
            let rows: Vec<String> = within!(&mut tx, db => {
                let mut query = QueryBuilder::new("SELECT s.sha256 FROM samples s, (SELECT ");
                query.push_bind(to.partner()).push(" AS partner, ");
                query.push_bind(to.of_samples()).push(" AS sight) asks WHERE s.sha256 IN (");
                let mut listed = query.separated(", ");
                for sample in chunk {
                    listed.push_bind(sample.to_string());
                }
                query.push(") AND ").push(sample_seen!("s.sha256", "asks.partner", "asks.sight"));
                query.build_query_scalar().fetch_all(&mut *db).await?
            });
            for sha256 in rows {
                seen.insert(read(&sha256)?);
            }
        }
        Ok(seen)
    }

    /// A page of the samples seen, newest first, after the one whose `first_seen` and id are
    /// given. A sample stands where its first submission does that is seen.
    pub async fn samples(
        &self,
        to: &Visible,
        after: Option<(Timestamp, Sha256)>,
        limit: u32,
    ) -> Result<Vec<SampleRow>> {
        let (before, id) = match after {
            Some((first_seen, sha256)) => (micros(first_seen), sha256.to_string()),
            None => (i64::MAX, String::new()),
        };
        let mut tx = self.snapshot().await?;
        let rows: Vec<Row> = within!(&mut tx, db => sqlx::query_as(FIRST_SEEN)
            .bind(before)
            .bind(id)
            .bind(i64::from(limit))
            .bind(to.partner())
            .bind(to.of_samples())
            .fetch_all(db).await?);
        complete(&mut tx, rows, to).await
    }

    /// Moves a sample on; `NotFound` when there is none. One that has a report stays analysed
    /// while it is analysed again, and when that fails: there is something to read.
    pub async fn set_sample_state(
        &self,
        sha256: &Sha256,
        state: SampleState,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        let why = optional(why, "the reason", LONG_BYTES)?;
        let mut tx = self.begin().await?;
        let was_settled = state == SampleState::Failed && is_settled(&mut tx, sha256).await?;
        let done = within!(&mut tx, db => sqlx::query(
            "UPDATE samples SET
                 state = CASE WHEN reported THEN 'analysed' ELSE $2 END,
                 state_why = CASE WHEN reported THEN NULL ELSE $3 END,
                 state_at = CASE WHEN reported THEN state_at ELSE $4 END
             FROM (SELECT EXISTS (SELECT 1 FROM reports WHERE sample = $1) AS reported) AS found
             WHERE sha256 = $1")
            .bind(sha256.to_string())
            .bind(state.as_str())
            .bind(why)
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        found(done, sha256)?;
        sample_entries::index(&mut tx, sha256).await?;
        if state == SampleState::Failed && !was_settled {
            changes::append(&mut tx, &[changes::of_sample("sample.failed", sha256)], now).await?;
        }
        tx.commit().await
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    sha256: String,
    sha1: String,
    md5: String,
    size_bytes: i64,
    state: String,
    state_why: Option<String>,
    first_seen: i64,
    package: Option<String>,
    label: Option<String>,
}

/// One sample with its submissions.
pub(crate) async fn one(tx: &mut Tx, sha256: &Sha256, to: &Visible) -> Result<Option<SampleRow>> {
    let row: Option<Row> = within!(tx, db => sqlx::query_as(ONE)
        .bind(sha256.to_string())
        .bind(to.partner())
        .bind(to.of_samples())
        .fetch_optional(db).await?);
    Ok(complete(tx, row.into_iter().collect(), to).await?.pop())
}

/// Adds the submissions that are seen to rows of samples, keeping their order.
pub(crate) async fn complete(tx: &mut Tx, rows: Vec<Row>, to: &Visible) -> Result<Vec<SampleRow>> {
    let mut submissions = submissions(tx, rows.iter().map(|row| row.sha256.as_str()), to).await?;
    rows.into_iter()
        .map(|row| {
            let submissions = submissions.remove(&row.sha256).unwrap_or_default();
            row.with(submissions, to)
        })
        .collect()
}

impl Row {
    /// With those of its submissions that are seen.
    fn with(mut self, shown: Vec<Shown>, to: &Visible) -> Result<SampleRow> {
        let waits = shown.iter().all(|one| one.waits.is_some()) && !to.is_everything();
        if let Some(Waits { state, why }) = shown.first().and_then(|one| one.waits.clone())
            && waits
        {
            // As it is with bytes that nobody had put in before.
            state.as_str().clone_into(&mut self.state);
            (self.state_why, self.package, self.label) = (why, None, None);
        }
        let submissions: Vec<_> = shown.into_iter().map(|one| one.submission).collect();
        let first_seen = submissions.iter().map(|one| one.at).min();
        Ok(SampleRow {
            submissions,
            sha256: read(&self.sha256)?,
            sha1: read(&self.sha1)?,
            md5: read(&self.md5)?,
            size_bytes: number(self.size_bytes)?,
            state: read(&self.state)?,
            state_why: self.state_why,
            first_seen: first_seen.map_or_else(|| time(self.first_seen), Ok)?,
            package: self.package,
            label: self.label,
        })
    }
}

#[derive(sqlx::FromRow)]
struct Joined {
    #[sqlx(flatten)]
    row: Row,
    #[sqlx(flatten)]
    submission: SubmissionColumns,
}

#[derive(sqlx::FromRow)]
struct SubmissionColumns {
    sample: String,
    partner: String,
    file_name: Option<String>,
    at: i64,
    tlp: String,
    pap: String,
    group_slug: Option<String>,
    declared_public: bool,
    own_state: Option<String>,
    own_why: Option<String>,
}

/// A submission as its reader may know of it.
struct Shown {
    submission: Submission,
    waits: Option<Waits>,
}

/// How far the analysis has come that a submission waits for by itself.
#[derive(Clone)]
struct Waits {
    state: SampleState,
    why: Option<String>,
}

async fn submissions<'a>(
    tx: &mut Tx,
    samples: impl Iterator<Item = &'a str>,
    to: &Visible,
) -> Result<BTreeMap<String, Vec<Shown>>> {
    let mut by_sample: BTreeMap<String, Vec<Shown>> = BTreeMap::new();
    let samples: Vec<_> = samples.collect();
    for chunk in samples.chunks(400) {
        let rows: Vec<SubmissionColumns> = within!(tx, db => {
            let mut query = QueryBuilder::new(
                "SELECT u.sample, u.partner, u.file_name, u.at, u.tlp, u.pap, u.group_slug,
                        u.declared_public, own.state AS own_state, own.why AS own_why
                 FROM submissions u
                 LEFT JOIN jobs own ON own.id = u.job AND own.state IN ('waiting', 'leased')
                 WHERE u.sample IN (");
            let mut listed = query.separated(", ");
            for sample in chunk {
                listed.push_bind(*sample);
            }
            query.push(") ORDER BY u.sample, u.id").build_query_as().fetch_all(db).await?
        });
        for row in rows {
            let sample = row.sample.clone();
            let Some(submission) = row.shown(to)? else { continue };
            by_sample.entry(sample).or_default().push(submission);
        }
    }
    Ok(by_sample)
}

impl SubmissionColumns {
    /// As its reader may know of it; `None` when it does not reach them.
    fn shown(self, to: &Visible) -> Result<Option<Shown>> {
        let by: PartnerSlug = read(&self.partner)?;
        let sharing = Sharing {
            tlp: read(&self.tlp)?,
            pap: read(&self.pap)?,
            group: self.group_slug.as_deref().map(read).transpose()?,
        };
        if !to.shows_submission(&by, &sharing) {
            return Ok(None);
        }
        let file_name = self.file_name.filter(|_| to.is_own(&by));
        let declared_public = self.declared_public;
        let own: Option<JobState> = self.own_state.as_deref().map(read).transpose()?;
        let own = own.map(|job| match job {
            JobState::Leased => SampleState::Analysing,
            _ => SampleState::Queued,
        });
        let waits = own.map(|state| Waits { state, why: self.own_why });
        let at = time(self.at)?;
        let submission = Submission { by, file_name, at, sharing, declared_public };
        Ok(Some(Shown { submission, waits }))
    }
}

/// Adds the sample if it is new. In either case nobody else moves it until the transaction ends.
async fn add(tx: &mut Tx, sample: &NewSample, now: Timestamp) -> Result<bool> {
    let size_bytes = count(sample.size_bytes, "the sample")?;
    let sha256 = sample.sha256.to_string();
    let added = within!(tx, db => sqlx::query(
        "INSERT INTO samples (sha256, sha1, md5, size_bytes, state, state_at, first_seen)
         VALUES ($1, $2, $3, $4, 'queued', $5, $5) ON CONFLICT (sha256) DO NOTHING")
        .bind(&sha256)
        .bind(sample.sha1.to_string())
        .bind(sample.md5.to_string())
        .bind(size_bytes)
        .bind(micros(now))
        .execute(db).await?.rows_affected());
    if added == 0 {
        within!(tx, db => sqlx::query("UPDATE samples SET sha256 = sha256 WHERE sha256 = $1")
            .bind(&sha256)
            .execute(db).await?.rows_affected());
    }
    Ok(added == 1)
}

async fn add_submission(
    tx: &mut Tx,
    sample: &NewSample,
    file_name: Option<&str>,
    own_job: Option<JobId>,
    now: Timestamp,
) -> Result<i64> {
    Ok(within!(tx, db => sqlx::query_scalar(
        "INSERT INTO submissions (sample, partner, file_name, at, tlp, pap, group_slug,
                                  declared_public, job)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id")
        .bind(sample.sha256.to_string())
        .bind(sample.by.as_str())
        .bind(file_name)
        .bind(micros(now))
        .bind(sample.sharing.tlp.as_str())
        .bind(sample.sharing.pap.as_str())
        .bind(sample.sharing.group.as_ref().map(GroupSlug::as_str))
        .bind(sample.declared_public)
        .bind(own_job.map(|job| job.0))
        .fetch_one(db).await
        .map_err(|error| explained(error, || format!("partner or group: {}", sample.by)))?))
}

/// Whether what is there of a sample already reaches the partner's programs, and whether what was
/// said of it does. Where it does not, the partner must not learn that it was there.
async fn reached(tx: &mut Tx, sample: &NewSample) -> Result<(bool, bool)> {
    Ok(within!(tx, db => sqlx::query_as(concat!(
            "SELECT ",
            sample_seen!("$1", "$2", "$3"),
            ", ",
            report_seen!("$1", "$2", "$3")))
        .bind(sample.sha256.to_string())
        .bind(sample.by.as_str())
        .bind(OF_A_KEY)
        .fetch_one(db).await?))
}

/// An analysis for one partner alone: it is asked for at the place and takes the time of any other,
/// whatever was said of the same bytes before.
async fn own_analysis(tx: &mut Tx, sample: &NewSample, now: Timestamp) -> Result<JobId> {
    let subject = sample.sha256.to_string();
    let payload = serde_json::json!({ "sha256": sample.sha256 });
    let (by, fresh) = (sample.by.as_str(), Priority::Fresh);
    jobs::ask_for(tx, ANALYZE_SAMPLE, Some(&subject), by, &payload, fresh, now).await
}

/// The job that analyses a sample. A sample whose job died without a report gets a new one.
async fn analysis(tx: &mut Tx, sha256: &Sha256, now: Timestamp) -> Result<JobId> {
    let subject = sha256.to_string();
    let latest = jobs::latest_about(tx, ANALYZE_SAMPLE, &subject).await?;
    let settled = match latest {
        Some((_, JobState::Waiting | JobState::Leased)) => true,
        Some(_) => has_report(tx, &subject).await?,
        None => false,
    };
    if let (Some((job, _)), true) = (latest, settled) {
        return Ok(job);
    }
    within!(tx, db => sqlx::query(
        "UPDATE samples SET state = 'queued', state_why = NULL, state_at = $2
         WHERE sha256 = $1 AND NOT EXISTS (SELECT 1 FROM reports WHERE sample = $1)")
        .bind(&subject)
        .bind(micros(now))
        .execute(db).await?.rows_affected());
    ask_analysis(tx, sha256, now).await
}

async fn ask_analysis(tx: &mut Tx, sha256: &Sha256, now: Timestamp) -> Result<JobId> {
    let (subject, payload) = (sha256.to_string(), json!({ "sha256": sha256 }));
    jobs::ask(tx, ANALYZE_SAMPLE, Some(&subject), &payload, Priority::Fresh, now).await
}

/// Whether a failure would change nothing of what is to be read of a sample.
async fn is_settled(tx: &mut Tx, sha256: &Sha256) -> Result<bool> {
    Ok(within!(tx, db => sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM reports WHERE sample = $1)
             OR EXISTS (SELECT 1 FROM samples WHERE sha256 = $1 AND state = 'failed')")
        .bind(sha256.to_string())
        .fetch_one(db).await?))
}

async fn has_report(tx: &mut Tx, sha256: &str) -> Result<bool> {
    let reports: i64 = within!(tx, db => sqlx::query_scalar(
        "SELECT COUNT(*) FROM reports WHERE sample = $1")
        .bind(sha256)
        .fetch_one(db).await?);
    Ok(reports > 0)
}

/// A statement that was to change one sample changed none: there is no such sample.
pub(crate) fn found(rows: u64, sha256: &Sha256) -> Result<()> {
    if rows == 0 {
        return Err(StoreError::NotFound(format!("sample: {sha256}")));
    }
    Ok(())
}
