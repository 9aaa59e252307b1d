//! Held values, decisions, confirmations, known-good lists, recalls, withdrawals: over HTTP.

use jiff::SignedDuration;
use serde_json::{Value, json};
use unwatched_exchange::release::files::Contents;
use unwatched_exchange::release::publish;
use unwatched_formats::release::Index;
use unwatched_model::partner::UserRole;
use unwatched_model::set::IndicatorSet;
use unwatched_store::Actor;

use crate::rig::{Client, Server};

const STALKERWARE: [&str; 3] = ["tracks", "offered_to_individuals", "hides_itself"];

/// A judged family without indicators.
fn judged(server: &Server, name: &str) -> (Client, Client, String) {
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family(name);
    for client in [&lab, &shelter] {
        client.say(&family, "holds", &STALKERWARE);
    }
    (lab, shelter, family)
}

/// An indicator that its partner does not declare public; hands back its address.
fn say(client: &Client, family: &str, kind: &str, value: &str, role: &str) -> String {
    let body = json!({"kind": kind, "value": value, "role": role, "tlp": "CLEAR", "source": "us"});
    let added = client.post(&format!("{family}/indicators"), &body).expect(201).json();
    format!("/api/v1/indicators/{}", added["id"].as_str().unwrap())
}

fn released(server: &Server) -> Vec<String> {
    let contents = Contents::read(&server.state.store, server.state.clock.now());
    values(&server.wait(contents).unwrap().set())
}

fn values(set: &IndicatorSet) -> Vec<String> {
    set.iter().map(|entry| entry.value.to_owned()).collect()
}

fn publish(server: &Server) -> Index {
    server.wait(publish::publish(&server.state, &Actor::operator())).expect("a release");
    Index::from_bytes(&server.nobody().get("/feeds/v1/index.json").expect(200).body).unwrap()
}

#[test]
fn a_value_of_one_partner_is_held_and_members_see_why() {
    let server = Server::without_worker();
    let (lab, shelter, family) = judged(&server, "Watch Alpha");
    let one = say(&lab, &family, "domain", "kim.watch-alpha.example", "c2");
    assert_eq!(released(&server), Vec::<String>::new());
    let seen = shelter.get(&one).expect(200).json();
    assert_eq!((&seen["held"]["held"], &seen["held"]["reason"]), (&json!(true), &json!("held")));
    let waiting = shelter.get("/api/v1/values/held").expect(200).json();
    assert_eq!(waiting["held"][0]["value"], "kim.watch-alpha.example", "{waiting:#}");
    say(&shelter, &family, "domain", "KIM.watch-alpha.example.", "c2");
    assert_eq!(released(&server), ["kim.watch-alpha.example"]);
    let seen = lab.get(&one).expect(200).json();
    assert_eq!(seen["held"]["reason"], "several_partners");
    assert_eq!(lab.get("/api/v1/values/held").expect(200).json()["held"], json!([]));
}

#[test]
fn two_analysts_free_a_value_that_they_can_see() {
    let server = Server::without_worker();
    let (lab, shelter, family) = judged(&server, "Watch Alpha");
    say(&lab, &family, "domain", "own.watch-alpha.example", "c2");
    let decide =
        json!({"kind": "domain", "value": "own.watch-alpha.example", "why": "the maker's"});
    let first = lab.post("/api/v1/values/decisions", &decide).expect(201).json();
    assert_eq!(
        (&first["held"], &first["decisions"][0]["partner"]),
        (&json!(true), &json!("example-lab"))
    );
    lab.post("/api/v1/values/decisions", &decide).expect(201);
    assert_eq!(released(&server), Vec::<String>::new(), "one partner's key counts once");
    shelter.post("/api/v1/values/decisions", &decide).expect(201);
    assert_eq!(released(&server), ["own.watch-alpha.example"]);
    // What one does not see, one cannot ask about or decide on.
    let red = json!({
        "kind": "domain", "value": "red.example", "role": "c2", "tlp": "RED", "source": "us",
    });
    lab.post(&format!("{family}/indicators"), &red).expect(201);
    shelter.get("/api/v1/values?kind=domain&value=red.example").problem(404);
    let blind = json!({"kind": "domain", "value": "red.example", "why": "a guess"});
    shelter.post("/api/v1/values/decisions", &blind).problem(404);
    lab.get("/api/v1/values?kind=domain&value=red.example").expect(200);
    let empty = json!({"kind": "domain", "value": "own.watch-alpha.example", "why": " "});
    lab.post("/api/v1/values/decisions", &empty).problem(422);
}

