//! `check`: with and without indicators, what is said of them, and the page that is never lost.

use std::fs;

use crate::desk::Desk;
use crate::releases::Publisher;

/// A phone with one app: from outside, hidden, a device administrator, and listed by the release.
const BUGREPORT: &str = include_str!("bugreport.txt");

const LISTED: &str = "com.watch.alpha.example";

fn desk_with(publisher: &Publisher) -> Desk {
    let mut desk = Desk::new();
    desk.put("bugreport.txt", BUGREPORT);
    desk.put("key.pub", publisher.key());
    desk.redact(publisher.key_line(), "KEY");
    desk.put("release", publisher.bundle(4, "2026-11-20", LISTED));
    desk
}

#[test]
fn without_indicators_behaviour_is_judged_and_it_is_said() {
    let mut desk = desk_with(&Publisher::new());
    let text = desk.run_for_talk("check @bugreport.txt", 0);
    assert!(text.contains("No indicators were at hand"), "{text}");
    let result = desk.run_for_talk("check @bugreport.txt --json", 0);
    let result: serde_json::Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["indicators"], serde_json::Value::Null);
    assert_eq!(result["checks"][0]["outcome"], "could_not_check", "{result:#}");
    assert_eq!(result["findings"][0]["subject"]["package"], LISTED, "{result:#}");
    desk.run_for_talk("check @bugreport.txt --html @report.html", 0);
    let page = fs::read_to_string(desk.path("report.html")).unwrap();
    assert!(page.contains("No indicators were at hand"), "{page}");
    desk.expect("check_without_indicators.txt");
}

#[test]
fn with_installed_indicators_an_app_is_recognised() {
    let mut desk = desk_with(&Publisher::new());
    desk.run("update @release --key @key.pub", 0);
    desk.run("check @bugreport.txt", 0);
    desk.run("check @bugreport.txt --json", 0);
    desk.expect("check_with_installed_indicators.txt");
}

#[test]
fn an_earlier_acquisition_is_compared_with_the_same_indicators() {
    let mut desk = desk_with(&Publisher::new());
    desk.run("update @release --key @key.pub", 0);
    desk.put("earlier.txt", BUGREPORT.replace(LISTED, "com.example.other"));
    let text = desk.run_for_talk("check --compare @earlier.txt @bugreport.txt", 0);
    assert!(
        text.contains("New: com.watch.alpha.example: a name listed for Watch Alpha."),
        "{text}"
    );
    assert!(text.contains("No longer seen: The app com.example.other"), "{text}");
    desk.run_for_talk("check --compare @nowhere.txt @bugreport.txt", 3);
    desk.expect("check_compared.txt");
}

#[test]
fn apps_installed_on_the_days_that_were_named_are_told() {
    let mut desk = desk_with(&Publisher::new());
    let text = desk.run_for_talk("check --window 2026-10-30..2026-11-01 @bugreport.txt", 0);
    assert!(text.contains("It was installed on 2026-11-01, one of the days"), "{text}");
    let text = desk.run_for_talk("check --window 2026-11-02..2026-11-03 @bugreport.txt", 0);
    assert!(!text.contains("one of the days"), "{text}");
    desk.expect("check_of_named_days.txt");
}

#[test]
fn evidence_that_was_encrypted_says_what_opens_it() {
    let mut desk = desk_with(&Publisher::new());
    let phone = unwatched_fixtures::phone::ordinary();
    let options = unwatched_fixtures::phone::BackupOptions {
        passphrase: Some("correct horse"),
        ..Default::default()
    };
    desk.put("backup.ab", phone.backup(&options));
    desk.put("passphrase.txt", "correct horse\r\n");
    desk.put("other.txt", "wrong horse");
    desk.run_for_talk("check @backup.ab", 3);
    desk.run_for_talk("check @backup.ab --passphrase-file @other.txt", 3);
    desk.run_for_talk("check @backup.ab --passphrase-file @passphrase.txt", 0);
    desk.put("acquisition.zip.age", SEALED_TO_NOBODY);
    desk.run_for_talk("check @acquisition.zip.age", 3);
    desk.run_for_talk("check @acquisition.zip.age --age-key @passphrase.txt", 3);
    desk.expect("check_of_encrypted.txt");
}

/// The head of a file of age, to a key that nobody has.
const SEALED_TO_NOBODY: &str = "age-encryption.org/v1\n-> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc\nEmECAEcKN+n/Vs9SbWiV+Hu0r+E8R77DdWYyd83nw7U\n--- Vn+54jqiiUCE+WZcEVY3f1sqHjlu/z1LCQ/T7Xm7qI0\n0123456789abcdef0123456789abcdef";

