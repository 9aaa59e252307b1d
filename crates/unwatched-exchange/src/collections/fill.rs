//! Brings a collection up to date with a bundle: what is new is added, what changed gets a new
//! version, what left is revoked. A revoked object never comes back under its id, as STIX asks: it
//! gets another, derived from the first.
//!
//! What left may have left because fewer people may read it: of it stays that it is revoked, and
//! nothing that it said, and its older versions are forgotten.

use std::collections::{HashMap, HashSet};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use unwatched_formats::taxii::envelope::head;
use unwatched_formats::taxii::{Head, Strictness, envelope, time};
use unwatched_store::{Actor, Store, TaxiiObject};
use uuid::Uuid;

use crate::http::taxii::own::Purpose;

/// So many objects are added in one transaction.
const AT_A_TIME: usize = 500;

/// Brings every collection for this purpose up to date. Says how many versions were added.
pub(super) async fn fill(
    store: &Store,
    purpose: Purpose,
    bundle: &[u8],
    now: Timestamp,
) -> anyhow::Result<usize> {
    let objects = envelope::objects(bundle).context("read what a collection is filled from")?;
    let mut added = 0;
    for collection in store.taxii_collections_for(purpose.as_str()).await? {
        let holdings = store.taxii_holdings(collection.number).await?;
        let wanted = renamed(&objects, &holdings)?;
        let versions = versions(&wanted, &holdings, now)?;
        for chunk in versions.chunks(AT_A_TIME) {
            let heads: Vec<Head> = chunk
                .iter()
                .map(|json| head(json, Strictness::Stix).map_err(|no| anyhow::anyhow!(no.why)))
                .collect::<anyhow::Result<_>>()?;
            let objects: Vec<_> =
                heads.iter().zip(chunk).map(|(head, json)| of(head, json)).collect();
            let by = Actor::system();
            store.add_taxii_objects(collection.number, &objects, &by, now, |_| None).await?;
        }
        // Again each time: one that was revoked while this was cut off is found by the next.
        let revoked = revoked(&holdings, &versions)?;
        let revoked: Vec<&str> = revoked.iter().map(String::as_str).collect();
        store.forget_older_versions(collection.number, &revoked).await?;
        added += versions.len();
    }
    Ok(added)
}

fn of<'a>(head: &'a Head, json: &'a str) -> TaxiiObject<'a> {
    TaxiiObject {
        id: &head.id,
        object_type: &head.object_type,
        version: head.version.as_deref(),
        version_key: head.version_key.as_deref(),
        spec: &head.spec_version,
        json,
    }
}

