//! What the community's own generated files get wrong, each shown right in ours. The list is that
//! of the design's page on the exchange; a test's name says the defect.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use unwatched_exchange::community;
use unwatched_exchange::release::publish;
use unwatched_formats::community::{Dataset, Field, List, PairOrigin, Sources, parse};
use unwatched_formats::release::Index;
use unwatched_model::class::Class;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_store::Actor;
use unwatched_testkit::community::{community_data, is_real};

use crate::rig::Server;

fn given() -> Dataset {
    let read = |name: &str| fs::read(community_data().join(name)).expect("the community's file");
    let (ioc, watchware, samples) = (read("ioc.yaml"), read("watchware.yaml"), read("samples.csv"));
    let sources = Sources { ioc: Some(&ioc), watchware: Some(&watchware), samples: Some(&samples) };
    parse(&sources).expect("the community's files").dataset
}

/// An exchange that has imported the community's files and published them.
fn published() -> Server {
    let server = Server::without_worker();
    server.wait(community::import(&server.state, &community_data())).unwrap();
    publish(&server);
    server
}

fn publish(server: &Server) {
    server.wait(publish::publish(&server.state, &Actor::operator())).expect("a release");
}

fn file(server: &Server, name: &str) -> String {
    let body = server.nobody().get(&format!("/feeds/v1/{name}")).expect(200).body;
    String::from_utf8(body).expect("text")
}

fn json(server: &Server, name: &str) -> Value {
    serde_json::from_str(&file(server, name)).expect("JSON")
}

/// Every event of the MISP feed.
fn events(server: &Server) -> BTreeMap<String, Value> {
    let manifest = json(server, "misp/manifest.json");
    let uuids = manifest.as_object().unwrap().keys();
    uuids.map(|uuid| (uuid.clone(), json(server, &format!("misp/{uuid}.json")))).collect()
}

