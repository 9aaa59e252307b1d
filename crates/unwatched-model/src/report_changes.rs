//! What differs between two reports: two versions of an app side by side, or two analyses of one
//! file. It compares what the reports say; what a difference means is for whoever reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::report::{Certificate, Observable, Report, said_of};
use crate::signature::Signature;

/// What a line is about, in the order in which lines are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The package name.
    Package,
    /// The name under the icon.
    Label,
    /// The version for people and for machines.
    Version,
    /// What the file is.
    Format,
    /// The file's length.
    Size,
    /// A certificate, verified or claimed.
    Certificate,
    /// Whether Android accepts its signatures.
    Signature,
    /// Something the app can do.
    Capability,
    /// A removal or switching off that the app's code would report.
    Observable,
    /// A permission it asks for.
    Permission,
    /// An address it mentions.
    Address,
    /// Something unusual about the file.
    Unusual,
    /// Something that could not be read.
    NotRead,
    /// Something that was left out on purpose.
    LeftOut,
}

impl Part {
    /// Every part, in the order of lines.
    pub const ALL: [Self; 14] = [
        Self::Package,
        Self::Label,
        Self::Version,
        Self::Format,
        Self::Size,
        Self::Certificate,
        Self::Signature,
        Self::Capability,
        Self::Observable,
        Self::Permission,
        Self::Address,
        Self::Unusual,
        Self::NotRead,
        Self::LeftOut,
    ];

    /// The words used on pages and in the terminal.
    pub fn words(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Label => "label",
            Self::Version => "version",
            Self::Format => "file format",
            Self::Size => "size in bytes",
            Self::Certificate => "certificates",
            Self::Signature => "signatures Android accepts",
            Self::Capability => "what it can do",
            Self::Observable => "what removing would tell",
            Self::Permission => "permissions",
            Self::Address => "addresses",
            Self::Unusual => "unusual about the file",
            Self::NotRead => "what could not be read",
            Self::LeftOut => "what was left out on purpose",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about.
    pub part: Part,
    /// Which one, where a report can hold several: a capability's name, a permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub which: Option<String>,
    /// What the earlier report says; `None` when it says nothing of it.
    pub before: Option<String>,
    /// What the later report says; `None` when it says nothing of it.
    pub after: Option<String>,
}

/// Whether two files are known to come from one signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    /// Both are signed with the same certificates, and both signatures were verified.
    Same,
    /// Both signatures were verified, and no certificate is in both.
    Different,
    /// Both signatures were verified; some certificates are in both.
    Partly,
    /// A signature of one of them was not verified: what it claims to be is no identity.
    NotVerified,
}

impl Signer {
    /// The sentence used on pages and in the terminal.
    pub fn words(self) -> &'static str {
        match self {
            Self::Same => {
                "Both are signed with the same certificates, and both signatures were verified: one signer made both."
            }
            Self::Partly => {
                "Both signatures were verified; some certificates are in both, others in one only."
            }
            Self::Different => {
                "Both signatures were verified, and no certificate is in both: they come from different signers, whatever their names say."
            }
            Self::NotVerified => {
                "At least one signature was not verified: nothing here says that both come from one signer."
            }
        }
    }
}

/// What two reports say that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Differences {
    /// Whether the two come from one signer.
    pub signer: Signer,
    /// Sorted by part and name.
    pub differences: Vec<Difference>,
    /// How many things both say alike, by part.
    pub alike: BTreeMap<Part, usize>,
}

/// Compares an earlier report with a later one.
pub fn between(before: &Report, after: &Report) -> Differences {
    let (mut differences, mut alike) = (Vec::new(), BTreeMap::new());
    for part in Part::ALL {
        let (old, new) = (said(part, before), said(part, after));
        let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for name in names {
            let (before, after) = (old.get(name), new.get(name));
            if before == after {
                *alike.entry(part).or_default() += 1;
            } else {
                let which = (!name.is_empty()).then(|| name.clone());
                let (before, after) = (before.cloned(), after.cloned());
                differences.push(Difference { part, which, before, after });
            }
        }
    }
    Differences { signer: signer(before, after), differences, alike }
}

fn signer(before: &Report, after: &Report) -> Signer {
    let verified = |report: &Report| -> BTreeSet<_> {
        let certificates = report.certificates.iter();
        certificates.filter(|certificate| certificate.verified).map(|c| c.sha256).collect()
    };
    let (before, after) = (verified(before), verified(after));
    if before.is_empty() || after.is_empty() {
        Signer::NotVerified
    } else if before == after {
        Signer::Same
    } else if before.is_disjoint(&after) {
        Signer::Different
    } else {
        Signer::Partly
    }
}

