//! APK Signature Scheme 2: every signer signs the whole file.

use unwatched_model::signature::SignatureProblem;

use super::contents::Contents;
use super::signer::{Layout, Signer, check_contents, named, split};
use super::trouble;
use super::work::Work;

/// Newer Androids refuse more signers; no real app has as many.
const MAX_SIGNERS: usize = 50;
/// Names a newer scheme that the file was signed with too, so that it cannot be taken out unseen.
const STRIPPING_PROTECTION: u32 = 0xbeef_f00d;

/// What came of it.
#[derive(Default)]
pub(super) struct V2<'a> {
    pub(super) signers: Vec<Signer<'a>>,
    pub(super) problems: Vec<SignatureProblem>,
    /// Whether the only problem is one that apksigner overlooks, taking the scheme for absent.
    pub(super) overlooked: bool,
    /// The lowest API level that knows an algorithm of every signer.
    pub(super) since_api: i32,
}

impl<'a> V2<'a> {
    /// Checks the scheme's block; `has_v3` says whether a signature of scheme 3 is in the file.
    pub(super) fn check(
        value: &'a [u8],
        contents: &Contents<'_>,
        alignment: Result<(), &'static str>,
        has_v3: bool,
        work: &Work,
    ) -> Self {
        let mut found = Self { since_api: 24, ..Self::default() };
        let signers = match split(value, MAX_SIGNERS) {
            Ok(signers) => signers,
            Err((fault, overlooked)) => {
                found.problems.push(named("v2", &fault));
                found.overlooked = overlooked;
                return found;
            }
        };
        for data in signers {
            match Signer::check(data, Layout::Two, work) {
                Ok(signer) => found.signers.push(signer),
                Err(fault) => found.problems.push(named("v2", &fault)),
            }
        }
        for signer in &found.signers {
            let first = signer.algorithms.iter().map(|algorithm| algorithm.since_api).min();
            found.since_api = found.since_api.max(first.unwrap_or(i32::MAX));
            found.problems.extend(stripped(signer, has_v3));
        }
        if found.problems.is_empty()
            && let Err(fault) = check_contents(&found.signers, contents, alignment)
        {
            found.problems.push(named("v2", &fault));
        }
        found
    }

    pub(super) fn holds(&self) -> bool {
        self.problems.is_empty()
    }
}

fn stripped(signer: &Signer<'_>, has_v3: bool) -> Option<SignatureProblem> {
    let protections =
        signer.attributes.iter().filter(|(id, _)| *id == STRIPPING_PROTECTION).map(|(_, value)| {
            value.get(..4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes)
        });
    for scheme in protections {
        match scheme {
            None => {
                let what = "the attribute that protects newer signatures is malformed";
                return Some(trouble("v2_malformed_attribute", what));
            }
            // apksigner looks for what it says among the signatures checked before this one.
            Some(2) => {
                let what = "the file was signed with scheme 2 twice, and one signature is gone";
                return Some(trouble("v2_stripped", what));
            }
            Some(3) if !has_v3 => {
                let what = "the file was signed with scheme 3 too, and that signature is gone";
                return Some(trouble("v3_stripped", what));
            }
            Some(_) => {}
        }
    }
    None
}
