//! Apps that need much, have no icon or another way to be opened, and are what they seem: parts of
//! watches and of other apps, widgets, agents of tests and operators. Each stands in one of two
//! halves, as the shapes of families do.

use super::everyday::{
    ACCESSIBILITY, BOOT, FOLLOW, LISTENER, MULTIPART, NODE, RECEIVE, SWITCH, UPLOAD,
};
use super::families::Half;
use crate::apk::pairs::Sketch;
use crate::apk::{Component, ForegroundType, IntentFilter, accessibility_config};
use crate::axml::Element;

/// Every one of them, with what it is.
pub(super) fn attached() -> Vec<(&'static str, Half, Sketch)> {
    vec![
        ("weather widget", Half::Made, weather_widget()),
        ("calendar widget", Half::Held, calendar_widget()),
        ("watch plugin", Half::Made, watch_plugin()),
        ("companion of a wristband", Half::Held, wristband()),
        ("automation plugin", Half::Made, automation_plugin()),
        ("automation condition", Half::Held, automation_condition()),
        ("test agent", Half::Made, test_agent()),
        ("test instrumentation", Half::Held, instrumentation()),
        ("phone link", Half::Made, phone_link()),
        ("car link", Half::Held, car_link()),
        ("password manager out of the recent apps", Half::Made, vault()),
        ("bank app out of the recent apps", Half::Held, bank()),
        ("operator's app with a dialer code", Half::Made, operator()),
        ("network meter with a dialer code", Half::Held, network_meter()),
        ("root tool that freezes apps", Half::Made, freezer()),
        ("messenger by a real-time database", Half::Held, small_messenger()),
    ]
}

fn weather_widget() -> Sketch {
    Sketch::without_icon("attached.weather")
        .label("Weather Widget")
        .asks(&[
            "INTERNET",
            "ACCESS_FINE_LOCATION",
            "ACCESS_BACKGROUND_LOCATION",
            "RECEIVE_BOOT_COMPLETED",
        ])
        .hears("Widget", &["android.appwidget.action.APPWIDGET_UPDATE", BOOT])
        .class("Widget")
        .overrides(RECEIVE)
        .calls(FOLLOW)
        .calls(SWITCH)
        .class("Net")
        .calls(UPLOAD)
}

fn calendar_widget() -> Sketch {
    Sketch::without_icon("attached.calendar")
        .label("Month")
        .asks(&["INTERNET", "READ_CALENDAR", "READ_CONTACTS", "ACCESS_COARSE_LOCATION"])
        .hears("Month", &["android.appwidget.action.APPWIDGET_UPDATE"])
        .bound("Rows", "BIND_REMOTEVIEWS", "com.example.attached.calendar.ROWS")
        .class("Month")
        .overrides(RECEIVE)
        .class("Weather")
        .calls("android.location.LocationManager->getLastKnownLocation")
        .class("People")
        .uses("android.provider.ContactsContract$Contacts")
        .class("Net")
        .calls(UPLOAD)
}

fn watch_plugin() -> Sketch {
    let rights = [
        "INTERNET",
        "READ_CALL_LOG",
        "READ_CONTACTS",
        "RECEIVE_SMS",
        "SEND_SMS",
        "ACCESS_FINE_LOCATION",
        "READ_PHONE_STATE",
        "FOREGROUND_SERVICE",
        "BLUETOOTH_CONNECT",
    ];
    Sketch::without_icon("attached.watch")
        .label("Watch 5 Plugin")
        .asks(&rights)
        .declares(
            Component::service(".Line")
                .exported(true)
                .action("com.samsung.accessory.action.SERVICE_CONNECTION_REQUESTED"),
        )
        .bound("Notices", "BIND_NOTIFICATION_LISTENER_SERVICE", LISTENER)
        .hears("Calls", &["android.intent.action.PHONE_STATE"])
        .class("Notices")
        .overrides(&format!("{LISTENER}->onNotificationPosted"))
        .calls(&format!("{LISTENER}->cancelNotification"))
        .calls("android.service.notification.StatusBarNotification->getNotification")
        .says_all(&["com.google.android.gms", "com.whatsapp"])
        .class("Calls")
        .overrides(RECEIVE)
        .calls("android.telephony.TelephonyManager->listen")
        .uses("android.provider.CallLog$Calls")
        .class("Line")
        .extends("android.app.Service")
        .calls(FOLLOW)
        .calls("android.telephony.SmsManager->sendTextMessage")
        .calls("android.app.Service->startForeground")
        .class("Net")
        .calls(UPLOAD)
}

