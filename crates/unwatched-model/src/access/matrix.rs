//! The actions and what each asks for, from `catalogue/access.toml`.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{Member, Scope};
use crate::partner::{PartnerCategory, Standing, UserRole};

macro_rules! actions {
    ($($variant:ident = $word:literal,)*) => {
        /// Something that somebody may or may not do. What each asks for, and its words, stand in
        /// `catalogue/access.toml`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "the catalogue words each")]
        pub enum Action { $($variant,)* }

        impl Action {
            /// Every action, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The id used in the catalogue and in the audit log.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

actions! {
    ReadFamilies = "read_families",
    ReadIndicators = "read_indicators",
    ReadOpinions = "read_opinions",
    ReadSamples = "read_samples",
    ReadSubmitters = "read_submitters",
    DownloadSamples = "download_samples",
    UploadSamples = "upload_samples",
    TriageSamples = "triage_samples",
    WriteFamilies = "write_families",
    AddIndicators = "add_indicators",
    WithdrawIndicators = "withdraw_indicators",
    GiveOpinions = "give_opinions",
    DecideValues = "decide_values",
    ConfirmValues = "confirm_values",
    ReviewShared = "review_shared",
    ListKnownGood = "list_known_good",
    PublishReleases = "publish_releases",
    RecallValues = "recall_values",
    ReadJobs = "read_jobs",
    RetryJobs = "retry_jobs",
    ReadOwnAudit = "read_own_audit",
    ReadAudit = "read_audit",
    ManageKeys = "manage_keys",
    ManagePeople = "manage_people",
    ManageGroups = "manage_groups",
}

impl Action {
    /// What it asks for.
    pub fn entry(self) -> &'static Entry {
        let entry = ENTRIES.iter().find(|entry| entry.id == self);
        entry.expect("a test holds the catalogue complete")
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is not an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown action {0:?}")]
pub struct UnknownAction(pub String);

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(word: &str) -> Result<Self, UnknownAction> {
        let found = Self::ALL.iter().copied().find(|action| action.as_str() == word);
        found.ok_or_else(|| UnknownAction(word.to_owned()))
    }
}

/// What else an action asks, beside who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// Nothing.
    Open,
    /// How the thing is shared.
    Shared,
    /// That it is the partner's own.
    Own,
}

/// One action's entry in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The action.
    pub id: Action,
    /// What it is, as the rest of "they may ...".
    pub does: String,
    /// Whose people may.
    pub roles: Vec<UserRole>,
    /// Which kinds of partner may.
    #[serde(default = "every_category")]
    pub categories: Vec<PartnerCategory>,
    /// In which standing a partner may.
    #[serde(default = "taking_part")]
    pub standings: Vec<Standing>,
    /// What a key needs for it.
    pub scope: Scope,
    /// What is asked of the thing itself.
    pub object: Asks,
    /// Whether somebody without an account may do it to what is public.
    #[serde(default)]
    pub public: bool,
}

fn every_category() -> Vec<PartnerCategory> {
    PartnerCategory::ALL.to_vec()
}

fn taking_part() -> Vec<Standing> {
    vec![Standing::Probation, Standing::Full]
}

/// Whether a role may do everything that the other may: then its holder can hand the other on.
pub fn covers(role: UserRole, other: UserRole) -> bool {
    let beyond = |entry: &&Entry| entry.roles.contains(&other) && !entry.roles.contains(&role);
    !ENTRIES.iter().any(|entry| beyond(&entry))
}

/// Why this member may not do it to anything; `None` when they may.
pub(super) fn refusal(entry: &Entry, member: &Member) -> Option<String> {
    let does = &entry.does;
    if !entry.standings.contains(&member.standing) {
        return Some(match member.standing {
            Standing::Probation => format!("a partner on probation may not {does} yet"),
            standing => format!("the partner's standing is {standing}: it may not {does}"),
        });
    }
    if !entry.categories.contains(&member.category) {
        let category = member.category;
        return Some(format!("partners of the category {category} may not {does}"));
    }
    if !entry.roles.contains(&member.role) {
        let roles: Vec<_> = entry.roles.iter().map(|role| role.as_str()).collect();
        let (role, roles) = (member.role, roles.join(", "));
        return Some(format!("the role {role} may not {does}: {roles} may"));
    }
    let scope = entry.scope;
    let lacking = member.scopes.as_ref().is_some_and(|scopes| !scopes.has(scope));
    lacking.then(|| format!("this key lacks the scope {scope}: it may not {does}"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessFile {
    action: Vec<Entry>,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let file: AccessFile = toml::from_str(include_str!("../../../../catalogue/access.toml"))
        .expect("catalogue/access.toml is held readable by a test");
    file.action
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_every_action_once_and_in_order() {
        let listed: Vec<_> = ENTRIES.iter().map(|entry| entry.id).collect();
        assert_eq!(listed, Action::ALL);
    }

    #[test]
    fn a_role_hands_on_what_it_has_and_no_more() {
        for role in UserRole::ALL {
            assert!(covers(*role, *role));
            assert_eq!(covers(*role, UserRole::Coordinator), *role == UserRole::Coordinator);
        }
        assert!(covers(UserRole::Analyst, UserRole::Uploader));
        assert!(!covers(UserRole::Uploader, UserRole::Analyst));
        assert!(!covers(UserRole::Analyst, UserRole::OrgAdmin), "an analyst manages no people");
    }

    #[test]
    fn nobody_who_was_suspended_or_has_left_may_do_anything() {
        for entry in ENTRIES.iter() {
            assert!(!entry.standings.contains(&Standing::Suspended), "{}", entry.id);
            assert!(!entry.standings.contains(&Standing::Left), "{}", entry.id);
        }
    }
}
