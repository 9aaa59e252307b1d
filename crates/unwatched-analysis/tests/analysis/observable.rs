//! By which actions the other side would notice: each way to each signal on an app whose code goes
//! it, and on one that nearly does.

use std::collections::BTreeSet;

use unwatched_analysis::catalogue::{Signal, catalogue};
use unwatched_fixtures::apk::gallery;
use unwatched_fixtures::apk::pairs::{self, Sketch};
use unwatched_fixtures::apk::{ApkBuilder, Component, IntentFilter, device_admin_config};
use unwatched_fixtures::dex::Argument;
use unwatched_model::report::{HowSoon, Observable, Report, Support};

use super::report;

fn signal<'r>(report: &'r Report, id: &str) -> Option<&'r Observable> {
    report.observable_by.iter().find(|found| found.signal == id)
}

#[test]
fn no_way_is_without_its_apps() {
    let pairs = pairs::signals();
    let built: BTreeSet<(&str, &str)> = pairs.iter().map(|pair| (pair.signal, pair.way)).collect();
    let of = |signal: &'static Signal| {
        signal.ways.iter().map(|way| (signal.id.as_str(), way.name.as_str()))
    };
    let listed: BTreeSet<(&str, &str)> = catalogue().signals.iter().flat_map(of).collect();
    let without: Vec<_> = listed.difference(&built).collect();
    let unknown: Vec<_> = built.difference(&listed).collect();
    assert!(without.is_empty(), "add pairs in unwatched-fixtures for {without:?}");
    assert!(unknown.is_empty(), "no signal has the ways {unknown:?}");
    assert_eq!(pairs.len(), listed.len(), "a way has two pairs");
}

