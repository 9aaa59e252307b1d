//! What the system calls when something is taken away or stopped.

use super::super::{ACCESSIBILITY, LISTENER, SERVICE, accessibility, administrator, listener};
use super::{ON_RECEIVE, Of, SignalPair, Sketch, service, visible};
use crate::apk::Component;

const DISABLED: &str = "android.app.action.DEVICE_ADMIN_DISABLED";
const URI: &str = "android.provider.Settings$Secure->getUriFor";
const OBSERVE: &str = "android.content.ContentResolver->registerContentObserver";
const START: &str = "android.content.Context->startService";

pub(super) fn pairs() -> Vec<SignalPair> {
    [admin(), accessible(), notified(), others(), stopped(), settings()]
        .into_iter()
        .flatten()
        .collect()
}

fn admin() -> Vec<SignalPair> {
    const ADMIN: &str = "android.app.admin.DeviceAdminReceiver";
    let of = Of("admin_callback");
    vec![
        of.way(
            "callback",
            &administrator("admin.tells").overrides(&format!("{ADMIN}->onDisableRequested")),
            &administrator("admin.another")
                .class("Unused")
                .overrides(&format!("{ADMIN}->onDisableRequested")),
            "a class that is told, and is not the one that is declared",
        ),
        of.way(
            "any_broadcast_by_name",
            &administrator("admin.compares").overrides(ON_RECEIVE).says(DISABLED),
            &administrator("admin.names").overrides(&format!("{ADMIN}->onEnabled")).says(DISABLED),
            "an administrator that only names what it would be told",
        ),
        of.way(
            "any_broadcast",
            &administrator("admin.hears").overrides(ON_RECEIVE),
            &administrator("admin.quiet").overrides(&format!("{ADMIN}->onEnabled")),
            "an administrator that is told only when it begins",
        ),
    ]
}

/// Watches one of the system's settings, in one class.
fn observing(sketch: Sketch, setting: &str) -> Sketch {
    sketch.class("Watch").calls_text(URI, setting).calls(OBSERVE)
}

fn accessible() -> Vec<SignalPair> {
    const SETTING: &str = "enabled_accessibility_services";
    const MANAGER: &str = "android.view.accessibility.AccessibilityManager";
    let of = Of("accessibility_callback");
    let listens = |name: &str, method: &str| {
        accessibility(name)
            .class("Screen")
            .calls(&format!("{MANAGER}->addAccessibilityStateChangeListener"))
            .class("State")
            .implements(&format!("{MANAGER}$AccessibilityStateChangeListener"), method, "(Z)V")
    };
    vec![
        of.way(
            "callback",
            &accessibility("screen.tells").overrides(&format!("{ACCESSIBILITY}->onUnbind")),
            &accessibility("screen.quiet").overrides(&format!("{ACCESSIBILITY}->onInterrupt")),
            "a service that only stops speaking when it is interrupted",
        ),
        of.way(
            "setting_observed",
            &observing(accessibility("screen.watches"), SETTING),
            &observing(accessibility("screen.brightness"), "screen_brightness"),
            "an app that watches how bright the screen is",
        ),
        of.way(
            "state_listener",
            &listens("screen.listens", "onAccessibilityStateChanged"),
            &listens("screen.touches", "onTouchExplorationStateChanged"),
            "an app that listens for another state",
        ),
        of.way(
            "setting_observed_for_another",
            &observing(visible("helper.watches"), SETTING),
            &visible("helper.asks")
                .class("Ask")
                .calls_text("android.provider.Settings$Secure->getString", SETTING),
            "an app that asks once whether a screen reader is on",
        ),
    ]
}

fn notified() -> Vec<SignalPair> {
    let of = Of("notification_access_callback");
    vec![
        of.way(
            "callback",
            &listener("notice.tells").overrides(&format!("{LISTENER}->onListenerDisconnected")),
            &listener("notice.quiet").overrides(&format!("{LISTENER}->onListenerConnected")),
            "a service that is told only when it begins",
        ),
        of.way(
            "setting_observed",
            &observing(listener("notice.watches"), "enabled_notification_listeners"),
            &observing(visible("notice.other"), "enabled_notification_listeners"),
            "an app without access to notifications",
        ),
    ]
}

fn others() -> Vec<SignalPair> {
    const CHANGED: &str = "android.app.admin.DeviceAdminReceiver->onPasswordChanged";
    let vpn = |name: &str| {
        visible(name).bound("Tunnel", "BIND_VPN_SERVICE", "android.net.VpnService").class("Tunnel")
    };
    vec![
        Of("vpn_callback").way(
            "callback",
            &vpn("tunnel.tells").overrides("android.net.VpnService->onRevoke"),
            &vpn("tunnel.quiet").overrides("android.net.VpnService->onBind"),
            "a VPN that does not ask when it is replaced",
        ),
        Of("unlock_code_callback").way(
            "callback",
            &administrator("code.tells").overrides(CHANGED),
            &visible("code.library")
                .declares(
                    Component::receiver("com.google.firebase.iid.FirebaseInstanceIdReceiver")
                        .permission("android.permission.BIND_DEVICE_ADMIN"),
                )
                .library("com.google.firebase.iid.FirebaseInstanceIdReceiver")
                .overrides(CHANGED),
            "a library's administrator",
        ),
    ]
}

fn stopped() -> Vec<SignalPair> {
    const REMOVED: &str = "android.app.Service->onTaskRemoved";
    const DESTROYED: &str = "android.app.Service->onDestroy";
    let of = Of("stop_callback");
    vec![
        of.way(
            "acts_when_stopped",
            &visible("stop.tells")
                .class("Worker")
                .extends(SERVICE)
                .calls(START)
                .inside("onDestroy"),
            &visible("stop.starts")
                .class("Worker")
                .extends(SERVICE)
                .calls(START)
                .inside("onCreate"),
            "a service that starts another one when it begins",
        ),
        of.way(
            "task_removed_in_a_class_that_acts",
            &service("stop.again").overrides(REMOVED).calls(START),
            &visible("stop.never").class("Worker").overrides(REMOVED).calls(START),
            "a service that is not declared",
        ),
        of.way(
            "stopped_in_a_class_that_acts",
            &service("stop.destroyed").overrides(DESTROYED).calls(START),
            &service("stop.tidies").overrides(DESTROYED),
            "a service that only tidies up",
        ),
        of.way(
            "task_removed",
            &service("stop.removed").overrides(REMOVED),
            &service("stop.binds").overrides("android.app.Service->onUnbind"),
            "a service that is told when nobody uses it",
        ),
    ]
}

fn settings() -> Vec<SignalPair> {
    let on_event = format!("{ACCESSIBILITY}->onAccessibilityEvent");
    let of = Of("settings_watched");
    let helped = |name: &str| accessibility(name).overrides(&on_event);
    vec![
        of.way(
            "same_class",
            &helped("settings.tells").says("com.android.settings"),
            &helped("settings.opens").class("Help").says("com.android.settings"),
            "a switch for people who cannot touch, whose help opens the settings",
        ),
        of.way(
            "class_that_it_calls",
            &helped("settings.asks")
                .calls_own("Guard", "look")
                .class("Guard")
                .says("com.android.settings"),
            &helped("settings.help")
                .calls_own("Guard", "look")
                .class("Guard")
                .says("com.android.mms"),
            "a reader of messages",
        ),
    ]
}
