//! Addresses that the indicators list and the phone had to do with. They say nothing of an app:
//! a page can be opened by whoever looks for help.

use std::collections::BTreeMap;

use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::set::{IndicatorSet, Match};

use super::access::{private_dns, proxies};
use super::identity::listing;
use crate::catalogue::catalogue;
use crate::facts::{Facts, Part, Seen};
use crate::mark::Marks;
use crate::result::{Band, Finding, FindingKind, IdentifiedBy, Identity, Signal, Subject};

/// Where an address stood, as a sentence begins.
struct Met {
    begins: String,
    seen: Seen,
}

/// One finding per listed address.
pub(super) fn findings(facts: &Facts, set: &IndicatorSet) -> Vec<Finding> {
    let mut met: BTreeMap<String, (Match<'_>, Vec<Match<'_>>, Vec<Met>)> = BTreeMap::new();
    for (host, place) in everywhere(facts) {
        let mut found = lookup(set, &host).into_iter();
        let Some(first) = found.next() else { continue };
        let entry = met
            .entry(first.value.to_owned())
            .or_insert_with(|| (first, found.collect(), Vec::new()));
        entry.2.push(place);
    }
    met.into_iter()
        .map(|(value, (first, rest, places))| finding(facts, &value, (first, &rest), &places))
        .collect()
}

/// Whether an app's name ends like the address: then a dump that lists apps holds it, and nobody
/// can say that anything more was meant.
fn is_end_of_a_name(facts: &Facts, address: &str) -> bool {
    facts.apps.keys().any(|name| {
        let name = name.to_ascii_lowercase();
        name.strip_suffix(address).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn everywhere(facts: &Facts) -> Vec<(String, Met)> {
    let logs = facts.access.addresses.iter();
    let logs = logs
        .filter(|((address, part), _)| *part == Part::Messages || !is_end_of_a_name(facts, address))
        .map(|((address, part), at)| {
            let begins = match (part, at.times) {
                (Part::Messages, 1) => "A text message on the phone holds the address".to_owned(),
                (Part::Messages, times) => {
                    format!("{times} times a text message on the phone holds the address")
                }
                (_, 1) => "A line of a log or dump holds the address".to_owned(),
                (_, times) => format!("{times} times a log or dump holds the address"),
            };
            (address.clone(), Met { begins, seen: at.seen })
        });
    let proxies = proxies(facts).into_iter().map(|proxy| {
        let begins = "What the phone loads is sent through the proxy".to_owned();
        (proxy.host.to_owned(), Met { begins, seen: proxy.seen })
    });
    let dns = private_dns(facts).map(|(host, seen)| {
        let begins = "The names of all addresses are asked from".to_owned();
        (host.to_owned(), Met { begins, seen })
    });
    proxies.chain(dns).chain(logs).collect()
}

/// The strongest first: what an app reports to says more than what a page says.
fn lookup<'s>(set: &'s IndicatorSet, host: &str) -> Vec<Match<'s>> {
    let mut found = set.lookup(IndicatorKind::Domain, host);
    found.extend(set.lookup(IndicatorKind::Address, host));
    found.sort_by_key(|found| {
        (std::cmp::Reverse(found.value.len()), found.role != Role::C2, found.family.name.as_str())
    });
    found
}

fn finding(
    facts: &Facts,
    value: &str,
    (first, rest): (Match<'_>, &[Match<'_>]),
    places: &[Met],
) -> Finding {
    let (role, meaning) = words(first.role);
    let signals = places.iter().map(|met| signal(facts, &first, met, role, meaning)).collect();
    let mut others: Vec<_> = rest.iter().map(|other| other.family.id.to_string()).collect();
    others.retain(|other| other != first.family.id.as_str());
    others.sort_unstable();
    others.dedup();
    let class = first.family.class;
    Finding {
        id: format!("domain:{value}"),
        kind: FindingKind::VisitedOrContacted,
        subject: Subject::Domain(value.to_owned()),
        family: Some(first.family.id.to_string()),
        family_name: Some(first.family.name.clone()),
        other_families: others,
        marks: Marks::default(),
        shows_icon: false,
        class: Some(class).filter(|class| *class != unwatched_model::class::Class::Undecided),
        band: Some(if first.role == Role::C2 { Band::NeedsExpertLook } else { Band::Notable }),
        score: None,
        signals,
        identity: Some(Identity { by: IdentifiedBy::Domain, role: first.role }),
    }
}

fn signal(facts: &Facts, found: &Match<'_>, met: &Met, role: &str, meaning: &str) -> Signal {
    let listing = listing(found.family);
    let words = [
        ("where", met.begins.as_str()),
        ("address", found.value),
        ("family", found.family.name.as_str()),
        ("listing", listing.as_str()),
        ("role", role),
        ("meaning", meaning),
    ];
    catalogue().rule("V1").signal(&words, facts.place(met.seen))
}

/// What the address is to the family, and why that matters.
fn words(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::C2 => (
            "an address to which its apps report",
            "Apps of this kind send what they collect there. Something on the phone had to do with it.",
        ),
        Role::Distribution => (
            "an address from which its apps are loaded",
            "Such apps are put on a phone from there. Somebody, or something, had to do with it.",
        ),
        Role::Website | Role::App | Role::Sample => (
            "a page of its maker",
            "Somebody may have looked at it, bought there, or signed in to see what such an app collects.",
        ),
    }
}
