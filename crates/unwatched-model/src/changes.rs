//! What changed from one verdict on a family to the next, in the words of interfaces.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::verdict::{ScopeVerdict, Verdict, Voter};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Of what: `class`, `rule_version`, `criterion`, `scope`, `voter`, `opinions`, `attributed`.
    pub of: &'static str,
    /// Of which, where there are several: a criterion's id, a partner, a scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub which: Option<String>,
    /// What stood there; empty when nothing did.
    pub before: String,
    /// What stands there now; empty when nothing does.
    pub after: String,
}

/// Every difference between a verdict and the one after it, what matters most first.
pub fn between(before: &Verdict, after: &Verdict) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut note = |of, which: Option<String>, before: String, after: String| {
        if before != after {
            changes.push(Change { of, which, before, after });
        }
    };
    note("class", None, before.class.to_string(), after.class.to_string());
    note("rule_version", None, before.rule_version.to_string(), after.rule_version.to_string());
    for (then, now) in before.criteria.iter().zip(&after.criteria) {
        let words = |count: &crate::verdict::CriterionCount| {
            let state = count.state.as_str();
            format!("{state} ({} hold, {} do not)", count.holds, count.does_not)
        };
        note("criterion", Some(now.id.to_string()), words(then), words(now));
    }
    let named =
        |scopes: &[ScopeVerdict]| -> BTreeSet<String> { scopes.iter().map(scope).collect() };
    for which in named(&before.scopes).union(&named(&after.scopes)) {
        let class = |verdict: &Verdict| {
            let found = verdict.scopes.iter().find(|part| scope(part) == *which);
            found.map(|part| part.class.to_string()).unwrap_or_default()
        };
        note("scope", Some(which.clone()), class(before), class(after));
    }
    let partners = |verdict: &Verdict| -> BTreeSet<_> {
        verdict.voters.iter().map(|voter| voter.partner.clone()).collect()
    };
    for partner in partners(before).union(&partners(after)) {
        let of = |verdict: &Verdict| {
            let found = verdict.voters.iter().find(|voter| voter.partner == *partner);
            found.map(voter).unwrap_or_default()
        };
        note("voter", Some(partner.to_string()), of(before), of(after));
    }
    let listed = |verdict: &Verdict| {
        let each = verdict.attributed.iter().map(|a| format!("{}: {}", a.source, a.class));
        each.collect::<Vec<_>>().join(", ")
    };
    note("attributed", None, listed(before), listed(after));
    let read = |verdict: &Verdict| {
        format!("{} read, {} expired", verdict.opinions.len(), verdict.expired.len())
    };
    note("opinions", None, read(before), read(after));
    changes
}

fn voter(voter: &Voter) -> String {
    let first = voter.related_to.as_ref().map(|first| format!("one voice with {}", first.partner));
    let why = voter.excluded.map(|why| format!("does not count: {}", why.as_str()));
    let words = std::iter::once(voter.category.to_string()).chain(first).chain(why);
    words.collect::<Vec<_>>().join(", ")
}

/// A scope in words: `android, >=3,<5, from 2026-01-01`.
pub fn scope(part: &ScopeVerdict) -> String {
    let ScopeVerdict { platform, versions, from, to, .. } = part;
    let words = [
        platform.map(|platform| platform.as_str().to_owned()),
        versions.clone(),
        from.map(|from| format!("from {from}")),
        to.map(|to| format!("up to {to}")),
    ];
    let words: Vec<_> = words.into_iter().flatten().collect();
    if words.is_empty() { "everything else".to_owned() } else { words.join(", ") }
}
