//! The rules and lists of `catalogue/`, read once. The wording stands there and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::android::appops::Op;
use crate::result::Signal;

/// The letter of a rule: what kind of sign it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Group {
    /// Identity.
    L,
    /// Powers.
    P,
    /// Concealment.
    C,
    /// Origin.
    O,
    /// Data it may read.
    D,
    /// Settings of the device.
    S,
    /// History: what remembers an app.
    H,
    /// Who else can get in.
    A,
}

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id, which never changes its meaning.
    pub id: String,
    /// What kind of sign it is.
    pub group: Group,
    /// Its points.
    pub weight: u32,
    fact: String,
    why: String,
    innocent: String,
}

impl Rule {
    /// What the rule says of a fact: `words` fill the braces of its sentence.
    pub fn signal(&self, words: &[(&str, &str)], source: String) -> Signal {
        let (fact, filled) = fill(&self.fact, words);
        Signal {
            rule: self.id.clone(),
            weight: self.weight,
            fact,
            filled,
            source,
            why: fill(&self.why, words).0,
            innocent: fill(&self.innocent, words).0,
        }
    }
}

/// The sentence with its braces filled, from left to right, so that no word fills another's braces;
/// and where the words stand in it. A word that is not given leaves its braces.
fn fill(sentence: &str, words: &[(&str, &str)]) -> (String, Vec<Range<usize>>) {
    let (mut fact, mut filled) = (String::new(), Vec::new());
    let mut rest = sentence;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, inner)| Some((before, inner.split_once('}')?)))
    {
        fact.push_str(before);
        let start = fact.len();
        if let Some((_, word)) = words.iter().find(|(known, _)| *known == name) {
            fact.push_str(word);
            filled.push(start..fact.len());
        } else {
            fact.push_str(&rest[before.len()..rest.len() - after.len()]);
        }
        rest = after;
    }
    fact.push_str(rest);
    (fact, filled)
}

/// From how many points up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// Several unlike signs together.
    pub strong_signs: u32,
    /// Somebody who knows phones should look.
    pub needs_expert_look: u32,
    /// Worth a question.
    pub notable: u32,
    /// How many groups the top band needs.
    pub strong_signs_groups: usize,
}

/// By how much weakened protection multiplies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weakened {
    /// Times this.
    pub numerator: u32,
    /// Through this, rounded to the nearest.
    pub denominator: u32,
}

/// The kinds of permission that D1 counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionKinds {
    /// From how many on.
    pub at_least: usize,
    /// Each of them.
    pub kind: Vec<PermissionKind>,
}

/// One kind of permission.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionKind {
    /// In a helper's words.
    pub title: String,
    /// Any one of these is enough.
    pub permissions: Vec<String>,
}

/// How a package name imitates the system.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemLike {
    prefixes: Vec<String>,
    parts: BTreeSet<String>,
}

impl SystemLike {
    /// Whether the name does.
    pub fn matches(&self, package: &str) -> bool {
        let lower = package.to_lowercase();
        self.prefixes.iter().any(|prefix| lower.starts_with(prefix.as_str()))
            || lower.split('.').any(|part| self.parts.contains(part))
    }
}

/// P5: the kinds of special access, and how many points they may add up to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialAccess {
    /// The most that all of them together give.
    pub cap: u32,
    /// Each of them.
    pub kind: Vec<SpecialAccessKind>,
}

/// One kind of special access.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialAccessKind {
    /// Which.
    pub op: Op,
    /// In a helper's words.
    pub title: String,
}

/// Where the rules about behaviour draw their lines.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// D2: the hours of the night, by the phone's clock: from this one.
    pub night_from_hour: i8,
    /// Up to, not including, this one.
    pub night_to_hour: i8,
    /// D4: so many of the four kinds of events.
    pub events_at_least: usize,
    /// O4: made for this version of Android's interface or an older one.
    pub old_target_sdk: u32,
    /// O4: a certificate that was made so few days before the app was installed.
    pub new_certificate_days: i32,
    /// D3: so many bytes sent behind other apps.
    pub upload_bytes: u64,
    /// D3: so many times what was received.
    pub upload_times: u64,
    /// D3: the app was on the screen for no longer.
    pub upload_seconds_looked_at: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingsFile {
    rule: Vec<Rule>,
    special_access: SpecialAccess,
    thresholds: Thresholds,
    bands: Bands,
    weakened_protection: Weakened,
    permission_kinds: PermissionKinds,
    system_like: SystemLike,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownAppsFile {
    list: Vec<KnownAppsList>,
    store: Vec<Store>,
}

/// What a store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// Somebody decides what is in it.
    Curated,
    /// The same as it comes, but anybody's collection can be added to it.
    Repositories,
    /// Anybody can offer any app in it.
    Anybody,
    /// It installs from anywhere.
    Tool,
}

/// A store beside the Play Store, or a tool that installs apps.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// As its users know it.
    pub name: String,
    /// What it is.
    pub kind: StoreKind,
    packages: BTreeSet<String>,
    /// How the names of its maker's own apps begin.
    #[serde(default)]
    own: Vec<String>,
}

