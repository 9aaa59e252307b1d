//! Ten made-up families that nobody listed: each watches, hides and reports in another way. They
//! share no name, certificate or address with anything, so that only what they can do tells.

use super::shapes::SHAPES;
use crate::apk::pairs::Sketch;
use crate::apk::{
    ApkBuilder, Component, ForegroundType, IntentFilter, accessibility_config, device_admin_config,
};
use crate::random::Random;

pub(super) const UPLOAD: &str = "java.net.HttpURLConnection->getOutputStream";
const RECEIVE: &str = "android.content.BroadcastReceiver->onReceive";
pub(super) const SWITCH: &str = "android.content.pm.PackageManager->setComponentEnabledSetting";
const ACCESSIBILITY: &str = "android.accessibilityservice.AccessibilityService";
const LISTENER: &str = "android.service.notification.NotificationListenerService";
const FOLLOW: &str = "android.location.LocationManager->requestLocationUpdates";

/// Three samples of each of the ten families.
pub fn families(seed: u64) -> Vec<(&'static str, ApkBuilder)> {
    let mut random = Random::new(seed);
    let mut samples = Vec::new();
    for _ in 0..3 {
        for (family, make) in FAMILIES {
            let name = format!("f{}.v{}", random.below(100_000), random.below(1_000));
            samples.push((family, make(&name).apk()));
        }
    }
    samples
}

pub(super) type Make = fn(&str) -> Sketch;

/// Which of two halves a shape stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The catalogue and the queue were made with these.
    Made,
    /// They were held against these, which nothing was fitted to.
    Held,
}

/// The same recorder, hiding and sending in many shapes.
pub fn shapes(seed: u64) -> Vec<(&'static str, Half, ApkBuilder)> {
    let mut random = Random::new(seed);
    let named = SHAPES.into_iter().map(|(shape, half, make)| {
        let name = format!("s{}.v{}", random.below(100_000), random.below(1_000));
        (shape, half, make(&name).apk())
    });
    named.collect()
}

