//! Which sightings are taken: sums over whole quarters that cannot point at a person, nor can the
//! difference of two of them. A count is of an organisation's cases or a vendor's telemetry; who,
//! where and when exactly is nothing that is asked.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use unwatched_formats::stix::Marked;
use unwatched_formats::taxii::{Head, Refused};
use unwatched_model::partner::PartnerSlug;
use unwatched_model::tlp::Tlp;
use unwatched_store::{Store, StoreError, TaxiiCollection};

use crate::http::taxii::own::Purpose;

/// No smaller count is taken, and no two whose difference is smaller.
const AT_LEAST: u64 = 10;
/// STIX has no larger one.
const AT_MOST: u64 = 999_999_999;
/// So many versions a partner adds within a day.
const A_DAY: usize = 1_000;
/// So many versions of one sighting within a day.
const OF_ONE: usize = 3;
/// Of a partner's own sightings, so many are known of at once.
const OWN: u32 = 20_000;

/// What a sighting may say.
const ALLOWED: [&str; 13] = [
    "type",
    "spec_version",
    "id",
    "created",
    "modified",
    "created_by_ref",
    "object_marking_refs",
    "revoked",
    "first_seen",
    "last_seen",
    "count",
    "summary",
    "sighting_of_ref",
];

/// What a sighting says.
struct Sum {
    of: String,
    count: u64,
    /// The first day, and the one after the last.
    quarters: (Date, Date),
}

/// What is known beside the sightings that are looked at.
pub struct Known {
    /// Families and indicators that partners share.
    shared: HashSet<String>,
    /// By id: what the partner counted last.
    before: HashMap<String, Sum>,
    /// Ids under which another partner counts.
    of_others: HashSet<String>,
    /// By id: how many versions the partner added within a day.
    added: BTreeMap<String, usize>,
    now: Timestamp,
}

impl Known {
    /// What must be known to look at these objects of a partner's.
    pub async fn of(
        store: &Store,
        collection: &TaxiiCollection,
        partner: Option<&PartnerSlug>,
        objects: &[&str],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut known = Self::empty(now);
        let objects: Vec<Value> =
            objects.iter().filter_map(|json| serde_json::from_str(json).ok()).collect();
        let texts = |key: &str| -> Vec<&str> {
            objects.iter().filter_map(|object| object.get(key)?.as_str()).collect()
        };
        let shared = [Purpose::Partners.as_str(), Purpose::PublicStrict.as_str()];
        for json in store.taxii_latest(&shared, &texts("sighting_of_ref")).await? {
            let object: Value = serde_json::from_str(&json).unwrap_or_default();
            if object.get("revoked").and_then(Value::as_bool) != Some(true) {
                known.shared.extend(object.get("id").and_then(Value::as_str).map(str::to_owned));
            }
        }
        let Some(partner) = partner else { return Ok(known) };
        for one in store.handed_in_by(collection.number, partner, "sighting", OWN).await? {
            let said = serde_json::from_str(&one.json).ok().filter(|_| one.is_latest);
            if let Some(count) = said.and_then(|said| Sum::of(&said).ok()) {
                known.before.insert(one.id, count);
            }
        }
        known.of_others = store
            .taxii_of_others(collection.number, partner, &texts("id"))
            .await?
            .into_iter()
            .collect();
        let since = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
        for id in store.taxii_added_by(collection.number, partner, since).await? {
            *known.added.entry(id).or_default() += 1;
        }
        Ok(known)
    }

    fn empty(now: Timestamp) -> Self {
        Self {
            shared: HashSet::new(),
            before: HashMap::new(),
            of_others: HashSet::new(),
            added: BTreeMap::new(),
            now,
        }
    }

    /// Whether a sighting is taken after those before it, or why it is not.
    pub fn looks_at(&mut self, json: &str, head: Head) -> Result<Head, Refused> {
        let found = counted(json, self.now).and_then(|counted| self.fits(&head.id, counted));
        match found {
            Ok(count) => {
                self.before.insert(head.id.clone(), count);
                *self.added.entry(head.id.clone()).or_default() += 1;
                Ok(head)
            }
            Err(why) => Err(Refused { id: Some(head.id), version: head.version, why }),
        }
    }

