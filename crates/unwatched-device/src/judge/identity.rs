//! What the indicators say about an app: by package and certificate, certificate, file, or name.
//!
//! A certificate counts only where AndroidQF or our own verifier checked it against the file. A name that is merely written in a
//! certificate (an organisation, a pattern over the common name) can be written by anybody, so
//! it never gives the band `known`: it is an identity by `certificate` in the band
//! `needs_expert_look`. The same holds for a certificate that matches but was not verified.

use std::collections::BTreeMap;

use unwatched_model::class::Class;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::set::{IndicatorSet, Match, SetFamily};

use super::signed::{SignedFile, VerifiedBy, files_of};
use super::view::{Origin, View};
use crate::catalogue::catalogue;
use crate::facts::{Facts, Seen};
use crate::result::{Band, FindingKind, IdentifiedBy, Identity, Signal};

/// An app that indicators recognise.
#[derive(Debug)]
pub(crate) struct Identified<'s> {
    pub(crate) family: &'s SetFamily,
    pub(crate) others: Vec<&'s SetFamily>,
    pub(crate) band: Band,
    pub(crate) identity: Identity,
    pub(crate) signals: Vec<Signal>,
}

impl Identified<'_> {
    /// `undecided` is never shown: it is the absence of a class.
    pub(crate) fn class(&self) -> Option<Class> {
        Some(self.family.class).filter(|class| *class != Class::Undecided)
    }

    /// Whether a mark matched that is enough to name an app whose name is private: its name, its
    /// file or a verified certificate, not what anybody can write into a certificate.
    pub(crate) fn names_private_apps(&self) -> bool {
        self.band == Band::Known || self.identity.by == IdentifiedBy::PackageName
    }

    pub(crate) fn kind(&self) -> FindingKind {
        if self.family.class == Class::Stalkerware {
            FindingKind::Installed
        } else {
            FindingKind::DualUse
        }
    }
}

/// All that speaks for one family.
struct Matched<'s> {
    family: &'s SetFamily,
    name: Option<Role>,
    certificate: Option<(Role, Seen, VerifiedBy)>,
    file: Option<(Role, Seen)>,
    /// What is written in a certificate, or an unverified one: role, what, limit, where.
    written: Option<(Role, String, &'static str, Seen)>,
}

/// How strong a match is; the smaller, the stronger. A name comes before what is merely written.
type Rank = (bool, bool, Option<IdentifiedBy>);

impl Matched<'_> {
    /// The strongest mark that matched, and its indicator's role.
    fn by(&self) -> Option<(IdentifiedBy, Role)> {
        if let Some((role, ..)) = self.certificate {
            let with_name = |role| (IdentifiedBy::PackageAndCertificate, role);
            return Some(self.name.map_or((IdentifiedBy::Certificate, role), with_name));
        }
        if let Some((role, _)) = self.file {
            return Some((IdentifiedBy::Hash, role));
        }
        let by_name = self.name.map(|role| (IdentifiedBy::PackageName, role));
        let written = self.written.as_ref().map(|(role, ..)| (IdentifiedBy::Certificate, *role));
        by_name.or(written)
    }

    fn is_known(&self) -> bool {
        self.certificate.is_some() || self.file.is_some()
    }

    fn rank(&self) -> Rank {
        let merely_written = !self.is_known() && self.name.is_none();
        (!self.is_known(), merely_written, self.by().map(|(by, _)| by))
    }
}

/// Looks an app up in the set.
pub(crate) fn identify<'s>(
    facts: &Facts,
    app: &View<'_>,
    set: &'s IndicatorSet,
) -> Option<Identified<'s>> {
    let mut matched: BTreeMap<&FamilyId, Matched<'s>> = BTreeMap::new();
    for found in set.lookup(IndicatorKind::Package, app.name) {
        slot(&mut matched, found).name.get_or_insert(found.role);
    }
    for file in files_of(app.facts) {
        look_up_file(&file, set, &mut matched);
    }
    let mut matched: Vec<_> = matched.into_values().collect();
    matched.sort_by(|a, b| (a.rank(), &a.family.name).cmp(&(b.rank(), &b.family.name)));
    let best = matched.first()?;
    let (by, role) = best.by()?;
    Some(Identified {
        family: best.family,
        others: matched[1..].iter().map(|other| other.family).collect(),
        band: if best.is_known() { Band::Known } else { Band::NeedsExpertLook },
        identity: Identity { by, role },
        signals: signals(facts, app, best),
    })
}

fn slot<'m, 's>(
    matched: &'m mut BTreeMap<&'s FamilyId, Matched<'s>>,
    found: Match<'s>,
) -> &'m mut Matched<'s> {
    matched.entry(&found.family.id).or_insert(Matched {
        family: found.family,
        name: None,
        certificate: None,
        file: None,
        written: None,
    })
}

const WRITTEN: &str = "Anybody can write this into a certificate of their own";

