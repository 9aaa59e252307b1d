//! PKCS #7 signed data, as the `.RSA`, `.DSA` and `.EC` files of a signed JAR hold it: the structure
//! and one signer's signature. Which signer counts is the scheme's business.

use super::algorithms::Family;
use super::ber::{Element, Elements, INTEGER, OCTETS, OID, SEQUENCE, SET, is_identifier};
use super::certificate::Certificate;
use super::hashes::Hash;
use super::keys::PublicKey;
use super::work::Work;
use super::x509::number;

const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
/// `[0]`, constructed.
const FIRST: u8 = 0xa0;
/// `[1]`, constructed.
const SECOND: u8 = 0xa1;

/// More certificates, signers or attributes than any real block has.
const MAX_PARTS: usize = 100;

/// Signature algorithms by their object identifiers: with a hash of their own, or with that of the
/// digest beside them.
const ALGORITHMS: [(&[u8], Family, Option<Hash>); 16] = [
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01], Family::RsaPkcs1, None),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04], Family::RsaPkcs1, Some(Hash::Md5)),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05], Family::RsaPkcs1, Some(Hash::Sha1)),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0e], Family::RsaPkcs1, Some(Hash::Sha224)),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b], Family::RsaPkcs1, Some(Hash::Sha256)),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c], Family::RsaPkcs1, Some(Hash::Sha384)),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d], Family::RsaPkcs1, Some(Hash::Sha512)),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], Family::Dsa, None),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03], Family::Dsa, Some(Hash::Sha1)),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x01], Family::Dsa, Some(Hash::Sha224)),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x02], Family::Dsa, Some(Hash::Sha256)),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01], Family::Ecdsa, None),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01], Family::Ecdsa, Some(Hash::Sha1)),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02], Family::Ecdsa, Some(Hash::Sha256)),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03], Family::Ecdsa, Some(Hash::Sha384)),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04], Family::Ecdsa, Some(Hash::Sha512)),
];
const ECDSA_SHA224: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x01];

/// Certificates and signatures over something that is not in here.
pub(super) struct SignedData<'a> {
    content_type: &'a [u8],
    pub(super) certificates: Vec<&'a [u8]>,
    pub(super) signers: Vec<SignerInfo<'a>>,
}

/// One signature and who made it.
pub(super) struct SignerInfo<'a> {
    /// The issuer's name and the serial number; no other way to name a certificate is accepted.
    issuer_and_serial: Option<(&'a [u8], &'a [u8])>,
    digest: &'a [u8],
    signed_attributes: Option<Element<'a>>,
    algorithm: &'a [u8],
    signature: &'a [u8],
}

impl<'a> SignedData<'a> {
    /// Reads the structure; `None` where it is malformed.
    pub(super) fn read(data: &'a [u8]) -> Option<Self> {
        let mut info = Elements::new(Elements::new(data).expect_number(SEQUENCE)?);
        if info.expect_number(OID)? != SIGNED_DATA {
            return None;
        }
        let wrapped = info.expect_number(FIRST)?;
        let mut parts = Elements::new(Elements::new(wrapped).expect_number(SEQUENCE)?);
        short(parts.expect_number(INTEGER)?)?;
        for listed in Elements::new(parts.expect_number(SET)?).all(MAX_PARTS)? {
            algorithm(listed.of_number(SEQUENCE)?)?;
        }
        let mut content = Elements::new(parts.expect_number(SEQUENCE)?);
        let content_type = identifier(content.expect_number(OID)?)?;
        if let Some(wrapped) = content.optional_number(FIRST) {
            // What the signature would be over, were it in here; nobody looks at it.
            Elements::new(wrapped.content).next()?;
        }
        let listed = parts.optional_number(FIRST).map_or(&[][..], |list| list.content);
        let certificates = Elements::new(listed).all(MAX_PARTS)?;
        if let Some(revocations) = parts.optional_number(SECOND) {
            Elements::new(revocations.content).all(MAX_PARTS)?;
        }
        let signers = Elements::new(parts.expect_number(SET)?).all(MAX_PARTS)?;
        Some(Self {
            content_type,
            certificates: certificates.into_iter().map(|element| element.whole).collect(),
            signers: signers
                .into_iter()
                .map(|element| SignerInfo::read(element.of_number(SEQUENCE)?))
                .collect::<Option<_>>()?,
        })
    }
}

/// What came of checking one signature.
pub(super) enum Checked<'c, 'a> {
    /// It holds, by this certificate and algorithm.
    Holds(&'c Certificate<'a>, String),
    /// It does not; another signer's may.
    DoesNotHold,
    /// The whole block is refused.
    Refused(&'static str),
}

impl<'a> SignerInfo<'a> {
    fn read(data: &'a [u8]) -> Option<Self> {
        let mut parts = Elements::new(data);
        short(parts.expect_number(INTEGER)?)?;
        let sid = parts.next()?;
        let issuer_and_serial = match sid.tag {
            SEQUENCE | 0x10 => {
                let mut names = Elements::new(sid.content);
                Some((names.next()?.whole, names.expect_number(INTEGER)?))
            }
            0x80 | 0xa0 => None,
            _ => return None,
        };
        let digest = algorithm(parts.expect_number(SEQUENCE)?)?;
        let signed_attributes = parts.optional_number(FIRST);
        let algorithm = algorithm(parts.expect_number(SEQUENCE)?)?;
        let signature = parts.expect_number(OCTETS)?;
        if let Some(unsigned) = parts.optional_number(SECOND) {
            unsigned_attributes(unsigned.content)?;
        }
        Some(Self { issuer_and_serial, digest, signed_attributes, algorithm, signature })
    }

