//! The exchange's own API roots and collections, kept as the configuration names them.
//!
//! `public` is everybody's: what was released, in both dialects of STIX. `partners` is for
//! partners: what they share with each other, what they hand in, and their sightings.

use std::fmt;
use std::str::FromStr;

use unwatched_store::{Audience, NewCollection, NewRoot, Store, TaxiiCollection};
use uuid::Uuid;

use super::caller::Caller;
use crate::clock::Randomness;
use crate::collections::inbox;
use crate::config::Config;
use crate::state::AppState;

/// The longest body that partners send.
const MAX_CONTENT_LENGTH: u64 = 10 << 20;

/// What the exchange does with a collection of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// What was released, in STIX as its validator takes it.
    PublicStrict,
    /// What was released, in STIX as MVT reads it.
    PublicMvt,
    /// What partners share with each other.
    Partners,
    /// What partners hand in.
    Inbox,
    /// How often what was seen.
    Sightings,
}

impl Purpose {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::PublicStrict, Self::PublicMvt, Self::Partners, Self::Inbox, Self::Sightings];

    /// Its word, which is the collection's alias.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PublicStrict => "public-strict",
            Self::PublicMvt => "public-mvt",
            Self::Partners => "partners",
            Self::Inbox => "inbox",
            Self::Sightings => "sightings",
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::PublicStrict => (
                "Released indicators",
                "Every indicator of the latest release, as STIX 2.1. What was recalled is revoked.",
            ),
            Self::PublicMvt => (
                "Released indicators for MVT",
                "The same in the patterns that the Mobile Verification Toolkit reads.",
            ),
            Self::Partners => (
                "What partners share",
                "Indicators up to TLP:AMBER that partners share with each other, judged or not.",
            ),
            Self::Inbox => {
                ("Inbox", "What is handed in here becomes indicators for the coalition to judge.")
            }
            Self::Sightings => (
                "Sightings",
                "How often a family was seen: counts of an organisation, never of a person.",
            ),
        }
    }

    fn collection(self, randomness: &Randomness) -> NewCollection {
        let (title, description) = self.words();
        NewCollection {
            id: new_id(randomness),
            alias: self.as_str().to_owned(),
            title: title.to_owned(),
            description: description.to_owned(),
            can_read: self != Self::Inbox,
            can_write: matches!(self, Self::Inbox | Self::Sightings),
            purpose: Some(self.as_str().to_owned()),
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Purpose {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|purpose| purpose.as_str() == word);
        found.ok_or_else(|| format!("no collection is for {word:?}"))
    }
}

/// First steps that lead elsewhere.
const RESERVED: [&str; 14] = [
    "api",
    "assets",
    "dialects",
    "docs",
    "feeds",
    "healthz",
    "portal",
    "samples",
    "site",
    "static",
    "statistics",
    "status",
    "collections",
    ".well-known",
];
/// The longest path of an API root, in bytes, and its most steps.
const MAX_PATH: (usize, usize) = (200, 6);

/// Whether an API root may be served there; a path without slashes around it.
pub fn check_path(path: &str) -> Result<(), String> {
    let steps: Vec<_> = path.split('/').collect();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    let is_step =
        |step: &&str| !step.is_empty() && !matches!(*step, "." | "..") && step.chars().all(is_part);
    if path.len() > MAX_PATH.0 || steps.len() > MAX_PATH.1 || !steps.iter().all(is_step) {
        return Err(format!(
            "{path:?} is no path of an API root: letters, digits, `-`, `_`, `.` and `~`, with `/` \
             between steps"
        ));
    }
    if RESERVED.contains(&steps[0]) || path == "taxii2" {
        return Err(format!("{:?} leads elsewhere: give the API root another path", steps[0]));
    }
    Ok(())
}

/// A random UUID.
pub(crate) fn new_id(randomness: &Randomness) -> String {
    let mut bytes = randomness.bytes::<16>();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Uuid::from_bytes(bytes).to_string()
}

/// Sees to it that the exchange's own roots and collections are there.
pub async fn keep(store: &Store, config: &Config, randomness: &Randomness) -> anyhow::Result<()> {
    let taxii = &config.taxii;
    let collections = |purposes: &[Purpose]| {
        purposes.iter().map(|purpose| purpose.collection(randomness)).collect::<Vec<_>>()
    };
    let roots = [
        NewRoot {
            path: taxii.public_root.clone(),
            title: "Released".to_owned(),
            description: Some("What the coalition released, for everybody.".to_owned()),
            max_content_length: MAX_CONTENT_LENGTH,
            audience: Audience::Everybody,
            collections: collections(&[Purpose::PublicStrict, Purpose::PublicMvt]),
        },
        NewRoot {
            path: taxii.partners_root.clone(),
            title: "Partners".to_owned(),
            description: Some("What partners share with each other and hand in.".to_owned()),
            max_content_length: MAX_CONTENT_LENGTH,
            audience: Audience::Partners,
            collections: collections(&[Purpose::Partners, Purpose::Inbox, Purpose::Sightings]),
        },
    ];
    store.keep_taxii_roots(&roots).await?;
    Ok(())
}

/// Something was added to a collection. Says whether it was looked at by what it says.
pub(super) async fn came_in(
    state: &AppState,
    caller: &Caller,
    collection: &TaxiiCollection,
) -> bool {
    let is_inbox = collection.purpose.as_deref() == Some(Purpose::Inbox.as_str());
    let Some(viewer) = caller.viewer().filter(|_| is_inbox) else { return false };
    // What was kept is read; what hinders that is tried again by the job that comes round.
    if let Err(error) = inbox::read(state, Some(&viewer.partner)).await {
        tracing::error!("what was handed in could not be read yet: {error:#}");
    }
    true
}
