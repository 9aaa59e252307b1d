//! Ids of what one may not see, put wherever an address takes one: answered byte for byte like ids
//! that nobody has, and nothing of what is hidden is in any answer.

use std::fmt::Write as _;

use serde_json::json;
use unwatched_exchange::http;
use unwatched_model::partner::UserRole;
use unwatched_store::Actor;

use super::{Browser, last, quoted};
use crate::rig::{Answer, Client, Server};

/// In every text of what is hidden.
const CANARY: &str = "canaryword";

/// Ids, by the parameter they stand for.
struct Ids {
    sample: String,
    indicator: String,
    key: String,
    job: String,
    saved: String,
    group: String,
    ticket: String,
    family: String,
}

/// What a partner shares with nobody.
fn hidden(server: &Server, family: &str) -> Ids {
    server.another_partner("keeper");
    let (store, operator) = (&server.state.store, Actor::operator());
    let now = server.state.clock.now();
    let keeper = server.client("keeper", UserRole::OrgAdmin);
    let name = format!("{CANARY}.apk");
    let sample = keeper.send("/api/v1/samples?tlp=RED", &[("x-file-name", &name)], b"hidden bytes");
    let sample = last(sample.expect(202).header("location").unwrap());
    let row = json!({ "kind": "domain", "value": format!("{CANARY}.example"), "role": "c2",
        "tlp": "RED", "source": format!("{CANARY} source") });
    let indicator = keeper.post(&format!("/api/v1/families/{family}/indicators"), &row).expect(201);
    let key = json!({ "label": CANARY, "role": "reader", "scopes": "read" });
    let key = keeper.post("/api/v1/keys", &key).expect(201).json();
    let group = format!("{CANARY}-circle");
    let slug = group.parse().unwrap();
    server.wait(store.add_group(&slug, CANARY, &operator, now)).unwrap();
    server.wait(store.join_group(&slug, &"keeper".parse().unwrap(), &operator, now)).unwrap();
    let browser = Browser::of(server, "keeper", UserRole::Analyst, "kim@keeper.example");
    browser.post("/portal/search/saved", &format!("name={CANARY}&query={CANARY}")).expect(303);
    let form = format!("/portal/samples/{sample}/download");
    let ticket = browser.post(&form, "packing=zip");
    let ticket = ticket.header("location").map(last);
    // The first of each in a database of its own.
    let waiting = server.wait(store.jobs_running(1)).unwrap();
    assert!(waiting.is_empty(), "nobody works here");
    Ids {
        sample,
        indicator: indicator.json()["id"].as_str().unwrap().to_owned(),
        key: key["id"].as_str().unwrap().to_owned(),
        job: "1".to_owned(),
        saved: "1".to_owned(),
        group,
        ticket: ticket.unwrap_or_default(),
        family: family.to_owned(),
    }
}

/// The same shapes, had by nobody.
fn nobodys(of: &Ids) -> Ids {
    Ids {
        sample: "0".repeat(64),
        indicator: "9".repeat(of.indicator.len()),
        key: "0".repeat(16),
        job: "9".to_owned(),
        saved: "9".to_owned(),
        group: "nobodyword-circle".to_owned(),
        ticket: "0".repeat(of.ticket.len()),
        family: of.family.clone(),
    }
}

fn filled(path: &str, ids: &Ids) -> String {
    let id = [
        ("/indicators/{id}", &ids.indicator),
        ("/keys/{id}", &ids.key),
        ("/jobs/{id}", &ids.job),
        ("/saved/{id}", &ids.saved),
        ("/families/{id}", &ids.family),
    ];
    let id = id.iter().find(|(part, _)| path.contains(part));
    id.map_or_else(|| path.to_owned(), |(_, id)| path.replace("{id}", id))
        .replace("{sha256}", &ids.sample)
        .replace("{slug}", &ids.group)
        .replace("{partner}", "keeper")
        .replace("{name}", "nothing")
        .replace("{*rest}", "nowhere")
}

/// Addresses that take an id elsewhere than in their path.
fn queries(ids: &Ids) -> Vec<String> {
    let Ids { sample, indicator, family, .. } = ids;
    let mut all = vec![
        format!("/portal/queue?after={sample}"),
        format!("/portal/queue/next?after={sample}"),
        format!("/portal/who?kind=sample&id={sample}"),
        format!("/portal/who?kind=indicator&id={indicator}"),
        format!("/portal/opinion?sample={sample}&capability=x"),
        format!("/portal/families/new?sample={sample}"),
        format!("/portal/families/{family}/opinion?sample={sample}"),
        format!("/portal/samples?state=queued&after={sample}"),
    ];
    for word in [sample.as_str(), &sample[..8]] {
        all.push(format!("/portal/search?q={word}"));
        all.push(format!("/portal/search?q={}", quoted(&format!("kind:sample {word}"))));
        all.push(format!("/api/v1/search?q={word}"));
        all.push(format!("/api/v1/search?q={word}&kind=sample"));
    }
    all.push(format!("/portal/audit?object={sample}"));
    all.push(format!("/api/v1/audit?object={sample}"));
    all
}