    /// Checks the signature over `message`.
    pub(super) fn check<'c>(
        &self,
        data: &SignedData<'a>,
        certificates: &'c [Certificate<'a>],
        message: &[u8],
        work: &Work,
    ) -> Checked<'c, 'a> {
        let Some((family, hash)) = self.algorithm() else {
            return Checked::Refused(
                "its digest and signature algorithms are none that Android takes together",
            );
        };
        let mut named = None;
        if let Some((issuer, serial)) = self.issuer_and_serial {
            for certificate in certificates {
                match certificate.is(issuer, serial) {
                    None => return Checked::Refused("the issuer it names has no name"),
                    Some(true) => {
                        named = Some(certificate);
                        break;
                    }
                    Some(false) => {}
                }
            }
        }
        let Some(certificate) = named else {
            return Checked::Refused("the certificate it names is not there");
        };
        if let Some(why) = certificate.may_not_sign() {
            return Checked::Refused(why);
        }
        let key = match PublicKey::read(certificate.key_der()) {
            Ok(key) => key,
            Err(why) => return Checked::Refused(why),
        };
        let verdict = match self.signed_attributes {
            None => key.is_over(family, hash, message, self.signature, work),
            Some(attributes) => match self.attributes_hold(attributes, data, message) {
                Err(why) => return Checked::Refused(why),
                Ok(false) => return Checked::DoesNotHold,
                Ok(true) => {
                    // Signed as a SET, whatever tag they stand under here.
                    let signed = [&[SET][..], &attributes.whole[1..]].concat();
                    key.is_over(family, hash, &signed, self.signature, work)
                }
            },
        };
        match verdict {
            Ok(true) => {
                let name = format!("{}_{}", family.name(), hash.name());
                Checked::Holds(certificate, name)
            }
            Ok(false) => Checked::DoesNotHold,
            Err(why) => Checked::Refused(why),
        }
    }

    /// Kind of key and hash, where Android 7 and all later ones take the two identifiers together.
    fn algorithm(&self) -> Option<(Family, Hash)> {
        let digest = Hash::ALL.into_iter().find(|hash| hash.oid() == self.digest)?;
        let (family, own) = match self.algorithm {
            ECDSA_SHA224 => (Family::Ecdsa, Some(Hash::Sha224)),
            other => {
                let known = ALGORITHMS.into_iter().find(|(oid, ..)| *oid == other)?;
                (known.1, known.2)
            }
        };
        let agree = own.is_none_or(|own| own == digest);
        let exists = match family {
            Family::Dsa => matches!(digest, Hash::Sha1 | Hash::Sha224 | Hash::Sha256),
            Family::Ecdsa => digest != Hash::Md5,
            _ => true,
        };
        (agree && exists).then_some((family, digest))
    }

    /// Whether the signed attributes speak of this message.
    fn attributes_hold(
        &self,
        attributes: Element<'_>,
        data: &SignedData<'_>,
        message: &[u8],
    ) -> Result<bool, &'static str> {
        const MALFORMED: &str = "its signed attributes are malformed";
        let list = Elements::new(attributes.content).all(MAX_PARTS).ok_or(MALFORMED)?;
        let mut known: Vec<(&[u8], Vec<Element<'_>>)> = Vec::new();
        for attribute in list {
            let mut parts = Elements::new(attribute.of_number(SEQUENCE).ok_or(MALFORMED)?);
            let kind = parts.expect_number(OID).and_then(identifier).ok_or(MALFORMED)?;
            let values = Elements::new(parts.expect_number(SET).ok_or(MALFORMED)?);
            if known.iter().any(|(other, _)| *other == kind) {
                return Err("its signed attributes hold one twice");
            }
            known.push((kind, values.all(MAX_PARTS).ok_or(MALFORMED)?));
        }
        let single = |wanted: &[u8], tag: u8| {
            let (_, values) = known.iter().find(|(kind, _)| *kind == wanted)?;
            let [value] = values.as_slice() else { return None };
            value.of_number(tag)
        };
        let content_type = single(CONTENT_TYPE, OID).ok_or(MALFORMED)?;
        if content_type != data.content_type {
            return Ok(false);
        }
        let stated = single(MESSAGE_DIGEST, OCTETS).ok_or(MALFORMED)?;
        let digest = Hash::ALL.into_iter().find(|hash| hash.oid() == self.digest);
        Ok(digest.is_some_and(|hash| hash.digest(message) == stated))
    }
}

/// The identifier of an algorithm, empty where there is none; its parameters only need to be
/// readable.
fn algorithm(content: &[u8]) -> Option<&[u8]> {
    let mut parts = Elements::new(content);
    if parts.is_empty() {
        return Some(&[]);
    }
    let kind = identifier(parts.expect_number(OID)?)?;
    while !parts.is_empty() {
        if parts.next()?.is_universal() {
            break;
        }
    }
    Some(kind)
}

/// Attributes that nobody signed, which only need to be readable; a list of something else is
/// passed over.
fn unsigned_attributes(content: &[u8]) -> Option<()> {
    let mut attributes = Elements::new(content);
    while !attributes.is_empty() {
        let Some(attribute) = attributes.next()?.of_number(SEQUENCE) else { break };
        let mut parts = Elements::new(attribute);
        if parts.is_empty() {
            continue;
        }
        identifier(parts.expect_number(OID)?)?;
        if !parts.is_empty() {
            Elements::new(parts.expect_number(SET)?).all(MAX_PARTS)?;
        }
    }
    Some(())
}

fn identifier(content: &[u8]) -> Option<&[u8]> {
    is_identifier(content).then_some(content)
}

/// Whether the digits are those of a version: a number of at most 32 bits.
fn short(digits: &[u8]) -> Option<()> {
    (number(digits).len() <= 4).then_some(())
}
