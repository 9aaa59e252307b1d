//! The fields of an X.509 certificate, read as strictly as Java reads them: apksigner refuses an app
//! for a certificate that Java refuses, and in scheme 1 no signature covers a certificate.
//!
//! Who issued a certificate is compared in [`super::x509_names`]; keys are read in [`super::keys`].

use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::prelude::FromDer;

use crate::findings::guarded;

use super::ber::{BIT_STRING, Element, Elements, INTEGER, NULL, OCTETS, OID, SEQUENCE, element};
use super::keys::{self, PublicKey};
use super::x509_names;
use super::x509_times::is_time;

const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const BOOLEAN: u8 = 0x01;
const V1: u8 = 0;
const V3: u8 = 2;

const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const SUBJECT_ALTERNATIVES: &[u8] = &[0x55, 0x1d, 0x11];
/// Lists of names, which must hold one: of the subject, of the issuer, of another's issuer.
const NAMES: [u8; 3] = [17, 18, 29];
/// Extensions that Java knows, by their last number under 2.5.29.
const KNOWN: [u8; 20] =
    [14, 15, 16, 17, 18, 19, 20, 21, 27, 28, 29, 30, 31, 32, 33, 35, 36, 37, 46, 54];
/// And others: who to ask about the issuer and the subject, "no check", Netscape's.
const KNOWN_TOO: [&[u8]; 4] = [
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01],
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x0b],
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05],
    &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 0x01, 0x01],
];

/// What a verifier needs of a certificate.
#[derive(Debug)]
pub(super) struct Fields {
    /// The issuer's name.
    pub(super) issuer: Vec<u8>,
    /// The digits of the serial number, as few as keep its value.
    pub(super) serial: Vec<u8>,
    /// Its `SubjectPublicKeyInfo`, as Java writes it.
    pub(super) key: Vec<u8>,
    /// Why it may not sign, where it may not.
    pub(super) may_not_sign: Option<&'static str>,
}

impl Fields {
    /// Reads a certificate; `None` where Java refuses it.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let mut outer = Elements::new(Elements::new(der).expect(SEQUENCE)?);
        let mut body = Elements::new(outer.expect(SEQUENCE)?);
        let algorithm = algorithm(outer.expect(SEQUENCE)?)?;
        bits(outer.expect(BIT_STRING)?)?;
        outer.is_empty().then_some(())?;

        let version = match body.optional(VERSION) {
            Some(wrapped) => version(wrapped.content)?,
            None => V1,
        };
        let serial = body.expect(INTEGER).filter(|digits| !digits.is_empty())?;
        (self::algorithm(body.expect(SEQUENCE)?)? == algorithm).then_some(())?;
        let issuer = body.next()?;
        (!x509_names::is_empty(issuer.of(SEQUENCE)?)?).then_some(())?;
        validity(body.expect(SEQUENCE)?)?;
        let nameless = x509_names::is_empty(body.expect(SEQUENCE)?)?;
        let key = key(body.expect(SEQUENCE)?)?;
        let extensions = extensions(body, version, nameless)?;
        Some(Self {
            issuer: issuer.whole.to_vec(),
            serial: number(serial).to_vec(),
            key,
            may_not_sign: extensions.may_not_sign,
        })
    }
}

/// An algorithm's identifier and parameters; "nothing" counts as none.
pub(super) fn algorithm(content: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let mut parts = Elements::new(content);
    let kind = parts.expect(OID).and_then(identifier)?;
    if parts.is_empty() {
        return Some((kind, None));
    }
    let parameters = parts.next()?;
    parts.is_empty().then_some(())?;
    match parameters {
        Element { tag: NULL, content: [], .. } => Some((kind, None)),
        Element { tag: NULL, .. } => None,
        other => Some((kind, Some(other.whole))),
    }
}

/// An object identifier, where it ends and none of its numbers has a useless digit.
fn identifier(content: &[u8]) -> Option<&[u8]> {
    let starts = |at: usize| at == 0 || content[at - 1] < 0x80;
    let shortest = content.iter().enumerate().all(|(at, byte)| *byte != 0x80 || !starts(at));
    (shortest && content.last().is_some_and(|last| *last < 0x80)).then_some(content)
}

/// Whether the bytes are a string of bits.
fn bits(content: &[u8]) -> Option<()> {
    content.first().is_some_and(|unused| *unused < 8).then_some(())
}

/// The digits of a number without those that only repeat its sign.
pub(super) fn number(mut digits: &[u8]) -> &[u8] {
    while let [first @ (0 | 0xff), next, ..] = digits
        && (*first >= 0x80) == (*next >= 0x80)
    {
        digits = &digits[1..];
    }
    digits
}

/// The version's number; one that nobody knows counts as the highest.
fn version(wrapped: &[u8]) -> Option<u8> {
    let mut wrapped = Elements::new(wrapped);
    let digits = wrapped.expect(INTEGER).filter(|digits| !digits.is_empty()).map(number)?;
    (wrapped.is_empty() && digits.len() <= 4).then_some(())?;
    Some(match digits {
        [version @ V1..=V3] => *version,
        _ => u8::MAX,
    })
}

fn validity(content: &[u8]) -> Option<()> {
    let mut times = Elements::new(content);
    for _ in 0..2 {
        let time = times.next()?;
        is_time(time.tag, time.content).then_some(())?;
    }
    times.is_empty().then_some(())
}

