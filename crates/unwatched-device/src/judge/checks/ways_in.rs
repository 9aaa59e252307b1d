//! The checks of who else can get in, and of what no file shows: those end with a question to
//! ask.

use super::{GLOBAL, LISTS, SECURE, Spec, not_read};
use crate::facts::{Facts, Part};
use crate::judge::access::keyboard_unknown;
use crate::result::{Check, Outcome};

pub(super) const SPECS: [Spec; 19] = [
    Spec {
        id: "dual_use",
        title: "apps with a legitimate purpose that can be turned against somebody",
        rules: &["L4"],
        parts: LISTS,
        and: None,
    },
    Spec {
        id: "remote_support",
        title: "apps by which somebody elsewhere can reach the phone",
        rules: &["A_remote_support"],
        parts: LISTS,
        and: None,
    },
    Spec {
        id: "forwarding",
        title: "apps that can pass on what arrives on the phone",
        rules: &["A_forwarding"],
        parts: LISTS,
        and: None,
    },
    Spec {
        id: "keyboard",
        title: "a keyboard that did not come with the phone",
        rules: &["A_keyboard", "P6_keyboard"],
        parts: &[SECURE],
        and: None,
    },
    Spec {
        id: "vpn_always_on",
        title: "a VPN that is always on",
        rules: &["A_vpn_always_on"],
        parts: &[SECURE],
        and: None,
    },
    Spec {
        id: "vpn",
        title: "a VPN that is on",
        rules: &["A_vpn"],
        parts: &[Part::VpnManagement, Part::Connectivity],
        and: None,
    },
    Spec {
        id: "proxy",
        title: "a proxy for all networks",
        rules: &["A_proxy"],
        parts: &[GLOBAL],
        and: None,
    },
    Spec {
        id: "network_proxy",
        title: "a proxy of one network",
        rules: &["A_network_proxy"],
        parts: &[Part::Wifi, Part::Connectivity],
        and: None,
    },
    Spec {
        id: "private_dns",
        title: "a service that is asked for every address",
        rules: &["A_private_dns"],
        parts: &[GLOBAL],
        and: None,
    },
    Spec {
        id: "trust_agent",
        title: "places and devices that keep the phone unlocked",
        rules: &["A_trust_agent"],
        parts: &[Part::Trust],
        and: None,
    },
    Spec {
        id: "second_fingerprint",
        title: "more than one fingerprint",
        rules: &["A_second_fingerprint"],
        parts: &[Part::Fingerprint],
        and: None,
    },
    Spec {
        id: "second_face",
        title: "more than one face",
        rules: &["A_second_face"],
        parts: &[Part::Face],
        and: None,
    },
    Spec {
        id: "separate_lock",
        title: "a second screen lock",
        rules: &["A_separate_lock"],
        parts: &[Part::LockSettings],
        and: None,
    },
    Spec {
        id: "companion",
        title: "devices linked to this phone",
        rules: &["A_companion"],
        parts: &[Part::Companions],
        and: None,
    },
    Spec {
        id: "other_users",
        title: "other users, work profiles and spaces with second copies of apps",
        rules: &["S1_second_user", "S1_clone_space", "A_work_profile"],
        parts: &[Part::User],
        and: None,
    },
    Spec {
        id: "boot",
        title: "a phone that starts without checking its system",
        rules: &["S1_unlocked_boot", "S1_other_system"],
        parts: &[Part::Getprop],
        and: None,
    },
    Spec {
        id: "full_rights",
        title: "full rights over the phone",
        rules: &["S1_root"],
        parts: LISTS,
        and: Some(Part::Getprop),
    },
    Spec {
        id: "accepted_computers",
        title: "computers that may debug the phone, and debugging over the network",
        rules: &["S1_computer", "S1_computers", "S1_debugging_by_network"],
        parts: &[Part::Adb],
        and: None,
    },
    Spec {
        id: "call_forwarding",
        title: "calls that all go to another number; not those that go there when nobody answers",
        rules: &["A_call_forwarding"],
        parts: &[Part::Telephony],
        and: None,
    },
];

/// Parts that were read and still cannot answer.
pub(super) fn corrected(facts: &Facts, check: &mut Check) {
    if check.outcome != Outcome::NotFound {
        return;
    }
    let says_how_it_starts = || facts.access.boot.keys().any(|key| key.starts_with("ro.boot."));
    let why = match check.id {
        "boot" if !says_how_it_starts() => Some("getprop does not say how the phone starts"),
        "keyboard" => keyboard_unknown(facts),
        _ => None,
    };
    if let Some(why) = why {
        check.outcome = Outcome::CouldNotCheck;
        why.clone_into(&mut check.why);
    }
}

/// Added certificate authorities are seen only by the phone's own warning, which can be dismissed.
fn user_certificate(found: bool) -> Check {
    const TITLE: &str = "certificate authorities that somebody added";
    if found {
        let why = "the phone itself warns of it: see the findings".to_owned();
        return Check {
            id: "user_certificate",
            outcome: Outcome::Found,
            why,
            title: TITLE.to_owned(),
        };
    }
    not_read(
        "user_certificate",
        TITLE,
        "the phone's list of them is not in this kind of evidence: look together at the settings, security, trusted certificates, those of the user",
    )
}

/// What no file shows, each with the question to ask.
pub(super) fn asked(certificate_found: bool) -> Vec<Check> {
    vec![
        user_certificate(certificate_found),
        not_read(
            "account_access",
            "who else can sign in to the accounts on this phone",
            "accounts, and the devices signed in to them, are not in this kind of evidence: look at them together, from another device. Who knows, or could guess, the passwords? Who set the accounts up?",
        ),
        not_read(
            "linked_messengers",
            "messengers that are linked to another device",
            "no file shows which computers and phones a messenger is linked to: open the list of linked devices in each messenger together. Is every device in it yours?",
        ),
        not_read(
            "shared_location_and_family",
            "location and purchases shared through a family group",
            "what an account shares is not on the phone: look together, from another device, at who is in the family group and who sees the location. Did you choose each of them?",
        ),
        not_read(
            "cloud_backups",
            "copies of this phone in a cloud",
            "a copy of messages and pictures can be read without the phone by whoever has the account: look together at where this phone is backed up to. Whose account is it?",
        ),
        not_read(
            "mobile_contract",
            "who owns the mobile contract",
            "whoever owns the contract can see call lists, order a second SIM card and forward calls: whose name is on it, and who can sign in to it?",
        ),
    ]
}
