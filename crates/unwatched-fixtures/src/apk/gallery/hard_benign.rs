//! Apps that declare and reference much of what stalkerware does, for their users' own ends.
//!
//! A rule that fires on these tells behaviour, not intent: they guard against false alarms. All of
//! them show themselves: an icon, an honest name, notifications.

use super::references::{self as r, add};
use super::{GalleryApp, class_of};
use crate::apk::{
    ApkBuilder, Component, ForegroundType, IntentFilter, accessibility_config, device_admin_config,
};
use crate::dex::DexBuilder;
use crate::signing::Signer;

const ACCESSIBILITY_SERVICE: &str = "Landroid/accessibilityservice/AccessibilityService;";
const LISTENER_SERVICE: &str = "Landroid/service/notification/NotificationListenerService;";
const ACCESSIBILITY_EVENT: &str = "(Landroid/view/accessibility/AccessibilityEvent;)V";

/// An automation app: events of the phone in, actions out, nothing sent anywhere.
pub fn hard_benign_automation() -> GalleryApp {
    let package = "com.example.everyday.automation";
    let class = |name: &str| class_of(package, name);
    let dex = DexBuilder::new()
        .class(&class("BootReceiver"), "Landroid/content/BroadcastReceiver;")
        .class(&class("MainActivity"), "Landroid/app/Activity;")
        .class(&class("ActionService"), ACCESSIBILITY_SERVICE)
        .overrides(&class("ActionService"), "onAccessibilityEvent", ACCESSIBILITY_EVENT)
        .class(&class("NotificationEvents"), LISTENER_SERVICE)
        .strings(&["When I arrive home", "Reply to a message", "content://sms", "geofence"])
        .string("https://docs.everyday-automation.example/recipes");
    let dex = add(dex, &class("ActionService"), &[r::SCREEN_TEXT, r::SCREEN_ACTIONS]);
    let dex = add(dex, &class("NotificationEvents"), &[r::NOTIFICATIONS]);
    let dex = add(dex, &class("events/SmsEvent"), &[r::SMS]);
    let dex = add(dex, &class("events/CallEvent"), &[r::CALLS]);
    let dex = add(dex, &class("events/PlaceEvent"), &[r::LOCATION]);
    let dex = add(dex, &class("actions/Record"), &[r::MICROPHONE]);
    let dex = add(dex, &class("actions/Setting"), &[r::SECURE_SETTINGS, r::APP_USAGE]);
    let dex = add(dex, &class("RunnerService"), &[r::PERSISTENCE, r::VISIBLE_CHANNEL]);

    let builder = ApkBuilder::new(package)
        .resource_label("Everyday Automation", &[("de", "Alltagsautomatik")])
        .version(812, "8.1.2")
        .android_permissions(&[
            "RECEIVE_SMS",
            "READ_SMS",
            "READ_CALL_LOG",
            "READ_PHONE_STATE",
            "RECORD_AUDIO",
            "ACCESS_FINE_LOCATION",
            "ACCESS_BACKGROUND_LOCATION",
            "WRITE_SECURE_SETTINGS",
            "PACKAGE_USAGE_STATS",
            "SYSTEM_ALERT_WINDOW",
            "FOREGROUND_SERVICE",
            "POST_NOTIFICATIONS",
            "RECEIVE_BOOT_COMPLETED",
            "REQUEST_IGNORE_BATTERY_OPTIMIZATIONS",
        ])
        .component(Component::activity(".MainActivity").exported(true).launcher())
        .component(accessibility(".ActionService"))
        .component(notification_listener(".NotificationEvents"))
        .component(
            Component::service(".RunnerService")
                .exported(false)
                .foreground(&[ForegroundType::SpecialUse, ForegroundType::Location]),
        )
        .component(boot_receiver(".BootReceiver"))
        .component(
            Component::receiver(".events.SmsEvent")
                .exported(true)
                .filter(IntentFilter::action("android.provider.Telephony.SMS_RECEIVED")),
        )
        .dex(&dex);
    let signer = Signer::made_up("Everyday Automation", "Everyday Tools", 101);
    let hosts = ["docs.everyday-automation.example"];
    GalleryApp::new("hard_benign_automation", "Everyday Automation", &hosts, signer, builder)
}