/// All that an answer tells, but for the ids that were asked with.
fn told(answer: &Answer, ids: &Ids) -> String {
    let mut text = format!("{}\n", answer.status);
    for (name, value) in answer.all_headers().filter(|(name, _)| *name != "date") {
        writeln!(text, "{name}: {value}").unwrap();
    }
    text += &String::from_utf8_lossy(&answer.body);
    let long = [&ids.sample, &ids.key, &ids.group].into_iter();
    let mut text = long.fold(text, |text, id| text.replace(id.as_str(), "ID"));
    text = text.replace(&ids.sample[..8], "ID");
    text.replace(&format!("earch: {}", ids.saved), "ID")
}

struct Prober {
    client: Client,
    browser: Browser,
}

impl Prober {
    fn ask(&self, method: &str, path: &str) -> Answer {
        let is_api = path.starts_with("/api/");
        match method {
            "GET" if is_api => self.client.get(path),
            "GET" => self.browser.get(path),
            "DELETE" => self.client.delete(path),
            _ if is_api => self.client.post(path, &json!({ "partner": "example-lab" })),
            _ => self.browser.post(path, "choice=none&packing=zip&join=example-lab"),
        }
    }
}

#[test]
fn what_is_hidden_is_answered_like_what_nobody_has() {
    let server = Server::without_worker();
    let family = last(&server.lab().create_family("Watch Alpha"));
    let hidden = hidden(&server, &family);
    let nothing = nobodys(&hidden);
    let mut asked = 0;
    for (at, role) in [UserRole::Analyst, UserRole::OrgAdmin, UserRole::Reader].iter().enumerate() {
        let email = format!("person{at}@lab.example");
        let prober = Prober {
            client: server.client("example-lab", *role),
            browser: Browser::of(&server, "example-lab", *role, &email),
        };
        for address in http::addresses() {
            // A family is everybody's; a ticket opens for whoever holds it.
            let by_id = [
                "{sha256}",
                "{slug}",
                "/indicators/{id}",
                "/keys/{id}",
                "/jobs/{id}",
                "/saved/{id}",
            ];
            if !by_id.iter().any(|part| address.path.contains(part)) {
                continue;
            }
            let theirs = prober.ask(address.method, &filled(&address.path, &hidden));
            let nobodys = prober.ask(address.method, &filled(&address.path, &nothing));
            let what = format!("{role} {} {}", address.method, address.path);
            assert!(matches!(theirs.status, 403 | 404 | 415 | 422), "{what}: {}", theirs.status);
            assert_eq!(told(&theirs, &hidden), told(&nobodys, &nothing), "{what}");
            asked += 1;
        }
        for (theirs, nobodys) in queries(&hidden).iter().zip(queries(&nothing)) {
            let (a, b) = (prober.ask("GET", theirs), prober.ask("GET", &nobodys));
            assert_eq!(told(&a, &hidden), told(&b, &nothing), "{role} {theirs}");
        }
    }
    assert!(asked > 50, "{asked}");
}

#[test]
fn nothing_hidden_is_in_any_answer() {
    let server = Server::without_worker();
    let lab = server.client("example-lab", UserRole::OrgAdmin);
    let family = last(&lab.create_family("Watch Alpha"));
    let own = lab.upload(b"the lab's own");
    let hidden = hidden(&server, &family);
    let seen = Ids { sample: last(&own), ..nobodys(&hidden) };
    let browser = Browser::of(&server, "example-lab", UserRole::OrgAdmin, "ana@lab.example");
    let prober = Prober { client: lab, browser };
    let mut paths: Vec<_> = http::addresses()
        .iter()
        .filter(|one| one.method == "GET" && !one.path.ends_with("/events"))
        .map(|one| filled(&one.path, &seen))
        .collect();
    paths.push(format!("/api/v1/search?q={}", &CANARY[..6]));
    for path in paths {
        let answer = prober.ask("GET", &path);
        let text = String::from_utf8_lossy(&answer.body);
        assert!(!text.contains(&hidden.sample), "{path}");
        assert!(!text.contains(&hidden.key), "{path}");
        // What was looked for is shown in the field that it was typed into.
        assert!(!text.contains(CANARY), "{path}: {text}");
    }
    // The same bytes put in: known to nobody, as far as this partner may know.
    let again = prober.client.send("/api/v1/samples", &[], b"hidden bytes").expect(202).json();
    assert_eq!(again["new"], true);
    let row = prober.client.get(&format!("/api/v1/samples/{}", hidden.sample)).expect(200).json();
    let submissions = row["submissions"].as_array().unwrap();
    assert_eq!((submissions.len(), &submissions[0]["at"]), (1, &row["first_seen"]), "{row}");
    assert!(!row.to_string().contains("keeper"), "{row}");
}
