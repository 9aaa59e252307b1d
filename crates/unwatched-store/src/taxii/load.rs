//! Taking over another server's content: ids, rights, versions, statuses and the moments at which
//! objects were added stay what they were.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::add::digest;
use super::roots::Audience;
use super::rows::{self, Latest, NewRow};
use super::{NewTaxiiUser, TaxiiStatus, statuses};
use crate::columns::{LONG_BYTES, SHORT_BYTES, count, micros, optional, text, time, to_json};
use crate::engine::{Db, Tx, within};
use crate::{Actor, Result, Store, StoreError, audit};

/// Rows are written when so many bytes of objects have come together.
const CHUNK: usize = 2_000;

/// Another server.
#[derive(Debug, Clone)]
pub struct LoadedServer {
    /// What it says of itself; `None`: what is said here stays, and be it an earlier server's word.
    pub discovery: Option<Value>,
    /// No page holds more objects; `None`: as here.
    pub max_page_size: Option<u32>,
    /// Who comes in with a password.
    pub users: Vec<LoadedUser>,
    /// Its roots.
    pub roots: Vec<LoadedRoot>,
}

/// A user of another server.
pub type LoadedUser = NewTaxiiUser;

/// A root of another server.
#[derive(Debug, Clone)]
pub struct LoadedRoot {
    /// Where it is served.
    pub path: String,
    /// What it is called.
    pub title: String,
    /// What it is for.
    pub description: Option<String>,
    /// The versions of TAXII it names.
    pub versions: Vec<String>,
    /// The longest body it takes, in bytes.
    pub max_content_length: u64,
    /// Who reaches it.
    pub audience: Audience,
    /// Its collections.
    pub collections: Vec<LoadedCollection>,
    /// Statuses: id and document.
    pub statuses: Vec<(String, Value)>,
}

/// A collection of another server.
#[derive(Debug, Clone)]
pub struct LoadedCollection {
    /// Its id.
    pub id: String,
    /// Another name of it.
    pub alias: Option<String>,
    /// What it is called.
    pub title: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it holds.
    pub media_types: Vec<String>,
    /// Whether objects are read.
    pub can_read: bool,
    /// Whether objects are added.
    pub can_write: bool,
    /// Its objects, in the order in which they were added.
    pub objects: Vec<LoadedObject>,
}

/// A version of an object of another server.
#[derive(Debug, Clone)]
pub struct LoadedObject {
    /// Its id.
    pub id: String,
    /// Its type.
    pub object_type: String,
    /// Its version as written; `None`: it has none.
    pub version: Option<String>,
    /// Its version in the order of texts.
    pub version_key: Option<String>,
    /// The version of STIX.
    pub spec: String,
    /// When it was added.
    pub date_added: Timestamp,
    /// Its bytes.
    pub json: String,
}

