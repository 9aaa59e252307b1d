//! A made-up coalition of any size, the same for the same seed but for its secrets.

use anyhow::Context as _;
use unwatched_model::partner::UserRole;
use unwatched_store::Actor;

use super::samples::Stock;
use super::{Person, WayIn, coalition, kin, let_in, require_empty, trail, voices};
use crate::release::publish;
use crate::state::AppState;

/// How large.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Partners; at least three.
    pub partners: usize,
    /// Samples.
    pub samples: usize,
    /// Families; without a number, one for some hundred samples.
    pub families: Option<usize>,
    /// What everything but secrets is drawn from.
    pub seed: u64,
}

impl Size {
    /// So many samples, and as much of everything else as goes with them.
    pub fn of_samples(samples: usize) -> Self {
        let partners = (samples / 1_000).clamp(12, 100);
        Self { partners, samples, families: None, seed: 1 }
    }

    fn families(&self) -> usize {
        self.families.unwrap_or_else(|| (self.samples / 400).clamp(20, 2_500))
    }
}

/// So many samples go in at a time.
const BATCH: usize = 5_000;
/// Of so many samples, the newest, jobs are still remembered.
const FRESH: usize = 5_000;

/// Fills an empty store and says how to get in.
pub async fn fill(state: &AppState, size: Size) -> anyhow::Result<Vec<WayIn>> {
    require_empty(state).await?;
    let now = state.clock.now();
    let mut bulk = state.store.bulk().await.context("begin to fill the store")?;
    let members = coalition::join(state, size.seed, size.partners, now).await?;
    let ways_in = people(state, &members).await?;
    let families = kin::raise(state, size.seed, size.families(), &members, now).await?;
    tracing::info!(partners = members.len(), families = families.len(), "made up");
    voices::speak(state, size.seed, &members, &families, now).await?;
    let stock = Stock {
        members: &members,
        families: &families,
        seed: size.seed,
        count: size.samples,
        now,
        fresh: FRESH,
    };
    let mut done = 0;
    while done < size.samples {
        let end = (done + BATCH).min(size.samples);
        let samples: Vec<_> = (done..end).map(|number| stock.sample(number)).collect();
        bulk.add(&samples).await.context("add samples")?;
        let lines = trail::of(&samples, done, &members, size.seed);
        let ended = trail::ended(&samples, now);
        state.store.audit_all(&lines, ended).await.context("add lines to the audit log")?;
        done = end;
        if done % (20 * BATCH) == 0 || done == size.samples {
            tracing::info!(samples = done, "made up");
        }
    }
    bulk.finish(now).await.context("put the store in order")?;
    publish::publish(state, &Actor::operator()).await.context("publish the first release")?;
    Ok(ways_in)
}

/// The first two partners' analysts, and a coordinator.
async fn people(state: &AppState, members: &[coalition::Member]) -> anyhow::Result<Vec<WayIn>> {
    let roles = [UserRole::Analyst, UserRole::Analyst, UserRole::Coordinator];
    let people = members
        .iter()
        .zip(roles)
        .map(|(member, role)| Person {
            partner: member.slug.clone(),
            email: format!("{role}@{}.example", member.slug),
            role,
            has_token: true,
        })
        .collect();
    let_in(state, people, state.clock.now()).await
}
