//! Every rule of the catalogue: an inert app that has what the rule asks for, and one that nearly
//! has it.

use std::collections::BTreeSet;

use unwatched_analysis::catalogue::catalogue;
use unwatched_fixtures::apk::{
    ApkBuilder, Component, ForegroundType, IntentFilter, accessibility_config, device_admin_config,
};
use unwatched_fixtures::dex::DexBuilder;
use unwatched_model::report::{Support, Tier};

use super::{capability, plain_app, report};

const OWN: &str = "Lcom/example/plain/Watch;";

/// One rule's app that has it, and its near miss.
struct Case {
    rule: &'static str,
    app: ApkBuilder,
    support: Support,
    near_miss: ApkBuilder,
    /// What the near miss still shows, if anything.
    near_support: Option<Support>,
}

fn with(permissions: &[&str]) -> ApkBuilder {
    plain_app().android_permissions(permissions)
}

/// A call of `class.method` from the app's own code.
fn call(class: &str, method: &str) -> DexBuilder {
    DexBuilder::new().call(OWN, class, method, "()V")
}

/// The app's own class that extends another one and defines one of its methods.
fn overriding(parent: &str, method: &str) -> DexBuilder {
    DexBuilder::new().class(OWN, parent).overrides(OWN, method, "()V")
}

fn service(permission: &str, action: &str) -> Component {
    Component::service(".Watch")
        .permission(&format!("android.permission.{permission}"))
        .action(action)
}

fn receiver(action: &str) -> Component {
    Component::receiver(".Watch").action(action)
}

fn accessibility() -> Component {
    service("BIND_ACCESSIBILITY_SERVICE", "android.accessibilityservice.AccessibilityService")
}

const ACCESSIBILITY: &str = "Landroid/accessibilityservice/AccessibilityService;";
const PACKAGE_MANAGER: &str = "Landroid/content/pm/PackageManager;";
const RECORDER: &str = "Landroid/media/MediaRecorder;";
const TELEPHONY: &str = "Landroid/telephony/TelephonyManager;";

/// A rule whose manifest part and code part are one item each: declared and called is supported,
/// declared alone is possible.
fn simple(rule: &'static str, declared: ApkBuilder, dex: &DexBuilder) -> Case {
    Case {
        rule,
        app: declared.clone().dex(dex),
        support: Support::Supported,
        near_miss: declared.dex(&DexBuilder::new()),
        near_support: Some(Support::Possible),
    }
}

/// A rule of code and words only: the right call is weak, another one is nothing.
fn weak(rule: &'static str, dex: &DexBuilder, near: &DexBuilder) -> Case {
    Case {
        rule,
        app: plain_app().dex(dex),
        support: Support::Weak,
        near_miss: plain_app().dex(near),
        near_support: None,
    }
}

