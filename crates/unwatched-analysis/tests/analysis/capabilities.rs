//! How evidence becomes a capability: what counts, what does not, and what a report says of it.
//! Each rule's own apps are in `rules`.

use unwatched_fixtures::apk::{ApkBuilder, Component, accessibility_config, device_admin_config};
use unwatched_fixtures::axml::Element;
use unwatched_fixtures::dex::DexBuilder;
use unwatched_model::criterion::Criterion;
use unwatched_model::report::{Support, Tier};

use super::{capability, plain_app, report};

const OWN: &str = "Lcom/example/plain/Watch;";

fn with(permissions: &[&str]) -> ApkBuilder {
    plain_app().android_permissions(permissions)
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

fn connections(base: Element) -> Vec<String> {
    let file = Element::new("network-security-config").child(base);
    let app = with(&["INTERNET"]).application_file("networkSecurityConfig", file);
    settings_of(&app, "exfiltration")
}

/// The settings that are listed beside a capability.
fn settings_of(app: &ApkBuilder, id: &str) -> Vec<String> {
    let evidence = capability(&report(&app.build()), id).unwrap().evidence.clone();
    let settings = evidence.into_iter().filter(|evidence| evidence.kind == "attribute");
    settings.map(|evidence| format!("{} ({})", evidence.value, evidence.place)).collect()
}

#[test]
fn how_connections_are_guarded_stands_beside_where_data_goes() {
    let trusting = |source: &str| {
        let certificates = Element::new("certificates").plain("src", source);
        Element::new("trust-anchors").child(certificates)
    };
    let base = |inner: Element| Element::new("base-config").child(inner);
    let place = "res/xml/config_0.xml";
    let open = Element::new("base-config").plain("cleartextTrafficPermitted", true);
    let cleartext = format!("cleartextTrafficPermitted=true ({place}: base-config)");
    assert_eq!(connections(open), [cleartext.as_str()]);
    let written = Element::new("base-config").plain("cleartextTrafficPermitted", "true");
    assert_eq!(connections(written), [cleartext.as_str()]);
    let user = format!("src=user ({place}: certificates)");
    assert_eq!(connections(base(trusting("user"))), [user.as_str()]);
    let pins = Element::new("pin-set").child(Element::new("pin").plain("digest", "SHA-256"));
    let pinned = Element::new("domain-config").child(pins);
    assert_eq!(connections(pinned), [format!("pin ({place}: pin)")]);

    // What only a build for developers does, and what is the rule anyway.
    let for_developers = Element::new("debug-overrides").child(trusting("user"));
    let closed = Element::new("base-config").plain("cleartextTrafficPermitted", false);
    for near in [for_developers, closed, base(trusting("system"))] {
        assert_eq!(connections(near), [""; 0]);
    }
}

#[test]
fn the_attribute_counts_where_no_settings_of_the_network_stand() {
    let open = with(&["INTERNET"]).application_attribute("usesCleartextTraffic", true);
    let found = settings_of(&open, "exfiltration");
    assert_eq!(found, ["usesCleartextTraffic=true (AndroidManifest.xml: application)"]);
    let settled =
        open.application_file("networkSecurityConfig", Element::new("network-security-config"));
    assert_eq!(settings_of(&settled, "exfiltration"), [""; 0]);
}

#[test]
fn policies_and_gestures_stand_beside_what_they_allow() {
    let admin = receiver("android.app.action.DEVICE_ADMIN_ENABLED")
        .permission("android.permission.BIND_DEVICE_ADMIN")
        .meta_xml(
            "android.app.device_admin",
            device_admin_config(&["force-lock", "reset-password", "disable-camera"]),
        );
    let file = "res/xml/config_0.xml";
    let app = plain_app().component(admin);
    let listed = |names: &[&str]| -> Vec<String> {
        names.iter().map(|name| format!("{name} ({file}: {name})")).collect()
    };
    assert_eq!(
        settings_of(&app, "device_admin"),
        listed(&["force-lock", "reset-password", "disable-camera"])
    );
    assert_eq!(
        settings_of(&app, "device_locked_or_erased"),
        listed(&["force-lock", "reset-password"])
    );
    let gestures = |may: bool| {
        let file = Element::new("accessibility-service").android("canPerformGestures", may);
        let service = accessibility().meta_xml("android.accessibilityservice", file);
        settings_of(&plain_app().component(service), "removal_blocked_by_accessibility")
    };
    let may = format!("canPerformGestures=true ({file}: accessibility-service)");
    assert_eq!(gestures(true), [may]);
    assert_eq!(gestures(false), [""; 0]);
}

#[test]
fn a_monitoring_tool_is_one_however_it_is_spelled() {
    let says = |name: &str, value: unwatched_fixtures::axml::Value| {
        let report = report(&plain_app().meta_data(name, value).build());
        capability(&report, "says_monitoring_tool").is_some()
    };
    for name in ["isMonitoringTool", "IsMonitoringTool", "ISMONITORINGTOOL", "is_monitoring_tool"] {
        for value in ["child_monitoring", "Enterprise-Management", "other", "", "TRUE"] {
            assert!(says(name, value.into()), "{name}={value}");
        }
        assert!(says(name, true.into()));
        assert!(!says(name, false.into()));
        assert!(!says(name, " False".into()));
    }
    assert!(!says("isMonitoringToolkit", "other".into()));
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
    let app = (0..30).fold(plain_app().dex(&DexBuilder::new()), |app, n| {
        app.component(
            Component::service(&format!(".S{n}"))
                .permission("android.permission.BIND_ACCESSIBILITY_SERVICE")
                .action("android.accessibilityservice.AccessibilityService"),
        )
    });
    let report = report(&app.build());
    assert_eq!(capability(&report, "keys_accessibility").unwrap().evidence.len(), 20);
    assert_eq!(report.left_out[0].what, "10 more pieces of evidence are not listed");
    assert_eq!(report.problems, [], "all of it was read");
}

#[test]
fn what_everyday_apps_ask_for_is_not_hiding() {
    const EVERYDAY: [&str; 14] = [
        "CAMERA",
        "RECORD_AUDIO",
        "ACCESS_FINE_LOCATION",
        "ACCESS_BACKGROUND_LOCATION",
        "READ_PHONE_STATE",
        "READ_CONTACTS",
        "READ_SMS",
        "READ_CALL_LOG",
        "READ_EXTERNAL_STORAGE",
        "FOREGROUND_SERVICE",
        "RECEIVE_BOOT_COMPLETED",
        "SYSTEM_ALERT_WINDOW",
        "INTERNET",
        "GET_ACCOUNTS",
    ];
    let hides = |permissions: &[&str]| {
        let app = with(permissions).sdk(24, 34).dex(&DexBuilder::new());
        let report = report(&app.build());
        let hidden = report.capabilities.iter().filter(|one| {
            one.support != Support::Weak && one.criteria.contains(&Criterion::HidesItself)
        });
        let unseen = ["audio_unseen", "camera_unseen"].into_iter();
        let unseen = unseen.filter(|id| capability(&report, id).is_some());
        hidden.map(|one| one.id.as_str()).chain(unseen).map(str::to_owned).collect::<Vec<_>>()
    };
    for permission in EVERYDAY {
        assert_eq!(hides(&[permission]), [""; 0], "{permission}");
    }
    assert_eq!(hides(&EVERYDAY), [""; 0]);
}

#[test]
fn a_text_message_that_a_screen_sends_answers_none_that_arrives() {
    let app = || {
        let receiver = receiver("android.provider.Telephony.SMS_RECEIVED");
        with(&["RECEIVE_SMS", "SEND_SMS"]).component(receiver.attribute("enabled", false))
    };
    let sending = |parent: &str| {
        let dex = DexBuilder::new().class("Lcom/example/plain/Demo;", parent);
        dex.call(
            "Lcom/example/plain/Demo;",
            "Landroid/telephony/SmsManager;",
            "sendMultipartTextMessage",
            "()V",
        )
    };
    let support = |parent: &str| {
        let report = report(&app().dex(&sending(parent)).build());
        capability(&report, "remote_sms").map(|found| found.support)
    };
    assert_eq!(support("Landroid/app/Activity;"), Some(Support::Possible));
    // A screen that hears whether its message went out.
    let heard = sending("Landroid/app/Activity;")
        .class("Lcom/example/plain/Demo$2;", "Landroid/content/BroadcastReceiver;");
    let heard = report(&app().dex(&heard).build());
    assert_eq!(capability(&heard, "remote_sms").unwrap().support, Support::Possible);
    assert_eq!(support("Landroid/content/BroadcastReceiver;"), Some(Support::Supported));
    assert_eq!(support("Landroid/app/Service;"), Some(Support::Supported));
}

/// Calls of Android that a library wraps, with a wrapper and the capability beside its permission.
const WRAPPED: [(&str, &str, &str, &str, &str); 3] = [
    (
        "ACCESS_FINE_LOCATION",
        "location",
        "Landroidx/core/location/LocationManagerCompat",
        "Landroid/location/LocationManager;",
        "requestLocationUpdates",
    ),
    (
        "READ_PHONE_STATE",
        "device_numbers",
        "Landroidx/core/telephony/TelephonyManagerCompat",
        "Landroid/telephony/TelephonyManager;",
        "getImei",
    ),
    (
        "SYSTEM_ALERT_WINDOW",
        "overlay",
        "Landroidx/appcompat/widget/TooltipPopup",
        "Landroid/view/WindowManager;",
        "addView",
    ),
];

#[test]
fn what_only_a_wrapper_calls_supports_nothing() {
    for (permission, id, wrapper, wrapped, method) in WRAPPED {
        let support = |class: &str| {
            let dex = DexBuilder::new().call(class, wrapped, method, "()V");
            let report = report(&with(&[permission]).dex(&dex).build());
            capability(&report, id).map(|found| found.support)
        };
        assert_eq!(support(&format!("{wrapper};")), Some(Support::Possible), "{id}");
        assert_eq!(support(&format!("{wrapper}$Api26Impl;")), Some(Support::Possible), "{id}");
        // Other classes of libraries do what they do, whatever they are called.
        assert_eq!(support(&format!("{wrapper}er;")), Some(Support::Supported), "{id}");
        assert_eq!(support(OWN), Some(Support::Supported), "{id}");
    }
}

#[test]
fn whoever_calls_a_wrapper_calls_what_it_wraps() {
    let (permission, id, wrapper, inside, method) = WRAPPED[0];
    let wrapper = format!("{wrapper};");
    let dex =
        DexBuilder::new().call(&wrapper, inside, method, "()V").call(OWN, &wrapper, method, "()V");
    let report = report(&with(&[permission]).dex(&dex).build());
    let found = capability(&report, id).unwrap();
    assert_eq!(found.support, Support::Supported);
    let called = found.evidence.iter().find(|one| one.tier == Tier::Called).unwrap();
    assert_eq!(called.place, format!("classes.dex: {OWN}"));
}
