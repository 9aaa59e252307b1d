//! Two acquisitions of one phone: what differs, and what nobody can say.

use unwatched_device::compare::compare;
use unwatched_device::report;
use unwatched_device::result::{Band, CheckResult, Outcome};
use unwatched_fixtures::phone::{App, PhoneBuilder, ordinary, unlisted_watcher};

use super::{check_android_qf, check_bugreport, check_bytes};

const OMEGA: &str = "com.quiet.omega";
const SIGMA: &str = "com.quiet.sigma";

fn compared(earlier: &CheckResult, mut later: CheckResult) -> CheckResult {
    later.changes = Some(compare(earlier, &later));
    later
}

/// The report's text as one line.
fn words(result: &CheckResult) -> String {
    report::text(result).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn ids(changes: &[unwatched_device::compare::Change]) -> Vec<&str> {
    changes.iter().map(|change| change.subject.name()).collect()
}

fn with(app: App) -> PhoneBuilder {
    ordinary().app(app)
}

#[test]
fn what_is_new_gone_and_changed_is_told_apart() {
    let sigma = App::new(SIGMA).sideloaded().device_admin();
    let earlier = with(unlisted_watcher(OMEGA)).app(App::new("com.other.app").sideloaded());
    let later = with(sigma).app(App::new("com.other.app").sideloaded().accessibility());
    let result = compared(&check_bugreport(&earlier, None), check_bugreport(&later, None));
    let changes = result.changes.as_ref().unwrap();
    assert_eq!(ids(&changes.appeared), [SIGMA]);
    assert_eq!(ids(&changes.gone), [OMEGA]);
    assert_eq!(ids(&changes.changed), ["com.other.app"]);
    assert!(changes.appeared[0].comparable && changes.gone[0].comparable);
    let other = &changes.changed[0];
    assert_eq!(other.band_before, Some(Band::Notable));
    assert_eq!(other.band_after, Some(Band::NeedsExpertLook));
    assert!(other.new_facts[0].contains("accessibility service"));
    let text = report::text(&result);
    let html = report::html(&result);
    for out in [&text, &html] {
        assert!(out.contains("What differs from the earlier acquisition"));
        assert!(out.contains("may have been removed"), "{out}");
    }
    let json = serde_json::to_value(&result).unwrap();
    assert_eq!(json["changes"]["appeared"][0]["subject"]["package"], SIGMA);
}

#[test]
fn what_could_not_be_looked_for_is_never_gone_or_new() {
    let phone = with(unlisted_watcher(OMEGA).launcher(unwatched_fixtures::phone::Launcher::Shown));
    let whole = check_bugreport(&phone, None);
    let text = phone.bugreport_text();
    let cut = text.find("DUMP OF SERVICE accessibility").unwrap() - 80;
    let cut = check_bytes(&text.as_bytes()[..cut], None);
    let result = compared(&whole, cut.clone());
    let changes = result.changes.as_ref().unwrap();
    assert!(!changes.gone.is_empty());
    assert!(changes.gone.iter().all(|change| !change.comparable));
    assert!(words(&result).contains("nobody can say that it is gone"));
    assert!(changes.checks.iter().any(|check| check.after == Outcome::CouldNotCheck));
    let result = compared(&cut, whole);
    let changes = result.changes.as_ref().unwrap();
    assert!(changes.appeared.iter().all(|change| !change.comparable));
    assert!(words(&result).contains("nobody can say whether it is new"));
}

#[test]
fn no_difference_consoles_nobody() {
    let result = check_android_qf(&ordinary(), None);
    let result = compared(&result, result.clone());
    let text = words(&result);
    assert!(text.contains("What it does not see may have changed all the same"), "{text}");
}

#[test]
fn another_phone_is_noticed() {
    let other = ordinary().model("OtherCo", "OC-2").android("13");
    let result = compared(&check_bugreport(&other, None), check_bugreport(&ordinary(), None));
    let text = words(&result);
    assert!(text.contains("make sure that both were made of the same phone"), "{text}");
    assert!(text.contains("Its Android was 13"), "{text}");
}

#[test]
fn what_stays_unnamed_is_counted_only() {
    let later = with(App::new("com.example.dating")).app(App::new("com.example.second"));
    let result = compared(&check_bugreport(&ordinary(), None), check_bugreport(&later, None));
    let text = words(&result);
    assert!(!text.contains("dating") && !text.contains("com.example.second"));
    assert!(text.contains("counted and not named"));
}

/// What differs between two ordinary phones with these sections of a bugreport.
fn between(service: &str, earlier: &str, later: &str) -> CheckResult {
    let check = |dump| check_bugreport(&ordinary().service(service, dump), None);
    compared(&check(earlier), check(later))
}

#[test]
fn a_third_fingerprint_and_a_second_computer_are_differences() {
    let prints =
        |count: u32| format!("{{\"prints\":[{{\"id\":0,\"count\":{count},\"accept\":7}}]}}\n");
    let text = words(&between("fingerprint", &prints(2), &prints(3)));
    assert!(text.contains("Changed: More than one fingerprint opens the phone."), "{text}");
    assert!(text.contains("Seen now and not before: 3 finger"), "{text}");
    assert!(text.contains("Seen before and not now: 2 finger"), "{text}");

    let link = |number: u32| {
        format!(
            "  Association{{mId={number}, mUserId=0, mPackageName='com.example.mirror', mDeviceMacAddress=null, mDeviceProfile='android.app.role.COMPANION_DEVICE_COMPUTER', mRevoked=false}}\n"
        )
    };
    let one = format!("Companion Device Associations:\n{}", link(1));
    let two = format!("{one}{}", link(2));
    let text = words(&between("companiondevice", &one, &two));
    assert!(text.contains("links this phone to 2 other devices (a computer"), "{text}");
    let text = words(&between("companiondevice", &two, &two));
    assert!(text.contains("no difference was seen"), "{text}");
}

#[test]
fn more_rights_of_an_app_are_a_difference() {
    let app = |more: &[&str]| {
        let all = ["RECORD_AUDIO", "CAMERA", "READ_SMS", "READ_CONTACTS"];
        with(App::new("com.other.app").sideloaded().granted(&all).granted(more))
    };
    let earlier = check_bugreport(&app(&[]), None);
    let result = compared(&earlier, check_bugreport(&app(&["READ_CALL_LOG"]), None));
    let text = words(&result);
    assert!(text.contains("Changed: The app com.other.app."), "{text}");
    assert!(text.contains("Seen now and not before: It holds 5 of 7"), "{text}");
}

#[test]
fn a_later_use_is_no_difference_and_another_thing_used_is() {
    let used = |op: &str, day: u32| {
        let dump = format!(
            "Current AppOps Service state:\n  Uid u0a123:\n    Package com.other.app:\n      {op} (allow):\n        null=[\n          Access: [bg-s] 2026-01-{day:02} 02:00:00.000 (-1d) duration=+5s\n        ]\n"
        );
        let phone = with(App::new("com.other.app").sideloaded()).service("appops", &dump);
        check_bugreport(&phone, None)
    };
    let first = used("RECORD_AUDIO", 2);
    let fact = |result: &CheckResult| {
        let signals =
            &result.findings.iter().find(|f| f.id == "app:com.other.app").unwrap().signals;
        signals.iter().find(|signal| signal.rule == "D2").unwrap().fact.clone()
    };
    let later = used("RECORD_AUDIO", 4);
    assert_ne!(fact(&first), fact(&later));
    assert!(words(&compared(&first, later)).contains("no difference was seen"));
    let camera = words(&compared(&first, used("CAMERA", 2)));
    assert!(camera.contains("not before: It used the camera"), "{camera}");
}

#[test]
fn what_is_new_is_told_in_words_with_its_facts() {
    let later = ordinary().global_setting("package_verifier_user_consent", "-1");
    let text = words(&compared(&check_bugreport(&ordinary(), None), check_bugreport(&later, None)));
    assert!(text.contains("New: Play Protect is switched off."), "{text}");
    assert!(text.contains("Seen now: "), "{text}");
    assert!(!text.contains("New: package_verifier"), "{text}");
}

#[test]
fn an_unnamed_app_stays_the_same_whatever_else_is_installed() {
    let links = |packages: &[&str]| {
        let link = |package: &&str| {
            format!("  Association{{mId=1, mUserId=0, mPackageName='{package}', mRevoked=false}}\n")
        };
        let links: String = packages.iter().map(link).collect();
        let dump = format!("Companion Device Associations:\n{links}");
        let phone = packages.iter().fold(ordinary(), |phone, name| phone.app(App::new(name)));
        check_bugreport(&phone.service("companiondevice", &dump), None)
    };
    let (one, other) = ("com.tinder", "com.badoo.mobile");
    let result = compared(&links(&[one]), links(&[other, one]));
    let changes = result.changes.as_ref().unwrap();
    assert_eq!((changes.appeared.len(), changes.gone.len(), changes.changed.len()), (1, 0, 0));
    let replaced = compared(&links(&[one]), links(&[other]));
    let changes = replaced.changes.as_ref().unwrap();
    assert_eq!((changes.appeared.len(), changes.gone.len(), changes.changed.len()), (1, 1, 0));
    for result in [result, replaced] {
        let text = super::access::everything(&result);
        assert!(!text.contains("tinder") && !text.contains("badoo"));
    }
}

#[test]
fn a_computer_in_the_place_of_another_is_a_difference() {
    let dump = |key: &str| {
        format!("ADB MANAGER STATE (dumpsys adb):\n  user_keys=QAAAA{key:0<80}AQAB kim@desk\n")
    };
    let text = words(&between("adb", &dump("1"), &dump("2")));
    assert!(text.contains("not before: One computer that was not accepted before."), "{text}");
    assert!(text.contains("not now: One computer that was accepted and is not now."), "{text}");
    let text = words(&between("adb", &dump("1"), &dump("1")));
    assert!(text.contains("no difference was seen"), "{text}");
}
