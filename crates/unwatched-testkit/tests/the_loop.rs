//! The whole loop with real processes: the community's indicators and an unknown app go into the
//! exchange, two partners judge it, a release goes out, and the checker finds it on a phone.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use unwatched_fixtures::apk::gallery::{GalleryApp, unknown_stalkerware_like};
use unwatched_fixtures::phone::{self, App, PhoneBuilder};
use unwatched_formats::release::{INDEX_NAME, INDICATORS_NAME, SIGNATURE_NAME, write_bundle};
use unwatched_model::set::SetBuilder;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::postgres;
use unwatched_testkit::{Checker, Client, Exchange, TemporaryPostgres, community_data};
use zip::ZipArchive;

#[test]
fn the_loop_on_sqlite() {
    let folder = TempDir::new().unwrap();
    let operator = Operator::new(&folder.path().join("data"));
    walk(&operator, folder.path());
}

#[test]
fn the_loop_on_postgresql() {
    if let Err(notice) = postgres::available() {
        eprintln!("{notice}");
        return;
    }
    let server = TemporaryPostgres::start().unwrap();
    let name = format!("the_loop_{}", std::process::id());
    server.create_database(&name).unwrap();
    let folder = TempDir::new().unwrap();
    let operator = Operator::new(&folder.path().join("data")).with_database(&server.url(&name));
    walk(&operator, folder.path());
    server.drop_database(&name).unwrap();
}

fn walk(operator: &Operator, folder: &Path) {
    let community = community_data();
    operator.run(&["import", "community", community.to_str().unwrap()]).ok();
    let vendor = join(operator, "watch-lab", "vendor");
    let support = join(operator, "north-line", "support");
    let server = operator.serve();
    let app = unknown_stalkerware_like(7);

    let (vendor, support) = partners(&server, &vendor, &support);
    the_report_shows_what_the_app_can_do(&vendor, &app);
    let family = a_family_with_indicators(&vendor, &app);
    two_partners_judge(&vendor, &support, &family);
    what_one_partner_has_is_held_until_another_has_it(operator, &vendor, &support, &family, &app);

    operator.run(&["admin", "release", "publish"]).ok();
    let first = download(&server, folder, "first");
    for partner in [&vendor, &support] {
        add_indicator(partner, &family, "domain", "later.lantern-quill.example", "website");
    }
    operator.run(&["admin", "release", "publish"]).ok();
    let second = download(&server, folder, "second");

    let checker = Checker::new();
    only_the_newest_unchanged_release_is_installed(&checker, &first, &second, folder);
    the_checker_finds_it(&checker, &app, &family, folder);
    assert!(server.stop().success(), "it drains and ends well");
}

/// A partner with a user and a token, made as an operator would.
fn join(operator: &Operator, partner: &str, category: &str) -> String {
    let token = operator.join(partner, category, "analyst");
    let email = format!("analyst@{partner}.example");
    let user = ["admin", "user", "add", "--partner", partner, "--email", &email];
    let user = [&user[..], &["--role", "analyst"]].concat();
    operator.run_with(&user, "a long made-up password\n").ok();
    token
}

fn partners(server: &Exchange, vendor: &str, support: &str) -> (Client, Client) {
    let nobody = server.client();
    nobody.get("/healthz").expect(200);
    let refused = nobody.get("/api/v1/search?q=watch");
    refused.expect(401);
    assert_eq!(refused.media_type, "application/problem+json");
    (nobody.with_token(vendor), nobody.with_token(support))
}

fn the_report_shows_what_the_app_can_do(client: &Client, app: &GalleryApp) {
    let bytes = app.bytes();
    let submitted = client.post_bytes("/api/v1/samples", "application/octet-stream", &bytes);
    submitted.expect(202);
    let sha256 = hex(&bytes);
    assert_eq!(submitted.location, Some(format!("/api/v1/samples/{sha256}")));

    let answer = client.report(&sha256);
    let report = answer.expect(200).json();
    assert_eq!(report["package"], app.package);
    assert_eq!(report["label"], app.label);
    let certificate = &report["certificates"][0];
    assert_eq!(certificate["sha256"], app.certificate_sha256().to_string());
    assert_eq!(certificate["verified"], true, "its signature was checked");
    let capabilities = report["capabilities"].as_array().unwrap();
    for id in ["keys_accessibility", "messages_notifications", "messages_sms", "location"] {
        let capability = capabilities.iter().find(|capability| capability["id"] == id);
        let capability = capability.unwrap_or_else(|| panic!("{id} is not in {report:#}"));
        assert_eq!(capability["support"], "supported", "{capability:#}");
        let evidence = capability["evidence"].as_array().unwrap();
        assert!(evidence.iter().any(|piece| piece["tier"] == "declared"), "{capability:#}");
        let has_place = |piece: &Value| !piece["place"].as_str().unwrap().is_empty();
        assert!(evidence.iter().all(has_place), "{capability:#}");
    }
    let found = client.get(&format!("/api/v1/search?q={}", app.package));
    let found = found.expect(200).json();
    assert_eq!(found["results"][0]["id"], sha256, "{found:#}");
}

