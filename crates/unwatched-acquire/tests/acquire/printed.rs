//! The page, the text and the JSON: what they always say, and what they never say.

use unwatched_device::result::{CheckResult, Subject};
use unwatched_device::{Indicators, report};
use unwatched_fixtures::never_said::found_in;
use unwatched_fixtures::phone::{App, ordinary, unlisted_watcher};
use unwatched_model::class::Class;
use unwatched_model::indicator::IndicatorKind::{
    CertificateOrganisation, CertificateSha1, Package,
};
use unwatched_model::text::is_deceptive;

use super::{check_android_qf, check_bugreport, check_bytes, now, set, tool};

const SHA1: &str = "0123456789abcdef0123456789abcdef01234567";

fn results() -> Vec<CheckResult> {
    let set = set(&[
        (
            "Watch Alpha",
            Class::Stalkerware,
            &[(Package, "com.watch.alpha"), (CertificateSha1, SHA1)],
        ),
        ("Open Family", Class::DualUse, &[(Package, "com.open.family")]),
        ("Disputed One", Class::Disputed, &[(Package, "com.open.family")]),
        ("Watchware", Class::Watchware, &[(Package, "com.watch.ware")]),
    ]);
    let phone = ordinary()
        .global_setting("package_verifier_enable", "0")
        .global_setting("adb_wifi_enabled", "1")
        .app(App::new("com.watch.alpha").certificate_sha1(SHA1))
        .app(App::new("com.renamed").certificate_sha1(SHA1))
        .app(App::new("com.unverified").certificate_sha1(SHA1).unverified())
        .app(App::new("com.open.family").accessibility())
        .app(App::new("com.watch.ware").removed())
        .app(App::new("com.android.syncservice").sideloaded())
        .app(App::new("com.moved").initiated_by("com.example.mover"))
        .app(App::new("com.example.emm").device_owner().profile_owner(10))
        .app(unlisted_watcher("com.quiet.omega"));
    let text = phone.bugreport_text();
    vec![
        check_android_qf(&phone, Some(&set)),
        check_android_qf(&phone, None),
        check_bugreport(&phone, Some(&set)),
        check_bugreport(&ordinary(), Some(&set)),
        check_bugreport(&ordinary(), None),
        check_bytes(&text.as_bytes()[..text.len() / 2], Some(&set)),
    ]
}

fn outputs(result: &CheckResult) -> [String; 3] {
    [report::html(result), report::text(result), serde_json::to_string_pretty(result).unwrap()]
}

#[test]
fn no_output_says_what_is_never_said() {
    for result in results() {
        for output in outputs(&result) {
            assert_eq!(found_in(&output, "en"), None);
        }
    }
    for rule in unwatched_device::catalogue::catalogue().rules() {
        let signal = rule.signal(&[], String::new());
        let said = format!("{} {} {}", signal.fact, signal.why, signal.innocent);
        assert_eq!(found_in(&said, "en"), None, "rule {}", rule.id);
    }
}

#[test]
fn every_sentence_of_a_rule_is_filled_in() {
    for result in results() {
        for signal in result.findings.iter().flat_map(|finding| &finding.signals) {
            assert!(!signal.fact.contains(['{', '}']), "{}", signal.fact);
            assert!(!signal.source.is_empty() && !signal.why.is_empty());
            assert!(!signal.innocent.is_empty());
        }
    }
}

#[test]
fn every_page_lists_what_could_not_be_checked_and_how_old_the_indicators_are() {
    for result in results() {
        let [html, text, _] = outputs(&result);
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for check in &result.checks {
            assert!(flat.contains(&check.title), "{}", check.title);
            assert!(html.contains(&check.title.replace('\'', "&#39;")), "{}", check.title);
        }
        let age = if result.indicators.is_some() { "12 days old" } else { "No indicators" };
        assert!(html.contains(age) && flat.contains(age));
        assert!(flat.contains("may tell the person who installed it"));
    }
}

