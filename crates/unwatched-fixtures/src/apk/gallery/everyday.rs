//! More apps that need much of what stalkerware needs, for the person who carries the phone: mail,
//! passwords, backups, calls, places, help from afar. All of them have an icon or are opened in
//! the way the platform means for their kind.

use super::families::Half;
use crate::apk::pairs::Sketch;
use crate::apk::{
    ApkBuilder, Component, ForegroundType, IntentFilter, accessibility_config, device_admin_config,
};
use crate::axml::{Element, Value};

pub(super) const UPLOAD: &str = "java.net.HttpURLConnection->getOutputStream";
pub(super) const MULTIPART: &str = "okhttp3.MultipartBody$Builder->addFormDataPart";
pub(super) const RECEIVE: &str = "android.content.BroadcastReceiver->onReceive";
pub(super) const BOOT: &str = "android.intent.action.BOOT_COMPLETED";
pub(super) const FOLLOW: &str = "android.location.LocationManager->requestLocationUpdates";
pub(super) const SWITCH: &str = "android.content.pm.PackageManager->setComponentEnabledSetting";
const CHANNEL: &str = "android.app.NotificationChannel-><init>";
pub(super) const ACCESSIBILITY: &str = "android.accessibilityservice.AccessibilityService";
pub(super) const LISTENER: &str = "android.service.notification.NotificationListenerService";
pub(super) const NODE: &str = "android.view.accessibility.AccessibilityNodeInfo";
const MESSAGING: &str = "com.google.firebase.messaging.FirebaseMessagingService";

/// Every one of them, with what it is.
pub fn everyday() -> Vec<(&'static str, ApkBuilder)> {
    let apps = [
        ("mail client", mail_client()),
        ("password manager", password_manager()),
        ("backup tool", backup_tool()),
        ("launcher", launcher()),
        ("keyboard", keyboard()),
        ("VPN", vpn()),
        ("spam blocker", spam_blocker()),
        ("find my phone", find_my_phone()),
        ("remote support", remote_support()),
        ("fitness tracker", fitness_tracker()),
        ("camera", camera()),
        ("switch access", switch_access()),
        ("screen reader without an icon", reader_without_icon()),
        ("messenger", messenger()),
        ("notification history", notification_history()),
        ("diary with several icons", diary()),
        ("company agent without an icon", company_agent()),
        ("quick tile", quick_tile()),
    ];
    apps.into_iter().map(|(name, sketch)| (name, sketch.apk())).collect()
}

/// Parts of watches and of other apps, widgets, agents of tests and operators.
pub fn attached() -> Vec<(&'static str, Half, ApkBuilder)> {
    let all = super::attached::attached().into_iter();
    all.map(|(name, half, sketch)| (name, half, sketch.apk())).collect()
}

fn app(name: &str, label: &str, rights: &[&str]) -> Sketch {
    Sketch::visible(name).label(label).asks(rights)
}

fn pushed(sketch: Sketch) -> Sketch {
    sketch
        .declares(Component::service(".Push").action("com.google.firebase.MESSAGING_EVENT"))
        .class("Push")
        .overrides(&format!("{MESSAGING}->onMessageReceived"))
}

fn booting(sketch: Sketch) -> Sketch {
    sketch.hears("Boot", &[BOOT]).class("Boot").overrides(RECEIVE)
}

/// What a library for background work does in nearly every app.
fn with_work_library(sketch: Sketch) -> Sketch {
    sketch
        .library("androidx.work.impl.utils.PackageManagerHelper")
        .calls_with(SWITCH, &[0, 2, 1])
        .calls_with(SWITCH, &[0, 1, 1])
}

fn mail_client() -> Sketch {
    let rights = [
        "INTERNET",
        "READ_CONTACTS",
        "GET_ACCOUNTS",
        "RECEIVE_BOOT_COMPLETED",
        "POST_NOTIFICATIONS",
    ];
    with_work_library(booting(pushed(app("everyday.mail", "Mail", &rights))))
        .bound_with(
            "Rules",
            "BIND_DEVICE_ADMIN",
            "android.app.action.DEVICE_ADMIN_ENABLED",
            device_admin_config(&["force-lock"]),
        )
        .class("Rules")
        .overrides("android.app.admin.DeviceAdminReceiver->onDisableRequested")
        .calls("android.app.admin.DevicePolicyManager->isAdminActive")
        .class("Send")
        .calls("javax.mail.Transport->send")
        .class("People")
        .uses("android.provider.ContactsContract$Contacts")
}