fn wristband() -> Sketch {
    Sketch::without_icon("attached.band")
        .label("Band")
        .asks(&[
            "INTERNET",
            "READ_CONTACTS",
            "READ_PHONE_STATE",
            "ACCESS_FINE_LOCATION",
            "RECEIVE_BOOT_COMPLETED",
        ])
        .bound("Near", "BIND_COMPANION_DEVICE_SERVICE", "android.companion.CompanionDeviceService")
        .bound("Notices", "BIND_NOTIFICATION_LISTENER_SERVICE", LISTENER)
        .hears("Boot", &[BOOT])
        .class("Boot")
        .overrides(RECEIVE)
        .class("Notices")
        .overrides(&format!("{LISTENER}->onNotificationPosted"))
        .says("com.whatsapp")
        .class("Run")
        .extends("android.app.Service")
        .calls(FOLLOW)
        .class("Net")
        .calls("com.google.firebase.firestore.DocumentReference->set")
}

fn automation_plugin() -> Sketch {
    Sketch::without_icon("attached.automation")
        .label("Texts and places for automation")
        .asks(&["INTERNET", "RECEIVE_SMS", "ACCESS_FINE_LOCATION"])
        .declares(
            Component::activity(".Edit")
                .exported(true)
                .action("com.twofortyfouram.locale.intent.action.EDIT_CONDITION"),
        )
        .hears("Texts", &["android.provider.Telephony.SMS_RECEIVED"])
        .class("Texts")
        .overrides(RECEIVE)
        .calls("android.telephony.SmsMessage->getMessageBody")
        .class("Places")
        .extends("android.app.Service")
        .calls(FOLLOW)
        .class("Net")
        .calls(UPLOAD)
}

fn automation_condition() -> Sketch {
    Sketch::without_icon("attached.condition")
        .label("Calls for automation")
        .asks(&["INTERNET", "READ_PHONE_STATE", "READ_CALL_LOG", "ACCESS_FINE_LOCATION"])
        .hears("Ask", &["com.twofortyfouram.locale.intent.action.QUERY_CONDITION"])
        .hears("Calls", &["android.intent.action.PHONE_STATE"])
        .class("Ask")
        .overrides(RECEIVE)
        .class("Calls")
        .overrides(RECEIVE)
        .calls("android.telephony.TelephonyManager->listen")
        .uses("android.provider.CallLog$Calls")
        .class("Places")
        .calls("android.location.LocationManager->getLastKnownLocation")
        .class("Net")
        .calls("com.android.volley.RequestQueue->add")
}

fn test_agent() -> Sketch {
    Sketch::without_icon("attached.agent")
        .label("Test Agent")
        .asks(&["INTERNET", "READ_SMS", "ACCESS_FINE_LOCATION", "SEND_SMS"])
        .declares(Component::service(".Agent").exported(true))
        .class("Agent")
        .extends("android.app.Service")
        .calls("android.media.projection.MediaProjection->createVirtualDisplay")
        .calls(FOLLOW)
        .calls_text("android.content.ContentResolver->query", "content://sms")
        .class("Net")
        .calls("java.net.Socket->getOutputStream")
}

fn instrumentation() -> Sketch {
    let test = Element::new("instrumentation")
        .android("name", "androidx.test.runner.AndroidJUnitRunner")
        .android("targetPackage", "com.example.attached.tested");
    Sketch::without_icon("attached.tests")
        .label("Tests")
        .asks(&["INTERNET", "READ_SMS", "CAMERA", "ACCESS_FINE_LOCATION", "RECORD_AUDIO"])
        .with(|apk| apk.manifest_element(test))
        .declares(Component::service(".Server").exported(true))
        .class("Server")
        .extends("android.app.Service")
        .calls("android.location.LocationManager->getLastKnownLocation")
        .calls_text("android.content.ContentResolver->query", "content://sms")
        .class("Screen")
        .calls("android.hardware.Camera->open")
        .calls(SWITCH)
        .class("Net")
        .calls("java.net.Socket->getOutputStream")
}