/// A screen reader: reads everything on the screen, aloud; has no access to the network.
pub fn hard_benign_screen_reader() -> GalleryApp {
    let package = "com.example.speak.screenreader";
    let class = |name: &str| class_of(package, name);
    let dex = DexBuilder::new()
        .class(&class("BootReceiver"), "Landroid/content/BroadcastReceiver;")
        .class(&class("SettingsActivity"), "Landroid/app/Activity;")
        .class(&class("ReaderService"), ACCESSIBILITY_SERVICE)
        .overrides(&class("ReaderService"), "onAccessibilityEvent", ACCESSIBILITY_EVENT)
        .overrides(&class("ReaderService"), "onKeyEvent", "(Landroid/view/KeyEvent;)Z")
        .strings(&["Double tap to activate", "enabled_accessibility_services"]);
    let groups = [r::SCREEN_TEXT, r::SCREEN_ACTIONS, r::GOING_BACK, r::SPEECH];
    let dex = add(dex, &class("ReaderService"), &groups);
    let dex = add(dex, &class("CallReader"), &[r::CALLS]);

    let config = accessibility_config()
        .android("isAccessibilityTool", true)
        .android("settingsActivity", "com.example.speak.screenreader.SettingsActivity");
    let builder = ApkBuilder::new(package)
        .label("Speak Screen Reader")
        .version(54, "5.4")
        .android_permissions(&["READ_PHONE_STATE", "VIBRATE", "RECEIVE_BOOT_COMPLETED"])
        .component(Component::activity(".SettingsActivity").exported(true).launcher())
        .component(
            Component::service(".ReaderService")
                .permission("android.permission.BIND_ACCESSIBILITY_SERVICE")
                .exported(true)
                .action("android.accessibilityservice.AccessibilityService")
                .meta_xml("android.accessibilityservice", config),
        )
        .component(boot_receiver(".BootReceiver"))
        .dex(&dex);
    let signer = Signer::made_up("Speak", "Speak Foundation", 102);
    GalleryApp::new("hard_benign_screen_reader", "Speak Screen Reader", &[], signer, builder)
}

/// A parental control that says what it is: the platform's mark for monitoring tools, an icon, a
/// visible notification.
pub fn parental_control_visible() -> GalleryApp {
    let package = "com.example.family.screentime";
    let class = |name: &str| class_of(package, name);
    let dex = DexBuilder::new()
        .class(&class("BootReceiver"), "Landroid/content/BroadcastReceiver;")
        .class(&class("MainActivity"), "Landroid/app/Activity;")
        .class(&class("ScreenTimeService"), ACCESSIBILITY_SERVICE)
        .overrides(&class("ScreenTimeService"), "onAccessibilityEvent", ACCESSIBILITY_EVENT)
        .class("Lokhttp3/OkHttpClient;", "Ljava/lang/Object;")
        .strings(&["Your parent can see the apps that you use", "geofence"])
        .string_in(&class("Reports"), "https://api.family-screentime.example/v1/report");
    let dex = add(dex, &class("ScreenTimeService"), &[r::SCREEN_TEXT, r::GOING_BACK]);
    let dex = add(dex, &class("Usage"), &[r::APP_USAGE]);
    let dex = add(dex, &class("Places"), &[r::LOCATION]);
    let dex = add(dex, &class("Reports"), &[r::UPLOAD]);
    let dex = add(dex, &class("Admin"), &[r::DEVICE_ADMIN]);
    let dex = add(dex, &class("Notice"), &[r::VISIBLE_CHANNEL, r::PERSISTENCE]);

    let builder = ApkBuilder::new(package)
        .label("Family Screen Time")
        .version(220, "2.20")
        .android_permissions(&[
            "INTERNET",
            "PACKAGE_USAGE_STATS",
            "QUERY_ALL_PACKAGES",
            "ACCESS_FINE_LOCATION",
            "ACCESS_BACKGROUND_LOCATION",
            "FOREGROUND_SERVICE",
            "FOREGROUND_SERVICE_LOCATION",
            "POST_NOTIFICATIONS",
            "RECEIVE_BOOT_COMPLETED",
        ])
        .meta_data("isMonitoringTool", "child_monitoring")
        .component(Component::activity(".MainActivity").exported(true).launcher())
        .component(accessibility(".ScreenTimeService"))
        .component(
            Component::service(".Places").exported(false).foreground(&[ForegroundType::Location]),
        )
        .component(device_admin(".Admin"))
        .component(boot_receiver(".BootReceiver"))
        .dex(&dex);
    let signer = Signer::made_up("Family Screen Time", "Family Software", 103);
    let hosts = ["api.family-screentime.example"];
    GalleryApp::new("parental_control_visible", "Family Screen Time", &hosts, signer, builder)
}

