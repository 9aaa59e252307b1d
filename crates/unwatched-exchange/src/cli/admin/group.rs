//! `admin group`: sharing groups and their members.

use anyhow::Context as _;
use clap::Subcommand;
use unwatched_model::partner::{GroupSlug, PartnerSlug};
use unwatched_store::Actor;

use super::require_partner;
use crate::refusal::refused;
use crate::state::AppState;

#[derive(Debug, Subcommand)]
pub(super) enum Group {
    /// Make a group
    Add {
        /// Its short name, such as `mobile-lab-circle`
        slug: GroupSlug,
        /// Its name [default: the short name]
        #[arg(long)]
        name: Option<String>,
        /// Its first members
        #[arg(long = "member", value_name = "SLUG")]
        members: Vec<PartnerSlug>,
    },
    /// Choose a group's members, and list them
    Members {
        /// Which group
        slug: GroupSlug,
        /// Partners to be added
        #[arg(long, value_name = "SLUG")]
        add: Vec<PartnerSlug>,
        /// Partners to be let go: what is shared in the group no longer reaches them
        #[arg(long, value_name = "SLUG")]
        remove: Vec<PartnerSlug>,
    },
    /// Close a group: nothing new is shared in it
    Close {
        /// Which group
        slug: GroupSlug,
    },
    /// List groups with their members
    List,
}

impl Group {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        let (operator, now) = (Actor::operator(), state.clock.now());
        match self {
            Self::Add { slug, name, members } => {
                for partner in &members {
                    require_partner(state, partner).await?;
                }
                let name = name.unwrap_or_else(|| slug.to_string());
                let made = state.store.add_group(&slug, &name, &operator, now);
                made.await.context("make the group")?;
                change(state, &slug, &members, &[]).await?;
                eprintln!("made the group {slug}");
                Ok(())
            }
            Self::Members { slug, add, remove } => {
                require_group(state, &slug).await?;
                for partner in add.iter().chain(&remove) {
                    require_partner(state, partner).await?;
                }
                change(state, &slug, &add, &remove).await?;
                list(state, Some(&slug)).await
            }
            Self::Close { slug } => {
                let closed = state.store.close_group(&slug, &operator, now);
                closed.await.context("close the group")?;
                eprintln!("closed the group {slug}: its members keep what was shared in it");
                Ok(())
            }
            Self::List => list(state, None).await,
        }
    }
}

async fn require_group(state: &AppState, slug: &GroupSlug) -> anyhow::Result<()> {
    let groups = state.store.groups().await?;
    let known: Vec<_> = groups.iter().map(|group| group.slug.as_str()).collect();
    if known.contains(&slug.as_str()) {
        return Ok(());
    }
    let hint = crate::suggest::among(slug.as_str(), &known);
    Err(refused(format!("no group {slug}{hint}; make it with `admin group add {slug}`")))
}

async fn change(
    state: &AppState,
    slug: &GroupSlug,
    add: &[PartnerSlug],
    remove: &[PartnerSlug],
) -> anyhow::Result<()> {
    let (operator, now) = (Actor::operator(), state.clock.now());
    for partner in add {
        let joined = state.store.join_group(slug, partner, &operator, now);
        joined.await.with_context(|| format!("add {partner}"))?;
    }
    for partner in remove {
        let left = state.store.leave_group(slug, partner, &operator, now);
        left.await.with_context(|| format!("let {partner} go"))?;
    }
    Ok(())
}

async fn list(state: &AppState, only: Option<&GroupSlug>) -> anyhow::Result<()> {
    for group in state.store.groups().await? {
        if only.is_some_and(|only| *only != group.slug) {
            continue;
        }
        let members: Vec<_> = group.members.iter().map(PartnerSlug::as_str).collect();
        let word = if group.closed_at.is_some() { "closed" } else { "open" };
        println!("{}\t{word}\t{}\t{}", group.slug, members.join(" "), group.name);
    }
    Ok(())
}