fn look_up_file<'s>(
    file: &SignedFile<'_>,
    set: &'s IndicatorSet,
    matched: &mut BTreeMap<&'s FamilyId, Matched<'s>>,
) {
    let seen = file.seen;
    if let Some(sha256) = file.sha256 {
        for found in set.lookup(IndicatorKind::FileSha256, &sha256.to_string()) {
            slot(matched, found).file.get_or_insert((found.role, seen));
        }
    }
    let Some(certificate) = &file.certificate else { return };
    let digests = [
        (IndicatorKind::CertificateSha1, certificate.sha1.map(|digest| digest.to_string())),
        (IndicatorKind::CertificateSha256, certificate.sha256.map(|digest| digest.to_string())),
    ];
    for (kind, digest) in digests {
        for found in digest.iter().flat_map(|digest| set.lookup(kind, digest)) {
            let slot = slot(matched, found);
            match certificate.verified {
                Ok(by) => {
                    slot.certificate.get_or_insert((found.role, seen, by));
                }
                Err(why) => {
                    let what = "the certificate's digest".to_owned();
                    slot.written.get_or_insert((found.role, what, why, seen));
                }
            }
        }
    }
    if certificate.verified.is_err() {
        return;
    }
    let organisations = certificate.organisations.iter();
    let names = organisations
        .map(|name| (IndicatorKind::CertificateOrganisation, "organisation", name))
        .chain(
            certificate
                .common_names
                .iter()
                .map(|name| (IndicatorKind::CertificateCommonNamePattern, "common name", name)),
        );
    for (kind, title, name) in names {
        for found in set.lookup(kind, name) {
            let what = format!("the {title} \"{name}\"");
            slot(matched, found).written.get_or_insert((found.role, what, WRITTEN, seen));
        }
    }
}

/// What is said of the family, never of the indicator: opinions judge families.
pub(super) fn listing(family: &SetFamily) -> String {
    if family.judged {
        return match family.class {
            Class::Disputed => "a family on which the coalition's partners disagree".to_owned(),
            class => format!("a family that the coalition judged {}", word(class)),
        };
    }
    let sources: Vec<_> = family
        .attributed
        .iter()
        .map(|a| format!("{} lists as {}", a.source, word(a.class)))
        .collect();
    if sources.is_empty() {
        "a family that the coalition has not judged".to_owned()
    } else {
        format!("a family that {}, not judged by the coalition", sources.join(" and "))
    }
}

/// A class inside a sentence; what it means is said in the report's own line about the family.
fn word(class: Class) -> &'static str {
    match class {
        Class::DualUse => "dual use",
        other => other.as_str(),
    }
}

fn signals(facts: &Facts, app: &View<'_>, best: &Matched<'_>) -> Vec<Signal> {
    let listing = listing(best.family);
    let family = best.family.name.as_str();
    let words = [("family", family), ("listing", listing.as_str())];
    let of_name = || app.seen().map(|seen| facts.place(seen)).unwrap_or_default();
    let mut signals = Vec::new();
    let mut push = |rule: &str, more: &[(&str, &str)], source: String| {
        let all: Vec<_> = words.iter().chain(more).copied().collect();
        signals.push(catalogue().rule(rule).signal(&all, source));
    };
    match (best.name, &best.certificate) {
        (Some(_), Some((_, seen, by))) => {
            push("L1", &[("verified_by", by.said())], facts.place(*seen));
        }
        (None, Some((_, seen, by))) => {
            push("L2", &[("verified_by", by.said())], facts.place(*seen));
        }
        (Some(_), None) if best.file.is_none() => {
            push("L3", &[("by_name", &by_name(facts, app))], of_name());
        }
        _ => {}
    }
    if let Some((_, seen)) = &best.file {
        push("L2_hash", &[], facts.place(*seen));
    }
    if let (None, None, Some((_, what, limit, seen))) =
        (&best.certificate, &best.file, &best.written)
    {
        push("L3_certificate", &[("what", what), ("limit", limit)], facts.place(*seen));
    }
    signals
}

/// Why nothing more than the name could be compared.
fn by_name(facts: &Facts, app: &View<'_>) -> String {
    let files: Vec<_> = files_of(app.facts).collect();
    let mut certificates = files.iter().filter_map(|file| file.certificate.as_ref()).peekable();
    let there = certificates.peek().is_some();
    let mut why = if files.is_empty() && app.facts.aqf.is_none() {
        "this evidence shows no certificate of the app".to_owned()
    } else if certificates.any(|certificate| certificate.verified.is_ok()) {
        "the app's verified certificate is not among those listed for it".to_owned()
    } else if there {
        "the app's certificate was not verified, so it does not count".to_owned()
    } else {
        "the acquisition holds no certificate of the app".to_owned()
    };
    if app.origin == Origin::Preinstalled {
        why.push_str(if super::access::can_be_changed(facts) {
            "; it is recorded as having come with the phone, but the system of this phone can be changed, so somebody may have put it there"
        } else {
            "; the app came with the phone, so it may be another product of the same name"
        });
    }
    why
}