    fn fits(&self, id: &str, counted: Sum) -> Result<Sum, String> {
        let Sum { of, count, quarters } = &counted;
        if !self.shared.contains(of) {
            return Err(format!(
                "`sighting_of_ref`: {of} is no family or indicator of the collection `partners`"
            ));
        }
        if self.of_others.contains(id) {
            return Err("`id`: another partner counts under it".to_owned());
        }
        let too_near = |before: &&Sum| (1..AT_LEAST).contains(&before.count.abs_diff(*count));
        if let Some(before) = self.before.get(id).filter(too_near) {
            return Err(format!(
                "`count`: it was {}, and a difference below {AT_LEAST} may point at a person",
                before.count
            ));
        }
        let overlaps = |(other, before): &(&String, &Sum)| {
            let (first, end) = before.quarters;
            other.as_str() != id && before.of == *of && first < quarters.1 && quarters.0 < end
        };
        if let Some((other, _)) = self.before.iter().find(overlaps) {
            return Err(format!(
                "`first_seen`: {other} counts the same in some of these quarters: add a version of it"
            ));
        }
        if self.added.get(id).is_some_and(|versions| *versions >= OF_ONE) {
            return Err(format!("`modified`: at most {OF_ONE} versions of one sighting a day"));
        }
        if self.added.values().sum::<usize>() >= A_DAY {
            return Err(format!("at most {A_DAY} sightings a day from one partner"));
        }
        Ok(counted)
    }
}

/// Reads a sighting. Everything that it says beyond a count is refused by its name.
fn counted(json: &str, now: Timestamp) -> Result<Sum, String> {
    let sighting: Map<String, Value> =
        serde_json::from_str(json).map_err(|_| "it is no JSON object".to_owned())?;
    let text = |key: &str| sighting.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("type") != "sighting" {
        return Err("only sightings are taken here: hand in anything else in the inbox".to_owned());
    }
    if let Some(other) = sighting.keys().find(|key| !ALLOWED.contains(&key.as_str())) {
        let other: String = other.chars().take(60).collect();
        return Err(format!(
            "`{other}`: leave it out. A count and its quarters are enough; who, where and what was \
             observed are for nobody"
        ));
    }
    for (key, prefix) in [("created_by_ref", "identity--"), ("id", "sighting--")] {
        if sighting.contains_key(key) && !is_id(text(key), prefix) {
            return Err(format!("`{key}`: not the id of an object `{prefix}UUID`"));
        }
    }
    let count = sighting.get("count").and_then(Value::as_u64).unwrap_or(1);
    if count < AT_LEAST {
        return Err(format!(
            "`count`: one below {AT_LEAST} may point at a person: add up over a longer time"
        ));
    }
    if count > AT_MOST {
        return Err(format!("`count`: at most {AT_MOST}"));
    }
    if sighting.get("summary").and_then(Value::as_bool) != Some(true) {
        return Err("`summary`: say true: sums over many, never one event".to_owned());
    }
    let marked = Marked::of(&Value::Object(sighting.clone()), |_| None);
    if let Some(marking) = marked.unknown {
        return Err(format!("`object_marking_refs`: {marking} is no marking of TLP"));
    }
    if let Some(tlp) = marked.tlp.filter(|tlp| *tlp > Tlp::Amber) {
        return Err(format!(
            "`object_marking_refs`: TLP:{tlp} is narrower than those who read here: AMBER or wider"
        ));
    }
    let counted = Sum::of(&sighting)?;
    let (_, end) = counted.quarters;
    if end.to_zoned(jiff::tz::TimeZone::UTC).is_ok_and(|end| end.timestamp() > now) {
        return Err("`last_seen`: wait until the quarter is over".to_owned());
    }
    Ok(counted)
}

impl Sum {
    fn of(sighting: &Map<String, Value>) -> Result<Self, String> {
        let text = |key: &str| sighting.get(key).and_then(Value::as_str).unwrap_or_default();
        let of = text("sighting_of_ref");
        if !is_id(of, "malware--") && !is_id(of, "indicator--") {
            return Err("`sighting_of_ref`: the id of a family or an indicator".to_owned());
        }
        let count = sighting.get("count").and_then(Value::as_u64).unwrap_or(1);
        let quarters = quarters(text("first_seen"), text("last_seen"))?;
        Ok(Self { of: of.to_owned(), count, quarters })
    }
}

