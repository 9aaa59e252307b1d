//! From facts to capabilities: each rule of the catalogue against what was read.
//!
//! Declared and referenced or called: supported. Declared alone: possible. The rest alone: weak;
//! there, code that comes with libraries counts for nothing, for nearly every app carries it.

use std::fmt::Write as _;

use unwatched_model::report::{Capability, Evidence, Support, Tier};

use crate::axml::{Document, Value};
use crate::catalogue::{
    Catalogue, ComponentPattern, ConfigPattern, Declaration, Requirement, Rule,
};
use crate::dex::facts::{CodeFacts, ItemUse};
use crate::findings::shortened;
use crate::manifest::{Component, ComponentKind, Manifest, PLACE};
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
    catalogue
        .rules
        .iter()
        .filter_map(|rule| judge_rule(catalogue, rule, facts, max_evidence))
        .collect()
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
        (true, true) => Support::Supported,
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
    let mut seen: Vec<Evidence> = Vec::new();
    for piece in evidence {
        if !seen.contains(&piece) {
            seen.push(piece);
        }
    }
    seen.sort_by_key(|piece| strength(piece.tier));
    let left_out = seen.len().saturating_sub(max_evidence);
    seen.truncate(max_evidence);
    let capability = Capability {
        id: rule.id.clone(),
        name: rule.name.clone(),
        group: rule.group.as_str().to_owned(),
        support,
        evidence: seen,
    };
    Some(Judged { capability, left_out })
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
    let mut evidence = Vec::new();
    for Requirement { any } in &rule.declared {
        let met: Vec<Evidence> =
            any.iter().flat_map(|item| declares(item, manifest, facts.configs)).collect();
        if met.is_empty() {
            return None;
        }
        evidence.extend(met);
    }
    (!evidence.is_empty()).then_some(evidence)
}

fn declares(declaration: &Declaration, manifest: &Manifest, configs: &[Config]) -> Vec<Evidence> {
    match declaration {
        Declaration::Permission(name) => {
            let have = manifest.permissions.contains(name);
            let place = || format!("{PLACE}: uses-permission");
            have.then(|| evidence(Tier::Declared, "permission", name, &place()))
                .into_iter()
                .collect()
        }
        Declaration::Service(pattern) => components(manifest, &[ComponentKind::Service], pattern),
        Declaration::Receiver(pattern) => components(manifest, &[ComponentKind::Receiver], pattern),
        Declaration::Activity(pattern) => {
            components(manifest, &[ComponentKind::Activity, ComponentKind::Alias], pattern)
        }
        Declaration::MetaData(name) => meta_data(manifest, name),
        Declaration::Launcher(_) => no_launcher(manifest).into_iter().collect(),
        Declaration::Config(pattern) => {
            configs.iter().filter_map(|config| setting(config, pattern)).collect()
        }
    }
}

fn components(
    manifest: &Manifest,
    kinds: &[ComponentKind],
    pattern: &ComponentPattern,
) -> Vec<Evidence> {
    manifest
        .components
        .iter()
        .filter(|component| kinds.contains(&component.kind) && fits(component, pattern))
        .map(|component| {
            let asked = [
                pattern.action.as_deref(),
                pattern.permission.as_deref(),
                pattern.foreground_type.as_deref(),
                pattern.scheme.as_deref(),
                pattern.hidden_from_recents.map(|_| "excludeFromRecents"),
            ];
            let mut value = asked.into_iter().flatten().collect::<Vec<_>>().join(", ");
            if let Some(priority) = priority(component, pattern) {
                let _ = write!(value, " (priority {priority})");
            }
            let off = if component.enabled { "" } else { " (switched off at first)" };
            let place = format!("{}{off}", component.place());
            evidence(Tier::Declared, component.kind.as_str(), &value, &place)
        })
        .collect()
}

/// How early it is asked, where it asks to come before others.
fn priority(component: &Component, pattern: &ComponentPattern) -> Option<i32> {
    let action = pattern.action.as_ref()?;
    let filters = component.filters.iter().filter(|filter| filter.actions.contains(action));
    filters.filter_map(|filter| filter.priority).max().filter(|priority| *priority > 0)
}

fn fits(component: &Component, pattern: &ComponentPattern) -> bool {
    let permission = pattern.permission.as_ref();
    let action = pattern.action.as_ref();
    let scheme = pattern.scheme.as_ref();
    let foreground = pattern.foreground_type.as_deref().map(foreground_bit);
    permission.is_none_or(|wanted| component.permission.as_ref() == Some(wanted))
        && action.is_none_or(|wanted| component.has_action(wanted))
        && scheme.is_none_or(|wanted| {
            component.filters.iter().any(|filter| filter.schemes.contains(wanted))
        })
        && pattern.hidden_from_recents.is_none_or(|hidden| component.hidden_from_recents == hidden)
        && foreground.is_none_or(|bit| bit.is_some_and(|bit| component.foreground_types & bit != 0))
}

