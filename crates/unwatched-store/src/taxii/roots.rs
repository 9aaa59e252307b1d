//! The server's own words, API roots and collections, and what a partner may do in each.

use std::fmt;
use std::str::FromStr;

use sqlx::QueryBuilder;
use unwatched_model::partner::PartnerSlug;

use crate::columns::{from_json, number, read, to_json};
use crate::engine::{reading, within};
use crate::{Result, Store};

/// What a collection's row is read from, with what was granted to the partner `$1`.
macro_rules! collection_columns {
    () => {
        "c.number, c.root, c.id, c.alias, c.title, c.description, c.media_types,
         c.can_read, c.can_write, c.purpose, c.newest, c.changes, c.largest,
         (SELECT max_page_size FROM taxii_server) AS max_page_size,
         r.can_read AS granted_read, r.can_write AS granted_write"
    };
}

/// What a root's row is read from.
macro_rules! root_columns {
    () => {
        "a.path, a.title AS root_title, a.description AS root_description, a.versions,
         a.max_content_length, a.audience"
    };
}

/// Collections of which this holds.
macro_rules! collections {
    ($where:literal) => {
        concat!(
            "SELECT ",
            collection_columns!(),
            " FROM taxii_collections c
             LEFT JOIN taxii_rights r ON r.collection = c.number AND r.partner = $1
             WHERE ",
            $where
        )
    };
}

/// Who reaches an API root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody, also without an account.
    Everybody,
    /// Partners' programs and people.
    Partners,
    /// The users that came with it, and whom the operator granted it.
    Users,
}

impl Audience {
    const ALL: [Self; 3] = [Self::Everybody, Self::Partners, Self::Users];

    /// The word in columns.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Partners => "partners",
            Self::Users => "users",
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Audience {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|audience| audience.as_str() == word);
        found.ok_or_else(|| format!("unknown audience {word:?}"))
    }
}

/// What is said of the server as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiServer {
    /// Title, description, contact and default root, as JSON.
    pub discovery: serde_json::Value,
    /// No page holds more objects.
    pub max_page_size: u32,
    /// Whether it is said only to those who say who they are.
    pub asks: bool,
}

/// An API root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiRoot {
    /// Where it is served, without slashes around it.
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
}

/// A collection, with what the asker may do in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiCollection {
    /// What it is called by in here.
    pub number: i64,
    /// Its root's path.
    pub root: String,
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
    /// What the exchange itself does with it.
    pub purpose: Option<String>,
    /// The latest moment at which something was added, in microseconds; 0: none yet.
    pub newest: i64,
    /// Counts up with each change.
    pub changes: i64,
    /// No object in it is longer, in bytes.
    pub largest: u64,
    /// No page holds more, where the server that was taken over said so.
    pub max_page_size: Option<u32>,
    /// What the operator granted to the partner who asks, where that was said.
    pub granted: Option<TaxiiRights>,
}

/// A collection in its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiPlace {
    /// The root.
    pub root: TaxiiRoot,
    /// The collection.
    pub collection: TaxiiCollection,
    /// Whether something in the root was granted to the partner who asks, or it came with the user.
    pub is_theirs: bool,
}

/// What somebody may do in a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxiiRights {
    /// Read objects.
    pub can_read: bool,
    /// Add objects.
    pub can_write: bool,
}

/// A root to be there.
#[derive(Debug, Clone)]
pub struct NewRoot {
    /// Where it is served.
    pub path: String,
    /// What it is called.
    pub title: String,
    /// What it is for.
    pub description: Option<String>,
    /// The longest body it takes, in bytes.
    pub max_content_length: u64,
    /// Who reaches it.
    pub audience: Audience,
    /// Its collections.
    pub collections: Vec<NewCollection>,
}