fn is_id(text: &str, prefix: &str) -> bool {
    let uuid = text.strip_prefix(prefix);
    uuid.is_some_and(|uuid| uuid.len() == 36 && uuid::Uuid::try_parse(uuid).is_ok())
}

/// The first day of the first quarter, and the day after the last.
fn quarters(first: &str, last: &str) -> Result<(Date, Date), String> {
    let whole = "whole quarters in UTC, such as 2026-01-01T00:00:00Z to 2026-03-31T23:59:59Z";
    let at = |key: &str, text: &str| {
        let at: Result<Timestamp, _> = text.parse();
        at.map_err(|_| format!("`{key}`: {whole}"))
    };
    let first = begins_at(at("first_seen", first)?);
    let first = first.ok_or_else(|| format!("`first_seen`: {whole}"))?;
    let last = at("last_seen", last)?;
    // The end is the last second of a quarter, however finely that is written, or the next one's
    // first moment.
    let within_a_second = [Some(last), last.checked_add(SignedDuration::from_secs(1)).ok()];
    let whole_second = within_a_second.into_iter().flatten().find_map(|at| {
        let whole = Timestamp::from_second(at.as_second()).ok()?;
        begins_at(whole)
    });
    match whole_second {
        Some(end) if end > first => Ok((first, end)),
        _ => Err(format!("`last_seen`: {whole}")),
    }
}

