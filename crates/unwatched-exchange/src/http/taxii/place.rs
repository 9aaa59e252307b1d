//! Addresses: which part of a path is the API root, and what lies within it.

use std::collections::HashSet;

use axum::http::Method;
use percent_encoding::percent_decode_str;
use unwatched_store::{Audience, TaxiiCollection, TaxiiPlace, TaxiiRoot};

use super::caller::Caller;
use super::error::TaxiiError;
use crate::state::AppState;

/// No address lies deeper: a root of several steps, and what is within it.
const MAX_STEPS: usize = 12;

/// A path as it is looked at first.
#[derive(Debug)]
pub(super) enum Place {
    /// `/taxii2/`.
    Discovery,
    /// Some root, or something in it.
    Below(Vec<String>),
}

/// What of a root is asked for.
#[derive(Debug)]
pub(super) enum Within {
    Root,
    Status(String),
    Collections,
    Collection(String),
    Manifest(String),
    Objects(String),
    Object(String, String),
    Versions(String, String),
}

impl Place {
    /// `None` for what no address of TAXII is like.
    pub(super) fn of(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut steps = Vec::new();
        for step in path.split('/') {
            if step.is_empty() || steps.len() == MAX_STEPS {
                return None;
            }
            steps.push(percent_decode_str(step).decode_utf8().ok()?.into_owned());
        }
        if steps.len() == 1 && steps[0] == "taxii2" {
            return Some(Self::Discovery);
        }
        Some(Self::Below(steps))
    }

    /// Whether what lies there takes this method, whichever part of it is the root.
    pub(super) fn takes(&self, method: &Method) -> bool {
        self.methods().split(", ").any(|known| known == method.as_str())
    }

    /// What it takes, as `Allow` says it.
    pub(super) fn methods(&self) -> &'static str {
        let Self::Below(steps) = self else { return "GET, HEAD" };
        let from_the_end = |back: usize| steps.iter().rev().nth(back).map(String::as_str);
        match (from_the_end(0), from_the_end(1), from_the_end(2), from_the_end(3)) {
            (Some("objects"), _, Some("collections"), Some(_)) => "GET, HEAD, POST",
            (_, Some("objects"), _, Some("collections")) => "GET, HEAD, DELETE",
            _ => "GET, HEAD",
        }
    }
}

/// What a caller reaches.
pub(super) struct Found {
    pub(super) root: TaxiiRoot,
    /// What of it is asked for.
    pub(super) within: Within,
    /// The collection that is, or lies on the way; none: there is no such collection, or none is
    /// asked for.
    pub(super) collection: Option<TaxiiCollection>,
}

/// The root that this caller reaches, and what of it is asked for.
pub(super) async fn find(
    state: &AppState,
    caller: &Caller,
    steps: &[String],
) -> Result<Found, TaxiiError> {
    let no_root = || TaxiiError::not_found("no such API root, or none that is open to you");
    let mut places = Vec::new();
    for length in 1..=steps.len() {
        if let Some(within) = within(&steps[length..]) {
            places.push((steps[..length].join("/"), within.collection().map(str::to_owned)));
        }
    }
    let partner = caller.viewer().map(|viewer| &viewer.partner);
    let user = match caller {
        Caller::User(name) => Some(name.as_str()),
        Caller::Partner(..) | Caller::Nobody => None,
    };
    // In one question where there is such a collection, which is nearly always.
    let found = state.store.taxii_collection_at(&places, partner, user).await?;
    let (root, is_reached, collection) =
        if let Some(TaxiiPlace { root, collection, is_theirs }) = found {
            let is_reached = match root.audience {
                Audience::Everybody => true,
                Audience::Partners => partner.is_some(),
                Audience::Users => is_theirs,
            };
            (root, is_reached, Some(collection))
        } else {
            let paths: Vec<String> = places.into_iter().map(|(path, _)| path).collect();
            let root = state.store.taxii_root(&paths).await?.ok_or_else(no_root)?;
            let is_reached = Reach::of(state, caller, root.audience).await?.covers(&root);
            (root, is_reached, None)
        };
    if !is_reached {
        return Err(match caller {
            Caller::Nobody => TaxiiError::unauthorised(HOW),
            _ => no_root(),
        });
    }
    let length = root.path.split('/').count();
    let within = within(&steps[length..]).ok_or_else(TaxiiError::no_address)?;
    Ok(Found { root, within, collection })
}

impl Within {
    /// The id or alias of the collection that is asked for, or what lies in.
    fn collection(&self) -> Option<&str> {
        match self {
            Self::Root | Self::Status(_) | Self::Collections => None,
            Self::Collection(name)
            | Self::Manifest(name)
            | Self::Objects(name)
            | Self::Object(name, _)
            | Self::Versions(name, _) => Some(name),
        }
    }
}

/// How to come in.
pub(super) const HOW: &str = "send a token as `Authorization: Bearer TOKEN`, or as the password of \
    Basic authentication";

/// Which roots a caller reaches.
pub(super) struct Reach {
    is_partner: bool,
    /// Paths of those that were taken over with users: the user's own, or what was granted.
    taken_over: HashSet<String>,
}

impl Reach {
    /// As far as roots for this audience ask.
    pub(super) async fn of(
        state: &AppState,
        caller: &Caller,
        audience: Audience,
    ) -> Result<Self, TaxiiError> {
        let taken_over = match caller {
            Caller::Partner(viewer, _) if audience == Audience::Users => {
                state.store.taxii_roots_granted(&viewer.partner).await?
            }
            Caller::User(name) if audience == Audience::Users => {
                state.store.taxii_roots_of_user(name).await?
            }
            _ => HashSet::new(),
        };
        Ok(Self { is_partner: matches!(caller, Caller::Partner(..)), taken_over })
    }

    pub(super) fn covers(&self, root: &TaxiiRoot) -> bool {
        match root.audience {
            Audience::Everybody => true,
            Audience::Partners => self.is_partner,
            Audience::Users => self.taken_over.contains(&root.path),
        }
    }
}

fn within(steps: &[String]) -> Option<Within> {
    let words: Vec<&str> = steps.iter().map(String::as_str).collect();
    let owned = |word: &str| word.to_owned();
    Some(match words.as_slice() {
        [] => Within::Root,
        ["status", id] => Within::Status(owned(id)),
        ["collections"] => Within::Collections,
        ["collections", name] => Within::Collection(owned(name)),
        ["collections", name, "manifest"] => Within::Manifest(owned(name)),
        ["collections", name, "objects"] => Within::Objects(owned(name)),
        ["collections", name, "objects", id] => Within::Object(owned(name), owned(id)),
        ["collections", name, "objects", id, "versions"] => {
            Within::Versions(owned(name), owned(id))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_methods_an_address_takes() {
        let check = |path: &str, expected: &str| {
            assert_eq!(Place::of(path).unwrap().methods(), expected, "{path}");
        };
        check("/taxii2/", "GET, HEAD");
        check("/a/", "GET, HEAD");
        check("/a/collections/x/objects/", "GET, HEAD, POST");
        check("/deep/a/collections/x/objects", "GET, HEAD, POST");
        check("/a/collections/x/objects/y/", "GET, HEAD, DELETE");
        check("/a/collections/x/objects/y/versions/", "GET, HEAD");
        check("/a/collections/x/manifest/", "GET, HEAD");
        assert!(Place::of("/a//b/").is_none());
        assert!(Place::of("/%ff/").is_none());
    }
}
