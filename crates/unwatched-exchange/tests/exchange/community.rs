//! The community's dataset, in and out again.

use std::collections::BTreeSet;
use std::fs;

use unwatched_exchange::community;
use unwatched_exchange::release::files::Contents;
use unwatched_exchange::release::publish;
use unwatched_formats::community::{Dataset, Entry, Sources, parse};
use unwatched_model::set::IndicatorSet;
use unwatched_store::Actor;
use unwatched_testkit::community::community_data;

use crate::rig::Server;

fn read(name: &str) -> Vec<u8> {
    fs::read(community_data().join(name)).expect("the community's file")
}

fn dataset(ioc: &[u8], watchware: &[u8], samples: &[u8]) -> Dataset {
    let sources = Sources { ioc: Some(ioc), watchware: Some(watchware), samples: Some(samples) };
    parse(&sources).expect("the community's files").dataset
}

fn given() -> Dataset {
    dataset(&read("ioc.yaml"), &read("watchware.yaml"), &read("samples.csv"))
}

/// Entries with their values as sets of pairs: what has no place in the form is compared elsewhere.
fn entries(dataset: &Dataset) -> Vec<&Entry> {
    dataset.entries.iter().collect()
}

#[test]
fn what_goes_in_comes_out_with_every_value() {
    let server = Server::without_worker();
    let import = server.wait(community::import(&server.state, &community_data())).unwrap();
    assert!(import.imported.families > 0);
    let contents =
        server.wait(Contents::read(&server.state.store, server.state.clock.now())).unwrap();
    let file = |name: &str| contents.file(name).expect("a known file");
    let given = given();
    let back = dataset(&file("ioc.yaml"), &file("watchware.yaml"), &file("samples.csv"));
    assert_eq!(entries(&back), entries(&given));
    assert_eq!(back.samples, given.samples);
    for format in unwatched_formats::community::CommunityFormat::ALL {
        let rendered = unwatched_formats::community::render(format, &given);
        assert!(file(format.file_name()) == rendered, "{format} differs from the dataset's own");
    }
}

#[test]
fn importing_again_changes_nothing() {
    let server = Server::without_worker();
    let import = || server.wait(community::import(&server.state, &community_data())).unwrap();
    let first = import().imported;
    let again = import().imported;
    assert_eq!((again.families, again.indicators, again.samples, again.gone), (0, 0, 0, 0));
    assert!(again.unchanged >= first.indicators);
}

#[test]
fn no_partner_speaks_in_a_lists_name() {
    let server = Server::without_worker();
    server.wait(community::import(&server.state, &community_data())).unwrap();
    let lab = server.lab();
    let family = server.wait(server.state.store.all_families()).unwrap().swap_remove(0);
    let path = format!("/api/v1/families/{}/indicators", family.family.id);
    for source in ["stalkerware-indicators/ioc.yaml", "stalkerware-indicators/samples.csv"] {
        let body = serde_json::json!({
            "kind": "domain", "value": "own.watch.example", "role": "c2", "tlp": "RED",
            "source": source,
        });
        let detail = lab.post(&path, &body).problem(422);
        let expected = format!("source: \"{source}\" is the name of an imported list");
        assert!(detail.starts_with(&expected), "{detail}");
    }
}

#[test]
fn every_listed_value_is_in_the_release_and_no_certificate_that_only_samples_show() {
    let server = Server::without_worker();
    server.wait(community::import(&server.state, &community_data())).unwrap();
    server.wait(publish::publish(&server.state, &Actor::operator())).unwrap();
    let bytes = server.nobody().get("/feeds/v1/indicators.bin").expect(200).body;
    let set = IndicatorSet::from_bytes(&bytes).unwrap();
    let given = given();
    let mut expected = BTreeSet::new();
    let mut only_in_samples = Vec::new();
    for pair in given.listed_pairs() {
        let Ok(normalised) = pair.kind.normalise(pair.value) else { continue };
        if pair.is_derived() && pair.kind.as_str().starts_with("certificate") {
            only_in_samples.push((pair.kind, normalised));
        } else {
            expected.insert((pair.kind, normalised));
        }
    }
    let released: BTreeSet<_> =
        set.iter().map(|entry| (entry.kind, entry.value.to_owned())).collect();
    assert!(released == expected, "{} are released, {} listed", released.len(), expected.len());
    only_in_samples.retain(|pair| !expected.contains(pair));
    assert!(!only_in_samples.is_empty(), "the data shows the case");
}

