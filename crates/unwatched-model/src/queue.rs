//! In which order analysed samples wait for a person, from `catalogue/queue.toml`.
//!
//! A queue order and never a verdict: it is made of what the evidence supports and of whether an
//! indicator names the sample, it is shown in words and never as a number, and nothing but the
//! queue reads it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::report::{Report, Support};

/// A sample's place in the queue: a set of signs, the earliest of which decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct QueueOrder(pub i64);

/// Something that moves a sample forward.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// Its stable id.
    pub id: String,
    /// The greater the earlier.
    pub rank: u8,
    /// Stands after "because".
    pub words: String,
    /// Why such a sample is looked at sooner.
    pub why: String,
    #[serde(default)]
    named: bool,
    #[serde(default)]
    every: Vec<Vec<String>>,
    #[serde(default)]
    kinds_of: Vec<String>,
    #[serde(default)]
    kinds: usize,
    #[serde(default)]
    incomplete: bool,
}

/// Every sign, the earliest first.
pub fn signs() -> &'static [Sign] {
    &SIGNS
}

/// Where a sample with this report waits. `named`: an indicator that every partner may see names
/// it; what only some may see must move nothing, for the order is shown to all.
pub fn order(report: &Report, named: bool) -> QueueOrder {
    let supported = report.capabilities.iter().filter(|found| found.support == Support::Supported);
    let ids: BTreeSet<_> = supported.clone().map(|found| found.id.as_str()).collect();
    let groups: BTreeSet<_> = supported.map(|found| found.group.as_str()).collect();
    let incomplete = !report.problems.is_empty();
    let has = |sign: &&Sign| {
        (sign.named && named)
            || (sign.incomplete && incomplete)
            || sign.every_block(&ids)
            || sign.enough_kinds(&groups)
    };
    QueueOrder(SIGNS.iter().filter(has).map(Sign::bit).sum())
}

impl QueueOrder {
    /// Why the sample stands where it stands, the sign that decides first.
    pub fn signs(self) -> impl Iterator<Item = &'static Sign> {
        SIGNS.iter().filter(move |sign| self.0 & sign.bit() != 0)
    }

    /// Whether nothing moved it forward.
    pub fn is_plain(self) -> bool {
        self.0 == 0
    }
}

impl Sign {
    fn bit(&self) -> i64 {
        1 << self.rank
    }

    fn every_block(&self, supported: &BTreeSet<&str>) -> bool {
        let any = |block: &Vec<String>| block.iter().any(|id| supported.contains(id.as_str()));
        !self.every.is_empty() && self.every.iter().all(any)
    }

    fn enough_kinds(&self, groups: &BTreeSet<&str>) -> bool {
        let found = self.kinds_of.iter().filter(|group| groups.contains(group.as_str())).count();
        self.kinds > 0 && found >= self.kinds
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueueFile {
    sign: Vec<Sign>,
}

static SIGNS: LazyLock<Vec<Sign>> = LazyLock::new(|| {
    let file: QueueFile = toml::from_str(include_str!("../../../catalogue/queue.toml"))
        .expect("catalogue/queue.toml is held readable by a test");
    file.sign
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{Md5, Sha1, Sha256};
    use crate::report::{Capability, Problem};

    fn report(supported: &[(&str, &str)]) -> Report {
        let mut report = Report::of_digests(Sha256([1; 32]), Sha1([2; 20]), Md5([3; 16]), 1);
        report.capabilities = supported
            .iter()
            .map(|(id, group)| Capability {
                id: (*id).to_owned(),
                name: String::new(),
                group: (*group).to_owned(),
                support: Support::Supported,
                ..Capability::default()
            })
            .collect();
        report
    }

    #[track_caller]
    fn check(report: &Report, named: bool, expected: &[&str]) {
        let found: Vec<_> = order(report, named).signs().map(|sign| sign.id.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn signs_come_from_what_the_evidence_supports() {
        let hidden = ("hidden_launcher", "stealth");
        let camera = ("camera", "camera");
        check(&report(&[]), false, &[]);
        check(&report(&[hidden]), false, &[]);
        check(&report(&[hidden, camera]), false, &["watches_hidden"]);
        check(&report(&[hidden, camera]), true, &["named", "watches_hidden"]);
        check(
            &report(&[camera, ("audio_recording", "audio"), ("location", "location")]),
            false,
            &["watches_much"],
        );
        let mut possible = report(&[hidden, camera]);
        possible.capabilities[0].support = Support::Possible;
        check(&possible, false, &[]);
    }

    #[test]
    fn what_was_not_read_is_looked_at_by_somebody() {
        let mut cut = report(&[]);
        cut.problems.push(Problem { what: "cut short".to_owned(), place: String::new() });
        check(&cut, false, &["partly_unread"]);
        assert!(order(&cut, false) > order(&report(&[]), false));
    }

    #[test]
    fn an_earlier_sign_beats_all_later_ones_together() {
        for (place, sign) in SIGNS.iter().enumerate() {
            let later: i64 = SIGNS[place + 1..].iter().map(Sign::bit).sum();
            assert!(sign.bit() > later, "{}", sign.id);
            assert!(sign.rank <= 62, "{}", sign.id);
        }
    }

    #[test]
    fn signs_name_capabilities_that_the_catalogue_has() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue/capabilities");
        let files = std::fs::read_dir(folder).unwrap();
        let catalogue: String =
            files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
        for id in SIGNS.iter().flat_map(|sign| sign.every.iter().flatten()) {
            assert!(catalogue.contains(&format!("\nid = \"{id}\"\n")), "{id}");
        }
        for group in SIGNS.iter().flat_map(|sign| &sign.kinds_of) {
            assert!(catalogue.contains(&format!("\ngroup = \"{group}\"\n")), "{group}");
        }
    }
}
