//! The job `reanalyze`: hands samples to analysis again, a slice at a time, when nothing else
//! waits. Its payload says which samples and how far it has come, so that a process that ends in
//! the middle costs nothing: a slice and the place after it are written together. And a million samples never stand in the queue at once.
//!
//! Until a new report is there the old one is read, and the sample stays analysed.

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_store::{Actor, JobId, REANALYZE, Reanalysis};

use super::analyze_sample::engine;
use super::{Ended, Failed, Kind, Outcome, Work};
use crate::state::AppState;

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new(REANALYZE, "have samples analysed again", |work| Box::pin(run(work)));

/// So many samples are handed on at a time.
const SLICE: u32 = 200;
/// No more than this stand in the queue for it.
const MOST_WAITING: u32 = 400;
const BETWEEN: SignedDuration = SignedDuration::from_millis(500);
const WHILE_FULL: SignedDuration = SignedDuration::from_secs(5);

/// Which samples, and how far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plan {
    /// Only those whose latest report is not this engine's; without it, all.
    pub unless_by: Option<String>,
    /// Only those of this family.
    pub family: Option<FamilyId>,
    /// Only those first put in since.
    pub since: Option<Timestamp>,
    /// The last one handed on.
    after: Option<Sha256>,
    done: u64,
    of: Option<u64>,
}

impl Plan {
    /// What another engine, or none, reported on last.
    pub fn outdated() -> Self {
        Self { unless_by: Some(engine().to_owned()), ..Self::default() }
    }

    /// What one such job is about: the same is not done twice at once.
    fn about(&self) -> String {
        let Self { unless_by, family, since, .. } = self;
        let mut about = unless_by.clone().unwrap_or_else(|| "all".to_owned());
        if let Some(family) = family {
            about.push_str(" of ");
            about.push_str(family.as_str());
        }
        if let Some(since) = since {
            about.push_str(" since ");
            about.push_str(&since.to_string());
        }
        about
    }

    fn which(&self) -> Reanalysis {
        let Self { unless_by, family, since, .. } = self.clone();
        Reanalysis { unless_by, family, since }
    }

    /// Asks for it.
    pub async fn ask(&self, state: &AppState, by: &Actor) -> anyhow::Result<JobId> {
        let payload = written(self)?;
        let now = state.clock.now();
        let id = state.store.ask_for_reanalysis(&self.about(), &payload, by, now).await?;
        state.changes.job.notify_waiters();
        Ok(id)
    }
}

/// Asks for everything to be analysed again by an engine that was never seen here: once, whatever
/// number of processes start.
pub(super) async fn ask_if_new(state: &AppState) -> anyhow::Result<()> {
    let plan = Plan::outdated();
    let (payload, now) = (written(&plan)?, state.clock.now());
    let asked =
        state.store.ask_for_reanalysis_once(&plan.about(), &payload, &Actor::system(), now).await?;
    if let Some(id) = asked {
        state.changes.job.notify_waiters();
        tracing::info!(job = %id, engine = engine(), "a new engine: samples are analysed again");
    }
    Ok(())
}

async fn run(work: &Work) -> Outcome {
    let plan: Plan = serde_json::from_value(work.job.payload.clone())
        .map_err(|error| Failed::for_good(format!("the job's plan does not read: {error}")))?;
    let store = &work.state.store;
    let which = plan.which();
    let of = match plan.of {
        Some(of) => of,
        None => store.count_to_analyse(&which).await?,
    };
    work.progress(plan.done, of, "samples handed to analysis").await;
    if store.jobs_in_background(MOST_WAITING).await? >= u64::from(MOST_WAITING - SLICE) {
        return go_on(&Plan { of: Some(of), ..plan }, WHILE_FULL);
    }
    let samples = store.to_analyse(&which, plan.after.as_ref(), SLICE).await?;
    let Some(&last) = samples.last() else { return Ok(Ended::Done) };
    let done = plan.done + samples.len() as u64;
    let plan = Plan { after: Some(last), done, of: Some(of.max(done)), ..plan };
    let now = work.state.clock.now();
    let at = now.checked_add(BETWEEN).unwrap_or(now);
    store.hand_to_analysis(&work.job, &samples, &written(&plan)?, at, now).await?;
    work.state.changes.job.notify_waiters();
    Ok(Ended::WentOn)
}

fn go_on(plan: &Plan, after: SignedDuration) -> Outcome {
    Ok(Ended::GoOn { payload: written(plan)?, after })
}

fn written(plan: &Plan) -> anyhow::Result<serde_json::Value> {
    serde_json::to_value(plan).context("write the plan")
}