#[test]
fn every_way_is_predicted_and_no_near_miss_is() {
    let mut wrong = Vec::new();
    for pair in pairs::signals() {
        let name = format!("{} ({})", pair.signal, pair.way);
        let asked = catalogue().signals.iter().find(|signal| signal.id == pair.signal).unwrap();
        let way = asked.ways.iter().find(|way| way.name == pair.way).unwrap();
        let expected = way.at_most.unwrap_or(Support::Supported);
        let has = report(&pair.has.build());
        assert_eq!(has.problems, [], "{name}");
        match signal(&has, pair.signal) {
            Some(found) if found.support == expected => {
                assert!(!found.evidence.is_empty(), "{name}");
                assert!(found.sentence.ends_with('.'), "{}", found.sentence);
                let doubts = found.sentence.contains("apps that report nothing");
                assert_eq!(doubts, expected == Support::Possible, "{name}: {}", found.sentence);
            }
            Some(found) => wrong.push(format!("{name} is {:?}", found.support)),
            None => wrong.push(format!("{name} is not predicted")),
        }
        if let Some(found) = signal(&report(&pair.near.build()), pair.signal) {
            wrong.push(format!("{name}: {} is predicted: {:?}", pair.near_is, found.evidence));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_app_that_can_report_nothing_gives_no_signal() {
    let app = Sketch::visible("quiet")
        .hears("Told", &["android.intent.action.SIM_STATE_CHANGED"])
        .class("Told")
        .overrides("android.content.BroadcastReceiver->onReceive");
    assert_eq!(report(&app.apk().build()).observable_by, []);
}

/// A receiver of the phone's start, that is off at first.
fn off_at_first(name: &str) -> Sketch {
    let receiver = Component::receiver(".Told")
        .attribute("enabled", false)
        .filter(IntentFilter::action("android.intent.action.BOOT_COMPLETED"));
    Sketch::visible(name)
        .asks(&["INTERNET"])
        .declares(receiver)
        .class("Told")
        .overrides("android.content.BroadcastReceiver->onReceive")
        .class("Start")
        .calls("java.net.HttpURLConnection->getOutputStream")
}

#[test]
fn a_receiver_that_is_off_counts_where_the_code_switches_it_on() {
    let switch = |number: &[Argument]| {
        off_at_first("switches").calls_as(
            "android.content.pm.PackageManager->setComponentEnabledSetting",
            "(Landroid/content/ComponentName;II)V",
            number,
        )
    };
    let support = |sketch: &Sketch| {
        signal(&report(&sketch.apk().build()), "boot_receiver").map(|found| found.support)
    };
    assert_eq!(support(&off_at_first("never")), None);
    assert_eq!(support(&switch(&[Argument::Int(1)])), Some(Support::Supported));
    assert_eq!(support(&switch(&[])), Some(Support::Possible));
}

#[test]
fn what_an_own_class_above_the_declared_one_does_counts() {
    const ADMIN: &str = "android.app.admin.DeviceAdminReceiver";
    let declared = |name: &str| {
        Sketch::visible(name).asks(&["INTERNET"]).bound_with(
            "Admin",
            "BIND_DEVICE_ADMIN",
            "android.app.action.DEVICE_ADMIN_ENABLED",
            device_admin_config(&["force-lock"]),
        )
    };
    let above = declared("above")
        .class("Base")
        .overrides(&format!("{ADMIN}->onDisabled"))
        .class("Middle")
        .extends_own("Base")
        .class("Admin")
        .extends_own("Middle");
    assert!(signal(&report(&above.apk().build()), "admin_callback").is_some());
    let below = declared("below")
        .class("Admin")
        .extends(ADMIN)
        .class("Heir")
        .extends_own("Admin")
        .overrides_own("onDisabled");
    assert!(signal(&report(&below.apk().build()), "admin_callback").is_none());
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

/// An alarm of the app's own each quarter of an hour, which the next words add to.
fn each_quarter(name: &str) -> Sketch {
    let values = [Argument::Int(0), Argument::Long(1), Argument::Long(900_000)];
    let call = "android.app.AlarmManager->setRepeating";
    let beats = Sketch::visible(name).asks(&["INTERNET"]).class("Beat");
    beats.calls_as(call, "(IJJLandroid/app/PendingIntent;)V", &values)
}

#[test]
fn of_several_intervals_the_reports_is_told() {
    const AGAIN: &str = "(Ljava/util/TimerTask;JJ)V";
    const TIMER: &str = "java.util.Timer->schedule";
    let every = |seconds: i64| [Argument::Long(0), Argument::Long(seconds * 1000)];
    let on_the_screen = each_quarter("screen").class("MainActivity").calls_as(
        "java.util.Timer->scheduleAtFixedRate",
        AGAIN,
        &every(1),
    );
    check_heartbeat(&on_the_screen.apk(), HowSoon::AfterSeconds(900), "is 15 minutes.");

    let service = |name: &str| each_quarter(name).class("Worker").extends("android.app.Service");
    let short = service("short").calls_as(TIMER, AGAIN, &every(20));
    check_heartbeat(&short.apk(), HowSoon::AfterSeconds(900), "is 15 minutes.");
    let shorter = service("both").calls_as(TIMER, AGAIN, &every(120));
    check_heartbeat(&shorter.apk(), HowSoon::AfterSeconds(120), "is 2 minutes.");
    let sends = service("sends")
        .calls_as(TIMER, AGAIN, &every(20))
        .calls("java.net.HttpURLConnection->getOutputStream");
    check_heartbeat(&sends.apk(), HowSoon::AfterSeconds(20), "is 20 seconds.");
}

#[test]
fn a_call_of_the_same_name_is_another_method() {
    let once = Sketch::visible("once").asks(&["INTERNET"]).class("Splash").calls_as(
        "java.util.Timer->schedule",
        "(Ljava/util/TimerTask;J)V",
        &[Argument::Long(90_000)],
    );
    assert!(signal(&report(&once.apk().build()), "heartbeat").is_none());
    let length = Sketch::visible("length").asks(&["INTERNET"]).class("Work").calls_as(
        "androidx.work.PeriodicWorkRequest$Builder-><init>",
        "(Ljava/lang/Class;Ljava/time/Duration;)V",
        &[],
    );
    check_heartbeat(&length.apk(), HowSoon::AfterItsInterval, "expect minutes");
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

#[test]
fn what_the_manifest_declares_is_own_code_whatever_it_is_called() {
    let app = |class: &str| {
        let told = IntentFilter::action("android.intent.action.BOOT_COMPLETED")
            .and_action("android.intent.action.SIM_STATE_CHANGED");
        let again = [Argument::Int(0), Argument::Long(1), Argument::Long(900_000)];
        let sketch = Sketch::visible("called")
            .asks(&["INTERNET"])
            .declares(Component::receiver(class).exported(true).filter(told))
            .library(class)
            .overrides("android.content.BroadcastReceiver->onReceive")
            .calls("java.net.HttpURLConnection->getOutputStream");
        sketch.calls_as(
            "android.app.AlarmManager->setRepeating",
            "(IJJLandroid/app/PendingIntent;)V",
            &again,
        )
    };
    for class in ["androidx.core.app.Boot", "com.google.firebase.col.Boot", "kotlin.col.Boot"] {
        let report = report(&app(class).apk().build());
        for id in ["heartbeat", "sim_receiver", "boot_receiver"] {
            assert!(signal(&report, id).is_some(), "{class}: {id}");
        }
        assert_eq!(report.unread, []);
    }
    let known = report(&app("androidx.profileinstaller.ProfileInstallReceiver").apk().build());
    assert_eq!(known.observable_by, []);
}
