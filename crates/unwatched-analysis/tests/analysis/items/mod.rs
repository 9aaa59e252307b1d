//! Every item of every rule and signal, one by one: an inert app made from the catalogue itself has
//! the item under test and the first item of every other block. The rule is met, with the item as
//! its evidence; with what is nearly the item it is not.
//!
//! That a rule means what it says is tested by believable apps in `rules` and `observable`; here
//! no single item can break unseen.

mod code;
mod declared;
mod platform;

use unwatched_analysis::catalogue::{
    CodePattern, Declaration, Requirement, Rule, Signal, Way, catalogue,
};
use unwatched_model::report::{Evidence, Report, Support, Tier};

use super::{capability, report};
use code::{Twist, Writer};

/// What an app is made of.
#[derive(Default)]
struct Made<'a> {
    declared: Vec<&'a Declaration>,
    /// What the class of the first declared component does.
    its_class: Option<(&'a CodePattern, Twist)>,
    code: Vec<(&'a CodePattern, Twist)>,
}

impl<'a> Made<'a> {
    /// The first item of every block.
    fn first(
        declared: impl Iterator<Item = &'a [Declaration]>,
        code: impl Iterator<Item = &'a [CodePattern]>,
    ) -> Self {
        Self {
            declared: declared.map(|any| &any[0]).collect(),
            its_class: None,
            code: code.map(|any| (&any[0], Twist::Not)).collect(),
        }
    }

    fn report(&self) -> Report {
        let mut writer = Writer::default();
        if let Some((item, twist)) = &self.its_class {
            let class = declared::component_class(self.declared[0]);
            writer.item_in(&class, &code::forms(item)[0], twist);
        }
        for (item, twist) in &self.code {
            // Other blocks take the first of what their items stand for.
            writer.item(&code::forms(item)[0], twist);
        }
        report(&declared::declaring(&self.declared).dex(&writer.dex).build())
    }
}

/// What is read from a report.
type Reading<'c, T> = Box<dyn Fn(&Report) -> T + 'c>;

/// A rule or a signal's way, as blocks.
struct Asking<'c> {
    name: String,
    declared: Vec<&'c [Declaration]>,
    its_class: &'c [CodePattern],
    code: Vec<&'c [CodePattern]>,
    /// Items of other ways to the same signal: what is near here may be met there.
    elsewhere: Vec<&'c CodePattern>,
    /// What the app declares besides.
    besides: Vec<Declaration>,
    /// The evidence where it is met.
    met: Reading<'c, Option<Vec<Evidence>>>,
    /// All evidence that there is.
    evidence: Reading<'c, Vec<Evidence>>,
}

impl<'c> Asking<'c> {
    fn rule(rule: &'c Rule) -> Self {
        let found = move |report: &Report| capability(report, &rule.id).cloned();
        Self {
            name: rule.id.clone(),
            declared: rule.declared.iter().map(|need| need.any.as_slice()).collect(),
            its_class: &[],
            code: rule.code.iter().map(|need: &Requirement<_>| need.any.as_slice()).collect(),
            elsewhere: Vec::new(),
            besides: Vec::new(),
            met: Box::new(move |report| {
                let found = found(report)?;
                let alone = rule.only_with.is_some()
                    && found.support == Support::Possible
                    && found.sentence.starts_with("By itself");
                (alone || found.support == rule.strongest()).then_some(found.evidence)
            }),
            evidence: Box::new(move |report| {
                found(report).map(|found| found.evidence).unwrap_or_default()
            }),
        }
    }

    fn way(signal: &'c Signal, way: &'c Way) -> Self {
        let found = |report: &Report| {
            let mut all = report.observable_by.iter();
            Some(all.find(|one| one.signal == signal.id)?.evidence.clone())
        };
        let others = signal.ways.iter().filter(|other| other.name != way.name);
        let elsewhere = others.flat_map(|way| way.code.iter().flatten().chain(&way.its_class));
        Self {
            name: format!("{} ({})", signal.id, way.name),
            declared: way.declared.iter().map(Vec::as_slice).collect(),
            its_class: &way.its_class,
            code: way.code.iter().map(Vec::as_slice).collect(),
            elsewhere: elsewhere.collect(),
            besides: vec![Declaration::Permission("android.permission.INTERNET".to_owned())],
            met: Box::new(found),
            evidence: Box::new(move |report| found(report).unwrap_or_default()),
        }
    }

