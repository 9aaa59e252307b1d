//! `admin`: partners, their people and tokens, releases. What it does about jobs is in `jobs`.

use std::io::{IsTerminal as _, Read as _};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use unwatched_model::access::Scopes;
use unwatched_model::partner::{PartnerCategory, PartnerSlug, Standing, UserRole};
use unwatched_store::{Actor, NewPartner, NewToken, NewUser, StoreError};

use super::Place;
use super::conflict::ConflictArgs;
use super::demo_fill::Demo;
use super::jobs::{Jobs, Reanalyze, Sweep};
use crate::http::auth;
use crate::refusal::refused;
use crate::release::publish;
use crate::state::AppState;

/// Manage partners, their people and tokens, and releases
#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Partners of the coalition
    #[command(subcommand)]
    Partner(Partner),
    /// People who sign in
    #[command(subcommand)]
    User(User),
    /// Tokens for programs
    #[command(subcommand)]
    Token(Token),
    /// Signed releases
    #[command(subcommand)]
    Release(Release),
    /// Made-up coalitions, for trying things out
    #[command(subcommand)]
    Demo(Demo),
    /// What is done after an answer was given
    #[command(subcommand)]
    Jobs(Jobs),
    Reanalyze(Reanalyze),
    Sweep(Sweep),
}

#[derive(Debug, Subcommand)]
enum Partner {
    /// Add a partner
    Add {
        /// Its short name, such as `example-lab`
        slug: PartnerSlug,
        /// What kind of organisation it is: vendor, support, rights, academia, testing, police,
        /// individual or other
        #[arg(long, value_name = "C")]
        category: PartnerCategory,
        /// Its name [default: the short name]
        #[arg(long)]
        name: Option<String>,
    },
    /// List partners
    List,
    Conflict(ConflictArgs),
}

#[derive(Debug, Subcommand)]
enum User {
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
}

#[derive(Debug, Subcommand)]
enum Token {
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
    },
    /// Withdraw a token; the token itself is read from stdin
    Revoke,
}

#[derive(Debug, Subcommand)]
enum Release {
    /// Publish what is public now, signed
    Publish,
}

impl Admin {
    /// Does it.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        let state = place.open().await?;
        let done = match self.what {
            What::Partner(Partner::Add { slug, category, name }) => {
                add_partner(&state, slug, category, name).await
            }
            What::Partner(Partner::List) => list_partners(&state).await,
            What::Partner(Partner::Conflict(conflict)) => conflict.run(&state).await,
            What::User(User::Add { partner, email, role }) => {
                add_user(&state, partner, email, role).await
            }
            What::Token(Token::Create { partner, role, label }) => {
                create_token(&state, partner, role, label).await
            }
            What::Token(Token::Revoke) => revoke_token(&state).await,
            What::Release(Release::Publish) => publish_release(&state).await,
            What::Demo(demo) => demo.run(&state).await,
            What::Jobs(jobs) => jobs.run(&state).await,
            What::Reanalyze(reanalyze) => reanalyze.run(&state).await,
            What::Sweep(sweep) => sweep.run(&state).await,
        };
        state.store.close().await;
        done
    }
}

async fn add_partner(
    state: &AppState,
    slug: PartnerSlug,
    category: PartnerCategory,
    name: Option<String>,
) -> anyhow::Result<()> {
    let name = name.unwrap_or_else(|| slug.to_string());
    let partner = NewPartner { slug, name, category, standing: Standing::Full };
    state.store.add_partner(&partner, state.clock.now()).await.context("add the partner")?;
    eprintln!("added the partner {} ({category})", partner.slug);
    Ok(())
}

async fn list_partners(state: &AppState) -> anyhow::Result<()> {
    for partner in state.store.partners().await? {
        println!("{}\t{}\t{}", partner.slug, partner.category, partner.name);
    }
    Ok(())
}

async fn add_user(
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
    state.store.add_user(&user, state.clock.now()).await.context("add the person")?;
    eprintln!("added a person with the role {role} to {}", user.partner);
    Ok(())
}

/// A secret never stands on the command line, where every process of the machine reads it.
fn read_stdin() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text).context("read from stdin")?;
    Ok(text)
}

/// One line from stdin.
fn read_password() -> anyhow::Result<String> {
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

async fn create_token(
    state: &AppState,
    partner: PartnerSlug,
    role: UserRole,
    label: String,
) -> anyhow::Result<()> {
    require_partner(state, &partner).await?;
    let (token, sha256) = auth::new_token(&state.randomness);
    let new = NewToken {
        sha256,
        partner,
        role,
        scopes: Scopes::all(),
        expires: None,
        made_by: None,
        label,
    };
    state.store.add_token(&new, state.clock.now()).await.context("keep the token")?;
    println!("{token}");
    eprintln!("this is the only time the token is shown");
    Ok(())
}

async fn revoke_token(state: &AppState) -> anyhow::Result<()> {
    let token = read_stdin()?;
    let token = token.trim();
    if token.is_empty() {
        return Err(refused("no token on stdin: pipe in the one to be withdrawn"));
    }
    let sha256 = auth::token_sha256(token);
    match state.store.revoke_token(&sha256, state.clock.now()).await {
        Err(StoreError::NotFound(_)) => Err(refused("nobody has this token: nothing to withdraw")),
        revoked => {
            revoked.context("withdraw the token")?;
            eprintln!("the token is withdrawn: it opens nothing from now on");
            Ok(())
        }
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

async fn publish_release(state: &AppState) -> anyhow::Result<()> {
    let published = publish::publish(state, &Actor::operator()).await?;
    println!("{}", published.sequence);
    eprintln!(
        "published release {}: {} indicators of {} families",
        published.sequence, published.indicators, published.families
    );
    Ok(())
}
