//! What was counted, as it is read: sighting by sighting, and added up over organisations.
//!
//! Only what was counted of a family itself is added up. One case shows several indicators, and two
//! organisations may have counted the same case: a sum is no number of people.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::{Map, Value};
use unwatched_model::family::FamilyId;
use unwatched_model::partner::PartnerSlug;
use unwatched_store::{Store, StoreError, TaxiiCollection, TaxiiLatest};

use super::{Quarters, Sum, ids_of_family};
use crate::http::taxii::own::Purpose;

/// So many sightings of one family are added up.
const ADDED_UP: u32 = 10_000;

/// A sighting that stands.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its id.
    pub id: String,
    /// What it says.
    pub sum: Sum,
    /// Whose it is.
    pub by: Option<PartnerSlug>,
    /// When it was added.
    pub at: Timestamp,
}

/// What organisations counted in the same quarters, added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// When.
    pub quarters: Quarters,
    /// How often.
    pub count: u64,
    /// How many organisations counted.
    pub organisations: usize,
}

/// The collection that sightings are kept in.
pub async fn collection(store: &Store) -> Result<Option<TaxiiCollection>, StoreError> {
    Ok(store.taxii_collections_for(Purpose::Sightings.as_str()).await?.into_iter().next())
}

/// A run of what was counted: of a family itself, or of anything. With where to go on.
pub async fn run(
    store: &Store,
    of: Option<&FamilyId>,
    after: i64,
    limit: u32,
) -> Result<(Vec<Told>, Option<i64>), StoreError> {
    let Some(collection) = collection(store).await? else { return Ok((Vec::new(), None)) };
    let ids = of.map(ids_of_family).unwrap_or_default();
    let rows = store.taxii_naming(collection.number, &ids, after, limit).await?;
    let is_full = rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = rows.last().filter(|_| is_full).map(|row| row.date_added);
    let told = rows.into_iter().filter_map(told);
    let is_of = |one: &Told| ids.is_empty() || ids.contains(&one.sum.of);
    Ok((told.filter(is_of).collect(), next))
}

/// What was counted of a family itself, the latest quarters first.
pub async fn added_up(store: &Store, of: &FamilyId) -> Result<Vec<Added>, StoreError> {
    Ok(add_up(&run(store, Some(of), 0, ADDED_UP).await?.0))
}

fn add_up(told: &[Told]) -> Vec<Added> {
    let mut sums: BTreeMap<Quarters, (u64, BTreeSet<&str>)> = BTreeMap::new();
    for one in told.iter().filter(|one| one.sum.is_of_family()) {
        let (count, who) = sums.entry(one.sum.quarters).or_default();
        *count += one.sum.count;
        who.insert(one.by.as_ref().map_or("", PartnerSlug::as_str));
    }
    let added = |(quarters, (count, who)): (Quarters, (u64, BTreeSet<&str>))| Added {
        quarters,
        count,
        organisations: who.len(),
    };
    sums.into_iter().rev().map(added).collect()
}

/// `None` for what was revoked.
fn told(row: TaxiiLatest) -> Option<Told> {
    let said: Map<String, Value> = serde_json::from_str(&row.json).ok()?;
    let is_revoked = said.get("revoked").and_then(Value::as_bool).unwrap_or_default();
    let sum = Sum::of(&said).ok().filter(|_| !is_revoked)?;
    let id = said.get("id").and_then(Value::as_str)?.to_owned();
    let at = Timestamp::from_microsecond(row.date_added).ok()?;
    Some(Told { id, sum, by: row.by, at })
}

/// Which family is called what among what partners share.
pub async fn families(store: &Store) -> Result<HashMap<String, FamilyId>, StoreError> {
    let rows = store.all_families().await?;
    let ids = rows.into_iter().flat_map(|row| {
        let family = row.family.id;
        ids_of_family(&family).into_iter().map(move |id| (id, family.clone()))
    });
    Ok(ids.collect())
}

#[cfg(test)]
mod tests {
    use unwatched_model::tlp::Tlp;

    use super::*;

    #[test]
    fn organisations_are_added_up_by_quarters_and_indicators_never() {
        let one = |of: &str, from: &str, to: &str, count: u64, by: &str| Told {
            id: String::new(),
            sum: Sum {
                of: format!("{of}--00000000-0000-5000-8000-000000000001"),
                count,
                quarters: Quarters::read(from, Some(to)).unwrap(),
                tlp: Tlp::Amber,
            },
            by: Some(by.parse().unwrap()),
            at: Timestamp::UNIX_EPOCH,
        };
        let told = [
            one("malware", "2026-Q1", "2026-Q1", 12, "lab"),
            one("malware", "2026-Q1", "2026-Q1", 30, "line"),
            one("malware", "2026-Q1", "2026-Q2", 50, "shelter"),
            one("indicator", "2026-Q1", "2026-Q1", 29, "shelter"),
        ];
        let added = add_up(&told);
        let read: Vec<_> =
            added.iter().map(|one| (one.quarters.words(), one.count, one.organisations)).collect();
        let quarter = |text: &str| text.to_owned();
        assert_eq!(
            read,
            [
                ((quarter("2026-Q1"), quarter("2026-Q2")), 50, 1),
                ((quarter("2026-Q1"), quarter("2026-Q1")), 42, 2),
            ]
        );
        assert_eq!(add_up(&[]), []);
    }
}
