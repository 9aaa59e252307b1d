//! What the store holds before an import: everything the import may change, read once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::QueryBuilder;
use unwatched_model::family::FamilyId;

use super::{ImportBatch, ListedSample, ListingRow, SampleRow};
use crate::Result;
use crate::columns::{key, number};
use crate::engine::{Tx, within};
use crate::families;
use crate::indicators::Identity;

/// What the store holds of the sources of a batch, and of all families.
pub(super) struct State {
    /// Every family by the key of its name.
    pub(super) families: HashMap<String, FamilyId>,
    /// Every family by the key of an alias; the first by id where there are several.
    pub(super) aliases: HashMap<String, FamilyId>,
    /// The names that the batch's sources gave, in order.
    pub(super) given: BTreeMap<(String, String), Vec<String>>,
    /// Family, source, class.
    pub(super) attributed: BTreeSet<(String, String, String)>,
    pub(super) indicators: HashMap<Identity, Known>,
    /// By source and position.
    pub(super) listings: BTreeMap<(String, u32), super::Listing>,
    pub(super) samples: BTreeMap<u32, ListedSample>,
}

/// An indicator that a list of the batch gave before. What a partner added is none of it: no list
/// changes or removes that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) id: i64,
    pub(super) value: String,
    pub(super) field: Option<String>,
    pub(super) position: Option<u32>,
    pub(super) gone: bool,
}

/// The sources of a batch's listings.
pub(super) fn listing_sources(batch: &ImportBatch) -> BTreeSet<&str> {
    batch.listings.iter().map(|listing| listing.source.as_str()).collect()
}

impl State {
    pub(super) async fn read(tx: &mut Tx, batch: &ImportBatch) -> Result<Self> {
        let sources: Vec<&str> = listing_sources(batch).into_iter().collect();
        let mut with_samples = sources.clone();
        if !batch.samples.is_empty() {
            with_samples.push(&batch.samples_source);
        }
        let rows = families::page(tx, "", i64::MAX).await?;
        let names = rows.iter().map(|row| (key(&row.family.name), row.family.id.clone()));
        let mut aliases = HashMap::new();
        for row in &rows {
            for alias in &row.family.aliases {
                aliases.entry(key(alias)).or_insert_with(|| row.family.id.clone());
            }
        }
        Ok(Self {
            families: names.collect(),
            aliases,
            given: given(tx, &sources).await?,
            attributed: attributed(tx, &sources).await?,
            indicators: indicators(tx, &with_samples).await?,
            listings: listings(tx, &sources).await?,
            samples: samples(tx, &batch.samples_source).await?,
        })
    }
}

/// Rows of a table whose source is one of those given.
macro_rules! of_sources {
    ($tx:expr, $sql:literal, $sources:expr, $order:literal) => {
        if $sources.is_empty() {
            Vec::new()
        } else {
            within!($tx, db => {
                let mut query = QueryBuilder::new(concat!($sql, " WHERE source IN ("));
                let mut listed = query.separated(", ");
                for source in $sources {
                    listed.push_bind(*source);
                }
                query.push(concat!(") ", $order)).build_query_as().fetch_all(db).await?
            })
        }
    };
}

async fn given(tx: &mut Tx, sources: &[&str]) -> Result<BTreeMap<(String, String), Vec<String>>> {
    let rows: Vec<(String, String, String)> = of_sources!(
        tx,
        "SELECT family, source, alias FROM family_aliases",
        sources,
        "ORDER BY family, source, position"
    );
    let mut given: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (family, source, alias) in rows {
        given.entry((family, source)).or_default().push(alias);
    }
    Ok(given)
}

async fn attributed(tx: &mut Tx, sources: &[&str]) -> Result<BTreeSet<(String, String, String)>> {
    let rows: Vec<(String, String, String)> =
        of_sources!(tx, "SELECT family, source, class FROM attributions", sources, "");
    Ok(rows.into_iter().collect())
}

#[derive(sqlx::FromRow)]
struct IndicatorRow {
    #[sqlx(flatten)]
    identity: Identity,
    id: i64,
    value: String,
    field: Option<String>,
    position: Option<i64>,
    gone: bool,
}

async fn indicators(tx: &mut Tx, sources: &[&str]) -> Result<HashMap<Identity, Known>> {
    let rows: Vec<IndicatorRow> = of_sources!(
        tx,
        "SELECT family, kind, normalised, role, source, by_partner, id, value, field, position,
                gone_at IS NOT NULL AS gone
         FROM indicators",
        sources,
        "AND by_partner IS NULL"
    );
    rows.into_iter()
        .map(|row| {
            let known = Known {
                id: row.id,
                value: row.value,
                field: row.field,
                position: row.position.map(number).transpose()?,
                gone: row.gone,
            };
            Ok((row.identity, known))
        })
        .collect()
}

async fn listings(
    tx: &mut Tx,
    sources: &[&str],
) -> Result<BTreeMap<(String, u32), super::Listing>> {
    let rows: Vec<ListingRow> = of_sources!(
        tx,
        "SELECT source, position, list, class, name, names, names_given, indicators FROM listings",
        sources,
        ""
    );
    rows.into_iter()
        .map(|row| row.into_listing().map(|one| ((one.source.clone(), one.position), one)))
        .collect()
}

async fn samples(tx: &mut Tx, source: &str) -> Result<BTreeMap<u32, ListedSample>> {
    let rows: Vec<SampleRow> = within!(tx, db => sqlx::query_as(
        "SELECT position, sha256, package, certificate, version, app, family_name
         FROM listed_samples WHERE source = $1")
        .bind(source)
        .fetch_all(db).await?);
    rows.into_iter().map(|row| row.into_sample().map(|one| (one.position, one))).collect()
}
