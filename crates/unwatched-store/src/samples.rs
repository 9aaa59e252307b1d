//! Samples, who submitted them, and the reports on them.

use jiff::Timestamp;
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::partner::PartnerSlug;
use unwatched_model::report::Report;

use crate::{JobId, Result, Store, StoreError};

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

/// One act of putting a sample in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Who.
    pub by: PartnerSlug,
    /// Under which name.
    pub file_name: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A sample as kept.
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
    /// When it was first put in.
    pub first_seen: Timestamp,
    /// Every time it was put in, oldest first.
    pub submissions: Vec<Submission>,
    /// From the report.
    pub package: Option<String>,
    /// From the report.
    pub label: Option<String>,
}

impl Store {
    /// Keeps the sample if it is new, the submission, and the job that analyses it (unless one is
    /// under way or a report exists), all or nothing.
    pub async fn add_sample(&self, sample: &NewSample, now: Timestamp) -> Result<AddedSample> {
        let _ = (sample, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// One sample.
    pub async fn sample(&self, sha256: &Sha256) -> Result<Option<SampleRow>> {
        let _ = sha256;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// A page of samples, newest first, after the one whose `first_seen` and id are given.
    pub async fn samples(
        &self,
        after: Option<(Timestamp, Sha256)>,
        limit: u32,
    ) -> Result<Vec<SampleRow>> {
        let _ = (after, limit);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Moves a sample on; `NotFound` when there is none.
    pub async fn set_sample_state(
        &self,
        sha256: &Sha256,
        state: SampleState,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        let _ = (sha256, state, why, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Keeps an engine's report, marks the sample analysed and makes what it found searchable.
    pub async fn save_report(
        &self,
        sha256: &Sha256,
        report: &Report,
        engine: &str,
        now: Timestamp,
    ) -> Result<()> {
        let _ = (sha256, report, engine, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// The latest report on a sample.
    pub async fn report(&self, sha256: &Sha256) -> Result<Option<Report>> {
        let _ = sha256;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Samples whose report names this certificate by its SHA-1 or SHA-256, claimed or verified.
    pub async fn samples_with_certificate(&self, certificate: &str) -> Result<Vec<Sha256>> {
        let _ = certificate;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Samples whose report names this package.
    pub async fn samples_of_package(&self, package: &str) -> Result<Vec<Sha256>> {
        let _ = package;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }
}
