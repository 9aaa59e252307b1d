//! By which actions the other side would notice: each signal on an app whose code gives it, and on
//! one that nearly does.

use std::collections::BTreeSet;

use unwatched_analysis::catalogue::catalogue;
use unwatched_fixtures::apk::ApkBuilder;
use unwatched_fixtures::apk::gallery;
use unwatched_fixtures::apk::pairs::{self, Sketch};
use unwatched_fixtures::dex::Argument;
use unwatched_model::report::{HowSoon, Observable, Report, Support};

use super::report;

fn signal<'r>(report: &'r Report, id: &str) -> Option<&'r Observable> {
    report.observable_by.iter().find(|found| found.signal == id)
}

#[test]
fn no_signal_is_without_its_apps() {
    let built: BTreeSet<&str> = pairs::signals().iter().map(|pair| pair.rule).collect();
    let listed: BTreeSet<&str> =
        catalogue().signals.iter().map(|signal| signal.id.as_str()).collect();
    assert_eq!(built, listed);
}

#[test]
fn every_signal_is_predicted_and_no_near_miss_is() {
    for pair in pairs::signals() {
        let has = report(&pair.has.build());
        let found =
            signal(&has, pair.rule).unwrap_or_else(|| panic!("{} not predicted", pair.rule));
        assert_eq!(found.support, Support::Supported, "{}", pair.rule);
        assert!(!found.evidence.is_empty(), "{}", pair.rule);
        assert!(found.sentence.ends_with('.'), "{}", found.sentence);
        let near = report(&pair.near.build());
        assert!(
            signal(&near, pair.rule).is_none(),
            "{}: {} is predicted: {:?}",
            pair.rule,
            pair.near_is,
            near.observable_by
        );
    }
}

fn check_heartbeat(app: &ApkBuilder, how_soon: HowSoon, words: &str) {
    let report = report(&app.build());
    let found = signal(&report, "heartbeat").expect("a heartbeat");
    assert_eq!(found.how_soon, how_soon);
    assert!(found.sentence.contains(words), "{}", found.sentence);
}

#[test]
fn an_interval_is_read_where_it_stands_in_the_code() {
    const PROTO: &str = "(IJJLandroid/app/PendingIntent;)V";
    let app = |interval: &[Argument]| {
        let values = [&[Argument::Int(0), Argument::Long(1)], interval].concat();
        Sketch::visible("beats")
            .asks(&["INTERNET"])
            .class("Beat")
            .calls_as("android.app.AlarmManager->setRepeating", PROTO, &values)
            .apk()
    };
    check_heartbeat(&app(&[Argument::Long(900_000)]), HowSoon::AfterSeconds(900), "is 15 minutes.");
    check_heartbeat(
        &app(&[Argument::Long(86_400_000)]),
        HowSoon::AfterSeconds(86_400),
        "is 24 hours.",
    );
    check_heartbeat(&app(&[]), HowSoon::AfterItsInterval, "expect minutes");
    check_heartbeat(&app(&[Argument::Long(i64::MAX)]), HowSoon::AfterItsInterval, "expect minutes");
}

#[test]
fn without_code_that_sends_it_is_possible_and_says_so() {
    let app = Sketch::visible("quiet")
        .asks(&["INTERNET"])
        .hears("Told", &["android.intent.action.SIM_STATE_CHANGED"])
        .class("Told")
        .overrides("android.content.BroadcastReceiver->onReceive");
    let report = report(&app.apk().build());
    let found = signal(&report, "sim_receiver").unwrap();
    assert_eq!(found.support, Support::Possible);
    assert!(found.sentence.contains("expect that it reports"), "{}", found.sentence);
}

#[test]
fn no_sentence_says_that_an_action_goes_unnoticed() {
    for signal in &catalogue().signals {
        let text = signal.sentence.to_lowercase();
        for word in ["unnoticed", "not notice", "cannot notice", "never notice", "safe", "secretly"]
        {
            assert!(!text.contains(word), "{}: {word:?}", signal.id);
        }
    }
}

#[test]
fn an_unknown_family_would_notice_most_ways_of_removal() {
    let report = report(&gallery::unknown_stalkerware_like(7).bytes());
    let actions: BTreeSet<&str> =
        report.observable_by.iter().map(|found| found.action.as_str()).collect();
    for action in ["take_away_admin", "remove_or_stop", "restart_phone"] {
        assert!(actions.contains(action), "{action}: {actions:?}");
    }
}
