//! `admin token`: keys for programs.

use anyhow::Context as _;
use clap::Subcommand;
use jiff::SignedDuration;
use unwatched_model::access::Scopes;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::{PartnerSlug, UserRole};
use unwatched_store::{Actor, NewToken, StoreError};

use super::require_partner;
use super::user::read_stdin;
use crate::http::api::keys::{DEFAULT_DAYS, MAX_DAYS};
use crate::http::auth;
use crate::refusal::refused;
use crate::state::AppState;

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token; it is printed once, on stdout
    Create {
        /// Whose
        #[arg(long, value_name = "SLUG")]
        partner: PartnerSlug,
        /// What its holder may do, as for a person
        #[arg(long, value_name = "R")]
        role: UserRole,
        /// What it is for
        #[arg(long, default_value = "")]
        label: String,
        /// What it may be used for: all, or some of read, samples:upload, samples:download,
        /// write, manage, coordinate
        #[arg(long, value_name = "SCOPES", default_value = "all")]
        scopes: Scopes,
        /// After how many days it ends
        #[arg(long, value_name = "DAYS", default_value_t = DEFAULT_DAYS,
              value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_DAYS)))]
        expires_days: u32,
    },
    /// List tokens: id, partner, role, scopes, state, last day of use, label
    List {
        /// Only this partner's
        #[arg(long, value_name = "SLUG")]
        partner: Option<PartnerSlug>,
    },
    /// Withdraw a token: by its id, or the token itself read from stdin
    Revoke {
        /// What `list` calls it by
        id: Option<String>,
    },
}

impl Token {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        match self {
            Self::Create { partner, role, label, scopes, expires_days } => {
                require_partner(state, &partner).await?;
                let lasts = SignedDuration::from_hours(i64::from(expires_days) * 24);
                let expires = state.clock.now().checked_add(lasts).context("add the days")?;
                let (token, sha256) = auth::new_token(&state.randomness);
                let expires = Some(expires);
                let new = NewToken { sha256, partner, role, scopes, expires, made_by: None, label };
                let operator = Actor::operator();
                let added = state.store.add_token(&new, &operator, state.clock.now());
                added.await.context("keep the token")?;
                println!("{token}");
                eprintln!("this is the only time the token is shown");
                Ok(())
            }
            Self::List { partner } => list(state, partner.as_ref()).await,
            Self::Revoke { id } => revoke(state, id).await,
        }
    }
}

async fn list(state: &AppState, partner: Option<&PartnerSlug>) -> anyhow::Result<()> {
    let now = state.clock.now();
    for token in state.store.tokens(partner).await? {
        let word = match (token.is_good(now), token.revoked_at) {
            (true, _) => "good",
            (false, Some(_)) => "withdrawn",
            (false, None) => "ended",
        };
        let used = token.last_used_day.map(|day| day.strftime("%Y-%m-%d").to_string());
        let used = used.as_deref().unwrap_or("-");
        let (id, label) = (token.id(), crate::views::words::shown(&token.label));
        let (partner, role, scopes) = (token.partner, token.role, token.scopes);
        println!("{id}\t{partner}\t{role}\t{scopes}\t{word}\t{used}\t{label}");
    }
    Ok(())
}

async fn revoke(state: &AppState, id: Option<String>) -> anyhow::Result<()> {
    let sha256 = match id {
        Some(id) => by_id(state, &id).await?,
        None => from_stdin()?,
    };
    match state.store.revoke_token(&sha256, &Actor::operator(), state.clock.now()).await {
        Err(StoreError::NotFound(_)) => Err(refused("nobody has this token: nothing to withdraw")),
        revoked => {
            revoked.context("withdraw the token")?;
            eprintln!("the token is withdrawn: it opens nothing from now on");
            Ok(())
        }
    }
}

async fn by_id(state: &AppState, id: &str) -> anyhow::Result<Sha256> {
    let tokens = state.store.tokens(None).await?;
    let found = tokens.iter().find(|token| token.id() == id);
    found.map(|token| token.sha256).ok_or_else(|| {
        refused(format!("no token is called {id:?}: see `unwatched-exchange admin token list`"))
    })
}

fn from_stdin() -> anyhow::Result<Sha256> {
    let token = read_stdin()?;
    let token = token.trim();
    if token.is_empty() {
        return Err(refused("no token on stdin: pipe in the one to be withdrawn, or name its id"));
    }
    Ok(auth::token_sha256(token))
}
