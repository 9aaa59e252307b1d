//! Samples with reports: kin share packages, certificates and hosts. No app stands behind them.

use jiff::{SignedDuration, Timestamp};
use sha1::Digest as _;
use unwatched_analysis::catalogue::{Rule, catalogue};
use unwatched_model::access::Sharing;
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::pap::Pap;
use unwatched_model::report::{
    Capability, Certificate, Endpoint, Evidence, FileFormat, Report, Support, Tier,
};
use unwatched_model::tlp::Tlp;
use unwatched_store::{BulkSample, BulkSubmission, Outcome, Said};

use super::chance::Chance;
use super::coalition::{Member, ago};
use super::kin::{Kin, active};

/// The engine that stands in the reports: none of ours, for nothing was read.
const ENGINE: &str = "made-up";
const PERMISSIONS: [&str; 12] = [
    "ACCESS_FINE_LOCATION",
    "CAMERA",
    "INTERNET",
    "READ_CALL_LOG",
    "READ_CONTACTS",
    "READ_SMS",
    "RECEIVE_BOOT_COMPLETED",
    "RECEIVE_SMS",
    "RECORD_AUDIO",
    "FOREGROUND_SERVICE",
    "SYSTEM_ALERT_WINDOW",
    "QUERY_ALL_PACKAGES",
];
/// Over how many days they came in.
const DAYS: i32 = 730;

/// What a sample is drawn from.
pub(super) struct Stock<'a> {
    pub(super) members: &'a [Member],
    pub(super) families: &'a [Kin],
    pub(super) seed: u64,
    pub(super) count: usize,
    pub(super) now: Timestamp,
    /// Of so many, the newest, what happened is still remembered in detail.
    pub(super) fresh: usize,
}

impl Stock<'_> {
    /// Sample `number`, counted from the oldest.
    pub(super) fn sample(&self, number: usize) -> BulkSample {
        let mut chance = Chance::new(self.seed, 1_000 + number as u64);
        let sha256: [u8; 32] = chance.bytes();
        let (sha1, md5) = (sha1::Sha1::digest(sha256).into(), md5::Md5::digest(sha256).into());
        let (sha256, sha1, md5) = (Sha256(sha256), Sha1(sha1), Md5(md5));
        let size_bytes = 200_000 + chance.below(60_000_000) as u64;
        let mut report = Report::of_digests(sha256, sha1, md5, size_bytes);
        let kin = (!self.families.is_empty() && chance.percent(92))
            .then(|| &self.families[chance.ranked(self.families.len())]);
        let submissions = self.submissions(number, kin, &mut chance);
        let last = submissions.last().map_or(self.now, |one| one.at);
        let analysed_at = last + SignedDuration::from_secs(chance.between(2, 90));
        let outcome = match chance.below(200) {
            0 => Outcome::Failed("the analysis took longer than 300 seconds".to_owned()),
            1 => Outcome::Failed("the file is no app: it ends in the middle".to_owned()),
            _ => {
                describe(&mut report, kin, number, &mut chance);
                Outcome::Report(Box::new(report), ENGINE.to_owned())
            }
        };
        let is_fresh = number + self.fresh >= self.count;
        // What is older than a while, somebody has sorted.
        let is_sorted = !is_fresh && chance.percent(90);
        let said = kin.filter(|_| is_sorted).map(|kin| Said {
            family: Some(kin.id.clone()),
            by: self.members[kin.keeper].slug.clone(),
            at: (analysed_at + SignedDuration::from_hours(30)).min(self.now),
        });
        BulkSample {
            sha256,
            sha1,
            md5,
            size_bytes,
            has_job: is_fresh || matches!(outcome, Outcome::Failed(_)),
            submissions,
            outcome,
            analysed_at,
            bytes_gone_at: Some(analysed_at.max(ago(self.now, 1))),
            said,
        }
    }

    fn submissions(
        &self,
        number: usize,
        kin: Option<&Kin>,
        chance: &mut Chance,
    ) -> Vec<BulkSubmission> {
        // One after the other over the two years, each a little before the next.
        let step = f64::from(DAYS) * 86_400.0 / self.count.max(1) as f64;
        let age = SignedDuration::from_secs_f64((self.count - number) as f64 * step);
        let first = self.now - age.max(SignedDuration::from_secs(200));
        let times = match chance.below(20) {
            0..=14 => 1,
            15..=18 => 2,
            _ => 3,
        };
        let mut partners: Vec<usize> = Vec::new();
        for time in 0..times {
            let known = kin.filter(|_| time == 0 && chance.percent(60)).map(|kin| kin.keeper);
            partners.push(known.unwrap_or_else(|| active(self.members, chance)));
        }
        let mut at = first;
        let mut submissions: Vec<BulkSubmission> = Vec::new();
        for partner in partners {
            submissions.push(submission(&self.members[partner], number, at, chance));
            at = (at + SignedDuration::from_secs(chance.between(1, 40 * 86_400))).min(self.now);
        }
        submissions
    }
}