fn password_manager() -> Sketch {
    let sign_in = Component::activity(".SignIn").exclude_from_recents();
    app("everyday.passwords", "Passwords", &["INTERNET", "QUERY_ALL_PACKAGES", "CAMERA"])
        .bound_with("Fill", "BIND_ACCESSIBILITY_SERVICE", ACCESSIBILITY, accessibility_config())
        .bound("Autofill", "BIND_AUTOFILL_SERVICE", "android.service.autofill.AutofillService")
        .declares(sign_in)
        .class("SignIn")
        .extends("android.app.Activity")
        .calls("android.app.Activity->finishAndRemoveTask")
        .class("Fill")
        .overrides(&format!("{ACCESSIBILITY}->onAccessibilityEvent"))
        .calls(&format!("{NODE}->getText"))
        .calls(&format!("{NODE}->getViewIdResourceName"))
        .calls(&format!("{NODE}->performAction"))
        .says("com.android.chrome:id/url_bar")
        .class("Sync")
        .calls(UPLOAD)
        .class("Clip")
        .calls("android.content.ClipboardManager->addPrimaryClipChangedListener")
}

fn backup_tool() -> Sketch {
    let rights = [
        "INTERNET",
        "READ_SMS",
        "READ_CALL_LOG",
        "READ_CONTACTS",
        "READ_EXTERNAL_STORAGE",
        "FOREGROUND_SERVICE",
        "RECEIVE_BOOT_COMPLETED",
    ];
    with_work_library(booting(app("everyday.backup", "Phone Backup", &rights)))
        .declares(Component::service(".Copy").foreground(&[ForegroundType::DataSync]))
        .class("Copy")
        .extends("android.app.Service")
        .calls_text("android.content.ContentResolver->query", "content://sms")
        .calls_with(CHANNEL, &[0, 0, 1])
        .uses("android.provider.CallLog$Calls")
        .uses("android.provider.ContactsContract$Contacts")
        .uses("android.provider.MediaStore$Images$Media")
        .class("Send")
        .calls(MULTIPART)
        .calls("com.google.firebase.storage.StorageReference->putFile")
}

fn launcher() -> Sketch {
    let home = IntentFilter::action("android.intent.action.MAIN")
        .category("android.intent.category.HOME")
        .category("android.intent.category.DEFAULT");
    Sketch::without_icon("everyday.home")
        .label("Home")
        .asks(&[
            "INTERNET",
            "QUERY_ALL_PACKAGES",
            "READ_CONTACTS",
            "ACCESS_COARSE_LOCATION",
            "PACKAGE_USAGE_STATS",
        ])
        .declares(
            Component::activity(".MainActivity").exported(true).exclude_from_recents().filter(home),
        )
        .bound("Dots", "BIND_NOTIFICATION_LISTENER_SERVICE", LISTENER)
        .class("Dots")
        .overrides(&format!("{LISTENER}->onNotificationPosted"))
        .class("Apps")
        .calls("android.content.pm.PackageManager->getInstalledApplications")
        .calls(SWITCH)
        .class("Weather")
        .calls("android.location.LocationManager->getLastKnownLocation")
        .calls(UPLOAD)
}

fn keyboard() -> Sketch {
    app("everyday.keyboard", "Letters", &["INTERNET", "RECORD_AUDIO", "READ_CONTACTS", "VIBRATE"])
        .bound("Keyboard", "BIND_INPUT_METHOD", "android.view.InputMethod")
        .class("Keyboard")
        .overrides("android.inputmethodservice.InputMethodService->onStartInput")
        .calls("android.view.inputmethod.InputConnection->getTextBeforeCursor")
        .class("Dictate")
        .calls("android.media.AudioRecord->startRecording")
        .calls(UPLOAD)
        .class("Clip")
        .calls("android.content.ClipboardManager->addPrimaryClipChangedListener")
}

