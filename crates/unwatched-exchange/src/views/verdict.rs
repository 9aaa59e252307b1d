//! The verdict in plain sentences, for somebody who has never seen the exchange: what the coalition
//! says and since when, on which criteria, who said so, what is contested, and what it does not
//! mean. Partners are named only to whoever may read opinions.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use jiff::Timestamp;
use unwatched_model::changes;
use unwatched_model::class::Class;
use unwatched_model::consensus::asking::NO_QUORUM_AFTER;
use unwatched_model::consensus::{Judging, judge};
use unwatched_model::criterion::Criterion;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::{Opinion, Stance};
use unwatched_model::partner::{PartnerCategory, PartnerSlug};
use unwatched_model::verdict::{CriterionCount, CriterionState, Exclusion, Verdict};
use unwatched_store::{FamilyRow, Partner, Question};

use crate::views::class;
use crate::views::families::other_names;
use crate::views::frame::Frame;
use crate::views::words;

/// One criterion and what is to be said of it.
pub(crate) struct CriterionSaid {
    pub(crate) title: String,
    pub(crate) question: &'static str,
    /// Whole sentences.
    pub(crate) said: Vec<String>,
}

/// What was judged by itself.
pub(crate) struct PartSaid {
    pub(crate) scope: String,
    pub(crate) class: &'static str,
    pub(crate) holds: String,
}

#[derive(Template)]
#[template(path = "portal/verdict.html")]
pub(crate) struct VerdictPage {
    pub(crate) frame: Frame,
    pub(crate) id: FamilyId,
    pub(crate) aliases: Vec<String>,
    /// What the coalition says, as one sentence.
    pub(crate) says: String,
    /// Since when, and as of which day.
    pub(crate) since: String,
    pub(crate) meaning: &'static str,
    pub(crate) held: Vec<CriterionSaid>,
    pub(crate) denied: Vec<CriterionSaid>,
    pub(crate) contested: Vec<CriterionSaid>,
    pub(crate) open: Vec<CriterionSaid>,
    pub(crate) parts: Vec<PartSaid>,
    pub(crate) lists: Vec<String>,
    pub(crate) aside: Vec<String>,
    pub(crate) names_partners: bool,
    pub(crate) rule_version: u32,
    pub(crate) opinion_count: usize,
    pub(crate) opinions_sha256: String,
}

/// The rows that the page is made from.
pub(crate) struct VerdictRows {
    pub(crate) family: FamilyRow,
    pub(crate) judging: Judging,
    pub(crate) history: Vec<(Timestamp, Verdict)>,
    pub(crate) questions: Vec<Question>,
    pub(crate) partners: Vec<Partner>,
    pub(crate) names_partners: bool,
}

impl VerdictPage {
    pub(crate) fn of(frame: Frame, rows: &VerdictRows, now: Timestamp) -> Self {
        let verdict = judge(&rows.judging);
        let telling = Telling { rows, verdict: &verdict, now };
        let of_state = |state| telling.criteria(state);
        let row = &rows.family;
        let name = words::shown(&row.family.name);
        Self {
            frame,
            says: says(&name, &verdict),
            since: since(&verdict, &rows.history),
            meaning: meaning(verdict.class),
            held: of_state(CriterionState::Holds),
            denied: of_state(CriterionState::Denied),
            contested: of_state(CriterionState::Contested),
            open: of_state(CriterionState::Open),
            parts: verdict.scopes.iter().map(part).collect(),
            lists: class::beside_always(&verdict, &row.attributed),
            aside: telling.aside(),
            names_partners: rows.names_partners,
            rule_version: verdict.rule_version,
            opinion_count: verdict.opinions.len(),
            opinions_sha256: verdict.opinions_sha256.to_string(),
            id: row.family.id.clone(),
            aliases: other_names(&row.family),
        }
    }
}

fn says(name: &str, verdict: &Verdict) -> String {
    match verdict.class {
        Class::Stalkerware => format!("The coalition says: {name} is stalkerware."),
        Class::Watchware => format!("The coalition says: {name} is watchware."),
        Class::DualUse => format!(
            "The coalition says: {name} is a dual-use app, made for something else and able to be \
             turned against somebody."
        ),
        Class::Disputed => format!(
            "The coalition disagrees about {name}: its partners stand on both sides of a question \
             on which the answer depends."
        ),
        Class::Undecided => format!("The coalition has not decided what {name} is."),
    }
}

