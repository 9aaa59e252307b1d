//! A maker that builds one app per customer: nothing that names one of a thousand customers is
//! readable without an account; what the family shares is.

use std::io::{Cursor, Read as _};
use std::thread;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use unwatched_fixtures::apk::ApkBuilder;
use unwatched_fixtures::dex::DexBuilder;
use unwatched_fixtures::signing::Signer;
use unwatched_formats::release::{INDEX_NAME, INDICATORS_NAME, SIGNATURE_NAME};
use unwatched_model::set::IndicatorSet;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::{Client, Exchange};
use zip::ZipArchive;

const CUSTOMERS: usize = 1_000;
/// Those who send at once.
const SENDERS: usize = 4;
/// How many of them are looked up, each by two values.
const LOOKED_UP: usize = 50;
/// What `/feeds/v1/` answers beside the files of its index.
const FEEDS_BESIDE: [&str; 10] = [
    "",
    "index.json",
    "index.json.minisig",
    "key.pub",
    "keys.json",
    "log.txt",
    "checkpoint",
    "checkpoint.minisig",
    "bundle",
    "nothing",
];
const SHARED_HOST: &str = "panel.lantern-quill.example";

/// One customer's app, and everything in it that is this customer's alone.
struct Customer {
    bytes: Vec<u8>,
    package: String,
    certificate_sha1: String,
    certificate_sha256: String,
    sha256: String,
    email: String,
    uuid: String,
    /// To whom the certificate was made out.
    made_out_to: String,
    pairing_code: String,
}

impl Customer {
    fn new(number: usize) -> Self {
        let package = format!("com.quilt{number:04}.notes.example");
        let made_out_to = format!("Customer {number}");
        let signer = Signer::made_up(&made_out_to, "Lantern Quill", 4);
        let pairing_code = format!("{:06}", 400_000 + number);
        let email = format!("somebody.{number:04}@mail.example");
        let uuid = format!("6f9619ff-8b86-4011-b42d-00cf4fc9{number:04}");
        let dex = DexBuilder::new()
            .class(&format!("L{}/Main;", package.replace('.', "/")), "Ljava/lang/Object;")
            .string(&format!("https://{SHARED_HOST}/api/up?account={email}"))
            .string(&format!("https://{SHARED_HOST}/device/{uuid}/sms"))
            .string(&format!("pairing code: {pairing_code}"));
        let bytes = ApkBuilder::new(&package)
            .label(&format!("Notes of {email}"))
            .android_permissions(&["READ_SMS", "ACCESS_FINE_LOCATION"])
            .dex(&dex)
            .signed_by(&signer)
            .build();
        Self {
            sha256: hex::encode(Sha256::digest(&bytes)),
            package,
            certificate_sha1: signer.certificate_sha1().to_string(),
            certificate_sha256: signer.certificate_sha256().to_string(),
            email,
            uuid,
            made_out_to,
            pairing_code,
            bytes,
        }
    }

    /// Every form in which somebody could be recognised.
    fn marks(&self) -> Vec<String> {
        let colons = |hex: &str| {
            let pairs: Vec<_> =
                hex.as_bytes().chunks(2).map(|two| String::from_utf8_lossy(two)).collect();
            pairs.join(":")
        };
        let own = [&self.package, &self.email, &self.uuid, &self.made_out_to];
        let mut marks: Vec<_> = own.into_iter().cloned().collect();
        marks.push(format!("code: {}", self.pairing_code));
        marks.push(hex::encode(asked_by("package", &self.package)));
        marks.push(hex::encode(asked_by("file_sha256", &self.sha256)));
        for digest in [&self.certificate_sha1, &self.certificate_sha256, &self.sha256] {
            for form in [digest.clone(), colons(digest)] {
                marks.push(form.to_uppercase());
                marks.push(form);
            }
        }
        marks
    }
}

#[test]
fn nothing_of_one_customer_is_readable_without_an_account() {
    let folder = TempDir::new().unwrap();
    let operator = Operator::new(&folder.path().join("data"));
    let lab = operator.join("watch-lab", "vendor", "analyst");
    let line = operator.join("north-line", "support", "analyst");
    let server = operator.serve();
    let (lab, line) = (server.client().with_token(&lab), server.client().with_token(&line));
    let family = lab.post("/api/v1/families", &json!({"name": "Lantern Quill"})).expect(201).json();
    let family = family["id"].as_str().unwrap().to_owned();
    let customers: Vec<_> = (0..CUSTOMERS).map(Customer::new).collect();

    each(&customers, |customer| put_in(&lab, customer, &family));
    each(&customers, |customer| the_report_is_masked(&lab, customer));
    add(&lab, &family, "domain", SHARED_HOST, "c2");
    for partner in [&lab, &line] {
        judge(partner, &family);
    }
    operator.run(&["admin", "release", "publish"]).ok();

    let read = everything_readable(&server, &customers);
    let whole = |name: &str| &read.iter().find(|(path, _)| path == name).unwrap().1;
    assert_eq!(whole("/feeds/v1/hosts"), format!("{SHARED_HOST}\n").as_bytes());
    let set = IndicatorSet::from_bytes(whole("bundle: indicators.bin")).unwrap();
    let released: Vec<_> = set.iter().map(|entry| entry.value).collect();
    assert_eq!(released, [SHARED_HOST], "what the family shares, and nothing else");
    let shared = hex::encode(&asked_by("domain", SHARED_HOST)[..8]);
    assert_eq!(hex::encode(&whole("/feeds/v1/filter.bin")[12..20]), shared);
    assert_eq!(whole("/feeds/v1/filter.bin")[8..12], [0, 0, 0, 1], "no truncated hash but its own");
    for (path, bytes) in &read {
        let text = String::from_utf8_lossy(bytes);
        for customer in &customers {
            for mark in customer.marks() {
                assert!(!text.contains(&mark), "{path} holds {mark}");
            }
        }
    }
    let preview = operator.run(&["admin", "release", "preview", "--json"]).ok();
    let preview: Value = serde_json::from_str(&preview).unwrap();
    let left_out = preview["left_out"].as_array().unwrap();
    assert_eq!(left_out.len(), 5 * CUSTOMERS);
    assert!(left_out.iter().all(|row| row["reason"] == "held"), "{:#}", left_out[0]);
    assert!(server.stop().success());
}

