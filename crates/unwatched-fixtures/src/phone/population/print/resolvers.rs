//! The resolver tables at the top of `dumpsys package`: which component answers to which intent.
//!
//! `IntentResolver.dumpMap` prints them without their filters (those need `-f`, which a bugreport
//! does not ask for), so that categories are never shown and a component with several filters
//! stands once, with their number.

use super::super::{Phone, Record};
use super::{hash, line, random};
use crate::phone::Launcher;
use crate::random::Random;

const ADMIN: &str = "android.app.action.DEVICE_ADMIN_ENABLED";

pub(super) fn text(phone: &Phone) -> String {
    let mut out = String::new();
    let mut chance = random(phone, 11);
    activities(&mut out, phone, &mut chance);
    receivers(&mut out, phone, &mut chance);
    services(&mut out, phone, &mut chance);
    line!(out);
    line!(out, "Provider Resolver Table:");
    line!(out, "  Non-Data Actions:");
    line!(out, "      android.content.action.DOCUMENTS_PROVIDER:");
    line!(
        out,
        "        {} com.android.externalstorage/.ExternalStorageProvider",
        hash(&mut chance, 7)
    );
    out
}

fn here(phone: &Phone) -> impl Iterator<Item = &Record> {
    phone.apps.iter().filter(|app| !app.removed)
}

fn entry(out: &mut String, chance: &mut Random, app: &Record, class: &str) {
    let hash = hash(chance, 7);
    let filters = if chance.below(9) == 0 { " (2 filters)" } else { "" };
    line!(out, "        {hash} {}/.{class}{filters}", app.package);
}

fn activities(out: &mut String, phone: &Phone, chance: &mut Random) {
    line!(out, "Activity Resolver Table:");
    line!(out, "  Full MIME Types:");
    line!(out, "      text/plain:");
    for app in here(phone).filter(|app| app.screen_minutes > 5) {
        entry(out, chance, app, "ShareActivity");
    }
    line!(out);
    line!(out, "  Schemes:");
    line!(out, "      https:");
    for app in here(phone).filter(|app| app.screen_minutes > 9) {
        entry(out, chance, app, "LinkActivity");
    }
    line!(out);
    line!(out, "  Non-Data Actions:");
    line!(out, "      android.settings.SETTINGS:");
    line!(out, "        {} com.android.settings/.Settings", hash(chance, 7));
    line!(out, "      android.intent.action.MAIN:");
    for app in here(phone).filter(|app| app.launcher != Launcher::Absent) {
        entry(out, chance, app, "MainActivity");
        if app.package == "com.android.settings" {
            for class in ["Settings$WifiSettingsActivity", "Settings$AppOpsActivity"] {
                entry(out, chance, app, class);
            }
        }
    }
    line!(out, "      android.intent.action.ASSIST:");
    for app in here(phone).filter(|app| app.roles.contains(&"android.app.role.ASSISTANT")) {
        entry(out, chance, app, "AssistActivity");
    }
    line!(out);
    line!(out, "  MIME Typed Actions:");
    line!(out, "      android.intent.action.SEND:");
    for app in here(phone).filter(|app| app.screen_minutes > 5) {
        entry(out, chance, app, "ShareActivity");
    }
    line!(out);
}

fn receivers(out: &mut String, phone: &Phone, chance: &mut Random) {
    line!(out, "Receiver Resolver Table:");
    line!(out, "  Schemes:");
    line!(out, "      package:");
    line!(out, "        {} com.android.phone/.PackageReceiver", hash(chance, 7));
    line!(out);
    line!(out, "  Non-Data Actions:");
    let mut actions: Vec<_> = here(phone).flat_map(|app| app.receives.iter().copied()).collect();
    actions.sort_unstable();
    actions.dedup();
    for action in actions {
        line!(out, "      {action}:");
        for app in here(phone).filter(|app| app.receives.contains(&action)) {
            entry(out, chance, app, "receiver.Events");
        }
    }
    line!(out, "      {ADMIN}:");
    for app in here(phone).filter(|app| app.admin) {
        entry(out, chance, app, "AdminReceiver");
    }
    line!(out);
}

fn services(out: &mut String, phone: &Phone, chance: &mut Random) {
    line!(out, "Service Resolver Table:");
    line!(out, "  Non-Data Actions:");
    let mut actions: Vec<_> = here(phone).flat_map(offered).collect();
    actions.sort_unstable();
    actions.dedup();
    for action in actions {
        line!(out, "      {action}:");
        for app in here(phone).filter(|app| offered(app).any(|known| known == action)) {
            entry(out, chance, app, class_of(action));
        }
    }
}

/// Services the app offers, and those that follow from what is switched on.
fn offered(app: &Record) -> impl Iterator<Item = &'static str> {
    let implied = [
        (app.accessibility, "android.accessibilityservice.AccessibilityService"),
        (app.listener, "android.service.notification.NotificationListenerService"),
        (app.keyboard, "android.view.InputMethod"),
        (app.trust_agent, "android.service.trust.TrustAgentService"),
    ];
    let implied = implied.into_iter().filter_map(|(is, action)| is.then_some(action));
    app.offers.iter().copied().chain(implied)
}

/// The class behind a service's action, one for each.
pub(super) fn class_of(action: &str) -> &'static str {
    match action {
        "android.accessibilityservice.AccessibilityService" => "AccessService",
        "android.service.notification.NotificationListenerService" => "NotifListener",
        "android.view.InputMethod" => "KeyboardService",
        "android.service.trust.TrustAgentService" => "TrustAgent",
        "android.net.VpnService" => "TunnelService",
        _ => "WorkService",
    }
}