fn reading_cases() -> Vec<Case> {
    vec![
        simple(
            "keys_accessibility",
            plain_app().component(accessibility()),
            &overriding(ACCESSIBILITY, "onAccessibilityEvent"),
        ),
        simple(
            "keys_input_method",
            plain_app().component(service("BIND_INPUT_METHOD", "android.view.InputMethod")),
            &overriding("Landroid/inputmethodservice/InputMethodService;", "onStartInput"),
        ),
        simple(
            "messages_sms",
            with(&["READ_SMS"]),
            &call("Landroid/telephony/SmsMessage;", "getMessageBody"),
        ),
        simple(
            "messages_notifications",
            plain_app().component(service(
                "BIND_NOTIFICATION_LISTENER_SERVICE",
                "android.service.notification.NotificationListenerService",
            )),
            &overriding(
                "Landroid/service/notification/NotificationListenerService;",
                "onNotificationPosted",
            ),
        ),
        weak(
            "messages_databases",
            &DexBuilder::new().string_in(OWN, "/data/data/com.whatsapp/databases/msgstore.db"),
            &DexBuilder::new().string_in(OWN, "/data/data/com.example.plain/notes.db"),
        ),
        simple("calls_log", with(&["READ_CALL_LOG"]), &call(TELEPHONY, "listen")),
        simple(
            "calls_recording",
            with(&["RECORD_AUDIO", "READ_PHONE_STATE"]),
            &call(RECORDER, "start").call(OWN, TELEPHONY, "getCallState", "()I"),
        ),
        simple("audio_recording", with(&["RECORD_AUDIO"]), &call(RECORDER, "setAudioSource")),
        simple("camera", with(&["CAMERA"]), &call("Landroid/hardware/Camera;", "takePicture")),
        simple(
            "screen_capture",
            plain_app().component(
                Component::service(".Watch").foreground(&[ForegroundType::MediaProjection]),
            ),
            &call("Landroid/media/projection/MediaProjection;", "createVirtualDisplay"),
        ),
        simple(
            "location",
            with(&["ACCESS_COARSE_LOCATION"]),
            &call("Landroid/location/LocationManager;", "requestLocationUpdates"),
        ),
        simple(
            "location_background",
            with(&["ACCESS_BACKGROUND_LOCATION"]),
            &call("Landroid/location/LocationManager;", "requestLocationUpdates"),
        ),
        simple(
            "files",
            with(&["READ_MEDIA_IMAGES"]),
            &DexBuilder::new().field(
                "Landroid/provider/MediaStore$Images$Media;",
                "EXTERNAL_CONTENT_URI",
                "Landroid/net/Uri;",
            ),
        ),
        simple(
            "contacts",
            with(&["READ_CONTACTS"]),
            &DexBuilder::new().field(
                "Landroid/provider/ContactsContract$Contacts;",
                "CONTENT_URI",
                "Landroid/net/Uri;",
            ),
        ),
        simple(
            "app_usage",
            with(&["PACKAGE_USAGE_STATS"]),
            &call("Landroid/app/usage/UsageStatsManager;", "queryUsageStats"),
        ),
        simple(
            "settings_change",
            with(&["WRITE_SECURE_SETTINGS"]),
            &call("Landroid/provider/Settings$Secure;", "putString"),
        ),
        simple("device_numbers", with(&["READ_PHONE_STATE"]), &call(TELEPHONY, "getImei")),
        weak(
            "clipboard",
            &call("Landroid/content/ClipboardManager;", "addPrimaryClipChangedListener"),
            &call("Landroid/content/ClipboardManager;", "setPrimaryClip"),
        ),
        simple(
            "traffic_vpn",
            plain_app().component(service("BIND_VPN_SERVICE", "android.net.VpnService")),
            &call("Landroid/net/VpnService$Builder;", "establish"),
        ),
    ]
}

/// What an app declares that listens and films.
fn watching(app: ApkBuilder) -> ApkBuilder {
    app.android_permissions(&["CAMERA", "RECORD_AUDIO", "INTERNET"])
        .component(Component::service(".Watch"))
}

fn watching_code() -> DexBuilder {
    call(RECORDER, "start")
        .class(OWN, "Landroid/app/Service;")
        .call(OWN, "Landroid/hardware/Camera;", "takePicture", "()V")
        .call(OWN, "Ljava/net/HttpURLConnection;", "getOutputStream", "()Ljava/io/OutputStream;")
}

