//! `/api/v1/families/{id}/opinions` and `/verdict`

use serde_json::{Value, json};
use unwatched_model::consensus;
use unwatched_model::opinion::Opinion;
use unwatched_model::verdict::Verdict;

use crate::rig::Server;

const STALKERWARE: [&str; 3] = ["tracks", "offered_to_individuals", "hides_itself"];

#[test]
fn two_partners_make_a_verdict_that_anybody_recomputes() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    let class = || lab.get(&format!("{family}/verdict")).expect(200).json()["class"].clone();
    lab.say(&family, "holds", &STALKERWARE);
    assert_eq!(class(), "undecided", "one partner is no coalition");
    lab.say(&family, "holds", &STALKERWARE);
    assert_eq!(class(), "undecided", "however often it says so");
    shelter.say(&family, "holds", &STALKERWARE);
    assert_eq!(class(), "stalkerware");

    let verdict = lab.get(&format!("{family}/verdict")).expect(200);
    let verdict: Verdict = serde_json::from_slice(&verdict.body).unwrap();
    let opinions = lab.get(&format!("{family}/opinions")).expect(200).json();
    let opinions: Vec<Opinion> = serde_json::from_value(opinions["opinions"].clone()).unwrap();
    assert_eq!(opinions.len(), 9, "superseded ones are kept");
    assert_eq!(verdict.opinions.len(), 6, "each partner counts once per criterion");
    assert_eq!(consensus::recompute(&verdict, &opinions).as_ref(), Some(&verdict));
    assert_eq!(verdict.rule_version, 2);

    let saved = server.wait(server.state.store.verdict(&verdict.family)).unwrap();
    assert_eq!(saved, Some(verdict), "and it is kept as it was");
}

#[test]
fn the_verdict_has_the_published_form() {
    let server = Server::without_worker();
    let lab = server.lab();
    let family = lab.create_family("Watch Alpha");
    let verdict = lab.get(&format!("{family}/verdict")).expect(200).json();
    let keys: Vec<_> = verdict.as_object().unwrap().keys().cloned().collect();
    let expected = [
        "as_of",
        "attributed",
        "class",
        "criteria",
        "family",
        "opinions",
        "opinions_sha256",
        "rule_version",
    ];
    let mut sorted = keys;
    sorted.sort();
    assert_eq!(sorted, expected);
    let first = json!({
        "id": "marketed_covertly", "state": "open", "holds": 0, "does_not": 0, "cannot_say": 0,
    });
    assert_eq!(verdict["criteria"][0], first);
    assert_eq!(verdict["criteria"].as_array().unwrap().len(), 8);
}

#[test]
fn the_partner_of_the_token_is_the_author() {
    let server = Server::without_worker();
    let family = server.lab().create_family("Watch Alpha");
    let opinion = json!({
        "criterion": "tracks", "stance": "cannot_say",
        "evidence": [{ "kind": "url", "value": "https://watch-alpha.example/", "place": "footer" }],
        "scope": { "platform": "android", "versions": ">=3", "from": "2026-01-01", "to": null },
        "note": " looked at\r\nfor an hour ",
    });
    let given = server.shelter().post(&format!("{family}/opinions"), &opinion).expect(201).json();
    let listed = server.lab().get(&format!("{family}/opinions")).expect(200).json();
    let kept = &listed["opinions"][0];
    assert_eq!(kept["id"], given["id"]);
    assert_eq!(kept["partner"], "example-shelter");
    assert_eq!(kept["note"], "looked at\r\nfor an hour");
    assert_eq!(kept["scope"], opinion["scope"]);
    assert_eq!(kept["evidence"], opinion["evidence"]);
    let imposed = json!({
        "criterion": "tracks", "stance": "holds", "evidence": [], "partner": "example-lab",
    });
    let detail = server.shelter().post(&format!("{family}/opinions"), &imposed).problem(422);
    assert!(detail.starts_with("partner: unknown field"), "{detail}");
}

