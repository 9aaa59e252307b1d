//! Broadcasts that an app is told of, and what else it watches.

use super::super::RECEIVER;
use super::{BOOT, ON_RECEIVE, Of, SignalPair, visible};
use crate::apk::{Component, IntentFilter};

const ADD: &str = "android.content.IntentFilter->addAction";
const LOCALE: &str = "android.intent.action.LOCALE_CHANGED";
const HEADSET: &str = "android.intent.action.HEADSET_PLUG";

/// Signals and a broadcast of theirs.
const TOLD: [(&str, &str); 10] = [
    ("sim_receiver", "android.intent.action.SIM_STATE_CHANGED"),
    ("boot_receiver", BOOT),
    ("shutdown_receiver", "android.intent.action.ACTION_SHUTDOWN"),
    ("package_receiver", "android.intent.action.PACKAGE_REMOVED"),
    ("install_receiver", "android.intent.action.PACKAGE_ADDED"),
    ("connection_watch", "android.net.conn.CONNECTIVITY_CHANGE"),
    ("flight_mode_receiver", "android.intent.action.AIRPLANE_MODE"),
    ("time_receiver", "android.intent.action.TIMEZONE_CHANGED"),
    ("cable_receiver", "android.intent.action.ACTION_POWER_CONNECTED"),
    ("location_switch_receiver", "android.location.PROVIDERS_CHANGED"),
];
/// Those that an app can also ask for while it runs.
const REGISTERED: [(&str, &str); 8] = [
    ("sim_receiver", "android.intent.action.SIM_STATE_CHANGED"),
    ("shutdown_receiver", "android.intent.action.BATTERY_LOW"),
    ("package_receiver", "android.intent.action.PACKAGE_REMOVED"),
    ("install_receiver", "android.intent.action.PACKAGE_ADDED"),
    ("flight_mode_receiver", "android.intent.action.AIRPLANE_MODE"),
    ("screen_receiver", "android.intent.action.SCREEN_ON"),
    ("cable_receiver", "android.intent.action.ACTION_POWER_CONNECTED"),
    ("location_switch_receiver", "android.location.PROVIDERS_CHANGED"),
];

pub(super) fn pairs() -> Vec<SignalPair> {
    let mut all: Vec<SignalPair> =
        TOLD.iter().map(|(signal, action)| declared(signal, action)).collect();
    all.push(declared("screen_receiver", "android.intent.action.USER_PRESENT"));
    all.extend(REGISTERED.iter().flat_map(|(signal, action)| registered(signal, action)));
    all.extend(watched());
    all
}

/// Told by a broadcast that its manifest names. What is near differs from signal to signal.
fn declared(signal: &'static str, action: &str) -> SignalPair {
    let heard = |name: &str, action: &str| {
        visible(name).hears("Told", &[action]).class("Told").overrides(ON_RECEIVE)
    };
    let near = format!("near.{signal}");
    let of = Of(signal);
    let has = heard(&format!("told.{signal}"), action);
    match signal {
        "boot_receiver" | "sim_receiver" => of.way(
            "declared",
            &has,
            &visible(&near)
                .declares(
                    Component::receiver(".Told")
                        .attribute("enabled", false)
                        .filter(IntentFilter::action(action)),
                )
                .class("Told")
                .overrides(ON_RECEIVE),
            "a receiver that is off, and that nothing switches on",
        ),
        "connection_watch" | "package_receiver" => of.way(
            "declared",
            &has,
            &visible(&near)
                .declares(
                    Component::receiver(
                        "androidx.work.impl.background.systemalarm.RescheduleReceiver",
                    )
                    .filter(IntentFilter::action(action)),
                )
                .library("androidx.work.impl.background.systemalarm.RescheduleReceiver")
                .overrides(ON_RECEIVE)
                .hears("Language", &[LOCALE])
                .class("Language")
                .overrides(ON_RECEIVE),
            "a library's receiver, beside one of the app's own for something else",
        ),
        _ => of.way(
            "declared",
            &has,
            &heard(&near, LOCALE),
            "an app that changes its language with the phone's",
        ),
    }
}