#[test]
fn an_empty_result_is_a_screen_of_its_own_that_consoles_nobody() {
    let result = check_bugreport(&ordinary(), None);
    assert_eq!(result.findings, []);
    let [html, text, _] = outputs(&result);
    for page in [&html, &text] {
        assert!(page.contains("The question is still open"));
        assert!(page.contains("believe that"));
        assert!(!page.contains(['✓', '✔', '✅']));
        assert!(!page.contains("Findings") && !page.contains("green"));
    }
    let accounts = html.find("through accounts").unwrap();
    assert!(accounts < html.find("What was looked for").unwrap());
}

#[test]
fn settings_alone_leave_the_question_as_open() {
    let result = check_bugreport(&ordinary().global_setting("package_verifier_enable", "0"), None);
    assert_eq!(result.findings.len(), 1);
    let [html, text, _] = outputs(&result);
    for page in [&html, &text] {
        assert!(page.contains("The question is still open") && page.contains("Findings"));
        assert!(page.contains("through accounts"));
    }
    let [with_app, ..] = outputs(&results()[0]);
    assert!(!with_app.contains("The question is still open"));
}

#[test]
fn no_output_gives_away_what_belongs_to_the_survivor() {
    for result in results() {
        for output in outputs(&result) {
            for secret in ["MADEUPSERIAL", "com.vendor3.app3", "com.whatsapp", "2026-01-05"] {
                assert!(!output.contains(secret), "{secret} in {output}");
            }
        }
    }
}

#[test]
fn a_page_needs_nothing_from_anywhere() {
    for result in results() {
        let html = report::html(&result);
        for outside in ["http://", "https://", "src=", "href=", "@import", "url(", "<script"] {
            assert!(!html.contains(outside), "{outside}");
        }
    }
}

#[test]
fn what_an_app_calls_itself_cannot_write_into_the_page() {
    let phone = ordinary().model("<script>alert(1)</script>", "\"><img>");
    let html = report::html(&check_bugreport(&phone, None));
    assert!(!html.contains("<script") && !html.contains("<img"));
}

#[test]
fn what_would_turn_or_hide_words_is_seen_and_kept_apart() {
    let set = set(&[(
        "Watch \u{200b}عائلة",
        Class::Stalkerware,
        &[(Package, "com.watch.alpha"), (CertificateOrganisation, "A\u{202e}B")],
    )]);
    let phone = ordinary()
        .model("Test\u{202e}Co", "TC-\u{2060}1")
        .app(App::new("com.watch.alpha"))
        .app(App::new("com.watch.beta").certificate_subject("CN=x,O=A\u{202e}B"));
    let mut result = check_android_qf(&phone, Some(&set));
    // No list of packages gives such a name; the page does not lean on that.
    let alpha = result.findings.iter_mut().find(|f| f.subject.name() == "com.watch.alpha").unwrap();
    alpha.subject = Subject::Package("com.watch.\u{202e}ahpla".to_owned());
    let [html, text, _] = outputs(&result);
    for page in [&html, &text] {
        assert!(!page.contains(|c| c != '\n' && is_deceptive(c)), "{page}");
        for seen in ["com.watch.\u{fffd}ahpla", "Test\u{fffd}Co TC-\u{fffd}1", "A\u{fffd}B"] {
            assert!(page.contains(seen), "{seen} in {page}");
        }
    }
    for name in ["com.watch.\u{fffd}ahpla", "Watch \u{fffd}عائلة", "Test\u{fffd}Co TC-\u{fffd}1"]
    {
        let apart = format!("<bdi>{name}</bdi>");
        assert!(html.contains(&apart), "{html}");
        assert!(!html.replace(&apart, "").contains(name), "everywhere: {html}");
    }
}

#[test]
fn a_clock_behind_the_release_is_said_to_be_wrong() {
    let set = set(&[("Watch Alpha", Class::Stalkerware, &[(Package, "com.watch.alpha")])]);
    let check = |published: &str, age_days: i64, says: &str| {
        let published = published.parse().unwrap();
        let indicators = Indicators { set: &set, sequence: 7, published, recalls: &[] };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), ordinary().bugreport_zip()).unwrap();
        let mut evidence = unwatched_acquire::open(file.path()).unwrap();
        let result =
            unwatched_device::check(&mut *evidence, Some(&indicators), now(), tool(), &mut |_| {});
        assert_eq!(result.indicators.as_ref().unwrap().age_days, age_days);
        let [html, text, _] = outputs(&result);
        for page in [html, text] {
            let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(says), "{published}: {flat}");
            assert_eq!(flat.contains("published today"), age_days == 0, "{flat}");
        }
    };
    check("2026-02-01T20:00:00Z", 0, "published today");
    check("2026-02-04T09:30:00Z", -3, "nobody can say how old these indicators are");
}