fn acting_cases() -> Vec<Case> {
    let sms = || plain_app().component(receiver("android.provider.Telephony.SMS_RECEIVED"));
    let boot = || {
        with(&["RECEIVE_BOOT_COMPLETED"])
            .component(receiver("android.intent.action.BOOT_COMPLETED"))
    };
    let hidden = || ApkBuilder::new("com.example.plain").component(Component::service(".Watch"));
    let hide_icon = || call(PACKAGE_MANAGER, "setComponentEnabledSetting");
    vec![
        simple(
            "remote_push",
            plain_app().component(
                Component::service(".Watch").action("com.google.firebase.MESSAGING_EVENT"),
            ),
            &overriding(
                "Lcom/google/firebase/messaging/FirebaseMessagingService;",
                "onMessageReceived",
            ),
        ),
        simple("remote_sms", sms(), &call("Landroid/content/BroadcastReceiver;", "abortBroadcast")),
        simple(
            "exfiltration",
            with(&["INTERNET"]),
            &call("Ljava/net/HttpURLConnection;", "getOutputStream"),
        ),
        Case {
            rule: "hidden_launcher",
            app: hidden().dex(&hide_icon()),
            support: Support::Supported,
            // It shows itself; that it can hide is only a weak sign.
            near_miss: plain_app().dex(&hide_icon()),
            near_support: Some(Support::Weak),
        },
        Case {
            rule: "icon_missing_while_watching",
            app: watching(ApkBuilder::new("com.example.plain")).dex(&watching_code()),
            support: Support::Supported,
            // The same app with an icon.
            near_miss: watching(plain_app()).dex(&watching_code()),
            near_support: None,
        },
        Case {
            rule: "system_name",
            app: watching(plain_app()).label("Wi-Fi Service").dex(&watching_code()),
            support: Support::Supported,
            // A tool for batteries that watches nothing.
            near_miss: plain_app()
                .label("Battery")
                .dex(&DexBuilder::new().class(OWN, "Landroid/app/Service;")),
            near_support: Some(Support::Possible),
        },
        Case {
            rule: "system_package_name",
            app: watching(ApkBuilder::new("com.android.sync.core"))
                .component(Component::activity(".Main").launcher().exclude_from_recents())
                .dex(&watching_code().call(
                    OWN,
                    "Landroid/app/Activity;",
                    "finishAndRemoveTask",
                    "()V",
                )),
            support: Support::Supported,
            // A camera of the phone's maker.
            near_miss: ApkBuilder::new("com.android.camera.extra")
                .component(Component::activity(".Main").launcher())
                .android_permissions(&["CAMERA", "RECORD_AUDIO"])
                .dex(&watching_code()),
            near_support: Some(Support::Possible),
        },
        Case {
            rule: "notifications_not_asked_for",
            app: watching(ApkBuilder::new("com.example.plain"))
                .component(Component::activity(".Main").launcher().exclude_from_recents())
                .android_permissions(&["FOREGROUND_SERVICE"])
                .dex(
                    &watching_code()
                        .call(OWN, "Landroid/app/Activity;", "finishAndRemoveTask", "()V")
                        .call(OWN, "Landroid/app/Service;", "startForeground", "()V"),
                ),
            support: Support::Supported,
            near_miss: watching(plain_app())
                .android_permissions(&["FOREGROUND_SERVICE", "POST_NOTIFICATIONS"])
                .dex(&watching_code().call(OWN, "Landroid/app/Service;", "startForeground", "()V")),
            near_support: None,
        },
        Case {
            rule: "hidden_from_recents",
            app: ApkBuilder::new("com.example.plain")
                .component(Component::activity(".Main").launcher().exclude_from_recents())
                .dex(&call("Landroid/app/Activity;", "finishAndRemoveTask")),
            support: Support::Supported,
            // A sign-in screen that leaves nothing behind.
            near_miss: plain_app()
                .component(Component::activity(".SignIn").exclude_from_recents())
                .dex(&call("Landroid/app/Activity;", "finishAndRemoveTask")),
            near_support: None,
        },
        simple(
            "secret_dialer_code",
            plain_app().component(
                Component::receiver(".Watch").filter(
                    IntentFilter::action("android.provider.Telephony.SECRET_CODE")
                        .scheme("android_secret_code"),
                ),
            ),
            &overriding("Landroid/content/BroadcastReceiver;", "onReceive"),
        ),
        simple(
            "overlay",
            with(&["SYSTEM_ALERT_WINDOW"]),
            &call("Landroid/view/WindowManager;", "addView"),
        ),
        simple(
            "device_admin",
            plain_app().component(
                receiver("android.app.action.DEVICE_ADMIN_ENABLED")
                    .permission("android.permission.BIND_DEVICE_ADMIN"),
            ),
            &call("Landroid/app/admin/DevicePolicyManager;", "lockNow"),
        ),
        simple(
            "removal_blocked_by_accessibility",
            plain_app().component(accessibility()),
            &call(ACCESSIBILITY, "performGlobalAction"),
        ),
        Case {
            rule: "boot_persistence",
            app: boot().dex(&overriding("Landroid/content/BroadcastReceiver;", "onReceive")),
            support: Support::Supported,
            // The permission without anything that is started.
            near_miss: with(&["RECEIVE_BOOT_COMPLETED"])
                .dex(&overriding("Landroid/content/BroadcastReceiver;", "onReceive")),
            near_support: None,
        },
        simple(
            "battery_exemption",
            with(&["REQUEST_IGNORE_BATTERY_OPTIMIZATIONS"]),
            &call("Landroid/os/PowerManager;", "isIgnoringBatteryOptimizations"),
        ),
        simple(
            "installs_packages",
            with(&["REQUEST_INSTALL_PACKAGES"]),
            &call("Landroid/content/pm/PackageInstaller$Session;", "commit"),
        ),
        weak(
            "protection_tampering",
            &DexBuilder::new().string_in(OWN, "Please switch Play Protect off."),
            &DexBuilder::new().string_in(OWN, "Please play. Protect the king."),
        ),
        Case {
            rule: "root_use",
            app: plain_app()
                .permission("android.permission.ACCESS_SUPERUSER")
                .dex(&call("Ljava/lang/Runtime;", "exec")),
            support: Support::Supported,
            near_miss: plain_app().dex(&call("Ljava/lang/Runtime;", "gc")),
            near_support: None,
        },
        Case {
            rule: "says_monitoring_tool",
            app: plain_app().meta_data("IsMonitoringTool", "child_monitoring"),
            support: Support::Possible,
            near_miss: plain_app().meta_data("isMonitoringToolbar", "yes"),
            near_support: None,
        },
        weak(
            "covert_wording",
            &DexBuilder::new().string_in(OWN, "Spy on a phone, without them knowing"),
            &DexBuilder::new().string_in(OWN, "Crispy toast, one target"),
        ),
    ]
}

