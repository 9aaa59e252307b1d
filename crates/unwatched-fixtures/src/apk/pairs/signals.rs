//! For every signal of `catalogue/observable.toml` an app whose code would give it, and one that
//! nearly would: it has no way to report, or its code does something else.

use super::{
    ACCESSIBILITY, LISTENER, Pair, RECEIVER, Sketch, UPLOAD, accessibility, administrator,
    listener, visible,
};
use crate::apk::Component;
use crate::dex::Argument;

const ON_RECEIVE: &str = "android.content.BroadcastReceiver->onReceive";
const ADD: &str = "android.content.IntentFilter->addAction";

/// Every signal's pair.
pub fn signals() -> Vec<Pair> {
    let mut all = callbacks();
    all.extend(intervals());
    all.extend(broadcasts());
    all.extend(watched());
    all
}

/// The app may use the network, and sends.
fn reporting(sketch: Sketch) -> Sketch {
    sketch.asks(&["INTERNET"]).class("Report").calls(UPLOAD)
}

fn pair(id: &'static str, has: Sketch, near: Sketch, near_is: &'static str) -> Pair {
    Pair { rule: id, has: reporting(has).apk(), near: reporting(near).apk(), near_is }
}

/// The near miss is the same app without any way to report.
fn silent(id: &'static str, sketch: Sketch) -> Pair {
    let near_is = "the same app, which can report nothing";
    Pair { rule: id, near: sketch.apk(), has: reporting(sketch).apk(), near_is }
}

fn callbacks() -> Vec<Pair> {
    let vpn = |name: &str| {
        visible(name).bound("Tunnel", "BIND_VPN_SERVICE", "android.net.VpnService").class("Tunnel")
    };
    vec![
        pair(
            "admin_callback",
            administrator("admin.tells")
                .overrides("android.app.admin.DeviceAdminReceiver->onDisableRequested"),
            administrator("admin.quiet")
                .overrides("android.app.admin.DeviceAdminReceiver->onEnabled"),
            "an administrator that is told only when it begins",
        ),
        pair(
            "accessibility_callback",
            accessibility("screen.tells").overrides(&format!("{ACCESSIBILITY}->onUnbind")),
            accessibility("screen.quiet").overrides(&format!("{ACCESSIBILITY}->onInterrupt")),
            "a service that only stops speaking when it is interrupted",
        ),
        pair(
            "notification_access_callback",
            listener("notice.tells").overrides(&format!("{LISTENER}->onListenerDisconnected")),
            listener("notice.quiet").overrides(&format!("{LISTENER}->onListenerConnected")),
            "a service that is told only when it begins",
        ),
        pair(
            "vpn_callback",
            vpn("tunnel.tells").overrides("android.net.VpnService->onRevoke"),
            vpn("tunnel.quiet").overrides("android.net.VpnService->onBind"),
            "a VPN that does not ask when it is replaced",
        ),
        silent(
            "unlock_code_callback",
            administrator("code.tells")
                .overrides("android.app.admin.DeviceAdminReceiver->onPasswordChanged"),
        ),
    ]
}

fn intervals() -> Vec<Pair> {
    const REPEAT: &str = "android.app.AlarmManager->setRepeating";
    const PROTO: &str = "(IJJLandroid/app/PendingIntent;)V";
    const QUARTER_HOUR_MS: i64 = 900_000;
    let values = [Argument::Int(0), Argument::Long(1), Argument::Long(QUARTER_HOUR_MS)];
    let push = |name: &str, class: &str| {
        visible(name)
            .declares(
                Component::service(&format!(".{class}"))
                    .action("com.google.firebase.MESSAGING_EVENT"),
            )
            .class("Push")
    };
    vec![
        pair(
            "heartbeat",
            visible("beats").class("Beat").calls_as(REPEAT, PROTO, &values),
            visible("alarm.clock").class("Ring").calls("android.app.AlarmManager->setAlarmClock"),
            "an alarm clock",
        ),
        pair(
            "open_line",
            visible("line")
                .class("Line")
                .calls("org.eclipse.paho.client.mqttv3.MqttClient->connect"),
            visible("ask").class("Ask").calls("java.net.URL->openConnection"),
            "an app that asks when it is opened",
        ),
        pair(
            "push_unanswered",
            push("pushed", "Push").overrides(
                "com.google.firebase.messaging.FirebaseMessagingService->onMessageReceived",
            ),
            push("library.push", "None").extends("android.app.Service"),
            "an app whose library answers to push messages and whose own code does not",
        ),
    ]
}

/// Told by a broadcast that its manifest names; the near miss has the same receiver for another
/// one.
fn told(id: &'static str, action: &str, near_is: &'static str) -> Pair {
    let heard = |name: &str, action: &str| {
        visible(name).hears("Told", &[action]).class("Told").overrides(ON_RECEIVE)
    };
    let name = format!("told.{id}");
    pair(id, heard(&name, action), heard(&name, "android.intent.action.LOCALE_CHANGED"), near_is)
}

fn broadcasts() -> Vec<Pair> {
    let dynamic = |name: &str, action: &str| {
        visible(name).class("Told").extends(RECEIVER).class("Start").calls_text(ADD, action)
    };
    let locale = "an app that changes its language with the phone's";
    vec![
        told("sim_receiver", "android.intent.action.SIM_STATE_CHANGED", locale),
        told("boot_receiver", "android.intent.action.BOOT_COMPLETED", locale),
        told("shutdown_receiver", "android.intent.action.ACTION_SHUTDOWN", locale),
        told("package_receiver", "android.intent.action.PACKAGE_REMOVED", locale),
        told("install_receiver", "android.intent.action.PACKAGE_ADDED", locale),
        told("connection_watch", "android.net.conn.CONNECTIVITY_CHANGE", locale),
        told("flight_mode_receiver", "android.intent.action.AIRPLANE_MODE", locale),
        told("time_receiver", "android.intent.action.TIMEZONE_CHANGED", locale),
        told("cable_receiver", "android.intent.action.ACTION_POWER_CONNECTED", locale),
        told("location_switch_receiver", "android.location.PROVIDERS_CHANGED", locale),
        pair(
            "screen_receiver",
            dynamic("screen.on", "android.intent.action.SCREEN_ON"),
            dynamic("headset", "android.intent.action.HEADSET_PLUG"),
            "a music player that pauses when the headset is pulled",
        ),
    ]
}

fn watched() -> Vec<Pair> {
    const ON_EVENT: &str =
        "android.accessibilityservice.AccessibilityService->onAccessibilityEvent";
    const READ: &str = "android.provider.Settings$Global->getInt";
    let place = |name: &str| visible(name).asks(&["ACCESS_FINE_LOCATION"]).class("Places");
    vec![
        pair(
            "geofence",
            place("fence")
                .calls("com.google.android.gms.location.Geofence$Builder->setCircularRegion"),
            place("weather").calls("android.location.LocationManager->getLastKnownLocation"),
            "a weather app",
        ),
        pair(
            "debugging_watch",
            visible("debug.tells").class("Look").calls_text(READ, "adb_enabled"),
            visible("flight.look").class("Look").calls_text(READ, "airplane_mode_on"),
            "a travel app",
        ),
        pair(
            "settings_watched",
            accessibility("settings.tells").overrides(ON_EVENT).says("com.android.settings"),
            accessibility("settings.opens")
                .overrides(ON_EVENT)
                .class("Help")
                .says("com.android.settings"),
            "a switch for people who cannot touch, whose help opens the settings",
        ),
    ]
}