#[test]
fn a_recall_of_an_app_that_is_gone_says_so() {
    let set = set(&[("Watch Alpha", Class::Stalkerware, &[(Package, "com.watch.alpha")])]);
    let recalled = |value: &str| unwatched_model::recall::Recalled {
        kind: "package".to_owned(),
        value: value.to_owned(),
        family: "watch-alpha".to_owned(),
        recalled: now(),
        why: "another app".to_owned(),
    };
    let recalls = [recalled("com.example.here"), recalled("com.example.gone")];
    let published = "2026-01-20T00:00:00Z".parse().unwrap();
    let indicators = Indicators { set: &set, sequence: 7, published, recalls: &recalls };
    let phone =
        ordinary().app(App::new("com.example.here")).app(App::new("com.example.gone").removed());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), phone.bugreport_zip()).unwrap();
    let mut evidence = unwatched_acquire::open(file.path()).unwrap();
    let result =
        unwatched_device::check(&mut *evidence, Some(&indicators), now(), tool(), &mut |_| {});
    for met in &result.recalls {
        assert_eq!(met.present, met.value.as_deref() == Some("com.example.here"));
    }
    let text = outputs(&result)[1].split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(text.matches("it is not on the phone any more").count(), 1, "{text}");
}

#[test]
fn a_class_is_said_of_the_family_and_of_an_app_only_where_it_was_recognised() {
    let check = |class, app: App, kind: &str, family: &str| {
        let set = set(&[("Watch Alpha", class, &[(Package, "com.a"), (CertificateSha1, SHA1)])]);
        let result = check_android_qf(&ordinary().app(app), Some(&set));
        let [html, text, _] = outputs(&result);
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(&format!("Watch Alpha ({kind})")), "{flat}");
        assert!(html.contains(&format!("This is about {kind}.")), "{html}");
        assert!(flat.contains(&format!("Watch Alpha {family}")), "{flat}");
    };
    let by_name = || App::new("com.a");
    let known = || App::new("com.a").certificate_sha1(SHA1);
    let plain = "an app on the phone";
    let dual = "is listed as dual use: it has a legitimate main purpose";
    check(Class::DualUse, known(), "an app that can be turned against somebody", dual);
    check(Class::DualUse, by_name(), plain, dual);
    check(Class::Watchware, known(), plain, "is listed as watchware");
    check(Class::Disputed, known(), plain, "is disputed");
    check(Class::Stalkerware, known(), plain, "is listed as stalkerware");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let twice = || results().iter().flat_map(outputs).collect::<String>();
    assert_eq!(twice(), twice());
}

#[test]
fn the_json_has_the_fields_of_the_contract() {
    let result = &results()[0];
    let json: serde_json::Value = serde_json::to_value(result).unwrap();
    let keys = |value: &serde_json::Value| {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys.join(" ")
    };
    assert_eq!(keys(&json), "background_count checks device findings indicators recalls tool");
    assert_eq!(keys(&json["indicators"]), "age_days count published sequence");
    assert_eq!(keys(&json["device"]), "model os_version platform");
    assert_eq!(keys(&json["checks"][0]), "id outcome why");
    let findings = json["findings"].as_array().unwrap();
    let finding = findings.iter().find(|f| f["id"] == "app:com.watch.alpha").unwrap();
    assert_eq!(
        keys(finding),
        "band class family family_name id identity kind other_families score signals subject"
    );
    assert_eq!(keys(&finding["signals"][0]), "fact innocent rule source weight why");
    assert_eq!(
        finding["identity"],
        serde_json::json!({"by": "package_and_certificate", "role": "app"})
    );
    assert_eq!(finding["subject"], serde_json::json!({"package": "com.watch.alpha"}));
    assert_eq!(json["indicators"]["age_days"], 12);
}