fn cases() -> Vec<Case> {
    let mut cases = reading_cases();
    cases.extend(acting_cases());
    cases
}

#[test]
fn every_rule_finds_what_it_asks_for() {
    for case in cases() {
        let report = report(&case.app.build());
        let found =
            capability(&report, case.rule).unwrap_or_else(|| panic!("{} not found", case.rule));
        assert_eq!(found.support, case.support, "{}: {:#?}", case.rule, found.evidence);
        assert!(!found.evidence.is_empty(), "{} has no evidence", case.rule);
        for evidence in &found.evidence {
            assert!(
                evidence.place.contains(": "),
                "{}: a place names a file and what is in it: {evidence:?}",
                case.rule
            );
        }
    }
}

#[test]
fn a_near_miss_is_less() {
    for case in cases() {
        let report = report(&case.near_miss.build());
        let support = capability(&report, case.rule).map(|found| found.support);
        assert_eq!(support, case.near_support, "{}", case.rule);
    }
}

#[test]
fn no_rule_is_without_a_case() {
    let tested: BTreeSet<&str> = cases().iter().map(|case| case.rule).collect();
    let listed: BTreeSet<&str> = catalogue().rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(tested, listed);
}

#[test]
fn an_app_that_only_shows_itself_has_no_capability() {
    let report = report(&plain_app().dex(&DexBuilder::new()).build());
    assert_eq!(report.capabilities, []);
    assert_eq!(report.problems, []);
}

#[test]
fn strings_alone_never_support() {
    let dex = DexBuilder::new().string_in(OWN, "content://sms/inbox");
    let declared = report(&with(&["READ_SMS"]).dex(&dex).build());
    assert_eq!(capability(&declared, "messages_sms").unwrap().support, Support::Possible);
    let alone = report(&plain_app().dex(&dex).build());
    assert_eq!(capability(&alone, "messages_sms").unwrap().support, Support::Weak);
}

#[test]
fn library_code_counts_only_together_with_a_declaration() {
    let dex = DexBuilder::new().call(
        "Landroidx/camera/core/Internal;",
        "Landroid/hardware/Camera;",
        "takePicture",
        "()V",
    );
    let undeclared = report(&plain_app().dex(&dex).build());
    assert_eq!(capability(&undeclared, "camera"), None);
    let declared = report(&with(&["CAMERA"]).dex(&dex).build());
    let camera = capability(&declared, "camera").unwrap();
    assert_eq!(camera.support, Support::Supported);
    let called = camera.evidence.iter().find(|evidence| evidence.tier == Tier::Called).unwrap();
    assert_eq!(called.place, "classes.dex: Landroidx/camera/core/Internal; (library code)");
}

