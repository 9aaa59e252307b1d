//! X.509 certificates as far as a signature needs them: the key, who issued it, and whether its
//! extensions let it sign. No chain is followed and no date looked at: Android does neither.

use sha2::{Digest, Sha256};
use unwatched_model::digest;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::X509Name;

use crate::findings::guarded;

/// A longer certificate is refused.
const MAX_BYTES: usize = 64 << 10;

/// Critical extensions that Java's reader knows, by their last arc under 2.5.29.
const KNOWN_CRITICAL: [u64; 17] =
    [14, 15, 16, 17, 18, 19, 20, 21, 24, 28, 29, 30, 31, 32, 33, 35, 36];
const KNOWN_CRITICAL_TOO: [&str; 7] = [
    "2.5.29.37",
    "2.5.29.46",
    "2.5.29.54",
    "1.3.6.1.5.5.7.1.1",
    "1.3.6.1.5.5.7.1.11",
    "2.16.840.1.113730.1.1",
    "1.3.6.1.5.5.7.48.1.5",
];

/// A certificate with the bytes it came from.
pub(super) struct Certificate<'a> {
    pub(super) der: &'a [u8],
    parsed: X509Certificate<'a>,
}

impl<'a> Certificate<'a> {
    /// Reads one; `None` where it is none, or a longer one than any real.
    pub(super) fn read(der: &'a [u8]) -> Option<Self> {
        if der.len() > MAX_BYTES {
            return None;
        }
        let (_, parsed) = guarded(|| X509Certificate::from_der(der).ok()).flatten()?;
        Some(Self { der, parsed })
    }

    pub(super) fn sha256(&self) -> digest::Sha256 {
        digest::Sha256(Sha256::digest(self.der).into())
    }

    /// Its `SubjectPublicKeyInfo`.
    pub(super) fn key_der(&self) -> &'a [u8] {
        self.parsed.tbs_certificate.subject_pki.raw
    }

    /// Whether it is the one of this issuer and serial number.
    pub(super) fn is(&self, issuer_der: &[u8], serial: &[u8]) -> bool {
        let own = self.parsed.raw_serial();
        let significant = |digits: &[u8]| -> Vec<u8> {
            digits.iter().copied().skip_while(|digit| *digit == 0).collect()
        };
        let same_serial = own == serial
            || (significant(own) == significant(serial) && is_negative(own) == is_negative(serial));
        same_serial && same_name(self.parsed.issuer(), issuer_der)
    }

    /// Why it may not sign, where it may not.
    pub(super) fn may_not_sign(&self) -> Option<&'static str> {
        for extension in self.parsed.extensions() {
            let oid = extension.oid.to_id_string();
            let last = oid.strip_prefix("2.5.29.").and_then(|last| last.parse().ok());
            let known = last.is_some_and(|last| KNOWN_CRITICAL.contains(&last))
                || KNOWN_CRITICAL_TOO.contains(&oid.as_str());
            if extension.critical && !known {
                return Some("its certificate has a critical extension that is not known");
            }
            if let ParsedExtension::KeyUsage(usage) = extension.parsed_extension()
                && !usage.digital_signature()
                && !usage.non_repudiation()
            {
                return Some("its certificate is not for signing");
            }
        }
        None
    }
}

fn is_negative(digits: &[u8]) -> bool {
    digits.first().is_some_and(|first| *first >= 0x80)
}

/// Names are compared as text without regard to case and spaces, where their bytes differ.
fn same_name(name: &X509Name<'_>, der: &[u8]) -> bool {
    if name.as_raw() == der {
        return true;
    }
    let other = guarded(|| X509Name::from_der(der).ok()).flatten();
    let text = |name: &X509Name<'_>| {
        let lower = name.to_string().to_lowercase();
        lower.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    other.is_some_and(|(_, other)| text(&other) == text(name))
}
