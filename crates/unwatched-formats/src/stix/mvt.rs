//! The bundle that MVT reads (`stalkerware.stix2`).
//!
//! MVT takes an indicator to the first collection it finds for it: hence one indicator object per
//! family. It prints nothing but a collection's name: hence websites and download places stand in
//! a report of their own, whose name says what they are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use unwatched_model::indicator::Role;
use unwatched_model::tlp::Tlp;

use super::{LeftOut, StixBundle, StixFamily, StixIndicator, ids, pattern, words};

const SPEC_VERSION: &str = "2.1";

/// Renders families in the order given.
pub fn mvt_bundle(families: &[StixFamily<'_>]) -> StixBundle {
    let mut bundle = Builder::default();
    for family in families {
        bundle.family(family);
    }
    bundle.finish()
}

#[derive(Default)]
struct Builder {
    objects: Vec<Value>,
    markings: BTreeSet<Tlp>,
    seen: BTreeSet<String>,
    indicators: usize,
    left_out: Vec<LeftOut>,
}

impl Builder {
    fn family(&mut self, family: &StixFamily<'_>) {
        let malware_id = ids::id("malware", &[family.family.id.as_str()]);
        // The family is as restricted as its least restricted indicator; each carries its own.
        let tlp = family.indicators.iter().map(|i| i.indicator.tlp).min().unwrap_or(Tlp::Clear);
        let mut malware = self.object("malware", &malware_id, family.created, family.modified, tlp);
        malware.insert("name".into(), json!(family.family.name));
        let aliases: Vec<_> =
            family.family.aliases.iter().filter(|alias| **alias != family.family.name).collect();
        if !aliases.is_empty() {
            malware.insert("aliases".into(), json!(aliases));
        }
        let description = words::class_sentence(family.class, family.judged, family.attributed);
        malware.insert("description".into(), json!(description));
        malware.insert("is_family".into(), json!(true));
        malware.insert("labels".into(), json!([family.class.as_str()]));
        self.objects.push(Value::Object(malware));

        let mut visited: BTreeMap<Role, Vec<(String, StixIndicator<'_>)>> = BTreeMap::new();
        for one in family.indicators {
            if let Some(id) = self.indicator(family, one, &malware_id)
                && words::visited_collection("", one.indicator.role).is_some()
            {
                visited.entry(one.indicator.role).or_default().push((id, *one));
            }
        }
        for (role, indicators) in visited {
            self.visited(family, role, &indicators, &malware_id);
        }
    }

    /// The id of the indicator, unless it cannot be expressed or is here already.
    fn indicator(
        &mut self,
        family: &StixFamily<'_>,
        one: &StixIndicator<'_>,
        malware_id: &str,
    ) -> Option<String> {
        let indicator = one.indicator;
        let pattern = match pattern::mvt(indicator) {
            Ok(pattern) => pattern,
            Err(why) => {
                self.left_out.push(LeftOut { indicator: indicator.clone(), why });
                return None;
            }
        };
        let about = [family.family.id.as_str(), indicator.role.as_str(), &pattern];
        let id = ids::id("indicator", &about);
        if !self.seen.insert(id.clone()) {
            return None;
        }
        let mut object = self.object("indicator", &id, one.added, one.added, indicator.tlp);
        let name = format!("{} of {} ({})", indicator.kind, family.family.name, indicator.role);
        object.insert("name".into(), json!(name));
        object.insert("description".into(), json!(words::role_sentence(indicator)));
        let kind = words::indicator_type(family.class, indicator.role);
        object.insert("indicator_types".into(), json!([kind]));
        object.insert("labels".into(), json!([format!("role:{}", indicator.role)]));
        object.insert("pattern".into(), json!(pattern));
        object.insert("pattern_type".into(), json!("stix"));
        object.insert("valid_from".into(), json!(time(one.added)));
        self.objects.push(Value::Object(object));
        self.indicators += 1;

        let relationship_id = ids::id("relationship", &[&id, "indicates", malware_id]);
        let mut relationship =
            self.object("relationship", &relationship_id, one.added, one.added, indicator.tlp);
        relationship.insert("relationship_type".into(), json!("indicates"));
        relationship.insert("source_ref".into(), json!(id));
        relationship.insert("target_ref".into(), json!(malware_id));
        self.objects.push(Value::Object(relationship));
        Some(id)
    }

    fn visited(
        &mut self,
        family: &StixFamily<'_>,
        role: Role,
        indicators: &[(String, StixIndicator<'_>)],
        malware_id: &str,
    ) {
        let Some(name) = words::visited_collection(&family.family.name, role) else { return };
        let Some((_, first)) = indicators.first() else { return };
        let id = ids::id("report", &[family.family.id.as_str(), role.as_str()]);
        let added = || indicators.iter().map(|(_, one)| one.added);
        let created = added().min().unwrap_or(family.created);
        let modified = added().max().unwrap_or(family.modified);
        let tlp = indicators.iter().map(|(_, one)| one.indicator.tlp).max().unwrap_or(Tlp::Clear);
        let mut report = self.object("report", &id, created, modified, tlp);
        report.insert("name".into(), json!(name));
        report.insert("description".into(), json!(words::role_sentence(first.indicator)));
        report.insert("report_types".into(), json!(["indicator"]));
        report.insert("published".into(), json!(time(created)));
        let references: Vec<_> = indicators
            .iter()
            .map(|(id, _)| id.as_str())
            .chain(std::iter::once(malware_id))
            .collect();
        report.insert("object_refs".into(), json!(references));
        self.objects.push(Value::Object(report));
    }

    fn object(
        &mut self,
        object_type: &str,
        id: &str,
        created: Timestamp,
        modified: Timestamp,
        tlp: Tlp,
    ) -> Map<String, Value> {
        self.markings.insert(tlp);
        let mut object = Map::new();
        object.insert("type".into(), json!(object_type));
        object.insert("spec_version".into(), json!(SPEC_VERSION));
        object.insert("id".into(), json!(id));
        object.insert("created".into(), json!(time(created)));
        object.insert("modified".into(), json!(time(modified.max(created))));
        object.insert("object_marking_refs".into(), json!([marking_id(tlp)]));
        object
    }

    fn finish(self) -> StixBundle {
        let mut objects: Vec<_> = self.markings.iter().map(|&tlp| marking(tlp)).collect();
        objects.extend(self.objects);
        let versions: Vec<_> = objects
            .iter()
            .map(|object| format!("{} {}", object["id"], object["modified"]))
            .collect();
        let id = ids::id("bundle", &versions.iter().map(String::as_str).collect::<Vec<_>>());
        let bundle = json!({ "type": "bundle", "id": id, "objects": objects });
        let mut bytes = serde_json::to_vec_pretty(&bundle).expect("JSON values serialise");
        bytes.push(b'\n');
        StixBundle { bytes, indicators: self.indicators, left_out: self.left_out }
    }
}

/// STIX writes times with milliseconds at least.
fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

const TLP_EXTENSION: &str = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

/// The ids that OASIS published for TLP 2.0.
fn marking_id(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
        Tlp::Green => "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        Tlp::Amber => "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        Tlp::AmberStrict => "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        Tlp::Red => "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
    }
}

fn marking(tlp: Tlp) -> Value {
    json!({
        "type": "marking-definition",
        "spec_version": SPEC_VERSION,
        "id": marking_id(tlp),
        "created": "2022-10-01T00:00:00.000Z",
        "name": format!("TLP:{tlp}"),
        "extensions": {
            TLP_EXTENSION: {
                "extension_type": "property-extension",
                "tlp_2_0": tlp.as_str().to_lowercase(),
            },
        },
    })
}
