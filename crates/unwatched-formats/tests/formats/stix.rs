//! STIX for MVT: what the fixture gives, that it is the same every time, and what cannot be said.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;
use unwatched_formats::community::Dataset;
use unwatched_formats::stix::{StixBundle, StixFamily, StixIndicator, mvt_bundle};
use unwatched_model::class::{Attribution, Class};
use unwatched_model::family::{Family, FamilyId};
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::tlp::Tlp;

use crate::expect::{Files, golden, lines};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Families as an exchange would have them: entries of one name are one family.
pub(crate) fn families(dataset: &Dataset) -> Vec<(Family, Vec<Attribution>, Vec<Indicator>)> {
    let mut order = Vec::new();
    let mut by_name: BTreeMap<&str, (Family, Vec<Attribution>, Vec<Indicator>)> = BTreeMap::new();
    for entry in &dataset.entries {
        let source = format!("watch-list/{}", entry.list.file_name());
        let family = by_name.entry(&entry.name).or_insert_with(|| {
            order.push(entry.name.as_str());
            let aliases = entry.names.clone().unwrap_or_default();
            let id = FamilyId::from_name(&entry.name);
            (Family { id, name: entry.name.clone(), aliases, platform: None }, vec![], vec![])
        });
        family.1.push(Attribution { source, class: entry.class() });
    }
    for pair in dataset.listed_pairs().into_iter().filter(|pair| !pair.is_derived()) {
        let entry = &dataset.entries[pair.entry];
        let family = by_name.get_mut(entry.name.as_str()).unwrap();
        family.2.push(Indicator {
            family: family.0.id.clone(),
            kind: pair.kind,
            value: pair.value.to_owned(),
            role: pair.role,
            tlp: Tlp::Clear,
            source: format!("watch-list/{}", entry.list.file_name()),
        });
    }
    order.into_iter().map(|name| by_name.remove(name).unwrap()).collect()
}

fn rendered(dataset: &Dataset) -> StixBundle {
    let rows = families(dataset);
    let added = at("2026-01-05T09:00:00Z");
    let indicators: Vec<Vec<_>> = rows
        .iter()
        .map(|(_, _, indicators)| {
            indicators.iter().map(|indicator| StixIndicator { indicator, added }).collect()
        })
        .collect();
    let families: Vec<_> = rows
        .iter()
        .zip(&indicators)
        .map(|((family, attributed, _), indicators)| StixFamily {
            family,
            class: Class::released(Class::Undecided, attributed).unwrap(),
            judged: false,
            attributed,
            created: added,
            modified: added,
            indicators,
        })
        .collect();
    mvt_bundle(&families)
}

fn objects(bundle: &StixBundle) -> Vec<Value> {
    let parsed: Value = serde_json::from_slice(&bundle.bytes).unwrap();
    parsed["objects"].as_array().unwrap().clone()
}

#[test]
fn the_fixture_as_stix() {
    let bundle = rendered(&Files::fixture().parse().dataset);
    golden("stix/stalkerware.stix2", &bundle.bytes);
    let left_out =
        bundle.left_out.iter().map(|left| format!("{}: {}", left.indicator.value, left.why));
    golden("stix/left_out.txt", lines(left_out).as_bytes());
}

#[test]
fn the_same_rows_give_the_same_bytes_and_unchanged_objects_keep_their_ids() {
    let mut dataset = Files::fixture().parse().dataset;
    let before = rendered(&dataset);
    assert_eq!(before, rendered(&dataset));
    dataset.entries.remove(1);
    dataset.entries.reverse();
    let known: BTreeSet<_> = objects(&before).iter().map(Value::to_string).collect();
    let still = objects(&rendered(&dataset));
    let unchanged = still.iter().filter(|object| known.contains(&object.to_string())).count();
    assert_eq!(still.len() - unchanged, 1, "only the order of one family's sources changed");
}

#[test]
fn every_object_refers_to_objects_in_the_bundle() {
    let objects = objects(&rendered(&Files::fixture().parse().dataset));
    let mut ids = BTreeSet::new();
    for object in &objects {
        assert!(ids.insert(object["id"].as_str().unwrap()), "{} twice", object["id"]);
    }
    for object in &objects {
        let references = ["source_ref", "target_ref"].map(|key| object[key].as_str());
        let lists = ["object_refs", "object_marking_refs"];
        let listed = lists.iter().filter_map(|key| object[*key].as_array()).flatten();
        let all = references.into_iter().flatten().chain(listed.filter_map(Value::as_str));
        for reference in all {
            assert!(ids.contains(reference), "{reference}");
        }
    }
}

