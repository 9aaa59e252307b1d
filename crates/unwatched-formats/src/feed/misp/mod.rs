//! The MISP feed: `misp/manifest.json`, one event per family, `misp/hashes.csv`.
//!
//! An event is a family as it stands now: what left the rows leaves the event, whose timestamp then
//! moves on so that whoever pulls takes it anew. An unchanged event keeps its bytes and timestamp,
//! which is why the manifest says a digest of each. Uuids follow from what is said.

mod event;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use self::event::{Event, Org, Tag};
use super::{Feed, FeedRow, identity};

/// The folder of the feed within a release.
pub const FOLDER: &str = "misp/";
/// The manifest's name.
pub const MANIFEST: &str = "misp/manifest.json";
/// The name of the list of hashes.
pub const HASHES: &str = "misp/hashes.csv";

/// What the manifest says of one event.
#[derive(Serialize, Deserialize)]
struct Listed {
    #[serde(rename = "Orgc")]
    orgc: Org,
    #[serde(rename = "Tag")]
    tags: Vec<Tag>,
    info: String,
    date: String,
    analysis: String,
    threat_level_id: String,
    timestamp: String,
    /// A digest of the event but for its timestamps: ours, passed over by others.
    unwatched_content: String,
}

/// Every file of the feed with its name. `before` is the manifest of the release before this one.
pub fn render(feed: &Feed<'_>, before: Option<&[u8]>) -> Vec<(String, Vec<u8>)> {
    // A manifest of another form is as good as none: every event then has a new timestamp.
    let before: BTreeMap<String, Listed> =
        before.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
    let now = feed.head.published.as_second();
    let (mut manifest, mut hashes, mut files) = (BTreeMap::new(), String::new(), Vec::new());
    let mut rest = feed.rows.as_slice();
    for (at, family) in feed.families.iter().enumerate() {
        let end = rest.iter().position(|row| row.family != at).unwrap_or(rest.len());
        let (rows, after) = rest.split_at(end);
        rest = after;
        let uuid = identity::named("misp-event", &[family.family.id.as_str()]).to_string();
        let mut event = Event::of(family, rows, &uuid);
        let content = hex(&Sha256::digest(event.to_bytes())[..16]);
        let known = before.get(&uuid).filter(|known| known.unwatched_content == content);
        let timestamp = known.map_or_else(|| now.to_string(), |known| known.timestamp.clone());
        event.date_to(&timestamp);
        for value in event.values() {
            let _ = writeln!(hashes, "{},{uuid}", hex(&Md5::digest(value)));
        }
        files.push((format!("{FOLDER}{uuid}.json"), event.to_bytes()));
        manifest.insert(uuid, event.listed(timestamp, content));
    }
    files.push((MANIFEST.to_owned(), json(&manifest)));
    files.push((HASHES.to_owned(), hashes.into_bytes()));
    files
}

fn json(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(value).expect("plain data serialises");
    bytes.push(b'\n');
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether a file of a release belongs to the feed.
pub fn is_of_feed(name: &str) -> bool {
    name.starts_with(FOLDER)
}

/// What a row says to whoever reads the attribute.
fn comment(row: &FeedRow<'_>) -> String {
    let said = match row.role {
        unwatched_model::indicator::Role::C2 => "the app sends to it or takes commands from it",
        unwatched_model::indicator::Role::Website => {
            "the maker's website: a visit does not show that the app is on the device"
        }
        unwatched_model::indicator::Role::Distribution => {
            "the app is downloaded from it: a visit does not show that the app is on the device"
        }
        unwatched_model::indicator::Role::App => "names the app",
        unwatched_model::indicator::Role::Sample => "one file of the app",
    };
    format!("{}: {said}; from {}", row.role, row.sources.join(", "))
}