fn phone_link() -> Sketch {
    let rights = [
        "INTERNET",
        "READ_SMS",
        "SEND_SMS",
        "READ_CALL_LOG",
        "READ_CONTACTS",
        "RECORD_AUDIO",
        "FOREGROUND_SERVICE",
        "READ_PHONE_STATE",
        "RECEIVE_BOOT_COMPLETED",
        "POST_NOTIFICATIONS",
    ];
    Sketch::visible("attached.link")
        .label("Phone Link")
        .asks(&rights)
        .bound("Notices", "BIND_NOTIFICATION_LISTENER_SERVICE", LISTENER)
        .bound_with("Press", "BIND_ACCESSIBILITY_SERVICE", ACCESSIBILITY, accessibility_config())
        .declares(Component::service(".Mirror").foreground(&[ForegroundType::MediaProjection]))
        .class("Notices")
        .overrides(&format!("{LISTENER}->onNotificationPosted"))
        .calls("android.service.notification.StatusBarNotification->getNotification")
        .calls(&format!("{LISTENER}->cancelNotification"))
        .says("com.google.android.gms")
        .class("Mirror")
        .extends("android.app.Service")
        .calls("android.media.projection.MediaProjection->createVirtualDisplay")
        .class("Press")
        .overrides(&format!("{ACCESSIBILITY}->onAccessibilityEvent"))
        .calls(&format!("{ACCESSIBILITY}->dispatchGesture"))
        .class("Texts")
        .calls_text("android.content.ContentResolver->query", "content://sms")
        .uses("android.provider.CallLog$Calls")
        .calls("android.telephony.SmsManager->sendTextMessage")
        .class("Line")
        .calls("okhttp3.OkHttpClient->newWebSocket")
        .calls(UPLOAD)
        // The tile is offered where a computer was linked.
        .class("Offer")
        .says(".Tile")
        .calls_with(SWITCH, &[0, 2, 1])
}

fn car_link() -> Sketch {
    Sketch::visible("attached.car")
        .label("Car Link")
        .asks(&[
            "INTERNET",
            "READ_SMS",
            "READ_CALL_LOG",
            "READ_CONTACTS",
            "ACCESS_FINE_LOCATION",
            "RECORD_AUDIO",
        ])
        .bound("Notices", "BIND_NOTIFICATION_LISTENER_SERVICE", LISTENER)
        .class("Notices")
        .overrides(&format!("{LISTENER}->onNotificationPosted"))
        .calls(&format!("{LISTENER}->cancelNotification"))
        .says("com.android.vending")
        .class("Talk")
        .extends("android.app.Service")
        .calls("android.media.AudioRecord->startRecording")
        .calls("android.app.Service->startForeground")
        .class("MainActivity")
        .calls_own("Talk", "begin")
        .class("Where")
        .calls(FOLLOW)
        .class("Net")
        .calls(UPLOAD)
}

fn vault() -> Sketch {
    Sketch::without_icon("attached.vault")
        .label("Key Vault")
        .asks(&["INTERNET", "CAMERA"])
        .declares(
            Component::activity(".MainActivity").exported(true).launcher().exclude_from_recents(),
        )
        .bound_with("Fill", "BIND_ACCESSIBILITY_SERVICE", ACCESSIBILITY, accessibility_config())
        .calls("android.app.Activity->finishAndRemoveTask")
        .calls_with("android.view.Window->setFlags", &[0x2000, 0x2000])
        .class("Fill")
        .overrides(&format!("{ACCESSIBILITY}->onAccessibilityEvent"))
        .calls(&format!("{NODE}->getText"))
        .calls("android.view.accessibility.AccessibilityEvent->getText")
        .class("Net")
        .calls(UPLOAD)
}

