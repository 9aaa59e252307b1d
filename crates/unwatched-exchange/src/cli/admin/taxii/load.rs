//! `admin taxii load`: reads another server's content from a file. What the file lacks and a
//! server must have is made up from what it has; what cannot be served is refused by its place.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use unwatched_formats::taxii::envelope::head;
use unwatched_formats::taxii::{Strictness, media, time};
use unwatched_store::{
    Actor, Audience, LoadedCollection, LoadedObject, LoadedRoot, LoadedServer, LoadedUser,
};

use crate::http::auth;
use crate::http::taxii::own;
use crate::refusal::refused;
use crate::state::AppState;

/// What a root takes that does not say it.
const MAX_CONTENT_LENGTH: u64 = 100 << 20;

#[derive(Deserialize)]
struct Server {
    discovery: Option<Map<String, Value>>,
    #[serde(default)]
    users: BTreeMap<String, String>,
    max_page_size: Option<u32>,
    #[serde(default)]
    roots: BTreeMap<String, Root>,
}

#[derive(Deserialize)]
struct Root {
    title: Option<String>,
    description: Option<String>,
    #[serde(default)]
    versions: Vec<String>,
    max_content_length: Option<u64>,
    #[serde(default)]
    collections: Vec<Collection>,
    #[serde(default)]
    statuses: Vec<Value>,
}

#[derive(Deserialize)]
struct Collection {
    id: String,
    title: Option<String>,
    description: Option<String>,
    alias: Option<String>,
    can_read: bool,
    can_write: bool,
    #[serde(default)]
    media_types: Vec<String>,
    #[serde(default)]
    objects: Vec<Added>,
}

#[derive(Deserialize)]
struct Added {
    object: Box<RawValue>,
    date_added: Option<String>,
}

/// Takes the file over.
pub(super) async fn load(state: &AppState, file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| refused(format!("cannot read {}: {error}", file.display())))?;
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    let server: Server = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| refused(format!("{}: {error}", file.display())))?;
    let now = state.clock.now();
    let loaded = loaded(state, server, now)?;
    let collections = loaded.roots.iter().flat_map(|root| &root.collections);
    let objects: usize = collections.clone().map(|one| one.objects.len()).sum();
    let (count, future) = (collections.clone().count(), dates_to_come(collections, now));
    let asked = state.store.taxii_server().await?.is_some_and(|server| server.asks);
    state
        .store
        .load_taxii(&loaded, &Actor::operator(), now)
        .await
        .context("take the server over")?;
    eprintln!(
        "took over {} API roots, {count} collections, {objects} versions of objects, {} users",
        loaded.roots.len(),
        loaded.users.len()
    );
    match (asked, !loaded.users.is_empty()) {
        (false, true) => eprintln!(
            "from now on /taxii2/ asks everybody who they are: one of these users, or a partner by a \
             token; /public/ and other roots that are everybody's still ask nobody"
        ),
        (true, false) => eprintln!(
            "this file names no users: from now on /taxii2/ asks nobody who they are, and shows whoever \
             asks the roots they reach"
        ),
        _ => {}
    }
    if let Some(future) = future {
        eprintln!("{future}");
    }
    Ok(())
}

/// What to know of objects that were added after now, as the file says.
fn dates_to_come<'a>(
    collections: impl Iterator<Item = &'a LoadedCollection>,
    now: Timestamp,
) -> Option<String> {
    let objects = collections.flat_map(|one| &one.objects);
    let dates: Vec<Timestamp> =
        objects.map(|object| object.date_added).filter(|at| *at > now).collect();
    let latest = dates.iter().max()?;
    Some(format!(
        "warning: of {} objects `date_added` lies in the future, as late as {latest}: what is added to \
         their collections from now on comes after that, for dates only grow, and whoever asks by a date \
         of theirs asks far ahead. Correct the dates and load the file into a folder that has not taken \
         it over yet",
        dates.len()
    ))
}

fn loaded(state: &AppState, server: Server, now: Timestamp) -> anyhow::Result<LoadedServer> {
    if server.max_page_size == Some(0) {
        return Err(refused("max_page_size is 0: give at least 1"));
    }
    let mut users = Vec::new();
    for (name, password) in &server.users {
        users.push(user(state, name, password)?);
    }
    // Where nobody is named, nobody is asked.
    let audience = if users.is_empty() { Audience::Everybody } else { Audience::Users };
    let mut roots = Vec::new();
    for (path, root) in server.roots {
        roots.push(loaded_root(&path, root, audience, now)?);
    }
    let discovery = server.discovery.map(|said| of_here(said, &roots));
    Ok(LoadedServer { discovery, max_page_size: server.max_page_size, users, roots })
}