fn parsed(json: &str) -> anyhow::Result<Map<String, Value>> {
    serde_json::from_str(json).context("read an object of our own")
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn is_revoked(object: &Map<String, Value>) -> bool {
    object.get("revoked").and_then(Value::as_bool).unwrap_or_default()
}

/// The objects, those that were revoked once under the next id that was not.
fn renamed(objects: &[&str], holdings: &[(String, String)]) -> anyhow::Result<Vec<String>> {
    let mut revoked = HashSet::new();
    for (id, json) in holdings.iter().filter(|(_, json)| json.contains("\"revoked\"")) {
        if is_revoked(&parsed(json)?) {
            revoked.insert(id.as_str());
        }
    }
    if revoked.is_empty() {
        return Ok(objects.iter().map(|json| (*json).to_owned()).collect());
    }
    let mut names: HashMap<&str, String> = HashMap::new();
    for id in &revoked {
        let mut next = again(id);
        while revoked.contains(next.as_str()) {
            next = again(&next);
        }
        names.insert(id, next);
    }
    let rename = |json: &&str| {
        let mut json = (*json).to_owned();
        for (id, next) in &names {
            if json.contains(id) {
                json = json.replace(id, next);
            }
        }
        json
    };
    Ok(objects.iter().map(rename).collect())
}

/// The id under which an object that was revoked comes back.
pub(super) fn again(id: &str) -> String {
    let (object_type, uuid) = id.split_once("--").unwrap_or(("object", id));
    let uuid = Uuid::try_parse(uuid).unwrap_or_default();
    format!("{object_type}--{}", Uuid::new_v5(&uuid, b"again"))
}

/// The versions that are to be added.
fn versions(
    wanted: &[String],
    holdings: &[(String, String)],
    now: Timestamp,
) -> anyhow::Result<Vec<String>> {
    let held: HashMap<&str, &str> =
        holdings.iter().map(|(id, json)| (id.as_str(), json.as_str())).collect();
    let (mut added, mut there) = (Vec::new(), HashSet::new());
    for json in wanted {
        let mut object = parsed(json)?;
        let id = text(&object, "id").to_owned();
        there.insert(id.clone());
        let Some(before) = held.get(id.as_str()) else {
            added.push(json.clone());
            continue;
        };
        if before == json {
            continue;
        }
        let before = parsed(before)?;
        if content(&before) == content(&object) || !object.contains_key("modified") {
            continue;
        }
        object.insert("created".to_owned(), before["created"].clone());
        object.insert("modified".to_owned(), later(&before, now).into());
        added.push(Value::Object(object).to_string());
    }
    for (id, json) in holdings.iter().filter(|(id, _)| !there.contains(id)) {
        let object = parsed(json)?;
        // Markings and what else has no versions stay.
        if !object.contains_key("modified") || is_kept(id) {
            continue;
        }
        let stub = stub(&object, &later(&object, now));
        if !is_revoked(&object) || content(&object) != content(&stub) {
            added.push(Value::Object(stub).to_string());
        }
    }
    Ok(added)
}

/// The objects that are revoked, before or by what was added.
fn revoked(holdings: &[(String, String)], versions: &[String]) -> anyhow::Result<Vec<String>> {
    let all = holdings.iter().map(|(_, json)| json).chain(versions);
    let mut revoked = Vec::new();
    for json in all.filter(|json| json.contains("\"revoked\"")) {
        let object = parsed(json)?;
        if is_revoked(&object) {
            revoked.push(text(&object, "id").to_owned());
        }
    }
    Ok(revoked)
}

/// What an object keeps when it is revoked: what every object has, and what it refers to.
const KEPT: [&str; 11] = [
    "type",
    "spec_version",
    "id",
    "created",
    "created_by_ref",
    "object_marking_refs",
    "is_family",
    "relationship_type",
    "source_ref",
    "target_ref",
    "object_refs",
];
/// In place of a name that a type must have, or that its validator asks for.
const WITHDRAWN: &str = "withdrawn";
const SAYS_NOTHING: &str = "It was withdrawn, and nothing is to be looked for by it.";
/// In place of a pattern: below `.invalid` nobody ever has a name.
const MATCHES_NOTHING: &str = "[domain-name:value = 'withdrawn.invalid']";

/// The object revoked, without what it said. What its type must have says nothing.
fn stub(object: &Map<String, Value>, modified: &str) -> Map<String, Value> {
    let mut stub = object.clone();
    stub.retain(|key, _| KEPT.contains(&key.as_str()));
    let mut put = |key: &str, value: Value| drop(stub.insert(key.to_owned(), value));
    put("modified", modified.into());
    put("revoked", true.into());
    match text(object, "type") {
        "indicator" => {
            put("name", WITHDRAWN.into());
            put("description", SAYS_NOTHING.into());
            put("pattern", MATCHES_NOTHING.into());
            put("pattern_type", "stix".into());
            put("valid_from", text(object, "created").into());
            put("valid_until", modified.into());
            put("indicator_types", Value::from(vec!["unknown"]));
        }
        "report" => {
            put("name", WITHDRAWN.into());
            put("published", text(object, "created").into());
            put("report_types", Value::from(vec!["indicator"]));
        }
        "malware" => put("name", WITHDRAWN.into()),
        _ => {}
    }
    stub
}

fn is_kept(id: &str) -> bool {
    id.starts_with("identity--") || id.starts_with("extension-definition--")
}

/// What it says, whenever it was said.
fn content(object: &Map<String, Value>) -> Map<String, Value> {
    let mut content = object.clone();
    for key in ["created", "modified", "valid_from", "valid_until", "published"] {
        content.remove(key);
    }
    content
}

/// A version after the one before, in milliseconds as our objects have it.
fn later(before: &Map<String, Value>, now: Timestamp) -> String {
    let after = time::parse(text(before, "modified"));
    let after = after.and_then(|at| at.checked_add(SignedDuration::from_millis(1)).ok());
    let at = after.map_or(now, |after| after.max(now));
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "malware--00000000-0000-4000-8000-000000000001";
    const B: &str = "indicator--00000000-0000-4000-8000-000000000002";

    fn object(id: &str, name: &str) -> String {
        let object_type = id.split_once("--").unwrap().0;
        serde_json::json!({
            "type": object_type, "id": id, "spec_version": "2.1", "name": name,
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        })
        .to_string()
    }

    fn brought(holdings: &[(String, String)], objects: &[String]) -> Vec<Map<String, Value>> {
        let now = "2026-01-02T00:00:00Z".parse().unwrap();
        let objects: Vec<_> = objects.iter().map(String::as_str).collect();
        let wanted = renamed(&objects, holdings).unwrap();
        let versions = versions(&wanted, holdings, now).unwrap();
        versions.iter().map(|json| parsed(json).unwrap()).collect()
    }

    fn held(json: &str) -> (String, String) {
        (text(&parsed(json).unwrap(), "id").to_owned(), json.to_owned())
    }

    #[test]
    fn what_is_the_same_stays_and_what_changed_gets_a_version() {
        let holdings = [held(&object(A, "a")), held(&object(B, "b"))];
        assert!(brought(&holdings, &[object(A, "a"), object(B, "b")]).is_empty());
        let added = brought(&holdings, &[object(A, "other"), object(B, "b")]);
        assert_eq!(added.len(), 1);
        assert_eq!(text(&added[0], "modified"), "2026-01-02T00:00:00.000Z");
        assert_eq!(text(&added[0], "created"), "2026-01-01T00:00:00.000Z");
    }

    #[test]
    fn of_what_left_stays_that_it_is_revoked() {
        let mut said = parsed(&object(B, "package of Alpha")).unwrap();
        for (key, text) in [
            ("description", "The app's package name."),
            ("pattern", "[domain-name:value = 'c2.alpha.example']"),
            ("valid_from", "2026-01-01T00:00:00.000Z"),
            ("x_note", "c2.alpha.example"),
        ] {
            said.insert(key.to_owned(), text.into());
        }
        let (held_a, before) = (held(&object(A, "a")), Value::Object(said).to_string());
        let gone = brought(&[held_a.clone(), held(&before)], &[object(A, "a")]);
        let stub = Value::Object(gone[0].clone()).to_string();
        for text in ["alpha", "Alpha", "package"] {
            assert!(!stub.contains(text), "{text}: {stub}");
        }
        assert_eq!(text(&gone[0], "pattern"), MATCHES_NOTHING);
        assert!(text(&gone[0], "valid_until") > text(&gone[0], "valid_from"));
        // One that an earlier program revoked with all that it said is emptied, too.
        let mut full = parsed(&before).unwrap();
        full.insert("revoked".to_owned(), true.into());
        let holdings = [held_a, held(&Value::Object(full).to_string())];
        assert_eq!(brought(&holdings, &[object(A, "a")]).len(), 1);
        let ids = revoked(&holdings, &[]).unwrap();
        assert_eq!(ids, [B]);
    }

    #[test]
    fn what_left_is_revoked_once_and_comes_back_under_another_id() {
        let holdings = [held(&object(A, "a")), held(&object(B, "b"))];
        let gone = brought(&holdings, &[object(A, "a")]);
        assert_eq!((gone.len(), text(&gone[0], "id")), (1, B));
        assert!(is_revoked(&gone[0]));
        let holdings = [holdings[0].clone(), held(&Value::Object(gone[0].clone()).to_string())];
        assert!(brought(&holdings, &[object(A, "a")]).is_empty());
        let back = brought(&holdings, &[object(A, "a"), object(B, "b")]);
        assert_eq!((back.len(), text(&back[0], "id")), (1, again(B).as_str()));
    }
}
