//! APK Signature Schemes 3 and 3.1: as 2, each signer for a range of API levels, with proof of who
//! signed before. 3.1 is laid out as 3 and holds a key for newer Androids only.

use unwatched_model::signature::{SchemeSigner, SignatureProblem};

use super::contents::Contents;
use super::lineage::Lineage;
use super::signer::{Layout, Signer, check_contents, named, split};
use super::trouble;
use super::work::Work;

const MAX_SIGNERS: usize = 50;
const PROOF_OF_ROTATION: u32 = 0x3ba0_6f8c;
/// In scheme 3: from which API level on a signature of scheme 3.1 must be there.
const ROTATION_MIN_SDK: u32 = 0x559f_8b02;

/// What came of it.
#[derive(Default)]
pub(super) struct V3<'a> {
    pub(super) signers: Vec<(Signer<'a>, Option<Lineage<'a>>)>,
    pub(super) problems: Vec<SignatureProblem>,
    /// Whether the only problems are such as apksigner overlooks, taking the scheme for absent.
    pub(super) overlooked: bool,
    /// The API levels that its signers cover without a hole.
    pub(super) covers: (i32, i32),
    /// Which signer has the longest line of certificates.
    longest: Option<usize>,
}

impl<'a> V3<'a> {
    /// Checks the scheme's block. `scheme` is `v3` or `v3.1`.
    pub(super) fn check(
        value: &'a [u8],
        scheme: &str,
        contents: &Contents<'_>,
        alignment: Result<(), &'static str>,
        work: &Work,
    ) -> Self {
        let mut found = Self::default();
        let signers = match split(value, MAX_SIGNERS) {
            Ok(signers) => signers,
            Err((fault, overlooked)) => {
                found.problems.push(named(scheme, &fault));
                found.overlooked = overlooked;
                return found;
            }
        };
        let mut checked = Vec::new();
        let mut lineages = Vec::new();
        for data in signers {
            match Signer::check(data, Layout::Three, work) {
                Ok(signer) => {
                    lineages.push(lineage(&signer, scheme, &mut found.problems, work));
                    checked.push(signer);
                }
                Err(fault) => found.problems.push(named(scheme, &fault)),
            }
        }
        if found.problems.is_empty()
            && let Err(fault) = check_contents(&checked, contents, alignment)
        {
            found.problems.push(named(scheme, &fault));
        }
        found.signers = checked.into_iter().zip(lineages).collect();
        if found.problems.is_empty() {
            found.check_ranges(scheme);
            found.overlooked = !found.problems.is_empty();
        }
        found
    }

    /// Ranges must follow each other without hole or overlap, and certificates only be added.
    fn check_ranges(&mut self, scheme: &str) {
        let mut order: Vec<(i32, i32, usize)> = Vec::new();
        for (index, (signer, _)) in self.signers.iter().enumerate() {
            let (low, high) = signer.apis.unwrap_or((0, i32::MAX));
            // Of two that begin alike the later one counts.
            order.retain(|known| known.0 != low);
            order.push((low, high, index));
        }
        order.sort_unstable();
        let mut first = 0;
        let mut last = 0;
        let mut length = 0;
        for (low, high, index) in order {
            if first == 0 {
                first = low;
            } else if i64::from(low) != i64::from(last) + 1 {
                let what = "the signers' API levels leave a gap or overlap";
                self.problems.push(trouble(&format!("{scheme}_api_levels_inconsistent"), what));
                break;
            }
            last = high;
            if let Some(lineage) = &self.signers[index].1 {
                if lineage.0.len() < length {
                    self.inconsistent(scheme);
                    break;
                }
                length = lineage.0.len();
                self.longest = Some(index);
            }
        }
        self.covers = (first, last);
        let lineages: Vec<&Lineage<'_>> =
            self.signers.iter().filter_map(|(_, lineage)| lineage.as_ref()).collect();
        if let Some(longest) = self.lineage()
            && !lineages.iter().all(|lineage| lineage.agrees(longest))
        {
            self.inconsistent(scheme);
        }
    }

    fn inconsistent(&mut self, scheme: &str) {
        let what = "the signers prove different histories of certificates";
        self.problems.push(trouble(&format!("{scheme}_lineages_inconsistent"), what));
    }

    /// The longest line of certificates.
    pub(super) fn lineage(&self) -> Option<&Lineage<'a>> {
        self.signers.get(self.longest?)?.1.as_ref()
    }

    pub(super) fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    /// Its signers for a report.
    pub(super) fn listed(&self) -> Vec<SchemeSigner> {
        self.signers
            .iter()
            .map(|(signer, lineage)| SchemeSigner {
                ancestors: lineage.as_ref().map_or_else(Vec::new, Lineage::ancestors),
                ..signer.listed()
            })
            .collect()
    }

    /// From which API level on each signer says that scheme 3.1 takes over; `None` in the list
    /// where it says so unreadably.
    pub(super) fn rotates_from(&self) -> Vec<Option<i32>> {
        self.signers
            .iter()
            .flat_map(|(signer, _)| &signer.attributes)
            .filter(|(id, _)| *id == ROTATION_MIN_SDK)
            .map(|(_, value)| {
                value.get(..4).and_then(|four| four.try_into().ok()).map(i32::from_le_bytes)
            })
            .collect()
    }

    /// The lowest API level that a signer names.
    pub(super) fn lowest_api(&self) -> Option<i32> {
        self.signers.iter().filter_map(|(signer, _)| Some(signer.apis?.0)).min()
    }
}

fn lineage<'a>(
    signer: &Signer<'a>,
    scheme: &str,
    problems: &mut Vec<SignatureProblem>,
    work: &Work,
) -> Option<Lineage<'a>> {
    let mut last = None;
    for (_, value) in signer.attributes.iter().filter(|(id, _)| *id == PROOF_OF_ROTATION) {
        match Lineage::check(value, work) {
            Ok(lineage) => {
                let at = lineage.position(signer.certificate());
                if at.is_none_or(|at| at + 1 != lineage.0.len()) {
                    let what = "the proof of rotation does not end with the signer's certificate";
                    problems.push(trouble(&format!("{scheme}_lineage_of_another"), what));
                }
                last = Some(lineage);
            }
            Err(why) => problems.push(trouble(&format!("{scheme}_lineage_wrong"), why)),
        }
    }
    last
}
