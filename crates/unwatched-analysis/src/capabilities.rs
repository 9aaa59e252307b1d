//! From facts to capabilities: each rule of the catalogue against what was read.
//!
//! Declared and referenced or called: supported. Declared alone: possible. The rest alone: weak;
//! there, code that comes with libraries counts for nothing, for nearly every app carries it.

use std::collections::BTreeSet;

use unwatched_model::report::{Capability, Evidence, Support, Tier};

use crate::axml::Document;
use crate::catalogue::{Catalogue, CodePattern, Company, Group, Requirement, Rule};
use crate::declarations::declares;
use crate::dex::facts::{CodeFacts, ItemUse};
use crate::findings::evidence;
use crate::manifest::Manifest;
use crate::texts::TextSink;

/// An XML file that a component's meta-data points to.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) meta_data: String,
    /// Its path in the app.
    pub(crate) path: String,
    pub(crate) document: Document,
}

/// Everything that was read of one app.
pub(crate) struct Facts<'a> {
    /// `None` where it could not be read.
    pub(crate) manifest: Option<&'a Manifest>,
    pub(crate) configs: &'a [Config],
    pub(crate) code: &'a CodeFacts,
    pub(crate) texts: &'a TextSink,
}

/// A capability, and how much evidence found no room.
pub(crate) struct Judged {
    pub(crate) capability: Capability,
    pub(crate) left_out: usize,
}

/// Every capability there is evidence for, in the catalogue's order.
pub(crate) fn judge(catalogue: &Catalogue, facts: &Facts<'_>, max_evidence: usize) -> Vec<Judged> {
    let mut judged: Vec<(&Rule, Judged)> = catalogue
        .rules
        .iter()
        .filter_map(|rule| Some((rule, judge_rule(catalogue, rule, facts, max_evidence)?)))
        .collect();
    let company = Supported::of(&judged);
    for (rule, known) in &mut judged {
        let capability = &mut known.capability;
        let alone = rule.only_with.as_ref().is_some_and(|asked| !company.has(asked));
        if alone && capability.support == Support::Supported {
            capability.support = Support::Possible;
            capability.sentence = format!(
                "By itself this says little; nothing that goes with it is supported. {}",
                rule.sentence
            );
        } else {
            capability.sentence = rule.sentence_for(capability.support);
        }
    }
    judged.into_iter().map(|(_, known)| known).collect()
}

/// What the evidence supports without help.
struct Supported {
    ids: BTreeSet<String>,
    groups: BTreeSet<Group>,
    /// These, and weak signs that have their own evidence, whether or not they have company.
    met: BTreeSet<String>,
}

impl Supported {
    /// A sign that needs company keeps another one company only where that one says so.
    fn of(judged: &[(&Rule, Judged)]) -> Self {
        let counts = |(rule, known): &&(&Rule, Judged)| {
            rule.only_with.is_none() && known.capability.support == Support::Supported
        };
        let counting = judged.iter().filter(counts);
        let mut supported = Self {
            ids: counting.clone().map(|(rule, _)| rule.id.clone()).collect(),
            groups: counting.map(|(rule, _)| rule.group).collect(),
            met: BTreeSet::new(),
        };
        // One that is weak beside others counts by its own evidence; the rest once they stand.
        let met = judged.iter().filter(|(rule, known)| {
            let stands = |asked: &Company| !asked.beside.is_empty() || supported.has(asked);
            known.capability.support == Support::Supported
                && rule.only_with.as_ref().is_none_or(stands)
        });
        supported.met = met.map(|(rule, _)| rule.id.clone()).collect();
        supported
    }

    fn has(&self, asked: &Company) -> bool {
        let kinds = asked.groups.iter().filter(|group| self.groups.contains(group)).count();
        let any = asked.any.iter().any(|id| self.ids.contains(id))
            || asked.beside.iter().any(|id| self.met.contains(id));
        let also = asked.also.iter().any(|id| self.ids.contains(id));
        kinds >= asked.kinds
            && (any || (asked.any.is_empty() && asked.beside.is_empty()))
            && (also || asked.also.is_empty())
    }
}

fn judge_rule(
    catalogue: &Catalogue,
    rule: &Rule,
    facts: &Facts<'_>,
    max_evidence: usize,
) -> Option<Judged> {
    let declared = declared(rule, facts);
    let is_declared = declared.is_some();
    let code = code(catalogue, rule, facts, is_declared);
    let texts = texts(catalogue, rule, facts, is_declared);
    let support = match (is_declared, code.met) {
        (true, true) if rule.at_most_possible => Support::Possible,
        (true, true) => Support::Supported,
        (true, false) if rule.needs_code => return None,
        (true, false) => Support::Possible,
        (false, _) if rule.needs_declaration => return None,
        (false, true) => Support::Weak,
        (false, false) if !texts.is_empty() => Support::Weak,
        (false, false) => return None,
    };
    let mut evidence = declared.unwrap_or_default();
    evidence.extend(code.evidence);
    evidence.extend(texts);
    if let Some(manifest) = facts.manifest {
        for declaration in &rule.beside {
            evidence.extend(declares(declaration, manifest, facts.configs));
        }
    }
    let (seen, left_out) = listed(evidence, max_evidence);
    let capability = Capability {
        id: rule.id.clone(),
        name: rule.name.clone(),
        group: rule.group.as_str().to_owned(),
        support,
        inside: None,
        sentence: String::new(),
        why: rule.why.clone(),
        innocent: rule.innocent.clone(),
        criteria: rule.criteria.clone(),
        evidence: seen,
    };
    Some(Judged { capability, left_out })
}