/// The day with whose first moment a quarter begins.
fn begins_at(at: Timestamp) -> Option<Date> {
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let is_midnight = at.time() == jiff::civil::Time::midnight();
    let is_first = at.day() == 1 && matches!(at.month(), 1 | 4 | 7 | 10);
    (is_midnight && is_first).then(|| at.date())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use unwatched_formats::taxii::Strictness;
    use unwatched_formats::taxii::envelope::head;

    use super::*;

    const FAMILY: &str = "malware--00000000-0000-5000-8000-000000000001";
    const RED: &str = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";

    fn known() -> Known {
        let mut known = Known::empty("2026-05-01T00:00:00Z".parse().unwrap());
        known.shared.insert(FAMILY.to_owned());
        known
    }

    fn sighting(change: &Value) -> String {
        let mut sighting = json!({
            "type": "sighting", "spec_version": "2.1",
            "id": "sighting--00000000-0000-4000-8000-000000000001",
            "created": "2026-04-02T00:00:00.000Z", "modified": "2026-04-02T00:00:00.000Z",
            "first_seen": "2026-01-01T00:00:00Z", "last_seen": "2026-03-31T23:59:59Z",
            "count": 12, "summary": true, "sighting_of_ref": FAMILY,
        });
        let members = sighting.as_object_mut().unwrap();
        for (key, value) in change.as_object().unwrap() {
            if value.is_null() {
                members.remove(key);
            } else {
                members.insert(key.clone(), value.clone());
            }
        }
        sighting.to_string()
    }

    fn look(known: &mut Known, json: &str) -> Result<(), String> {
        let head = head(json, Strictness::Stix).unwrap();
        known.looks_at(json, head).map(drop).map_err(|refused| refused.why)
    }

    #[test]
    fn sums_over_quarters_are_taken() {
        for change in [
            json!({}),
            json!({ "last_seen": "2026-04-01T00:00:00Z" }),
            json!({ "last_seen": "2026-03-31T23:59:59.999999Z" }),
            json!({ "first_seen": "2025-10-01T00:00:00+00:00" }),
            json!({ "count": 999_999_999 }),
            json!({ "created_by_ref": "identity--00000000-0000-4000-8000-000000000001" }),
            json!({ "object_marking_refs": ["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"] }),
            json!({ "revoked": true }),
        ] {
            let taken = look(&mut known(), &sighting(&change));
            assert_eq!(taken, Ok(()), "{change}");
        }
    }

    #[test]
    fn what_says_more_is_refused_by_its_name() {
        for (key, value) in [
            ("description", json!("a")),
            ("labels", json!(["a"])),
            ("external_references", json!([{ "source_name": "a" }])),
            ("x_note", json!("a")),
            ("extensions", json!({})),
            ("granular_markings", json!([])),
            ("observed_data_refs", json!([])),
            ("where_sighted_refs", json!([])),
            ("confidence", json!(7)),
            ("lang", json!("de")),
            ("count", json!(9)),
            ("count", json!(1_000_000_000)),
            ("count", json!("twelve")),
            ("count", Value::Null),
            ("summary", Value::Null),
            ("first_seen", Value::Null),
            ("first_seen", json!("2026-01-02T00:00:00Z")),
            ("first_seen", json!("2026-01-01T00:00:01Z")),
            ("first_seen", json!("2026-01-01T00:00:00+02:00")),
            ("last_seen", json!("2026-01-01T00:00:00Z")),
            ("last_seen", json!("2026-03-31T23:59:58Z")),
            ("last_seen", json!("2026-06-30T23:59:59Z")),
            ("object_marking_refs", json!([RED])),
            ("object_marking_refs", json!(["marking-definition--a"])),
            ("sighting_of_ref", json!("malware--00000000-0000-5000-8000-000000000002")),
            ("sighting_of_ref", json!("campaign--00000000-0000-5000-8000-000000000001")),
            ("created_by_ref", json!("identity--a clinic in the high street")),
        ] {
            let why = look(&mut known(), &sighting(&json!({ key: value }))).unwrap_err();
            assert!(why.contains(&format!("`{key}`")), "{key}: {why}");
        }
        let why =
            look(&mut known(), &sighting(&json!({ "type": "malware", "id": FAMILY }))).unwrap_err();
        assert!(why.contains("only sightings"), "{why}");
    }

    #[test]
    fn the_difference_of_two_says_nothing_of_one_person_either() {
        let mut known = known();
        let mut say = |count: u64| look(&mut known, &sighting(&json!({ "count": count })));
        assert_eq!(say(12), Ok(()));
        assert!(say(13).unwrap_err().contains("it was 12"));
        assert!(say(21).unwrap_err().contains("it was 12"));
        assert_eq!((say(22), say(12)), (Ok(()), Ok(())));
        assert!(say(40).unwrap_err().contains("3 versions"));
    }

    #[test]
    fn nothing_is_counted_twice() {
        let mut known = known();
        assert_eq!(look(&mut known, &sighting(&json!({}))), Ok(()));
        let other = "sighting--00000000-0000-4000-8000-000000000002";
        let again = json!({ "id": other, "count": 13, "first_seen": "2025-10-01T00:00:00Z" });
        assert!(look(&mut known, &sighting(&again)).unwrap_err().contains("add a version"));
        let before = json!({ "id": other, "first_seen": "2025-10-01T00:00:00Z",
            "last_seen": "2025-12-31T23:59:59Z" });
        assert_eq!(look(&mut known, &sighting(&before)), Ok(()));
        let third = "sighting--00000000-0000-4000-8000-000000000003";
        known.of_others.insert(third.to_owned());
        let theirs = sighting(&json!({ "id": third }));
        assert!(look(&mut known, &theirs).unwrap_err().contains("another partner"));
    }

    #[test]
    fn a_day_has_its_limit() {
        let mut known = known();
        let mut say = |number: usize| {
            let id = format!("sighting--00000000-0000-4000-8000-{number:012}");
            let (year, quarter) = (1700 + number / 4, number % 4 * 3 + 1);
            let (first, last) = (
                format!("{year}-{quarter:02}-01T00:00:00Z"),
                if quarter == 10 {
                    format!("{}-01-01T00:00:00Z", year + 1)
                } else {
                    format!("{year}-{:02}-01T00:00:00Z", quarter + 3)
                },
            );
            let change = json!({ "id": id, "first_seen": first, "last_seen": last });
            look(&mut known, &sighting(&change))
        };
        assert!((0..A_DAY).all(|number| say(number).is_ok()));
        assert!(say(A_DAY).unwrap_err().contains("sightings a day"));
    }
}
