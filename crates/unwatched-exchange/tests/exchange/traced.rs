//! One row, every surface: a C2 host, an address, a package, a certificate, a file and a website
//! are followed through every file of a release, each with one identity, family, role, TLP and
//! provenance. What is AMBER, held or recalled is in none of them, in no form that it could have.
//!
//! A new file of a release has its place here, or the first test fails: in [`says`] where it can
//! say a thing, or in [`SAYS_NO_ROWS`]. Surfaces that are no files (TAXII, the API, lookups,
//! webhooks, the portal) are followed in [`viewers`], for each kind of viewer.

mod viewers;

use std::collections::BTreeMap;

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use unwatched_exchange::release::publish;
use unwatched_formats::feed::filter::{Filter, key};
use unwatched_formats::feed::indicator_uuid;
use unwatched_formats::feed::media::media_type;
use unwatched_formats::release::{Index, Limits, open_bundle};
use unwatched_model::class::Class;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::partner::UserRole;
use unwatched_model::set::IndicatorSet;
use unwatched_store::Actor;

use crate::rig::{Client, Server};

const STALKERWARE: [&str; 3] = ["tracks", "offered_to_individuals", "hides_itself"];
const FAMILY: &str = "watch-alpha";
const STIX: &str = "application/stix+json;version=2.1";
/// The OASIS extension's own id.
const TLP_CLEAR: &str = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487";

/// What is followed.
#[derive(Debug, Clone)]
struct Traced {
    kind: IndicatorKind,
    value: String,
    role: Role,
}

impl Traced {
    fn new(kind: IndicatorKind, value: &str, role: Role) -> Self {
        Self { kind, value: value.to_owned(), role }
    }

    fn uuid(&self) -> uuid::Uuid {
        let family: FamilyId = FAMILY.parse().unwrap();
        indicator_uuid(&family, self.kind, &self.value, self.role)
    }
}

fn traced() -> Vec<Traced> {
    use IndicatorKind::{Address, CertificateSha1, Domain, FileSha256, Package};
    vec![
        Traced::new(Domain, "api.watch-alpha.example", Role::C2),
        Traced::new(Address, "203.0.113.77", Role::C2),
        Traced::new(Domain, "www.watch-alpha.example", Role::Website),
        Traced::new(Package, "com.example.watch.alpha", Role::App),
        Traced::new(CertificateSha1, &"a1".repeat(20), Role::App),
        Traced::new(FileSha256, &hex::encode(Sha256::digest(SAMPLE)), Role::Sample),
    ]
}

/// A file that some partner shares with everybody.
const SAMPLE: &[u8] = b"made-up bytes of a file that is shared with everybody";

/// Of each kind one, which must not go out.
fn kept(word: &str) -> Vec<Traced> {
    use IndicatorKind::{Address, CertificateSha1, Domain, FileSha256, Package};
    let byte = word.as_bytes()[0];
    vec![
        Traced::new(Domain, &format!("{word}-only.watch-hidden.example"), Role::C2),
        Traced::new(Address, &format!("198.51.100.{byte}"), Role::C2),
        Traced::new(Package, &format!("com.example.hidden.{word}"), Role::App),
        Traced::new(CertificateSha1, &hex::encode([byte; 20]), Role::App),
        Traced::new(FileSha256, &hex::encode([byte; 32]), Role::Sample),
    ]
}

struct World {
    server: Server,
    lab: Client,
}

impl World {
    fn new() -> Self {
        Self::of(Server::without_worker())
    }

    fn of(server: Server) -> Self {
        let (lab, shelter) = (server.lab(), server.shelter());
        let family = lab.create_family("Watch Alpha");
        for client in [&lab, &shelter] {
            client.say(&family, "holds", &STALKERWARE);
        }
        Self { server, lab }
    }

    fn say(&self, one: &Traced, tlp: &str, declared_public: bool) {
        let body = json!({
            "kind": one.kind.as_str(), "value": one.value, "role": one.role.as_str(), "tlp": tlp,
            "source": "a secret source", "declared_public": declared_public,
        });
        self.lab.post(&format!("/api/v1/families/{FAMILY}/indicators"), &body).expect(201);
    }

    fn publish(&self) {
        let by = Actor::operator();
        let done = publish::publish(&self.server.state, &by);
        self.server.wait(done).expect("a release");
    }

    fn body(&self, path: &str) -> Vec<u8> {
        let plain = [("accept-encoding", "identity")];
        self.server.nobody().get_with(path, &plain).expect(200).body
    }

