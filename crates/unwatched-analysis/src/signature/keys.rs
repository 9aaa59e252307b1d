//! Public keys, and checking a signature with one: RSA (PKCS#1 v1.5 and PSS), ECDSA on the three
//! NIST curves that Android's and Java's providers share, DSA.
//!
//! Only public operations, so nothing here needs to hide its timing. Sizes are bounded as Java's
//! providers bound them.

use num_bigint::BigUint;
use p256::ecdsa::signature::hazmat::PrehashVerifier;

use super::algorithms::Family;
use super::ber::{BIT_STRING, Element, Elements, INTEGER, OID, SEQUENCE};
use super::hashes::Hash;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];

const RSA_MODULUS_BITS: std::ops::RangeInclusive<u64> = 512..=16_384;
/// Above this size of modulus Java limits the exponent.
const RSA_LARGE_MODULUS_BITS: u64 = 3072;
const RSA_EXPONENT_BITS: u64 = 64;
const DSA_MODULUS_BITS: std::ops::RangeInclusive<u64> = 512..=8192;
const DSA_ORDER_BITS: std::ops::RangeInclusive<u64> = 160..=512;

/// A key that can check signatures.
pub(super) enum PublicKey {
    Rsa { modulus: BigUint, exponent: BigUint },
    P256(Box<p256::ecdsa::VerifyingKey>),
    P384(Box<p384::ecdsa::VerifyingKey>),
    P521(Box<p521::ecdsa::VerifyingKey>),
    Dsa { p: BigUint, q: BigUint, g: BigUint, y: BigUint },
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo`; the error says why it is no key.
    pub(super) fn read(der: &[u8]) -> Result<Self, &'static str> {
        const MALFORMED: &str = "the public key is malformed";
        let mut outer = Elements::new(der);
        let mut info = Elements::new(outer.expect(SEQUENCE).ok_or(MALFORMED)?);
        if !outer.is_empty() {
            return Err(MALFORMED);
        }
        let mut algorithm = Elements::new(info.expect(SEQUENCE).ok_or(MALFORMED)?);
        let kind = algorithm.expect(OID).ok_or(MALFORMED)?;
        let bits = info.expect(BIT_STRING).ok_or(MALFORMED)?;
        let (0, key) = bits.split_first().map(|(unused, key)| (*unused, key)).ok_or(MALFORMED)?
        else {
            return Err(MALFORMED);
        };
        match kind {
            RSA => rsa(key).ok_or(MALFORMED)?,
            EC => elliptic(algorithm.expect(OID).ok_or("the curve is not named")?, key),
            DSA => dsa(algorithm.next().and_then(|e| e.of(SEQUENCE)).ok_or(MALFORMED)?, key)
                .ok_or(MALFORMED)?,
            _ => Err("the kind of key is not one Android knows"),
        }
    }

    /// Whether this is the signature over the message.
    pub(super) fn verifies(
        &self,
        family: Family,
        hash: Hash,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), &'static str> {
        const WRONG: &str = "the signature does not hold";
        let digest = hash.digest(message);
        let holds = match (self, family) {
            (Self::Rsa { modulus, exponent }, Family::RsaPkcs1 | Family::RsaPss) => {
                let encoded = opened(modulus, exponent, signature)
                    .ok_or("the signature's length is wrong")?;
                match family {
                    Family::RsaPss => is_pss(&encoded, modulus.bits(), &digest, hash),
                    _ => is_pkcs1(&encoded, &digest, hash),
                }
            }
            (Self::P256(key), Family::Ecdsa) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|s| key.verify_prehash(&at_least(digest, 32), &s).is_ok()),
            (Self::P384(key), Family::Ecdsa) => p384::ecdsa::Signature::from_der(signature)
                .is_ok_and(|s| key.verify_prehash(&at_least(digest, 48), &s).is_ok()),
            (Self::P521(key), Family::Ecdsa) => p521::ecdsa::Signature::from_der(signature)
                .is_ok_and(|s| key.verify_prehash(&at_least(digest, 64), &s).is_ok()),
            (Self::Dsa { p, q, g, y }, Family::Dsa) => {
                if q.bits() > digest.len() as u64 * 8 {
                    return Err("the digest is too short for this DSA key");
                }
                is_dsa([p, q, g, y], &digest, signature).unwrap_or(false)
            }
            _ => return Err("the key is not of the kind the signature's algorithm needs"),
        };
        if holds { Ok(()) } else { Err(WRONG) }
    }
}

fn rsa(key: &[u8]) -> Option<Result<PublicKey, &'static str>> {
    let mut outer = Elements::new(key);
    let mut parts = Elements::new(outer.expect(SEQUENCE)?);
    let modulus = number(parts.next()?)?;
    let exponent = number(parts.next()?)?;
    (outer.is_empty() && parts.is_empty()).then_some(())?;
    let long = modulus.bits() > RSA_LARGE_MODULUS_BITS && exponent.bits() > RSA_EXPONENT_BITS;
    Some(if !RSA_MODULUS_BITS.contains(&modulus.bits()) || long {
        Err("the RSA key's size is out of bounds")
    } else if exponent < BigUint::from(3u8) || exponent >= modulus {
        Err("the RSA key's exponent is out of bounds")
    } else {
        Ok(PublicKey::Rsa { modulus, exponent })
    })
}

fn elliptic(curve: &[u8], point: &[u8]) -> Result<PublicKey, &'static str> {
    const NO_POINT: &str = "the public key is no point of its curve";
    match curve {
        P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map(|key| PublicKey::P256(Box::new(key)))
            .map_err(|_| NO_POINT),
        P384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map(|key| PublicKey::P384(Box::new(key)))
            .map_err(|_| NO_POINT),
        P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map(|key| PublicKey::P521(Box::new(key)))
            .map_err(|_| NO_POINT),
        _ => Err("the curve is not one Android knows"),
    }
}

fn dsa(parameters: &[u8], key: &[u8]) -> Option<Result<PublicKey, &'static str>> {
    let mut parts = Elements::new(parameters);
    let [p, q, g] = [number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?];
    let y = number(Elements::new(key).next()?)?;
    let in_bounds = DSA_MODULUS_BITS.contains(&p.bits()) && DSA_ORDER_BITS.contains(&q.bits());
    let ordered = g < p && y < p && q < p;
    Some(if in_bounds && ordered {
        Ok(PublicKey::Dsa { p, q, g, y })
    } else {
        Err("the DSA key's numbers are out of bounds")
    })
}

/// An integer, read without its sign, as Java's key readers do.
fn number(element: Element<'_>) -> Option<BigUint> {
    let digits = element.of(INTEGER)?;
    (!digits.is_empty() && digits.len() <= 4096).then(|| BigUint::from_bytes_be(digits))
}

/// What an RSA signature was made from, as long as the modulus.
fn opened(modulus: &BigUint, exponent: &BigUint, signature: &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(modulus.bits().div_ceil(8)).ok()?;
    let number = BigUint::from_bytes_be(signature);
    if signature.len() != length || &number >= modulus {
        return None;
    }
    let bytes = number.modpow(exponent, modulus).to_bytes_be();
    let mut padded = vec![0; length.checked_sub(bytes.len())?];
    padded.extend(bytes);
    Some(padded)
}

/// `00 01 FF .. FF 00` before the digest with its algorithm (RFC 8017, 9.2).
fn is_pkcs1(encoded: &[u8], digest: &[u8], hash: Hash) -> bool {
    let oid = hash.oid();
    let info_length = oid.len() + digest.len() + 8;
    let (Ok(info), Ok(algorithm), Ok(oid_length), Ok(digest_length)) = (
        u8::try_from(info_length),
        u8::try_from(oid.len() + 4),
        u8::try_from(oid.len()),
        u8::try_from(digest.len()),
    ) else {
        return false;
    };
    let info = [
        &[0x30, info, 0x30, algorithm, 0x06, oid_length][..],
        oid,
        &[0x05, 0x00, 0x04, digest_length],
        digest,
    ]
    .concat();
    let Some(padding) = encoded.len().checked_sub(info.len() + 3).filter(|length| *length >= 8)
    else {
        return false;
    };
    let expected = [&[0, 1][..], &vec![0xff; padding], &[0], &info].concat();
    encoded == expected
}

/// The probabilistic padding with a salt as long as the digest (RFC 8017, 9.1.2).
fn is_pss(encoded: &[u8], modulus_bits: u64, digest: &[u8], hash: Hash) -> bool {
    let bits = modulus_bits - 1;
    let Ok(length) = usize::try_from(bits.div_ceil(8)) else { return false };
    let Some((leading, encoded)) = encoded.split_at_checked(encoded.len() - length) else {
        return false;
    };
    let size = digest.len();
    if leading.iter().any(|byte| *byte != 0)
        || length < 2 * size + 2
        || encoded.last() != Some(&0xbc)
    {
        return false;
    }
    let (masked, rest) = encoded.split_at(length - size - 1);
    let seed = &rest[..size];
    let clear = 0xffu8 >> (8 * length as u64 - bits);
    if masked[0] & !clear != 0 {
        return false;
    }
    let mut block: Vec<u8> =
        masked.iter().zip(mask(seed, masked.len(), hash)).map(|(byte, mask)| byte ^ mask).collect();
    block[0] &= clear;
    let (zeros, salt) = block.split_at(block.len() - size);
    let (marker, zeros) = zeros.split_last().expect("the length was checked");
    zeros.iter().all(|byte| *byte == 0)
        && *marker == 1
        && hash.digest(&[&[0; 8][..], digest, salt].concat()) == seed
}

/// The mask generation function MGF1.
fn mask(seed: &[u8], length: usize, hash: Hash) -> Vec<u8> {
    let mut mask = Vec::with_capacity(length + 64);
    for counter in 0u32.. {
        if mask.len() >= length {
            break;
        }
        mask.extend(hash.digest(&[seed, &counter.to_be_bytes()].concat()));
    }
    mask.truncate(length);
    mask
}

fn is_dsa(key: [&BigUint; 4], digest: &[u8], signature: &[u8]) -> Option<bool> {
    let [modulus, order, generator, public] = key;
    let mut outer = Elements::new(signature);
    let mut parts = Elements::new(outer.expect(SEQUENCE)?);
    let (wanted, proof) = (positive(parts.next()?)?, positive(parts.next()?)?);
    if !outer.is_empty() || !parts.is_empty() || &wanted >= order || &proof >= order {
        return Some(false);
    }
    let order_bytes = usize::try_from(order.bits() / 8).ok()?;
    let message = BigUint::from_bytes_be(&digest[..digest.len().min(order_bytes)]);
    // The order is prime, or else this is no inverse and the comparison fails.
    let inverse = proof.modpow(&(order - 2u8), order);
    let first = generator.modpow(&(message * &inverse % order), modulus);
    let second = public.modpow(&(&wanted * &inverse % order), modulus);
    Some(first * second % modulus % order == wanted)
}

fn positive(element: Element<'_>) -> Option<BigUint> {
    let negative = element.content.first().is_some_and(|first| *first >= 0x80);
    number(element).filter(|number| !negative && number.bits() > 0)
}

/// A digest shorter than the curve's field counts as the number it is.
fn at_least(digest: Vec<u8>, length: usize) -> Vec<u8> {
    let mut padded = vec![0; length.saturating_sub(digest.len())];
    padded.extend(digest);
    padded
}