/// The bit by which a manifest writes what a service does in the foreground.
pub(crate) fn foreground_bit(name: &str) -> Option<u32> {
    Some(match name {
        "dataSync" => 1,
        "mediaPlayback" => 1 << 1,
        "phoneCall" => 1 << 2,
        "location" => 1 << 3,
        "connectedDevice" => 1 << 4,
        "mediaProjection" => 1 << 5,
        "camera" => 1 << 6,
        "microphone" => 1 << 7,
        _ => return None,
    })
}

fn meta_data(manifest: &Manifest, name: &str) -> Vec<Evidence> {
    let of_app = manifest.meta_data.iter().map(|data| (data, format!("{PLACE}: application")));
    let of_components = manifest
        .components
        .iter()
        .flat_map(|component| component.meta_data.iter().map(|data| (data, component.place())));
    of_app
        .chain(of_components)
        .filter(|(data, _)| data.name.eq_ignore_ascii_case(name))
        .map(|(data, place)| {
            let value = match &data.value {
                Some(value) => format!("{}={}", data.name, shortened(value, 100)),
                None => data.name.clone(),
            };
            evidence(Tier::Declared, "meta_data", &value, &place)
        })
        .collect()
}

/// An app that is installed alone, does something, and cannot be opened from the list of apps.
fn no_launcher(manifest: &Manifest) -> Option<Evidence> {
    let is_whole_app = manifest.has_application
        && manifest.has_code
        && !manifest.is_split
        && !manifest.is_overlay
        && !manifest.is_test
        && !manifest.components.is_empty();
    // What is opened in another way has no icon either: keyboards, wallpapers, watch faces.
    let opened_otherwise = manifest.components.iter().any(|component| {
        matches!(
            component.permission.as_deref(),
            Some(
                "android.permission.BIND_INPUT_METHOD"
                    | "android.permission.BIND_WALLPAPER"
                    | "android.permission.BIND_DREAM_SERVICE"
                    | "android.permission.BIND_PRINT_SERVICE"
            )
        )
    });
    let on_a_watch = manifest.features.contains("android.hardware.type.watch");
    if !is_whole_app || opened_otherwise || on_a_watch {
        return None;
    }
    let mut entries = manifest.components.iter().filter(|component| component.is_launcher_entry());
    let place = format!("{PLACE}: application");
    match (entries.clone().find(|entry| entry.enabled), entries.next()) {
        (Some(_), _) => None,
        (None, Some(off)) => {
            let value = "the entry among the apps is switched off at first";
            Some(evidence(Tier::Declared, off.kind.as_str(), value, &off.place()))
        }
        (None, None) => {
            let value = "no activity or alias with MAIN and LAUNCHER";
            Some(evidence(Tier::Declared, "activity", value, &place))
        }
    }
}

fn setting(config: &Config, pattern: &ConfigPattern) -> Option<Evidence> {
    if config.meta_data != pattern.meta_data {
        return None;
    }
    let mut elements =
        config.document.elements.iter().filter(|element| *element.name == *pattern.element);
    let place = format!("{}: {}", config.path, pattern.element);
    let Some(attribute) = &pattern.attribute else {
        let _ = elements.next()?;
        return Some(evidence(Tier::Declared, "attribute", &pattern.element, &place));
    };
    let value = elements.find_map(|element| element.attribute(attribute))?;
    let value = match (value, pattern.bit) {
        (Value::Flag(true), None) => format!("{attribute}=true"),
        (Value::Number(number), Some(bit)) if number & bit != 0 => {
            format!("{attribute}={number:#x}")
        }
        _ => return None,
    };
    Some(evidence(Tier::Declared, "attribute", &value, &place))
}

struct CodeEvidence {
    met: bool,
    evidence: Vec<Evidence>,
}

/// What the code shows. Without a declaration only what is not known library code counts.
fn code(catalogue: &Catalogue, rule: &Rule, facts: &Facts<'_>, is_declared: bool) -> CodeEvidence {
    let mut found = CodeEvidence { met: !rule.code.is_empty(), evidence: Vec::new() };
    for Requirement { any } in &rule.code {
        let before = found.evidence.len();
        for written in any {
            let Some(item) = catalogue.code.item(written) else { continue };
            let Some(used) = facts.code.items.get(item) else { continue };
            let about = &catalogue.code.items[item];
            let value = used.example.as_ref().unwrap_or(&about.value);
            found.evidence.extend(
                use_evidence(used, is_declared)
                    .into_iter()
                    .map(|(tier, place)| evidence(tier, about.kind, value, &place)),
            );
        }
        found.met &= found.evidence.len() > before;
    }
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

fn evidence(tier: Tier, kind: &str, value: &str, place: &str) -> Evidence {
    let (value, place) = (shortened(value, 400), shortened(place, 700));
    Evidence { tier, kind: kind.replace('-', "_"), value, place }
}
