//! The same rows as each kind of viewer meets them: TAXII, the native API, lookups, changes and
//! webhooks, the portal's pages. What one may not see is on none of their surfaces, in no form, not
//! even by its number.

use unwatched_exchange::collections::{partners, released};

use super::*;
use crate::api::webhooks::{self, Other};
use crate::attacks::Browser;
use crate::rig::program;

const TAXII: &str = "application/taxii+json;version=2.1";
const AMBER: &str = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";

/// What a row is shared as, and what becomes of it.
const WORDS: [&str; 6] = ["public", "amber", "circle", "red", "held", "recalled"];

/// Somebody who reads.
struct Reader {
    /// As which viewer.
    who: &'static str,
    program: Client,
    person: Option<Browser>,
}

/// What belongs to whom. Of what was recalled TAXII says that it is revoked.
fn sees(who: &str, word: &str, surface: &str) -> bool {
    let is_public = surface.starts_with("taxii public") || surface.starts_with("lookup");
    let is_for_machines = is_public || surface.starts_with("taxii");
    match word {
        "public" => true,
        "recalled" => surface.starts_with("taxii") || (who != "nobody" && !is_public),
        "amber" => who != "nobody" && !is_public,
        "held" => who != "nobody" && !is_for_machines,
        "circle" => ["the owner", "a member"].contains(&who) && !is_for_machines,
        "red" => who == "the owner" && !is_for_machines,
        other => panic!("{other}"),
    }
}

/// One row of each word, and its number.
struct Rows(BTreeMap<&'static str, (Traced, String)>);

impl Rows {
    /// Said by the lab, half of them in one request.
    fn said(world: &World) -> Self {
        let body = |word: &str, one: &Traced| {
            let (tlp, group) = match word {
                "amber" => ("AMBER", Value::Null),
                "circle" => ("AMBER", json!("circle")),
                "red" => ("RED", Value::Null),
                _ => ("CLEAR", Value::Null),
            };
            json!({
                "family": FAMILY, "kind": one.kind.as_str(), "value": one.value,
                "role": one.role.as_str(), "tlp": tlp, "group": group,
                "source": "a secret source", "declared_public": word != "held",
            })
        };
        let rows = WORDS.map(|word| {
            (
                word,
                Traced::new(IndicatorKind::Domain, &format!("{word}.followed.example"), Role::C2),
            )
        });
        let bodies: Vec<_> = rows.iter().map(|(word, one)| body(word, one)).collect();
        let done = world.lab.post("/api/v1/indicators", &json!({ "indicators": bodies }));
        let done = done.expect(200).json();
        assert_eq!(done["taken"], WORDS.len(), "{done:#}");
        let numbers = done["results"].as_array().unwrap().clone();
        let numbered = rows.into_iter().zip(numbers).map(|((word, one), result)| {
            assert_eq!(result["normalised"], one.value);
            (word, (one, result["id"].as_str().unwrap().to_owned()))
        });
        Self(numbered.collect())
    }

    fn number(&self, word: &str) -> &str {
        &self.0[word].1
    }
}

impl Reader {
    fn get(&self, path: &str) -> Vec<u8> {
        let answer = self.program.get_with(path, &[("accept-encoding", "identity")]);
        assert!([200, 401, 403, 404].contains(&answer.status), "{path}: {}", answer.status);
        if answer.status == 200 { answer.body } else { Vec::new() }
    }

    /// All that they read of rows, by its name.
    fn surfaces(&self, rows: &Rows) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        for path in [
            "families/watch-alpha/indicators",
            "changes?limit=10000",
            "values/held",
            "recalls",
            "search?q=kind%3Aindicator&limit=500",
            "shared-values",
            "sightings",
            "audit",
        ] {
            all.insert(format!("api {path}"), self.get(&format!("/api/v1/{path}")));
        }
        for (word, (one, number)) in &rows.0 {
            let document = self.get(&format!("/api/v1/indicators/{number}"));
            let is_there = !document.is_empty();
            assert_eq!(is_there, sees(self.who, word, "api") && self.who != "nobody", "{word}");
            all.insert(format!("api indicator {word}"), document);
            let prefix = &hex::encode(Sha256::digest(format!("{}:{}", one.kind, one.value)))[..4];
            let looked_up = self.get(&format!("/api/v1/lookup/{}/{prefix}", one.kind));
            all.insert(format!("lookup {word}"), looked_up);
            if let Some(person) = &self.person {
                let page = person.get(&format!("/portal/indicators/{number}"));
                assert_eq!(page.status == 200, sees(self.who, word, "portal"), "{word}");
                all.insert(format!("portal indicator {word}"), page.body);
                // A search says what was looked for, and links to what it found.
                let found = person.get(&format!("/portal/search?q={}", one.value)).expect(200);
                let found = String::from_utf8(found.body).unwrap();
                let is_found = found.contains("/portal/families/watch-alpha#indicators");
                assert_eq!(
                    is_found,
                    sees(self.who, word, "portal"),
                    "{} searches {word}",
                    self.who
                );
            }
        }
        if let Some(person) = &self.person {
            for page in ["families/watch-alpha", "held", "", "releases", "queue", "audit"] {
                let page = format!("/portal/{page}");
                all.insert(format!("portal {page}"), person.get(&page).body);
            }
        }
        for (root, collection) in [
            ("public", "public-strict"),
            ("public", "public-mvt"),
            ("partners", "partners"),
            ("partners", "sightings"),
            ("partners", "inbox"),
        ] {
            for below in ["objects/?match[version]=all", "manifest/?match[version]=all"] {
                let path = format!("/{root}/collections/{collection}/{below}");
                let answer = self.program.get_with(&path, &[("accept", TAXII)]);
                let is_open = match (root, self.who, collection) {
                    (_, _, "inbox") => false,
                    ("public", ..) => true,
                    (_, who, _) => who != "nobody",
                };
                assert_eq!(answer.status == 200, is_open, "{path} for {}", self.who);
                let body = if is_open { answer.body } else { Vec::new() };
                all.insert(format!("taxii {collection} {below}"), body);
            }
        }
        all
    }
}

