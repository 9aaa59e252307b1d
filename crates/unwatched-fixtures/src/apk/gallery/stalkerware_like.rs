//! The unknown family: what the field's analysts see first in an app that nobody listed yet.
//!
//! Declares and references nearly everything of the rule catalogue, hides its icon and its name,
//! and does none of it.

use super::references::{self as r, add};
use super::{GalleryApp, class_of};
use crate::apk::{
    ApkBuilder, Component, ForegroundType, IntentFilter, accessibility_config, device_admin_config,
};
use crate::dex::DexBuilder;
use crate::random::Random;
use crate::signing::Signer;

const LABELS: [&str; 5] =
    ["System Service", "Sync Services", "Device Health", "Update Service", "Wi-Fi Service"];
const FIRST_WORDS: [&str; 8] =
    ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron"];
const SECOND_WORDS: [&str; 8] =
    ["lantern", "meadow", "needle", "orchard", "pebble", "quarry", "ridge", "saddle"];

const OBJECT: &str = "Ljava/lang/Object;";
const RECEIVE: &str = "(Landroid/content/Context;Landroid/content/Intent;)V";

/// An app of an unknown family, another one for each seed: package, label, hosts, class names and
/// certificate differ; what it declares and references does not.
pub fn unknown_stalkerware_like(seed: u64) -> GalleryApp {
    let mut random = Random::new(seed);
    let (first, second) = (*random.pick(&FIRST_WORDS), *random.pick(&SECOND_WORDS));
    let number = random.below(9000) + 1000;
    let label = *random.pick(&LABELS);
    let package = format!("com.example.{first}.{second}{number}");
    let hosts =
        [format!("api.{first}-{second}{number}.example"), format!("push.{first}-{number}.example")];
    let signer =
        Signer::made_up(&format!("{first} {second}"), &format!("Watch {number} Ltd"), seed);

    let builder = declarations(&package, label).dex(&code(&package, &hosts));
    GalleryApp::new(
        "unknown_stalkerware_like",
        label,
        &hosts.each_ref().map(String::as_str),
        signer,
        builder,
    )
}

fn declarations(package: &str, label: &str) -> ApkBuilder {
    let app = ApkBuilder::new(package)
        .label(label)
        .version(31, "3.1")
        .sdk(24, 30)
        .android_permissions(&[
            "INTERNET",
            "READ_SMS",
            "RECEIVE_SMS",
            "READ_CALL_LOG",
            "PROCESS_OUTGOING_CALLS",
            "READ_PHONE_STATE",
            "READ_CONTACTS",
            "GET_ACCOUNTS",
            "RECORD_AUDIO",
            "CAMERA",
            "ACCESS_FINE_LOCATION",
            "ACCESS_COARSE_LOCATION",
            "ACCESS_BACKGROUND_LOCATION",
            "READ_EXTERNAL_STORAGE",
            "PACKAGE_USAGE_STATS",
            "QUERY_ALL_PACKAGES",
            "SYSTEM_ALERT_WINDOW",
            "FOREGROUND_SERVICE",
            "RECEIVE_BOOT_COMPLETED",
            "REQUEST_IGNORE_BATTERY_OPTIMIZATIONS",
            "WAKE_LOCK",
        ])
        .feature("android.hardware.camera", false)
        .feature("android.hardware.telephony", false);
    receivers(services(app))
        .component(Component::activity(".SetupActivity").exported(false).exclude_from_recents())
}

fn services(app: ApkBuilder) -> ApkBuilder {
    app.component(
        Component::service(".ScreenService")
            .permission("android.permission.BIND_ACCESSIBILITY_SERVICE")
            .exported(true)
            .action("android.accessibilityservice.AccessibilityService")
            .meta_xml("android.accessibilityservice", accessibility_config()),
    )
    .component(
        Component::service(".MessageService")
            .permission("android.permission.BIND_NOTIFICATION_LISTENER_SERVICE")
            .exported(true)
            .action("android.service.notification.NotificationListenerService"),
    )
    .component(
        Component::service(".CommandService")
            .exported(false)
            .action("com.google.firebase.MESSAGING_EVENT"),
    )
    .component(Component::service(".CollectorService").exported(false).foreground(&[
        ForegroundType::Location,
        ForegroundType::Camera,
        ForegroundType::Microphone,
    ]))
}

fn receivers(app: ApkBuilder) -> ApkBuilder {
    let boot = IntentFilter::action("android.intent.action.BOOT_COMPLETED")
        .and_action("android.intent.action.LOCKED_BOOT_COMPLETED")
        .and_action("android.intent.action.MY_PACKAGE_REPLACED")
        .priority(999);
    let sms = IntentFilter::action("android.provider.Telephony.SMS_RECEIVED").priority(999);
    let calls = IntentFilter::action("android.intent.action.PHONE_STATE")
        .and_action("android.intent.action.NEW_OUTGOING_CALL");
    let code = IntentFilter::action("android.provider.Telephony.SECRET_CODE")
        .scheme("android_secret_code");
    app.component(
        Component::receiver(".AdminReceiver")
            .permission("android.permission.BIND_DEVICE_ADMIN")
            .exported(true)
            .action("android.app.action.DEVICE_ADMIN_ENABLED")
            .meta_xml(
                "android.app.device_admin",
                device_admin_config(&["force-lock", "wipe-data"]),
            ),
    )
    .component(Component::receiver(".BootReceiver").exported(true).filter(boot))
    .component(Component::receiver(".SmsReceiver").exported(true).filter(sms))
    .component(Component::receiver(".CallReceiver").exported(true).filter(calls))
    .component(Component::receiver(".CodeReceiver").exported(true).filter(code))
}

