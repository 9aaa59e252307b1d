//! Landlock: no view of the file system, no network, no signal to another process.
//!
//! There is no exception for any folder: what an analysis needs is loaded before.

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, LandlockStatus, Ruleset,
    RulesetAttr as _, RulesetError, RulesetStatus, Scope,
};

use super::Layer;

/// The newest that is asked for; a kernel that knows less gives what it knows.
const ASKED: ABI = ABI::V6;

pub(super) fn layer() -> Layer {
    match restrict() {
        Ok(layer) => layer,
        Err(error) => Layer::Lacks(format!("it was refused: {error}")),
    }
}

fn restrict() -> Result<Layer, RulesetError> {
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ASKED))?
        .handle_access(AccessNet::from_all(ASKED))?
        .scope(Scope::from_all(ASKED))?
        .create()?
        .restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::FullyEnforced, _) => Layer::Holds,
        (RulesetStatus::PartiallyEnforced, LandlockStatus::Available { effective_abi, .. }) => {
            Layer::Partly(format!("the kernel knows version {}", effective_abi as i32))
        }
        (RulesetStatus::PartiallyEnforced, _) => Layer::Partly("a part of it".to_owned()),
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => {
            Layer::Lacks("it is not switched on at boot".to_owned())
        }
        (RulesetStatus::NotEnforced, LandlockStatus::NotImplemented) => {
            Layer::Lacks("it is not built into this kernel".to_owned())
        }
        (RulesetStatus::NotEnforced, LandlockStatus::Available { .. }) => {
            Layer::Lacks("the kernel did not enforce it".to_owned())
        }
    })
}