/// An employer's device management: an administrator with reports, and an icon.
pub fn device_management_agent() -> GalleryApp {
    let package = "com.example.fleet.agent";
    let class = |name: &str| class_of(package, name);
    let dex = DexBuilder::new()
        .class(&class("BootReceiver"), "Landroid/content/BroadcastReceiver;")
        .class(&class("StatusActivity"), "Landroid/app/Activity;")
        .class(&class("Admin"), "Landroid/app/admin/DeviceAdminReceiver;")
        .class(&class("Push"), "Lcom/google/firebase/messaging/FirebaseMessagingService;")
        .overrides(
            &class("Push"),
            "onMessageReceived",
            "(Lcom/google/firebase/messaging/RemoteMessage;)V",
        )
        .string("This device is managed by your organisation")
        .string_in(&class("Inventory"), "https://devices.fleet-agent.example/checkin");
    let dex = add(dex, &class("Admin"), &[r::DEVICE_ADMIN]);
    let dex = add(dex, &class("Push"), &[r::PUSH]);
    let groups = [r::APP_USAGE, r::DEVICE_IDS, r::UPLOAD, r::PERSISTENCE];
    let dex = add(dex, &class("Inventory"), &groups);

    let builder = ApkBuilder::new(package)
        .label("Fleet Agent")
        .version(77, "7.7")
        .android_permissions(&[
            "INTERNET",
            "READ_PHONE_STATE",
            "QUERY_ALL_PACKAGES",
            "ACCESS_COARSE_LOCATION",
            "REQUEST_INSTALL_PACKAGES",
            "POST_NOTIFICATIONS",
            "RECEIVE_BOOT_COMPLETED",
        ])
        .meta_data("isMonitoringTool", "enterprise_management")
        .component(Component::activity(".StatusActivity").exported(true).launcher())
        .component(device_admin(".Admin"))
        .component(
            Component::service(".Push")
                .exported(false)
                .action("com.google.firebase.MESSAGING_EVENT"),
        )
        .component(boot_receiver(".BootReceiver"))
        .dex(&dex);
    let signer = Signer::made_up("Fleet Agent", "Fleet Software", 104);
    let hosts = ["devices.fleet-agent.example"];
    GalleryApp::new("device_management_agent", "Fleet Agent", &hosts, signer, builder)
}

fn accessibility(name: &str) -> Component {
    Component::service(name)
        .permission("android.permission.BIND_ACCESSIBILITY_SERVICE")
        .exported(true)
        .action("android.accessibilityservice.AccessibilityService")
        .meta_xml("android.accessibilityservice", accessibility_config())
}

fn notification_listener(name: &str) -> Component {
    Component::service(name)
        .permission("android.permission.BIND_NOTIFICATION_LISTENER_SERVICE")
        .exported(true)
        .action("android.service.notification.NotificationListenerService")
}

fn device_admin(name: &str) -> Component {
    Component::receiver(name)
        .permission("android.permission.BIND_DEVICE_ADMIN")
        .exported(true)
        .action("android.app.action.DEVICE_ADMIN_ENABLED")
        .meta_xml("android.app.device_admin", device_admin_config(&["force-lock", "wipe-data"]))
}

fn boot_receiver(name: &str) -> Component {
    Component::receiver(name).exported(true).action("android.intent.action.BOOT_COMPLETED")
}