/// Told by a broadcast that its code names.
fn registered(signal: &'static str, action: &str) -> [SignalPair; 2] {
    let of = Of(signal);
    let told = |name: String| visible(&name).class("Told").extends(RECEIVER).class("Start");
    [
        of.way(
            "registered",
            &told(format!("asks.{signal}")).calls_text(ADD, action),
            &told(format!("headset.{signal}")).calls_text(ADD, HEADSET).class("Log").says(action),
            "a player that pauses when the headset is pulled, and names the other in its log",
        ),
        of.way(
            "registered_by_a_list",
            // The list stands where the class begins, and the filter is made elsewhere in it.
            &told(format!("lists.{signal}"))
                .class("Start$Names")
                .says(action)
                .class("Start")
                .calls_text(ADD, HEADSET),
            &told(format!("names.{signal}")).says(action),
            "a class that only names it",
        ),
    ]
}

fn watched() -> Vec<SignalPair> {
    const READ: &str = "android.provider.Settings$Global->getInt";
    const SUBSCRIPTIONS: &str = "android.telephony.SubscriptionManager";
    const UPDATES: &str = "android.location.LocationManager->requestLocationUpdates";
    let place = |name: &str| visible(name).asks(&["ACCESS_FINE_LOCATION"]).class("Places");
    let number = "android.telephony.TelephonyManager->getSimSerialNumber";
    let started =
        |name: &str| visible(name).hears("Start", &[BOOT]).class("Start").overrides(ON_RECEIVE);
    let located = |name: &str, method: &str| {
        place(name).calls(UPDATES).class("Where").implements(
            "android.location.LocationListener",
            method,
            "(Ljava/lang/String;)V",
        )
    };
    let connection = |name: &str, method: &str| {
        visible(name)
            .class("Net")
            .calls("android.net.ConnectivityManager->registerDefaultNetworkCallback")
            .class("Told")
            .overrides(&format!("android.net.ConnectivityManager$NetworkCallback->{method}"))
    };
    vec![
        Of("sim_receiver").way(
            "subscriptions",
            &visible("cards")
                .class("Cards")
                .calls(&format!("{SUBSCRIPTIONS}->addOnSubscriptionsChangedListener"))
                .class("Told")
                .overrides(&format!(
                    "{SUBSCRIPTIONS}$OnSubscriptionsChangedListener->onSubscriptionsChanged"
                )),
            &visible("cards.shown")
                .class("Cards")
                .calls(&format!("{SUBSCRIPTIONS}->getActiveSubscriptionInfoList")),
            "an app that shows which cards there are",
        ),
        Of("sim_receiver").way(
            "compared_at_start",
            &started("card.compared").calls(number),
            &started("card.shown").class("MainActivity").calls(number),
            "an app that shows the card's number, and starts with the phone for something else",
        ),
        Of("connection_watch").way(
            "network_callback",
            &connection("net.lost", "onLost"),
            &connection("net.speed", "onCapabilitiesChanged"),
            "an app that shows how fast the network is",
        ),
        Of("geofence").way(
            "told_of_places",
            &place("fence")
                .calls("com.google.android.gms.location.Geofence$Builder->setCircularRegion"),
            &place("weather").calls("android.location.LocationManager->getLastKnownLocation"),
            "a weather app",
        ),
        Of("debugging_watch").way(
            "read",
            &visible("debug.tells").class("Look").calls_text(READ, "adb_enabled"),
            &visible("flight.look").class("Look").calls_text(READ, "airplane_mode_on"),
            "a travel app",
        ),
        Of("location_switch_receiver").way(
            "provider_switched_off",
            &located("where.off", "onProviderDisabled"),
            &located("where.seen", "onProviderEnabled"),
            "a map that waits until there is a place",
        ),
    ]
}
