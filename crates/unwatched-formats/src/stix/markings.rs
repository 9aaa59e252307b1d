//! What an object that somebody sends says of how widely it may be known and what may be done with
//! it: by markings of the standard, by definitions that are sent along, and by labels.

use serde_json::Value;
use unwatched_model::pap::Pap;
use unwatched_model::tlp::Tlp;

use super::objects::{marking_id, pap_id};

/// TLP 1.0 as STIX 2.1 itself defines it, and what it is called now.
const TLP_1: [(&str, Tlp); 4] = [
    ("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::Clear),
    ("marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::Green),
    ("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", Tlp::Amber),
    ("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::Red),
];

/// The narrowest of what an object is marked with; a marking of a part of it counts for the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marked {
    /// How widely it may be known; `None` when nothing is said.
    pub tlp: Option<Tlp>,
    /// What may be done with it; `None` when nothing is said.
    pub pap: Option<Pap>,
    /// A marking of which nobody said what it means.
    pub unknown: Option<String>,
}

impl Marked {
    /// Reads an object's markings. `defined` has the definitions that were sent along, by id.
    pub fn of(object: &Value, defined: impl Fn(&str) -> Option<Value>) -> Self {
        let mut marked = Self::default();
        let refs = object.get("object_marking_refs").and_then(Value::as_array);
        let of_whole = refs.into_iter().flatten();
        let granular = object.get("granular_markings").and_then(Value::as_array);
        let of_parts = granular.into_iter().flatten().filter_map(|one| one.get("marking_ref"));
        for id in of_whole.chain(of_parts).filter_map(Value::as_str) {
            if let Some(tlp) = known_tlp(id) {
                marked.narrow(Some(tlp), None);
            } else if let Some(pap) = known_pap(id) {
                marked.narrow(None, Some(pap));
            } else if let Some(definition) = defined(id) {
                for text in words(&definition) {
                    marked.says(&text);
                }
            } else {
                marked.unknown.get_or_insert_with(|| id.chars().take(120).collect());
            }
        }
        let labels = object.get("labels").and_then(Value::as_array);
        for label in labels.into_iter().flatten().filter_map(Value::as_str) {
            marked.says(label);
        }
        marked
    }

    /// A text that begins with a label of TLP or PAP, such as `TLP:RED` or `PAP:AMBER, look only`.
    fn says(&mut self, text: &str) {
        let upper = text.trim().to_ascii_uppercase();
        let is_of_label = |c: char| c.is_ascii_alphabetic() || c == '+';
        let word = |prefix: &str| {
            let rest = upper.strip_prefix(prefix)?.trim_start();
            let end = rest.find(|c| !is_of_label(c)).unwrap_or(rest.len());
            Some(if &rest[..end] == "WHITE" { "CLEAR" } else { &rest[..end] })
        };
        let tlp = word("TLP:").and_then(|word| word.parse().ok());
        let pap = word("PAP:").and_then(|word| word.parse().ok());
        self.narrow(tlp, pap);
    }

    fn narrow(&mut self, tlp: Option<Tlp>, pap: Option<Pap>) {
        self.tlp = self.tlp.max(tlp);
        self.pap = self.pap.max(pap);
    }
}

fn known_tlp(id: &str) -> Option<Tlp> {
    let two = Tlp::ALL.into_iter().find(|tlp| marking_id(*tlp) == id);
    two.or_else(|| TLP_1.iter().find(|(known, _)| *known == id).map(|(_, tlp)| *tlp))
}

fn known_pap(id: &str) -> Option<Pap> {
    Pap::ALL.into_iter().find(|pap| pap_id(*pap) == id)
}

/// What a definition says in words: a statement, its name, TLP of either version.
fn words(definition: &Value) -> Vec<String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let said = definition.get("definition");
    let mut words: Vec<String> = [
        text(definition.get("name")),
        text(said.and_then(|said| said.get("statement"))),
        text(said.and_then(|said| said.get("tlp"))).map(|tlp| format!("TLP:{tlp}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let extensions = definition.get("extensions").and_then(Value::as_object);
    for extension in extensions.into_iter().flat_map(serde_json::Map::values) {
        words.extend(text(extension.get("tlp_2_0")).map(|tlp| format!("TLP:{tlp}")));
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(object: &Value, tlp: Option<Tlp>, pap: Option<Pap>) {
        let defined = |id: &str| match id {
            "a" => Some(json!({ "definition_type": "statement",
                "definition": { "statement": "PAP:RED. Look, and leave no trace." } })),
            "b" => Some(json!({ "definition_type": "tlp", "definition": { "tlp": "white" } })),
            "c" => Some(json!({ "extensions": { "x": { "tlp_2_0": "amber+strict" } } })),
            "d" => Some(json!({ "definition": { "statement": "Copyright of nobody" } })),
            _ => None,
        };
        let marked = Marked::of(object, defined);
        assert_eq!((marked.tlp, marked.pap, marked.unknown), (tlp, pap, None), "{object}");
    }

    #[test]
    fn the_narrowest_marking_counts() {
        let (white, amber) = (TLP_1[0].0, marking_id(Tlp::Amber));
        let whole = |refs: Value| json!({ "object_marking_refs": refs });
        check(&json!({}), None, None);
        check(&whole(json!([white])), Some(Tlp::Clear), None);
        let parts = json!({ "object_marking_refs": [white],
            "granular_markings": [{ "marking_ref": amber, "selectors": ["name"] }, 7] });
        check(&parts, Some(Tlp::Amber), None);
        check(&whole(json!(["b", "c", "d"])), Some(Tlp::AmberStrict), None);
        check(&whole(json!(["a", white])), Some(Tlp::Clear), Some(Pap::Red));
        check(
            &json!({ "labels": ["tlp:red", "PAP: Amber", "tlp:mauve"] }),
            Some(Tlp::Red),
            Some(Pap::Amber),
        );
    }

    #[test]
    fn a_marking_that_nobody_explained_is_told() {
        let object = json!({ "object_marking_refs": ["marking-definition--x"] });
        let marked = Marked::of(&object, |_| None);
        assert_eq!(marked.unknown.as_deref(), Some("marking-definition--x"));
    }
}
