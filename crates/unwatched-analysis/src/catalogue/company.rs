//! What must be supported beside a sign that says little by itself.

use serde::Deserialize;

use super::Group;

/// Counts once `kinds` of the groups are supported and, where some are named, one of `any`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// Groups of capabilities.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// In how many of them something is supported.
    #[serde(default)]
    pub kinds: usize,
    /// Capabilities of which one is supported.
    #[serde(default)]
    pub any: Vec<String>,
}
