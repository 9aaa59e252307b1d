//! Closing without the phone: what was not looked at and not put back, by what the case knows of
//! it. Nothing is said of how the phone stands now, for nobody knows.

use unwatched_acquire::case::{Record, StepState};

use crate::Surroundings;
use crate::exit::Failure;
use crate::removal::earlier::earlier;

use super::protections::PROTECTIONS;
use super::{DEBUGGING_OFF, PART, REVOKE, as_found, setting_name};

/// Settings that are put back where the phone is there, in words.
const PUT_BACK: [(&str, &str, &str); 3] = [
    ("global/package_verifier_user_consent", "Play Protect", "switch_play_protect_on"),
    ("global/verifier_verify_adb_installs", "Play Protect's look at apps that come by cable", ""),
    ("global/adb_wifi_enabled", "wireless debugging", "take_back_debugging"),
];

/// What stays as it is, or as somebody else makes it.
pub(crate) fn say_what_was_not_looked_at(
    records: &[Record],
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let (removal, closed) = (earlier(records, "remove"), earlier(records, PART));
    let was =
        |step: &str| closed.iter().any(|one| one.step == step && one.state == StepState::Verified);
    let by_removal = |action: &str| {
        removal.iter().any(|one| one.detail("action") == action && one.is_in_force())
    };
    let found = as_found(records);
    let mut all = Vec::new();
    all.push(if was("debugging_off") {
        "USB debugging was switched off by an earlier close, and the phone said so; whether it still is was not looked at.".to_owned()
    } else {
        format!("USB debugging was on when the phone was last read, and is taken to be on still. {DEBUGGING_OFF}")
    });
    all.push(if was("revoke_authorisations") {
        "The computers that may debug the phone were revoked at an earlier close, and the phone said so.".to_owned()
    } else {
        format!("Which computers may debug the phone was not looked at. {REVOKE}")
    });
    for (name, words, step) in PUT_BACK {
        let Some(value) = found.and_then(|found| found.get(name)) else { continue };
        let then = if value == "0" || value == "-1" { "off" } else { "on" };
        let now = if was(&format!("put_back:{name}")) {
            "it was put back by an earlier close, and the phone said so"
        } else if by_removal(step) {
            "a step of the removal changed it on purpose"
        } else {
            "whether it is so now was not looked at"
        };
        all.push(format!("Of {words}: it was {then} when the phone was first looked at; {now}."));
    }
    for protection in &PROTECTIONS {
        let value = found.and_then(|found| found.get(&setting_name(protection.setting)));
        let (name, by_hand) = (protection.name, protection.by_hand);
        match value.map(String::as_str) {
            Some("1") => all.push(format!("{name} was on when the phone was first looked at; whether it is now was not looked at.")),
            Some(_) => all.push(format!("{name} was off when the phone was first looked at. If it was switched off for that, it is still to be switched on. {by_hand}")),
            None => {}
        }
    }
    if found.is_none() {
        all.push(
            "How the phone was found is not in the case, so nobody can say what else to put back."
                .to_owned(),
        );
    }
    let talk = &mut *surroundings.talk;
    writeln!(talk, "The phone was not looked at again, and nothing on it was put back:")?;
    for one in all {
        writeln!(talk, "- {one}")?;
    }
    Ok(())
}