/// A collection to be there.
#[derive(Debug, Clone)]
pub struct NewCollection {
    /// Its id, a UUID.
    pub id: String,
    /// Another name of it.
    pub alias: String,
    /// What it is called.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Whether objects are read.
    pub can_read: bool,
    /// Whether objects are added.
    pub can_write: bool,
    /// What the exchange itself does with it.
    pub purpose: Option<String>,
}

impl Store {
    /// What is said of the server; `None` when nobody said anything.
    pub async fn taxii_server(&self) -> Result<Option<TaxiiServer>> {
        let row: Option<(String, i64, bool)> = reading!(self, db => sqlx::query_as(
            "SELECT discovery, max_page_size, asks FROM taxii_server").fetch_optional(db).await?);
        row.map(|(discovery, size, asks)| {
            Ok(TaxiiServer {
                discovery: from_json(&discovery)?,
                max_page_size: number(size)?,
                asks,
            })
        })
        .transpose()
    }

    /// Every root, in the order in which they were made.
    pub async fn taxii_roots(&self) -> Result<Vec<TaxiiRoot>> {
        let rows: Vec<RootRow> = reading!(self, db => sqlx::query_as(
            concat!("SELECT ", root_columns!(), " FROM taxii_roots a ORDER BY a.place, a.path"))
            .fetch_all(db).await?);
        rows.into_iter().map(RootRow::into_root).collect()
    }

    /// The root at the longest of these paths.
    pub async fn taxii_root(&self, paths: &[String]) -> Result<Option<TaxiiRoot>> {
        if paths.is_empty() {
            return Ok(None);
        }
        let row: Option<RootRow> = reading!(self, db => {
            let mut query = QueryBuilder::new(
                concat!("SELECT ", root_columns!(), " FROM taxii_roots a WHERE a.path IN ("));
            let mut listed = query.separated(", ");
            for path in paths {
                listed.push_bind(path.replace('\0', "\u{fffd}"));
            }
            query.push(") ORDER BY LENGTH(a.path) DESC LIMIT 1");
            query.build_query_as().fetch_optional(db).await?
        });
        row.map(RootRow::into_root).transpose()
    }

    /// A root's collections as a partner, or somebody who is none, may use them.
    pub async fn taxii_collections(
        &self,
        root: &str,
        partner: Option<&PartnerSlug>,
    ) -> Result<Vec<TaxiiCollection>> {
        let rows: Vec<CollectionRow> = reading!(self, db => sqlx::query_as(
            collections!("c.root = $2 ORDER BY c.place, c.number"))
            .bind(partner.map(PartnerSlug::as_str))
            .bind(root)
            .fetch_all(db).await?);
        rows.into_iter().map(CollectionRow::into_collection).collect()
    }

