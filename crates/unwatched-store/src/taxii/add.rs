//! Adding objects: all of a request in one transaction with the status that tells of it. What is
//! there already in the same version stays as it is.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sqlx::QueryBuilder;
use unwatched_model::partner::PartnerSlug;

use super::rows::{self, Latest, NewRow};
use crate::columns::{micros, time};
use crate::engine::{Tx, within};
use crate::{Actor, Result, Store, StoreError, audit};

/// So many objects are looked up by one statement.
const CHUNK: usize = 500;

/// An object to be added. What it says of itself was read from its JSON.
#[derive(Debug, Clone, Copy)]
pub struct TaxiiObject<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its type.
    pub object_type: &'a str,
    /// Its version as written; `None`: it has none, and is known by its bytes.
    pub version: Option<&'a str>,
    /// Its version in the order of texts.
    pub version_key: Option<&'a str>,
    /// The version of STIX.
    pub spec: &'a str,
    /// Its bytes.
    pub json: &'a str,
}

/// What became of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiAdded {
    /// Its version, as it is listed.
    pub version: String,
    /// Whether it was not there before.
    pub is_new: bool,
}

/// A status to be kept.
#[derive(Debug, Clone)]
pub struct TaxiiStatus {
    /// Its id.
    pub id: String,
    /// As JSON.
    pub document: String,
    /// Who may ask for it; `None`: whoever reads the root.
    pub whose: Option<String>,
}