fn a_family_with_indicators(client: &Client, app: &GalleryApp) -> String {
    let asked = json!({"name": "Lantern Quill", "aliases": ["Quill Guard"], "platform": "android"});
    let created = client.post("/api/v1/families", &asked).expect(201).json();
    let family = created["id"].as_str().expect("an id").to_owned();
    name_the_app(client, &family, app);
    family
}

fn name_the_app(client: &Client, family: &str, app: &GalleryApp) {
    let certificate = app.certificate_sha256().to_string();
    add_indicator(client, family, "package", &app.package, "app");
    add_indicator(client, family, "certificate_sha256", &certificate, "app");
}

/// A maker may build one app per customer: until the second partner has the same package and
/// certificate, neither would go out.
fn what_one_partner_has_is_held_until_another_has_it(
    operator: &Operator,
    vendor: &Client,
    support: &Client,
    family: &str,
    app: &GalleryApp,
) {
    let left_out = || {
        let preview = operator.run(&["admin", "release", "preview", "--json"]).ok();
        let preview: Value = serde_json::from_str(&preview).unwrap();
        let rows = preview["left_out"].as_array().unwrap().clone();
        rows.into_iter().filter(|row| row["family"] == family).collect::<Vec<_>>()
    };
    let held = left_out();
    assert_eq!(held.len(), 2, "{held:#?}");
    assert!(held.iter().all(|row| row["reason"] == "held"), "{held:#?}");
    let listed = vendor.get(&format!("/api/v1/families/{family}/indicators")).expect(200).json();
    assert_eq!(listed["indicators"][0]["held"]["held"], true, "{listed:#}");
    name_the_app(support, family, app);
    assert_eq!(left_out(), Vec::<Value>::new());
}

fn add_indicator(client: &Client, family: &str, kind: &str, value: &str, role: &str) {
    let source = "watch-lab, by hand";
    let indicator =
        json!({"kind": kind, "value": value, "role": role, "tlp": "CLEAR", "source": source});
    client.post(&format!("/api/v1/families/{family}/indicators"), &indicator).expect(201);
}

fn two_partners_judge(vendor: &Client, support: &Client, family: &str) {
    let verdict = || vendor.get(&format!("/api/v1/families/{family}/verdict")).expect(200).json();
    for (partner, expected) in [(vendor, "undecided"), (support, "stalkerware")] {
        for criterion in ["tracks", "hides_itself", "offered_to_individuals"] {
            let evidence = json!([{"kind": "capability", "value": "location", "place": "sample"}]);
            let opinion = json!({
                "criterion": criterion,
                "stance": "holds",
                "evidence": evidence,
                "scope": {"platform": "android"},
                "note": "seen in the sample"
            });
            let path = format!("/api/v1/families/{family}/opinions");
            partner.post(&path, &opinion).expect(201);
        }
        assert_eq!(verdict()["class"], expected);
    }
    let verdict = verdict();
    assert_eq!(verdict["family"], family);
    assert_eq!(verdict["rule_version"], 2);
    assert_eq!(verdict["opinions"].as_array().unwrap().len(), 6);
    let states = verdict["criteria"].as_array().unwrap();
    let held: Vec<_> = states.iter().filter(|criterion| criterion["state"] == "holds").collect();
    assert_eq!(held.len(), 3, "{verdict:#}");
}

/// What a helper's browser would have saved.
struct Downloaded {
    bundle: PathBuf,
    key: PathBuf,
}

fn download(server: &Exchange, folder: &Path, name: &str) -> Downloaded {
    let anybody = server.client();
    let get = |file: &str| {
        let answer = anybody.get(&format!("/feeds/v1/{file}"));
        answer.expect(200);
        answer.body
    };
    let index: Value = serde_json::from_slice(&get("index.json")).unwrap();
    for file in index["files"].as_array().unwrap() {
        let bytes = get(file["name"].as_str().unwrap());
        assert_eq!(file["size_bytes"], bytes.len(), "{file}");
        assert_eq!(file["sha256"], hex(&bytes), "{file}");
    }
    let put = |file: &str| {
        let path = folder.join(format!("{name}-{file}"));
        fs::write(&path, get(file)).unwrap();
        path
    };
    Downloaded { bundle: put("bundle"), key: put("key.pub") }
}

fn only_the_newest_unchanged_release_is_installed(
    checker: &Checker,
    first: &Downloaded,
    second: &Downloaded,
    folder: &Path,
) {
    let said = checker.update(&first.bundle, None).refused(4);
    assert!(said.contains("--key"), "the first update asks for the key: {said}");
    checker.update(&first.bundle, Some(&first.key)).ok();

    for (changed, says) in changed_by_somebody(&second.bundle) {
        let tampered = folder.join("tampered");
        fs::write(&tampered, changed).unwrap();
        let said = checker.update(&tampered, None).refused(4);
        assert!(said.contains(says), "{said}");
    }

    checker.update(&second.bundle, None).ok();
    let said = checker.update(&first.bundle, None).refused(4);
    assert!(said.contains("older"), "{said}");
}

