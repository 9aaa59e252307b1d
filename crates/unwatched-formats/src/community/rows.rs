//! Entries from rows: a family that no list had, and that the coalition judged, as an entry of the
//! community's form. Kinds that the form has no key for stay out and are counted by the caller.

use unwatched_model::class::Class;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};

use super::dataset::{Entry, Field, List};

impl Entry {
    /// The entry for a family of a class that one of the lists holds; `None` for the others.
    /// Values keep the order given, each once.
    pub fn from_indicators(
        name: &str,
        aliases: &[String],
        class: Class,
        indicators: &[Indicator],
    ) -> Option<Self> {
        let mut entry = Self::new(List::for_class(class)?, name);
        if !aliases.is_empty() {
            entry.names = Some(aliases.to_vec());
        }
        for indicator in indicators {
            let Some(field) = Field::for_indicator(indicator.kind, indicator.role) else {
                continue;
            };
            let value = match field {
                Field::Certificates => indicator.value.replace(':', "").to_uppercase(),
                _ => indicator.value.clone(),
            };
            if !entry.values(field).contains(&value) {
                entry.push(field, value);
            }
        }
        Some(entry)
    }
}

impl Field {
    /// The key under which a kind in a role is listed. Samples have a file of their own, and
    /// SHA-256 certificates have no key.
    pub fn for_indicator(kind: IndicatorKind, role: Role) -> Option<Self> {
        match (kind, role) {
            (_, Role::Sample)
            | (IndicatorKind::FileSha256 | IndicatorKind::CertificateSha256, _) => None,
            (IndicatorKind::Package, _) => Some(Self::Packages),
            (IndicatorKind::IosBundle, _) => Some(Self::IosBundles),
            (IndicatorKind::CertificateSha1, _) => Some(Self::Certificates),
            (IndicatorKind::CertificateOrganisation, _) => Some(Self::CertificateOrganizations),
            (IndicatorKind::CertificateCommonNamePattern, _) => Some(Self::CertificateCnameRe),
            (_, Role::Website) => Some(Self::Websites),
            (_, Role::Distribution) => Some(Self::Distribution),
            (IndicatorKind::Address, _) => Some(Self::C2Ips),
            // The form has no key for a URL that an app talks to.
            (IndicatorKind::Url, _) => None,
            (IndicatorKind::Domain, _) => Some(Self::C2Domains),
        }
    }
}
