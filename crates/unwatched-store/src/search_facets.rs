//! What the results of a search divide into, counted over the first of them.

use std::collections::{BTreeMap, HashMap};

use sqlx::QueryBuilder;

use crate::columns::{read, time};
use crate::engine::{Tx, within};
use crate::search::{Found, HitKind};
use crate::search_query::{TAG, tagged};
use crate::search_sql::cut_short;
use crate::visible::submission_seen;
use crate::{Result, Visible};

/// One way to divide what was found. `NAME:VALUE` as a word of the query keeps that part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// `kind`, `state`, `format`, `platform`, `type`, `year` or `tlp`.
    pub name: &'static str,
    /// Value, how many, and whether there may be more than that; the most frequent first.
    pub values: Vec<(String, u32, bool)>,
}

/// So many results are counted, and no more.
pub(crate) const FACETS_COUNT: usize = 1_000;
const CHUNK: usize = 400;

/// Counts. Nothing in it depends on what is not seen: what a thing is, every reader of it knows;
/// a sample's year is that of the first submission that this reader may know of.
pub(crate) async fn of(tx: &mut Tx, visible: &Visible, found: &[Found]) -> Result<Vec<Facet>> {
    let is_capped = found.len() > FACETS_COUNT;
    let counted = &found[..found.len().min(FACETS_COUNT)];
    let years = years(tx, visible, counted).await?;
    let mut counts = Counts::default();
    for Found { row, .. } in counted {
        let kind = row.kind()?;
        counts.add("kind", kind.as_str());
        let tags = || row.tags.split(' ');
        for name in ["state", "format", "platform", "type"] {
            counts.add_all(name, tags().filter_map(|tag| tagged(tag, name)));
        }
        match (kind, years.get(row.reference.as_str())) {
            (HitKind::Sample, Some(year)) => counts.add("year", year),
            (HitKind::Sample, None) => {}
            _ => counts.add_all("year", tags().filter_map(|tag| tagged(tag, "year"))),
        }
    }
    for tlp in own_tlps(tx, visible, counted).await? {
        counts.add("tlp", &tlp.to_ascii_lowercase());
    }
    Ok(counts.facets(is_capped))
}

const NAMES: [&str; 7] = ["kind", "state", "format", "platform", "type", "year", "tlp"];

#[derive(Default)]
struct Counts(HashMap<&'static str, BTreeMap<String, u32>>);

impl Counts {
    fn add(&mut self, name: &'static str, value: &str) {
        // Tags have their own sign where words of ours have an underscore.
        *self.0.entry(name).or_default().entry(value.replace(TAG, "_")).or_default() += 1;
    }

    fn add_all<'a>(&mut self, name: &'static str, values: impl Iterator<Item = &'a str>) {
        values.for_each(|value| self.add(name, value));
    }

    fn facets(mut self, is_capped: bool) -> Vec<Facet> {
        let facet = |name: &'static str| {
            let values = self.0.remove(name)?;
            let mut values: Vec<_> =
                values.into_iter().map(|(value, count)| (value, count, is_capped)).collect();
            values.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
            Some(Facet { name, values })
        };
        NAMES.into_iter().filter_map(facet).collect()
    }
}

/// The year of each sample's first submission that may be known of.
async fn years(tx: &mut Tx, visible: &Visible, found: &[Found]) -> Result<HashMap<String, String>> {
    let mut years = HashMap::new();
    for chunk in references(found, HitKind::Sample).chunks(CHUNK) {
        let rows: Vec<(String, i64)> = within!(tx, db => {
            // The fragment's parameters stand first, as `$1` and `$2`.
            let mut query = QueryBuilder::new("SELECT s.sample, MIN(s.at) FROM submissions s WHERE ");
            query.push_bind(visible.partner()).push(" = $1 AND ");
            query.push_bind(visible.of_samples()).push(" = $2 AND s.sample IN (");
            let mut listed = query.separated(", ");
            for sample in chunk {
                listed.push_bind(*sample);
            }
            query.push(") AND ").push(submission_seen!("s", "$1", "$2"));
            query.push(" GROUP BY s.sample").build_query_as().fetch_all(db).await
                .map_err(cut_short)?
        });
        for (sample, at) in rows {
            let year = time(at)?.to_zoned(jiff::tz::TimeZone::UTC).year();
            years.insert(sample, year.to_string());
        }
    }
    Ok(years)
}

/// The TLPs that the reader's own partner gave to what was found, each once for each thing.
async fn own_tlps(tx: &mut Tx, visible: &Visible, found: &[Found]) -> Result<Vec<String>> {
    let mut tlps = Vec::new();
    for chunk in references(found, HitKind::Sample).chunks(CHUNK) {
        let rows: Vec<(String, String)> = within!(tx, db => {
            let mut query = QueryBuilder::new("SELECT DISTINCT sample, tlp FROM submissions WHERE partner = ");
            query.push_bind(visible.partner()).push(" AND sample IN (");
            let mut listed = query.separated(", ");
            for sample in chunk {
                listed.push_bind(*sample);
            }
            query.push(")").build_query_as().fetch_all(db).await.map_err(cut_short)?
        });
        tlps.extend(rows.into_iter().map(|(_, tlp)| tlp));
    }
    for chunk in references(found, HitKind::Indicator).chunks(CHUNK) {
        let rows: Vec<String> = within!(tx, db => {
            let mut query = QueryBuilder::new("SELECT tlp FROM indicators WHERE by_partner = ");
            query.push_bind(visible.partner()).push(" AND id IN (");
            let mut listed = query.separated(", ");
            for id in chunk {
                listed.push_bind(read::<i64>(id)?);
            }
            query.push(")").build_query_scalar().fetch_all(db).await.map_err(cut_short)?
        });
        tlps.extend(rows);
    }
    Ok(tlps)
}

fn references(found: &[Found], kind: HitKind) -> Vec<&str> {
    let of_kind = found.iter().filter(|found| found.row.kind == kind.number());
    of_kind.map(|found| found.row.reference.as_str()).collect()
}