/// A public key as Java writes it, of a kind that nobody knows or right in itself.
fn key(content: &[u8]) -> Option<Vec<u8>> {
    let mut parts = Elements::new(content);
    let algorithm = algorithm(parts.expect(SEQUENCE)?)?;
    let bits = parts.expect(BIT_STRING)?;
    self::bits(bits)?;
    parts.is_empty().then_some(())?;
    let written = keys::written(algorithm, bits);
    (!keys::is_known(algorithm.0) || PublicKey::read(&written).is_ok()).then_some(written)
}

/// What the extensions say.
#[derive(Default)]
struct Extensions {
    may_not_sign: Option<&'static str>,
    /// The subject has a name in the extensions that must be understood.
    named: bool,
}

/// What stands behind the key. `nameless` says that the subject has no name.
fn extensions(mut body: Elements<'_>, version: u8, nameless: bool) -> Option<Extensions> {
    if version == V1 && (nameless || !body.is_empty()) {
        return None;
    }
    for number in [1, 2] {
        if body.peek().is_some_and(|element| element.tag & 0xdf == 0x80 | number) {
            body.next().and_then(|id| bits(id.content))?;
        }
    }
    if body.is_empty() {
        return Some(Extensions::default());
    }
    (version == V3).then_some(())?;
    let last = body.next()?;
    let mut found = Extensions::default();
    if last.tag == EXTENSIONS {
        let extensions = Elements::new(Elements::new(last.content).expect(SEQUENCE)?);
        found.read(extensions)?;
    }
    (!nameless || found.named).then_some(found)
}

impl Extensions {
    fn read(&mut self, list: Elements<'_>) -> Option<()> {
        let mut known: Vec<&[u8]> = Vec::new();
        let mut rest = list;
        while !rest.is_empty() {
            let whole = rest.next()?;
            let mut parts = Elements::new(whole.of(SEQUENCE)?);
            let kind = parts.expect(OID).and_then(identifier)?;
            let critical = match parts.optional(BOOLEAN) {
                Some(Element { content: [flag], .. }) => *flag != 0,
                Some(_) => return None,
                None => false,
            };
            let value = parts.expect(OCTETS)?;
            let right = if is_known(kind) { self.one(kind, critical, value) } else { Ok(()) };
            match right {
                // What need not be understood and is malformed counts as not said.
                Err(()) if !critical => continue,
                Err(()) => return None,
                Ok(()) => known.push(kind),
            }
            if critical && !is_known(kind) {
                self.may_not_sign =
                    Some("its certificate has a critical extension that is not known");
            }
        }
        known.sort_unstable();
        known.windows(2).all(|two| two[0] != two[1]).then_some(())
    }

    fn one(&mut self, kind: &[u8], critical: bool, value: &[u8]) -> Result<(), ()> {
        let mut parts = Elements::new(value);
        let only = parts.next().filter(|_| parts.is_empty()).ok_or(())?;
        match kind {
            KEY_USAGE => {
                let bits = only.of(BIT_STRING).filter(|bits| self::bits(bits).is_some());
                let (unused, bits) = bits.and_then(|bits| bits.split_first()).ok_or(())?;
                let shown = (8 * bits.len()).saturating_sub(usize::from(*unused)).min(2);
                let first = bits.first().map_or(0, |first| first >> 6) >> (2 - shown);
                if first == 0 && self.may_not_sign.is_none() {
                    self.may_not_sign = Some("its certificate is not for signing");
                }
                Ok(())
            }
            BASIC_CONSTRAINTS => basic_constraints(only.of(SEQUENCE).ok_or(())?).ok_or(()),
            [.., last] if NAMES.contains(last) && only.content.is_empty() => Err(()),
            _ if critical => {
                self.named |= kind == SUBJECT_ALTERNATIVES;
                if is_readable(kind, value) { Ok(()) } else { Err(()) }
            }
            _ => Ok(()),
        }
    }
}

fn is_known(kind: &[u8]) -> bool {
    matches!(kind, [0x55, 0x1d, last] if KNOWN.contains(last)) || KNOWN_TOO.contains(&kind)
}

/// Whether the bytes say who may issue certificates: a flag and a number, both optional.
fn basic_constraints(content: &[u8]) -> Option<()> {
    let mut parts = Elements::new(content);
    let Some(flag) = (!parts.is_empty()).then(|| parts.next()) else { return Some(()) };
    let flag = flag?;
    if flag.tag != BOOLEAN {
        return Some(());
    }
    (flag.content.len() == 1).then_some(())?;
    if parts.is_empty() {
        return Some(());
    }
    let length = parts.expect(INTEGER).filter(|digits| !digits.is_empty())?;
    (number(length).len() <= 4).then_some(())
}

/// Whether an extension of another kind says something.
fn is_readable(kind: &[u8], value: &[u8]) -> bool {
    let der = element(SEQUENCE, &[&element(OID, &[kind]), &element(OCTETS, &[value])]);
    let malformed = guarded(|| {
        X509Extension::from_der(&der).map_or(true, |(_, extension)| {
            matches!(extension.parsed_extension(), ParsedExtension::ParseError { .. })
        })
    });
    malformed == Some(false)
}
