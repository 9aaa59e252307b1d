//! Connections that are kept open, and commands that come as push messages.

use super::super::SERVICE;
use super::{Of, SignalPair, Sketch, screen, service, visible};
use crate::apk::Component;

const ASK: &str = "java.net.URL->openConnection";
const ASKS: &str = "an app that asks when it is opened";

pub(super) fn pairs() -> Vec<SignalPair> {
    [open(), pushed()].into_iter().flatten().collect()
}

fn open() -> Vec<SignalPair> {
    const REFERENCE: &str = "com.google.firebase.database.DatabaseReference";
    let of = Of("open_line");
    let calls = |name: &str, method: &str| visible(name).class("Line").calls(method);
    let kept = "java.net.Socket->setKeepAlive";
    vec![
        of.way(
            "library",
            &calls("line", "org.eclipse.paho.client.mqttv3.MqttClient->connect"),
            &calls("ask", ASK),
            ASKS,
        ),
        of.way(
            "another_library",
            &calls("hive", "com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient->connect"),
            &visible("hive.library")
                .library("com.google.firebase.Line")
                .calls("com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient->connect"),
            "a library that keeps a line of its own",
        ),
        of.way(
            "told_when_gone",
            &calls("presence", "com.google.firebase.database.OnDisconnect->setValue"),
            &calls("writes", &format!("{REFERENCE}->setValue")),
            "an app that keeps its settings in a database",
        ),
        of.way(
            "follows_a_database",
            &calls(
                "follows",
                "com.google.firebase.firestore.DocumentReference->addSnapshotListener",
            ),
            &calls("reads", "com.google.firebase.firestore.DocumentReference->get"),
            "an app that reads its settings once",
        ),
        of.way(
            "socket_kept_alive",
            &service("socket.kept").calls(kept),
            &screen("socket.game").calls(kept),
            "a game for two, while it is on the screen",
        ),
        of.way(
            "socket",
            &service("socket.reads").calls("java.net.Socket->getInputStream"),
            &screen("socket.prints").calls("java.net.Socket->getInputStream"),
            "an app that asks a printer what it is",
        ),
    ]
}

fn pushed() -> Vec<SignalPair> {
    const FIREBASE: &str = "com.google.firebase.MESSAGING_EVENT";
    const READ: &str = "com.google.firebase.messaging.RemoteMessage->getData";
    const C2DM: &str = "com.google.android.c2dm.intent.RECEIVE";
    const HUAWEI: &str = "com.huawei.push.action.MESSAGING_EVENT";
    const ON_MESSAGE: &str =
        "com.google.firebase.messaging.FirebaseMessagingService->onMessageReceived";
    let of = Of("push_unanswered");
    let told = |name: &str, action: &str| -> Sketch {
        visible(name).declares(Component::service(".Push").action(action)).class("Push")
    };
    vec![
        of.way(
            "firebase",
            &told("pushed", FIREBASE).overrides(ON_MESSAGE),
            &visible("pushed.library")
                .declares(
                    Component::service("com.google.firebase.iid.FirebaseInstanceIdService")
                        .action(FIREBASE),
                )
                .library("com.google.firebase.iid.FirebaseInstanceIdService")
                .overrides(ON_MESSAGE),
            "a library that answers to push messages",
        ),
        of.way(
            "message_read",
            &told("pushed.apart", FIREBASE).class("Reader").calls(READ),
            &visible("pushed.never").class("Reader").calls(READ),
            "an app to which no message comes",
        ),
        of.way(
            "cloud_to_device",
            &visible("pushed.old")
                .hears("Told", &[C2DM])
                .class("Told")
                .overrides(super::ON_RECEIVE),
            &visible("pushed.gone")
                .hears("Told", &[C2DM])
                .class("Other")
                .overrides(super::ON_RECEIVE),
            "a receiver that is declared and not there",
        ),
        of.way(
            "huawei",
            &told("pushed.huawei", HUAWEI).extends("com.huawei.hms.push.HmsMessageService"),
            &told("pushed.other", HUAWEI).extends(SERVICE),
            "a service that cannot be told",
        ),
        of.way(
            "another_service",
            &visible("signal")
                .class("Told")
                .extends("com.onesignal.OneSignal$OSRemoteNotificationReceivedHandler"),
            &visible("signal.shows").class("Told").calls("com.onesignal.OneSignal->setAppId"),
            "an app that only shows what it is sent",
        ),
    ]
}
