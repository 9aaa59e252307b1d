//! What a check says of a variant on a phone, through the whole path from a bugreport's text.

use std::io::{self, Read};

use jiff::Timestamp;
use unwatched_device::check;
use unwatched_device::evidence::{Artefact, ArtefactKind, Evidence, EvidenceKind, Problem};
use unwatched_device::result::{CheckResult, Finding, Tool};
use unwatched_fixtures::phone::population::{Handset, Kind, Phone};

use super::variant::Variant;

/// The phones that a variant is tried on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) name: &'static str,
    handset: usize,
}

/// One that records who started an installation, and one that does not.
pub(super) const TARGETS: [Target; 2] =
    [Target { name: "Android 14", handset: 5 }, Target { name: "Android 11", handset: 7 }];

impl Target {
    fn phone(self) -> Phone {
        Phone::bare("tried", Kind::Watcher, Handset::in_turn(self.handset), 14)
    }

    /// Whether nothing at all is said of any of its apps: every one is below `notable`, and no
    /// finding about access or a setting names one, or tells of one that is not named, either.
    pub(super) fn misses(self, variant: &Variant) -> bool {
        let mut phone = self.phone();
        let packages = variant.put_on(&mut phone);
        let result = checked(&phone);
        let told = |finding: &Finding| {
            finding.id.starts_with("access:unnamed_app")
                || finding.id.contains(":private-")
                || packages.iter().any(|name| names(finding, name))
        };
        !result.findings.iter().any(told)
    }
}

fn names(finding: &Finding, package: &str) -> bool {
    finding.subject.name() == package
        || finding.signals.iter().any(|signal| signal.fact.contains(package))
}

fn checked(phone: &Phone) -> CheckResult {
    let mut evidence = Text(phone.bugreport_text());
    let now = Timestamp::from_second(phone.now + 86_400).expect("a day later");
    let tool = Tool { name: "xtask".to_owned(), version: String::new() };
    check(&mut evidence, None, now, tool, &mut |_| {})
}

/// A bugreport's text at hand.
struct Text(String);

impl Evidence for Text {
    fn kind(&self) -> EvidenceKind {
        EvidenceKind::Bugreport
    }

    fn artefacts(&self) -> Vec<Artefact> {
        let size_bytes = u64::try_from(self.0.len()).ok();
        vec![Artefact { kind: ArtefactKind::Dump, place: "text".to_owned(), size_bytes }]
    }

    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }

    fn open<'a>(&'a mut self, _: &Artefact) -> io::Result<Box<dyn Read + 'a>> {
        Ok(Box::new(self.0.as_bytes()))
    }
}