impl Store {
    /// Adds objects to a collection, each at a moment of its own, and keeps the status that
    /// `status` makes of what became of them. `NotFound` when there is no such collection.
    pub async fn add_taxii_objects(
        &self,
        collection: i64,
        objects: &[TaxiiObject<'_>],
        by: &Actor,
        now: Timestamp,
        status: impl FnOnce(&[TaxiiAdded]) -> Option<TaxiiStatus>,
    ) -> Result<Vec<TaxiiAdded>> {
        let mut tx = self.begin().await?;
        // Whoever adds to it waits here until the one before has committed.
        let locked: Option<(String, i64)> = within!(&mut tx, db => sqlx::query_as(
            "UPDATE taxii_collections SET changes = changes WHERE number = $1
             RETURNING root, newest")
            .bind(collection)
            .fetch_optional(db).await?);
        let (root, newest) = locked.ok_or_else(|| StoreError::NotFound("collection".to_owned()))?;
        let known = known(&mut tx, collection, objects).await?;
        let mut next = micros(now).max(newest + 1);
        let mut latest = Latest::default();
        let mut there = HashSet::new();
        for (object, known) in objects.iter().zip(&known) {
            if let Some(last) = &known.last {
                latest.is_kept(
                    object.id,
                    (last.spec.clone(), last.version_key.clone()),
                    last.date_added,
                );
            }
        }
        let (mut rows, mut added) = (Vec::new(), Vec::with_capacity(objects.len()));
        let mut unversioned: HashMap<&str, (String, String)> = HashMap::new();
        for (object, known) in objects.iter().zip(&known) {
            let digest = object.version.is_none().then(|| digest(object.json));
            let same = match &digest {
                None => known.same.clone(),
                Some(digest) => same_bytes(unversioned.get(object.id), known.last.as_ref(), digest),
            };
            let key = object.version_key.or(object.version);
            let is_twice =
                key.is_some_and(|key| !there.insert((object.id, object.spec, key.to_owned())));
            if let Some(version) =
                same.or_else(|| object.version.filter(|_| is_twice).map(str::to_owned))
            {
                added.push(TaxiiAdded { version, is_new: false });
                continue;
            }
            let version = match object.version {
                Some(version) => version.to_owned(),
                None => format!("{:.6}", time(next)?),
            };
            if let Some(digest) = &digest {
                unversioned.insert(object.id, (digest.clone(), version.clone()));
            }
            let version_key = match key {
                Some(key) => key.to_owned(),
                None => format!("{:.9}", time(next)?),
            };
            added.push(TaxiiAdded { version: version.clone(), is_new: true });
            latest.put(
                &mut rows,
                NewRow {
                    date_added: next,
                    id: object.id,
                    object_type: object.object_type,
                    version,
                    version_key,
                    spec: object.spec,
                    superseded_at: None,
                    by_partner: by.partner.as_ref().map(PartnerSlug::as_str),
                    digest,
                    json: object.json,
                },
            );
            next += 1;
        }
        rows::write(&mut tx, collection, &rows, &latest.superseded).await?;
        if !rows.is_empty() {
            grow(&mut tx, collection, next - 1, &rows).await?;
            let detail = json!({ "objects": rows.len() });
            audit::append(&mut tx, &by.did("taxii.add", "collection", collection, detail), now)
                .await?;
        }
        if let Some(status) = status(&added) {
            super::statuses::write(&mut tx, &root, &status, now).await?;
        }
        tx.commit().await?;
        Ok(added)
    }
}

/// What the store knows of an object that is to be added.
#[derive(Debug, Default)]
struct Known {
    /// The version as listed, where this very one is there.
    same: Option<String>,
    last: Option<Last>,
}

/// An object's latest version.
#[derive(Debug)]
struct Last {
    date_added: i64,
    spec: String,
    version: String,
    version_key: String,
    digest: Option<String>,
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    at: i64,
    same: Option<String>,
    date_added: Option<i64>,
    spec: Option<String>,
    version: Option<String>,
    version_key: Option<String>,
    digest: Option<String>,
}

async fn known(tx: &mut Tx, collection: i64, objects: &[TaxiiObject<'_>]) -> Result<Vec<Known>> {
    let mut known = Vec::with_capacity(objects.len());
    known.resize_with(objects.len(), Known::default);
    for (base, chunk) in objects.chunks(CHUNK).enumerate().map(|(at, chunk)| (at * CHUNK, chunk)) {
        let rows: Vec<KnownRow> = within!(tx, db => {
            let mut query =
                QueryBuilder::new("WITH asked (at, id, spec, version_key) AS (");
            query.push_values(chunk.iter().zip(0_i64..), |mut values, (object, at)| {
                let key = object.version_key.or(object.version).unwrap_or_default();
                values.push_bind(at).push_bind(object.id).push_bind(object.spec).push_bind(key);
            });
            query.push(") SELECT a.at, same.version AS same, last.date_added, last.spec, last.version,
                           last.version_key, last.digest
                    FROM asked a
                    LEFT JOIN taxii_objects same ON same.collection = ").push_bind(collection);
            query.push(" AND same.id = a.id AND same.spec = a.spec AND same.version_key = a.version_key
                    LEFT JOIN taxii_objects last ON last.collection = ").push_bind(collection);
            query.push(" AND last.date_added = (SELECT o.date_added FROM taxii_objects o
                          WHERE o.collection = ").push_bind(collection);
            query.push(" AND o.id = a.id ORDER BY o.spec DESC, o.version_key DESC LIMIT 1)
                    WHERE last.date_added IS NOT NULL");
            query.build_query_as().fetch_all(&mut *db).await?
        });
        for row in rows {
            let Ok(at) = usize::try_from(row.at) else { continue };
            let last = match (row.date_added, row.spec, row.version, row.version_key) {
                (Some(date_added), Some(spec), Some(version), Some(version_key)) => {
                    Some(Last { date_added, spec, version, version_key, digest: row.digest })
                }
                _ => None,
            };
            known[base + at] = Known { same: row.same, last };
        }
    }
    Ok(known)
}

/// The version under which the same bytes are there, of what has no versions of its own.
fn same_bytes(
    before: Option<&(String, String)>,
    last: Option<&Last>,
    digest: &str,
) -> Option<String> {
    if let Some((known, version)) = before {
        return (known == digest).then(|| version.clone());
    }
    let last = last.filter(|last| last.digest.as_deref() == Some(digest))?;
    Some(last.version.clone())
}

pub(super) fn digest(json: &str) -> String {
    hex::encode(Sha256::digest(json.as_bytes()))
}

async fn grow(tx: &mut Tx, collection: i64, newest: i64, rows: &[NewRow<'_>]) -> Result<()> {
    let largest = rows.iter().map(|row| row.json.len()).max().unwrap_or_default();
    let largest = i64::try_from(largest).unwrap_or(i64::MAX);
    within!(tx, db => sqlx::query(
        "UPDATE taxii_collections
         SET newest = $2, changes = changes + 1,
             largest = CASE WHEN largest < $3 THEN $3 ELSE largest END
         WHERE number = $1")
        .bind(collection).bind(newest).bind(largest)
        .execute(db).await?.rows_affected());
    Ok(())
}