const FAMILIES: [(&str, Make); 10] = [
    ("typed words, icon gone after setup", |name| {
        icon_gone(Sketch::visible(name).asks(&["INTERNET"]))
            .bound_with(
                "Service",
                "BIND_ACCESSIBILITY_SERVICE",
                ACCESSIBILITY,
                accessibility_config(),
            )
            .class("Service")
            .overrides("android.accessibilityservice.AccessibilityService->onAccessibilityEvent")
            .calls("android.view.accessibility.AccessibilityEvent->getText")
            .class("Net")
            .calls(UPLOAD)
    }),
    ("text messages and places, reported by text message", |name| {
        Sketch::without_icon(name)
            .asks(&["RECEIVE_SMS", "SEND_SMS", "ACCESS_FINE_LOCATION"])
            .hears("Texts", &["android.provider.Telephony.SMS_RECEIVED"])
            .class("Texts")
            .overrides(RECEIVE)
            .calls("android.telephony.SmsMessage->getMessageBody")
            .calls("android.telephony.SmsManager->sendTextMessage")
            .class("Places")
            .calls(FOLLOW)
    }),
    ("calls, opened by a secret number", |name| {
        let code = IntentFilter::action("android.provider.Telephony.SECRET_CODE")
            .scheme("android_secret_code");
        Sketch::visible(name)
            .asks(&["INTERNET", "RECORD_AUDIO", "READ_PHONE_STATE"])
            .declares(Component::receiver(".Code").exported(true).filter(code))
            .class("Code")
            .overrides(RECEIVE)
            .class("Tape")
            .calls_with("android.media.MediaRecorder->setAudioSource", &[4])
            .calls("android.telephony.TelephonyManager->listen")
            .class("Net")
            .calls("org.apache.commons.net.ftp.FTPClient->storeFile")
    }),
    ("messengers, named like the system", |name| {
        Sketch::visible(name)
            .label("System Service")
            .asks(&["INTERNET", "RECORD_AUDIO"])
            .bound("Notices", "BIND_NOTIFICATION_LISTENER_SERVICE", LISTENER)
            .class("Notices")
            .overrides(
                "android.service.notification.NotificationListenerService->onNotificationPosted",
            )
            .says_all(&["com.whatsapp", "com.facebook.orca"])
            .class("Sound")
            .calls("android.media.AudioRecord->startRecording")
            .class("Line")
            .calls("org.eclipse.paho.client.mqttv3.MqttClient->connect")
            .calls(UPLOAD)
    }),
    ("pictures, kept out of the recent apps", |name| {
        Sketch::without_icon(name)
            .asks(&["INTERNET", "CAMERA"])
            .declares(
                Component::activity(".MainActivity")
                    .exported(true)
                    .launcher()
                    .exclude_from_recents(),
            )
            .calls("android.app.Activity->finishAndRemoveTask")
            .declares(Component::service(".Shot").foreground(&[ForegroundType::Camera]))
            .class("Shot")
            .extends("android.app.Service")
            .calls("android.hardware.camera2.CameraManager->openCamera")
            .calls("com.google.firebase.storage.StorageReference->putBytes")
    }),
    ("sound on command, opened by a dialled number", |name| {
        icon_gone(Sketch::visible(name).asks(&["INTERNET", "RECORD_AUDIO"]))
            .hears("Dial", &["android.intent.action.NEW_OUTGOING_CALL"])
            .class("Dial")
            .calls("android.content.BroadcastReceiver->setResultData")
            .calls("android.content.Context->startActivity")
            .declares(Component::service(".Push").action("com.google.firebase.MESSAGING_EVENT"))
            .class("Push")
            .overrides("com.google.firebase.messaging.FirebaseMessagingService->onMessageReceived")
            .says_all(&["record_surround", "stop_record", "hide_icon"])
            .calls("android.media.MediaRecorder->start")
    }),
    ("places and contacts to a chat, entry switched off", |name| {
        Sketch::without_icon(name)
            .asks(&[
                "INTERNET",
                "ACCESS_FINE_LOCATION",
                "ACCESS_BACKGROUND_LOCATION",
                "READ_CALL_LOG",
            ])
            .declares(Component::activity(".MainActivity"))
            .declares(
                Component::alias(".Entry", ".MainActivity").launcher().attribute("enabled", false),
            )
            .class("Where")
            .extends("android.app.Service")
            .calls(FOLLOW)
            .uses("android.provider.CallLog$Calls")
            .class("Chat")
            .says("https://api.telegram.org/bot")
            .calls(UPLOAD)
    }),
    ("the screen, under a package name like the system's", |name| {
        let code = IntentFilter::action("android.provider.Telephony.SECRET_CODE")
            .scheme("android_secret_code");
        Sketch::packaged(&format!("com.android.{name}"))
            .asks(&["INTERNET", "FOREGROUND_SERVICE"])
            .declares(Component::activity(".MainActivity").launcher())
            .declares(Component::receiver(".Code").exported(true).filter(code))
            .declares(Component::service(".Film").foreground(&[ForegroundType::MediaProjection]))
            .bound_with(
                "Press",
                "BIND_ACCESSIBILITY_SERVICE",
                ACCESSIBILITY,
                accessibility_config(),
            )
            .class("Code")
            .overrides(RECEIVE)
            .class("Press")
            .extends(ACCESSIBILITY)
            .calls("android.view.accessibility.AccessibilityNodeInfo->performAction")
            .says("com.android.systemui:id/button1")
            .class("Film")
            .calls("android.media.projection.MediaProjection->createVirtualDisplay")
            .calls("okhttp3.OkHttpClient->newWebSocket")
    }),
    ("messages and calls behind a calculator", |name| {
        Sketch::visible(name)
            .asks(&["INTERNET", "READ_SMS", "READ_CALL_LOG"])
            .declares(Component::alias(".Calculator", ".MainActivity").exported(true).launcher())
            .class("Icons")
            .says(".Calculator")
            .calls_with(SWITCH, &[0, 2, 1])
            .class("Read")
            .calls_text("android.content.ContentResolver->query", "content://sms")
            .uses("android.provider.CallLog$Calls")
            .class("Net")
            .calls("okhttp3.MultipartBody$Builder->addFormDataPart")
            .calls(UPLOAD)
    }),
    ("a keyboard that takes warnings away", |name| {
        Sketch::visible(name)
            .asks(&["INTERNET"])
            .bound("Keys", "BIND_INPUT_METHOD", "android.view.InputMethod")
            .bound("Notices", "BIND_NOTIFICATION_LISTENER_SERVICE", LISTENER)
            .bound_with(
                "Admin",
                "BIND_DEVICE_ADMIN",
                "android.app.action.DEVICE_ADMIN_ENABLED",
                device_admin_config(&["force-lock"]),
            )
            .class("Keys")
            .overrides("android.inputmethodservice.InputMethodService->onStartInput")
            .class("Notices")
            .extends(LISTENER)
            .calls("android.service.notification.NotificationListenerService->cancelNotification")
            .says("com.android.vending")
            .class("Admin")
            .overrides("android.app.admin.DeviceAdminReceiver->onDisableRequested")
            .class("Mail")
            .calls("javax.mail.Transport->send")
    }),
];

fn icon_gone(sketch: Sketch) -> Sketch {
    sketch.class("Setup").says(".MainActivity").calls_with(SWITCH, &[0, 2, 1])
}
