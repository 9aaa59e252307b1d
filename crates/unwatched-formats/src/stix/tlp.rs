//! What an object that somebody sends says of how widely it may be known.

use serde_json::Value;
use unwatched_model::tlp::Tlp;

use super::objects::marking_id;

/// TLP 1.0 as STIX 2.1 itself defines it, and what it is called now.
const TLP_1: [(&str, Tlp); 4] = [
    ("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::Clear),
    ("marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::Green),
    ("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", Tlp::Amber),
    ("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::Red),
];

/// The narrowest of an object's markings, and one of a part of it counts for the whole; `None`
/// when nothing is said.
pub fn tlp_of(object: &Value) -> Option<Tlp> {
    let refs = object.get("object_marking_refs").and_then(Value::as_array);
    let of_whole = refs.into_iter().flatten();
    let granular = object.get("granular_markings").and_then(Value::as_array);
    let of_parts = granular.into_iter().flatten().filter_map(|one| one.get("marking_ref"));
    of_whole.chain(of_parts).filter_map(Value::as_str).filter_map(known).max()
}

fn known(id: &str) -> Option<Tlp> {
    let two = [Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red];
    let two = two.into_iter().find(|tlp| marking_id(*tlp) == id);
    two.or_else(|| TLP_1.iter().find(|(known, _)| *known == id).map(|(_, tlp)| *tlp))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_narrowest_marking_counts() {
        let white = TLP_1[0].0;
        let amber = marking_id(Tlp::Amber);
        assert_eq!(tlp_of(&json!({})), None);
        assert_eq!(tlp_of(&json!({ "object_marking_refs": [white] })), Some(Tlp::Clear));
        let parts = json!({ "object_marking_refs": [white, "x"],
            "granular_markings": [{ "marking_ref": amber, "selectors": ["name"] }, 7] });
        assert_eq!(tlp_of(&parts), Some(Tlp::Amber));
    }
}
