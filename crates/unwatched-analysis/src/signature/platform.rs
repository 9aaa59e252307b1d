//! What Android makes of all schemes together, from an API level on to the newest version: the
//! question that `apksigner verify --min-sdk-version` answers, and answered as Debian's version of
//! it (31.0.2) does.
//!
//! Newer schemes come first, and one that is there must hold; older ones count only where no newer
//! one is, or on levels that do not know it. That version overlooks problems of schemes 2 and 3 that
//! concern no single signer, and then takes the scheme for absent: so do we here, while the scheme's
//! own result names them. Scheme 3.1 and RSA-PSS, which it does not know, are judged by Android's
//! descriptions.

use unwatched_model::signature::SignatureProblem;

use super::app_manifest::Asked;
use super::trouble;
use super::v1::V1;
use super::v2::V2;
use super::v3::V3;

/// The first API levels that know a scheme.
const KNOWS_V3: i32 = 28;
const KNOWS_V31: i32 = 33;
/// Apps made for this level or a newer one need a newer scheme than 1.
const TARGETS_WITHOUT_V1: i32 = 30;

/// The schemes, each looked at by itself; `None` where the file is not signed so.
pub(super) struct Schemes<'s, 'a> {
    pub(super) v1: &'s V1,
    pub(super) v2: Option<&'s V2<'a>>,
    pub(super) v3: Option<&'s V3<'a>>,
    pub(super) v31: Option<&'s V3<'a>>,
    /// What the manifest asks for, or what of the ZIP keeps it from being read.
    pub(super) asked: Result<Asked, SignatureProblem>,
}

impl Schemes<'_, '_> {
    /// Whether Android accepts the file from `api` on.
    pub(super) fn accepted_from(&self, api: i32) -> Result<(), SignatureProblem> {
        let asked = self.asked.clone()?;
        let rotation = self.newest()?;
        let v3 = self.v3_from(api, rotation)?;
        let v2 = self.v2_from(api)?;
        if let (Some(v2), Some(v3)) = (v2, v3) {
            same_history(v2, v3)?;
        }
        if self.v2.is_none() && self.v3.is_none() {
            if asked.sandbox > 1 {
                let what = "the app asks for a sandbox that only newer schemes' signatures open";
                return Err(trouble("sandbox_needs_newer_scheme", what));
            }
            if !self.v1.present {
                return Err(trouble("not_signed", "the file is not signed"));
            }
            all_hold(&self.v1.problems)?;
            if asked.target_api >= TARGETS_WITHOUT_V1 {
                let what = format!(
                    "the app is made for API level {}, for which scheme 1 alone is not enough",
                    asked.target_api
                );
                return Err(trouble("target_needs_newer_scheme", what));
            }
        } else if v2.is_none() && v3.is_none() {
            let overlooked = self.v3.map(|v3| &v3.problems).into_iter();
            let overlooked = overlooked.chain(self.v2.map(|v2| &v2.problems));
            let what = format!("no signature is for API level {api} and all newer ones");
            let first = overlooked.flatten().next();
            return Err(first.cloned().unwrap_or_else(|| trouble("v3_api_levels_missing", what)));
        }
        Ok(())
    }

    /// Scheme 3, where it is there and holds from this level on; an error where it refuses the file.
    fn v3_from(
        &self,
        api: i32,
        rotation: Option<i32>,
    ) -> Result<Option<&V3<'_>>, SignatureProblem> {
        let Some(v3) = self.v3.filter(|v3| !v3.overlooked) else { return Ok(None) };
        all_hold(&v3.problems)?;
        let (first, last) = v3.covers;
        let covered = first <= api.max(KNOWS_V3) && last >= rotation.map_or(i32::MAX, |at| at - 1);
        Ok(covered.then_some(v3))
    }

    /// Scheme 2, where it counts at this level and holds; an error where it refuses the file.
    fn v2_from(&self, api: i32) -> Result<Option<&V2<'_>>, SignatureProblem> {
        let counts = |v2: &&V2<'_>| !v2.overlooked && (api < KNOWS_V3 || self.v3.is_none());
        let Some(v2) = self.v2.filter(counts) else { return Ok(None) };
        all_hold(&v2.problems)?;
        if v2.since_api > api {
            let what = format!("no algorithm of scheme 2 is known to API level {api}");
            return Err(trouble("v2_no_known_algorithm", what));
        }
        Ok(Some(v2))
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