#[test]
fn what_is_wrong_is_named() {
    let server = Server::without_worker();
    let lab = server.lab();
    let path = format!("{}/opinions", lab.create_family("Watch Alpha"));
    let good = json!({
        "criterion": "tracks", "stance": "holds", "evidence": [{ "kind": "note", "value": "seen" }],
    });
    let check = |field: &str, value: Value, expected: &str| {
        let mut body = good.clone();
        body[field] = value;
        let detail = lab.post(&path, &body).problem(422);
        assert!(detail.starts_with(expected), "{detail}");
    };
    check("evidence", json!([]), "evidence: give at least one piece");
    check("evidence", json!([{ "kind": "note", "value": " " }]), "evidence[0].value: it is empty");
    check(
        "evidence",
        json!([{ "kind": "sample", "value": "abc" }]),
        "evidence[0].value: not a SHA-256",
    );
    check(
        "evidence",
        json!([{ "kind": "url", "value": "javascript:alert(1)" }]),
        "evidence[0].value: an address starts with https:// or http://",
    );
    check(
        "evidence",
        json!([{ "kind": "capability", "value": "reads minds" }]),
        "evidence[0].value: a capability's id is one word, as in a report",
    );
    check(
        "evidence",
        json!([{ "kind": "note", "value": "seen\u{1b}[2J" }]),
        "evidence[0].value: it holds a control character",
    );
    check(
        "evidence",
        json!([{ "kind": "note", "value": "seen", "place": "a\nb" }]),
        "evidence[0].place: it holds a control character",
    );
    check("note", json!("a\u{0}b"), "note: it holds a control character");
    check("scope", json!({ "versions": "9".repeat(201) }), "scope.versions: at most 200 bytes");
    check("scope", json!({ "versions": "1\n2" }), "scope.versions: it holds a control character");
    check("criterion", json!("trackz"), "criterion: unknown variant `trackz`");
    check("stance", json!("maybe"), "stance: unknown variant `maybe`");
    check("scope", json!({ "from": "2026-02-01", "to": "2026-01-01" }), "scope.to: it lies before");
    check("scope", json!({ "version": "3" }), "scope.version: unknown field");
}

#[test]
fn an_abstention_needs_no_evidence_and_takes_back_what_was_said() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    lab.say(&family, "holds", &STALKERWARE);
    shelter.say(&family, "holds", &STALKERWARE);
    let abstains = json!({ "criterion": "tracks", "stance": "abstains" });
    lab.post(&format!("{family}/opinions"), &abstains).expect(201);
    let verdict = lab.get(&format!("{family}/verdict")).expect(200).json();
    assert_eq!(verdict["class"], "undecided");
    let tracks = json!({
        "id": "tracks", "state": "open", "holds": 1, "does_not": 0, "cannot_say": 0, "abstains": 1,
    });
    assert_eq!(verdict["criteria"][1], tracks);

    let listed = shelter.get(&format!("{family}/opinions")).expect(200).json();
    let listed = listed["opinions"].as_array().unwrap();
    let replaced: Vec<_> = listed.iter().filter(|opinion| opinion["replaced"] == true).collect();
    assert_eq!(replaced.len(), 1);
    assert_eq!(replaced[0]["replaced_by"], listed[6]["id"]);

    let history = lab.get(&format!("{family}/verdicts")).expect(200).json();
    let newest = &history["verdicts"][0];
    let class = json!({ "of": "class", "before": "stalkerware", "after": "undecided" });
    assert_eq!(newest["changes"][0], class);
    assert_eq!(newest["verdict"]["class"], "undecided");
}

#[test]
fn an_opinion_names_its_versions_and_its_last_day_so_that_a_rule_can_read_them() {
    let server = Server::without_worker();
    let lab = server.lab();
    let path = format!("{}/opinions", lab.create_family("Watch Alpha"));
    let check = |field: &str, value: Value, expected: &str| {
        let mut body = json!({
            "criterion": "tracks", "stance": "holds",
            "evidence": [{ "kind": "note", "value": "seen" }],
        });
        body[field] = value;
        let detail = lab.post(&path, &body).problem(422);
        assert!(detail.starts_with(expected), "{detail}");
        detail
    };
    let grammar =
        check("scope", json!({ "versions": "the old ones" }), "scope.versions: \"the old");
    assert!(grammar.contains("`>=3,<5`"), "{grammar}");
    check("scope", json!({ "versions": ">5,<3" }), "scope.versions: no version is in");
    check("expires", json!("2026-01-01"), "expires: name a day after today");
    check("expires", json!("2126-01-01"), "expires: at most 24 months ahead");
}

