//! Facts to findings: one per app or setting, each with every fact that counted.
//!
//! Nothing here reads evidence. An app in a band below `notable`, and an app whose name could
//! give away the person who carries the phone, is counted and never named; where such an app holds
//! what an app that watches holds, that is told without its name.

mod access;
mod addresses;
mod app_code;
mod behaviour;
mod checks;
mod dual_use;
mod identity;
mod of_the_phone;
mod recalls;
mod score;
mod services;
mod signed;
mod system;
mod unnamed;
mod view;

use std::collections::BTreeSet;

pub(crate) use checks::check_of_rule;
pub(crate) use score::UNKNOWN_ORIGIN;

use crate::Indicators;
use crate::android::component::Component;
use crate::facts::{AppFacts, Facts};
use crate::mark::{Mark, Marks};
use crate::result::{Band, Check, Finding, FindingKind, RecallMet, Subject};
use identity::{Identified, identify};
use score::{Scored, score};
use view::{Origin, View};

/// What judging gives.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) checks: Vec<Check>,
    pub(crate) background_count: usize,
    pub(crate) findings: Vec<Finding>,
    pub(crate) recalls: Vec<RecallMet>,
    /// Findings beyond the bound, the weakest of all.
    pub(crate) left_out: usize,
}

/// More findings of our own rules than anybody reads; a phone that gives more is made to hide one
/// among them.
const MAX_FINDINGS: usize = 1_000;

/// What was met anywhere, named or not: the checks answer from it.
#[derive(Debug, Default)]
struct Met {
    rules: BTreeSet<String>,
    /// The rules of apps that are counted and not named.
    unnamed: BTreeSet<String>,
}

/// Applies every rule to everything that was observed.
pub(crate) fn judge(facts: &Facts, indicators: Option<&Indicators<'_>>) -> Judged {
    let weakened = access::weakened_protection(facts);
    let mut met = Met::default();
    let mut findings = Vec::new();
    let mut background_count = 0;
    let mut unnamed = Vec::new();
    let (mut private, mut identified_apps) = (BTreeSet::new(), BTreeSet::new());
    for (name, app) in &facts.apps {
        let mut app = View::new(facts, name, app);
        let identified = indicators.and_then(|indicators| identify(facts, &app, indicators.set));
        app.identified = identified.is_some();
        identified_apps.extend(app.identified.then_some(name.as_str()));
        let scored = score(facts, &app, &weakened);
        let rules = scored.signals.iter().chain(identified.iter().flat_map(|found| &found.signals));
        // What came with the phone is counted in the checks of what did not.
        let counts = |rule: &&String| app.origin != Origin::Preinstalled || !rule.starts_with('P');
        let rules: Vec<_> = rules.map(|signal| &signal.rule).filter(counts).cloned().collect();
        if may_be_named(&app, identified.as_ref(), &scored) {
            met.rules.extend(rules);
            let mut finding = app_finding(&app, identified, scored);
            if !app.present {
                let remembered = behaviour::remembered(facts, &app);
                met.rules.extend(remembered.iter().map(|signal| signal.rule.clone()));
                finding.signals.extend(remembered);
            }
            findings.push(finding);
        } else {
            background_count += usize::from(app.present && !app.is_only_a_process());
            private.extend(app.private.then_some(name.as_str()));
            met.unnamed.extend(rules);
            let told = unnamed::finding(&app, &scored, unnamed.len() + 1);
            unnamed.extend(told.map(|mut finding| {
                finding.marks.which = Some(Mark::of(name));
                finding
            }));
        }
    }
    let mut access = access::findings(facts, &access::Names::new(facts, private, identified_apps));
    access.extend(system::findings(facts));
    met.rules.extend(access.iter().flat_map(|finding| &finding.signals).map(|s| s.rule.clone()));
    findings.extend(access);
    met.rules.extend(unnamed.first().map(|_| "A_unnamed".to_owned()));
    findings.extend(unnamed);
    if let Some(indicators) = indicators {
        let addresses = addresses::findings(facts, indicators.set);
        met.rules.extend(addresses.first().map(|finding| finding.signals[0].rule.clone()));
        findings.extend(addresses);
    }
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    let left_out = leave_out_beyond_bound(&mut findings);
    Judged {
        checks: checks::all(facts, indicators.is_some(), &met),
        background_count,
        findings,
        recalls: indicators.map_or_else(Vec::new, |indicators| recalls::met(facts, indicators)),
        left_out,
    }
}