    fn index(&self) -> Index {
        Index::from_bytes(&self.body("/feeds/v1/index.json")).unwrap()
    }

    /// Everything that somebody without an account can read of rows, by its name.
    fn surfaces(&self) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        for file in self.index().files {
            let bytes = self.body(&format!("/feeds/v1/{}", file.name));
            all.insert(file.name, bytes);
        }
        let sequence = self.index().sequence;
        for since in 1..=sequence {
            let delta = self.body(&format!("/feeds/v1/?since={since}"));
            all.insert(format!("?since={since}"), delta);
        }
        let bundle = self.body("/feeds/v1/bundle");
        let (index, indicators) =
            open_bundle(&bundle, &Limits::default()).unwrap().into_unverified();
        all.insert("bundle: indicators".to_owned(), indicators);
        // A recall is public, with its value: checkers tell whoever was told of it.
        let index = Index { recalls: Vec::new(), ..index };
        all.insert("bundle: index.json but its recalls".to_owned(), index.to_bytes());
        all
    }
}

/// Files of a release that name no single value.
const SAYS_NO_ROWS: [&str; 6] =
    ["NOTICE", "releases.atom", "warnings/", "watchware.yaml", "unwatched.hsu", "unwatched.hdu"];

/// What a file says of a thing, as far as its form can: the words that must stand together in one
/// line of it, or in one object of a JSON document. `None` where its form has no place for it.
fn says(name: &str, one: &Traced) -> Option<Vec<String>> {
    use IndicatorKind::{Address, CertificateSha1, Domain, FileSha256, Package};
    let (value, id) = (one.value.clone(), one.uuid().to_string());
    let role = one.role.as_str();
    let is_c2 = one.role == Role::C2;
    let with_all = |value: String| {
        vec![value, id.clone(), FAMILY.to_owned(), role.to_owned(), "partners".to_owned()]
    };
    match (name, one.kind) {
        ("hosts" | "hosts_full" | "quad9_blocklist.txt", Domain) if is_c2 => Some(vec![value]),
        ("network.csv", Domain) if is_c2 => Some(vec![value, "Watch Alpha".to_owned()]),
        ("network.csv", Address) => Some(vec![value, "ipv4".to_owned(), "Watch Alpha".to_owned()]),
        ("indicators-for-tinycheck.json", Domain | Address) => {
            Some(vec![value, "stalkerware".to_owned(), "white".to_owned()])
        }
        ("ioc.yaml", CertificateSha1) => Some(vec![value.to_uppercase()]),
        ("ioc.yaml", Domain | Address | Package) => Some(vec![value]),
        ("samples.csv", FileSha256) => Some(vec![value, "Watch Alpha".to_owned()]),
        ("stalkerware.stix2", _) => Some(vec![
            value,
            format!("indicator--{id}"),
            format!("role:{role}"),
            TLP_CLEAR.to_owned(),
        ]),
        ("stalkerware-strict.stix2", _) => Some(vec![
            value,
            format!("indicator--{id}"),
            format!("role:{role}"),
            TLP_CLEAR.to_owned(),
            "partners".to_owned(),
        ]),
        ("indicators.jsonl" | "?since", _) => {
            let mut words = with_all(value);
            words.extend(["\"tlp\":\"CLEAR\"".to_owned(), "\"class\":\"stalkerware\"".to_owned()]);
            Some(words)
        }
        ("suricata.rules", Domain | Address) if is_c2 => {
            let mut words = with_all(value);
            words.extend(["tlp clear".to_owned(), "class stalkerware".to_owned()]);
            Some(words)
        }
        ("unwatched.rpz", Domain | Address) if is_c2 => {
            // The line before the name says whose it is.
            Some(vec![
                id,
                FAMILY.to_owned(),
                role.to_owned(),
                "TLP:CLEAR".to_owned(),
                "partners".to_owned(),
            ])
        }
        ("unwatched.hsb", FileSha256) => {
            Some(vec![value, format!("Unwatched.Stalkerware.{FAMILY}.{role}")])
        }
        ("unwatched.hdb", FileSha256) => {
            Some(vec![hex::encode(md5::Md5::digest(SAMPLE)), format!("{FAMILY}.{role}")])
        }
        ("unwatched.yar", FileSha256) => Some(vec![value, id]),
        ("unwatched.yar", Domain) if is_c2 => Some(vec![value, id]),
        ("misp/event", _) => Some(vec![
            value,
            id,
            "tlp:clear".to_owned(),
            role.to_owned(),
            "from partners".to_owned(),
        ]),
        ("misp/hashes.csv", _) => Some(vec![hex::encode(md5::Md5::digest(&value))]),
        _ => None,
    }
}