struct Followed {
    world: World,
    rows: Rows,
    readers: Vec<Reader>,
}

/// Rows of every word, released, shared, told of, and one of them taken back.
fn followed(server: Server, told: Option<&Other>) -> Followed {
    let world = World::of(server);
    let server = &world.server;
    server.another_partner("example-uni");
    let coordinator = server.client("example-lab", UserRole::Coordinator);
    let group = json!({ "slug": "circle", "name": "Circle" });
    coordinator.post("/api/v1/groups", &group).expect(201);
    for partner in ["example-lab", "example-uni"] {
        let member = json!({ "partner": partner });
        coordinator.post("/api/v1/groups/circle/members", &member).expect(204);
    }
    if let Some(told) = told {
        let hook = server.client("example-shelter", UserRole::OrgAdmin);
        hook.post("/api/v1/webhooks", &json!({ "url": told.url() })).expect(201);
    }
    let rows = Rows::said(&world);
    world.publish();
    let bring = || {
        world.server.wait(released::fill(&world.server.state)).unwrap();
        world.server.wait(partners::fill(&world.server.state)).unwrap();
    };
    bring();
    let recall = json!({
        "family": FAMILY, "kind": "domain", "value": rows.0["recalled"].0.value, "why": "a mistake",
    });
    coordinator.post("/api/v1/recalls", &recall).expect(201);
    world.publish();
    bring();
    let reader = |who, partner: &str, email: &str| Reader {
        who,
        program: server.client(partner, UserRole::Reader),
        person: Some(Browser::of(server, partner, UserRole::Analyst, email)),
    };
    let readers = vec![
        Reader { who: "nobody", program: server.nobody(), person: None },
        reader("another", "example-shelter", "made-up@shelter.example"),
        reader("a member", "example-uni", "made-up@uni.example"),
        reader("the owner", "example-lab", "made-up@lab.example"),
    ];
    Followed { world, rows, readers }
}

#[test]
fn each_viewer_meets_the_rows_that_are_theirs_and_no_other() {
    let told = Other::listen();
    let server = Server::with(Some(program()), &webhooks::config());
    let Followed { world, rows, readers } = followed(server, Some(&told));
    for reader in &readers {
        let surfaces = reader.surfaces(&rows);
        for (word, (one, number)) in &rows.0 {
            let forms = forms(one);
            let mut found = Vec::new();
            for (surface, bytes) in &surfaces {
                let is_there = forms.iter().any(|(_, form)| holds(bytes, form));
                let own = ["api indicator", "portal indicator", "lookup"]
                    .iter()
                    .any(|one| surface.starts_with(one) && !surface.ends_with(word));
                assert!(
                    !is_there || sees(reader.who, word, surface),
                    "{} meets {word} on {surface}",
                    reader.who
                );
                if is_there && !own {
                    found.push(surface.as_str());
                }
            }
            for surface in ["api", "portal", "taxii public-strict", "taxii partners", "lookup"] {
                let is_open = match surface {
                    "api" | "taxii partners" => reader.who != "nobody",
                    "portal" => reader.person.is_some(),
                    _ => true,
                };
                let met = found.iter().any(|found| found.starts_with(surface));
                assert_eq!(
                    met,
                    is_open && sees(reader.who, word, surface),
                    "{} and {word} on {surface}: {found:?}",
                    reader.who
                );
            }
            // By its number alone it is told of to nobody who does not see it.
            let lines = String::from_utf8(surfaces["api changes?limit=10000"].clone()).unwrap();
            let is_told = lines.lines().any(|line| names(&json_of(line), number));
            let is_seen = reader.who != "nobody" && sees(reader.who, word, "api");
            assert_eq!(is_told, is_seen, "{} is told of {word}", reader.who);
        }
    }
    // What goes out is what that partner's feed of changes says.
    let family = json!({ "name": "The last one" });
    world.lab.post("/api/v1/families", &family).expect(201);
    let changes = || {
        let messages = told.messages();
        let changes = messages.iter().flat_map(|message| {
            message.json()["data"]["changes"].as_array().cloned().unwrap_or_default()
        });
        changes.collect::<Vec<_>>()
    };
    webhooks::until("it is told of the last change", || {
        changes().iter().any(|change| change["id"] == "the-last-one")
    });
    for word in WORDS {
        let is_told = changes().iter().any(|change| names(change, rows.number(word)));
        assert_eq!(is_told, sees("another", word, "webhook"), "{word}");
    }
    for message in told.messages() {
        for (one, _) in rows.0.values() {
            let text = message.json().to_string();
            assert!(!text.contains(&one.value) && !text.contains(&one.uuid().to_string()));
        }
    }
}

