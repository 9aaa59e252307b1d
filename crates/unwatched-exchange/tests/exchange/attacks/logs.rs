//! What is sent ends up in no line of the log that it begins, and in none at all where it names
//! somebody.

use serde_json::json;
use unwatched_testkit::exchange::Operator;

use super::{FORM, quoted};

/// Ends a line, colours it, turns it around.
const ENDS: &str = "\r\n\u{2028}\u{2029}\u{85}\u{1b}[31m\u{202e}\u{0}2026-01-01T00:00:00.000000Z  INFO forged: line";

#[test]
fn a_line_of_the_log_is_the_exchanges_own() {
    for form in ["text", "json"] {
        let folder = tempfile::tempdir().unwrap();
        let filter = "info,unwatched_exchange=trace,unwatched_store=trace,tower_http=trace";
        let operator =
            Operator::new(folder.path()).with("RUST_LOG", filter).with("UNWATCHED_LOG", form);
        operator.run(&["admin", "partner", "add", "example-lab", "--category", "vendor"]).ok();
        let token =
            ["admin", "token", "create", "--partner", "example-lab", "--role", "coordinator"];
        let token = operator.run(&token).ok().trim().to_owned();
        let mut serving = operator.serve();
        let base = serving.base().to_owned();
        let client = serving.client().with_token(&token);
        let ends = quoted(ENDS);
        for path in [
            format!("/api/v1/samples/{ends}"),
            format!("/api/v1/families/{ends}"),
            format!("/api/v1/search?q={ends}survivor"),
            format!("/api/v1/audit?object={ends}"),
            format!("/api/v1/jobs/{ends}"),
            format!("/feeds/v1/{ends}"),
            format!("/samples/{ends}"),
            format!("/portal/{ends}"),
            format!("/{ends}"),
        ] {
            client.get(&path);
        }
        for (path, body) in [
            ("/api/v1/families", json!({ "name": ENDS })),
            ("/api/v1/families", json!({ "name": "Watch Alpha", "aliases": [ENDS] })),
            ("/api/v1/families", json!({ ENDS: ENDS })),
            ("/api/v1/keys", json!({ "label": ENDS, "role": ENDS, "scopes": ENDS })),
            ("/api/v1/groups", json!({ "slug": ENDS, "name": ENDS })),
        ] {
            client.post(path, &body);
        }
        let file = ureq::post(format!("{base}/api/v1/samples"))
            .header("authorization", format!("Bearer {token}"))
            .header("x-file-name", "anna-survivor.apk")
            .header("user-agent", "agent-survivor\u{7f}".trim_end_matches('\u{7f}'))
            .header("x-forwarded-for", "203.0.113.77")
            .send(&b"PK\x03\x04 no app"[..])
            .unwrap();
        let sample = file.headers()["location"].to_str().unwrap().to_owned();
        client.get(&format!("{sample}/events"));
        let sign_in = format!(
            "email={}&password={}&next={ends}",
            quoted(&format!("survivor@lab.example{ENDS}")),
            quoted("secretword of survivor")
        );
        let _ = ureq::post(format!("{base}/portal/sign-in"))
            .config()
            .http_status_as_error(false)
            .build()
            .header(FORM.0, FORM.1)
            .header("referer", "https://survivor.example/")
            .send(sign_in.as_bytes());
        let log = serving.log();
        let after = log.lines().skip_while(|line| !line.contains("listening on")).skip(1);
        let lines: Vec<_> = after.collect();
        assert!(lines.len() > 5, "{log}");
        for line in &lines {
            let is_own = if form == "json" {
                serde_json::from_str::<serde_json::Value>(line)
                    .is_ok_and(|one| one["level"].is_string())
            } else {
                let level = line.split_whitespace().nth(1).unwrap_or("");
                line.starts_with("20")
                    && ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].contains(&level)
            };
            assert!(is_own, "{form}: {line:?}");
            for named in
                ["forged", "survivor", "secretword", token.as_str(), "203.0.113.77", "127.0.0.1"]
            {
                assert!(!line.contains(named), "{form}: {named}: {line}");
            }
            let drives =
                |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}');
            assert!(!line.contains(drives), "{form}: {line:?}");
        }
    }
}
