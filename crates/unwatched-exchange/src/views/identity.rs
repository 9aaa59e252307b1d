//! Which families' indicators name a sample: an identity, and never a verdict.

use std::collections::BTreeMap;

use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::report::Report;
use unwatched_store::IndicatorRow;

use crate::views::class::ClassView;

/// What of a sample can be looked up: kinds and normalised values.
pub(crate) fn values(sha256: &Sha256, report: Option<&Report>) -> Vec<(IndicatorKind, String)> {
    let mut values = vec![(IndicatorKind::FileSha256, sha256.to_string())];
    let Some(report) = report else { return values };
    if let Some(Ok(package)) =
        report.package.as_deref().map(|package| IndicatorKind::Package.normalise(package))
    {
        values.push((IndicatorKind::Package, package));
    }
    for certificate in &report.certificates {
        values.push((IndicatorKind::CertificateSha1, certificate.sha1.to_string()));
        values.push((IndicatorKind::CertificateSha256, certificate.sha256.to_string()));
    }
    values
}

/// By what a family's indicators name a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct NamedBy {
    hash: bool,
    package: bool,
    certificate: bool,
}

/// The families whose indicators are among `rows`.
pub(crate) fn families(rows: &[IndicatorRow]) -> BTreeMap<FamilyId, NamedBy> {
    let mut families: BTreeMap<FamilyId, NamedBy> = BTreeMap::new();
    for row in rows {
        let named = families.entry(row.indicator.family.clone()).or_default();
        match row.indicator.kind {
            IndicatorKind::FileSha256 => named.hash = true,
            IndicatorKind::Package => named.package = true,
            IndicatorKind::CertificateSha1 | IndicatorKind::CertificateSha256 => {
                named.certificate = true;
            }
            _ => {}
        }
    }
    families
}

impl NamedBy {
    pub(crate) fn words(self) -> String {
        let parts = [
            (self.hash, "its file hash"),
            (self.package, "its package name"),
            (self.certificate, "its certificate"),
        ];
        let named: Vec<_> =
            parts.into_iter().filter(|(by, _)| *by).map(|(_, words)| words.to_owned()).collect();
        crate::views::words::list(&named)
    }

    /// How far the identity can be trusted.
    pub(crate) fn caution(self, verified: bool) -> &'static str {
        match (self.hash, self.certificate, verified) {
            (true, ..) => "This exact file is listed.",
            (false, true, true) => "The file’s signature was checked.",
            (false, true, false) => {
                "The certificate is claimed, not verified: anybody can put it into a file."
            }
            (false, false, _) => "By package name only: anybody can give an app this name.",
        }
    }
}

/// One family that names the sample.
pub(crate) struct FoundFamily {
    pub(crate) id: FamilyId,
    pub(crate) name: String,
    pub(crate) by: String,
    pub(crate) caution: &'static str,
    pub(crate) class: ClassView,
    pub(crate) origin: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_says_so() {
        let by_name = NamedBy { package: true, ..NamedBy::default() };
        assert_eq!(by_name.words(), "its package name");
        assert!(by_name.caution(false).starts_with("By package name only"));
        let both = NamedBy { certificate: true, ..by_name };
        assert_eq!(both.words(), "its package name and its certificate");
        assert!(both.caution(false).contains("claimed, not verified"));
    }
}