fn code(package: &str, hosts: &[String; 2]) -> DexBuilder {
    let class = |name: &str| class_of(package, name);
    let dex = declared_classes(DexBuilder::new(), package);
    let dex = add(dex, &class("ScreenService"), &[r::SCREEN_TEXT, r::GOING_BACK]);
    let dex = add(dex, &class("MessageService"), &[r::NOTIFICATIONS, r::CANCELLING_NOTIFICATIONS]);
    let dex = add(dex, &class("CommandService"), &[r::PUSH]);
    let dex = add(
        dex,
        &class("CollectorService"),
        &[r::MICROPHONE, r::CAMERA, r::LOCATION, r::FILES, r::PERSISTENCE, r::QUIET_CHANNEL],
    );
    let dex = add(dex, &class("SmsReceiver"), &[r::SMS]);
    let dex = add(dex, &class("CallReceiver"), &[r::CALLS, r::CALL_RECORDING]);
    let dex = add(dex, &class("AdminReceiver"), &[r::DEVICE_ADMIN]);
    let dex = add(dex, &class("SetupActivity"), &[r::HIDING_THE_ICON]);
    let dex = add(dex, &class("Inventory"), &[r::ACCOUNTS, r::APP_USAGE, r::DEVICE_IDS]);
    let dex = add(dex, &class("Uploader"), &[r::UPLOAD]);
    strings(dex, package, hosts)
}

/// The app's classes, and the platform's methods that they override with nothing.
fn declared_classes(dex: DexBuilder, package: &str) -> DexBuilder {
    let class = |name: &str| class_of(package, name);
    dex.class(&class("SetupActivity"), "Landroid/app/Activity;")
        .class(&class("CollectorService"), "Landroid/app/Service;")
        .overrides(&class("CollectorService"), "onStartCommand", "(Landroid/content/Intent;II)I")
        .class(&class("ScreenService"), "Landroid/accessibilityservice/AccessibilityService;")
        .overrides(
            &class("ScreenService"),
            "onAccessibilityEvent",
            "(Landroid/view/accessibility/AccessibilityEvent;)V",
        )
        .overrides(&class("ScreenService"), "onKeyEvent", "(Landroid/view/KeyEvent;)Z")
        .class(
            &class("MessageService"),
            "Landroid/service/notification/NotificationListenerService;",
        )
        .overrides(
            &class("MessageService"),
            "onNotificationPosted",
            "(Landroid/service/notification/StatusBarNotification;)V",
        )
        .class(&class("CommandService"), "Lcom/google/firebase/messaging/FirebaseMessagingService;")
        .overrides(
            &class("CommandService"),
            "onMessageReceived",
            "(Lcom/google/firebase/messaging/RemoteMessage;)V",
        )
        .class(&class("AdminReceiver"), "Landroid/app/admin/DeviceAdminReceiver;")
        .overrides(
            &class("AdminReceiver"),
            "onDisableRequested",
            "(Landroid/content/Context;Landroid/content/Intent;)Ljava/lang/CharSequence;",
        )
        .class(&class("BootReceiver"), "Landroid/content/BroadcastReceiver;")
        .overrides(&class("BootReceiver"), "onReceive", RECEIVE)
        .class(&class("SmsReceiver"), "Landroid/content/BroadcastReceiver;")
        .overrides(&class("SmsReceiver"), "onReceive", RECEIVE)
        .class(&class("CallReceiver"), "Landroid/content/BroadcastReceiver;")
        .overrides(&class("CallReceiver"), "onReceive", RECEIVE)
        .class(&class("CodeReceiver"), "Landroid/content/BroadcastReceiver;")
        .overrides(&class("CodeReceiver"), "onReceive", RECEIVE)
        .class("Lokhttp3/OkHttpClient;", OBJECT)
        .class("Lokhttp3/MultipartBody$Builder;", OBJECT)
        .field("Landroid/provider/CallLog$Calls;", "CONTENT_URI", "Landroid/net/Uri;")
}

fn strings(dex: DexBuilder, package: &str, [api, push]: &[String; 2]) -> DexBuilder {
    let class = |name: &str| class_of(package, name);
    let mut dex = dex
        .string_in(&class("Uploader"), &format!("https://{api}/v2/upload"))
        .string_in(&class("Uploader"), &format!("https://{api}/v2/register"))
        .string_in(&class("CommandService"), &format!("wss://{push}/socket"))
        .strings(&["content://sms", "content://call_log/calls", "content://com.android.contacts"])
        .strings(&["enabled_notification_listeners", "enabled_accessibility_services"])
        .strings(&["com.whatsapp", "org.telegram.messenger", "com.facebook.orca"]);
    for word in ["take_picture", "get_location", "start_record", "lock", "wipe"] {
        dex = dex.string_in(&class("CommandService"), word);
    }
    for word in ["com.android.settings", "com.android.packageinstaller", "uninstall"] {
        dex = dex.string_in(&class("ScreenService"), word);
    }
    dex
}
