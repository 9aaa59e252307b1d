//! The result of a check, in the exact form of `check --json`.
//!
//! Fields that a screen needs but the contract does not name are skipped in JSON.

use std::ops::Range;

use jiff::Timestamp;
use serde::Serialize;
use unwatched_model::class::Class;
use unwatched_model::indicator::Role;

use crate::compare::Changes;
use crate::evidence::{EvidenceKind, Problem};
use crate::mark::Marks;

/// The program that checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The indicators a check was run with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndicatorsUsed {
    /// The release's number.
    pub sequence: u64,
    /// When it was published.
    pub published: Timestamp,
    /// Whole days between publication and the check; below 0 when the clock lies before it: then
    /// the clock is wrong or the release is, and nobody can say how old it is.
    pub age_days: i64,
    /// Distinct (kind, value) pairs.
    pub count: usize,
}

/// What the evidence says about the device. Nothing that identifies one device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Device {
    /// `android`.
    pub platform: Option<String>,
    /// For example `14`.
    pub os_version: Option<String>,
    /// For example `TestCo TC-1`.
    pub model: Option<String>,
}

/// How a check ended. One that could not run never looks like one that saw nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It ran and saw what it looks for.
    Found,
    /// It ran and did not see what it looks for.
    NotFound,
    /// It could not run, or not to its end.
    CouldNotCheck,
}

/// One check and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// For example `device_admin`.
    pub id: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What was looked at, or why it could not be.
    pub why: String,
    /// What it looks for, in a helper's words.
    #[serde(skip)]
    pub title: String,
}

/// What a finding is about. The five are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// An app that is on the phone.
    Installed,
    /// An app that was on the phone and left data.
    WasInstalled,
    /// An address.
    VisitedOrContacted,
    /// An app with a legitimate purpose that can be turned against somebody.
    DualUse,
    /// Accounts, administrators, settings.
    Access,
}

impl FindingKind {
    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::WasInstalled => "was_installed",
            Self::VisitedOrContacted => "visited_or_contacted",
            Self::DualUse => "dual_use",
            Self::Access => "access",
        }
    }
}

/// What the finding names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// An app, by its package name.
    Package(String),
    /// A device setting.
    Setting(String),
    /// An owner or a profile that manages the device.
    Profile(String),
    /// A host name.
    Domain(String),
}

impl Subject {
    /// The name alone.
    pub fn name(&self) -> &str {
        let (Self::Package(name) | Self::Setting(name) | Self::Profile(name) | Self::Domain(name)) =
            self;
        name
    }
}

/// How much the facts say, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// An indicator says who it is. It says nothing about how bad it is.
    Known,
    /// Several unlike signs together.
    StrongSigns,
    /// Somebody who knows phones should look.
    NeedsExpertLook,
    /// Worth a question.
    Notable,
}

impl Band {
    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::StrongSigns => "strong_signs",
            Self::NeedsExpertLook => "needs_expert_look",
            Self::Notable => "notable",
        }
    }
}

/// One fact and what a rule makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signal {
    /// The rule's id in `catalogue/findings.toml`.
    pub rule: String,
    /// Its points; 0 where only an identity or a setting speaks.
    pub weight: u32,
    /// What was observed.
    pub fact: String,
    /// Where it was observed.
    pub source: String,
    /// Why it matters.
    pub why: String,
    /// What else could explain it.
    pub innocent: String,
    /// Where in `fact` stand the words that came from outside the catalogue.
    #[serde(skip)]
    pub filled: Vec<Range<usize>>,
}

/// By what an app was recognised, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifiedBy {
    /// Package name and verified certificate, both of the same family.
    PackageAndCertificate,
    /// A verified certificate; or, in a weaker band, a name written in it.
    Certificate,
    /// The SHA-256 of the app's file.
    Hash,
    /// The package name only.
    PackageName,
    /// A host name.
    Domain,
}

/// An identity that an indicator gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// By what.
    pub by: IdentifiedBy,
    /// The indicator's role.
    pub role: Role,
}

/// One app or setting, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable for the same evidence, for example `app:com.watch.alpha`.
    pub id: String,
    /// What it is about.
    pub kind: FindingKind,
    /// What it names.
    pub subject: Subject,
    /// The best match's family.
    pub family: Option<String>,
    /// That family's name.
    pub family_name: Option<String>,
    /// The other families that matched.
    pub other_families: Vec<String>,
    /// The class under which the family was released.
    pub class: Option<Class>,
    /// How much the facts say; `None` for access and settings.
    pub band: Option<Band>,
    /// Points; `None` where only an identity speaks.
    pub score: Option<u32>,
    /// Every fact that counted.
    pub signals: Vec<Signal>,
    /// What an indicator said.
    pub identity: Option<Identity>,
    /// What is compared with another result and never said.
    #[serde(skip)]
    pub marks: Marks,
    /// It was seen to ask for a place among the icons.
    #[serde(skip)]
    pub shows_icon: bool,
}

/// Something on the phone that an earlier release listed by mistake. Where its app's name protects
/// whoever carries the phone, only that there is such a thing is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecallMet {
    /// The indicator's kind.
    pub kind: String,
    /// The value; `None` where it stays unnamed.
    pub value: Option<String>,
    /// The family it was listed for.
    pub family: Option<String>,
    /// That family's name.
    pub family_name: Option<String>,
    /// When it was recalled.
    pub recalled: Timestamp,
    /// Why, in the publisher's words.
    pub why: Option<String>,
    /// Whether it is on the phone; otherwise it was, and left traces.
    pub present: bool,
}

/// A whole check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckResult {
    /// What checked.
    pub tool: Tool,
    /// With which indicators; `None` without any.
    pub indicators: Option<IndicatorsUsed>,
    /// What was checked.
    pub device: Device,
    /// Every check, always all of them.
    pub checks: Vec<Check>,
    /// Apps on the phone that stay unnamed: too little was seen of them, or their name is private.
    pub background_count: usize,
    /// What was found, the strongest first.
    pub findings: Vec<Finding>,
    /// What on the phone an earlier release listed by mistake.
    pub recalls: Vec<RecallMet>,
    /// What differs from an earlier acquisition, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// When, by the clock handed in.
    #[serde(skip)]
    pub checked_at: Timestamp,
    /// What kind of evidence.
    #[serde(skip)]
    pub evidence: EvidenceKind,
    /// What could not be read.
    #[serde(skip)]
    pub problems: Vec<Problem>,
}
