//! The consensus rule: many partners' opinions become one verdict.
//!
//! A rule that was once published never changes: a better rule is a new version beside it, so that
//! every verdict can be recomputed bit for bit by the version it names. Whom to ask when a question
//! stays open is in [`asking`].

pub mod asking;
pub mod limits;
mod readings;
mod v1;
mod v2;
pub mod versions;
mod voters;

use crate::opinion::Opinion;
use crate::verdict::Verdict;

pub use v1::judge_v1;
pub use v2::judge_v2;
pub use voters::{Judging, VoterFacts};

/// The version in force.
pub const RULE_VERSION: u32 = 2;

/// The verdict by the version in force.
pub fn judge(judging: &Judging) -> Verdict {
    judge_v2(judging)
}

/// A verdict computed again, by the version of the rule that it names, from the opinions that it
/// names and from what it says of its voters; `None` when this build does not know that version.
/// Other opinions among `opinions` are left out: they came later, or never counted.
pub fn recompute(verdict: &Verdict, opinions: &[Opinion]) -> Option<Verdict> {
    let Verdict { family, attributed, voters, .. } = verdict;
    let named = |opinion: &&Opinion| verdict.opinions.binary_search(&opinion.id).is_ok();
    let opinions: Vec<_> = opinions.iter().filter(named).cloned().collect();
    match (verdict.rule_version, verdict.as_of) {
        (1, None) => Some(judge_v1(family, &opinions, attributed)),
        (2, Some(as_of)) => Some(v2::decide(family, &opinions, attributed, voters, as_of)),
        _ => None,
    }
}