/// The lines of a text, or the smallest objects of a JSON document that hold a word.
fn pieces(name: &str, text: &str, word: &str) -> Vec<String> {
    let is_document = ["application/json", STIX].contains(&media_type(name));
    if !is_document {
        return text.lines().map(str::to_owned).collect();
    }
    let mut found = Vec::new();
    smallest(&serde_json::from_str(text).expect("JSON"), word, &mut found);
    found
}

fn smallest(value: &Value, word: &str, found: &mut Vec<String>) {
    if !value.to_string().contains(word) {
        return;
    }
    let inner: Vec<&Value> = match value {
        Value::Object(map) => {
            map.values().filter(|inner| inner.is_object() || is_list(inner)).collect()
        }
        Value::Array(list) => list.iter().collect(),
        _ => return,
    };
    let before = found.len();
    for inner in inner {
        smallest(inner, word, found);
    }
    if value.is_object() && found.len() == before {
        found.push(value.to_string());
    }
}

/// A list of things, not of words.
fn is_list(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(Value::is_object))
}

#[test]
fn one_indicator_is_the_same_in_every_file() {
    let world = World::new();
    world.publish();
    let upload = [("x-tlp", "CLEAR")];
    world.lab.send("/api/v1/samples?tlp=CLEAR&pap=GREEN", &upload, SAMPLE).expect(202);
    for one in traced() {
        world.say(&one, "CLEAR", true);
    }
    world.publish();
    let surfaces = world.surfaces();
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    for (name, bytes) in &surfaces {
        if SAYS_NO_ROWS.iter().any(|none| name.starts_with(none))
            || name.starts_with("bundle: index")
            || name == "misp/manifest.json"
            || name == "?since=2"
        {
            continue;
        }
        let form = match name.as_str() {
            event if event.starts_with("misp/") && media_type(event) == "application/json" => {
                "misp/event"
            }
            "?since=1" => "?since",
            other => other,
        };
        for one in traced() {
            let is_said = match form {
                "indicators.bin" | "bundle: indicators" => in_set(bytes, &one),
                "filter.bin" => in_filter(bytes, &one),
                _ => in_text(form, name, bytes, &one),
            };
            *said.entry(name.clone()).or_default() += usize::from(is_said);
        }
    }
    for (name, count) in &said {
        assert!(*count > 0, "{name} says nothing of what is followed: give it its place here");
    }
    let zone = String::from_utf8(surfaces["unwatched.rpz"].clone()).unwrap();
    for line in [
        "api.watch-alpha.example CNAME .",
        "*.api.watch-alpha.example CNAME .",
        "32.77.113.0.203.rpz-ip CNAME .",
    ] {
        assert!(zone.lines().any(|found| found == line), "{line}");
    }
    for (name, bytes) in &surfaces {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("example-lab") && !text.contains("a secret source"), "{name}");
    }
}

fn in_set(bytes: &[u8], one: &Traced) -> bool {
    let set = IndicatorSet::from_bytes(bytes).unwrap();
    let found = set.lookup(one.kind, &one.value);
    let found = found.iter().find(|found| found.value == one.value && found.role == one.role);
    let found = found.unwrap_or_else(|| panic!("the set lacks {one:?}"));
    assert_eq!((found.family.id.as_str(), found.family.class), (FAMILY, Class::Stalkerware));
    true
}

fn in_filter(bytes: &[u8], one: &Traced) -> bool {
    let hit = Filter::from_bytes(bytes).unwrap().look_up(one.kind, &one.value);
    let hit = hit.unwrap_or_else(|| panic!("the filter lacks {one:?}"));
    assert_eq!((hit.roles, hit.classes), (vec![one.role], vec![Class::Stalkerware]));
    true
}

fn in_text(form: &str, name: &str, bytes: &[u8], one: &Traced) -> bool {
    let text = std::str::from_utf8(bytes).expect("text");
    let Some(words) = says(form, one) else {
        let is_there = text.contains(&one.value);
        // A host is found within the names of others; a website is a part of no other here.
        assert!(!is_there, "{name} names {one:?}, and nobody here expects it to");
        return false;
    };
    let pieces = pieces(name, text, &words[0]);
    let found = pieces.iter().any(|piece| words.iter().all(|word| piece.contains(word)));
    assert!(found, "{name} does not say together {words:?}");
    true
}

