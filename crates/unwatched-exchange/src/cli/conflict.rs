//! `admin partner conflict`: a partner's conflict of interest with a family, recorded or taken
//! back. The family is judged anew at once.

use anyhow::Context as _;
use clap::Args;
use unwatched_model::consensus;
use unwatched_model::family::FamilyId;
use unwatched_model::partner::PartnerSlug;
use unwatched_store::Actor;

use crate::refusal::refused;
use crate::state::AppState;

/// Record that a partner's own business bears on its opinions about a family: they stay readable
/// and count no longer
#[derive(Debug, Args)]
pub struct ConflictArgs {
    /// Whose
    slug: PartnerSlug,
    /// About which family, by its id
    family: FamilyId,
    /// What the conflict is
    #[arg(long, value_name = "TEXT", required_unless_present = "over")]
    why: Option<String>,
    /// The conflict is over
    #[arg(long, conflicts_with = "why")]
    over: bool,
}

impl ConflictArgs {
    /// Does it.
    pub async fn run(self, state: &AppState) -> anyhow::Result<()> {
        let Self { slug, family, why, over: _ } = self;
        let (by, now) = (Actor::operator(), state.clock.now());
        match why {
            Some(why) => {
                let added = state.store.add_conflict(&slug, &family, &why, &by, now).await;
                added.context("record the conflict of interest")?;
            }
            None if state.store.remove_conflict(&slug, &family, &by, now).await? => {}
            None => {
                return Err(refused(format!("no conflict of {slug} with {family} is recorded")));
            }
        }
        let judged = state.store.judge(&family, consensus::judge, &by, now).await;
        let (verdict, changed) = judged.context("judge the family anew")?;
        let still = if changed { "now" } else { "still" };
        eprintln!("{family} is {still} {}", verdict.class);
        Ok(())
    }
}
