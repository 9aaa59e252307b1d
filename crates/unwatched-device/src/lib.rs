//! A device's evidence to facts to findings to a report.
//!
//! Parsing never judges and judging never parses: `android/` reads artefacts into [`facts`],
//! `judge/` applies the rules of `catalogue/findings.toml` to them, [`report`] puts the result
//! into words, [`plan`] says what can be done and who would notice, [`flow`] leads a helper through
//! all of it. Nothing here opens a file, a
//! socket or a clock; whoever calls hands over an [`evidence::Evidence`] and the time.

pub mod addresses;
pub mod android;
pub mod catalogue;
pub mod compare;
pub mod evidence;
pub mod facts;
pub mod flow;
pub mod gather;
mod judge;
pub mod lines;
pub mod mark;
pub mod plan;
mod products;
pub mod report;
pub mod result;

use jiff::Timestamp;
use unwatched_model::recall::Recalled;
use unwatched_model::set::IndicatorSet;

use addresses::Watch;
use evidence::{Evidence, Problem};
use facts::Facts;
use result::{CheckResult, Device, IndicatorsUsed, Tool};

/// A release's indicators, as the checker holds them.
#[derive(Debug, Clone, Copy)]
pub struct Indicators<'a> {
    /// The compiled set.
    pub set: &'a IndicatorSet,
    /// The release's number.
    pub sequence: u64,
    /// When it was published.
    pub published: Timestamp,
    /// What earlier releases listed by mistake.
    pub recalls: &'a [Recalled],
}

impl Indicators<'_> {
    fn used(&self, now: Timestamp) -> IndicatorsUsed {
        let age_days = now.duration_since(self.published).as_hours() / 24;
        IndicatorsUsed {
            sequence: self.sequence,
            published: self.published,
            age_days,
            count: self.set.len(),
        }
    }
}

/// How far reading has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// The artefact being read.
    pub place: &'a str,
    /// How much of it has been read.
    pub read_bytes: u64,
    /// How much there is, where the container says so.
    pub total_bytes: Option<u64>,
}

/// Reads the evidence once and judges what it says.
pub fn check(
    evidence: &mut dyn Evidence,
    indicators: Option<&Indicators<'_>>,
    now: Timestamp,
    tool: Tool,
    progress: &mut dyn FnMut(Progress<'_>),
) -> CheckResult {
    check_with_days(evidence, indicators, None, now, tool, progress)
}

/// The same, with the days on which somebody else could have had the phone.
pub fn check_with_days(
    evidence: &mut dyn Evidence,
    indicators: Option<&Indicators<'_>>,
    window: Option<facts::Window>,
    now: Timestamp,
    tool: Tool,
    progress: &mut dyn FnMut(Progress<'_>),
) -> CheckResult {
    let facts = observe(evidence, indicators, window, progress);
    check_facts(facts, indicators, now, tool)
}

/// The first half of a check: what the evidence says, of addresses those that the indicators list.
pub fn observe(
    evidence: &mut dyn Evidence,
    indicators: Option<&Indicators<'_>>,
    window: Option<facts::Window>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Facts {
    let watch = indicators.map(|indicators| Watch::of(indicators.set));
    let mut facts = gather::gather_watching(evidence, watch.as_ref(), progress);
    facts.window = window;
    facts
}

/// The second half: judges facts, such as those of a sealed package. The same facts, indicators and
/// time give the same result.
pub fn check_facts(
    facts: Facts,
    indicators: Option<&Indicators<'_>>,
    now: Timestamp,
    tool: Tool,
) -> CheckResult {
    judged(facts, indicators, &[], now, tool).0
}

/// The same check, with what a plan is made from. `about`: the apps it is for, among those that the
/// findings name; without any, those that stand out enough.
pub fn check_for_plan(
    evidence: &mut dyn Evidence,
    indicators: Option<&Indicators<'_>>,
    about: &[String],
    now: Timestamp,
    tool: Tool,
    progress: &mut dyn FnMut(Progress<'_>),
) -> (CheckResult, plan::Phone) {
    let watch = indicators.map(|indicators| Watch::of(indicators.set));
    let facts = gather::gather_watching(evidence, watch.as_ref(), progress);
    judged(facts, indicators, about, now, tool)
}

fn judged(
    facts: Facts,
    indicators: Option<&Indicators<'_>>,
    about: &[String],
    now: Timestamp,
    tool: Tool,
) -> (CheckResult, plan::Phone) {
    let judged = judge::judge(&facts, indicators);
    let phone = plan::Phone::of(&facts, &judged.findings, &[], about);
    let mut problems = facts.problems;
    if judged.left_out > 0 {
        let what = format!(
            "{} more findings, the weakest, were left out: no ordinary phone has so many, so have somebody look at the evidence itself",
            judged.left_out
        );
        problems.push(Problem { place: "findings".to_owned(), what });
    }
    let result = CheckResult {
        tool,
        indicators: indicators.map(|indicators| indicators.used(now)),
        device: Device {
            platform: Some("android".to_owned()),
            os_version: facts.os_version,
            model: facts.model,
        },
        checks: judged.checks,
        background_count: judged.background_count,
        findings: judged.findings,
        recalls: judged.recalls,
        changes: None,
        checked_at: now,
        evidence: facts.kind,
        problems,
    };
    (result, phone)
}