/// Of what no indicator says, the weakest findings of apps go first, and what is about the phone as
/// a whole last. What indicators say stays: their number bounds it, and each is an answer.
fn leave_out_beyond_bound(findings: &mut Vec<Finding>) -> usize {
    let of_rules = |finding: &&Finding| finding.identity.is_none();
    let left_out = findings.iter().filter(of_rules).count().saturating_sub(MAX_FINDINGS);
    if left_out == 0 {
        return 0;
    }
    let mut goes = vec![false; findings.len()];
    let weakest_first = [true, false].into_iter().flat_map(|of_an_app| {
        let one = findings.iter().enumerate().rev();
        one.filter(move |(_, finding)| finding.band.is_some() == of_an_app)
    });
    for (at, _) in weakest_first.filter(|(_, finding)| of_rules(finding)).take(left_out) {
        goes[at] = true;
    }
    let mut goes = goes.into_iter();
    findings.retain(|_| !goes.next().unwrap_or_default());
    left_out
}

/// Whether the app is on the phone; otherwise it was, and left data.
pub(crate) fn is_present(facts: &Facts, name: &str, app: &AppFacts) -> bool {
    View::new(facts, name, app).present
}

/// Whether the app came with the phone.
pub(crate) fn came_with_the_phone(app: &AppFacts) -> bool {
    view::origin(app) == Origin::Preinstalled
}

/// Whether the app holds the phone's VPN.
pub(crate) fn holds_vpn(facts: &Facts, name: &str, app: &AppFacts) -> bool {
    access::vpn_of(facts, &View::new(facts, name, app)).is_some()
}

/// The keyboard that this app is.
pub(crate) fn keyboard_of(facts: &Facts, name: &str, app: &AppFacts) -> Option<Component> {
    access::keyboard_in_use(facts, &View::new(facts, name, app)).map(|(component, _)| component)
}

/// The strongest band first, then the most points; what has no band comes last.
fn order(finding: &Finding) -> (bool, Option<Band>, std::cmp::Reverse<Option<u32>>, &str) {
    (finding.band.is_none(), finding.band, std::cmp::Reverse(finding.score), &finding.id)
}

fn may_be_named(app: &View<'_>, identified: Option<&Identified<'_>>, scored: &Scored) -> bool {
    identified.is_some_and(|found| !app.private || found.names_private_apps())
        || match scored.band {
            None => false,
            Some(Band::StrongSigns | Band::Known) => true,
            Some(Band::NeedsExpertLook | Band::Notable) => !app.private,
        }
}

fn app_finding(app: &View<'_>, identified: Option<Identified<'_>>, scored: Scored) -> Finding {
    let kind = match &identified {
        _ if !app.present => FindingKind::WasInstalled,
        Some(identified) => identified.kind(),
        None if scored.open || dual_use::is_one(app) => FindingKind::DualUse,
        None => FindingKind::Installed,
    };
    let band = identified.as_ref().map(|found| found.band).into_iter().chain(scored.band).min();
    let mut finding = Finding {
        id: format!("app:{}", app.name),
        kind,
        subject: Subject::Package(app.name.to_owned()),
        family: None,
        family_name: None,
        other_families: Vec::new(),
        class: None,
        band,
        // Points never add to an identity; without any, only the identity speaks.
        score: (scored.points > 0).then_some(scored.points),
        signals: Vec::new(),
        identity: None,
        marks: Marks::default(),
        shows_icon: app.asks_for_icon(),
    };
    if let Some(found) = identified {
        finding.family = Some(found.family.id.to_string());
        finding.family_name = Some(found.family.name.clone());
        finding.other_families = found.others.iter().map(|other| other.id.to_string()).collect();
        finding.class = found.class();
        finding.identity = Some(found.identity);
        finding.signals = found.signals;
    }
    finding.signals.extend(scored.signals);
    finding
}