#[test]
fn every_certificate_and_every_ios_bundle_is_there() {
    let dataset = Files::fixture().parse().dataset;
    let text = String::from_utf8(rendered(&dataset).bytes).unwrap();
    for pair in dataset.listed_pairs().into_iter().filter(|pair| !pair.is_derived()) {
        let wanted = match pair.kind {
            IndicatorKind::CertificateSha1 => {
                format!("[app:cert.sha1='{}']", pair.value.to_lowercase())
            }
            IndicatorKind::IosBundle => format!("[app:id='{}']", pair.value),
            _ => continue,
        };
        assert!(text.contains(&wanted), "{wanted}");
    }
}

/// MVT prints the name of the collection and nothing else of an indicator. What an app talks to is
/// never printed as merely visited.
#[test]
fn a_visited_website_never_reads_like_an_app() {
    let objects = objects(&rendered(&Files::fixture().parse().dataset));
    let reports: Vec<_> = objects.iter().filter(|object| object["type"] == "report").collect();
    let of_role = |role: &str| {
        let label = format!("role:{role}");
        objects.iter().filter(move |object| object["labels"][0] == label.as_str())
    };
    let talked_to: Vec<_> = of_role("c2").map(|object| object["pattern"].clone()).collect();
    assert!(
        talked_to.iter().any(|c2| of_role("distribution").any(|other| other["pattern"] == *c2))
    );
    for (role, words) in [("website", "website of the maker"), ("distribution", "download place")] {
        for object in of_role(role).filter(|object| !talked_to.contains(&object["pattern"])) {
            let report = reports
                .iter()
                .find(|report| report["object_refs"].as_array().unwrap().contains(&object["id"]));
            let name = report.expect("a report of its own")["name"].as_str().unwrap();
            assert!(name.contains(words), "{name}");
        }
    }
    let visited = |object: &Value| {
        reports
            .iter()
            .any(|report| report["object_refs"].as_array().unwrap().contains(&object["id"]))
    };
    for object in objects.iter().filter(|object| talked_to.contains(&object["pattern"])) {
        assert!(!visited(object), "{}", object["pattern"]);
    }
    assert!(!of_role("app").any(visited));
}

#[test]
fn markings_follow_each_indicator() {
    let id: FamilyId = "watch-delta".parse().unwrap();
    let family =
        Family { id: id.clone(), name: "Watch Delta".into(), aliases: vec![], platform: None };
    let indicator = |value: &str, tlp| Indicator {
        family: id.clone(),
        kind: IndicatorKind::Package,
        value: value.to_owned(),
        role: Role::App,
        tlp,
        source: "example-lab".to_owned(),
    };
    let rows =
        [indicator("com.example.open", Tlp::Clear), indicator("com.example.amber", Tlp::Amber)];
    let added = at("2026-01-05T09:00:00.123456Z");
    let indicators = rows.each_ref().map(|indicator| StixIndicator { indicator, added });
    let bundle = mvt_bundle(&[StixFamily {
        family: &family,
        class: Class::Stalkerware,
        judged: true,
        attributed: &[],
        created: added,
        modified: added,
        indicators: &indicators,
    }]);
    let objects = objects(&bundle);
    let marking = |pattern: &str| {
        let object = objects.iter().find(|object| object["pattern"] == pattern).unwrap();
        let id = &object["object_marking_refs"][0];
        objects.iter().find(|object| object["id"] == *id).unwrap()["name"].clone()
    };
    assert_eq!(marking("[app:id='com.example.open']"), "TLP:CLEAR");
    assert_eq!(marking("[app:id='com.example.amber']"), "TLP:AMBER");
    let malware = objects.iter().find(|object| object["type"] == "malware").unwrap();
    assert_eq!(malware["description"], "Stalkerware, by the coalition's verdict.");
    assert_eq!(malware["created"], "2026-01-05T09:00:00.123Z");
}

#[test]
fn the_community_s_own_data_is_all_there_but_what_mvt_cannot_read() {
    let Some(files) = Files::community() else { return };
    let dataset = files.parse().dataset;
    let bundle = rendered(&dataset);
    assert_eq!(bundle.left_out.len(), 7, "six organisations and one pattern");
    let pairs: BTreeSet<_> = dataset
        .listed_pairs()
        .into_iter()
        .filter(|pair| !pair.is_derived())
        .map(|pair| {
            (&dataset.entries[pair.entry].name, pair.kind, pair.value.to_owned(), pair.role)
        })
        .collect();
    assert_eq!(bundle.indicators, pairs.len() - 7);
}
