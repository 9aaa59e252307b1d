//! Apps that bear the system's mark. A maker's services hold many powers, so they are not scored;
//! only where the mark itself is in doubt, and the app holds what one that watches holds, is it told
//! of: on a phone whose system can be changed, an administrator or what reads the screen, and as a
//! question what reads notifications out of sight; by a record of its own, more. Doubt alone never gives strong signs: firmware with such apps in it exists, and so do
//! phones whose owners changed the system themselves.

use super::access::can_be_changed;
use super::access::{keyboard_in_use, vpn_of};
use super::score::{Scored, data, gateways, hidden_icon, powers};
use super::view::{Icon, Provenance, View, permission_kinds};
use crate::catalogue::{Known, catalogue};
use crate::facts::Facts;
use crate::result::{Band, Signal};

/// What is said of an app that came with the phone, by its own record.
pub(super) fn score(facts: &Facts, app: &View<'_>) -> Scored {
    let finds_phones = Known::FindsLostPhones.holds(app.name);
    let admin = !app.facts.admins.is_empty() && !finds_phones;
    let reads = !app.facts.accessibility.is_empty() && !app.vouched(Known::ReadsTheScreen);
    let strong = admin || reads;
    let listens =
        !app.facts.listeners.is_empty() && !app.vouched(Known::ReadsNotifications) && !finds_phones;
    let much = permission_kinds(app.facts).is_some();
    // A newer copy of a part of the phone bears the maker's certificate, wherever it came from: only
    // one that has no older one under it may be somebody else's.
    let alone = !app.facts.hidden_system && !finds_phones;
    let sees_much = listens
        || much
        || (keyboard_in_use(facts, app).is_some() && !app.vouched(Known::Keyboard))
        || (vpn_of(facts, app).is_some() && !app.vouched(Known::Vpn));
    let out_of_sight = listens && much && app.icon == Icon::None;
    let worth_asking = strong || (alone && sees_much);
    if !worth_asking {
        return Scored::default();
    }
    let of_its_own = own_doubt(facts, app);
    if !strong && of_its_own.is_none() && !out_of_sight {
        return Scored::default();
    }
    let how = match &of_its_own {
        Some(how) => how.as_str(),
        None if can_be_changed(facts) => "the system of this phone can be changed",
        None => return Scored::default(),
    };
    let mut signals = Vec::new();
    powers(facts, app, &mut signals);
    // Most parts of a phone have no icon: only beside a doubt of its own does that say anything.
    if of_its_own.is_some() {
        gateways(facts, app, &mut signals);
        signals.extend(hidden_icon(facts, app));
    }
    if of_its_own.is_some() || !strong {
        data(facts, app, &mut signals);
    }
    let source = app.seen().map(|seen| facts.place(seen)).unwrap_or_default();
    signals.push(catalogue().rule("O5").signal(&[("how", how)], source));
    let points = signals.iter().map(|signal: &Signal| signal.weight).sum();
    let bands = &catalogue().bands;
    let a_look = points >= bands.needs_expert_look && (strong || of_its_own.is_some());
    let band = if a_look {
        Some(Band::NeedsExpertLook)
    } else {
        (points >= bands.notable).then_some(Band::Notable)
    };
    Scored { points, signals, band, open: false }
}

/// What in the app's own records does not fit a part of the phone.
fn own_doubt(facts: &Facts, app: &View<'_>) -> Option<String> {
    let block = app.facts.block.as_ref().map(|(block, _)| block);
    let is_recorded = block.is_some_and(|block| block.installer.is_some());
    match &app.provenance {
        Provenance::OutsideStores(how) if is_recorded => return Some(how.clone()),
        Provenance::Claims { initiating, by_hand: true, .. } => {
            return Some(format!("{initiating} started its installation"));
        }
        _ => {}
    }
    let any_update = || facts.apps.values().any(|other| other.hidden_system);
    let lies_with_added_apps = block
        .and_then(|block| block.code_path.as_deref())
        .is_some_and(|path| path.starts_with("/data/"));
    if lies_with_added_apps && !app.facts.hidden_system && any_update() {
        let how =
            "its file lies where added apps lie, and no older one of the phone's own is under it";
        return Some(how.to_owned());
    }
    let files = app.facts.aqf.iter().flat_map(|(package, _)| &package.files);
    let mut names =
        files.filter_map(|file| file.certificate.as_ref()).flat_map(|c| &c.common_names);
    names.any(|name| name.eq_ignore_ascii_case("Android Debug")).then(|| {
        "it is signed with the certificate of a developer's workbench (Android Debug)".to_owned()
    })
}