#[test]
fn a_call_through_an_extending_class_is_seen() {
    let own = "Lcom/example/plain/Base;";
    let dex = DexBuilder::new().class(own, ACCESSIBILITY).class(OWN, own).call(
        OWN,
        OWN,
        "performGlobalAction",
        "(I)Z",
    );
    let report = report(&plain_app().component(accessibility()).dex(&dex).build());
    let found = capability(&report, "removal_blocked_by_accessibility").unwrap();
    assert_eq!(found.support, Support::Supported, "{:#?}", found.evidence);
}

#[test]
fn a_reference_without_a_call_is_told_apart() {
    let dex = DexBuilder::new().reference("Landroid/hardware/Camera;", "takePicture", "()V");
    let report = report(&with(&["CAMERA"]).dex(&dex).build());
    let camera = capability(&report, "camera").unwrap();
    let code: Vec<_> = camera.evidence.iter().filter(|e| e.tier != Tier::Declared).collect();
    assert_eq!(code.len(), 1);
    assert_eq!(
        (code[0].tier, code[0].place.as_str()),
        (Tier::Referenced, "classes.dex: references")
    );
}

#[test]
fn settings_files_are_evidence_with_their_place() {
    let service = accessibility().meta_xml("android.accessibilityservice", accessibility_config());
    let admin = receiver("android.app.action.DEVICE_ADMIN_ENABLED")
        .permission("android.permission.BIND_DEVICE_ADMIN")
        .meta_xml("android.app.device_admin", device_admin_config(&["wipe-data"]));
    let report = report(&plain_app().component(service).component(admin).build());
    let values = |id: &str| -> Vec<(String, String)> {
        let evidence = &capability(&report, id).unwrap().evidence;
        let settings = evidence.iter().filter(|evidence| evidence.kind == "attribute");
        settings.map(|evidence| (evidence.value.clone(), evidence.place.clone())).collect()
    };
    let keys = values("keys_accessibility");
    assert!(keys.iter().any(|(value, _)| value == "canRetrieveWindowContent=true"), "{keys:?}");
    assert!(keys.iter().all(|(_, place)| place.starts_with("res/xml/")), "{keys:?}");
    let admin = values("device_admin");
    assert_eq!(admin.len(), 1, "only the policy that is asked for: {admin:?}");
    assert_eq!(admin[0].0, "wipe-data");
}

#[test]
fn apps_that_are_opened_otherwise_are_not_hidden() {
    let keyboard = ApkBuilder::new("com.example.keys")
        .component(service("BIND_INPUT_METHOD", "android.view.InputMethod"));
    let empty = ApkBuilder::new("com.example.empty");
    let watch_face = ApkBuilder::new("com.example.face")
        .feature("android.hardware.type.watch", true)
        .component(Component::service(".Face"));
    for app in [keyboard, empty, watch_face] {
        let report = report(&app.build());
        assert_eq!(capability(&report, "hidden_launcher"), None, "{:?}", report.package);
    }
}

#[test]
fn a_launcher_entry_that_is_switched_off_is_hidden() {
    let entry = Component::alias(".Entry", ".Main").launcher().attribute("enabled", false);
    let app = ApkBuilder::new("com.example.plain")
        .component(Component::activity(".Main"))
        .component(entry)
        .dex(&DexBuilder::new());
    let report = report(&app.build());
    let hidden = capability(&report, "hidden_launcher").unwrap();
    assert_eq!(hidden.support, Support::Possible);
    assert_eq!(
        hidden.evidence[0].place,
        "AndroidManifest.xml: activity-alias com.example.plain.Entry"
    );
}

#[test]
fn evidence_is_bounded_and_says_what_is_left_out() {
    let app = (0..30).fold(plain_app(), |app, n| {
        app.component(
            Component::service(&format!(".S{n}"))
                .permission("android.permission.BIND_ACCESSIBILITY_SERVICE")
                .action("android.accessibilityservice.AccessibilityService"),
        )
    });
    let report = report(&app.build());
    assert_eq!(capability(&report, "keys_accessibility").unwrap().evidence.len(), 20);
    assert!(super::has_problem(&report, "10 more pieces of evidence are not listed"));
}