/// Every form in which a value could stand in a file.
fn forms(one: &Traced) -> Vec<(&'static str, Vec<u8>)> {
    let value = &one.value;
    let mut forms: Vec<(&'static str, Vec<u8>)> = Vec::new();
    let mut text = |what, text: String| {
        forms.push((what, text.to_uppercase().into_bytes()));
        forms.push((what, text.to_lowercase().into_bytes()));
        forms.push((what, text.into_bytes()));
    };
    text("as it is", value.clone());
    text("defanged", value.replace('.', "[.]"));
    text("escaped", value.replace('.', "\\."));
    text("in JSON", serde_json::to_string(value).unwrap().trim_matches('"').to_owned());
    text("backwards", value.chars().rev().collect());
    text("its labels backwards", value.rsplit('.').collect::<Vec<_>>().join("."));
    text("with colons", colons(value));
    text("in hexadecimal digits", hex::encode(value));
    text("in base64", base64::engine::general_purpose::STANDARD.encode(value));
    text("its identity", one.uuid().to_string());
    text("its identity without hyphens", one.uuid().simple().to_string());
    let digests = [
        ("SHA-256 of kind and value", Sha256::digest(format!("{}:{value}", one.kind)).to_vec()),
        ("SHA-256", Sha256::digest(value).to_vec()),
        ("SHA-1", sha1::Sha1::digest(value).to_vec()),
        ("MD5", md5::Md5::digest(value).to_vec()),
    ];
    for (what, digest) in &digests {
        text(what, hex::encode(digest));
        text(what, base64::engine::general_purpose::STANDARD.encode(digest));
    }
    for (what, digest) in digests {
        // As much of it as a filter keeps.
        forms.push((what, digest[..8].to_vec()));
    }
    forms.push(("in a filter", key(one.kind, value).to_be_bytes().to_vec()));
    forms.push(("in a filter, the other way", key(one.kind, value).to_le_bytes().to_vec()));
    forms.push(("its identity in bytes", one.uuid().as_bytes().to_vec()));
    forms.push(("in UTF-16", value.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    if value.contains('.') {
        let labels = value.split('.').flat_map(|label| {
            let length = u8::try_from(label.len()).unwrap();
            std::iter::once(length).chain(label.bytes())
        });
        forms.push(("as a name on the wire", labels.collect()));
    }
    if let Ok(bytes) = hex::decode(value) {
        forms.push(("in bytes", bytes));
    }
    forms
}

fn colons(value: &str) -> String {
    let pairs: Vec<_> = value.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
    pairs.join(":")
}

fn holds(bytes: &[u8], form: &[u8]) -> bool {
    bytes.windows(form.len()).any(|window| window == form)
}

#[test]
fn what_is_amber_held_or_recalled_is_in_no_file_in_any_form() {
    let world = World::new();
    for one in traced() {
        world.say(&one, "CLEAR", true);
    }
    for one in kept("recalled") {
        world.say(&one, "CLEAR", true);
    }
    world.publish();
    let surfaces = world.surfaces();
    // The search finds what is there: each of these is in some file, in some form.
    for one in kept("recalled") {
        let found =
            surfaces.values().any(|bytes| forms(&one).iter().any(|(_, form)| holds(bytes, form)));
        assert!(found, "{one:?} was released");
        assert!(holds(&surfaces["filter.bin"], &key(one.kind, &one.value).to_be_bytes()));
    }
    let coordinator = world.server.client("example-lab", UserRole::Coordinator);
    for one in kept("recalled") {
        let recall = json!({
            "family": FAMILY, "kind": one.kind.as_str(), "value": one.value, "why": "a mistake",
        });
        coordinator.post("/api/v1/recalls", &recall).expect(201);
    }
    for one in kept("amber") {
        world.say(&one, "AMBER", true);
    }
    for one in kept("green") {
        world.say(&one, "GREEN", true);
    }
    for one in kept("held") {
        world.say(&one, "CLEAR", false);
    }
    world.publish();
    let surfaces = world.surfaces();
    assert!(surfaces.len() > 25, "{:?}", surfaces.keys());
    for word in ["recalled", "amber", "green", "held"] {
        for one in kept(word) {
            for (what, form) in forms(&one) {
                for (name, bytes) in &surfaces {
                    // A delta names by its id, and by nothing else, what somebody has to let go.
                    let lets_go =
                        word == "recalled" && name == "?since=1" && what == "its identity";
                    assert!(lets_go || !holds(bytes, &form), "{word} {one:?} is in {name}, {what}");
                }
            }
        }
    }
}
