//! What makes a catalogue malformed, told so that whoever edited it finds the line.

use std::collections::HashSet;

use super::{Declaration, Rule, Signal};

/// A catalogue that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueError {
    /// The rule's id, or the file's name.
    pub place: String,
    /// What is wrong and what to write instead.
    pub what: String,
}

impl CatalogueError {
    pub(super) fn file(name: &str, error: &impl std::fmt::Display) -> Self {
        Self { place: format!("catalogue/{name}"), what: error.to_string() }
    }

    pub(super) fn signal(signal: &Signal, what: impl Into<String>) -> Self {
        Self { place: format!("signal {:?}", signal.id), what: what.into() }
    }

    pub(super) fn switching(what: impl Into<String>) -> Self {
        Self { place: "switching".to_owned(), what: what.into() }
    }

    pub(super) fn rule(rule: &Rule, what: impl Into<String>) -> Self {
        Self { place: format!("capability {:?}", rule.id), what: what.into() }
    }
}

impl std::fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for CatalogueError {}

pub(super) fn check(rules: &[Rule]) -> Result<(), CatalogueError> {
    let mut ids = HashSet::new();
    for rule in rules {
        let wrong = |what: &str| Err(CatalogueError::rule(rule, what));
        let is_id = |id: &str| {
            !id.is_empty()
                && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if !is_id(&rule.id) {
            return wrong("an id is made of small letters, digits and underscores");
        }
        if !ids.insert(&rule.id) {
            return wrong("this id is used twice");
        }
        let said = [&rule.name, &rule.sentence, &rule.why, &rule.innocent];
        if said.iter().any(|text| text.trim().is_empty()) {
            return wrong("`name`, `sentence`, `why` and `innocent` must say something");
        }
        if rule.declared.is_empty() && rule.code.is_empty() && rule.words.is_empty() {
            return wrong("nothing counts as evidence: give `declared`, `code` or `words`");
        }
        if rule.needs_code && rule.code.is_empty() {
            return wrong("`needs_code` without `code` can never be met");
        }
        if rule.needs_declaration && rule.declared.is_empty() {
            return wrong("`needs_declaration` without `declared` can never be met");
        }
        if rule.declared.iter().any(|need| need.any.is_empty())
            || rule.code.iter().any(|need| need.any.is_empty())
        {
            return wrong("a requirement with an empty `any` can never be met");
        }
        for declaration in
            rule.declared.iter().flat_map(|need| &need.any).chain(&rule.beside).chain(&rule.unless)
        {
            check_declaration(rule, declaration)?;
        }
        if rule.strings.iter().chain(&rule.words).any(|text| text.len() < 3) {
            return wrong("a text shorter than three letters is found everywhere");
        }
        if let Some(company) = &rule.only_with {
            let unknown = |id: &&str| !rules.iter().any(|other| other.id == **id);
            if let Some(id) = company.ids().find(unknown) {
                return Err(CatalogueError::rule(
                    rule,
                    format!("`only_with` names {id:?}, which no rule has"),
                ));
            }
            if company.beside.contains(&rule.id) {
                return wrong("`only_with` names the rule itself");
            }
            if company.kinds > company.groups.len()
                || (company.kinds == 0 && company.ids().next().is_none())
            {
                return wrong("`only_with` asks for nothing, or for more than it names");
            }
        }
        if rule.strings.iter().any(|text| !text.contains(['.', ':', '_', ' ', '/'])) {
            return wrong(
                "a string that may be a name in any program: texts hold . : _ / or a space",
            );
        }
    }
    Ok(())
}

fn check_declaration(rule: &Rule, declaration: &Declaration) -> Result<(), CatalogueError> {
    let wrong = |what: String| Err(CatalogueError::rule(rule, what));
    match declaration {
        Declaration::Permission(name) if !name.contains('.') => wrong(format!(
            "permission {name:?} must be a full name, such as android.permission.CAMERA"
        )),
        Declaration::Service(pattern)
        | Declaration::Receiver(pattern)
        | Declaration::Provider(pattern)
        | Declaration::Activity(pattern) => {
            if *pattern == super::ComponentPattern::default() {
                return wrong("a component without any property is every component".to_owned());
            }
            match &pattern.foreground_type {
                Some(name) if crate::declarations::foreground_bit(name).is_none() => {
                    wrong(format!("foreground type {name:?} is unknown"))
                }
                _ => Ok(()),
            }
        }
        Declaration::Config(config)
            if (config.bit.is_some() || config.value.is_some()) && config.attribute.is_none() =>
        {
            wrong("a `bit` or `value` needs the `attribute` it is in".to_owned())
        }
        Declaration::Config(config) if config.bit.is_some() && config.value.is_some() => {
            wrong("an attribute has a `bit` or a `value`".to_owned())
        }
        Declaration::CleartextTraffic(false) => {
            wrong("`cleartext_traffic` can only be asked for as true".to_owned())
        }
        Declaration::TargetSdk(range) if *range == super::SdkRange::default() => {
            wrong("`target_sdk` needs `at_least` or `below`".to_owned())
        }
        Declaration::Package(prefixes) if prefixes.iter().any(|prefix| !prefix.contains('.')) => {
            wrong("the beginning of a package name holds a dot".to_owned())
        }
        _ => Ok(()),
    }
}
