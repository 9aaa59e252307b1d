//! Ten phones with apps that are openly there and can be turned against somebody: supervision of
//! children, sharing where one is, finding a lost phone, help from afar, recording of calls,
//! automation. Half of them are products that everybody can buy, half are made up.

use super::record::Record;
use super::{Expected, Phone};
use crate::random::Random;

const BOOT: &str = "android.intent.action.BOOT_COMPLETED";
const SIM: &str = "android.intent.action.SIM_STATE_CHANGED";
const ADMIN_OFFER: &str = "android.accessibilityservice.AccessibilityService";

/// A word and a package of somebody's product, or one made up from words of the same trade.
fn name(known: &[&str], words: [&str; 2], random: &mut Random) -> String {
    if random.below(2) == 0 {
        return (*random.pick(known)).to_owned();
    }
    let maker = *random.pick(&["oakline", "brightpath", "nestwise", "clearway", "hearthside"]);
    format!("com.{maker}.{}{}", words[0], words[1])
}

pub(super) fn furnish(phone: &mut Phone, number: usize, random: &mut Random) {
    let app = match number {
        0 | 1 => parental(random),
        2..=4 => location_sharing(random),
        5 => anti_theft(random),
        6 | 7 => remote_support(random),
        8 => call_recorder(random),
        _ => automation(random),
    };
    phone.plant(app, Expected::DualUse);
}

fn openly(package: &str) -> Record {
    Record::new(package).with(|app| {
        app.screen_minutes = 6;
        app.installed_hours_ago = 24 * 120;
        app.unoptimised = true;
        app.foreground_service = true;
        app.receives = vec![BOOT];
    })
}

fn parental(random: &mut Random) -> Record {
    let known = ["com.qustodio.qustodioapp", "com.kaspersky.safekids", "org.findmykids.child"];
    let package = name(&known, ["kids", "parentalcontrol"], random);
    openly(&package).with(|app| {
        app.admin = true;
        app.accessibility = true;
        app.offers = vec![ADMIN_OFFER, "android.net.VpnService"];
        app.allow("GET_USAGE_STATS");
        app.allow("SYSTEM_ALERT_WINDOW");
        app.grant_all(&["ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION", "READ_CONTACTS"]);
        if random.below(2) == 0 {
            app.grant_all(&["READ_CALL_LOG", "READ_SMS"]);
        }
        app.used("FINE_LOCATION", "bg", 12, 2);
    })
}

fn location_sharing(random: &mut Random) -> Record {
    let known =
        ["com.life360.android.safetymapd", "com.glympse.android.glympse", "com.geozilla.family"];
    let package = name(&known, ["family", "locator"], random);
    openly(&package).with(|app| {
        app.grant_all(&[
            "ACCESS_FINE_LOCATION",
            "ACCESS_BACKGROUND_LOCATION",
            "ACTIVITY_RECOGNITION",
        ]);
        if random.below(2) == 0 {
            app.grant_all(&["READ_CONTACTS", "CAMERA"]);
        }
        app.used("FINE_LOCATION", "bg", 6, 1);
        app.traffic.back_sent = 9_000_000;
    })
}

fn anti_theft(random: &mut Random) -> Record {
    let known = ["de.nulide.findmydevice", "com.prey", "com.lookout"];
    let package = name(&known, ["antitheft", "finder"], random);
    openly(&package).with(|app| {
        app.admin = true;
        app.accessibility = random.below(2) == 0;
        app.receives.push(SIM);
        app.grant_all(&["ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION", "CAMERA"]);
        app.allow("SYSTEM_ALERT_WINDOW");
        app.used("FINE_LOCATION", "bg", 31, 2);
    })
}

fn remote_support(random: &mut Random) -> Record {
    let known = [
        "com.teamviewer.quicksupport.market",
        "com.anydesk.anydeskandroid",
        "com.carriez.flutter_hbb",
    ];
    let package = name(&known, ["remote", "support"], random);
    openly(&package).with(|app| {
        app.accessibility = true;
        app.offers = vec![ADMIN_OFFER];
        app.unoptimised = false;
        app.receives = Vec::new();
        app.allow("SYSTEM_ALERT_WINDOW");
        app.used("PROJECT_MEDIA", "top", 4000, 600);
    })
}

fn call_recorder(random: &mut Random) -> Record {
    let known = ["com.catalinagroup.callrecorder", "com.nll.acr"];
    let package = name(&known, ["call", "recorder"], random);
    openly(&package).with(|app| {
        app.accessibility = true;
        app.offers = vec![ADMIN_OFFER];
        app.grant_all(&["RECORD_AUDIO", "READ_CONTACTS", "READ_CALL_LOG"]);
        app.used("RECORD_AUDIO", "fgsvc", 300, 200);
    })
}

fn automation(random: &mut Random) -> Record {
    let known =
        ["net.dinglisch.android.taskerm", "com.arlosoft.macrodroid", "com.llamalab.automate"];
    let package = name(&known, ["task", "automation"], random);
    openly(&package).with(|app| {
        app.accessibility = true;
        app.listener = true;
        app.admin = random.below(2) == 0;
        app.offers = vec![ADMIN_OFFER];
        app.allow("GET_USAGE_STATS");
        app.allow("SYSTEM_ALERT_WINDOW");
        app.grant_all(&["ACCESS_FINE_LOCATION", "READ_CONTACTS"]);
    })
}
