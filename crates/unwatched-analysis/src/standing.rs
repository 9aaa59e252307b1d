//! How one file stands on each of the criteria: what in it bears on the question that partners will
//! ask. It answers no criterion: partners do, and they read more than a file.

use serde::Serialize;
use unwatched_model::criterion::Criterion;
use unwatched_model::report::{Capability, Evidence, Report, Support};

use crate::catalogue::{Rule, catalogue};

/// What a file can tell about a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Capabilities that bear on it are supported by the evidence.
    Supported,
    /// Capabilities that may bear on it are declared, or mentioned, and no more.
    Possible,
    /// The catalogue was looked through, and nothing that bears on it was seen.
    NothingSeen,
    /// A part of the file could not be read, and nothing that bears on it was seen in the rest.
    CouldNotCheck,
    /// No file can tell: partners look at what is said and sold around the app.
    NotInAFile,
}

impl Standing {
    /// The words used in the terminal.
    pub fn words(self) -> &'static str {
        match self {
            Self::Supported => "the file shows what bears on it",
            Self::Possible => "the file declares or mentions what may bear on it",
            Self::NothingSeen => "nothing in the file was seen to bear on it",
            Self::CouldNotCheck => "could not be checked: the file was not read whole",
            Self::NotInAFile => "no file can tell",
        }
    }
}

/// One criterion, and what the file brings to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CriterionStanding<'r> {
    /// The criterion.
    pub criterion: Criterion,
    /// Its title, for people.
    pub title: &'static str,
    /// What partners ask.
    pub question: &'static str,
    /// What partners look at to answer.
    pub evidence: &'static str,
    /// What the file tells.
    pub standing: Standing,
    /// Ids of the capabilities that bear on it, the best supported first.
    pub capabilities: Vec<String>,
    /// The same capabilities, with what each is told by and where that stands.
    pub bearing: Vec<Bearing<'r>>,
}

/// A capability that bears on a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bearing<'r> {
    /// The rule's id.
    pub capability: &'r str,
    /// Its plain name.
    pub name: &'r str,
    /// Whose it is: the path of an app inside the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inside: Option<&'r str>,
    /// How strongly the evidence hangs together.
    pub support: Support,
    /// Each piece, and its place in the file.
    pub evidence: &'r [Evidence],
}

impl<'r> Bearing<'r> {
    fn of(capability: &'r Capability) -> Self {
        let Capability { id, name, inside, support, evidence, .. } = capability;
        Self { capability: id, name, inside: inside.as_deref(), support: *support, evidence }
    }
}

/// Every criterion in the order published.
pub fn of(report: &Report) -> Vec<CriterionStanding<'_>> {
    Criterion::ALL.into_iter().map(|criterion| stands(report, criterion)).collect()
}

fn stands(report: &Report, criterion: Criterion) -> CriterionStanding<'_> {
    let mut bearing: Vec<&Capability> =
        report.capabilities.iter().filter(|one| bears(&one.id, criterion)).collect();
    bearing.sort_by_key(|capability| capability.support);
    let mut ids: Vec<String> = Vec::new();
    for capability in &bearing {
        // An app inside it may be able to do the same.
        if !ids.contains(&capability.id) {
            ids.push(capability.id.clone());
        }
    }
    let wording = criterion.wording();
    CriterionStanding {
        criterion,
        title: &wording.title,
        question: &wording.question,
        evidence: &wording.evidence,
        standing: told(report, criterion, &bearing),
        capabilities: ids,
        bearing: bearing.into_iter().map(Bearing::of).collect(),
    }
}

fn bears(capability: &str, criterion: Criterion) -> bool {
    catalogue().rule(capability).is_some_and(|rule: &Rule| rule.criteria.contains(&criterion))
}

fn told(report: &Report, criterion: Criterion, bearing: &[&Capability]) -> Standing {
    match bearing.first() {
        Some(best) if best.support == Support::Supported => Standing::Supported,
        Some(_) => Standing::Possible,
        None if !catalogue().rules.iter().any(|rule| rule.criteria.contains(&criterion)) => {
            Standing::NotInAFile
        }
        None if !report.problems.is_empty() => Standing::CouldNotCheck,
        None => Standing::NothingSeen,
    }
}
