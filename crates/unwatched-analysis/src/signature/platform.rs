//! What Android makes of all schemes together, from an API level on to the newest version: the
//! question that `apksigner verify --min-sdk-version` answers.
//!
//! Newer schemes come first, and one that is there must hold; older ones count only where no newer
//! one is, or on levels that do not know it. Scheme 3.1 is judged by its description.

use unwatched_model::signature::SignatureProblem;

use super::trouble;
use super::v1::V1;
use super::v2::V2;
use super::v3::V3;

/// The first API levels that know a scheme.
const KNOWS_V3: i32 = 28;
const KNOWS_V31: i32 = 33;

/// The schemes, each looked at by itself; `None` where the file is not signed so.
pub(super) struct Schemes<'s, 'a> {
    pub(super) v1: &'s V1,
    pub(super) v2: Option<&'s V2<'a>>,
    pub(super) v3: Option<&'s V3<'a>>,
    pub(super) v31: Option<&'s V3<'a>>,
    /// Which security sandbox the app asks for, and what of the ZIP cannot be read.
    pub(super) sandbox: Result<i32, SignatureProblem>,
}

impl Schemes<'_, '_> {
    /// Whether Android accepts the file from `api` on.
    pub(super) fn accepted_from(&self, api: i32) -> Result<(), SignatureProblem> {
        let sandbox = self.sandbox.clone()?;
        let rotation = self.newest()?;
        if let Some(v3) = self.v3 {
            all_hold(&v3.problems)?;
            let (first, last) = v3.covers;
            if first > api.max(KNOWS_V3) || last < rotation.map_or(i32::MAX, |from| from - 1) {
                let what = format!("scheme 3 signs for API levels {first} to {last} only");
                return Err(trouble("v3_api_levels_missing", what));
            }
        }
        if let Some(v2) = self.v2.filter(|_| api < KNOWS_V3 || self.v3.is_none()) {
            all_hold(&v2.problems)?;
            if v2.since_api > api {
                let what = format!("no algorithm of scheme 2 is known to API level {api}");
                return Err(trouble("v2_no_known_algorithm", what));
            }
            if let Some(v3) = self.v3 {
                same_history(v2, v3)?;
            }
        }
        if self.v2.is_none() && self.v3.is_none() {
            if sandbox > 1 {
                let what = "the app asks for a sandbox that only newer schemes' signatures open";
                return Err(trouble("sandbox_needs_newer_scheme", what));
            }
            if !self.v1.present {
                return Err(trouble("not_signed", "the file is not signed"));
            }
            all_hold(&self.v1.problems)?;
        }
        Ok(())
    }

    /// Scheme 3.1 with what scheme 3 says of it; hands back from where on it is for.
    fn newest(&self) -> Result<Option<i32>, SignatureProblem> {
        let announced = self.v3.map(V3::rotates_from).unwrap_or_default();
        let Some(v31) = self.v31 else {
            if !announced.is_empty() {
                let what = "the file was signed with scheme 3.1 too, and that signature is gone";
                return Err(trouble("v31_stripped", what));
            }
            return Ok(None);
        };
        all_hold(&v31.problems)?;
        let Some(v3) = self.v3 else {
            let what = "a signature of scheme 3.1 needs one of scheme 3 beside it";
            return Err(trouble("v31_without_v3", what));
        };
        let from = v31.lowest_api().unwrap_or(0);
        if from < KNOWS_V31 - 1 || v31.covers.1 < i32::MAX {
            let what = "scheme 3.1 signs for API levels that do not know it, or not for all newer";
            return Err(trouble("v31_api_levels_wrong", what));
        }
        if announced.iter().any(|announced| *announced != Some(from)) {
            let what = "scheme 3 names another API level than scheme 3.1 signs from";
            return Err(trouble("v31_rotation_level_differs", what));
        }
        all_hold(&v3.problems)?;
        let ancestor = v31.lineage().and_then(|lineage| {
            let (signer, _) = v3.signers.first()?;
            lineage.position(signer.certificate())
        });
        if ancestor.is_none() {
            let what = "scheme 3.1's certificate does not follow from that of scheme 3";
            return Err(trouble("v31_history_differs", what));
        }
        Ok(Some(from))
    }
}

fn all_hold(problems: &[SignatureProblem]) -> Result<(), SignatureProblem> {
    problems.first().map_or(Ok(()), |problem| Err(problem.clone()))
}

/// The signer of scheme 2 must be that of scheme 3, or the oldest in its history.
fn same_history(v2: &V2<'_>, v3: &V3<'_>) -> Result<(), SignatureProblem> {
    let differs = |what: &str| trouble("v3_history_differs", what);
    let [old] = v2.signers.as_slice() else {
        return Err(differs("scheme 2 has several signers, scheme 3 can follow one only"));
    };
    if let Some(lineage) = v3.lineage() {
        return if lineage.position(old.certificate()) == Some(0) {
            Ok(())
        } else {
            Err(differs("scheme 2's signer is not the first in scheme 3's history"))
        };
    }
    match v3.signers.as_slice() {
        [(new, _)] if new.certificate().der == old.certificate().der => Ok(()),
        [_] => Err(differs("schemes 2 and 3 were signed by different certificates")),
        _ => Err(differs("scheme 3 has several signers without a history")),
    }
}
