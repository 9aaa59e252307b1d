//! `admin webhook`: addresses that partners want to be told of changes.

use anyhow::Context as _;
use clap::Subcommand;
use unwatched_model::partner::{PartnerSlug, UserRole};
use unwatched_store::{Actor, StoreError};

use super::require_partner;
use crate::http::api::webhooks::{self, MakeWebhook};
use crate::refusal::refused;
use crate::state::AppState;
use crate::views::words;

#[derive(Debug, Subcommand)]
pub(super) enum Webhook {
    /// Have an address told; its secret is printed once, on stdout
    Add {
        /// Whose
        #[arg(long, value_name = "SLUG")]
        partner: PartnerSlug,
        /// With whose rights it is told, as for a person
        #[arg(long, value_name = "R", default_value = "reader")]
        role: UserRole,
        /// What it is for
        #[arg(long, default_value = "")]
        label: String,
        /// What it is told of, such as `verdict.changed` or `indicator`; everything without it
        #[arg(long = "kind", value_name = "KIND")]
        kinds: Vec<String>,
        /// The address: https, of the open internet
        url: String,
    },
    /// List webhooks: id, partner, role, state, last success, last error, address, label
    List {
        /// Only this partner's
        #[arg(long, value_name = "SLUG")]
        partner: Option<PartnerSlug>,
    },
    /// Switch one on again that was switched off
    On {
        /// Its number
        id: i64,
    },
    /// Remove one: nothing is sent to it any more
    Remove {
        /// Its number
        id: i64,
    },
}

impl Webhook {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        let (operator, now) = (Actor::operator(), state.clock.now());
        match self {
            Self::Add { partner, role, label, kinds, url } => {
                require_partner(state, &partner).await?;
                let body = MakeWebhook { url, label, kinds };
                let made = match webhooks::checked(state, partner, role, body) {
                    Ok(new) => webhooks::added(state, &new, &operator).await,
                    Err(problem) => Err(problem),
                };
                let made = made.map_err(|problem| refused(problem.words().to_owned()))?;
                println!("{}", made.secret);
                eprintln!("webhook {}: this is the only time its secret is shown", made.id);
                Ok(())
            }
            Self::List { partner } => list(state, partner.as_ref()).await,
            Self::On { id } => said(state.store.switch_webhook_on(id, &operator, now).await),
            Self::Remove { id } => said(state.store.remove_webhook(id, &operator, now).await),
        }
    }
}

fn said(done: Result<(), StoreError>) -> anyhow::Result<()> {
    match done {
        Err(StoreError::NotFound(_)) => {
            Err(refused("no such webhook: see `unwatched-exchange admin webhook list`"))
        }
        done => done.context("change the webhook"),
    }
}

async fn list(state: &AppState, partner: Option<&PartnerSlug>) -> anyhow::Result<()> {
    for one in state.store.webhooks(partner).await? {
        let state = if one.off.is_some() { "off" } else { "on" };
        let ok = one.last_ok_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let error = one.last_error.as_deref().unwrap_or("-");
        let (url, label) = (words::shown(&one.url), words::shown(&one.label));
        let (id, partner, role) = (one.id, one.partner, one.role);
        println!("{id}\t{partner}\t{role}\t{state}\t{ok}\t{error}\t{url}\t{label}");
    }
    Ok(())
}
