//! Recalls: what `update` says of them, and what a check of a phone that they concern says.

use serde_json::{Value, json};
use unwatched_fixtures::phone::{App, ordinary};
use unwatched_model::recall::Recalled;

use crate::desk::Desk;
use crate::releases::Publisher;

fn recalled(kind: &str, value: &str, why: &str) -> Recalled {
    Recalled {
        kind: kind.to_owned(),
        value: value.to_owned(),
        family: "watch-alpha".to_owned(),
        recalled: "2026-11-19T10:00:00Z".parse().unwrap(),
        why: why.to_owned(),
    }
}

fn desk(package: &str) -> Desk {
    let publisher = Publisher::new();
    let mut desk = Desk::new();
    desk.put("key.pub", publisher.key());
    desk.redact(publisher.key_line(), "KEY");
    desk.put("release-1", publisher.bundle(1, "2026-11-01", package));
    let recalls = vec![
        recalled("package", package, "another maker's\u{202e} app has this name"),
        recalled("kind_of_later", "x", "later"),
        recalled("domain", "watch.example", "an ordinary site"),
    ];
    desk.put(
        "release-2",
        publisher.bundle_recalling(2, "2026-11-20", "com.watch.alpha.example", recalls),
    );
    let phone = ordinary().app(App::new(package));
    phone.write_android_qf(&desk.path("phone")).unwrap();
    desk
}

#[test]
fn a_recall_is_said_at_the_update_and_beside_the_findings() {
    let mut desk = desk("com.quilt.notes.example");
    desk.run("update @release-1 --key @key.pub", 0);
    let before: Value = serde_json::from_str(&desk.run_for_talk("check @phone --json", 0)).unwrap();
    assert_eq!(before["recalls"], json!([]));
    assert_eq!(before["findings"].as_array().unwrap().len(), 1);
    desk.run("update @release-2", 0);
    // What was said once is not said again.
    desk.run("update @release-2", 0);

    let after: Value = serde_json::from_str(&desk.run_for_talk("check @phone --json", 0)).unwrap();
    assert_eq!(after["findings"], json!([]), "no indicator names it any more");
    assert_eq!(
        after["recalls"],
        json!([{
            "kind": "package",
            "value": "com.quilt.notes.example",
            "family": "watch-alpha",
            "family_name": "Watch Alpha",
            "recalled": "2026-11-19T10:00:00Z",
            "why": "another maker's\u{202e} app has this name",
            "present": true,
        }])
    );
    let text = desk.run_for_talk("check @phone --html @page.html", 0);
    for said in [text, std::fs::read_to_string(desk.path("page.html")).unwrap()] {
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = words.replace("<bdi>", "").replace("</bdi>", "");
        let expected = "An earlier release listed the app name com.quilt.notes.example for Watch \
                        Alpha by mistake (recalled on 2026-11-19: another maker";
        assert!(words.contains(expected), "{words}");
        assert!(words.contains("look at that case again"), "{words}");
        assert!(words.contains("says nothing about what it can do"), "{words}");
        assert!(!words.contains('\u{202e}'));
        for relief in ["clean", "harmless", "false alarm"] {
            assert!(!words.to_lowercase().contains(relief), "{relief}: {words}");
        }
    }
    desk.expect("a_recall.txt");
}

/// A dating app that was listed by mistake is not named to whoever looks over the shoulder.
#[test]
fn a_private_app_stays_unnamed() {
    let private = "com.tinder";
    let mut desk = desk(private);
    desk.run("update @release-1 --key @key.pub", 0);
    desk.run("update @release-2", 0);
    let result = desk.run_for_talk("check @phone --json", 0);
    assert!(!result.contains(private), "{result}");
    let met = &serde_json::from_str::<Value>(&result).unwrap()["recalls"][0];
    assert_eq!(
        (&met["kind"], &met["value"], &met["why"]),
        (&json!("package"), &json!(null), &json!(null))
    );
    let text = desk.run_for_talk("check @phone", 0);
    assert!(!text.contains(private), "{text}");
    assert!(text.contains("whose name stays private here"), "{text}");
}
