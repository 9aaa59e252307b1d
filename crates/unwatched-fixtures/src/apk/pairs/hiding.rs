//! Staying unseen. A near miss of these shows itself.

use super::{
    NODE_PRESS, Pair, SERVICE, Sketch, accessibility, listener, pair, visible, watching,
    with_secret_code,
};
use crate::apk::{Component, IntentFilter};
use crate::axml::{Element, Value};

pub(super) fn pairs() -> Vec<Pair> {
    let mut all = icons();
    all.extend(openings());
    all.extend(names());
    all.extend(notifications());
    all
}

const SWITCH: &str = "android.content.pm.PackageManager->setComponentEnabledSetting";
/// `android:drawable/ic_menu_preferences`
const GEAR: u32 = 0x0108_0049;
const NO_DISPLAY: u32 = 0x0103_0055;

/// Removes its icon.
fn leaving(sketch: Sketch, name: &str) -> Sketch {
    let entry = format!("com.example.{name}.MainActivity");
    sketch.class("Setup").says(&entry).calls_with(SWITCH, &[0, 2, 1])
}

fn icons() -> Vec<Pair> {
    let plain = |name: &str| Sketch::without_icon(name).declares(Component::service(".Quiet"));
    let two_icons = |sketch: Sketch| {
        sketch
            .declares(Component::alias(".Calculator", ".MainActivity").exported(true).launcher())
            .class("Icons")
            .says(".Calculator")
            .calls_with(SWITCH, &[0, 2, 1])
    };
    vec![
        pair(
            "hidden_launcher",
            &plain("unseen").class("Setup").calls(SWITCH),
            &plain("unseen.addon")
                .library("androidx.work.impl.utils.PackageManagerHelper")
                .calls(SWITCH),
            "an add-on to another app, whose library switches its own receivers",
        ),
        pair(
            "icon_missing_while_watching",
            &watching(Sketch::without_icon("unseen.watch")),
            &watching(visible("seen.watch")),
            "the same app with an icon",
        ),
        pair(
            "icon_removal",
            &visible("leaving")
                .class("Setup")
                .says("com.example.leaving.MainActivity")
                .calls_with(SWITCH, &[0, 2, 1]),
            &visible("quiet.events")
                .hears("SmsReceiver", &["android.provider.Telephony.SMS_RECEIVED"])
                .class("Setup")
                .says("com.example.quiet.events.SmsReceiver")
                .calls_with(SWITCH, &[0, 2, 1]),
            "an app that switches a receiver off while it is not needed",
        ),
        pair(
            "part_switched_off",
            &watching(visible("part.gone")).class("Setup").calls_with(SWITCH, &[0, 2, 1]),
            &watching(visible("part.named"))
                .hears("Calls", &["android.intent.action.PHONE_STATE"])
                .class("Setup")
                .says("com.example.part.named.Calls")
                .calls_with(SWITCH, &[0, 2, 1]),
            "an app that names the receiver it switches off",
        ),
        pair(
            "icon_may_be_removed",
            &visible("choice").class("Setup").says(".MainActivity").calls_as(
                SWITCH,
                "(Landroid/content/ComponentName;II)V",
                &[],
            ),
            &visible("no.choice")
                .class("Setup")
                .says(".MainActivity")
                .calls_with(SWITCH, &[0, 1, 1]),
            "an app that switches its icon on again",
        ),
        pair(
            "opened_from_elsewhere",
            &Sketch::without_icon("widget")
                .asks(&["READ_SMS"])
                .hears("Widget", &["android.appwidget.action.APPWIDGET_UPDATE"]),
            &Sketch::without_icon("clock")
                .hears("Widget", &["android.appwidget.action.APPWIDGET_UPDATE"]),
            "a clock that asks for nothing by which it could watch",
        ),
        pair(
            "icon_switching",
            &two_icons(watching(visible("two.faces"))),
            &two_icons(visible("diary")),
            "a diary that lets people choose its icon",
        ),
        pair(
            "hidden_from_recents",
            &watching(Sketch::without_icon("gone"))
                .class("MainActivity")
                .declares(
                    Component::activity(".MainActivity")
                        .exported(true)
                        .launcher()
                        .exclude_from_recents(),
                )
                .calls("android.app.Activity->finishAndRemoveTask"),
            &visible("sign.in")
                .declares(Component::activity(".SignIn").exclude_from_recents())
                .calls("android.app.Activity->finishAndRemoveTask"),
            "an app whose sign-in screen alone keeps out of the list",
        ),
        pair(
            "invisible_screens",
            &with_secret_code(visible("glass")).declares(
                Component::activity(".Glass")
                    .exclude_from_recents()
                    .attribute("theme", Value::Reference(NO_DISPLAY)),
            ),
            &visible("shortcut").declares(
                Component::activity(".Shortcut")
                    .exclude_from_recents()
                    .attribute("theme", Value::Reference(NO_DISPLAY)),
            ),
            "an app with a shortcut that passes something on",
        ),
    ]
}