fn each(customers: &[Customer], of: impl Fn(&Customer) + Sync) {
    thread::scope(|scope| {
        for part in customers.chunks(customers.len().div_ceil(SENDERS)) {
            scope.spawn(|| part.iter().for_each(&of));
        }
    });
}

/// The sample, and an indicator for whatever an indicator can say of it.
fn put_in(client: &Client, customer: &Customer, family: &str) {
    let submitted =
        client.post_bytes("/api/v1/samples", "application/octet-stream", &customer.bytes);
    submitted.expect(202);
    add(client, family, "package", &customer.package, "app");
    add(client, family, "certificate_sha1", &customer.certificate_sha1, "app");
    add(client, family, "certificate_sha256", &customer.certificate_sha256, "app");
    add(client, family, "file_sha256", &customer.sha256, "sample");
    let url = format!("https://{SHARED_HOST}/device/{}", customer.uuid);
    add(client, family, "url", &url, "c2");
}

fn add(client: &Client, family: &str, kind: &str, value: &str, role: &str) {
    let body = json!({
        "kind": kind, "value": value, "role": role, "tlp": "CLEAR", "source": "own analysis",
    });
    client.post(&format!("/api/v1/families/{family}/indicators"), &body).expect(201);
}

/// Partners read the report: it names the app, and not who it was built for.
fn the_report_is_masked(client: &Client, customer: &Customer) {
    let report = client.report(&customer.sha256);
    let text = report.expect(200).text();
    assert!(text.contains(&customer.package) && text.contains(SHARED_HOST), "{text}");
    for mark in [&customer.email, &customer.uuid, &customer.pairing_code] {
        assert!(!text.contains(mark), "{mark}: {text}");
    }
    assert!(text.contains("masked, for it may belong to one installation"), "{text}");
}

fn judge(client: &Client, family: &str) {
    for criterion in ["tracks", "hides_itself", "offered_to_individuals"] {
        let opinion = json!({
            "criterion": criterion,
            "stance": "holds",
            "evidence": [{"kind": "capability", "value": "location", "place": "sample"}],
        });
        client.post(&format!("/api/v1/families/{family}/opinions"), &opinion).expect(201);
    }
}

/// What a value is looked up by, without saying which it is.
fn asked_by(kind: &str, value: &str) -> Vec<u8> {
    Sha256::digest(format!("{kind}:{value}")).to_vec()
}

/// Every address that answers without an account, whatever it answers.
fn everything_readable(server: &Exchange, customers: &[Customer]) -> Vec<(String, Vec<u8>)> {
    let nobody = server.client();
    let index = nobody.get("/feeds/v1/index.json");
    let index = index.expect(200).json();
    let files = index["files"].as_array().unwrap().iter();
    let mut paths: Vec<String> =
        files.map(|file| format!("/feeds/v1/{}", file["name"].as_str().unwrap())).collect();
    for other in FEEDS_BESIDE {
        paths.push(format!("/feeds/v1/{other}"));
    }
    for customer in customers.iter().take(LOOKED_UP) {
        for (kind, value) in [("package", &customer.package), ("file_sha256", &customer.sha256)] {
            let asked = hex::encode(asked_by(kind, value));
            paths.push(format!("/api/v1/lookup/{kind}/{}", &asked[..4]));
        }
    }
    let others = [
        "/",
        "/healthz",
        "/nothing",
        "/taxii2/",
        "/public/",
        "/public/collections/",
        "/public/collections/public-strict/manifest/",
        "/public/collections/public-strict/objects/",
        "/public/collections/public-mvt/objects/",
        "/partners/collections/",
        "/partners/collections/partners/objects/",
        "/api/v1/docs",
        "/api/v1/changes?after=0",
        "/portal/",
        "/portal/sign-in",
        "/portal/search?q=quilt0001",
        "/portal/held",
        "/portal/indicators/1",
        "/portal/releases",
        "/portal/assets/portal.js",
        "/portal/assets/portal.css",
        "/api/v1/search?q=quilt0001",
        "/api/v1/values/held",
        "/api/v1/indicators/1",
        "/api/v1/recalls",
        "/api/v1/releases/preview",
        "/api/v1/samples",
        "/api/v1/sightings",
    ];
    paths.extend(others.map(str::to_owned));
    let mut read: Vec<_> =
        paths.into_iter().map(|path| (path.clone(), nobody.get(&path).body)).collect();
    let bundle = read.iter().find(|(path, _)| path == "/feeds/v1/bundle").unwrap().1.clone();
    let mut archive = ZipArchive::new(Cursor::new(bundle)).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    for name in [INDEX_NAME, SIGNATURE_NAME, INDICATORS_NAME] {
        assert!(names.iter().any(|held| held == name), "{names:?}");
    }
    for name in names {
        let mut bytes = Vec::new();
        archive.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
        read.push((format!("bundle: {name}"), bytes));
    }
    read
}
