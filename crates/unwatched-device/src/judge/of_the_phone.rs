//! Apps that bear the system's mark. A maker's services hold many powers, so they are not scored;
//! only where the mark itself is in doubt, and the app is an administrator or reads the screen, is
//! it told of. Doubt alone never gives strong signs: firmware with such apps in it exists, and so do
//! phones whose owners changed the system themselves.

use super::access::can_be_changed;
use super::score::{Scored, hidden_icon, powers};
use super::view::{Provenance, View};
use crate::catalogue::{Known, catalogue};
use crate::facts::Facts;
use crate::result::{Band, Signal};

/// What is said of an app that came with the phone, by its own record.
pub(super) fn score(facts: &Facts, app: &View<'_>) -> Scored {
    let admin = !app.facts.admins.is_empty() && !Known::FindsLostPhones.holds(app.name);
    let reads = !app.facts.accessibility.is_empty() && !app.vouched(Known::ReadsTheScreen);
    if !admin && !reads {
        return Scored::default();
    }
    let of_its_own = own_doubt(facts, app);
    let how = match &of_its_own {
        Some(how) => how.as_str(),
        None if can_be_changed(facts) => "the system of this phone can be changed",
        None => return Scored::default(),
    };
    let mut signals = Vec::new();
    powers(facts, app, &mut signals);
    // Most parts of a phone have no icon: only beside a doubt of its own does that say anything.
    if of_its_own.is_some() {
        signals.extend(hidden_icon(facts, app));
    }
    let source = app.seen().map(|seen| facts.place(seen)).unwrap_or_default();
    signals.push(catalogue().rule("O5").signal(&[("how", how)], source));
    let points = signals.iter().map(|signal: &Signal| signal.weight).sum();
    let bands = &catalogue().bands;
    let band = if points >= bands.needs_expert_look {
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