impl Store {
    /// Whether its maker's own apps are named like this.
    pub fn is_of_its_maker(&self, package: &str) -> bool {
        self.own.iter().any(|prefix| package.starts_with(prefix.as_str()))
    }
}

/// The store of this package name.
pub fn store(package: &str) -> Option<&'static Store> {
    catalogue().stores.iter().find(|store| store.packages.contains(package))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownAppsList {
    id: String,
    #[serde(rename = "about")]
    _about: String,
    packages: BTreeSet<String>,
    /// Names with one star, which stands for anything.
    #[serde(default)]
    like: Vec<String>,
    #[serde(default)]
    words: Vec<String>,
}

/// A list of apps known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// P3 passes over them.
    ReadsTheScreen,
    /// P4 passes over them.
    ReadsNotifications,
    /// C1 passes over them.
    NoIconExpected,
    /// The one store that vouches for a name.
    PlayStore,
    /// What installs a file that somebody opened.
    OpensAppFiles,
    /// Never named without a strong reason.
    Private,
    /// The same, for what helps: its words count whoever installed an app.
    Help,
    /// Administrators on almost every phone that they came with.
    FindsLostPhones,
    /// P6 passes over them.
    Keyboard,
    /// P7 passes over them.
    Vpn,
    /// Apps that give other apps full rights.
    GivesFullRights,
}

impl Known {
    fn id(self) -> &'static str {
        match self {
            Self::ReadsTheScreen => "reads_the_screen",
            Self::ReadsNotifications => "reads_notifications",
            Self::NoIconExpected => "no_icon_expected",
            Self::PlayStore => "play_store",
            Self::OpensAppFiles => "opens_app_files",
            Self::Private => "private",
            Self::Help => "help",
            Self::FindsLostPhones => "finds_lost_phones",
            Self::Keyboard => "keyboards",
            Self::Vpn => "vpns",
            Self::GivesFullRights => "gives_full_rights",
        }
    }

    /// The names that the list holds.
    pub fn names(self) -> impl Iterator<Item = &'static String> {
        catalogue().lists.get(self.id()).into_iter().flat_map(|list| &list.packages)
    }

    /// Whether the list holds the name.
    pub fn holds(self, package: &str) -> bool {
        let like = |pattern: &String| {
            let (before, after) = pattern.split_once('*').unwrap_or((pattern, ""));
            package.strip_prefix(before).is_some_and(|rest| rest.ends_with(after))
        };
        catalogue()
            .lists
            .get(self.id())
            .is_some_and(|list| list.packages.contains(package) || list.like.iter().any(like))
    }

    /// Whether the name holds one of the list's words.
    pub fn holds_word_of(self, package: &str) -> bool {
        let lower = package.to_lowercase();
        catalogue()
            .lists
            .get(self.id())
            .is_some_and(|list| list.words.iter().any(|word| lower.contains(word.as_str())))
    }
}

/// Everything.
#[derive(Debug)]
pub struct Catalogue {
    rules: BTreeMap<String, Rule>,
    /// From how many points up.
    pub bands: Bands,
    /// By how much weakened protection multiplies.
    pub weakened: Weakened,
    /// What D1 counts.
    pub permission_kinds: PermissionKinds,
    /// What C2 looks for.
    pub system_like: SystemLike,
    /// What P5 counts.
    pub special_access: SpecialAccess,
    /// Where the rules about behaviour draw their lines.
    pub thresholds: Thresholds,
    lists: BTreeMap<String, KnownAppsList>,
    stores: Vec<Store>,
}

impl Catalogue {
    /// A rule that the code applies; the catalogue holds all of them, which a test proves.
    pub fn rule(&self, id: &str) -> &Rule {
        self.rules.get(id).unwrap_or_else(|| panic!("catalogue/findings.toml holds rule {id}"))
    }

    /// Every rule, in the order of their ids.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }
}

/// The catalogue that this build carries.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        let findings: FindingsFile =
            toml::from_str(include_str!("../../../catalogue/findings.toml"))
                .expect("catalogue/findings.toml is well-formed");
        let known: KnownAppsFile =
            toml::from_str(include_str!("../../../catalogue/known_apps.toml"))
                .expect("catalogue/known_apps.toml is well-formed");
        Catalogue {
            rules: findings.rule.into_iter().map(|rule| (rule.id.clone(), rule)).collect(),
            bands: findings.bands,
            weakened: findings.weakened_protection,
            permission_kinds: findings.permission_kinds,
            system_like: findings.system_like,
            special_access: findings.special_access,
            thresholds: findings.thresholds,
            stores: known.store,
            lists: known.list.into_iter().map(|list| (list.id.clone(), list)).collect(),
        }
    });
    &CATALOGUE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_never_fills_the_braces_of_another() {
        let words = [("family", "{listing}"), ("listing", "a list")];
        let (fact, filled) = fill("Listed for {family} ({listing}), {unknown}.", &words);
        assert_eq!(fact, "Listed for {listing} (a list), {unknown}.");
        assert_eq!(
            filled.iter().map(|at| &fact[at.clone()]).collect::<Vec<_>>(),
            ["{listing}", "a list"]
        );
    }
}