#[test]
fn expired_indicators_are_used_and_their_age_is_said() {
    let mut desk = desk_with(&Publisher::new());
    desk.run("update @release --key @key.pub", 0);
    desk.today_is("2027-03-01");
    let result = desk.run_for_talk("check @bugreport.txt --json", 0);
    assert!(result.contains(r#""age_days": 101"#), "{result}");
    desk.expect("check_with_expired_indicators.txt");
}

#[test]
fn a_release_can_be_used_without_installing_it() {
    let mut desk = desk_with(&Publisher::new());
    let stranger = Publisher::new();
    desk.put("other.pub", stranger.key());
    desk.redact(stranger.key_line(), "STRANGERS-KEY");
    let signature = r#""id": "indicators_signature""#;
    let unsigned = desk.run_for_talk("check @bugreport.txt --json --indicators @release", 0);
    assert!(unsigned.contains(signature), "nobody checked it, and that is said: {unsigned}");
    let text = desk.run_for_talk("check @bugreport.txt --indicators @release", 0);
    let words: Vec<_> = text.split_whitespace().collect();
    assert!(words.join(" ").contains("nobody can say who made these indicators"), "{text}");
    let signed =
        desk.run_for_talk("check @bugreport.txt --json --indicators @release --key @key.pub", 0);
    assert!(!signed.contains(signature), "{signed}");
    desk.run_for_talk("check @bugreport.txt --indicators @release --key @other.pub", 4);
    assert!(!desk.path("home").exists(), "nothing was installed");

    desk.run("update @release --key @key.pub", 0);
    desk.put("strangers-release", stranger.bundle(9, "2026-11-21", LISTED));
    desk.run_for_talk("check @bugreport.txt --indicators @strangers-release", 4);
    desk.expect("check_with_a_release_not_installed.txt");
}

#[test]
fn indicators_older_than_the_installed_ones_are_said_to_be_so() {
    let publisher = Publisher::new();
    let mut desk = desk_with(&publisher);
    desk.put("older", publisher.bundle(3, "2026-11-01", LISTED));
    desk.run("update @release --key @key.pub", 0);
    let text = desk.run_for_talk("check @bugreport.txt --indicators @older", 0);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("release 3 of 2026-11-01 (21 days ago), are older than"), "{text}");
    let json = desk.run_for_talk("check @bugreport.txt --json --indicators @older", 0);
    assert!(json.contains(r#""id": "indicators_older_than_installed""#), "{json}");
    // The installed one itself, and one that is newer, are not older.
    desk.put("newer", publisher.bundle(5, "2026-11-21", LISTED));
    for release in ["release", "newer"] {
        let line = format!("check @bugreport.txt --json --indicators @{release}");
        assert!(!desk.run_for_talk(&line, 0).contains("older_than_installed"), "{release}");
    }
    desk.expect("check_with_older_indicators.txt");
}

#[test]
fn what_is_no_evidence_is_refused_in_words() {
    let mut desk = Desk::new();
    desk.run_for_talk("check @nowhere", 3);
    desk.put("empty", "");
    desk.run_for_talk("check @empty", 3);
    desk.put("letter.txt", "Dear helper, this is not a phone.\n");
    desk.run_for_talk("check @letter.txt", 3);
    fs::create_dir(desk.path("folder")).unwrap();
    desk.run_for_talk("check @folder", 3);
    desk.expect("check_of_no_evidence.txt");
}

#[test]
fn a_report_is_never_replaced_unasked() {
    let mut desk = desk_with(&Publisher::new());
    desk.run_for_talk("check @bugreport.txt --html @report.html", 0);
    let page = fs::read_to_string(desk.path("report.html")).unwrap();
    assert!(page.to_lowercase().starts_with("<!doctype html>"), "{page}");
    desk.put("report.html", "somebody's work");
    desk.run_for_talk("check @bugreport.txt --html @report.html", 5);
    assert_eq!(fs::read_to_string(desk.path("report.html")).unwrap(), "somebody's work");
    desk.run_for_talk("check @bugreport.txt --html @report.html --force", 0);
    assert_eq!(fs::read_to_string(desk.path("report.html")).unwrap(), page, "the same bytes again");
    desk.run_for_talk("check @bugreport.txt --html @no/such/folder.html", 1);
    desk.expect("check_writes_a_report.txt");
}

#[test]
fn only_a_file_is_replaced_by_a_report() {
    let mut desk = desk_with(&Publisher::new());
    fs::create_dir(desk.path("folder")).unwrap();
    desk.run_for_talk("check @bugreport.txt --html @folder --force", 5);
    assert!(desk.path("folder").is_dir());
    #[cfg(unix)]
    {
        desk.put("file", "somebody's work");
        std::os::unix::fs::symlink(desk.path("file"), desk.path("link")).unwrap();
        desk.run_for_talk("check @bugreport.txt --html @link --force", 5);
        assert_eq!(fs::read_to_string(desk.path("file")).unwrap(), "somebody's work");
        assert!(desk.path("link").is_symlink());
        // A socket stands for every device: nobody may need to be root for a test.
        let _socket = std::os::unix::net::UnixListener::bind(desk.path("socket")).unwrap();
        desk.run_for_talk("check @bugreport.txt --html @socket --force", 5);
        desk.run_for_talk("check @bugreport.txt --html @socket", 5);
        assert!(!desk.path("socket").is_file());
        desk.expect("check_replaces_only_files.txt");
    }
}

#[test]
fn a_clock_behind_the_release_is_said_in_every_output() {
    let mut desk = desk_with(&Publisher::new());
    desk.run("update @release --key @key.pub", 0);
    desk.today_is("2026-01-05");
    let json = desk.run_for_talk("check @bugreport.txt --json", 0);
    assert!(json.contains(r#""age_days": -318"#), "{json}");
    let text = desk.run_for_talk("check @bugreport.txt --html @report.html", 0);
    let page = fs::read_to_string(desk.path("report.html")).unwrap();
    for output in [text, page] {
        let words: Vec<_> = output.split_whitespace().collect();
        assert!(
            words.join(" ").contains("nobody can say how old these indicators are"),
            "{output}"
        );
    }
    desk.run("doctor", 0);
    desk.expect("check_with_a_clock_behind.txt");
}

#[test]
fn json_holds_nothing_that_turns_words_on_a_terminal() {
    let mut desk = Desk::new();
    desk.put("bugreport.txt", BUGREPORT.replace("TC-1", "TC\u{202e}1"));
    let json = desk.run_for_talk("check @bugreport.txt --json", 0);
    assert!(json.contains(r#""model": "TestCo TC\u202e1""#), "{json}");
    let result: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(result["device"]["model"], "TestCo TC\u{202e}1", "the value is kept");
    let text = desk.run_for_talk("check @bugreport.txt", 0);
    assert!(text.contains("TestCo TC\u{fffd}1, Android"), "{text}");
}