#[test]
fn a_conflict_of_interest_takes_a_voice_away_and_hides_nothing() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    lab.say(&family, "holds", &STALKERWARE);
    shelter.say(&family, "holds", &STALKERWARE);
    let (by, now) = (unwatched_store::Actor::operator(), server.state.clock.now());
    let id = "watch-alpha".parse().unwrap();
    let partner = "example-lab".parse().unwrap();
    let added = server.state.store.add_conflict(&partner, &id, "sells a rival", &by, now);
    server.wait(added).unwrap();
    let changed = server.wait(unwatched_exchange::verdicts::judge_again(&server.state)).unwrap();
    assert_eq!(changed, 1);
    let verdict = lab.get(&format!("{family}/verdict")).expect(200).json();
    assert_eq!(verdict["class"], "undecided");
    let voter = json!({
        "partner": "example-lab", "category": "vendor", "excluded": "conflict_with_family",
    });
    assert_eq!(verdict["voters"][0], voter);
    let listed = shelter.get(&format!("{family}/opinions")).expect(200).json();
    assert_eq!(listed["opinions"].as_array().unwrap().len(), 6, "all stay readable");
    assert_eq!(listed["opinions"][0]["excluded"], "conflict_with_family");
    let again = server.wait(unwatched_exchange::verdicts::judge_again(&server.state)).unwrap();
    assert_eq!(again, 0, "nothing changed since");
}

#[test]
fn a_question_is_put_to_those_who_could_settle_it_and_off_the_list_once_answered() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    lab.say(&family, "holds", &["tracks"]);
    let asked = lab.post(&format!("{family}/questions"), &json!({ "criterion": "tracks" }));
    assert_eq!(asked.expect(201).json(), json!({ "asked": ["example-shelter"] }));
    let again = lab.post(&format!("{family}/questions"), &json!({ "criterion": "tracks" }));
    assert_eq!(again.expect(201).json(), json!({ "asked": [] }), "nobody is asked twice");
    let waiting = shelter.get("/api/v1/questions").expect(200).json();
    assert_eq!(waiting["questions"][0]["family"], "watch-alpha");
    assert_eq!(waiting["questions"][0]["asked_by"], "example-lab");
    assert_eq!(lab.get("/api/v1/questions").expect(200).json(), json!({ "questions": [] }));
    let abstains = json!({ "criterion": "tracks", "stance": "abstains" });
    shelter.post(&format!("{family}/opinions"), &abstains).expect(201);
    assert_eq!(shelter.get("/api/v1/questions").expect(200).json(), json!({ "questions": [] }));

    shelter.say(&family, "holds", &["tracks"]);
    let settled = lab.post(&format!("{family}/questions"), &json!({ "criterion": "tracks" }));
    assert!(settled.problem(409).contains("has settled tracks"));
}

#[test]
fn a_partner_that_parts_a_family_ever_more_finely_is_refused() {
    let server = Server::without_worker();
    let lab = server.lab();
    let family = lab.create_family("Watch Alpha");
    let say = |versions: &str| {
        let opinion = json!({
            "criterion": "tracks", "stance": "holds", "scope": { "versions": versions },
            "evidence": [{ "kind": "note", "value": "seen" }],
        });
        lab.post(&format!("{family}/opinions"), &opinion)
    };
    for version in 1..=8 {
        say(&format!("={version}")).expect(201);
    }
    let detail = say("=9").problem(422);
    assert!(detail.contains("9 different scopes, and at most 8"), "{detail}");
    assert!(detail.contains("wider scopes, which replace"), "{detail}");
    let opinions = lab.get(&format!("{family}/opinions")).expect(200).json();
    assert_eq!(opinions["opinions"].as_array().unwrap().len(), 8, "what was refused is not kept");
    say("<=100").expect(201);
    say("=9").expect(201);
}