    fn all() -> Vec<Self> {
        let rules = catalogue().rules.iter().map(Self::rule);
        let signals = catalogue().signals.iter();
        let ways =
            signals.flat_map(|signal| signal.ways.iter().map(move |way| Self::way(signal, way)));
        rules.chain(ways).collect()
    }

    fn made(&self) -> Made<'_> {
        let mut made = Made::first(self.declared.iter().copied(), self.code.iter().copied());
        made.declared.extend(&self.besides);
        made.its_class = self.its_class.first().map(|item| (item, Twist::Not));
        made
    }

    /// Lists of code items, and where an app has one of each: in its class, or in a block of code.
    fn lists(&self) -> impl Iterator<Item = (&'c [CodePattern], Place)> {
        let blocks = self.code.iter().enumerate().map(|(block, any)| (*any, Place::Block(block)));
        std::iter::once((self.its_class, Place::ItsClass)).chain(blocks)
    }
}

#[derive(Clone, Copy)]
enum Place {
    ItsClass,
    Block(usize),
}

impl<'a> Made<'a> {
    fn put(&mut self, place: Place, item: &'a CodePattern, twist: Twist) {
        match place {
            Place::ItsClass => self.its_class = Some((item, twist)),
            Place::Block(block) => self.code[block] = (item, twist),
        }
    }
}

/// Whether a piece of evidence tells of a code item.
fn tells(item: &CodePattern, evidence: &Evidence) -> bool {
    let words = catalogue().evidence_of(item).expect("the item is the catalogue's");
    let says = match item {
        CodePattern::Plain(written) if written.starts_with("uses ") && words.ends_with('*') => {
            evidence.value.starts_with(words.trim_end_matches('*'))
        }
        // Of several parts those that were found.
        CodePattern::Table(table) if table.at_least.is_some() => {
            let parts: Vec<_> =
                table.same_class.iter().filter_map(|part| catalogue().evidence_of(part)).collect();
            evidence.value.split(", ").all(|part| parts.contains(&part))
        }
        _ => evidence.value == words,
    };
    says && matches!(evidence.tier, Tier::Called | Tier::Referenced)
}