/// The values of a relation in an event's app.
fn of_app(event: &Value, relation: &str) -> BTreeSet<String> {
    let attributes = event["Event"]["Object"][0]["Attribute"].as_array().unwrap();
    let of = attributes.iter().filter(|one| one["object_relation"] == relation);
    of.map(|one| one["value"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn there_is_no_misp_manifest() {
    let server = published();
    let (manifest, events) = (json(&server, "misp/manifest.json"), events(&server));
    let families = server.wait(server.state.store.all_families()).unwrap();
    assert_eq!(events.len(), families.len());
    for (uuid, event) in &events {
        let (listed, event) = (&manifest[uuid], &event["Event"]);
        assert_eq!(&event["uuid"], uuid);
        for key in ["info", "date", "timestamp", "analysis", "threat_level_id", "Orgc", "Tag"] {
            assert_eq!(listed[key], event[key], "{uuid} {key}");
        }
    }
    let hashes = file(&server, "misp/hashes.csv");
    assert!(hashes.lines().count() > events.len());
    for line in hashes.lines() {
        let (md5, uuid) = line.split_once(',').unwrap();
        assert!(md5.len() == 32 && events.contains_key(uuid), "{line}");
    }
}

#[test]
fn a_misp_event_never_shrinks() {
    let server = published();
    let before = events(&server);
    let (uuid, packages) = before
        .iter()
        .map(|(uuid, event)| (uuid, of_app(event, "appid")))
        .find(|(_, packages)| packages.len() > 1)
        .expect("a family with two packages");
    let package = packages.first().unwrap();
    let name = before[uuid]["Event"]["Object"][0]["Attribute"][0]["value"].as_str().unwrap();
    let families = server.wait(server.state.store.all_families()).unwrap();
    let family = families.iter().find(|row| row.family.name == name).unwrap();
    let recall = serde_json::json!({
        "family": family.family.id.as_str(), "kind": "package", "value": package, "why": "wrong",
    });
    let coordinator = server.client("example-lab", unwatched_model::partner::UserRole::Coordinator);
    coordinator.post("/api/v1/recalls", &recall).expect(201);
    publish(&server);
    let after = events(&server);
    assert_eq!(of_app(&after[uuid], "appid").len(), packages.len() - 1);
    assert!(!of_app(&after[uuid], "appid").contains(package));
    for (other, event) in &before {
        let second = |events: &BTreeMap<String, Value>| {
            events[other]["Event"]["timestamp"].as_str().unwrap().parse::<i64>().unwrap()
        };
        if other == uuid {
            assert!(second(&after) >= second(&before));
        } else {
            assert_eq!(&after[other], event, "an event that did not change is not taken anew");
        }
    }
}

#[test]
fn addresses_under_c2_ip_are_lost_everywhere() {
    let given = given();
    let lost: Vec<String> = given
        .entries
        .iter()
        .filter(|entry| entry.list == List::Stalkerware)
        .flat_map(|entry| entry.values(Field::C2Ip).to_vec())
        .collect();
    assert!(!lost.is_empty(), "the data shows the case");
    let server = published();
    let names = [
        "network.csv",
        "suricata.rules",
        "indicators-for-tinycheck.json",
        "stalkerware.stix2",
        "indicators.jsonl",
    ];
    for name in names {
        let text = file(&server, name);
        for address in &lost {
            assert!(text.contains(address.as_str()), "{name} lacks {address}");
        }
    }
    let zone = file(&server, "unwatched.rpz");
    for address in lost {
        let backwards: Vec<_> = address.rsplit('.').collect();
        let trigger = format!("32.{}.rpz-ip CNAME .", backwards.join("."));
        assert!(zone.lines().any(|line| line == trigger), "{trigger}");
    }
}

#[test]
fn stix_ids_are_random_each_run() {
    let ids = |server: &Server| -> BTreeSet<String> {
        let bundle = json(server, "stalkerware.stix2");
        let objects = bundle["objects"].as_array().unwrap().iter();
        objects.map(|object| object["id"].as_str().unwrap().to_owned()).collect()
    };
    let (one, other) = (published(), published());
    let first = ids(&one);
    assert!(first.len() > 10);
    assert!(first == ids(&other), "two exchanges of one list say the same");
    publish(&one);
    assert!(first == ids(&one), "two releases of the same rows say the same");
}

#[test]
fn only_the_last_certificate_per_app_is_exported() {
    let given = given();
    let server = published();
    let (stix, lines) = (file(&server, "stalkerware.stix2"), file(&server, "indicators.jsonl"));
    let mut of_apps: BTreeSet<String> = BTreeSet::new();
    for event in events(&server).values() {
        of_apps.extend(of_app(event, "certificate"));
    }
    let many = given.entries.iter().filter(|entry| entry.values(Field::Certificates).len() > 1);
    let mut seen = 0;
    for certificate in many.flat_map(|entry| entry.values(Field::Certificates)) {
        let sha1 = certificate.to_lowercase();
        assert!(stix.contains(&format!("[app:cert.sha1='{sha1}']")), "{sha1}");
        assert!(lines.contains(&sha1) && of_apps.contains(&sha1), "{sha1}");
        seen += 1;
    }
    assert!(seen > 1, "the data shows the case");
}

#[test]
fn no_ios_bundles_are_exported() {
    let given = given();
    let bundles: Vec<_> =
        given.entries.iter().flat_map(|entry| entry.values(Field::IosBundles)).collect();
    assert!(!bundles.is_empty(), "the data shows the case");
    let server = published();
    let misp: String = events(&server).values().map(Value::to_string).collect();
    let (stix, lines) = (file(&server, "stalkerware.stix2"), file(&server, "indicators.jsonl"));
    for bundle in bundles {
        assert!(stix.contains(&format!("[app:id='{bundle}']")), "{bundle}");
        assert!(lines.contains(bundle.as_str()) && misp.contains(bundle.as_str()), "{bundle}");
    }
}

/// Numbers of rules by the indicator that each is made of.
fn sids(rules: &str) -> BTreeMap<String, String> {
    let after = |rule: &str, word: &str| {
        let rest = &rule[rule.find(word).unwrap() + word.len()..];
        rest[..rest.find([',', ';']).unwrap()].to_owned()
    };
    let rules = rules.lines().filter(|line| !line.starts_with('#'));
    rules.map(|rule| (after(rule, "indicator "), after(rule, "sid:"))).collect()
}

#[test]
fn suricata_numbers_shift_on_every_insert() {
    let server = published();
    let before = sids(&file(&server, "suricata.rules"));
    let families = server.wait(server.state.store.all_families()).unwrap();
    let listed = families
        .iter()
        .filter(|row| row.attributed.iter().all(|one| one.class == Class::Stalkerware));
    let first = listed.map(|row| row.family.id.clone()).min().expect("a family of stalkerware");
    let family = format!("/api/v1/families/{first}");
    server.lab().indicate(&family, "domain", "0.first.watch-alpha.example", "c2");
    publish(&server);
    let after = sids(&file(&server, "suricata.rules"));
    assert_eq!(after.len(), before.len() + 1);
    for (indicator, sid) in &before {
        assert_eq!(after.get(indicator), Some(sid));
    }
    assert_eq!(after.values().collect::<BTreeSet<_>>().len(), after.len(), "each number once");
}

#[test]
fn suricata_rules_of_addresses_have_app_and_type_swapped() {
    let given = given();
    let server = published();
    let rules = file(&server, "suricata.rules");
    let mut seen = 0;
    for entry in given.of(List::Stalkerware) {
        for address in entry.values(Field::C2Ips) {
            let rule = rules.lines().find(|rule| {
                rule.contains(&format!("-> [{address}] any")) && rule.contains(&entry.name)
            });
            let Some(rule) = rule else { panic!("no rule for {address} of {}", entry.name) };
            let class = if rule.contains("class disputed") { "disputed" } else { "stalkerware" };
            let msg = format!("msg:\"UNWATCHED {class} {} c2 ", entry.name);
            assert!(rule.contains(&msg), "{rule}");
            assert!(rule.contains(&format!("class {class}, role c2")), "{rule}");
            seen += 1;
        }
    }
    assert!(seen > 1, "the data shows the case");
}

#[test]
fn an_app_in_both_lists_is_a_conflict_that_nobody_sees() {
    let given = given();
    let names = |list| given.of(list).map(|entry| entry.name.clone()).collect::<BTreeSet<_>>();
    let both: BTreeSet<_> =
        names(List::Stalkerware).intersection(&names(List::Watchware)).cloned().collect();
    assert!(!both.is_empty(), "the data shows the case");
    if is_real() {
        assert!(both.contains("FindMyKids") && both.contains("WiseMo"), "{both:?}");
    }
    let server = published();
    let (ioc, watchware) = (file(&server, "ioc.yaml"), file(&server, "watchware.yaml"));
    let lines = file(&server, "indicators.jsonl");
    let zone = file(&server, "unwatched.rpz");
    for name in both {
        let entry = format!("name: {name}\n");
        assert!(ioc.contains(&entry) && watchware.contains(&entry), "{name}");
        let rows: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|row| row["family_name"] == name.as_str())
            .collect();
        assert!(!rows.is_empty() && rows.iter().all(|row| row["class"] == "disputed"), "{name}");
        let id = rows[0]["family"].as_str().unwrap();
        assert!(!zone.contains(&format!("; {id}: ")), "what is disputed is nobody's to block");
        let info = events(&server)
            .values()
            .map(|event| event["Event"]["info"].as_str().unwrap().to_owned())
            .find(|info| info.starts_with(&format!("{name}: ")))
            .unwrap();
        assert!(info.contains("as stalkerware and by") && info.contains("as watchware"), "{info}");
    }
}

/// Stalkerware's C2 hosts that lie on shared platforms, as the index says.
fn warned(server: &Server) -> BTreeSet<String> {
    let index = server.nobody().get("/feeds/v1/index.json").expect(200).body;
    let index = Index::from_bytes(&index).unwrap();
    assert!(index.warnings.iter().all(|one| !one.reviewed && !one.why.is_empty()));
    index.warnings.into_iter().map(|one| one.value).collect()
}

#[test]
fn hosts_that_everybody_shares_stand_in_a_blocklist() {
    let server = published();
    let warned = warned(&server);
    let hosts: BTreeSet<String> = file(&server, "hosts").lines().map(str::to_owned).collect();
    let shared: Vec<&String> = hosts.intersection(&warned).collect();
    if is_real() {
        assert!(shared.iter().any(|host| *host == "alog.umeng.com"), "an SDK's host");
        assert!(shared.len() > 100, "{} hosts on shared platforms", shared.len());
    } else {
        eprintln!("notice: the made-up lists name no host on a shared platform");
    }
    let (zone, rules) = (file(&server, "unwatched.rpz"), file(&server, "suricata.rules"));
    let code = file(&server, "unwatched.yar");
    for host in &shared {
        assert!(!zone.contains(&format!("\n{host} CNAME")), "{host} in the zone");
        assert!(!rules.contains(&format!("\".{host}\"")), "{host} in a rule");
        assert!(!code.contains(&format!("\"{host}\"")), "{host} in a rule of code");
    }
    let Some(host) = shared.first() else { return };
    let decision = serde_json::json!({
        "kind": "domain", "value": host, "may_block": true, "why": "the family's own name",
    });
    server.lab().post("/api/v1/shared-values/reviews", &decision).expect(201);
    publish(&server);
    assert!(file(&server, "suricata.rules").contains(&format!("\".{host}\"")), "after a review");
    assert!(file(&server, "hosts").lines().any(|line| line == host.as_str()), "as imported");
}

#[test]
fn a_visited_website_is_shown_like_an_app() {
    let given = given();
    let server = published();
    let lines: Vec<Value> = file(&server, "indicators.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let roles_of = |value: &str| -> BTreeSet<String> {
        let rows = lines.iter().filter(|row| row["value"] == value);
        rows.map(|row| row["role"].as_str().unwrap().to_owned()).collect()
    };
    let alarms = file(&server, "suricata.rules");
    let attributes: Vec<Value> = events(&server)
        .values()
        .flat_map(|event| event["Event"]["Attribute"].as_array().unwrap().clone())
        .collect();
    let mut seen = 0;
    for pair in given.listed_pairs() {
        let is_website = pair.role == Role::Website && pair.kind == IndicatorKind::Domain;
        if !is_website || !matches!(pair.origin, PairOrigin::Listed(_)) {
            continue;
        }
        let Ok(host) = pair.kind.normalise(pair.value) else { continue };
        let roles = roles_of(&host);
        assert!(roles.contains("website"), "{host}: {roles:?}");
        if roles.contains("c2") {
            continue;
        }
        seen += 1;
        assert!(!alarms.contains(&format!("\".{host}\"")), "a visit to {host} raises no alarm");
        for attribute in attributes.iter().filter(|one| one["value"] == host.as_str()) {
            assert_eq!(attribute["to_ids"], false, "{host}");
            let comment = attribute["comment"].as_str().unwrap();
            assert!(comment.contains("a visit does not show"), "{comment}");
        }
    }
    assert!(seen > 0, "the data shows the case");
}