#[test]
fn a_family_in_both_lists_is_one_disputed_family_and_stays_in_both() {
    let server = Server::without_worker();
    server.wait(community::import(&server.state, &community_data())).unwrap();
    let given = given();
    let names = |file: &str| {
        let of = given.entries.iter().filter(|entry| entry.list.file_name() == file);
        of.map(|entry| entry.name.clone()).collect::<Vec<_>>()
    };
    let watchware = names("watchware.yaml");
    let both: Vec<_> = names("ioc.yaml").into_iter().filter(|n| watchware.contains(n)).collect();
    assert!(!both.is_empty(), "the data shows the case");
    server.wait(publish::publish(&server.state, &Actor::operator())).unwrap();
    let bytes = server.nobody().get("/feeds/v1/indicators.bin").expect(200).body;
    let set = IndicatorSet::from_bytes(&bytes).unwrap();
    for name in &both {
        let family = set.families().iter().find(|family| family.name == *name).unwrap();
        assert_eq!(family.class.as_str(), "disputed");
        assert_eq!(family.attributed.len(), 2);
        for file in ["ioc.yaml", "watchware.yaml"] {
            let text = server.nobody().get(&format!("/feeds/v1/{file}")).expect(200).body;
            assert!(String::from_utf8(text).unwrap().contains(&format!("name: {name}\n")));
        }
    }
}

#[test]
fn files_that_break_off_are_not_imported() {
    let server = Server::without_worker();
    let folder = tempfile::tempdir().unwrap();
    let ioc = read("ioc.yaml");
    fs::write(folder.path().join("ioc.yaml"), &ioc[..ioc.len() / 2]).unwrap();
    fs::write(folder.path().join("samples.csv"), "no,such,form\n").unwrap();
    let error = server.wait(community::import(&server.state, folder.path()));
    assert!(error.is_err());
    assert!(server.wait(server.state.store.all_families()).unwrap().is_empty());
}

/// A list of one's own: one app each that the coalition will judge otherwise, and one it will not.
fn import_own(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let ioc = "- name: Watch Alpha\n  type: stalkerware\n  packages:\n  - com.example.alpha\n  c2:\n    \
        domains:\n    - api.alpha.example\n\n- name: Watch Beta\n  type: stalkerware\n  packages:\n  \
        - com.example.beta\n\n- name: Watch Gamma\n  type: stalkerware\n  packages:\n  \
        - com.example.gamma\n";
    fs::write(folder.path().join("ioc.yaml"), ioc).unwrap();
    let samples = format!(
        "SHA256,Package Name,Certificate,Version,App\r\n{},,,,Watch Alpha\r\n{},,,,Watch Beta\r\n",
        "aa".repeat(32),
        "bb".repeat(32)
    );
    fs::write(folder.path().join("samples.csv"), samples).unwrap();
    server.wait(community::import(&server.state, folder.path())).unwrap();
}

fn exported(server: &Server, name: &str) -> String {
    let contents =
        server.wait(Contents::read(&server.state.store, server.state.clock.now())).unwrap();
    String::from_utf8(contents.file(name).expect("a known file")).unwrap()
}

#[test]
fn a_verdict_moves_a_listed_app_and_partners_values_stand_behind_its_own() {
    let server = Server::without_worker();
    import_own(&server);
    let (lab, shelter) = (server.lab(), server.shelter());
    lab.indicate("/api/v1/families/watch-gamma", "domain", "api.gamma.example", "c2");
    for client in [&lab, &shelter] {
        client.say("/api/v1/families/watch-alpha", "holds", &["tracks"]);
        client.say("/api/v1/families/watch-alpha", "does_not", &["hides_itself"]);
        client.say("/api/v1/families/watch-beta", "holds", &["legitimate_main_purpose"]);
    }
    assert_eq!(
        exported(&server, "ioc.yaml"),
        "- name: Watch Gamma\n  type: stalkerware\n  packages:\n  - com.example.gamma\n  c2:\n    \
         domains:\n    - api.gamma.example\n"
    );
    assert_eq!(
        exported(&server, "watchware.yaml"),
        "- name: Watch Alpha\n  type: watchware\n  packages:\n  - com.example.alpha\n  c2:\n    \
         domains:\n    - api.alpha.example\n"
    );
    assert_eq!(exported(&server, "hosts"), "api.gamma.example\n");
    let samples = exported(&server, "samples.csv");
    assert!(samples.contains("Watch Alpha") && !samples.contains("Watch Beta"), "{samples}");
    let contents =
        server.wait(Contents::read(&server.state.store, server.state.clock.now())).unwrap();
    let set = contents.set();
    let classes: Vec<_> =
        set.families().iter().map(|f| (f.name.as_str(), f.class.as_str(), f.judged)).collect();
    let expected = [
        ("Watch Alpha", "watchware", true),
        ("Watch Beta", "dual_use", true),
        ("Watch Gamma", "stalkerware", false),
    ];
    assert_eq!(classes, expected, "dual use has no word in the files, and one in the set");
}
