//! Observations: one published or submitted value with everything that must be known before it may be used.
//! Immutable: a correction is a row of the same id with a higher version.
//!
//! Not here: reading files; [`crate::columns`] turns a row's texts into this and back.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use unwatched_model::family::FamilyId;
use unwatched_model::tlp::Tlp;

use crate::area::Area;
use crate::code_lists::{
    AreaAssignment, ClassOwner, CollectionMode, ConfStatus, CountKind, CrossCountry, DedupKey,
    DedupWindow, DenominatorKind, FamilyLevel, Measure, ObsStatus, Platform, UnitOfCount,
    closed_list,
};
use crate::period::{Interval, Period};
use crate::provenance::Provenance;
use crate::value::{Number, Value};

/// A short name in a row: lower-case letters, digits, `-`, `_`, `.`; at most 80.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// A text that is no short name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no short name: lower-case letters, digits, '-', '_' and '.', at most 80")]
pub struct NotASlug(pub String);

impl Slug {
    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = NotASlug;

    fn from_str(text: &str) -> Result<Self, NotASlug> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if first && text.len() <= 80 && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotASlug(text.chars().take(40).collect()))
        }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which row, in which version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RowId {
    /// Its name within source and dataset.
    pub row: Slug,
    /// Counts from 1.
    pub version: u32,
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.row, self.version)
    }
}

/// How often one person, device or case may count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dedup {
    /// Within which time the same one counts once.
    pub window: DedupWindow,
    /// By what the same one is known.
    pub key: Option<DedupKey>,
    /// Whether one with two families counts once.
    pub cross_family: Option<bool>,
    /// Where one in two countries counts.
    pub cross_country: Option<CrossCountry>,
}

/// What was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FamilyScope {
    /// The exchange's id, unless anything of the class counted.
    pub id: Option<FamilyId>,
    /// How narrowly.
    pub level: FamilyLevel,
    /// The version of the exchange's names.
    pub naming_version: Option<String>,
    /// The partner's own name, verbatim.
    pub verbatim: Option<String>,
}

/// Whose definition of stalkerware, and what it includes where that is said.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClassDefinition {
    /// Whose.
    pub owner: ClassOwner,
    /// Which version of it.
    pub version: String,
    /// Whether apps of two uses count.
    pub dual_use: Option<bool>,
    /// Whether parental control counts.
    pub parental_control: Option<bool>,
    /// Whether anti-theft counts.
    pub anti_theft: Option<bool>,
}

/// What a rate would be taken of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Denominator {
    /// So many.
    Given(DenominatorKind, Number),
    /// No rate is ever shown.
    NotSupplied,
}

/// What is known of how much the source sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Coverage {
    /// Share of the area's devices that use the product, in percent.
    pub share_percent: Option<Number>,
    /// The latest independent test's rate, in percent.
    pub test_rate_percent: Option<Number>,
    /// That test.
    pub test_id: Option<String>,
}

/// How the figure came about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Method {
    /// In words.
    pub text: String,
    /// Where it is described.
    pub link: Option<String>,
    /// How it was collected.
    pub mode: CollectionMode,
    /// What changed, and when.
    pub changes: Option<String>,
}

/// What a published change is the change of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChangeOf {
    /// Of which measure.
    pub measure: Measure,
    /// Against which days, where that was published.
    pub from: Option<Interval>,
    /// Whether two single points were compared, not two periods.
    pub endpoints: bool,
}

closed_list! {
    /// A further distinction that a row may make. Rows that differ in one are different series.
    Facet, "facet" {
        /// The result of checks: `positive`, `dual_use`, `none_found`, `inconclusive`.
        CheckResult = "check_result",
        /// Who called a helpline.
        CallerType = "caller_type",
        /// Who was asked or counted: `women_18_74`.
        Population = "population",
        /// Among whom: `experienced_cyber_stalking`.
        Condition = "condition",
        /// The product that a test tried.
        Product = "product",
        /// The source's own class: `monitor`, `spyware`.
        PartnerClass = "partner_class",
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Which row.
    pub id: RowId,
    /// Whose figures.
    pub source: Slug,
    /// Which of its series.
    pub dataset: Slug,
    /// Which release of the series; a later one has a higher number.
    pub release: Slug,
    /// What is measured.
    pub measure: Measure,
    /// What one of the count is.
    pub unit: UnitOfCount,
    /// How often one may count.
    pub dedup: Dedup,
    /// When.
    pub period: Period,
    /// Where.
    pub area: Area,
    /// How the area was known.
    pub area_assigned: AreaAssignment,
    /// On what.
    pub platform: Platform,
    /// On which major version.
    pub os_major: Option<u16>,
    /// What was looked for.
    pub family: FamilyScope,
    /// By whose definition.
    pub class_def: ClassDefinition,
    /// Further distinctions.
    pub facets: BTreeMap<Facet, String>,
    /// Of a published change: of what.
    pub change: Option<ChangeOf>,
    /// The figure.
    pub value: Value,
    /// What a rate would be taken of.
    pub denominator: Denominator,
    /// How much the source sees.
    pub coverage: Coverage,
    /// Its state.
    pub obs_status: ObsStatus,
    /// Who may see it.
    pub conf_status: ConfStatus,
    /// Why it is hidden.
    pub conf_reason: Option<String>,
    /// How it came about.
    pub method: Method,
    /// On which legal basis it was collected.
    pub consent_basis: Option<String>,
    /// The release's licence.
    pub licence: String,
    /// How far it may travel until it is published.
    pub tlp: Tlp,
    /// Who typed it.
    pub provenance: Provenance,
}

impl Observation {
    /// How its counts behave.
    pub fn kind(&self) -> CountKind {
        self.measure.kind(self.unit)
    }

    /// Whether there is a figure that may be shown.
    pub fn is_shown(&self) -> bool {
        self.conf_status == ConfStatus::Free && self.value != Value::Absent
    }

    /// The base, where one was supplied.
    pub fn base(&self) -> Option<Number> {
        match self.denominator {
            Denominator::Given(_, base) => Some(base),
            Denominator::NotSupplied => None,
        }
    }

    /// The letters that Eurostat would show beside the figure: `b c d e n p r u z`.
    pub fn eurostat_flags(&self) -> String {
        let hidden = (self.conf_status != ConfStatus::Free).then_some('c');
        let revised = (self.id.version > 1).then_some('r');
        let mut flags: Vec<_> =
            [self.obs_status.eurostat(), hidden, revised].into_iter().flatten().collect();
        flags.sort_unstable();
        flags.into_iter().collect()
    }
}