fn vpn() -> Sketch {
    let rights = [
        "INTERNET",
        "FOREGROUND_SERVICE",
        "RECEIVE_BOOT_COMPLETED",
        "QUERY_ALL_PACKAGES",
        "REQUEST_IGNORE_BATTERY_OPTIMIZATIONS",
    ];
    booting(app("everyday.vpn", "Tunnel", &rights))
        .bound("Tunnel", "BIND_VPN_SERVICE", "android.net.VpnService")
        .class("Tunnel")
        .overrides("android.net.VpnService->onRevoke")
        .calls("android.net.VpnService$Builder->establish")
        .calls("android.app.Service->startForeground")
        .calls_with(CHANNEL, &[0, 0, 1])
        .calls("java.net.Socket->getOutputStream")
}

fn spam_blocker() -> Sketch {
    let rights = [
        "INTERNET",
        "READ_PHONE_STATE",
        "READ_CALL_LOG",
        "READ_CONTACTS",
        "RECEIVE_SMS",
        "ANSWER_PHONE_CALLS",
        "SYSTEM_ALERT_WINDOW",
        "PROCESS_OUTGOING_CALLS",
        "POST_NOTIFICATIONS",
    ];
    app("everyday.whocalls", "Who Calls", &rights)
        .bound("Screening", "BIND_SCREENING_SERVICE", "android.telecom.CallScreeningService")
        .hears(
            "Calls",
            &["android.intent.action.PHONE_STATE", "android.intent.action.NEW_OUTGOING_CALL"],
        )
        .hears("Texts", &["android.provider.Telephony.SMS_RECEIVED"])
        .class("Screening")
        .overrides("android.telecom.CallScreeningService->onScreenCall")
        .class("Calls")
        .overrides(RECEIVE)
        .calls("android.content.BroadcastReceiver->getResultData")
        .calls("android.telephony.TelephonyManager->listen")
        .uses("android.provider.CallLog$Calls")
        .class("Texts")
        .overrides(RECEIVE)
        .calls("android.telephony.SmsMessage->getMessageBody")
        .class("Bubble")
        .calls("android.view.WindowManager->addView")
        .class("Ask")
        .calls(UPLOAD)
        // Its receiver for calls is switched off while nobody wants it.
        .class("Settings")
        .says("com.example.everyday.whocalls.Calls")
        .calls_with(SWITCH, &[0, 2, 1])
}

fn find_my_phone() -> Sketch {
    let rights = [
        "INTERNET",
        "ACCESS_FINE_LOCATION",
        "ACCESS_BACKGROUND_LOCATION",
        "CAMERA",
        "RECEIVE_SMS",
        "SEND_SMS",
        "RECEIVE_BOOT_COMPLETED",
        "FOREGROUND_SERVICE",
        "POST_NOTIFICATIONS",
    ];
    booting(pushed(app("everyday.findphone", "Find My Phone", &rights)))
        .says_all(&["ring", "lock_device", "get_location", "wipe_data"])
        .hears(
            "Sim",
            &["android.intent.action.SIM_STATE_CHANGED", "android.provider.Telephony.SMS_RECEIVED"],
        )
        .declares(Component::service(".Where").foreground(&[ForegroundType::Location]))
        .bound_with(
            "Admin",
            "BIND_DEVICE_ADMIN",
            "android.app.action.DEVICE_ADMIN_ENABLED",
            device_admin_config(&["force-lock", "wipe-data"]),
        )
        .class("Admin")
        .extends("android.app.admin.DeviceAdminReceiver")
        .calls("android.app.admin.DevicePolicyManager->lockNow")
        .calls("android.app.admin.DevicePolicyManager->wipeData")
        .class("Sim")
        .overrides(RECEIVE)
        .calls("android.telephony.TelephonyManager->getSimSerialNumber")
        .calls("android.telephony.SmsManager->sendTextMessage")
        .class("Where")
        .extends("android.app.Service")
        .calls(FOLLOW)
        .calls_with(CHANNEL, &[0, 0, 3])
        .class("Thief")
        .extends("android.app.Service")
        .calls("android.hardware.Camera->takePicture")
        .calls(MULTIPART)
}

