//! Which family an object that was handed in is of. A new family's name is read by every partner:
//! it is made of what all of them may read, and of nothing narrower.

use std::collections::HashMap;

use anyhow::Context as _;
use serde_json::Value;
use unwatched_formats::stix::Marked;
use unwatched_model::family::FamilyId;
use unwatched_model::partner::PartnerSlug;
use unwatched_model::tlp::Tlp;
use unwatched_store::{HandedIn, Store, StoreError};

use super::{Reading, UNMARKED, unexplained};
use crate::http::api::families::checked_family;

/// Of relationships, families and markings that a partner handed in, so many are known of at once.
const KNOWN: u32 = 5_000;
/// What is narrower does not reach every partner.
const REACHES_ALL: Tlp = Tlp::Amber;

/// What a partner handed in beside indicators.
#[derive(Default)]
pub(super) struct Known {
    /// Relationships `indicates`, by what they start from.
    indicates: HashMap<String, Value>,
    malware: HashMap<String, Value>,
    markings: HashMap<String, Value>,
}

/// The family, with what the objects that name it are marked with.
pub(super) enum Found {
    Family(FamilyId, Marked),
    Waits(String),
    Refused(String),
}

impl Known {
    pub(super) async fn of(
        store: &Store,
        collection: i64,
        partner: &PartnerSlug,
    ) -> anyhow::Result<Self> {
        let mut known = Self::default();
        for object_type in ["relationship", "malware", "marking-definition"] {
            let listed = store.handed_in_by(collection, partner, object_type, KNOWN).await?;
            for one in listed.iter().filter(|one| one.is_latest) {
                known.learn(one);
            }
        }
        Ok(known)
    }

    fn learn(&mut self, one: &HandedIn) {
        let Ok(object) = serde_json::from_str::<Value>(&one.json) else { return };
        if object.get("revoked").and_then(Value::as_bool) == Some(true) {
            return;
        }
        match one.object_type.as_str() {
            "malware" => drop(self.malware.insert(one.id.clone(), object)),
            "marking-definition" => drop(self.markings.insert(one.id.clone(), object)),
            _ if word(&object, "relationship_type") == "indicates" => {
                let from = word(&object, "source_ref").to_owned();
                // The latest is learnt first.
                self.indicates.entry(from).or_insert(object);
            }
            _ => {}
        }
    }

    /// What an object is marked with.
    pub(super) fn marked(&self, object: &Value) -> Marked {
        Marked::of(object, |id| self.markings.get(id).cloned())
    }

    /// The family of an indicator: that of its label, or the one that a relationship of the same
    /// partner says it indicates, made where none is called so.
    pub(super) async fn family(
        &self,
        reading: &Reading<'_>,
        handed_in: &HandedIn,
        object: &Value,
        marked: &Marked,
    ) -> anyhow::Result<Found> {
        let store = &reading.state.store;
        if let Some(family) = labelled(object)
            && store.family(&family).await?.is_some()
        {
            return Ok(Found::Family(family, Marked::default()));
        }
        let waits = |why: &str| Ok(Found::Waits(why.to_owned()));
        let Some(relationship) = self.indicates.get(&handed_in.id) else {
            return waits(
                "no relationship `indicates` from it to a malware object says which family",
            );
        };
        let Some(malware) = self.malware.get(word(relationship, "target_ref")) else {
            return waits(
                "what its relationship points to is no malware object that you handed in",
            );
        };
        let (of_malware, of_relationship) = (self.marked(malware), self.marked(relationship));
        for (whose, marked) in
            [("its family's", &of_malware), ("its relationship's", &of_relationship)]
        {
            if let Some(marking) = &marked.unknown {
                return Ok(Found::Waits(unexplained(whose, marking)));
            }
        }
        let of_family = Marked {
            tlp: of_malware.tlp.max(of_relationship.tlp),
            pap: of_malware.pap.max(of_relationship.pap),
            unknown: None,
        };
        let name = word(malware, "name").trim();
        match store.families_called(name).await?.as_slice() {
            [one] => return Ok(Found::Family(one.family.id.clone(), of_family)),
            [] => {}
            // More than one is nobody's to guess.
            _ => return waits("several families are called so: say which by a label `family:ID`"),
        }
        let read_by_all = [
            ("the family", &of_malware),
            ("the relationship to it", &of_relationship),
            ("this indicator", marked),
        ];
        for (what, marked) in read_by_all {
            let tlp = marked.tlp.unwrap_or(UNMARKED);
            if tlp > REACHES_ALL {
                return Ok(Found::Waits(format!(
                    "no family is called so here, and a new one's name is read by every partner: \
                     {what} is TLP:{tlp}. Name a family that is here by a label `family:ID`, or \
                     mark it TLP:AMBER or wider"
                )));
            }
        }
        self.made(reading, name, of_family).await
    }

    async fn made(
        &self,
        reading: &Reading<'_>,
        name: &str,
        of_family: Marked,
    ) -> anyhow::Result<Found> {
        let state = reading.state;
        let new = match checked_family(name, Vec::new(), None) {
            Ok(new) => new,
            Err(problem) => {
                return Ok(Found::Refused(format!("its family's name: {}", problem.words())));
            }
        };
        match state.store.create_family(&new, &reading.actor(), state.clock.now()).await {
            Ok(id) => Ok(Found::Family(id, of_family)),
            Err(StoreError::Invalid(why)) => {
                Ok(Found::Refused(format!("its family's name: {why}")))
            }
            Err(error) => Err(error).context("create the family of what was handed in"),
        }
    }
}

fn word<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A label that names a family of ours by its id.
fn labelled(object: &Value) -> Option<FamilyId> {
    let labels = object.get("labels").and_then(Value::as_array)?;
    let labels = labels.iter().filter_map(Value::as_str);
    labels.filter_map(|label| label.strip_prefix("family:")).find_map(|id| id.parse().ok())
}