/// What a report says of a part: by name, or under an empty name where there is only one.
fn said(part: Part, report: &Report) -> BTreeMap<String, String> {
    let one =
        |value: Option<String>| value.map(|value| (String::new(), value)).into_iter().collect();
    match part {
        Part::Package => one(report.package.clone()),
        Part::Label => one(report.label.clone()),
        Part::Version => one(version(report)),
        Part::Format => one(Some(report.format.as_str().to_owned())),
        Part::Size => one(Some(report.size_bytes.to_string())),
        Part::Certificate => report.certificates.iter().map(certificate).collect(),
        Part::Capability => {
            let each = report.capabilities.iter();
            each.map(|c| (of(c.inside.as_deref(), &c.name), c.support.as_str().to_owned()))
                .collect()
        }
        Part::Signature => report.signature.iter().flat_map(accepted).collect(),
        Part::Observable => {
            let each = report.observable_by.iter();
            let of_one = |one: &Observable| of(one.inside.as_deref(), &one.signal);
            each.map(|one| (of_one(one), one.support.as_str().to_owned())).collect()
        }
        Part::Permission => present(report.permissions.iter().cloned()),
        Part::Address => present(report.endpoints.iter().map(|endpoint| endpoint.value.clone())),
        Part::Unusual => present(report.anomalies.iter().map(|anomaly| anomaly.what.clone())),
        Part::NotRead => present(report.problems.iter().map(|problem| problem.what.clone())),
        Part::LeftOut => present(report.left_out.iter().map(|left| left.what.clone())),
    }
}

/// A name, with the path of the app inside the file whose it is.
fn of(inside: Option<&str>, name: &str) -> String {
    said_of(inside, name).into_owned()
}

fn version(report: &Report) -> Option<String> {
    match (&report.version_name, report.version_code) {
        (Some(name), Some(code)) => Some(format!("{name} ({code})")),
        (Some(name), None) => Some(name.clone()),
        (None, Some(code)) => Some(format!("({code})")),
        (None, None) => None,
    }
}

fn accepted(signature: &Signature) -> [(String, String); 3] {
    let at = signature.accepted_at;
    let levels = [("24", at.api_24), ("28", at.api_28), ("33", at.api_33)];
    levels.map(|(level, accepted)| {
        let word = if accepted { "accepted" } else { "refused" };
        (format!("from API level {level} on"), word.to_owned())
    })
}

fn certificate(certificate: &Certificate) -> (String, String) {
    let how = if certificate.verified { "verified" } else { "claimed, not verified" };
    (certificate.sha256.to_string(), how.to_owned())
}

fn present(names: impl Iterator<Item = String>) -> BTreeMap<String, String> {
    names.map(|name| (name, "present".to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{Md5, Sha1, Sha256};

    fn report(permissions: &[&str], certificates: &[(u8, bool)]) -> Report {
        let mut report = Report::of_digests(Sha256([1; 32]), Sha1([2; 20]), Md5([3; 16]), 1);
        report.permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
        report.certificates = certificates
            .iter()
            .map(|&(byte, verified)| Certificate {
                sha1: Sha1([byte; 20]),
                sha256: Sha256([byte; 32]),
                subject: None,
                verified,
            })
            .collect();
        report
    }

    #[test]
    fn what_only_one_report_says_is_a_difference() {
        let check = |before: &[&str], after: &[&str], expected: &[(&str, bool)], alike: usize| {
            let found = between(&report(before, &[]), &report(after, &[]));
            let lines: Vec<_> = found
                .differences
                .iter()
                .map(|line| (line.which.as_deref().unwrap_or_default(), line.after.is_some()))
                .collect();
            assert_eq!(lines, expected);
            assert_eq!(found.alike.get(&Part::Permission).copied().unwrap_or_default(), alike);
        };
        check(&["a"], &["a"], &[], 1);
        check(&["a", "b"], &["b", "c"], &[("a", false), ("c", true)], 1);
        check(&[], &["a"], &[("a", true)], 0);
    }

    #[test]
    fn only_verified_certificates_say_who_signed() {
        let check = |before: &[(u8, bool)], after: &[(u8, bool)], expected| {
            assert_eq!(between(&report(&[], before), &report(&[], after)).signer, expected);
        };
        check(&[(1, true)], &[(1, true)], Signer::Same);
        check(&[(1, true)], &[(1, true), (2, false)], Signer::Same);
        check(&[(1, true)], &[(2, true)], Signer::Different);
        check(&[(1, true), (2, true)], &[(2, true)], Signer::Partly);
        check(&[(1, false)], &[(1, true)], Signer::NotVerified);
        check(&[], &[], Signer::NotVerified);
    }

    #[test]
    fn a_single_value_that_changed_shows_both() {
        let (mut before, mut after) = (report(&[], &[]), report(&[], &[]));
        before.version_name = Some("1.0".to_owned());
        after.version_name = Some("2.0".to_owned());
        after.version_code = Some(20);
        let found = between(&before, &after).differences;
        let expected = Difference {
            part: Part::Version,
            which: None,
            before: Some("1.0".to_owned()),
            after: Some("2.0 (20)".to_owned()),
        };
        assert_eq!(found, [expected]);
    }
}