fn remote_support() -> Sketch {
    let rights = [
        "INTERNET",
        "RECORD_AUDIO",
        "FOREGROUND_SERVICE",
        "SYSTEM_ALERT_WINDOW",
        "POST_NOTIFICATIONS",
    ];
    app("everyday.support", "Remote Support", &rights)
        .declares(Component::service(".Screen").foreground(&[ForegroundType::MediaProjection]))
        .bound_with("Press", "BIND_ACCESSIBILITY_SERVICE", ACCESSIBILITY, accessibility_config())
        .class("Press")
        .overrides(&format!("{ACCESSIBILITY}->onAccessibilityEvent"))
        .calls(&format!("{ACCESSIBILITY}->dispatchGesture"))
        .calls_with(&format!("{ACCESSIBILITY}->performGlobalAction"), &[1])
        .calls(&format!("{NODE}->performAction"))
        .class("Screen")
        .calls("android.media.projection.MediaProjection->createVirtualDisplay")
        .class("Line")
        .calls("okhttp3.OkHttpClient->newWebSocket")
        .calls("org.webrtc.PeerConnectionFactory->createVideoSource")
        .class("Bubble")
        .calls("android.view.WindowManager->addView")
}

fn fitness_tracker() -> Sketch {
    let rights = [
        "INTERNET",
        "ACCESS_FINE_LOCATION",
        "ACCESS_BACKGROUND_LOCATION",
        "FOREGROUND_SERVICE",
        "RECEIVE_BOOT_COMPLETED",
        "REQUEST_IGNORE_BATTERY_OPTIMIZATIONS",
        "READ_CONTACTS",
    ];
    with_work_library(booting(app("everyday.run", "Run", &rights)))
        .declares(Component::service(".Track").foreground(&[ForegroundType::Location]))
        .bound("Buzz", "BIND_NOTIFICATION_LISTENER_SERVICE", LISTENER)
        .class("Buzz")
        .overrides(&format!("{LISTENER}->onNotificationPosted"))
        .calls("android.service.notification.StatusBarNotification->getNotification")
        .says_all(&["com.whatsapp", "org.telegram.messenger"])
        .class("Track")
        .extends("android.app.Service")
        .calls(FOLLOW)
        .calls("android.app.Service->startForeground")
        .calls_with(CHANNEL, &[0, 0, 1])
        .class("Upload")
        .calls(MULTIPART)
}

fn camera() -> Sketch {
    let rights = ["CAMERA", "RECORD_AUDIO", "ACCESS_FINE_LOCATION", "READ_MEDIA_IMAGES"];
    app("everyday.camera", "Camera", &rights)
        .class("MainActivity")
        .calls("android.hardware.Camera->open")
        .calls("android.hardware.Camera->takePicture")
        .calls("android.media.MediaRecorder->start")
        .calls("android.location.LocationManager->getLastKnownLocation")
        .uses("android.provider.MediaStore$Images$Media")
}

fn switch_access() -> Sketch {
    app("everyday.switch", "One Switch", &["SYSTEM_ALERT_WINDOW", "RECEIVE_BOOT_COMPLETED"])
        .bound_with(
            "Switch",
            "BIND_ACCESSIBILITY_SERVICE",
            ACCESSIBILITY,
            accessibility_config().android("isAccessibilityTool", true),
        )
        .class("Switch")
        .overrides(&format!("{ACCESSIBILITY}->onAccessibilityEvent"))
        .overrides(&format!("{ACCESSIBILITY}->onKeyEvent"))
        .calls(&format!("{NODE}->performAction"))
        .calls_with(&format!("{ACCESSIBILITY}->performGlobalAction"), &[1])
        .calls_with(&format!("{ACCESSIBILITY}->performGlobalAction"), &[2])
        .says("com.android.settings")
        .class("Bubble")
        .calls("android.view.WindowManager->addView")
}

fn reader_without_icon() -> Sketch {
    let config: Element = accessibility_config()
        .android("isAccessibilityTool", true)
        .android("settingsActivity", "com.example.everyday.reader.MainActivity");
    with_work_library(Sketch::without_icon("everyday.reader").label("Reader"))
        .asks(&["INTERNET", "READ_PHONE_STATE", "VIBRATE"])
        .declares(Component::activity(".MainActivity").exported(true).exclude_from_recents())
        .bound_with("Reader", "BIND_ACCESSIBILITY_SERVICE", ACCESSIBILITY, config)
        .class("Reader")
        .overrides(&format!("{ACCESSIBILITY}->onAccessibilityEvent"))
        .calls(&format!("{NODE}->getText"))
        .calls("android.telephony.TelephonyManager->listen")
        .class("Voices")
        .calls(UPLOAD)
}

