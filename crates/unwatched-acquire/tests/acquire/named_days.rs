//! The days that the survivor named, on phones that write dates in their own way; and more apps
//! than any phone has.

use std::fmt::Write as _;

use unwatched_acquire::{Keys, open_bytes};
use unwatched_device::check_with_days;
use unwatched_device::result::{CheckResult, Outcome};

use super::{check_bytes, now, outcome, tool, why};

/// A dump with apps of these days of installation.
fn phone(days: &[&str]) -> String {
    let mut text = format!("{}\nDUMP OF SERVICE package:\nPackages:\n", "-".repeat(79));
    for (number, day) in days.iter().enumerate() {
        let id = 10_100 + number;
        let _ = writeln!(text, "  Package [com.quiet.app{number}] (1a2b3c):\n    appId={id}");
        let _ = writeln!(text, "    flags=[ HAS_CODE ]\n    firstInstallTime={day}");
        text.push_str("    installerPackageName=com.android.vending\n");
        text.push_str("    User 0: ceDataInode=1 installed=true hidden=false\n");
    }
    text.push_str("--------- 0.002s was the duration of dumpsys package\n");
    text
}

fn checked(days: &[&str]) -> CheckResult {
    let bytes = phone(days).into_bytes();
    let mut evidence = open_bytes("bugreport.txt", bytes, Keys::default()).unwrap();
    let window = Some("2026-01-04..2026-01-06".parse().unwrap());
    check_with_days(evidence.as_mut(), None, window, now(), tool(), &mut |_| {})
}

#[test]
fn a_day_is_read_in_the_digits_of_any_script() {
    const BEFORE: &str = "2025-01-05 10:00:00";
    for day in ["٢٠٢٦-٠١-٠٥ ١٠:٠٠:٠٠", "\u{200f}۲۰۲۶-۰۱-۰۵ ۱۰:۰۰:۰۰", "২০২৬-০১-০৫ ১০:০০:০০"]
    {
        let result = checked(&[BEFORE, day]);
        assert_eq!(outcome(&result, "installed_in_window"), Outcome::Found, "{day}");
    }
    let result = checked(&[BEFORE, "٢٠٢٤-٠١-٠٥ ١٠:٠٠:٠٠", "1970-01-01 01:00:00"]);
    assert_eq!(outcome(&result, "installed_in_window"), Outcome::NotFound);
}

#[test]
fn a_day_that_cannot_be_read_is_not_one_outside_those_that_were_named() {
    for day in ["1404-10-15 10:00:00", "۱۴۰۴-۱۰-۱۵ ۱۰:۰۰:۰۰", "5 janv. 2026 à 10:00", ""]
    {
        let result = checked(&["2025-01-05 10:00:00", day]);
        assert_eq!(outcome(&result, "installed_in_window"), Outcome::CouldNotCheck, "{day}");
        assert!(why(&result, "installed_in_window").starts_with("for 1 apps"), "{day}");
    }
}

#[test]
fn what_was_put_over_an_app_by_hand_counts_and_what_a_store_updated_does_not() {
    let updated = |installer: &str| {
        let first = "firstInstallTime=2025-01-05 10:00:00";
        let text = phone(&["2025-01-05 10:00:00"])
            .replace(first, &format!("lastUpdateTime=2026-01-05 10:00:00\n    {first}"))
            .replace("installerPackageName=com.android.vending", installer);
        let mut evidence = open_bytes("bugreport.txt", text.into_bytes(), Keys::default()).unwrap();
        let window = Some("2026-01-04..2026-01-06".parse().unwrap());
        check_with_days(evidence.as_mut(), None, window, now(), tool(), &mut |_| {})
    };
    let by_hand = updated("installerPackageName=com.google.android.packageinstaller");
    assert_eq!(outcome(&by_hand, "installed_in_window"), Outcome::Found);
    let fact = &by_hand.findings.iter().find(|f| f.id == "app:com.quiet.app0").unwrap().signals;
    assert!(fact.iter().any(|signal| signal.fact.contains("over what was there, on 2026-01-05")));
    let by_store = updated("installerPackageName=com.android.vending");
    assert_eq!(outcome(&by_store, "installed_in_window"), Outcome::NotFound);
    assert!(why(&by_store, "installed_in_window").contains("what a store updated"));
}

#[test]
fn more_apps_than_any_phone_has_give_a_page_that_can_be_read() {
    let mut text = phone(&[]).replace("--------- 0", "  Package [com.quiet.admin] (1):\n    flags=[ HAS_CODE ]\n    installerPackageName=null\n    User 0: installed=true\n--------- 0");
    let mut many = String::new();
    for number in 0..19_000 {
        let _ = writeln!(many, "  Package [com.many.a{number}] (1):\n    flags=[ HAS_CODE ]");
        many.push_str("    installerPackageName=null\n    User 0: installed=true\n");
    }
    text = text.replace("Packages:\n", &format!("Packages:\n{many}"));
    let _ = write!(
        text,
        "{}\nDUMP OF SERVICE device_policy:\nCurrent Device Policy Manager state:\n  Enabled Device Admins (User 0):\n    com.quiet.admin/.Receiver:\n      uid=10999\n--------- 0.002s was the duration of dumpsys\n",
        "-".repeat(79)
    );
    let result = check_bytes(text.as_bytes(), None);
    assert!(result.findings.len() <= 1_000, "{}", result.findings.len());
    // The strongest stay.
    assert!(result.findings.iter().any(|finding| finding.subject.name() == "com.quiet.admin"));
    let said = result.problems.iter().find(|problem| problem.place == "findings").unwrap();
    assert!(said.what.contains("left out"), "{}", said.what);
}
