//! X.509 certificates as far as a signature needs them: the key, who issued it, and whether its
//! extensions let it sign. No chain is followed and no date looked at: Android does neither.

use sha2::{Digest, Sha256};
use unwatched_model::digest;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::X509Name;

use crate::findings::guarded;

use super::ber::{BIT_STRING, Elements, INTEGER, OCTETS, OID, SEQUENCE, SET};

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

const VERSION: u8 = 0xa0;
const ISSUER_ID: u8 = 0x81;
const SUBJECT_ID: u8 = 0x82;
const EXTENSIONS: u8 = 0xa3;
const BOOLEAN: u8 = 0x01;
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const TIMES: [u8; 2] = [0x17, 0x18];
const MAX_EXTENSIONS: usize = 100;

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
        is_strict(der)?;
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
            if extension.critical
                && matches!(extension.parsed_extension(), ParsedExtension::ParseError { .. })
            {
                return Some("its certificate has a malformed critical extension");
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

/// Whether the certificate is built as it must be down to each name. The parser above lets much pass
/// that Java and Android refuse, and in scheme 1 no signature covers a certificate.
fn is_strict(der: &[u8]) -> Option<()> {
    let mut outer = Elements::new(der);
    let mut parts = Elements::new(outer.expect(SEQUENCE)?);
    let mut body = Elements::new(parts.expect(SEQUENCE)?);
    let algorithm = parts.expect(SEQUENCE)?;
    bits(parts.expect(BIT_STRING)?)?;
    (outer.is_empty() && parts.is_empty()).then_some(())?;

    let version = match body.optional(VERSION) {
        Some(version) => {
            let mut version = Elements::new(version.content);
            let number = version.expect(INTEGER)?;
            version.is_empty().then_some(number)?
        }
        None => &[0],
    };
    (!body.expect(INTEGER)?.is_empty()).then_some(())?;
    (body.expect(SEQUENCE)? == algorithm).then_some(())?;
    Elements::new(algorithm).expect(OID).and_then(identifier)?;
    name(body.expect(SEQUENCE)?)?;
    let mut validity = Elements::new(body.expect(SEQUENCE)?);
    for _ in 0..2 {
        TIMES.contains(&validity.next()?.tag).then_some(())?;
    }
    validity.is_empty().then_some(())?;
    name(body.expect(SEQUENCE)?)?;
    let mut key = Elements::new(body.expect(SEQUENCE)?);
    Elements::new(key.expect(SEQUENCE)?).expect(OID).and_then(identifier)?;
    bits(key.expect(BIT_STRING)?)?;
    key.is_empty().then_some(())?;
    let _unique_ids = (body.optional(ISSUER_ID), body.optional(SUBJECT_ID));
    if let Some(wrapped) = body.optional(EXTENSIONS) {
        (version == [2]).then_some(())?;
        let mut wrapped = Elements::new(wrapped.content);
        let list = Elements::new(wrapped.expect(SEQUENCE)?);
        wrapped.is_empty().then_some(())?;
        for extension in list.all(MAX_EXTENSIONS)? {
            let mut extension = Elements::new(extension.of(SEQUENCE)?);
            let kind = extension.expect(OID)?;
            identifier(kind)?;
            let critical = extension.optional(BOOLEAN).is_some_and(|flag| flag.content != [0]);
            let value = extension.expect(OCTETS)?;
            if critical && kind == BASIC_CONSTRAINTS {
                basic_constraints(value)?;
            }
        }
    }
    body.is_empty().then_some(())
}

/// Whether the bytes say who may issue certificates: a flag and a number, both optional.
fn basic_constraints(value: &[u8]) -> Option<()> {
    let mut outer = Elements::new(value);
    let mut parts = Elements::new(outer.expect(SEQUENCE)?);
    let flag = parts.optional(BOOLEAN);
    let _length = parts.optional(INTEGER);
    let whole = outer.is_empty() && parts.is_empty();
    (whole && flag.is_none_or(|flag| flag.content.len() == 1)).then_some(())
}

/// Whether the bytes are an object identifier.
fn identifier(content: &[u8]) -> Option<()> {
    let starts = |at: usize| at == 0 || content[at - 1] < 0x80;
    let shortest = content.iter().enumerate().all(|(at, byte)| *byte != 0x80 || !starts(at));
    (shortest && content.last().is_some_and(|last| *last < 0x80)).then_some(())
}

/// Whether the bytes are a string of bits.
fn bits(content: &[u8]) -> Option<()> {
    content.first().is_some_and(|unused| *unused < 8).then_some(())
}

/// Whether the bytes are a distinguished name.
fn name(content: &[u8]) -> Option<()> {
    for set in Elements::new(content).all(MAX_EXTENSIONS)? {
        for pair in Elements::new(set.of(SET)?).all(MAX_EXTENSIONS)? {
            let mut pair = Elements::new(pair.of(SEQUENCE)?);
            pair.expect(OID).and_then(identifier)?;
            pair.next()?;
            pair.is_empty().then_some(())?;
        }
    }
    Some(())
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