/// What somebody would do who wants an app to be unlisted: other indicators, and then an index that
/// lists them, which the exchange never signed.
fn changed_by_somebody(bundle: &Path) -> [(Vec<u8>, &'static str); 2] {
    let mut archive = ZipArchive::new(fs::File::open(bundle).unwrap()).unwrap();
    let mut part = |name: &str| {
        let mut text = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut text).unwrap();
        text
    };
    let [index, signature, indicators] =
        [INDEX_NAME, SIGNATURE_NAME, INDICATORS_NAME].map(&mut part);
    let signature = String::from_utf8(signature).unwrap();
    let emptied = SetBuilder::new().build().to_bytes();
    let fitting = String::from_utf8(index.clone())
        .unwrap()
        .replace(&hex(&indicators), &hex(&emptied))
        .replace(&format!(": {}", indicators.len()), &format!(": {}", emptied.len()));
    [
        (write_bundle(&index, &signature, &emptied), "not those its index lists"),
        (write_bundle(fitting.as_bytes(), &signature, &emptied), "changed after it was signed"),
    ]
}

fn hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

const UNLISTED: &str = "com.unlisted.watcher.example";

/// An ordinary phone on which the app of the family lies with nothing switched on, and beside it
/// an app that nobody lists, with everything switched on.
fn a_phone(app: &GalleryApp) -> PhoneBuilder {
    let listed = App::new(&app.package)
        .sideloaded()
        .certificate_sha1(&app.certificate_sha1().to_string())
        .certificate_sha256(&app.certificate_sha256().to_string());
    phone::ordinary().app(listed).app(phone::unlisted_watcher(UNLISTED))
}

fn the_checker_finds_it(checker: &Checker, app: &GalleryApp, family: &str, folder: &Path) {
    let phone = a_phone(app);
    let acquisition = folder.join("androidqf");
    phone.write_android_qf(&acquisition).unwrap();
    let result = checker.check(&acquisition);
    assert_eq!(result["indicators"]["sequence"], 2, "{result:#}");
    assert_eq!(result["indicators"]["age_days"], 0);
    let [known] = findings(&result, "known")[..] else { panic!("one known app: {result:#}") };
    assert_eq!(known["kind"], "installed");
    assert_eq!(known["subject"], json!({"package": app.package}));
    assert_eq!(known["family"], family);
    assert_eq!(known["class"], "stalkerware");
    let identity = json!({"by": "package_and_certificate", "role": "app"});
    assert_eq!(known["identity"], identity);
    the_unlisted_one_has_strong_signs(&result);

    let bugreport = folder.join("bugreport.zip");
    fs::write(&bugreport, phone.bugreport_zip()).unwrap();
    let result = checker.check(&bugreport);
    let listed = finding(&result, &app.package);
    assert_eq!(listed["band"], "needs_expert_look");
    assert_eq!(listed["family"], family);
    assert_eq!(listed["identity"], json!({"by": "package_name", "role": "app"}));
    let said = listed["signals"][0]["fact"].as_str().unwrap();
    assert!(said.contains("by name only"), "{said}");
    assert!(findings(&result, "known").is_empty(), "{result:#}");
    the_unlisted_one_has_strong_signs(&result);
}

fn the_unlisted_one_has_strong_signs(result: &Value) {
    let [strong] = findings(result, "strong_signs")[..] else { panic!("one app: {result:#}") };
    assert_eq!(strong["subject"], json!({"package": UNLISTED}));
    assert_eq!((&strong["family"], &strong["identity"]), (&Value::Null, &Value::Null));
    let signals = strong["signals"].as_array().unwrap();
    let rules: Vec<_> = signals.iter().filter_map(|signal| signal["rule"].as_str()).collect();
    for (rule, what) in [
        ("P2", "device administrator"),
        ("P3", "accessibility"),
        ("P4", "notification listener"),
        ("C1", "no launcher icon"),
        ("O1", "not from a store"),
    ] {
        assert!(rules.contains(&rule), "{what}: {strong:#}");
    }
}

fn findings<'r>(result: &'r Value, band: &str) -> Vec<&'r Value> {
    let all = result["findings"].as_array().expect("a check has findings");
    all.iter().filter(|finding| finding["band"] == band).collect()
}

/// The one finding about an app.
#[track_caller]
fn finding<'r>(result: &'r Value, package: &str) -> &'r Value {
    let all = result["findings"].as_array().expect("a check has findings");
    let about = |finding: &&Value| finding["subject"]["package"] == package;
    let [finding] = all.iter().filter(about).collect::<Vec<_>>()[..] else {
        panic!("one finding about {package}: {result:#}")
    };
    finding
}
