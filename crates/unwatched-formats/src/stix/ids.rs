//! Ids that depend on nothing but what the object is about.

use unwatched_model::family::FamilyId;
use unwatched_model::partner::PartnerSlug;
use uuid::Uuid;

/// Ours, drawn once. STIX asks that it is not the namespace of the standard itself.
const NAMESPACE: Uuid = Uuid::from_u128(0x5f1c_2d6e_8a47_4b90_9c3b_e1d0_74a6_52f8);

/// What a family is called by in every bundle.
pub fn malware_id(family: &FamilyId) -> String {
    id("malware", &[family.as_str()])
}

/// What a partner is called by where it says who created an object.
pub fn partner_id(partner: &PartnerSlug) -> String {
    id("identity", &["partner", partner.as_str()])
}

/// The id of an object of this type. Parts are kept apart, so that no two lists of parts collide.
pub(super) fn id(object_type: &str, parts: &[&str]) -> String {
    let mut name = object_type.to_owned();
    for part in parts {
        name.push('\0');
        name.push_str(part);
    }
    format!("{object_type}--{}", Uuid::new_v5(&NAMESPACE, name.as_bytes()))
}