#[test]
fn how_a_partner_shares_keeps_it_in() {
    let server = Server::without_worker();
    let (lab, _, family) = judged(&server, "Watch Alpha");
    for (value, more) in [
        ("red.watch-alpha.example", json!({"pap": "RED"})),
        ("amber.watch-alpha.example", json!({"pap": "AMBER"})),
        ("green.watch-alpha.example", json!({"pap": "GREEN"})),
    ] {
        let mut body = json!({
            "kind": "domain", "value": value, "role": "c2", "tlp": "CLEAR", "source": "us",
            "declared_public": true,
        });
        body["pap"] = more["pap"].clone();
        lab.post(&format!("{family}/indicators"), &body).expect(201);
    }
    assert_eq!(released(&server), ["green.watch-alpha.example"]);
    let mut body = json!({
        "kind": "domain", "value": "x.example", "role": "c2", "tlp": "CLEAR", "source": "us",
    });
    body["group"] = json!("nobodys-circle");
    let refused = lab.post(&format!("{family}/indicators"), &body).problem(422);
    assert!(refused.contains("in no open group of this name"), "{refused}");
}

#[test]
fn what_many_people_have_waits_for_two_kinds_and_a_day() {
    let server = Server::without_worker();
    let (lab, shelter, family) = judged(&server, "Watch Alpha");
    lab.indicate(&family, "domain", "shop.example", "c2");
    assert_eq!(released(&server), ["shop.example"]);
    let list = "{\"kind\":\"domain\",\"value\":\"Shop.example.\",\"note\":\"a shop\"}\n\n\
                {\"kind\":\"package\",\"value\":\"com.shop\"}\n";
    let count = shelter.send("/api/v1/known-good", &[], list.as_bytes()).expect(200).json();
    assert_eq!(count["values"], 2);
    let wrong = shelter.send("/api/v1/known-good", &[], b"{\"kind\":\"domain\",\"value\":\"no\"}");
    assert!(wrong.problem(422).starts_with("line 1: "));
    assert_eq!(released(&server), Vec::<String>::new());
    let coordinator = server.client("example-lab", UserRole::Coordinator);
    let preview = coordinator.get("/api/v1/releases/preview").expect(200).json();
    let row = &preview["left_out"][0];
    assert_eq!(
        (&row["reason"], &row["value"]),
        (&json!("awaits_confirmation"), &json!("shop.example"))
    );
    assert!(row["why"].as_str().unwrap().contains("a partner knows it to be ordinary"), "{row}");

    let slug = family.rsplit('/').next().unwrap();
    let confirm = json!({"family": slug, "kind": "domain", "value": "shop.example", "why": "seen"});
    for client in [&lab, &shelter] {
        client.post("/api/v1/values/confirmations", &confirm).expect(201);
    }
    let at = |hours: i64| {
        let now = server.state.clock.now() + SignedDuration::from_hours(hours);
        values(&server.wait(Contents::read(&server.state.store, now)).unwrap().set())
    };
    assert_eq!(at(23), Vec::<String>::new());
    assert_eq!(at(25), ["shop.example"]);
    let page = shelter.get("/api/v1/known-good").expect(200).json();
    assert_eq!(page["known_good"][0]["note"], "a shop", "{page:#}");
    shelter
        .delete_with("/api/v1/known-good?kind=domain&value=shop.example", &json!({}))
        .expect(200);
    assert_eq!(released(&server), ["shop.example"]);
}

#[test]
fn a_domain_above_other_families_hosts_is_popular() {
    let server = Server::without_worker();
    let (lab, _, family) = judged(&server, "Watch Alpha");
    lab.indicate(&family, "domain", "platform.example", "c2");
    lab.indicate(&family, "domain", "own.platform.example", "c2");
    for (name, host) in [("Watch Beta", "beta"), ("Watch Gamma", "gamma")] {
        let (_, _, other) = judged(&server, name);
        lab.indicate(&other, "domain", &format!("{host}.platform.example"), "c2");
    }
    let released = released(&server);
    assert!(!released.contains(&"platform.example".to_owned()), "{released:?}");
    assert_eq!(released.len(), 3, "{released:?}");
}

