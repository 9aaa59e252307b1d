//! Whether a value may name one installation and is held back from everything public, and why.
//!
//! Some makers build one app per customer: its package, certificate, file or host then names one
//! survivor. The store gathers [`ValueFacts`]; this is the whole rule. Docs: decision 10.

use std::collections::BTreeSet;

use crate::indicator::IndicatorKind;

/// From how many builds a value counts as the maker's and not one customer's.
const BUILDS_NEEDED: usize = 3;
/// How many unrelated partners must have a value, and how many analysts decide on one.
const TWO: usize = 2;

/// What is known of one value. What partners on probation say and have does not stand here; what
/// partners knew who have left since does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueFacts {
    /// A published list has it.
    pub is_listed: bool,
    /// Who has it: by an indicator of their own, or by a sample they submitted. Partners of one
    /// owner are one.
    pub owners: BTreeSet<String>,
    /// Somebody who submitted it says that it came from the maker's public download.
    pub is_declared: bool,
    /// Who decided that it identifies no installation.
    pub decisions: BTreeSet<Decider>,
    /// The samples that hold it.
    pub builds: Vec<Build>,
}

/// Somebody who decided on a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decider {
    /// For which partner.
    pub partner: String,
    /// Which of its people; `None` for its keys.
    pub person: Option<i64>,
}

/// What of a sample tells one build from another.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Build {
    /// Its package name.
    pub package: Option<String>,
    /// The SHA-256 of each of its certificates.
    pub certificates: BTreeSet<String>,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// It may name one installation: PAP RED whatever its partner chose.
    Yes {
        /// How many analysts have decided so far that it does not.
        decisions: usize,
    },
    /// Free: a published list has it.
    Listed,
    /// Free: unrelated partners have it.
    SeveralPartners,
    /// Free: its submitter took it from the maker's public download.
    Declared,
    /// Free: two analysts decided that it identifies no installation.
    Decided,
    /// Free: builds that have nothing else in common hold it.
    SeveralBuilds,
}

impl Held {
    /// Whether it is held.
    pub fn is_held(self) -> bool {
        matches!(self, Self::Yes { .. })
    }

    /// The word used in interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes { .. } => "held",
            Self::Listed => "listed",
            Self::SeveralPartners => "several_partners",
            Self::Declared => "declared_public",
            Self::Decided => "decided",
            Self::SeveralBuilds => "several_builds",
        }
    }

    /// Why, as a sentence's rest.
    pub fn why(self) -> &'static str {
        match self {
            Self::Yes { decisions: 0 } => {
                "only one partner has it, so it may name one person's installation"
            }
            Self::Yes { .. } => {
                "only one partner has it, so it may name one person's installation; one analyst has decided that it does not, and a second must"
            }
            Self::Listed => "a published list has it",
            Self::SeveralPartners => "two unrelated partners have it",
            Self::Declared => "its submitter says that it came from the maker's public download",
            Self::Decided => "two analysts decided that it identifies no installation",
            Self::SeveralBuilds => {
                "three builds that share neither package name nor certificate hold it"
            }
        }
    }
}

/// Whether a value is held.
pub fn held(kind: IndicatorKind, facts: &ValueFacts) -> Held {
    let decisions = deciders(&facts.decisions);
    if facts.is_listed {
        Held::Listed
    } else if facts.owners.len() >= TWO {
        Held::SeveralPartners
    } else if facts.is_declared {
        Held::Declared
    } else if decisions >= TWO {
        Held::Decided
    } else if unlike_builds(kind, &facts.builds) >= BUILDS_NEEDED {
        Held::SeveralBuilds
    } else {
        Held::Yes { decisions }
    }
}

/// How many analysts decided. A key speaks for somebody of its partner, who may be the person who
/// decided already: it counts only where none of its partner's people did.
fn deciders(decisions: &BTreeSet<Decider>) -> usize {
    let people: BTreeSet<i64> = decisions.iter().filter_map(|decider| decider.person).collect();
    let with_people: BTreeSet<&str> = decisions
        .iter()
        .filter(|decider| decider.person.is_some())
        .map(|decider| decider.partner.as_str())
        .collect();
    let keys: BTreeSet<&str> = decisions.iter().map(|decider| decider.partner.as_str()).collect();
    people.len() + keys.difference(&with_people).count()
}

/// How many builds there are that have nothing in common but the value asked about: samples that
/// share a package name or a certificate, directly or through a third, are one.
///
/// Updates on a phone keep package and certificate, so one customer's app is one build however
/// often it comes. A file's hash is its own build; and a package name that comes with several
/// certificates may be one customer's, whose builder makes a key each time: neither is ever freed
/// so.
fn unlike_builds(kind: IndicatorKind, builds: &[Build]) -> usize {
    use IndicatorKind as K;
    let by_certificate = match kind {
        K::Domain | K::Address | K::Url => true,
        K::CertificateSha1 | K::CertificateSha256 => false,
        _ => return 0,
    };
    let mut groups: Vec<BTreeSet<Mark<'_>>> = Vec::new();
    for build in builds {
        let Some(package) = build.package.as_deref() else { continue };
        let mut marks = BTreeSet::from([Mark::Package(package)]);
        if by_certificate {
            if build.certificates.is_empty() {
                continue;
            }
            marks.extend(build.certificates.iter().map(|digest| Mark::Certificate(digest)));
        }
        join(&mut groups, marks);
    }
    groups.len()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark<'a> {
    Package(&'a str),
    Certificate(&'a str),
}

/// Adds a build to the group it shares a mark with, joining groups that it connects.
fn join<'a>(groups: &mut Vec<BTreeSet<Mark<'a>>>, mut marks: BTreeSet<Mark<'a>>) {
    groups.retain_mut(|group| {
        let is_apart = group.is_disjoint(&marks);
        if !is_apart {
            marks.append(group);
        }
        is_apart
    });
    groups.push(marks);
}