/// Each piece once, the nearest to the deed first, and how many found no room.
pub(crate) fn listed(evidence: Vec<Evidence>, max_evidence: usize) -> (Vec<Evidence>, usize) {
    let mut seen: Vec<Evidence> = Vec::new();
    for piece in evidence {
        if !seen.contains(&piece) {
            seen.push(piece);
        }
    }
    seen.sort_by_key(|piece| strength(piece.tier));
    let left_out = seen.len().saturating_sub(max_evidence);
    seen.truncate(max_evidence);
    (seen, left_out)
}

/// What stands first in a list of evidence.
fn strength(tier: Tier) -> u8 {
    match tier {
        Tier::Declared => 0,
        Tier::Called => 1,
        Tier::Referenced => 2,
        Tier::String => 3,
    }
}

/// The evidence of all requirements, when every one is met and there is one.
fn declared(rule: &Rule, facts: &Facts<'_>) -> Option<Vec<Evidence>> {
    let manifest = facts.manifest?;
    let met = |item| declares(item, manifest, facts.configs);
    if rule.unless.iter().any(|exception| !met(exception).is_empty()) {
        return None;
    }
    let mut evidence = Vec::new();
    for Requirement { any } in &rule.declared {
        let met: Vec<Evidence> = any.iter().flat_map(met).collect();
        if met.is_empty() {
            return None;
        }
        evidence.extend(met);
    }
    (!evidence.is_empty()).then_some(evidence)
}

pub(crate) struct CodeEvidence {
    /// Whether every block is met, and there is one.
    pub(crate) met: bool,
    pub(crate) evidence: Vec<Evidence>,
}

/// What the code shows. Without a declaration only what is not known library code counts.
fn code(catalogue: &Catalogue, rule: &Rule, facts: &Facts<'_>, is_declared: bool) -> CodeEvidence {
    let blocks = rule.code.iter().map(|need| need.any.as_slice());
    code_blocks(catalogue, blocks, facts, is_declared && !rule.own_code_only)
}

/// The evidence of all blocks of code.
pub(crate) fn code_blocks<'c>(
    catalogue: &Catalogue,
    blocks: impl Iterator<Item = &'c [CodePattern]>,
    facts: &Facts<'_>,
    library_counts: bool,
) -> CodeEvidence {
    let mut found = CodeEvidence { met: false, evidence: Vec::new() };
    let mut all_met = true;
    for any in blocks {
        found.met = true;
        let before = found.evidence.len();
        for written in any {
            let Some(item) = catalogue.code.item(written) else { continue };
            let Some(used) = facts.code.items.get(item) else { continue };
            let about = &catalogue.code.items[item];
            let value = used.example.as_ref().unwrap_or(&about.value);
            found.evidence.extend(
                use_evidence(used, library_counts)
                    .into_iter()
                    .map(|(tier, place)| evidence(tier, about.kind, value, &place)),
            );
        }
        all_met &= found.evidence.len() > before;
    }
    found.met &= all_met;
    found
}

fn use_evidence(used: &ItemUse, library_counts: bool) -> Vec<(Tier, String)> {
    let mut found = Vec::new();
    if let Some(place) = used.implemented.place() {
        found.push((Tier::Referenced, format!("{place} (implementing it)")));
    }
    if let Some(place) = used.own.place() {
        found.push((Tier::Called, place));
    }
    if found.is_empty()
        && let Some(place) = used.reflected.place()
    {
        found.push((Tier::Referenced, format!("{place} (named in texts, by reflection)")));
    }
    if found.is_empty()
        && library_counts
        && let Some(place) = used.library.place()
    {
        found.push((Tier::Called, place));
    }
    if found.is_empty()
        && used.library.first.is_none()
        && !used.wrapped
        && let Some(dex) = &used.named_in
    {
        found.push((Tier::Referenced, format!("{dex}: references")));
    }
    found
}

fn texts(
    catalogue: &Catalogue,
    rule: &Rule,
    facts: &Facts<'_>,
    library_counts: bool,
) -> Vec<Evidence> {
    let asked = rule.strings.iter().chain(&rule.words);
    asked
        .filter_map(|text| {
            let used = facts.texts.needle(catalogue.needles.index_of(text)?)?;
            if used.library && !library_counts {
                return None;
            }
            let more = match used.more {
                0 => String::new(),
                1 => " and 1 more text".to_owned(),
                more => format!(" and {more} more texts"),
            };
            Some(evidence(Tier::String, "string", &used.text, &format!("{}{more}", used.place)))
        })
        .collect()
}
