//! Findings about the system itself: traces of full rights over the phone, and programs where only
//! a computer puts them. Whoever made them is not asked here.

use std::collections::BTreeMap;

use super::access::access;
use crate::catalogue::catalogue;
use crate::facts::Facts;
use crate::facts::system::RootSign;
use crate::result::{Finding, Signal, Subject};

/// At most two findings.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let root = root(facts).map(|signals| finding("root", signals));
    let programs =
        temporary_programs(facts).map(|signal| finding("temporary_programs", vec![signal]));
    root.into_iter().chain(programs).collect()
}

fn finding(setting: &str, mut signals: Vec<Signal>) -> Finding {
    let first = signals.remove(0);
    let mut finding =
        access(format!("system:{setting}"), Subject::Setting(setting.to_owned()), first);
    finding.signals.extend(signals);
    finding
}

/// One signal per sign, with the names it was seen by.
fn root(facts: &Facts) -> Option<Vec<Signal>> {
    let mut by_sign: BTreeMap<RootSign, Vec<_>> = BTreeMap::new();
    for trace in &facts.system.root {
        by_sign.entry(trace.what).or_default().push(trace);
    }
    let signals: Vec<_> = by_sign
        .into_iter()
        .map(|(sign, traces)| {
            let names: Vec<_> = traces.iter().take(10).map(|trace| trace.name.as_str()).collect();
            let names = names.join(", ");
            let what = match sign {
                RootSign::ToolThere => format!("a tool for this lies on it ({names})"),
                RootSign::ToolRuns => format!("a tool for this is running ({names})"),
                RootSign::SystemWritable => format!("parts of its system can be changed ({names})"),
                RootSign::LaidOver => format!("a tool has laid files over its system ({names})"),
                RootSign::Permissive => "the guard between its apps (SELinux) is off".to_owned(),
            };
            let source = facts.place(traces[0].seen);
            catalogue().rule("S1_root_traces").signal(&[("what", &what)], source)
        })
        .collect();
    (!signals.is_empty()).then_some(signals)
}

fn temporary_programs(facts: &Facts) -> Option<Signal> {
    let programs = &facts.system.temporary_programs;
    let first = programs.first()?;
    let count = match programs.len() {
        1 => "A program lies".to_owned(),
        more => format!("{more} programs lie"),
    };
    let rule = catalogue().rule("S1_temporary_programs");
    Some(rule.signal(&[("count", &count)], facts.place(*first)))
}