impl Store {
    /// Takes a server over, all or nothing; `Conflict` when one of its roots is here already.
    pub async fn load_taxii(
        &self,
        server: &LoadedServer,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        within!(&mut tx, db => sqlx::query(
            "INSERT INTO taxii_server (one, discovery, max_page_size, asks) VALUES (1, $1, $2, $3)
             ON CONFLICT (one) DO UPDATE SET
                 discovery = CASE WHEN $4 THEN excluded.discovery ELSE taxii_server.discovery END,
                 max_page_size = excluded.max_page_size, asks = excluded.asks")
            .bind(to_json(&server.discovery.clone().unwrap_or_else(|| json!({})))?)
            .bind(server.max_page_size.map_or(0, i64::from))
            .bind(!server.users.is_empty())
            .bind(server.discovery.is_some())
            .execute(db).await?.rows_affected());
        for user in &server.users {
            let name = text(&user.name, "a user's name", SHORT_BYTES)?;
            let done = within!(&mut tx, db => sqlx::query(
                "INSERT INTO taxii_users (name, password_hash, added_at) VALUES ($1, $2, $3)
                 ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash,
                     partner = NULL, role = NULL, gone_at = NULL
                 WHERE taxii_users.partner IS NULL OR taxii_users.gone_at IS NOT NULL")
                .bind(name).bind(&user.password_hash).bind(micros(now))
                .execute(db).await?.rows_affected());
            if done == 0 {
                return Err(StoreError::Conflict(format!(
                    "a user {name:?} is a partner's here: give theirs another name in the file"
                )));
            }
        }
        for (place, root) in (1_000_i64..).zip(&server.roots) {
            load_root(&mut tx, place, root, now).await?;
            if root.audience != Audience::Users {
                continue;
            }
            for user in &server.users {
                within!(&mut tx, db => sqlx::query(
                    "INSERT INTO taxii_user_roots (name, root) VALUES ($1, $2)")
                    .bind(user.name.trim()).bind(&root.path)
                    .execute(&mut *db).await?.rows_affected());
            }
        }
        let detail = json!({ "roots": server.roots.len(), "users": server.users.len() });
        audit::append(&mut tx, &by.did("taxii.load", "taxii_server", "", detail), now).await?;
        tx.commit().await?;
        self.tell_planner_of_taxii().await;
        Ok(())
    }

    /// PostgreSQL, not told what came, would sort the rest of a collection for each of its pages; and
    /// as long as nobody noted which pages everybody sees, it looks each row of an index up. It
    /// comes to it by itself in time: what was taken over stays, whatever becomes of this.
    async fn tell_planner_of_taxii(&self) {
        if let Db::Pg(db) = &self.inner.db
            && let Err(error) = sqlx::raw_sql("VACUUM (ANALYZE) taxii_objects").execute(db).await
        {
            tracing::warn!("PostgreSQL was not told of the objects that were loaded: {error}");
        }
    }
}

async fn load_root(tx: &mut Tx, place: i64, root: &LoadedRoot, now: Timestamp) -> Result<()> {
    let title = text(&root.title, "a root's title", LONG_BYTES)?;
    let done = within!(tx, db => sqlx::query(
        "INSERT INTO taxii_roots
             (path, place, title, description, versions, max_content_length, audience)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (path) DO NOTHING")
        .bind(text(&root.path, "a root's path", SHORT_BYTES)?).bind(place).bind(title)
        .bind(optional(root.description.as_deref(), "a root's description", LONG_BYTES)?)
        .bind(to_json(&root.versions)?)
        .bind(count(root.max_content_length, "max_content_length")?)
        .bind(root.audience.as_str())
        .execute(&mut *db).await?.rows_affected());
    if done == 0 {
        return Err(StoreError::Conflict(format!(
            "there is already an API root at /{}/: give it another path in the file",
            root.path
        )));
    }
    for (place, collection) in (0_i64..).zip(&root.collections) {
        load_collection(tx, &root.path, place, collection).await?;
    }
    for (id, document) in &root.statuses {
        let status = TaxiiStatus {
            id: text(id, "a status's id", SHORT_BYTES)?.to_owned(),
            document: to_json(document)?,
            whose: None,
        };
        statuses::write(tx, &root.path, &status, now).await?;
    }
    Ok(())
}

async fn load_collection(
    tx: &mut Tx,
    root: &str,
    place: i64,
    collection: &LoadedCollection,
) -> Result<()> {
    let number: Option<i64> = within!(tx, db => sqlx::query_scalar(
        "INSERT INTO taxii_collections
             (root, id, alias, place, title, description, media_types, can_read, can_write)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING number")
        .bind(root)
        .bind(text(&collection.id, "a collection's id", SHORT_BYTES)?)
        .bind(optional(collection.alias.as_deref(), "a collection's alias", SHORT_BYTES)?)
        .bind(place)
        .bind(text(&collection.title, "a collection's title", LONG_BYTES)?)
        .bind(optional(collection.description.as_deref(), "a description", LONG_BYTES)?)
        .bind(to_json(&collection.media_types)?)
        .bind(collection.can_read)
        .bind(collection.can_write)
        .fetch_optional(&mut *db).await?);
    let number = number.ok_or_else(|| {
        let (id, root) = (&collection.id, root);
        StoreError::Conflict(format!("the root {root} has the collection {id} or its alias twice"))
    })?;
    let (rows, newest) = rows_of(collection)?;
    let largest = rows.iter().map(|row| row.json.len()).max().unwrap_or_default();
    for chunk in rows.chunks(CHUNK) {
        rows::write(tx, number, chunk, &[]).await?;
    }
    within!(tx, db => sqlx::query(
        "UPDATE taxii_collections SET newest = $2, largest = $3, changes = 1 WHERE number = $1")
        .bind(number).bind(newest).bind(i64::try_from(largest).unwrap_or(i64::MAX))
        .execute(&mut *db).await?.rows_affected());
    Ok(())
}

/// Its rows, and the latest moment. Of two that were added at one moment, which cannot be here, the
/// later in the list comes a microsecond later.
fn rows_of(collection: &LoadedCollection) -> Result<(Vec<NewRow<'_>>, i64)> {
    let mut objects: Vec<&LoadedObject> = collection.objects.iter().collect();
    objects.sort_by_key(|object| object.date_added);
    let (mut rows, mut latest) = (Vec::new(), Latest::default());
    let mut there = std::collections::HashSet::new();
    let mut newest = 0;
    for object in objects {
        let at = micros(object.date_added).max(newest + 1);
        let of_moment = format!("{:.6}", time(at)?);
        let key_of_moment = format!("{:.9}", time(at)?);
        let version = object.version.clone().unwrap_or(of_moment);
        let version_key =
            object.version_key.clone().or(object.version.clone()).unwrap_or(key_of_moment);
        if !there.insert((object.id.as_str(), object.spec.as_str(), version_key.clone())) {
            continue;
        }
        newest = at;
        latest.put(
            &mut rows,
            NewRow {
                date_added: at,
                id: &object.id,
                object_type: &object.object_type,
                version,
                version_key,
                spec: &object.spec,
                superseded_at: None,
                by_partner: None,
                digest: object.version.is_none().then(|| digest(&object.json)),
                json: &object.json,
            },
        );
    }
    Ok((rows, newest))
}