fn json_of(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

/// Whether a change is of the indicator of this number.
fn names(change: &Value, number: &str) -> bool {
    let kind = change["kind"].as_str().unwrap();
    kind.starts_with("indicator.") && change["id"] == number
}

#[test]
fn a_row_has_one_identity_role_tlp_and_provenance_wherever_it_is_met() {
    let Followed { world, rows, readers } = followed(Server::without_worker(), None);
    let [nobody, another, ..] = &readers[..] else { panic!("four read") };
    let (public, number) = &rows.0["public"];
    let (amber, amber_number) = &rows.0["amber"];
    for (one, number, tlp) in [(public, number, "CLEAR"), (amber, amber_number, "AMBER")] {
        let uuid = one.uuid().to_string();
        let document = json_of(&text(another.get(&format!("/api/v1/indicators/{number}"))));
        assert_eq!(
            (&document["uuid"], &document["role"], &document["tlp"], &document["value"]),
            (&json!(uuid), &json!("c2"), &json!(tlp), &json!(one.value))
        );
        let list = json_of(&text(another.get("/api/v1/families/watch-alpha/indicators")));
        let listed = list["indicators"].as_array().unwrap().iter();
        assert_eq!(listed.filter(|listed| **listed == document).count(), 1, "{list:#}");
        let lines = text(another.get("/api/v1/changes?limit=10000"));
        let told: Vec<_> =
            lines.lines().map(json_of).filter(|change| names(change, number)).collect();
        assert!(told.iter().all(|change| change["family"] == FAMILY), "{told:?}");
        assert_eq!(told[0]["href"], format!("/api/v1/indicators/{number}"));
        let page = another.person.as_ref().unwrap().get(&format!("/portal/indicators/{number}"));
        let page = text(page.expect(200).body);
        let said = document["by"].as_str().unwrap_or("a partner that is not named to you");
        for word in [&one.value, &uuid, &format!("TLP:{tlp}"), FAMILY, "C2", said] {
            assert!(page.contains(word), "the page does not say {word}");
        }
    }
    let of = |reader: &Reader, collection: &str, one: &Traced| {
        let root = if collection == "partners" { "partners" } else { "public" };
        let path = format!("/{root}/collections/{collection}/objects/?match[version]=last");
        let page = reader.program.get_with(&path, &[("accept", TAXII)]).expect(200).json();
        let objects = page["objects"].as_array().unwrap().clone();
        let id = format!("indicator--{}", one.uuid());
        objects.into_iter().find(|object| object["id"] == id)
    };
    for (reader, collection, one, marking) in [
        (nobody, "public-strict", public, TLP_CLEAR),
        (nobody, "public-mvt", public, TLP_CLEAR),
        (another, "partners", public, TLP_CLEAR),
        (another, "partners", amber, AMBER),
    ] {
        let object = of(reader, collection, one).expect(collection);
        let said = object.to_string();
        assert!(object["pattern"].as_str().unwrap().contains(&one.value), "{said}");
        assert_eq!(object["object_marking_refs"], json!([marking]), "{collection}");
        assert!(said.contains("role:c2"), "{collection}: {said}");
        assert!(!said.contains("a secret source") && !said.contains("example-lab"), "{said}");
        if collection != "public-mvt" {
            assert!(said.contains("partners"), "where it comes from: {said}");
        }
    }
    // What was taken back says so under its own name, wherever it stood.
    let (recalled, _) = &rows.0["recalled"];
    for (reader, collection) in
        [(nobody, "public-strict"), (nobody, "public-mvt"), (another, "partners")]
    {
        let object = of(reader, collection, recalled).expect(collection);
        assert_eq!(object["revoked"], true, "{collection}");
        assert!(!object.to_string().contains(&recalled.value), "{collection} says it once more");
    }
    drop(world);
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
