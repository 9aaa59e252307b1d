//! Findings about access: who manages the phone, who else can unlock it, reach it from afar, or
//! sees what it sends. They have no band: whether they are wanted is a question to the person who
//! carries the phone, and that a product is well known answers nothing.

mod apps;
mod hosts;
mod network;
mod settings;
mod unlocking;

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::view::View;
use crate::android::device_policy::OwnerKind;
use crate::catalogue::{Known, catalogue};
use crate::facts::{AppFacts, Facts, Owner};
use crate::mark::{Mark, Marks};
use crate::products::manager;
use crate::result::{Finding, FindingKind, Signal, Subject};

pub(crate) use apps::{keyboard_in_use, keyboard_of, keyboard_unknown};
pub(crate) use network::{private_dns, proxies, vpn_of};
pub(crate) use settings::{Weakened, can_be_changed, old_unknown_sources, weakened_protection};

/// With a number, what stands for a private app in an id.
const PRIVATE: &str = "private-";

/// How these findings call an app: never by a name that protects whoever carries the phone.
#[derive(Debug)]
pub(super) struct Names<'f> {
    facts: &'f Facts,
    private: BTreeSet<&'f str>,
    identified: BTreeSet<&'f str>,
    /// The private ones that an id stands for, in the order of their numbers.
    numbered: RefCell<Vec<String>>,
}

impl<'f> Names<'f> {
    /// `private`: the apps that no other finding names, though something was seen of them;
    /// `identified`: those that an indicator recognises.
    pub(super) fn new(
        facts: &'f Facts,
        private: BTreeSet<&'f str>,
        identified: BTreeSet<&'f str>,
    ) -> Self {
        Self { facts, private, identified, numbered: RefCell::default() }
    }

    /// Whether an indicator says what the app is: then its own finding says so, and a guess by
    /// its name says no more.
    fn is_identified(&self, package: &str) -> bool {
        self.identified.contains(package)
    }

    fn is_private(&self, package: &str) -> bool {
        let unseen = !self.facts.apps.contains_key(package);
        self.private.contains(package) || (unseen && Known::Private.holds(package))
    }

    fn shown<'p>(&self, package: &'p str) -> &'p str {
        if self.is_private(package) { "An app whose name stays private here" } else { package }
    }

    /// The same for a finding's id.
    fn id(&self, package: &str) -> String {
        if !self.is_private(package) {
            return package.to_owned();
        }
        let mut numbered = self.numbered.borrow_mut();
        let known = numbered.iter().position(|known| known == package);
        let at = known.unwrap_or_else(|| {
            numbered.push(package.to_owned());
            numbered.len() - 1
        });
        format!("{PRIVATE}{}", at + 1)
    }

    /// Which private app an id stands for, where it stands for one.
    fn mark(&self, id: &str) -> Option<Mark> {
        let number: usize = id.rsplit_once(':')?.1.strip_prefix(PRIVATE)?.parse().ok()?;
        self.numbered.borrow().get(number.checked_sub(1)?).map(|package| Mark::of(package))
    }

    fn view(&self, package: &str) -> Option<View<'f>> {
        let (name, app): (&String, &AppFacts) = self.facts.apps.get_key_value(package)?;
        Some(View::new(self.facts, name, app))
    }
}

/// One finding per way in.
pub(super) fn findings(facts: &Facts, names: &Names<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        facts.owners.iter().map(|owner| managed(facts, names, owner)).collect();
    findings.extend(apps::findings(facts, names));
    findings.extend(network::findings(facts, names));
    findings.extend(unlocking::findings(facts, names));
    findings.extend(settings::of_the_system(facts, names));
    findings.extend(settings::findings(facts));
    for finding in &mut findings {
        finding.marks.which = names.mark(&finding.id);
    }
    findings
}

fn managed(facts: &Facts, names: &Names<'_>, owner: &Owner) -> Finding {
    let (id, what) = match (owner.kind, owner.user) {
        (OwnerKind::Device, _) => {
            ("device_owner".to_owned(), "the whole phone (device owner)".to_owned())
        }
        (OwnerKind::Profile, None) => {
            ("profile_owner".to_owned(), "a profile on the phone (profile owner)".to_owned())
        }
        (OwnerKind::Profile, Some(user)) => (
            format!("profile_owner:{user}"),
            format!("profile {user} on the phone (profile owner)"),
        ),
    };
    let known = known_manager(facts, &owner.package);
    let words =
        [("package", names.shown(&owner.package)), ("what", what.as_str()), ("known", &known)];
    let by_hand = manager(&owner.package).is_some_and(|manager| manager.by_hand);
    let rule = if by_hand { "P1_by_hand" } else { "P1" };
    let signal = catalogue().rule(rule).signal(&words, facts.place(owner.seen));
    access(format!("access:{id}:{}", names.id(&owner.package)), Subject::Profile(id), signal)
}

/// Which product it is, and how sure that is. It excuses nothing.
fn known_manager(facts: &Facts, package: &str) -> String {
    let Some(manager) = manager(package) else { return String::new() };
    let certificates = facts
        .apps
        .get(package)
        .and_then(|app| app.aqf.as_ref())
        .into_iter()
        .flat_map(|(listed, _)| &listed.files)
        .filter_map(|file| file.certificate.as_ref().filter(|certificate| certificate.verified))
        .filter_map(|certificate| certificate.sha256);
    let by = if certificates.map(|sha256| sha256.to_string()).any(|own| manager.is_signed_by(&own))
    {
        "by its name and its verified certificate"
    } else {
        "by its name only"
    };
    format!(" It is {}, {by}. {}", manager.name, manager.who)
}

pub(super) fn access(id: String, subject: Subject, signal: Signal) -> Finding {
    Finding {
        id,
        kind: FindingKind::Access,
        subject,
        family: None,
        family_name: None,
        other_families: Vec::new(),
        class: None,
        band: None,
        score: None,
        signals: vec![signal],
        identity: None,
        marks: Marks::default(),
        shows_icon: false,
    }
}

/// A finding about one way in that an app or a part of the phone holds.
pub(super) fn way_in(kind: &str, whose: &str, signal: Signal) -> Finding {
    let name = if whose.is_empty() { kind.to_owned() } else { format!("{kind}:{whose}") };
    access(format!("access:{name}"), Subject::Profile(name), signal)
}
