//! More made-up families that nobody listed, by how they send and how they hide: the same recorder
//! in many shapes. Each stands in one of two halves: what the catalogue and the queue were made
//! with, and what they were then held against.

use super::families::{Half, Make, SWITCH, UPLOAD};
use crate::apk::pairs::Sketch;
use crate::apk::{Component, IntentFilter};
use crate::dex::Argument;

const CONNECT: &str = "android.webkit.WebView->loadUrl";
const SERVICE: &str = "android.app.Service";
const RECEIVE: &str = "android.content.BroadcastReceiver->onReceive";
const SETTING: &str = "android.content.pm.PackageManager$ComponentEnabledSetting-><init>";
const RIGHTS: [&str; 8] = [
    "INTERNET",
    "RECORD_AUDIO",
    "CAMERA",
    "ACCESS_FINE_LOCATION",
    "ACCESS_BACKGROUND_LOCATION",
    "READ_CALL_LOG",
    "READ_SMS",
    "RECEIVE_BOOT_COMPLETED",
];

/// Every shape.
pub(super) const SHAPES: [(&str, Half, Make); 30] = [
    ("no icon, to a real-time database", Half::Made, |name| {
        sends(name, "com.google.firebase.database.DatabaseReference->setValue")
    }),
    ("no icon, to a document store", Half::Held, |name| {
        sends(name, "com.google.firebase.firestore.CollectionReference->add")
    }),
    ("no icon, by a queue of requests", Half::Made, |name| {
        sends(name, "com.android.volley.RequestQueue->add")
    }),
    ("no icon, by a client of coroutines", Half::Held, |name| {
        sends(name, "io.ktor.client.request.HttpRequestBuilder->setBody")
    }),
    ("no icon, by a page in a service", Half::Made, |name| {
        recorder(Sketch::without_icon(name)).class("Collector").calls(CONNECT)
    }),
    ("no icon, by a posted form", Half::Held, |name| {
        sends(name, "android.webkit.WebView->postUrl")
    }),
    ("no icon, by datagrams", Half::Made, |name| sends(name, "java.net.DatagramSocket->send")),
    ("no icon, by a channel", Half::Held, |name| {
        sends(name, "java.nio.channels.SocketChannel->write")
    }),
    ("no icon, by secure copy", Half::Made, |name| sends(name, "com.jcraft.jsch.ChannelSftp->put")),
    ("no icon, by mail", Half::Held, |name| sends(name, "jakarta.mail.Transport->send")),
    ("no icon, to a rented store", Half::Made, |name| {
        sends(name, "com.amazonaws.services.s3.AmazonS3Client->putObject")
    }),
    ("no icon, to another rented store", Half::Held, |name| {
        sends(name, "com.google.cloud.storage.Storage->create")
    }),
    ("no icon, to a chat", Half::Made, |name| {
        recorder(Sketch::without_icon(name)).class("Net").says("https://api.telegram.org/bot")
    }),
    ("no icon, to a webhook", Half::Held, |name| {
        recorder(Sketch::without_icon(name)).class("Net").says("https://discord.com/api/webhooks/")
    }),
    ("icon off, the state is handed to a helper", Half::Made, |name| {
        let proto = "(Landroid/content/Context;Ljava/lang/String;I)V";
        let values = [Argument::Text(".MainActivity".to_owned()), Argument::Int(2)];
        sending(Sketch::visible(name))
            .class("Parts")
            .passes_on(SWITCH, proto, 3, 2)
            .class("Setup")
            .calls_own_as("Parts", "passed", proto, &values)
    }),
    ("icon off, the state is handed on twice", Half::Held, |name| {
        let values = [Argument::Int(2)];
        sending(Sketch::visible(name))
            .class("Parts")
            .passes_on(SWITCH, "(I)V", 1, 2)
            .class("Later")
            .passes_on_own("Parts", "(I)V")
            .class("Setup")
            .says(".MainActivity")
            .calls_own_as("Later", "passed", "(I)V", &values)
    }),
    ("icon off, the state is not told", Half::Made, |name| {
        let proto = "(Landroid/content/ComponentName;II)V";
        sending(Sketch::visible(name)).class("Setup").says(".MainActivity").calls_as(
            SWITCH,
            proto,
            &[],
        )
    }),
    ("icon off with others at once, the state is not told", Half::Held, |name| {
        let proto = "(Landroid/content/ComponentName;II)V";
        sending(Sketch::visible(name)).class("Setup").says(".MainActivity").calls_as(
            SETTING,
            proto,
            &[],
        )
    }),
    ("icon off with others at once", Half::Made, |name| {
        sending(Sketch::visible(name))
            .class("Setup")
            .says(".MainActivity")
            .calls_with(SETTING, &[0, 2, 1])
    }),
    ("the app switches itself off", Half::Held, |name| {
        let proto = "(Ljava/lang/String;II)V";
        let own = Argument::Text(format!("com.example.{name}"));
        let values = [own, Argument::Int(3), Argument::Int(1)];
        sending(Sketch::visible(name)).class("Setup").calls_as(
            "android.content.pm.PackageManager->setApplicationEnabledSetting",
            proto,
            &values,
        )
    }),
    ("icon off by a command", Half::Made, |name| {
        let command = format!("su -c pm disable com.example.{name}/.MainActivity");
        sending(Sketch::visible(name))
            .class("Setup")
            .calls_text("java.lang.Runtime->exec", &command)
    }),
    ("icon off by a line to a shell", Half::Held, |name| {
        let command = format!("pm hide com.example.{name}\n");
        sending(Sketch::visible(name))
            .class("Setup")
            .calls_text("java.io.DataOutputStream->writeBytes", &command)
    }),
    ("an entry that only an address opens", Half::Made, |name| {
        let filter = IntentFilter::launcher().scheme("setup");
        sending(Sketch::without_icon(name))
            .declares(Component::activity(".MainActivity").exported(true).filter(filter))
    }),
    ("an entry for televisions alone", Half::Held, |name| {
        let filter = IntentFilter::action("android.intent.action.MAIN")
            .category("android.intent.category.LEANBACK_LAUNCHER");
        sending(Sketch::without_icon(name))
            .declares(Component::activity(".MainActivity").exported(true).filter(filter))
    }),
    ("a name in other letters", Half::Made, |name| {
        sending(Sketch::visible(name)).label("\u{405}ystem S\u{435}rvice")
    }),
    ("a name with letters side by side", Half::Held, |name| {
        sending(Sketch::visible(name)).label("Systern Update")
    }),
    ("code under a library's name, icon off", Half::Made, |name| {
        let class = "com.google.android.gms.core.Collector";
        under(Sketch::visible(name), class).says(".MainActivity").calls_with(SWITCH, &[0, 2, 1])
    }),
    ("code under the system's name", Half::Held, |name| {
        under(Sketch::visible(name), "com.android.system.sync.Collector")
    }),
    ("a name with letters that are not seen", Half::Made, |name| {
        sending(Sketch::visible(name)).label("Device Hea\u{200b}lth")
    }),
    ("no icon, told what to do by text message", Half::Held, |name| {
        Sketch::without_icon(name)
            .asks(&["RECEIVE_SMS", "SEND_SMS", "READ_CALL_LOG", "CAMERA"])
            .hears("Texts", &["android.provider.Telephony.SMS_RECEIVED"])
            .class("Texts")
            .overrides(RECEIVE)
            .calls("android.telephony.SmsMessage->getMessageBody")
            .calls("android.telephony.SmsManager->sendTextMessage")
            .class("Log")
            .uses("android.provider.CallLog$Calls")
    }),
];

/// Listens and follows in a service.
fn recorder(sketch: Sketch) -> Sketch {
    sketch
        .asks(&RIGHTS)
        .declares(Component::service(".Collector"))
        .class("Collector")
        .extends(SERVICE)
        .calls("android.media.MediaRecorder->start")
        .calls("android.location.LocationManager->requestLocationUpdates")
}

fn sending(sketch: Sketch) -> Sketch {
    recorder(sketch).class("Net").calls(UPLOAD)
}

fn sends(name: &str, by: &str) -> Sketch {
    recorder(Sketch::without_icon(name)).class("Net").calls(by)
}

/// The same, all of it in one class of this name.
fn under(sketch: Sketch, class: &str) -> Sketch {
    sketch
        .asks(&RIGHTS)
        .declares(Component::service(class))
        .library(class)
        .extends(SERVICE)
        .calls("android.media.MediaRecorder->start")
        .calls("android.location.LocationManager->requestLocationUpdates")
        .calls(UPLOAD)
}
