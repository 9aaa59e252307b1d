//! `admin`: partners, their people, keys and groups; releases and who signs them. One file per noun; what it does about jobs is in
//! `jobs`.
//!
//! Whoever has a shell on the server may all of it: the audit log calls them the operator.

mod group;
mod handed_in;
mod keys;
mod partner;
mod release;
mod taxii;
mod token;
mod user;
mod webhook;

pub(super) use user::read_stdin;

use clap::{Args, Subcommand};
use unwatched_model::partner::PartnerSlug;

use super::Place;
use super::demo_fill::Demo;
use super::jobs::{Jobs, Reanalyze, Sweep};
use crate::refusal::refused;
use crate::state::AppState;

/// Manage partners, their people, keys and groups, and releases
#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Partners of the coalition
    #[command(subcommand)]
    Partner(partner::Partner),
    /// People who sign in
    #[command(subcommand)]
    User(user::User),
    /// Tokens for programs
    #[command(subcommand)]
    Token(token::Token),
    /// Addresses that partners want to be told of changes
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    /// Sharing groups
    #[command(subcommand)]
    Group(group::Group),
    /// Signed releases
    #[command(subcommand)]
    Release(release::Release),
    /// The TAXII server: another server's content, users
    #[command(subcommand)]
    Taxii(taxii::Taxii),
    /// The keys that sign releases
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Made-up coalitions, for trying things out
    #[command(subcommand)]
    Demo(Demo),
    /// What is done after an answer was given
    #[command(subcommand)]
    Jobs(Jobs),
    Reanalyze(Reanalyze),
    Sweep(Sweep),
}

impl Admin {
    /// Does it.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        let state = place.open().await?;
        let done = match self.what {
            What::Partner(what) => what.run(&state).await,
            What::User(what) => what.run(&state).await,
            What::Token(what) => what.run(&state).await,
            What::Webhook(what) => what.run(&state).await,
            What::Group(what) => what.run(&state).await,
            What::Release(what) => what.run(&state).await,
            What::Taxii(what) => what.run(&state).await,
            What::Keys(what) => what.run(&state).await,
            What::Demo(what) => what.run(&state).await,
            What::Jobs(what) => what.run(&state).await,
            What::Reanalyze(what) => what.run(&state).await,
            What::Sweep(what) => what.run(&state).await,
        };
        state.store.close().await;
        done
    }
}

async fn require_partner(state: &AppState, slug: &PartnerSlug) -> anyhow::Result<()> {
    if state.store.partner(slug).await?.is_some() {
        return Ok(());
    }
    let known = state.store.partners().await?;
    let known: Vec<_> = known.iter().map(|partner| partner.slug.as_str()).collect();
    let hint = crate::suggest::among(slug.as_str(), &known);
    Err(refused(format!(
        "no partner {slug}{hint}; add it with `admin partner add {slug} --category C`"
    )))
}