#[test]
fn a_recall_takes_a_value_out_of_every_file_and_is_said_for_a_year() {
    let server = Server::without_worker();
    let (lab, _, family) = judged(&server, "Watch Alpha");
    lab.indicate(&family, "domain", "shop.example", "c2");
    lab.indicate(&family, "package", "com.example.alpha", "app");
    let slug = family.rsplit('/').next().unwrap();
    let coordinator = server.client("example-lab", UserRole::Coordinator);
    let body = |value: &str, publish: bool| json!({"family": slug, "kind": "domain", "value": value, "why": "a shop's", "publish": publish});
    // A recall is public: what was never released is not recalled.
    let early = coordinator.post("/api/v1/recalls", &body("shop.example", false)).problem(409);
    assert!(early.contains("no release lists this value"), "{early}");
    assert_eq!(publish(&server).recalls, []);
    let done = coordinator.post("/api/v1/recalls", &body("Shop.example", true)).expect(201).json();
    assert_eq!(done["release"], 2);
    let nobody = server.nobody();
    let index = Index::from_bytes(&nobody.get("/feeds/v1/index.json").expect(200).body).unwrap();
    assert_eq!(index.recalls.len(), 1);
    assert_eq!((&*index.recalls[0].value, &*index.recalls[0].why), ("shop.example", "a shop's"));
    for file in &index.files {
        let bytes = nobody.get(&format!("/feeds/v1/{}", file.name)).expect(200).body;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("shop.example"), "{}", file.name);
    }
    coordinator.post("/api/v1/recalls", &body("shop.example", false)).problem(409);
    let later = server.state.clock.now() + SignedDuration::from_hours(366 * 24);
    let contents = server.wait(Contents::read(&server.state.store, later)).unwrap();
    assert_eq!(unwatched_exchange::release::recall::said(contents.recalled(), later), []);
    assert_eq!(values(&contents.set()), ["com.example.alpha"], "it stays out for good");

    let id = done["id"].as_str().unwrap();
    coordinator.delete_with(&format!("/api/v1/recalls/{id}"), &json!({})).expect(204);
    coordinator.delete_with(&format!("/api/v1/recalls/{id}"), &json!({})).problem(404);
    assert_eq!(publish(&server).recalls, []);
    assert!(released(&server).contains(&"shop.example".to_owned()));
    let listed = lab.get("/api/v1/recalls").expect(200).json();
    assert!(listed["recalls"][0]["lifted"].is_string(), "{listed:#}");
    lab.get("/api/v1/releases/preview").problem(403);
}

#[test]
fn an_indicator_is_withdrawn_by_its_own_partner_only() {
    let server = Server::without_worker();
    let (lab, shelter, family) = judged(&server, "Watch Alpha");
    let one = say(&lab, &family, "domain", "own.watch-alpha.example", "c2");
    say(&shelter, &family, "domain", "own.watch-alpha.example", "c2");
    assert_eq!(released(&server).len(), 1);
    let why = json!({"why": "the wrong family"});
    shelter.delete_with(&one, &why).problem(403);
    lab.delete_with(&one, &json!({"why": ""})).problem(422);
    lab.delete_with(&one, &why).expect(204);
    lab.get(&one).problem(404);
    lab.delete_with(&one, &why).problem(404);
    assert_eq!(released(&server), Vec::<String>::new(), "one partner is left");
    let found = lab.get("/api/v1/search?q=own.watch-alpha.example").expect(200).json();
    assert_eq!(found["results"].as_array().map(Vec::len), Some(1), "{found:#}");
    // A number tells nothing: hidden and absent are one answer.
    let red = json!({
        "kind": "domain", "value": "red.example", "role": "c2", "tlp": "RED", "source": "us",
    });
    let red = lab.post(&format!("{family}/indicators"), &red).expect(201).json();
    let hidden = shelter.get(&format!("/api/v1/indicators/{}", red["id"].as_str().unwrap()));
    let absent = shelter.get("/api/v1/indicators/987654321");
    assert_eq!(hidden.problem(404), absent.problem(404));
    let all: Value = shelter.get(&format!("{family}/indicators")).expect(200).json();
    assert_eq!(all["indicators"].as_array().unwrap().len(), 1);
}

#[test]
fn a_preview_tells_of_rows_by_who_may_see_them_and_is_worked_out_one_at_a_time() {
    let server = Server::without_worker();
    let (lab, shelter, family) = judged(&server, "Watch Alpha");
    for (client, tlp) in [(&shelter, "RED"), (&shelter, "GREEN"), (&lab, "RED")] {
        let host = format!("{}.watch.example", tlp.to_ascii_lowercase());
        let said = json!({
            "kind": "domain", "value": host, "role": "c2", "tlp": tlp, "source": "seen by us",
        });
        client.post(&format!("{family}/indicators"), &said).expect(201);
    }
    let coordinator = server.client("example-lab", UserRole::Coordinator);
    let preview = coordinator.get("/api/v1/releases/preview").expect(200).json();
    let shown = preview["left_out"].as_array().unwrap();
    let shown: Vec<_> = shown.iter().map(|row| row["value"].as_str().unwrap()).collect();
    assert_eq!(shown, ["green.watch.example", "red.watch.example"], "the own red one");
    let whole = preview.to_string();
    assert!(!whole.contains("unseen"), "what is not seen is not even counted: {whole}");
    let under_way = server.state.previews.clone().try_acquire_owned().unwrap();
    let said = coordinator.get("/api/v1/releases/preview").problem(429);
    assert!(said.contains("is being worked out already"), "{said}");
    drop(under_way);
    coordinator.get("/api/v1/releases/preview").expect(200);
}
