//! Lists that others publish, imported whole and kept as they were listed.
//!
//! Reading a list is the business of `unwatched-formats`; this holds what came out of it. What an
//! import changes is worked out in `plan`, and written in `import`.

mod import;
mod plan;
mod state;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use unwatched_model::class::Class;
use unwatched_model::digest::Sha256;
use unwatched_model::indicator::{IndicatorKind, Role};

use crate::columns::{from_json, number, read};
use crate::engine::reading;
use crate::{Result, Store};

/// One value of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedIndicator {
    /// The field it stands in, such as `c2.ip`.
    pub field: String,
    /// Where in that field, from 0.
    pub position: u32,
    /// What it is.
    pub kind: IndicatorKind,
    /// As the list writes it.
    pub value: String,
    /// What it does.
    pub role: Role,
}

/// One app's entry in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The provenance of everything in it, word for word what its attribution and its indicators
    /// carry as their source, such as `stalkerware-indicators/ioc.yaml`.
    pub source: String,
    /// The list's file, such as `ioc.yaml`.
    pub list: String,
    /// Where in the list, from 0.
    pub position: u32,
    /// The class the list gives.
    pub class: Class,
    /// The entry's name.
    pub name: String,
    /// Its other names, in the list's order; may repeat the name.
    pub names: Vec<String>,
    /// Whether the entry has a field of names at all.
    pub names_given: bool,
    /// Its values, in the list's order.
    pub indicators: Vec<ListedIndicator>,
}

/// One row of a list of samples. Empty text stands for an empty field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListedSample {
    /// Where in the list, from 0.
    pub position: u32,
    /// As written.
    pub sha256: String,
    /// As written.
    pub package: String,
    /// As written.
    pub certificate: String,
    /// As written.
    pub version: String,
    /// The app's name, as written.
    pub app: String,
    /// The name of the listing it belongs to, where the caller knows; else `app` is looked up
    /// among the families' names, then their aliases.
    pub family_name: Option<String>,
}

/// Lists to be imported together.
#[derive(Debug, Clone, Default)]
pub struct ImportBatch {
    /// The entries of every list, in order.
    pub listings: Vec<Listing>,
    /// The provenance of the samples, such as `stalkerware-indicators/samples.csv`.
    pub samples_source: String,
    /// The rows of the list of samples. Each gives its family an indicator for its hash, and for
    /// its package and certificate where it has them, all with the role `sample`.
    pub samples: Vec<ListedSample>,
    /// The raw files by name, and the blobs that hold them.
    pub raw_files: Vec<(String, Sha256)>,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Imported {
    /// Families that are new.
    pub families: u64,
    /// Indicators that are new, or back after having been gone.
    pub indicators: u64,
    /// Rows of samples that are new or changed.
    pub samples: u64,
    /// Listings that are new or changed.
    pub listings: u64,
    /// Indicators that the source no longer lists.
    pub gone: u64,
    /// Indicators and rows of samples that were there already.
    pub unchanged: u64,
    /// What could not be made an indicator, and why; it is kept as listed all the same.
    pub problems: Vec<String>,
}

impl Store {
    /// Imports lists, all or nothing. Importing the same lists again changes nothing; what a
    /// source no longer lists disappears from that source's indicators.
    pub async fn import_community(&self, batch: &ImportBatch, now: Timestamp) -> Result<Imported> {
        import::import(self, batch, now).await
    }

    /// What was imported, by source and position.
    pub async fn community_listings(&self) -> Result<Vec<Listing>> {
        let rows: Vec<ListingRow> = reading!(self, db => sqlx::query_as(
            "SELECT source, position, list, class, name, names, names_given, indicators
             FROM listings ORDER BY source, position")
            .fetch_all(db).await?);
        rows.into_iter().map(ListingRow::into_listing).collect()
    }

    /// The samples that were imported, by source and position.
    pub async fn community_samples(&self) -> Result<Vec<ListedSample>> {
        let rows: Vec<SampleRow> = reading!(self, db => sqlx::query_as(
            "SELECT position, sha256, package, certificate, version, app, family_name
             FROM listed_samples ORDER BY source, position")
            .fetch_all(db).await?);
        rows.into_iter().map(SampleRow::into_sample).collect()
    }
}

#[derive(sqlx::FromRow)]
struct ListingRow {
    source: String,
    position: i64,
    list: String,
    class: String,
    name: String,
    names: String,
    names_given: bool,
    indicators: String,
}

impl ListingRow {
    fn into_listing(self) -> Result<Listing> {
        Ok(Listing {
            source: self.source,
            list: self.list,
            position: number(self.position)?,
            class: read(&self.class)?,
            name: self.name,
            names: from_json(&self.names)?,
            names_given: self.names_given,
            indicators: from_json(&self.indicators)?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct SampleRow {
    position: i64,
    sha256: String,
    package: String,
    certificate: String,
    version: String,
    app: String,
    family_name: Option<String>,
}

impl SampleRow {
    fn into_sample(self) -> Result<ListedSample> {
        Ok(ListedSample {
            position: number(self.position)?,
            sha256: self.sha256,
            package: self.package,
            certificate: self.certificate,
            version: self.version,
            app: self.app,
            family_name: self.family_name,
        })
    }
}