    /// A root's collection by its id or its alias; an id comes before another's alias.
    pub async fn taxii_collection(
        &self,
        root: &str,
        name: &str,
        partner: Option<&PartnerSlug>,
    ) -> Result<Option<TaxiiCollection>> {
        let row: Option<CollectionRow> = reading!(self, db => sqlx::query_as(
            collections!("c.root = $2 AND (c.id = $3 OR c.alias = $3)
                          ORDER BY c.id = $3 DESC LIMIT 1"))
            .bind(partner.map(PartnerSlug::as_str))
            .bind(root)
            .bind(name.replace('\0', "\u{fffd}"))
            .fetch_optional(db).await?);
        row.map(CollectionRow::into_collection).transpose()
    }

    /// The collection at one of these places, each a root's path and the collection's id or alias,
    /// with its root and whether that was taken over with, or opened to, the partner or the user
    /// who asks. `None` also where a longer one of these paths is a root.
    pub async fn taxii_collection_at(
        &self,
        places: &[(String, Option<String>)],
        partner: Option<&PartnerSlug>,
        user: Option<&str>,
    ) -> Result<Option<TaxiiPlace>> {
        let named = || places.iter().filter_map(|(path, name)| Some((path, name.as_deref()?)));
        if named().next().is_none() {
            return Ok(None);
        }
        let text = |text: &str| text.replace('\0', "\u{fffd}");
        let partner = partner.map(|partner| partner.as_str().to_owned());
        let user = user.map(text);
        let row: Option<PlaceRow> = reading!(self, db => {
            let mut query = QueryBuilder::new("SELECT ");
            query.push(root_columns!()).push(", ").push(collection_columns!()).push(
                ", EXISTS (SELECT 1 FROM taxii_rights g
                           JOIN taxii_collections d ON d.number = g.collection
                           WHERE d.root = a.path AND (g.can_read OR g.can_write) AND g.partner = ")
                .push_bind(partner.clone());
            query.push(") OR EXISTS (SELECT 1 FROM taxii_user_roots u
                                     WHERE u.root = a.path AND u.name = ").push_bind(user);
            query.push(") AS is_theirs
                FROM taxii_roots a JOIN taxii_collections c ON c.root = a.path
                LEFT JOIN taxii_rights r ON r.collection = c.number AND r.partner = ")
                .push_bind(partner);
            query.push(" WHERE (");
            let mut listed = query.separated(" OR ");
            for (path, name) in named() {
                listed.push("(a.path = ").push_bind_unseparated(text(path));
                listed.push_unseparated(" AND (c.id = ").push_bind_unseparated(text(name));
                listed.push_unseparated(" OR c.alias = ").push_bind_unseparated(text(name));
                listed.push_unseparated("))");
            }
            query.push(") AND NOT EXISTS (SELECT 1 FROM taxii_roots l
                          WHERE LENGTH(l.path) > LENGTH(a.path) AND l.path IN (");
            let mut listed = query.separated(", ");
            for (path, _) in places {
                listed.push_bind(text(path));
            }
            query.push(")) ORDER BY c.id IN (");
            let mut listed = query.separated(", ");
            for (_, name) in named() {
                listed.push_bind(text(name));
            }
            query.push(") DESC LIMIT 1").build_query_as().fetch_optional(db).await?
        });
        row.map(|PlaceRow { root, collection, is_theirs }| {
            let (root, collection) = (root.into_root()?, collection.into_collection()?);
            Ok(TaxiiPlace { root, collection, is_theirs })
        })
        .transpose()
    }

    /// The collections that the exchange uses for this, whoever may read them.
    pub async fn taxii_collections_for(&self, purpose: &str) -> Result<Vec<TaxiiCollection>> {
        let rows: Vec<CollectionRow> = reading!(self, db => sqlx::query_as(
            collections!("c.purpose = $2 ORDER BY c.number"))
            .bind(None::<&str>)
            .bind(purpose)
            .fetch_all(db).await?);
        rows.into_iter().map(CollectionRow::into_collection).collect()
    }

    /// Sees to it that these roots and collections are there with these words and rights. What they
    /// hold stays, and so does what is there beside.
    pub async fn keep_taxii_roots(&self, roots: &[NewRoot]) -> Result<()> {
        if self.are_kept(roots).await? {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for (place, root) in (0_i64..).zip(roots) {
            let versions = to_json(&[TAXII_2_1])?;
            let most = i64::try_from(root.max_content_length).unwrap_or(i64::MAX);
            within!(&mut tx, db => sqlx::query(
                "INSERT INTO taxii_roots
                     (path, place, title, description, versions, max_content_length, audience)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (path) DO UPDATE SET
                     place = excluded.place, title = excluded.title,
                     description = excluded.description, audience = excluded.audience,
                     max_content_length = excluded.max_content_length")
                .bind(&root.path).bind(place).bind(&root.title).bind(root.description.as_deref())
                .bind(versions).bind(most).bind(root.audience.as_str())
                .execute(db).await?.rows_affected());
            for (place, one) in (0_i64..).zip(&root.collections) {
                let media_types = to_json(&[STIX_2_1])?;
                // It may have been served elsewhere before.
                within!(&mut tx, db => sqlx::query(
                    "UPDATE taxii_collections SET root = $1 WHERE purpose = $2")
                    .bind(&root.path).bind(one.purpose.as_deref())
                    .execute(db).await?.rows_affected());
                within!(&mut tx, db => sqlx::query(
                    "INSERT INTO taxii_collections
                         (root, id, alias, place, title, description, media_types, can_read,
                          can_write, purpose)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                     ON CONFLICT (root, alias) DO UPDATE SET
                         place = excluded.place, title = excluded.title,
                         description = excluded.description, can_read = excluded.can_read,
                         can_write = excluded.can_write, purpose = excluded.purpose")
                    .bind(&root.path).bind(&one.id).bind(&one.alias).bind(place).bind(&one.title)
                    .bind(&one.description).bind(media_types).bind(one.can_read)
                    .bind(one.can_write).bind(one.purpose.as_deref())
                    .execute(db).await?.rows_affected());
            }
        }
        tx.commit().await
    }

    async fn are_kept(&self, roots: &[NewRoot]) -> Result<bool> {
        let kept = self.taxii_roots().await?;
        for root in roots {
            let same = kept.iter().any(|one| {
                one.path == root.path
                    && one.title == root.title
                    && one.description == root.description
                    && one.max_content_length == root.max_content_length
                    && one.audience == root.audience
            });
            let collections = self.taxii_collections(&root.path, None).await?;
            let is_there = |new: &NewCollection| {
                collections.iter().any(|one| {
                    one.alias.as_deref() == Some(&new.alias)
                        && one.title == new.title
                        && one.description.as_deref() == Some(&new.description)
                        && (one.can_read, one.can_write) == (new.can_read, new.can_write)
                        && one.purpose == new.purpose
                })
            };
            if !same || !root.collections.iter().all(is_there) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

pub(super) const TAXII_2_1: &str = "application/taxii+json;version=2.1";
pub(super) const STIX_2_1: &str = "application/stix+json;version=2.1";

#[derive(sqlx::FromRow)]
struct RootRow {
    path: String,
    root_title: String,
    root_description: Option<String>,
    versions: String,
    max_content_length: i64,
    audience: String,
}

impl RootRow {
    fn into_root(self) -> Result<TaxiiRoot> {
        Ok(TaxiiRoot {
            path: self.path,
            title: self.root_title,
            description: self.root_description,
            versions: from_json(&self.versions)?,
            max_content_length: number(self.max_content_length)?,
            audience: read(&self.audience)?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct CollectionRow {
    number: i64,
    root: String,
    id: String,
    alias: Option<String>,
    title: String,
    description: Option<String>,
    media_types: String,
    can_read: bool,
    can_write: bool,
    purpose: Option<String>,
    newest: i64,
    changes: i64,
    largest: i64,
    max_page_size: Option<i64>,
    granted_read: Option<bool>,
    granted_write: Option<bool>,
}

#[derive(sqlx::FromRow)]
struct PlaceRow {
    #[sqlx(flatten)]
    root: RootRow,
    #[sqlx(flatten)]
    collection: CollectionRow,
    is_theirs: bool,
}

impl CollectionRow {
    fn into_collection(self) -> Result<TaxiiCollection> {
        Ok(TaxiiCollection {
            number: self.number,
            root: self.root,
            id: self.id,
            alias: self.alias,
            title: self.title,
            description: self.description,
            media_types: from_json(&self.media_types)?,
            can_read: self.can_read,
            can_write: self.can_write,
            purpose: self.purpose,
            newest: self.newest,
            changes: self.changes,
            largest: number(self.largest)?,
            max_page_size: self.max_page_size.map(number).transpose()?,
            granted: self
                .granted_read
                .zip(self.granted_write)
                .map(|(can_read, can_write)| TaxiiRights { can_read, can_write }),
        })
    }
}
