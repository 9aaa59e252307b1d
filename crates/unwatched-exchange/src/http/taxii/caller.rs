//! Who asks: a partner's program by its token, as `Bearer` or as the password of `Basic`; a user of
//! the TAXII server by name and password; or nobody.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use unwatched_model::access::Action;
use unwatched_store::{Actor, Via, Viewer};

use super::error::TaxiiError;
use crate::http::auth;
use crate::state::AppState;
use crate::uses::User;

/// Who asks.
#[derive(Debug)]
pub(super) enum Caller {
    /// Without a word.
    Nobody,
    /// For a partner, by this program of theirs.
    Partner(Box<Viewer>, User),
    /// For no partner, by this name.
    User(String),
}

impl Caller {
    /// Whoever sends these headers. What they say is right, or it is refused.
    pub(super) async fn of(
        state: &AppState,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Self, TaxiiError> {
        let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Self::Nobody) };
        let value = value.to_str().map_err(|_| wrong())?;
        let (scheme, rest) = value.trim().split_once(' ').ok_or_else(wrong)?;
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return token(state, rest).await;
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(wrong());
        }
        let (name, password) = name_and_password(rest).ok_or_else(wrong)?;
        if auth::is_token(&password) {
            return token(state, &password).await;
        }
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        user(state, &name, &password, peer).await
    }

    /// As whom they are written down where they act.
    pub(super) fn actor(&self) -> Actor {
        match self {
            Self::Partner(viewer, _) => viewer.actor(),
            Self::User(_) | Self::Nobody => Actor { partner: None, user: None, via: Via::Key },
        }
    }

    /// Whose their statuses are.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Partner(viewer, _) => format!("partner {}", viewer.partner),
            Self::User(name) => format!("user {name}"),
            Self::Nobody => String::new(),
        }
    }

    /// The partner's viewer, where there is one.
    pub(super) fn viewer(&self) -> Option<&Viewer> {
        match self {
            Self::Partner(viewer, _) => Some(viewer),
            Self::User(_) | Self::Nobody => None,
        }
    }

    /// The partner's program, where there is one.
    pub(super) fn program(&self) -> Option<&User> {
        match self {
            Self::Partner(_, program) => Some(program),
            Self::User(_) | Self::Nobody => None,
        }
    }

    /// Whether they may do this to something.
    pub(super) fn may(&self, action: Action) -> bool {
        self.viewer().is_some_and(|viewer| auth::may(viewer, action))
    }
}

fn wrong() -> TaxiiError {
    TaxiiError::unauthorised("this is neither a token nor a name with its password")
}

async fn token(state: &AppState, token: &str) -> Result<Caller, TaxiiError> {
    let sha256 = auth::token_sha256(token);
    let viewer = state.store.viewer_by_token(&sha256, state.clock.now()).await?;
    let viewer = viewer.ok_or_else(wrong)?;
    let program = User::with_key(&viewer, &sha256);
    partner(viewer, program)
}

fn partner(viewer: Viewer, program: User) -> Result<Caller, TaxiiError> {
    auth::takes_part(viewer.standing)?;
    Ok(Caller::Partner(Box::new(viewer), program))
}

async fn user(
    state: &AppState,
    name: &str,
    password: &str,
    peer: Option<IpAddr>,
) -> Result<Caller, TaxiiError> {
    let now = state.clock.now();
    let user = state.store.taxii_user(name, now).await?;
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    if !state.passwords.is_right(name, password, hash, peer, now).await? {
        return Err(wrong());
    }
    match user {
        Some(user) => match user.viewer {
            Some(viewer) => {
                let program = User::with_password(&viewer);
                partner(viewer, program)
            }
            None => Ok(Caller::User(user.name)),
        },
        None => Err(wrong()),
    }
}

fn name_and_password(text: &str) -> Option<(String, String)> {
    // No name and password are longer.
    if text.len() > 4096 {
        return None;
    }
    let bytes = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}