/// The first of the verdicts in a row that say so.
fn since(verdict: &Verdict, history: &[(Timestamp, Verdict)]) -> String {
    let same = history.iter().rev().take_while(|(_, kept)| kept.class == verdict.class);
    let as_of = verdict.as_of.map(|day| format!("as of {day}")).unwrap_or_default();
    match same.last() {
        Some((at, _)) if verdict.class != Class::Undecided => {
            format!("It has said so since {}; computed {as_of}.", at.strftime("%Y-%m-%d"))
        }
        _ => format!("Computed {as_of}."),
    }
}

fn meaning(class: Class) -> &'static str {
    match class {
        Class::Stalkerware => {
            "Stalkerware is software made available to individuals that lets somebody watch another \
             person’s device without their consent, and hides that it does."
        }
        Class::Watchware => {
            "Watchware lets somebody monitor another person’s device and does not hide it."
        }
        Class::DualUse => {
            "A dual-use app has a legitimate main purpose and can be turned against somebody."
        }
        Class::Disputed => {
            "Disputed means that at least two unrelated partners say one thing and two say the \
             other. Both sides are shown below."
        }
        Class::Undecided => {
            "Undecided means that too few partners have answered, not that the app does no harm."
        }
    }
}

fn part(part: &unwatched_model::verdict::ScopeVerdict) -> PartSaid {
    let held = part.criteria.iter().filter(|count| count.state == CriterionState::Holds);
    let held: Vec<_> = held.map(|count| count.id.wording().title.clone()).collect();
    PartSaid {
        scope: words::sentence(&changes::scope(part)),
        class: words::class(part.class),
        holds: if held.is_empty() { "none".to_owned() } else { words::list(&held) },
    }
}

/// What the sentences are made from.
struct Telling<'a> {
    rows: &'a VerdictRows,
    verdict: &'a Verdict,
    now: Timestamp,
}