#[test]
fn every_code_item_is_found_and_what_is_near_is_not() {
    let (mut found_ones, mut near_ones) = (0, 0);
    let mut wrong = Vec::new();
    for asking in Asking::all() {
        for (any, place) in asking.lists() {
            for item in any {
                for form in &code::forms(item) {
                    let mut made = asking.made();
                    made.put(place, form, Twist::Not);
                    let found = (asking.met)(&made.report()).unwrap_or_default();
                    found_ones += 1;
                    if !found.iter().any(|piece| tells(item, piece)) {
                        wrong.push(format!("{}: {form} is not found: {found:?}", asking.name));
                    }
                }
                for near in code::nears(item) {
                    let mut made = asking.made();
                    made.put(place, &near.item, near.twist);
                    let report = made.report();
                    let evidence = (asking.evidence)(&report);
                    let of = |item: &CodePattern| evidence.iter().any(|piece| tells(item, piece));
                    let others = any.iter().filter(|other| *other != item).any(of)
                        || asking.elsewhere.iter().any(|other| of(other));
                    near_ones += 1;
                    if of(item) || (!others && (asking.met)(&report).is_some()) {
                        let is = &near.is;
                        wrong.push(format!("{}: {item} is found in {is}", asking.name));
                    }
                }
            }
        }
    }
    println!("{found_ones} forms of code items, {near_ones} near ones");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_declaration_is_found_and_what_is_near_is_not() {
    let (mut found_ones, mut near_ones) = (0, 0);
    let mut wrong = Vec::new();
    for asking in Asking::all() {
        for (block, any) in asking.declared.iter().enumerate() {
            for item in *any {
                for form in &declared::forms(item) {
                    let mut made = asking.made();
                    made.declared[block] = form;
                    let found = (asking.met)(&made.report()).unwrap_or_default();
                    found_ones += 1;
                    if !found.iter().any(|piece| declared::shows(item, piece)) {
                        wrong.push(format!("{}: {form:?} is not found: {found:?}", asking.name));
                    }
                }
                for near in declared::nears(item) {
                    let mut made = asking.made();
                    match &near {
                        Some(near) => made.declared[block] = near,
                        None => drop(made.declared.remove(block)),
                    }
                    let report = made.report();
                    let evidence = (asking.evidence)(&report);
                    let elsewhere = asking.elsewhere.iter();
                    let others =
                        any.iter().filter(|other| *other != item).any(|other| {
                            evidence.iter().any(|piece| declared::shows(other, piece))
                        }) || elsewhere
                            .flat_map(|item| evidence.iter().filter(|piece| tells(item, piece)))
                            .next()
                            .is_some();
                    near_ones += 1;
                    if !others && (asking.met)(&report).is_some() {
                        wrong.push(format!("{}: {item:?} is met by {near:?}", asking.name));
                    }
                }
            }
        }
    }
    println!("{found_ones} forms of declarations, {near_ones} near ones");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn exceptions_count_and_what_stands_beside_is_told() {
    let mut wrong = Vec::new();
    for rule in &catalogue().rules {
        let asking = Asking::rule(rule);
        for exception in &rule.unless {
            let mut made = asking.made();
            made.declared.push(exception);
            // Of two words on the icons the later one is meant.
            made.declared.retain(|item| {
                *item == exception
                    || !matches!(
                        (item, exception),
                        (Declaration::Launcher(_), Declaration::Launcher(_))
                    )
            });
            if (asking.met)(&made.report()).is_some() {
                wrong.push(format!("{}: met in spite of {exception:?}", rule.id));
            }
        }
        for beside in &rule.beside {
            let told = |declared: &Declaration| {
                let mut made = asking.made();
                made.declared.push(declared);
                let found = (asking.met)(&made.report()).unwrap_or_default();
                found.iter().any(|piece| declared::shows(beside, piece))
            };
            if !told(beside) {
                wrong.push(format!("{}: {beside:?} is not told", rule.id));
            }
            for near in declared::nears(beside).iter().flatten() {
                if told(near) {
                    wrong.push(format!("{}: {beside:?} is told of {near:?}", rule.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_text_is_found_and_what_is_near_is_not() {
    let mut wrong = Vec::new();
    for rule in &catalogue().rules {
        let asking = Asking::rule(rule);
        let all: Vec<&String> = rule.strings.iter().chain(&rule.words).collect();
        for text in &all {
            let told = |said: &str| {
                let mut made = asking.made();
                if !rule.needs_code {
                    made.code.clear();
                }
                let said = CodePattern::Plain(format!("text:said {said}"));
                made.code.push((&said, Twist::Not));
                let found = (asking.evidence)(&made.report()).into_iter();
                let texts = found.filter(|piece| piece.tier == Tier::String);
                texts.map(|piece| piece.value).collect::<Vec<_>>()
            };
            if !told(text).iter().any(|found| found.contains(text.as_str())) {
                wrong.push(format!("{}: {text:?} is not found", rule.id));
            }
            let mut near: Vec<char> = text.chars().collect();
            near.insert(near.len() / 2, '\u{2022}');
            let near: String = near.into_iter().collect();
            let others = all.iter().any(|other| near.contains(other.as_str()));
            if !others && told(&near).iter().any(|found| found.starts_with("said ")) {
                wrong.push(format!("{}: {text:?} is found in {near:?}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
