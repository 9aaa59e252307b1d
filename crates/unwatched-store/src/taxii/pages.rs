//! Pages of a collection: a run of objects in the order in which they were added, as the
//! collection stood at one moment.

use sqlx::QueryBuilder;

use super::rows::matching;
use crate::columns::number;
use crate::engine::reading;
use crate::{Engine, Result, Store, TaxiiCollection};

/// No page is longer, in bytes, but for one that holds a single object.
const PAGE_BYTES: u64 = 16 << 20;

/// Which objects are wanted; an empty list wants every one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaxiiWanted {
    /// Of these ids.
    pub ids: Vec<String>,
    /// Of these types.
    pub types: Vec<String>,
    /// Which versions of each.
    pub versions: TaxiiVersions,
    /// In these versions of STIX; empty: of each object the latest that is there.
    pub specs: Vec<String>,
}

/// Which versions of an object are wanted; with none of them, the latest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaxiiVersions {
    /// Every one.
    pub all: bool,
    /// The earliest.
    pub first: bool,
    /// The latest.
    pub last: bool,
    /// Those with exactly these keys.
    pub exact: Vec<String>,
}

/// Which run of a collection, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxiiWindow {
    /// What was added after this, in microseconds.
    pub after: i64,
    /// As the collection stood then, in microseconds.
    pub upto: i64,
    /// At most so many.
    pub limit: u32,
}

/// A page of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiObjects {
    /// How many.
    pub count: u32,
    /// When the first was added, in microseconds.
    pub first: i64,
    /// When the last was added, in microseconds.
    pub last: i64,
    /// Their JSON, with commas between them.
    pub json: String,
    /// Whether something wanted was added after them, and be it after the moment that they show.
    pub has_more: bool,
}

/// One version of an object without the object.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TaxiiRecord {
    /// When it was added, in microseconds.
    pub date_added: i64,
    /// The object's id.
    pub id: String,
    /// Its version, as written.
    pub version: String,
    /// The version of STIX.
    pub spec: String,
}

impl Store {
    /// A page of objects; `None` when there are none.
    pub async fn taxii_objects(
        &self,
        collection: &TaxiiCollection,
        wanted: &TaxiiWanted,
        window: TaxiiWindow,
    ) -> Result<Option<TaxiiObjects>> {
        let TaxiiCollection { number: collection, largest, newest, .. } = *collection;
        let mut window = window;
        if u64::from(window.limit).saturating_mul(largest) > PAGE_BYTES {
            window.limit = self.fitting(collection, wanted, window).await?;
        }
        // SQLite adds up in the order of what it is given; asked for it, it would sort once more.
        let joined = match self.engine() {
            Engine::Sqlite => "string_agg(object, ',')",
            Engine::Postgres => "string_agg(object, ',' ORDER BY date_added)",
        };
        let row: (i64, Option<i64>, Option<i64>, Option<String>, bool) = reading!(self, db => {
            let mut query = QueryBuilder::new("SELECT p.count, p.first, p.last, p.objects, CASE WHEN ");
            // A page that is not full, and shows the collection as it is now, is the last.
            query.push("p.count >= ").push_bind(i64::from(window.limit));
            query.push(" OR CAST(").push_bind(window.upto < newest).push(
                " AS BOOLEAN) THEN EXISTS (SELECT 1 FROM taxii_objects o WHERE");
            matching!(query, collection, wanted, column "p.last", i64::MAX);
            query.push(") ELSE FALSE END FROM (SELECT COUNT(*) AS count, MIN(date_added) AS first,
                           MAX(date_added) AS last, ");
            query.push(joined).push(
                " AS objects FROM (SELECT o.date_added, o.object FROM taxii_objects o WHERE");
            matching!(query, collection, wanted, window.after, window.upto);
            query.push(" ORDER BY o.date_added LIMIT ").push_bind(i64::from(window.limit));
            query.push(") page) p").build_query_as().fetch_one(db).await?
        });
        let (count, Some(first), Some(last), Some(json), has_more) = row else { return Ok(None) };
        Ok(Some(TaxiiObjects { count: number(count)?, first, last, json, has_more }))
    }

    /// How many objects from here on make no page that is too long; at least one.
    async fn fitting(
        &self,
        collection: i64,
        wanted: &TaxiiWanted,
        window: TaxiiWindow,
    ) -> Result<u32> {
        let lengths: Vec<(i64,)> = reading!(self, db => {
            let mut query =
                QueryBuilder::new("SELECT CAST(LENGTH(o.object) AS BIGINT) FROM taxii_objects o WHERE");
            matching!(query, collection, wanted, window.after, window.upto);
            query.push(" ORDER BY o.date_added LIMIT ").push_bind(i64::from(window.limit));
            query.build_query_as().fetch_all(db).await?
        });
        let mut total = 0_u64;
        let fitting = lengths.iter().take_while(|(length,)| {
            total += u64::try_from(*length).unwrap_or_default();
            total <= PAGE_BYTES
        });
        Ok(u32::try_from(fitting.count()).unwrap_or(u32::MAX).max(1))
    }

    /// The same page without the objects themselves.
    pub async fn taxii_records(
        &self,
        collection: i64,
        wanted: &TaxiiWanted,
        window: TaxiiWindow,
    ) -> Result<Vec<TaxiiRecord>> {
        Ok(reading!(self, db => {
            let mut query = QueryBuilder::new(
                "SELECT o.date_added, o.id, o.version, o.spec FROM taxii_objects o WHERE");
            matching!(query, collection, wanted, window.after, window.upto);
            query.push(" ORDER BY o.date_added LIMIT ").push_bind(i64::from(window.limit));
            query.build_query_as().fetch_all(db).await?
        }))
    }

    /// Whether something wanted was added after this.
    pub async fn taxii_has_more(
        &self,
        collection: i64,
        wanted: &TaxiiWanted,
        after: i64,
    ) -> Result<bool> {
        let found: Option<(i64,)> = reading!(self, db => {
            let mut query = QueryBuilder::new("SELECT o.date_added FROM taxii_objects o WHERE");
            matching!(query, collection, wanted, after, i64::MAX);
            query.push(" ORDER BY o.date_added LIMIT 1").build_query_as().fetch_optional(db).await?
        });
        Ok(found.is_some())
    }

    /// Whether a collection holds any version of this object.
    pub async fn taxii_has_object(&self, collection: i64, id: &str) -> Result<bool> {
        let found: Option<(i64,)> = reading!(self, db => sqlx::query_as(
            "SELECT date_added FROM taxii_objects WHERE collection = $1 AND id = $2 LIMIT 1")
            .bind(collection)
            .bind(id.replace('\0', "\u{fffd}"))
            .fetch_optional(db).await?);
        Ok(found.is_some())
    }
}
