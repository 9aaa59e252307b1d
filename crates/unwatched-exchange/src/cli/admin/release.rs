//! `admin release`.

use clap::Subcommand;
use unwatched_store::Actor;

use crate::release::publish;
use crate::state::AppState;

#[derive(Debug, Subcommand)]
pub(super) enum Release {
    /// Publish what is public now, signed
    Publish,
}

impl Release {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        let Self::Publish = self;
        let published = publish::publish(state, &Actor::operator()).await?;
        println!("{}", published.sequence);
        eprintln!(
            "published release {}: {} indicators of {} families",
            published.sequence, published.indicators, published.families
        );
        Ok(())
    }
}
