//! An app whose name protects whoever carries the phone, and that holds what one that watches
//! holds: what stands out is said and where the phone itself shows it, never which app it is.
//! Otherwise any app could hide behind such a name.

use super::access::way_in;
use super::score::Scored;
use super::view::View;
use crate::catalogue::{Known, catalogue};
use crate::result::{Band, Finding};

/// In the order in which they are said: the rule, what it says of an app, and where the phone's own
/// settings show that.
const HELD: [(&str, &str, &str); 18] = [
    (
        "P2",
        "is switched on as a device administrator",
        "under security, among the device admin apps",
    ),
    (
        "P3",
        "is switched on as an accessibility service, which reads the screen",
        "under accessibility, among the downloaded apps",
    ),
    (
        "P4",
        "may read every notification",
        "under special access, among the apps that read notifications",
    ),
    ("P5", "holds special access that is given app by app", "under apps, at special access"),
    ("P6_phone_app", "took the place of the phone's own app for messages or calls", DEFAULTS),
    ("P6_keyboard", "is the phone's keyboard", "under languages and input, among the keyboards"),
    ("P7", "carries everything that the phone sends and receives", "under network, at VPN"),
    ("P9_computer", "holds permissions that only a computer gives", ALL_APPS),
    ("P9_autofill", "fills in forms and sees what is typed into them", DEFAULTS),
    ("P9_assistant", "is the phone's assistant", DEFAULTS),
    ("P8", "is kept running all the time", BATTERY),
    ("C1", "shows no icon", ALL_APPS),
    ("C3", "keeps out of sight", ALL_APPS),
    ("D1", "holds many of the permissions that watching needs", PERMISSIONS),
    ("D1_code", "can do much of what watching needs, by its code", ALL_APPS),
    (
        "D2",
        "used the microphone, the camera or the location while it was not on the screen",
        PERMISSIONS,
    ),
    ("D4", "waits for messages, calls, the phone's start or another SIM card", PERMISSIONS),
    ("D3", "sends much while nobody looks at it", "under network, at the use of data"),
];
const ALL_APPS: &str = "under apps, in the list of all of them";
const DEFAULTS: &str = "under apps, among the default apps";
const BATTERY: &str = "under battery, among the apps that are not optimised";
const PERMISSIONS: &str = "under privacy, in the permission manager";

/// The finding, where there is enough to say. `number` tells several apart.
pub(super) fn finding(app: &View<'_>, scored: &Scored, number: usize) -> Option<Finding> {
    let band = scored.band.filter(|_| app.private && !app.in_private_space)?;
    let met = |rule: &str| scored.signals.iter().find(|signal| signal.rule == rule);
    // Apps of these kinds ask for much. From outside a store, a word in the name excuses nothing;
    // what a store installed is told where it hides, where it reads the screen and holds many of the
    // permissions that watching needs, or where it has as many points as strong signs ask for and a
    // power that few of them need.
    let needs_a_look = band <= Band::NeedsExpertLook;
    let reads_and_may_much = met("P3").is_some() && met("D1").is_some();
    let power = met("P2").is_some() || met("P3").is_some();
    let by_word = !Known::Private.holds(app.name);
    let enough = (!app.provenance.is_known() && (needs_a_look || by_word))
        || (needs_a_look && (met("C1").is_some() || reads_and_may_much))
        || (scored.points >= catalogue().bands.strong_signs && power);
    let told: Vec<_> = HELD.iter().filter(|(rule, ..)| met(rule).is_some()).collect();
    let first = met(told.first().filter(|_| enough)?.0)?;
    let held: Vec<_> = told.iter().map(|(_, held, _)| *held).collect();
    let mut places: Vec<&str> = Vec::new();
    for (_, _, place) in told {
        if !places.contains(place) {
            places.push(place);
        }
    }
    let (held, places) = (held.join(", "), places.join("; "));
    let words = [("held", held.as_str()), ("places", places.as_str())];
    // The line would lead to the name at once; the part of the evidence does not.
    let source = first.source.split(", line ").next().unwrap_or_default().to_owned();
    let signal = catalogue().rule("A_unnamed").signal(&words, source);
    let mut finding = way_in("unnamed_app", &number.to_string(), signal);
    finding.band = Some(band.max(Band::NeedsExpertLook));
    Some(finding)
}