fn submission(
    member: &Member,
    number: usize,
    at: Timestamp,
    chance: &mut Chance,
) -> BulkSubmission {
    let tlp = match chance.below(20) {
        0..=2 => Tlp::Clear,
        3..=8 => Tlp::Green,
        9..=16 => Tlp::Amber,
        17..=18 => Tlp::AmberStrict,
        _ => Tlp::Red,
    };
    let pap = *chance.of(&[Pap::Clear, Pap::Green, Pap::Green, Pap::Green, Pap::Amber, Pap::Red]);
    let is_grouped = tlp >= Tlp::Amber && !member.groups.is_empty() && chance.one_in(4);
    let group = is_grouped.then(|| chance.of(&member.groups).clone());
    BulkSubmission {
        by: member.slug.clone(),
        file_name: chance.percent(70).then(|| format!("case-{number}.apk")),
        at,
        sharing: Sharing { tlp, pap, group },
        declared_public: chance.one_in(10),
    }
}

fn describe(report: &mut Report, kin: Option<&Kin>, number: usize, chance: &mut Chance) {
    let rules = &catalogue().rules;
    report.format = if chance.percent(97) { FileFormat::Apk } else { FileFormat::Dex };
    let plain = format!("app{number}");
    let abilities: Vec<usize> = if let Some(kin) = kin {
        report.label = Some(kin.label.clone());
        report.package = Some(chance.of(&kin.packages).clone());
        report.certificates = vec![chance.of(&kin.certificates).clone()];
        let hosts = chance.some(&kin.hosts, 1 + number % 2);
        report.endpoints = hosts.into_iter().map(|host| endpoint(host)).collect();
        kin.abilities.clone()
    } else {
        report.label = Some(format!("App {number}"));
        report.package = Some(format!("com.{plain}.example"));
        report.certificates = vec![Certificate {
            sha1: Sha1(chance.bytes()),
            sha256: Sha256(chance.bytes()),
            subject: Some(format!("CN={plain}")),
            verified: chance.percent(90),
        }];
        report.endpoints = vec![endpoint(&format!("api.{plain}.example"))];
        (0..chance.below(4)).map(|_| chance.below(1_000)).collect()
    };
    report.version_name = Some(format!("{}.{}", 1 + chance.below(9), chance.below(30)));
    report.version_code = Some(1 + chance.below(400) as u64);
    let permissions = chance.some(&PERMISSIONS, abilities.len());
    report.permissions =
        permissions.into_iter().map(|name| format!("android.permission.{name}")).collect();
    report.permissions.sort();
    let mut numbers: Vec<usize> = abilities.into_iter().map(|n| n % rules.len().max(1)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    report.capabilities = numbers
        .into_iter()
        .filter_map(|number| rules.get(number))
        .map(|rule| capability(rule, chance))
        .collect();
}

fn endpoint(host: &str) -> Endpoint {
    Endpoint {
        kind: "domain".to_owned(),
        value: host.to_owned(),
        place: "classes.dex".to_owned(),
        ..Endpoint::default()
    }
}

fn capability(rule: &Rule, chance: &mut Chance) -> Capability {
    let support = *chance.of(&[Support::Supported, Support::Possible, Support::Weak]);
    let (tier, kind) = match support {
        Support::Supported => (Tier::Called, "method"),
        Support::Possible => (Tier::Declared, "permission"),
        Support::Weak => (Tier::Referenced, "class"),
    };
    Capability {
        id: rule.id.clone(),
        name: rule.name.clone(),
        group: rule.group.as_str().to_owned(),
        support,
        inside: None,
        sentence: rule.sentence_for(support),
        why: rule.why.clone(),
        innocent: rule.innocent.clone(),
        criteria: rule.criteria.clone(),
        evidence: vec![Evidence {
            tier,
            kind: kind.to_owned(),
            value: format!("com.example.{}.Made", rule.group.as_str()),
            place: "classes.dex: Lcom/example/Made;".to_owned(),
        }],
    }
}
