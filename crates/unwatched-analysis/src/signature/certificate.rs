//! X.509 certificates as far as a signature needs them: the key, who issued it, and whether its
//! extensions let it sign. No chain is followed and no date looked at: Android does neither.

use sha2::{Digest, Sha256};
use unwatched_model::digest;

use super::ber::Elements;
use super::x509::{Fields, number};
use super::x509_mended::mended;
use super::x509_names;

/// A longer certificate is refused.
const MAX_BYTES: usize = 1 << 20;

/// A certificate with the bytes it came from.
pub(super) struct Certificate<'a> {
    pub(super) der: &'a [u8],
    fields: Fields,
}

impl<'a> Certificate<'a> {
    /// Reads one; `None` where it is none, or a longer one than any real.
    pub(super) fn read(der: &'a [u8]) -> Option<Self> {
        if der.len() > MAX_BYTES {
            return None;
        }
        // What stands behind it counts to its identity, and to nothing else.
        let whole = Elements::new(der).next()?.whole;
        let fields = Fields::read(whole).or_else(|| Fields::read(&mended(whole)?))?;
        Some(Self { der, fields })
    }

    pub(super) fn sha256(&self) -> digest::Sha256 {
        digest::Sha256(Sha256::digest(self.der).into())
    }

    /// Its `SubjectPublicKeyInfo`, as Java writes it.
    pub(super) fn key_der(&self) -> &[u8] {
        &self.fields.key
    }

    /// Whether it is the one of this issuer and serial number; `None` where the issuer is no name.
    pub(super) fn is(&self, issuer: &[u8], serial: &[u8]) -> Option<bool> {
        let same_issuer = x509_names::same(&self.fields.issuer, issuer)?;
        let serial = if serial.is_empty() { &[0] } else { number(serial) };
        Some(same_issuer && self.fields.serial == serial)
    }

    /// Why it may not sign, where it may not.
    pub(super) fn may_not_sign(&self) -> Option<&'static str> {
        self.fields.may_not_sign
    }
}