fn openings() -> Vec<Pair> {
    let dialled = |sketch: Sketch| {
        sketch
            .hears("CallReceiver", &["android.intent.action.NEW_OUTGOING_CALL"])
            .class("CallReceiver")
            .calls("android.content.BroadcastReceiver->setResultData")
            .calls("android.content.Context->startActivity")
    };
    let support = IntentFilter::action("com.example.support.SHOW_CODE").scheme("support_code");
    vec![
        pair(
            "secret_dialer_code",
            &leaving(with_secret_code(visible("dial.open")), "dial.open"),
            &leaving(
                visible("dial.support")
                    .declares(Component::receiver(".CodeReceiver").exported(true).filter(support))
                    .class("CodeReceiver")
                    .overrides("android.content.BroadcastReceiver->onReceive"),
                "dial.support",
            ),
            "an app whose support asks for a code that is shown in it",
        ),
        pair(
            "dialled_number_opening",
            &dialled(Sketch::without_icon("dial.watch").declares(Component::service(".Quiet")))
                .class("Setup")
                .calls(SWITCH),
            &dialled(visible("net.phone")),
            "internet telephony that takes a call over",
        ),
    ]
}

fn names() -> Vec<Pair> {
    let named = |package: &str, sketch: fn(Sketch) -> Sketch| sketch(Sketch::packaged(package));
    vec![
        pair(
            "system_name",
            &watching(visible("named")).label("Wi-Fi Service"),
            &visible("battery.tool").label("Battery").class("Reader").extends(SERVICE),
            "a tool that shows how full the battery is",
        ),
        pair(
            "system_name_imitated",
            &visible("like").label("\u{405}ystem Updat\u{435}"),
            &visible("other.letters")
                .label("\u{41a}\u{430}\u{43b}\u{435}\u{43d}\u{434}\u{430}\u{440}\u{44c}"),
            "a calendar in another alphabet",
        ),
        pair(
            "components_named_like_system",
            &watching(visible("posing"))
                .declares(Component::service("com.google.android.gms.core.CoreService"))
                .library("com.google.android.gms.core.CoreService")
                .extends(SERVICE),
            &watching(visible("buying")).declares(Component::activity(
                "com.android.billingclient.api.ProxyBillingActivity",
            )),
            "an app with the shop's own library",
        ),
        pair(
            "icon_blank",
            &watching(visible("blank")).with(|apk| apk.icon(Element::new("vector"))),
            &watching(visible("drawn")).with(|apk| {
                let line = Element::new("path")
                    .android("pathData", "M0,0h24v24h-24z")
                    .android("fillColor", "#ff336699");
                apk.icon(Element::new("vector").child(line))
            }),
            "a camera with an icon that is drawn",
        ),
        pair(
            "name_blank",
            &watching(visible("unnamed")).label("\u{3164}"),
            &watching(visible("short.name")).label("X"),
            "a camera with a name of one letter",
        ),
        pair(
            "icon_of_the_system",
            &with_secret_code(watching(visible("gear"))).with(|apk| {
                apk.string_resource("hello", "Hello")
                    .application_attribute("icon", Value::Reference(GEAR))
            }),
            &visible("sample").with(|apk| {
                apk.string_resource("hello", "Hello")
                    .application_attribute("icon", Value::Reference(GEAR))
            }),
            "a programmer's first app, with Android's own icon",
        ),
        pair(
            "system_package_name",
            &named("com.android.sync.core", |app| {
                with_secret_code(watching(app.declares(Component::activity(".Main").launcher())))
            }),
            &named("com.android.camera.extra", |app| {
                watching(app.declares(Component::activity(".Main").launcher()))
            }),
            "a camera of the phone's maker",
        ),
    ]
}

fn notifications() -> Vec<Pair> {
    const START: &str = "android.app.Service->startForeground";
    const CHANNEL: &str = "android.app.NotificationChannel-><init>";
    const CANCEL: &str =
        "android.service.notification.NotificationListenerService->cancelNotification";
    vec![
        pair(
            "notifications_not_asked_for",
            &leaving(watching(visible("unasked")).calls(START), "unasked"),
            &leaving(
                watching(visible("asked").asks(&["POST_NOTIFICATIONS"])).calls(START),
                "asked",
            ),
            "a security camera that asks to show notifications",
        ),
        pair(
            "silent_notification",
            &leaving(watching(visible("hushed")).calls_with(CHANNEL, &[0, 0, 1]), "hushed"),
            &watching(visible("dash.camera").asks(&["POST_NOTIFICATIONS"]))
                .calls_with(CHANNEL, &[0, 0, 3]),
            "a dash camera whose notification is seen",
        ),
        pair(
            "warnings_removed",
            &leaving(listener("unwarned").calls(CANCEL).says("com.android.vending"), "unwarned"),
            &listener("tidy")
                .calls(CANCEL)
                .says("com.example.chat")
                .class("Rate")
                .says("com.android.vending"),
            "an app that tidies up notifications, and asks to be rated in the shop",
        ),
        pair(
            "play_protect_pressed",
            &accessibility("unprotected")
                .calls(NODE_PRESS)
                .says("com.google.android.gms.security.settings.VerifyAppsSettingsActivity"),
            &accessibility("voice.steering")
                .calls(NODE_PRESS)
                .class("Help")
                .says("Play Protect may ask about this app."),
            "voice steering whose help speaks of Play Protect",
        ),
    ]
}
