//! Keys, messages, calls: what is typed, written and said.

use super::{NODE_TEXT, Pair, RECORD, accessibility, listener, never_does, pair, visible};

pub(super) fn pairs() -> Vec<Pair> {
    let mut all = keys();
    all.extend(messages());
    all.extend(calls());
    all
}

const ON_EVENT: &str = "android.accessibilityservice.AccessibilityService->onAccessibilityEvent";
const ON_NOTICE: &str =
    "android.service.notification.NotificationListenerService->onNotificationPosted";
const SMS_RECEIVED: &str = "android.provider.Telephony.SMS_RECEIVED";

fn keys() -> Vec<Pair> {
    let keyboard = visible("letters.keyboard")
        .bound("Keyboard", "BIND_INPUT_METHOD", "android.view.InputMethod")
        .class("Keyboard")
        .overrides("android.inputmethodservice.InputMethodService->onStartInput");
    vec![
        never_does("keys_accessibility", &accessibility("screen.words").overrides(ON_EVENT)),
        pair(
            "keys_typed_text",
            &accessibility("typed.words")
                .overrides(ON_EVENT)
                .calls("android.view.accessibility.AccessibilityEvent->getBeforeText"),
            &accessibility("gesture.helper")
                .overrides(ON_EVENT)
                .calls("android.accessibilityservice.AccessibilityService->dispatchGesture"),
            "an app that makes gestures for people and reads no text",
        ),
        pair(
            "keys_hardware",
            &accessibility("key.watch")
                .overrides("android.accessibilityservice.AccessibilityService->onKeyEvent"),
            &visible("key.game").class("GameView").overrides("android.app.Activity->onKeyEvent"),
            "a game that is steered with keys",
        ),
        never_does("keys_input_method", &keyboard),
    ]
}

fn messages() -> Vec<Pair> {
    const OPEN: &str = "android.database.sqlite.SQLiteDatabase->openDatabase";
    let root = |name: &str| {
        visible(name).with(|apk| apk.permission("android.permission.ACCESS_SUPERUSER"))
    };
    let sms = |name: &str| {
        visible(name)
            .asks(&["RECEIVE_SMS"])
            .hears("SmsReceiver", &[SMS_RECEIVED])
            .class("SmsReceiver")
            .overrides("android.content.BroadcastReceiver->onReceive")
    };
    vec![
        never_does(
            "messages_sms",
            &visible("text.reader")
                .asks(&["READ_SMS"])
                .class("Reader")
                .calls("android.telephony.SmsMessage->getMessageBody"),
        ),
        pair(
            "messages_sms_stored",
            &visible("text.history")
                .asks(&["READ_SMS"])
                .class("History")
                .calls_text("android.content.ContentResolver->query", "content://sms/inbox"),
            &visible("code.filler").asks(&["READ_SMS"]).class("Codes").calls_text(
                "android.content.ContentResolver->query",
                "content://com.example.code.filler/codes",
            ),
            "an app that fills in codes and looks at its own store",
        ),
        pair(
            "sms_swallowing",
            &sms("text.swallow").calls("android.content.BroadcastReceiver->abortBroadcast"),
            &sms("text.codes").calls("android.telephony.SmsMessage->getMessageBody"),
            "an app that reads a code and leaves the message alone",
        ),
        never_does("messages_notifications", &listener("notice.reader").overrides(ON_NOTICE)),
        pair(
            "messenger_notifications",
            &listener("notice.messages")
                .overrides(ON_NOTICE)
                .class("Filter")
                .says_all(&["com.whatsapp", "org.telegram.messenger"]),
            &listener("notice.music")
                .overrides(ON_NOTICE)
                .class("Filter")
                .says_all(&["com.example.player", "transport"]),
            "a remote control for music players",
        ),
        pair(
            "messenger_screens",
            &accessibility("screen.messages")
                .calls(NODE_TEXT)
                .says("com.whatsapp:id/conversation_text"),
            &accessibility("screen.switch").calls(NODE_TEXT).class("Share").says("com.whatsapp"),
            "a switch for people who cannot touch, which also shares to a messenger",
        ),
        pair(
            "messages_databases",
            &root("store.names")
                .class("Reader")
                .calls(OPEN)
                .says("/data/data/com.whatsapp/databases/msgstore.db"),
            &root("notes")
                .class("Reader")
                .calls(OPEN)
                .says("/data/data/com.example.notes/databases/notes.db"),
            "a note app that names its own store",
        ),
        pair(
            "messages_email",
            &visible("mail.reader")
                .asks(&["GET_ACCOUNTS"])
                .class("Mail")
                .calls_text("android.net.Uri->parse", "content://gmail-ls/messages/"),
            &visible("mail.client")
                .asks(&["GET_ACCOUNTS"])
                .class("Mail")
                .says("com.google.android.gm"),
            "a mail app that can hand a mail to another one",
        ),
    ]
}

fn calls() -> Vec<Pair> {
    const LISTEN: &str = "android.telephony.TelephonyManager->listen";
    let recorder =
        |name: &str| visible(name).asks(&["RECORD_AUDIO", "READ_PHONE_STATE"]).class("CallService");
    let screening = visible("spam.block")
        .bound("Screening", "BIND_SCREENING_SERVICE", "android.telecom.CallScreeningService")
        .class("Screening")
        .overrides("android.telecom.CallScreeningService->onScreenCall");
    let outgoing = |name: &str| {
        visible(name)
            .hears("CallReceiver", &["android.intent.action.NEW_OUTGOING_CALL"])
            .class("CallReceiver")
    };
    vec![
        never_does(
            "calls_log",
            &visible("call.list").asks(&["READ_CALL_LOG"]).uses("android.provider.CallLog$Calls"),
        ),
        pair(
            "calls_outgoing",
            &outgoing("dialled").calls("android.content.BroadcastReceiver->getResultData"),
            &outgoing("pause.music").calls("android.media.MediaPlayer->pause"),
            "a music player that pauses when a call begins",
        ),
        never_does("calls_screening", &screening),
        never_does("calls_recording", &recorder("call.tape").calls(RECORD).calls(LISTEN)),
        pair(
            "calls_recording_line",
            &recorder("call.line")
                .calls_with("android.media.MediaRecorder->setAudioSource", &[4])
                .calls(LISTEN),
            &recorder("voice.notes")
                .calls_with("android.media.MediaRecorder->setAudioSource", &[1])
                .calls(LISTEN),
            "voice notes that stop when a call comes",
        ),
        pair(
            "calls_answered",
            &visible("auto.answer")
                .asks(&["ANSWER_PHONE_CALLS"])
                .class("Answer")
                .calls("android.telecom.TelecomManager->acceptRingingCall"),
            &visible("call.end")
                .asks(&["ANSWER_PHONE_CALLS"])
                .class("Answer")
                .calls("android.telecom.TelecomManager->endCall"),
            "an app that turns calls away at night",
        ),
        pair(
            "calls_noticed",
            &visible("call.state").asks(&["READ_PHONE_STATE"]).class("State").calls(LISTEN),
            &visible("network.name")
                .asks(&["READ_PHONE_STATE"])
                .class("State")
                .calls("android.telephony.TelephonyManager->getNetworkOperatorName"),
            "an app that shows the name of the network",
        ),
    ]
}