impl Telling<'_> {
    fn criteria(&self, state: CriterionState) -> Vec<CriterionSaid> {
        let of_state = self.verdict.criteria.iter().filter(|count| count.state == state);
        of_state
            .map(|count| CriterionSaid {
                title: words::sentence(&count.id.wording().title),
                question: &count.id.wording().question,
                said: self.said(count),
            })
            .collect()
    }

    fn said(&self, count: &CriterionCount) -> Vec<String> {
        let mut said = Vec::new();
        said.extend(self.by(count.id, Stance::Holds, "that it is so"));
        said.extend(self.by(count.id, Stance::DoesNot, "that it is not so"));
        said.extend(self.by(count.id, Stance::CannotSay, "that they looked and cannot say"));
        if count.split > 0 {
            said.push(
                "Partners of one owner contradict each other here and count on no side.".to_owned(),
            );
        }
        let lacks = self.lacks(count);
        if !lacks.is_empty() {
            said.push(lacks);
        }
        said
    }

    /// Who says so, by category, each with the number of pieces of evidence.
    fn by(&self, criterion: Criterion, stance: Stance, what: &str) -> Option<String> {
        let opinions: Vec<_> = self
            .counted()
            .filter(|opinion| opinion.criterion == criterion && opinion.stance == stance)
            .collect();
        let mut by_category: BTreeMap<PartnerCategory, BTreeSet<&PartnerSlug>> = BTreeMap::new();
        for opinion in &opinions {
            by_category
                .entry(self.category(&opinion.partner))
                .or_default()
                .insert(&opinion.partner);
        }
        if by_category.is_empty() {
            return None;
        }
        let groups: Vec<_> = by_category
            .into_iter()
            .map(|(category, partners)| {
                let number = words::number_of(partners.len(), words::category(category));
                if !self.rows.names_partners {
                    return number;
                }
                let names: Vec<_> = partners.into_iter().map(|slug| self.name(slug)).collect();
                format!("{number} ({})", words::list(&names))
            })
            .collect();
        let pieces = opinions.iter().map(|opinion| opinion.evidence.len()).sum::<usize>();
        let pieces = if pieces == 1 { "1 piece".to_owned() } else { format!("{pieces} pieces") };
        let verb = if opinions.len() == 1 { "says" } else { "say" };
        Some(words::sentence(&format!(
            "{} {verb} {what}, on {pieces} of evidence.",
            words::list(&groups)
        )))
    }

    fn lacks(&self, count: &CriterionCount) -> String {
        if count.state != CriterionState::Open {
            return String::new();
        }
        let first = self.rows.judging.opinions.iter().map(|opinion| opinion.given_at).min();
        let old = first.is_some_and(|first| self.now.duration_since(first) > NO_QUORUM_AFTER);
        let asked = self.rows.questions.iter().filter(|q| q.criterion == count.id && q.is_open());
        let lacks = match (count.holds, count.does_not) {
            (0, 0) => "No partner whose word counts has taken a side.".to_owned(),
            (n, 0) | (0, n) if n >= 2 => {
                "All of them are of one category; a second category is needed.".to_owned()
            }
            (1, 0) | (0, 1) => "One more partner, of another category, is needed.".to_owned(),
            _ => "No side has two thirds, from two categories.".to_owned(),
        };
        let old = if old { " Without quorum after 60 days." } else { "" };
        let asked = match asked.count() {
            0 => String::new(),
            1 => " One partner has been asked.".to_owned(),
            n => format!(" {n} partners have been asked."),
        };
        format!("{lacks}{old}{asked}")
    }

    /// The opinions that count on some side, somewhere.
    fn counted(&self) -> impl Iterator<Item = &Opinion> {
        self.rows.judging.opinions.iter().filter(|opinion| {
            self.verdict.opinions.binary_search(&opinion.id).is_ok()
                && self.verdict.expired.binary_search(&opinion.id).is_err()
                && self.verdict.excluded(&opinion.partner).is_none()
        })
    }

    fn category(&self, partner: &PartnerSlug) -> PartnerCategory {
        let voter = self.verdict.voters.iter().find(|voter| voter.partner == *partner);
        voter.map_or(PartnerCategory::Other, |voter| voter.voice().1)
    }

    fn name(&self, slug: &PartnerSlug) -> String {
        let found = self.rows.partners.iter().find(|partner| partner.slug == *slug);
        found.map_or_else(|| slug.to_string(), |partner| words::shown(&partner.name))
    }

    /// Whose opinions were read and did not count.
    fn aside(&self) -> Vec<String> {
        let mut aside = Vec::new();
        for voter in &self.verdict.voters {
            let Some(why) = voter.excluded else { continue };
            let who = if self.rows.names_partners {
                self.name(&voter.partner)
            } else {
                format!("A partner ({})", words::category(voter.category))
            };
            aside.push(format!("{who}: {}.", excluded(why)));
        }
        let related: BTreeSet<_> =
            self.verdict.voters.iter().filter_map(|voter| voter.related_to.as_ref()).collect();
        for first in related {
            let of =
                |voter: &&unwatched_model::verdict::Voter| voter.related_to.as_ref() == Some(first);
            let names =
                self.verdict.voters.iter().filter(of).map(|voter| self.name(&voter.partner));
            let names: Vec<_> = names.collect();
            if names.len() > 1 {
                let who = if self.rows.names_partners {
                    words::list(&names)
                } else {
                    format!("{} partners", names.len())
                };
                aside.push(format!("{who} have one owner and count as one voice."));
            }
        }
        match self.verdict.expired.len() {
            0 => {}
            1 => aside.push("One opinion has expired and counts no longer.".to_owned()),
            n => aside.push(format!("{n} opinions have expired and count no longer.")),
        }
        match self.verdict.unread_versions.len() {
            0 => {}
            1 => aside.push(
                "One opinion names its versions in words that no rule can read: it counts for every \
                 version."
                    .to_owned(),
            ),
            n => aside.push(format!(
                "{n} opinions name their versions in words that no rule can read: they count for \
                 every version."
            )),
        }
        aside
    }
}

/// Why a partner's opinions do not count, after its name.
pub(crate) fn excluded(why: Exclusion) -> &'static str {
    match why {
        Exclusion::ConflictOfInterest => {
            "does not count, because its business bears on such opinions"
        }
        Exclusion::ConflictWithFamily => {
            "does not count here, because it has a conflict of interest about this family"
        }
        Exclusion::Suspended => "does not count while it is suspended",
        Exclusion::Unknown => "does not count, because nothing is known of it",
    }
}