fn user(state: &AppState, name: &str, password: &str) -> anyhow::Result<LoadedUser> {
    if name.is_empty() || name.contains(':') || name.chars().any(char::is_control) {
        return Err(refused(format!(
            "users: {name:?} is no name for Basic authentication: it has no colon and no control \
             character"
        )));
    }
    let password_hash = auth::hash_any_password(password, state.randomness.bytes())
        .with_context(|| format!("hash the password of {name}"))?;
    Ok(LoadedUser { name: name.to_owned(), password_hash, partner: None })
}

/// What the other server said of itself, its default root as it is served here.
fn of_here(mut said: Map<String, Value>, roots: &[LoadedRoot]) -> Value {
    let default = said.get("default").and_then(Value::as_str).map(|url| {
        let url = url.trim_end_matches('/');
        let is_it = |root: &&LoadedRoot| {
            url == root.path || url.strip_suffix(&root.path).is_some_and(|rest| rest.ends_with('/'))
        };
        let longest = roots.iter().filter(is_it).max_by_key(|root| root.path.len());
        longest.map(|root| format!("/{}/", root.path))
    });
    match default.flatten() {
        Some(url) => said.insert("default".to_owned(), url.into()),
        None => said.remove("default"),
    };
    Value::Object(said)
}

fn loaded_root(
    path: &str,
    root: Root,
    audience: Audience,
    now: Timestamp,
) -> anyhow::Result<LoadedRoot> {
    let path = path.trim_matches('/').to_owned();
    own::check_path(&path).map_err(|why| refused(format!("roots: {why}")))?;
    let most = root.max_content_length.unwrap_or(MAX_CONTENT_LENGTH);
    if most == 0 {
        return Err(refused(format!("roots.{path}: max_content_length is 0")));
    }
    let mut collections = Vec::new();
    for collection in root.collections {
        collections.push(loaded_collection(&path, collection, now)?);
    }
    let mut statuses = Vec::new();
    for status in root.statuses {
        let id = status.get("id").and_then(Value::as_str).map(str::to_owned);
        let id = id.ok_or_else(|| refused(format!("roots.{path}: a status has no id")))?;
        statuses.push((id, status));
    }
    let versions =
        if root.versions.is_empty() { vec![media::TAXII.to_owned()] } else { root.versions };
    Ok(LoadedRoot {
        title: root.title.unwrap_or_else(|| path.clone()),
        path,
        description: root.description,
        versions,
        max_content_length: most,
        audience,
        collections,
        statuses,
    })
}

fn loaded_collection(
    root: &str,
    collection: Collection,
    now: Timestamp,
) -> anyhow::Result<LoadedCollection> {
    let mut objects = Vec::new();
    for (position, added) in collection.objects.iter().enumerate() {
        let place = || format!("roots.{root}: collection {}: objects[{position}]", collection.id);
        objects.push(object(added, now).map_err(|why| refused(format!("{}: {why}", place())))?);
    }
    let mut media_types = collection.media_types;
    if media_types.is_empty() {
        media_types.push(media::STIX_2_1.to_owned());
        if objects.iter().any(|object| object.spec == "2.0") {
            media_types.push("application/stix+json;version=2.0".to_owned());
        }
    }
    Ok(LoadedCollection {
        title: collection.title.unwrap_or_else(|| collection.id.clone()),
        id: collection.id,
        alias: collection.alias,
        description: collection.description,
        media_types,
        can_read: collection.can_read,
        can_write: collection.can_write,
        objects,
    })
}

fn object(added: &Added, now: Timestamp) -> Result<LoadedObject, String> {
    let json = added.object.get();
    let head = head(json, Strictness::Served).map_err(|refused| refused.why)?;
    let date_added = match added.date_added.as_deref() {
        Some(text) => {
            time::parse(text).ok_or_else(|| format!("date_added {text:?} is no RFC 3339 time"))?
        }
        None => now,
    };
    Ok(LoadedObject {
        id: head.id,
        object_type: head.object_type,
        version: head.version,
        version_key: head.version_key,
        spec: head.spec_version,
        date_added,
        json: json.to_owned(),
    })
}