fn bank() -> Sketch {
    Sketch::without_icon("attached.bank")
        .label("My Bank")
        .asks(&["INTERNET", "CAMERA", "READ_PHONE_STATE", "RECEIVE_SMS", "ACCESS_FINE_LOCATION"])
        .declares(
            Component::activity(".MainActivity").exported(true).launcher().exclude_from_recents(),
        )
        .hears("Code", &["android.provider.Telephony.SMS_RECEIVED"])
        .calls("android.app.Activity->finishAndRemoveTask")
        .class("Code")
        .overrides(RECEIVE)
        .calls("android.telephony.SmsMessage->getMessageBody")
        .class("Cheque")
        .extends("android.app.Activity")
        .calls("android.hardware.Camera->open")
        .class("Branches")
        .calls("android.location.LocationManager->getLastKnownLocation")
        .class("Net")
        .calls(MULTIPART)
}

fn with_code(sketch: Sketch) -> Sketch {
    let code = IntentFilter::action("android.provider.Telephony.SECRET_CODE")
        .scheme("android_secret_code");
    sketch
        .declares(Component::receiver(".Code").exported(true).filter(code))
        .class("Code")
        .overrides(RECEIVE)
}

fn operator() -> Sketch {
    let rights = [
        "INTERNET",
        "READ_SMS",
        "RECEIVE_SMS",
        "READ_PHONE_STATE",
        "ACCESS_FINE_LOCATION",
        "READ_CALL_LOG",
    ];
    with_code(Sketch::visible("attached.operator").label("My Operator").asks(&rights))
        .hears("Texts", &["android.provider.Telephony.SMS_RECEIVED"])
        .class("Texts")
        .overrides(RECEIVE)
        .calls("android.telephony.SmsMessage->getMessageBody")
        .class("Masts")
        .calls(FOLLOW)
        .class("Net")
        .calls(UPLOAD)
}

fn network_meter() -> Sketch {
    let rights = [
        "INTERNET",
        "READ_PHONE_STATE",
        "ACCESS_FINE_LOCATION",
        "ACCESS_BACKGROUND_LOCATION",
        "RECEIVE_BOOT_COMPLETED",
        "FOREGROUND_SERVICE",
        "POST_NOTIFICATIONS",
    ];
    with_code(Sketch::visible("attached.meter").label("Net Meter").asks(&rights))
        .hears("Boot", &[BOOT])
        .class("Boot")
        .overrides(RECEIVE)
        .declares(Component::service(".Measure").foreground(&[ForegroundType::Location]))
        .class("Measure")
        .extends("android.app.Service")
        .calls(FOLLOW)
        .calls_with("android.app.NotificationChannel-><init>", &[0, 0, 1])
        .calls("android.telephony.TelephonyManager->getAllCellInfo")
        .calls("android.telephony.TelephonyManager->listen")
        .class("Net")
        .calls("java.net.DatagramSocket->send")
}

fn freezer() -> Sketch {
    Sketch::visible("attached.freezer")
        .label("Freezer")
        .asks(&["INTERNET", "QUERY_ALL_PACKAGES"])
        .class("Freeze")
        .calls_text("java.lang.Runtime->exec", "su -c pm disable ")
        .calls("android.content.pm.PackageManager->getInstalledPackages")
        .class("Net")
        .calls(UPLOAD)
}

fn small_messenger() -> Sketch {
    let rights = [
        "INTERNET",
        "RECORD_AUDIO",
        "CAMERA",
        "READ_CONTACTS",
        "ACCESS_FINE_LOCATION",
        "POST_NOTIFICATIONS",
    ];
    Sketch::visible("attached.chat")
        .label("Small Chat")
        .asks(&rights)
        .declares(Component::service(".Push").action("com.google.firebase.MESSAGING_EVENT"))
        .class("Push")
        .overrides("com.google.firebase.messaging.FirebaseMessagingService->onMessageReceived")
        .class("MainActivity")
        .calls("android.media.MediaRecorder->start")
        .calls("android.hardware.Camera->open")
        .calls("android.location.LocationManager->getLastKnownLocation")
        .class("Store")
        .calls("com.google.firebase.database.DatabaseReference->setValue")
        .calls("com.google.firebase.storage.StorageReference->putFile")
}
