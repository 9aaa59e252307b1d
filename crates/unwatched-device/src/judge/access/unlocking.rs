//! Who else can open the phone or a part of it: trust agents, fingers and faces, locks, users and
//! profiles, and calls that go elsewhere.

use super::{Names, way_in};
use crate::android::user::UserKind;
use crate::catalogue::catalogue;
use crate::facts::{Facts, Part};
use crate::result::Finding;

/// One finding per way.
pub(super) fn findings(facts: &Facts, names: &Names<'_>) -> Vec<Finding> {
    let mut findings = trust_agents(facts, names);
    findings.extend(enrolled(facts));
    findings.extend(separate_locks(facts));
    findings.extend(users(facts));
    if let Some(seen) = facts.access.forwards.first() {
        let signal = catalogue().rule("A_call_forwarding").signal(&[], facts.place(*seen));
        findings.push(way_in("call_forwarding", "", signal));
    }
    findings
}

/// An agent that nobody set up is on in almost every phone and says nothing.
fn trust_agents(facts: &Facts, names: &Names<'_>) -> Vec<Finding> {
    let set_up = facts.access.trust_agents.iter().filter(|at| at.what.manages || at.what.trusted);
    let mut findings: Vec<Finding> = Vec::new();
    for at in set_up {
        let package = at.what.component.package.as_str();
        let words = [("package", names.shown(package))];
        let signal = catalogue().rule("A_trust_agent").signal(&words, facts.place(at.seen));
        let finding = way_in("trust_agent", &names.id(package), signal);
        if !findings.iter().any(|other| other.id == finding.id) {
            findings.push(finding);
        }
    }
    findings
}

fn is_private(facts: &Facts, user: u32) -> bool {
    facts.access.private_users().any(|private| private == user)
}

fn enrolled(facts: &Facts) -> Vec<Finding> {
    let several = facts
        .access
        .enrolled
        .iter()
        .filter(|((_, user), at)| at.what > 1 && !is_private(facts, *user));
    several
        .map(|((part, user), at)| {
            let (rule, kind) = match part {
                Part::Face => ("A_second_face", "second_face"),
                _ => ("A_second_fingerprint", "second_fingerprint"),
            };
            let (count, user) = (at.what.to_string(), user.to_string());
            let words = [("count", count.as_str()), ("user", user.as_str())];
            way_in(kind, &user, catalogue().rule(rule).signal(&words, facts.place(at.seen)))
        })
        .collect()
}

fn separate_locks(facts: &Facts) -> Vec<Finding> {
    let own = facts
        .access
        .locks
        .iter()
        .filter(|(user, at)| **user != 0 && at.what && !is_private(facts, **user));
    own.map(|(user, at)| {
        let user = user.to_string();
        let rule = catalogue().rule("A_separate_lock");
        way_in("separate_lock", &user, rule.signal(&[("user", &user)], facts.place(at.seen)))
    })
    .collect()
}

/// Second users, clone spaces, and profiles whose owner could not be read. A space that its owner
/// hides is never told of.
fn users(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (user, at) in &facts.access.users {
        let (rule, kind, what) = match at.what {
            UserKind::Second => ("S1_second_user", "second_user", "a second user"),
            UserKind::Guest => ("S1_second_user", "second_user", "a guest"),
            UserKind::Clone => ("S1_clone_space", "clone_space", ""),
            UserKind::Managed if !has_owner(facts, *user) => ("A_work_profile", "work_profile", ""),
            UserKind::Managed | UserKind::Main | UserKind::Private | UserKind::OtherProfile => {
                continue;
            }
        };
        let user = user.to_string();
        let words = [("user", user.as_str()), ("what", what)];
        let signal = catalogue().rule(rule).signal(&words, facts.place(at.seen));
        findings.push(way_in(kind, &user, signal));
    }
    findings
}

fn has_owner(facts: &Facts, user: u32) -> bool {
    facts.owners.iter().any(|owner| owner.user.is_none_or(|of| of == user))
}