fn messenger() -> Sketch {
    let rights = [
        "INTERNET",
        "READ_CONTACTS",
        "RECORD_AUDIO",
        "CAMERA",
        "ACCESS_FINE_LOCATION",
        "RECEIVE_SMS",
        "READ_PHONE_STATE",
        "FOREGROUND_SERVICE",
        "SYSTEM_ALERT_WINDOW",
        "RECEIVE_BOOT_COMPLETED",
        "POST_NOTIFICATIONS",
    ];
    with_work_library(booting(pushed(app("everyday.chat", "Chat", &rights))))
        .hears("Code", &["android.provider.Telephony.SMS_RECEIVED"])
        .declares(
            Component::service(".Call")
                .foreground(&[ForegroundType::Microphone, ForegroundType::Camera]),
        )
        .class("Code")
        .overrides(RECEIVE)
        .calls("android.telephony.SmsMessage->getMessageBody")
        .class("Call")
        .extends("android.app.Service")
        .calls("org.webrtc.PeerConnectionFactory->createAudioSource")
        .calls("android.media.AudioRecord->startRecording")
        .class("Attach")
        .calls("android.hardware.Camera->open")
        .calls("android.location.LocationManager->getLastKnownLocation")
        .calls(MULTIPART)
        .class("Line")
        .calls("okhttp3.OkHttpClient->newWebSocket")
        .class("People")
        .uses("android.provider.ContactsContract$Contacts")
}

fn notification_history() -> Sketch {
    app("everyday.notices", "Notices", &["RECEIVE_BOOT_COMPLETED"])
        .bound("Keep", "BIND_NOTIFICATION_LISTENER_SERVICE", LISTENER)
        .class("Keep")
        .overrides(&format!("{LISTENER}->onNotificationPosted"))
        .calls(&format!("{LISTENER}->cancelNotification"))
        .says("com.whatsapp")
}

fn diary() -> Sketch {
    app("everyday.diary", "Diary", &["INTERNET", "CAMERA", "USE_BIOMETRIC"])
        .declares(
            Component::alias(".Calculator", ".MainActivity")
                .exported(true)
                .launcher()
                .attribute("enabled", false),
        )
        .class("Icons")
        .says_all(&[
            "com.example.everyday.diary.Calculator",
            "com.example.everyday.diary.MainActivity",
        ])
        .calls_with(SWITCH, &[0, 2, 1])
        .calls_with(SWITCH, &[0, 1, 1])
        .class("Picture")
        .calls("android.hardware.Camera->open")
        .class("Save")
        .calls(UPLOAD)
}

fn company_agent() -> Sketch {
    let rights = [
        "INTERNET",
        "READ_PHONE_STATE",
        "QUERY_ALL_PACKAGES",
        "ACCESS_COARSE_LOCATION",
        "RECEIVE_BOOT_COMPLETED",
    ];
    booting(pushed(Sketch::without_icon("everyday.company").label("Company Agent").asks(&rights)))
        .with(|apk| apk.meta_data("isMonitoringTool", "enterprise_management"))
        .bound_with(
            "Admin",
            "BIND_DEVICE_ADMIN",
            "android.app.action.DEVICE_ADMIN_ENABLED",
            device_admin_config(&["force-lock", "wipe-data"]),
        )
        .class("Admin")
        .overrides("android.app.admin.DeviceAdminReceiver->onDisableRequested")
        .calls("android.app.admin.DevicePolicyManager->addUserRestriction")
        .calls("android.app.admin.DevicePolicyManager->lockNow")
        .class("Inventory")
        .calls("android.content.pm.PackageManager->getInstalledPackages")
        .calls("android.location.LocationManager->getLastKnownLocation")
        .calls(UPLOAD)
}

fn quick_tile() -> Sketch {
    let glass = Component::activity(".Glass")
        .exclude_from_recents()
        .attribute("theme", Value::Reference(0x0103_0055));
    Sketch::without_icon("everyday.tile")
        .label("Brightness")
        .bound("Tile", "BIND_QUICK_SETTINGS_TILE", "android.service.quicksettings.action.QS_TILE")
        .declares(glass)
        .class("Tile")
        .extends("android.service.quicksettings.TileService")
}
