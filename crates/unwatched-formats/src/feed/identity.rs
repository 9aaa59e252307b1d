//! The identity of an indicator: one UUID in every format, derived from what it says.

use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use uuid::Uuid;

/// Drawn once; never changes.
const NAMESPACE: Uuid = Uuid::from_u128(0x5f1c_2d6e_8a47_4b90_9c3b_e1d0_74a6_52f8);

/// The UUID of an indicator. `value` is the form compared.
pub fn indicator_uuid(family: &FamilyId, kind: IndicatorKind, value: &str, role: Role) -> Uuid {
    named("indicator", &[family.as_str(), role.as_str(), kind.as_str(), value])
}

/// The UUID of something else that a file speaks of.
pub(super) fn named(what: &str, parts: &[&str]) -> Uuid {
    let mut name = what.to_owned();
    for part in parts {
        name.push('\0');
        name.push_str(part);
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}
