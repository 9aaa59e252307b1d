//! What must be supported beside a sign that says little by itself.

use serde::Deserialize;

use super::Group;

/// Counts once `kinds` of the groups are supported and, where some are named, one of `any` or
/// `beside`, and one of `also`.
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
    /// Other weak signs, of which one has its evidence too: two of them are more than one.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Capabilities of which one is supported as well.
    #[serde(default)]
    pub also: Vec<String>,
}

impl Company {
    /// Every capability that is named.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.any, &self.beside, &self.also];
        lists.into_iter().flatten().map(String::as_str)
    }
}
