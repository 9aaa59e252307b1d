//! Made-up coalitions to look around in. Every name, host and app is invented.
//!
//! [`small`] is what `serve --demo` starts with: a few inert apps, really analysed. [`fill`] makes
//! a coalition of any size, for trying out what many partners and samples feel like; its samples
//! have reports and no bytes.

mod chance;
mod coalition;
mod fill;
mod kin;
mod names;
mod samples;
mod small;
mod trail;
mod voices;

use anyhow::Context as _;
use jiff::Timestamp;
use unwatched_model::access::Scopes;
use unwatched_model::partner::{PartnerSlug, UserRole};
use unwatched_store::{Actor, NewToken, NewUser};

use crate::http::auth;
use crate::refusal::refused;
use crate::state::AppState;

pub use fill::{Size, fill};
pub use small::seed;

/// How a partner gets in.
#[derive(Debug)]
pub struct WayIn {
    /// Which partner.
    pub partner: PartnerSlug,
    /// For programs; a person alone has none.
    pub token: Option<String>,
    /// For the sign-in page.
    pub email: String,
    /// For the sign-in page.
    pub password: String,
}

/// Somebody who signs in, and what they may do.
struct Person {
    partner: PartnerSlug,
    email: String,
    role: UserRole,
    has_token: bool,
}

/// Lets people in, each with a password and, where wanted, a token that were never used before: a
/// made-up coalition may be reached by strangers too.
async fn let_in(
    state: &AppState,
    people: Vec<Person>,
    now: Timestamp,
) -> anyhow::Result<Vec<WayIn>> {
    // Hashing takes its time on purpose: all at once.
    let hashing: Vec<_> = people
        .into_iter()
        .map(|person| {
            let password = hex::encode(state.randomness.bytes::<10>());
            let salt = state.randomness.bytes();
            let secret = password.clone();
            let hash = tokio::task::spawn_blocking(move || auth::hash_password(&secret, salt));
            (person, password, hash)
        })
        .collect();
    let mut ways_in = Vec::new();
    for (Person { partner, email, role, has_token }, password, hash) in hashing {
        let password_hash = hash.await??;
        let user = NewUser { partner: partner.clone(), email: email.clone(), role, password_hash };
        state.store.add_user(&user, &Actor::operator(), now).await.context("add a person")?;
        let token =
            if has_token { Some(new_token(state, &partner, role, now).await?) } else { None };
        ways_in.push(WayIn { partner, token, email, password });
    }
    Ok(ways_in)
}

async fn new_token(
    state: &AppState,
    partner: &PartnerSlug,
    role: UserRole,
    now: Timestamp,
) -> anyhow::Result<String> {
    let (token, sha256) = auth::new_token(&state.randomness);
    let new = NewToken {
        sha256,
        partner: partner.clone(),
        role,
        scopes: Scopes::all(),
        expires: None,
        made_by: None,
        label: "demo".to_owned(),
    };
    state.store.add_token(&new, &Actor::operator(), now).await.context("add a token")?;
    Ok(token)
}

async fn require_empty(state: &AppState) -> anyhow::Result<()> {
    if state.store.partners().await?.is_empty() {
        return Ok(());
    }
    Err(refused(
        "the data folder holds a coalition already: start it without --demo, or give the demo a \
         folder of its own",
    ))
}
