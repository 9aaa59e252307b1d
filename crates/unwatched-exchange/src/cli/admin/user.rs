//! `admin user`: people who sign in.

use std::io::{IsTerminal as _, Read as _};

use anyhow::Context as _;
use clap::Subcommand;
use unwatched_model::partner::{PartnerSlug, UserRole};
use unwatched_store::{Actor, NewUser, UserId};

use super::require_partner;
use crate::http::auth;
use crate::refusal::refused;
use crate::state::AppState;

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Add a person; the password is read from stdin
    Add {
        /// Whose
        #[arg(long, value_name = "SLUG")]
        partner: PartnerSlug,
        /// What they sign in with
        #[arg(long, value_name = "E")]
        email: String,
        /// What they may do: org_admin, analyst, uploader, reader, statistics_editor, helper,
        /// trainer or coordinator
        #[arg(long, value_name = "R")]
        role: UserRole,
    },
    /// List people: number, partner, role, state, e-mail
    List {
        /// Only this partner's
        #[arg(long, value_name = "SLUG")]
        partner: Option<PartnerSlug>,
    },
    /// Shut a person out: signed out at once, and the keys they made withdrawn
    Disable {
        /// What they signed in with
        email: String,
    },
    /// Give a person another role; they sign in anew, and keys they made are withdrawn
    Role {
        /// What they sign in with
        email: String,
        /// The role
        role: UserRole,
    },
}

impl User {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        let (operator, now) = (Actor::operator(), state.clock.now());
        match self {
            Self::Add { partner, email, role } => add(state, partner, email, role).await,
            Self::List { partner } => list(state, partner.as_ref()).await,
            Self::Disable { email } => {
                let user = known(state, &email).await?;
                let keys = state.store.disable_user(user, &operator, now).await?;
                eprintln!("person {} is shut out, and {keys} keys they made with them", user.0);
                Ok(())
            }
            Self::Role { email, role } => {
                let user = known(state, &email).await?;
                let keys = state.store.set_user_role(user, role, &operator, now).await?;
                eprintln!("person {} has the role {role} now; {keys} keys withdrawn", user.0);
                Ok(())
            }
        }
    }
}

async fn known(state: &AppState, email: &str) -> anyhow::Result<UserId> {
    let user = state.store.user_by_email(email.trim()).await?;
    user.map(|user| user.id).ok_or_else(|| {
        refused("nobody signs in with this e-mail: see `unwatched-exchange admin user list`")
    })
}

async fn list(state: &AppState, partner: Option<&PartnerSlug>) -> anyhow::Result<()> {
    for user in state.store.users(partner).await? {
        let word = if user.disabled { "shut out" } else { "active" };
        println!("{}\t{}\t{}\t{word}\t{}", user.id.0, user.partner, user.role, user.email);
    }
    Ok(())
}

async fn add(
    state: &AppState,
    partner: PartnerSlug,
    email: String,
    role: UserRole,
) -> anyhow::Result<()> {
    require_partner(state, &partner).await?;
    let email = email.trim().to_owned();
    let is_address =
        email.split_once('@').is_some_and(|(who, at)| !who.is_empty() && !at.is_empty());
    if !is_address || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(refused("--email is not an e-mail address"));
    }
    let password = read_password()?;
    let hash = auth::hash_password(&password, state.randomness.bytes())
        .map_err(|error| refused(format!("{error:#}")))?;
    let user = NewUser { partner, email, role, password_hash: hash };
    let operator = Actor::operator();
    let added = state.store.add_user(&user, &operator, state.clock.now());
    added.await.context("add the person")?;
    eprintln!("added a person with the role {role} to {}", user.partner);
    Ok(())
}

/// A secret never stands on the command line, where every process of the machine reads it.
pub(in crate::cli) fn read_stdin() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text).context("read from stdin")?;
    Ok(text)
}

/// One line from stdin.
pub(super) fn read_password() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        eprintln!("password, then Enter and Ctrl-D (it is shown as typed; better pipe it in):");
    }
    let text = read_stdin()?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(refused(
            "no password on stdin: pipe it in, as in `pass show x | unwatched-exchange admin user add ...`",
        ));
    }
    Ok(password.to_owned())
}
