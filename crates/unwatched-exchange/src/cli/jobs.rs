//! `admin jobs` and `admin reanalyze`: what failed, having it tried again, and having samples
//! analysed again.

use std::io::Write as _;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use unwatched_model::family::FamilyId;
use unwatched_store::{Actor, JobId, StoreError};

use crate::jobs::reanalyze::Plan;
use crate::jobs::{self, tidy};
use crate::refusal::refused;
use crate::state::AppState;

/// So many rows are read at a time.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Jobs {
    /// How many jobs stand where, and what failed with its reason
    List {
        /// Of one kind only
        #[arg(long)]
        kind: Option<String>,
    },
    /// Have a job that failed tried again
    Retry {
        /// Its number
        id: i64,
    },
    /// Have everything that failed tried again
    RetryAll {
        /// Of one kind only
        #[arg(long)]
        kind: Option<String>,
    },
}

/// Have samples analysed again, when nothing else waits: those that another engine reported on
/// last, unless told otherwise
#[derive(Debug, Args)]
pub(super) struct Reanalyze {
    /// Those that this engine reported on too
    #[arg(long)]
    all: bool,
    /// Only those of this family
    #[arg(long, value_name = "FAMILY")]
    family: Option<FamilyId>,
    /// Only those first put in since, as in 2026-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
}

/// Remove what was left half-written, and blobs that belong to nothing
#[derive(Debug, Args)]
pub(super) struct Sweep {
    /// As if it were this time: what was written in the day before is kept, for it may be under
    /// way
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
}

impl Jobs {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        match self {
            Self::List { kind } => list(state, known(kind.as_deref())?).await,
            Self::Retry { id } => retry(state, JobId(id)).await,
            Self::RetryAll { kind } => retry_all(state, known(kind.as_deref())?).await,
        }
    }
}

/// A kind that was given, if there is such a one.
fn known(kind: Option<&str>) -> anyhow::Result<Option<&str>> {
    let Some(name) = kind else { return Ok(None) };
    if jobs::kind(name).is_some() {
        return Ok(kind);
    }
    let known: Vec<_> = jobs::KINDS.iter().map(|kind| kind.name).collect();
    let hint = crate::suggest::among(name, &known);
    Err(refused(format!("no kind of job is called {name}{hint}")))
}

async fn list(state: &AppState, kind: Option<&str>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for count in state.store.job_counts(state.clock.now()).await? {
        if kind.is_none_or(|kind| kind == count.kind) {
            writeln!(out, "count\t{}\t{}\t{}", count.kind, count.state.as_str(), count.count)?;
        }
    }
    let mut after = None;
    loop {
        let rows = state.store.jobs_dead(kind, after, PAGE).await?;
        for row in &rows {
            let subject = row.subject.as_deref().unwrap_or("-");
            let why = row.why.as_deref().unwrap_or("no reason was kept");
            // A reason may quote a file; a line stays one line.
            let why: String = why.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            writeln!(out, "failed\t{}\t{}\t{subject}\t{why}", row.id, row.kind)?;
        }
        after = rows.last().map(|row| row.id);
        if rows.len() < PAGE as usize {
            return out.flush().context("write to stdout");
        }
    }
}

async fn retry(state: &AppState, id: JobId) -> anyhow::Result<()> {
    match state.store.retry_job(id, &Actor::operator(), state.clock.now()).await {
        Err(StoreError::NotFound(_)) => Err(refused(format!("no job has the number {id}"))),
        Err(StoreError::Conflict(why)) => Err(refused(why)),
        retried => {
            retried.context("have the job tried again")?;
            eprintln!("job {id} waits to be tried again");
            Ok(())
        }
    }
}

async fn retry_all(state: &AppState, kind: Option<&str>) -> anyhow::Result<()> {
    let retried = state.store.retry_jobs(kind, &Actor::operator(), state.clock.now()).await;
    eprintln!("{} jobs wait to be tried again", retried.context("have jobs tried again")?);
    Ok(())
}

impl Reanalyze {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        if let Some(family) = &self.family
            && state.store.family(family).await?.is_none()
        {
            return Err(refused(format!(
                "no family {family}: `admin reanalyze --family` takes a slug"
            )));
        }
        let Self { all, family, since } = self;
        let mut plan = if all { Plan::default() } else { Plan::outdated() };
        (plan.family, plan.since) = (family, since);
        let id = plan.ask(state, &Actor::operator()).await?;
        println!("{id}");
        eprintln!(
            "job {id} hands the samples to analysis when nothing else waits; see `admin jobs list`"
        );
        Ok(())
    }
}

impl Sweep {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        let swept = tidy::sweep(state, self.now.unwrap_or_else(|| state.clock.now())).await?;
        eprintln!("{swept} blobs and half-written files removed");
        Ok(())
    }
}
