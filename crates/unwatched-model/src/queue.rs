//! In which order analysed samples wait for a person, from `catalogue/queue.toml`.
//!
//! A queue order and never a verdict: it is made of what the evidence supports and of whether an
//! indicator names the sample, it is shown in words and never as a number, and nothing but the
//! queue reads it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::report::{Capability, Report, Support};

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
    groups: Vec<Vec<String>>,
    #[serde(default)]
    maybe: Vec<Vec<String>>,
    #[serde(default)]
    mentioned: Vec<String>,
    #[serde(default)]
    kinds_of: Vec<String>,
    #[serde(default)]
    kinds: usize,
    #[serde(default)]
    incomplete: bool,
    #[serde(default)]
    code_unread: bool,
    #[serde(default)]
    maybe_groups: Vec<Vec<String>>,
}

/// Every sign, the earliest first.
pub fn signs() -> &'static [Sign] {
    &SIGNS
}

/// Where a sample with this report waits. `named`: an indicator that every partner may see names
/// it; what only some may see must move nothing, for the order is shown to all.
pub fn order(report: &Report, named: bool) -> QueueOrder {
    let sample = Sample::of(report, named);
    QueueOrder(SIGNS.iter().filter(|sign| sign.is_met(&sample)).map(Sign::bit).sum())
}

impl QueueOrder {
    /// Why the sample stands where it stands, the sign that decides first.
    pub fn signs(self) -> impl Iterator<Item = &'static Sign> {
        SIGNS.iter().filter(move |sign| self.0 & sign.bit() != 0)
    }

    /// The signs of a sample that an indicator names, whatever its report says.
    pub fn of_named() -> Self {
        Self(SIGNS.iter().filter(|sign| sign.named).map(Sign::bit).sum())
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

    /// Whether all conditions that the sign has are met.
    fn is_met(&self, sample: &Sample<'_>) -> bool {
        let kinds = self.kinds_of.iter().filter(|group| sample.groups.contains(group.as_str()));
        (!self.named || sample.named)
            && (!self.incomplete || sample.incomplete)
            && (!self.code_unread || sample.code_unread)
            && every_block(&self.maybe_groups, &sample.possible_groups)
            && every_block(&self.every, &sample.supported)
            && every_block(&self.groups, &sample.groups)
            && every_block(&self.maybe, &sample.possible)
            && (self.mentioned.is_empty() || any(&self.mentioned, &sample.mentioned))
            && kinds.count() >= self.kinds
    }
}

/// What signs are compared with.
struct Sample<'r> {
    named: bool,
    incomplete: bool,
    code_unread: bool,
    /// Capabilities that are supported.
    supported: BTreeSet<&'r str>,
    /// Groups in which something is supported.
    groups: BTreeSet<&'r str>,
    /// Capabilities that are supported or possible.
    possible: BTreeSet<&'r str>,
    /// Groups in which something is supported or possible.
    possible_groups: BTreeSet<&'r str>,
    /// Capabilities with any evidence.
    mentioned: BTreeSet<&'r str>,
}

impl<'r> Sample<'r> {
    fn of(report: &'r Report, named: bool) -> Self {
        let all = report.capabilities.iter();
        let at_least = |support| all.clone().filter(move |found| found.support <= support);
        let id = |found: &'r Capability| found.id.as_str();
        let group = |found: &'r Capability| found.group.as_str();
        Self {
            named,
            incomplete: !report.problems.is_empty(),
            code_unread: report.has_unread_code(),
            supported: at_least(Support::Supported).map(id).collect(),
            groups: at_least(Support::Supported).map(group).collect(),
            possible: at_least(Support::Possible).map(id).collect(),
            possible_groups: at_least(Support::Possible).map(group).collect(),
            mentioned: at_least(Support::Weak).map(id).collect(),
        }
    }
}

fn every_block(blocks: &[Vec<String>], found: &BTreeSet<&str>) -> bool {
    blocks.iter().all(|block| any(block, found))
}

fn any(block: &[String], found: &BTreeSet<&str>) -> bool {
    block.iter().any(|id| found.contains(id.as_str()))
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
    use crate::report::{Capability, Problem, Unread};

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
        let later = order(&report(&[hidden, camera]), false).0 | QueueOrder::of_named().0;
        assert_eq!(later, order(&report(&[hidden, camera]), true).0);
        check(
            &report(&[camera, ("audio_recording", "audio"), ("location", "location")]),
            false,
            &["watches_much"],
        );
        let sends = ("exfiltration", "exfiltration");
        let from_afar = [
            "watches_hidden_from_afar",
            "watches_hidden",
            "may_hide_and_watch",
            "sends_what_it_sees",
        ];
        check(&report(&[hidden, camera, sends]), false, &from_afar);
        let mut possible = report(&[hidden, camera]);
        possible.capabilities[0].support = Support::Possible;
        check(&possible, false, &[]);
        let mut monitoring = report(&[("covert_wording", "self_description")]);
        monitoring.capabilities[0].support = Support::Weak;
        check(&monitoring, false, &["calls_itself_monitoring"]);
        let may_hide = |id| {
            let mut report = report(&[camera, ("location", "location"), sends, (id, "stealth")]);
            report.capabilities[3].support = Support::Possible;
            report
        };
        check(
            &may_hide("hidden_launcher"),
            false,
            &["may_hide", "may_hide_and_watch", "sends_what_it_sees"],
        );
        check(&may_hide("silent_notification"), false, &["sends_what_it_sees"]);
    }

    #[test]
    fn what_was_not_read_is_looked_at_by_somebody() {
        let mut cut = report(&[]);
        cut.problems.push(Problem { what: "cut short".to_owned(), place: String::new() });
        check(&cut, false, &["partly_unread"]);
        assert!(order(&cut, false) > order(&report(&[]), false));
    }

    #[test]
    fn what_is_declared_counts_where_the_code_was_not_read() {
        let declared = [("hidden_launcher", "stealth"), ("camera", "camera")];
        let mut packed = report(&[declared[0], declared[1], ("exfiltration", "exfiltration")]);
        for capability in &mut packed.capabilities {
            capability.support = Support::Possible;
        }
        check(&packed, false, &[]);
        packed.unread = vec![Unread::Code];
        check(&packed, false, &["may_hide_unread"]);
        packed.capabilities.remove(0);
        check(&packed, false, &[]);
    }

    #[test]
    fn what_is_left_out_on_purpose_was_read() {
        let mut masked = report(&[]);
        masked.left_out.push(Problem { what: "masked".to_owned(), place: String::new() });
        check(&masked, false, &[]);
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
        let named = |sign: &'static Sign| {
            sign.every.iter().chain(&sign.maybe).flatten().chain(&sign.mentioned)
        };
        for id in SIGNS.iter().flat_map(named) {
            assert!(catalogue.contains(&format!("\nid = \"{id}\"\n")), "{id}");
        }
        let groups = |sign: &'static Sign| {
            let blocks = sign.groups.iter().chain(&sign.maybe_groups);
            blocks.flatten().chain(&sign.kinds_of)
        };
        for group in SIGNS.iter().flat_map(groups) {
            assert!(catalogue.contains(&format!("\ngroup = \"{group}\"\n")), "{group}");
        }
    }
}
