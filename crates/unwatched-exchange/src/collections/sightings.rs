//! Which sightings are taken: sums over whole quarters that cannot point at a person, nor can the
//! difference of two of them. A count is of an organisation's cases or a vendor's telemetry; who,
//! where and when exactly is nothing that is asked.
//!
//! A family's count beside its indicators' would part one case from the rest (30 and 29): in one
//! quarter a partner counts families or indicators, never both. Versions count, too: what was read
//! once is known.

mod sum;
pub mod told;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use unwatched_formats::stix::{malware_id, marking_id, partner_id};
use unwatched_formats::taxii::{Head, Refused, time};
use unwatched_model::family::FamilyId;
use unwatched_model::partner::PartnerSlug;
use unwatched_model::tlp::Tlp;
use unwatched_store::{Store, StoreError, TaxiiCollection};
use uuid::Uuid;

pub use sum::{AT_LEAST, No, Quarters, Sum, count};

use super::fill::again;
use crate::http::taxii::own::Purpose;

/// So many versions a partner adds within a day.
const A_DAY: usize = 1_000;
/// So many versions of one sighting within a day.
const OF_ONE: usize = 3;
/// Of a partner's own sightings, so many are known of at once.
const OWN: u32 = 20_000;
/// What was revoked and came back has another id; more often than this nothing does.
const COMES_BACK: usize = 4;

/// What a partner counted before.
struct Before {
    sum: Sum,
    created: String,
    modified: String,
    is_revoked: bool,
}

/// What is known beside the sightings that are looked at.
pub struct Known {
    /// Families and indicators that partners share.
    shared: HashSet<String>,
    /// By id: what the partner counted last.
    before: HashMap<String, Before>,
    /// Ids under which another partner counts.
    of_others: HashSet<String>,
    /// By id: how many versions the partner added within a day.
    added: BTreeMap<String, usize>,
    /// What the partner is called by; `None` for whoever is no partner.
    own: Option<String>,
    now: Timestamp,
}

