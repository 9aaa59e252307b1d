//! Commands from afar, where data goes, and what is done in the person's place.

use super::{Pair, Sketch, UPLOAD, accessibility, administrator, never_does, pair, visible};
use crate::apk::Component;

pub(super) fn pairs() -> Vec<Pair> {
    let mut all = commands();
    all.extend(sending());
    all.extend(interference());
    all
}

fn online(name: &str) -> Sketch {
    visible(name).asks(&["INTERNET"])
}

fn pushed(name: &str) -> Sketch {
    online(name)
        .declares(Component::service(".Push").action("com.google.firebase.MESSAGING_EVENT"))
        .class("Push")
        .overrides("com.google.firebase.messaging.FirebaseMessagingService->onMessageReceived")
}

fn commands() -> Vec<Pair> {
    let sms = visible("text.command")
        .hears("SmsReceiver", &["android.provider.Telephony.SMS_RECEIVED"])
        .class("SmsReceiver")
        .extends("android.content.BroadcastReceiver")
        .calls("android.telephony.SmsManager->sendTextMessage");
    vec![
        never_does("remote_push", &pushed("push")),
        pair(
            "remote_commands",
            &pushed("commands").says_all(&["take_picture", "get_location", "start_record"]),
            &pushed("shop")
                .says_all(&["order_sent", "lock", "price_alert"])
                .class("Camera")
                .says("take_picture"),
            "a shop whose messages tell of orders, and which can photograph a code",
        ),
        never_does("remote_sms", &sms),
        pair(
            "remote_channel",
            &online("line")
                .class("Line")
                .calls("org.eclipse.paho.client.mqttv3.MqttClient->connect"),
            &online("news").class("News").calls("okhttp3.OkHttpClient->newCall"),
            "a news app that asks when it is opened",
        ),
        pair(
            "remote_view",
            &online("live")
                .asks(&["CAMERA"])
                .class("Live")
                .calls("org.webrtc.PeerConnectionFactory->createVideoSource"),
            &online("mirror")
                .asks(&["CAMERA"])
                .class("Live")
                .calls("android.hardware.Camera->open"),
            "a pocket mirror",
        ),
    ]
}

fn sending() -> Vec<Pair> {
    vec![
        never_does("exfiltration", &online("sender").class("Send").calls(UPLOAD)),
        pair(
            "uploads_files",
            &online("upload").class("Send").calls("okhttp3.MultipartBody$Builder->addFormDataPart"),
            &online("weather").class("Ask").calls("java.net.URL->openConnection"),
            "a weather app that only fetches",
        ),
        pair(
            "sends_to_chat_bot",
            &online("bot").class("Send").says("https://api.telegram.org/bot"),
            &online("join").class("About").says("https://t.me/example_help"),
            "an app that links to its makers' chat group",
        ),
        pair(
            "sends_mail",
            &online("mailer").class("Send").calls("javax.mail.Transport->send"),
            &online("feedback").class("Send").says("android.intent.action.SENDTO"),
            "an app that opens the mail app to write to its makers",
        ),
        pair(
            "sends_sms",
            &visible("texter")
                .asks(&["SEND_SMS"])
                .class("Send")
                .calls("android.telephony.SmsManager->sendTextMessage"),
            &visible("invite").asks(&["SEND_SMS"]).class("Send").says("smsto:"),
            "an app that opens the messaging app to invite somebody",
        ),
    ]
}

fn interference() -> Vec<Pair> {
    const PUT: &str = "android.provider.Settings$Secure->putString";
    let secure = |name: &str| visible(name).asks(&["WRITE_SECURE_SETTINGS"]).class("Switches");
    let bubble = |name: &str| visible(name).asks(&["SYSTEM_ALERT_WINDOW"]).class("Bubble");
    vec![
        never_does("overlay", &bubble("bubble").calls("android.view.WindowManager->addView")),
        pair(
            "device_locked_or_erased",
            &administrator("locker").calls("android.app.admin.DevicePolicyManager->wipeData"),
            &administrator("rules").calls("android.app.admin.DevicePolicyManager->isAdminActive"),
            "an employer's app that only asks whether its rules hold",
        ),
        pair(
            "rights_taken",
            &secure("self.switch").calls_text(PUT, "enabled_accessibility_services"),
            &secure("night.switch").calls_text(PUT, "night_display_activated"),
            "an app that switches the night colours",
        ),
        never_does(
            "removal_blocked_by_accessibility",
            &accessibility("presser")
                .calls("android.accessibilityservice.AccessibilityService->performGlobalAction"),
        ),
    ]
}