impl Known {
    /// What must be known to look at sightings of these things, under these ids, of a partner's.
    pub async fn of(
        store: &Store,
        collection: &TaxiiCollection,
        partner: Option<&PartnerSlug>,
        things: &[&str],
        ids: &[&str],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut known = Self::empty(now);
        let shared = [Purpose::Partners.as_str(), Purpose::PublicStrict.as_str()];
        for json in store.taxii_latest(&shared, things).await? {
            let object: Value = serde_json::from_str(&json).unwrap_or_default();
            if object.get("revoked").and_then(Value::as_bool) != Some(true) {
                known.shared.extend(object.get("id").and_then(Value::as_str).map(str::to_owned));
            }
        }
        let Some(partner) = partner else { return Ok(known) };
        known.own = Some(partner_id(partner));
        for one in store.handed_in_by(collection.number, partner, "sighting", OWN).await? {
            let said = serde_json::from_str(&one.json).ok().filter(|_| one.is_latest);
            if let Some(before) = said.and_then(|said| Before::of(&said)) {
                known.before.insert(one.id, before);
            }
        }
        known.of_others =
            store.taxii_of_others(collection.number, partner, ids).await?.into_iter().collect();
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
            own: None,
            now,
        }
    }

    /// Whether a sighting is taken after those before it, or why it is not.
    pub fn looks_at(&mut self, json: &str, head: Head) -> Result<Head, Refused> {
        match self.takes(json, &head.id) {
            Ok(()) => Ok(head),
            Err(no) => {
                Err(Refused { id: Some(head.id), version: head.version, why: no.to_string() })
            }
        }
    }

    /// The same, saying which member is refused.
    pub fn takes(&mut self, json: &str, id: &str) -> Result<(), No> {
        let said: Map<String, Value> =
            serde_json::from_str(json).map_err(|_| No::whole("it is no JSON object"))?;
        let sum = sum::counted(&said, self.own.as_deref(), self.now)?;
        self.fits(id, &sum)?;
        let before = Before { sum, ..Before::of(&said).ok_or_else(|| No::whole("it is no sum"))? };
        self.before.insert(id.to_owned(), before);
        *self.added.entry(id.to_owned()).or_default() += 1;
        Ok(())
    }

    fn fits(&self, id: &str, counted: &Sum) -> Result<(), No> {
        let Sum { of, count, .. } = counted;
        if !self.shared.contains(of) {
            let why = format!("{of} is no family or indicator of the collection `partners`");
            return Err(No::new("sighting_of_ref", why));
        }
        if self.of_others.contains(id) {
            return Err(No::new("id", "another partner counts under it"));
        }
        if let Some(Before { sum: before, .. }) = self.before.get(id) {
            if before.of != *of || before.quarters != counted.quarters {
                let why = format!(
                    "a version counts the same thing in the same quarters, here {}: give what you \
                     count otherwise an id of its own",
                    before.of
                );
                return Err(No::new("sighting_of_ref", why));
            }
            if (1..AT_LEAST).contains(&before.count.abs_diff(*count)) {
                let why = format!(
                    "it was {}, and a difference below {AT_LEAST} may point at a person",
                    before.count
                );
                return Err(No::new("count", why));
            }
        }
        self.stands_apart(id, counted)?;
        if self.added.get(id).is_some_and(|versions| *versions >= OF_ONE) {
            let why = format!("at most {OF_ONE} versions of one sighting a day");
            return Err(No::new("modified", why));
        }
        if self.added.values().sum::<usize>() >= A_DAY {
            return Err(No::whole(format!("at most {A_DAY} sightings a day from one partner")));
        }
        Ok(())
    }

    /// Whether no other sighting of the partner's in these quarters counts the same, or counts what
    /// lies above or below it.
    fn stands_apart(&self, id: &str, counted: &Sum) -> Result<(), No> {
        let others = self.before.iter().filter(|(other, _)| other.as_str() != id);
        let beside = others.filter(|(_, before)| before.sum.quarters.meet(counted.quarters));
        for (other, Before { sum, .. }) in beside {
            if sum.of == counted.of {
                let why = format!(
                    "{other} counts the same in some of these quarters: add a version of it"
                );
                return Err(No::new("first_seen", why));
            }
            if sum.is_of_family() != counted.is_of_family() {
                let what = if sum.is_of_family() { "a family" } else { "an indicator" };
                let why = format!(
                    "{other} counts {what} in some of these quarters: of one quarter count families \
                     or indicators, not both, for their difference may point at a person"
                );
                return Err(No::new("sighting_of_ref", why));
            }
        }
        Ok(())
    }

    /// The one of these ids under which partners share a thing now.
    pub fn shared_as<'a>(&self, ids: &'a [String]) -> Option<&'a String> {
        ids.iter().find(|id| self.shared.contains(*id))
    }

    /// The sighting that says this: a version of the one that counts the same in the same quarters,
    /// or one under `new_id`. With whether that very one is there already.
    pub fn saying(&self, sum: &Sum, new_id: impl FnOnce() -> String) -> (String, String, bool) {
        let same = |before: &Before| before.sum.of == sum.of && before.sum.quarters == sum.quarters;
        let before = self.before.iter().find(|(_, before)| same(before));
        let now = format!("{:.3}", self.now);
        let Some((id, before)) = before else {
            let id = new_id();
            let json = written(&id, sum, &now, &now);
            return (id, json, false);
        };
        let is_there = before.sum == *sum && !before.is_revoked;
        let next = time::parse(&before.modified)
            .and_then(|at| at.checked_add(SignedDuration::from_millis(1)).ok());
        let modified = next.map_or(now, |next| format!("{:.3}", next.max(self.now)));
        (id.clone(), written(id, sum, &before.created, &modified), is_there)
    }
}

impl Before {
    fn of(said: &Map<String, Value>) -> Option<Self> {
        let text = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Self {
            sum: Sum::of(said).ok()?,
            created: text("created"),
            modified: text("modified"),
            is_revoked: said.get("revoked").and_then(Value::as_bool).unwrap_or_default(),
        })
    }
}

/// What a family may be called by among what partners share.
pub fn ids_of_family(family: &FamilyId) -> Vec<String> {
    ids(malware_id(family))
}

/// What an indicator may be called by there.
pub fn ids_of_indicator(uuid: Uuid) -> Vec<String> {
    ids(format!("indicator--{uuid}"))
}

fn ids(first: String) -> Vec<String> {
    std::iter::successors(Some(first), |id| Some(again(id))).take(COMES_BACK).collect()
}

/// A sighting in STIX.
fn written(id: &str, sum: &Sum, created: &str, modified: &str) -> String {
    let (first, last) = sum.quarters.seen();
    serde_json::json!({
        "type": "sighting", "spec_version": "2.1", "id": id,
        "created": created, "modified": modified,
        "object_marking_refs": [marking_id(sum.tlp)],
        "first_seen": first, "last_seen": last,
        "count": sum.count, "summary": true, "sighting_of_ref": sum.of,
    })
    .to_string()
}

/// How widely a sighting without a marking may be known: among the partners who read it.
pub const UNMARKED: Tlp = Tlp::Amber;

#[cfg(test)]
mod tests;
