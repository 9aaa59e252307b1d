//! Public keys, and checking a signature with one: RSA (PKCS#1 v1.5 and PSS), ECDSA on the three
//! NIST curves that Android's and Java's providers share, DSA.
//!
//! Only public operations, so nothing here needs to hide its timing. Sizes are bounded as Java's
//! providers bound them.

use num_bigint::BigUint;
use p256::ecdsa::signature::hazmat::PrehashVerifier;

use super::algorithms::Family;
use super::ber::{BIT_STRING, Element, Elements, INTEGER, OCTETS, OID, SEQUENCE, element};
use super::hashes::Hash;
use super::signature_numbers::{Numbers, pair};
use super::work::{Work, power};
use super::x509::{self, algorithm};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// The same by an older number.
const OLD_RSA: &[u8] = &[0x55, 0x08, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
/// The same by an older number.
const OLD_DSA: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x0c];
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
        let (kind, parameters) =
            algorithm(info.expect(SEQUENCE).ok_or(MALFORMED)?).ok_or(MALFORMED)?;
        let bits = info.expect(BIT_STRING).ok_or(MALFORMED)?;
        let (Some((0, key)), true) = (bits.split_first(), info.is_empty()) else {
            return Err(MALFORMED);
        };
        let parameters = Elements::new(parameters.unwrap_or_default()).next();
        match kind {
            RSA | OLD_RSA => rsa(key).ok_or(MALFORMED)?,
            EC => {
                elliptic(parameters.and_then(|e| e.of(OID)).ok_or("the curve is not named")?, key)
            }
            DSA | OLD_DSA => {
                let parameters = parameters.and_then(|e| e.of(SEQUENCE)).ok_or(MALFORMED)?;
                dsa(parameters, key).ok_or(MALFORMED)?
            }
            _ => Err("the kind of key is not one Android knows"),
        }
    }

    /// What checking one signature takes.
    fn cost(&self) -> u64 {
        match self {
            Self::Rsa { modulus, exponent } => power(modulus.bits(), exponent.bits()),
            Self::P256(_) => 200_000,
            Self::P384(_) => 500_000,
            Self::P521(_) => 1_000_000,
            Self::Dsa { p, q, .. } => 2 * power(p.bits(), q.bits()),
        }
    }

    /// Whether this is the signature over the message; the error says why not.
    pub(super) fn verifies(
        &self,
        family: Family,
        hash: Hash,
        message: &[u8],
        signature: &[u8],
        work: &Work,
    ) -> Result<(), &'static str> {
        if self.is_over(family, hash, message, signature, work)? {
            Ok(())
        } else {
            Err("the signature does not hold")
        }
    }

    /// As [`Self::verifies`]; the error is for what is not even a signature by such a key, which in
    /// scheme 1 is worse than one that does not hold.
    pub(super) fn is_over(
        &self,
        family: Family,
        hash: Hash,
        message: &[u8],
        signature: &[u8],
        work: &Work,
    ) -> Result<bool, &'static str> {
        const MALFORMED: &str = "the signature is malformed";
        work.spend(self.cost())?;
        let digest = hash.digest(message);
        match (self, family) {
            (Self::Rsa { modulus, exponent }, Family::RsaPkcs1 | Family::RsaPss) => {
                if Some(signature.len()) != usize::try_from(modulus.bits().div_ceil(8)).ok() {
                    return Err("the signature's length is wrong");
                }
                let Some(encoded) = opened(modulus, exponent, signature) else { return Ok(false) };
                match family {
                    Family::RsaPss => Ok(is_pss(&encoded, modulus.bits(), &digest, hash)),
                    _ => is_pkcs1(&encoded, &digest, hash),
                }
            }
            (Self::P256(key), Family::Ecdsa) => {
                let numbers = pair(signature).ok_or(MALFORMED)?;
                Ok(is_ecdsa::<p256::ecdsa::Signature>(&**key, &numbers, 32, &at_least(digest, 32)))
            }
            (Self::P384(key), Family::Ecdsa) => {
                let numbers = pair(signature).ok_or(MALFORMED)?;
                Ok(is_ecdsa::<p384::ecdsa::Signature>(&**key, &numbers, 48, &at_least(digest, 48)))
            }
            (Self::P521(key), Family::Ecdsa) => {
                let numbers = pair(signature).ok_or(MALFORMED)?;
                Ok(is_ecdsa::<p521::ecdsa::Signature>(&**key, &numbers, 66, &at_least(digest, 64)))
            }
            (Self::Dsa { p, q, g, y }, Family::Dsa) => {
                let numbers = pair(signature).ok_or(MALFORMED)?;
                let [wanted, proof] = numbers.values();
                if &wanted >= q || &proof >= q {
                    return Err("the signature's numbers are out of bounds");
                }
                is_dsa([p, q, g, y], &digest, &wanted, &proof)
                    .ok_or("the signature's numbers are out of bounds")
            }
            _ => Err("the key is not of the kind the signature's algorithm needs"),
        }
    }
}

/// Whether a kind of key is one that is read here.
pub(super) fn is_known(kind: &[u8]) -> bool {
    matches!(kind, RSA | OLD_RSA | EC | DSA | OLD_DSA)
}

/// A `SubjectPublicKeyInfo` as Java and apksigner write it, from its algorithm and bits: no length
/// longer than need be, an RSA key with the parameters it must have and a positive modulus.
pub(super) fn written((kind, parameters): (&[u8], Option<&[u8]>), bits: &[u8]) -> Vec<u8> {
    let parameters = parameters.unwrap_or(&[5, 0]);
    let algorithm = element(SEQUENCE, &[&element(OID, &[kind]), parameters]);
    let positive = if kind == RSA { with_positive_modulus(bits) } else { None };
    let bits = element(BIT_STRING, &[positive.as_deref().unwrap_or(bits)]);
    element(SEQUENCE, &[&algorithm, &bits])
}

/// The bits of an RSA key that forgets its modulus' leading zero, with it.
fn with_positive_modulus(bits: &[u8]) -> Option<Vec<u8>> {
    let mut parts = Elements::new(Elements::new(bits.get(1..)?).expect(SEQUENCE)?);
    let modulus = parts.expect(INTEGER).filter(|digits| digits.first() >= Some(&0x80))?;
    let exponent = element(INTEGER, &[x509::number(parts.expect(INTEGER)?)]);
    let modulus = element(INTEGER, &[&[0], modulus]);
    Some([&[0], &element(SEQUENCE, &[&modulus, &exponent])[..]].concat())
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
    let (Some((4, numbers)), Some(bytes)) = (point.split_first(), field_bytes(curve)) else {
        return Err(NO_POINT);
    };
    // One byte too many is overlooked, as Java does.
    let (true, Some(_)) = (numbers.len() / 2 == bytes, numbers.get(..2 * bytes)) else {
        return Err(NO_POINT);
    };
    let point = &point[..=2 * bytes];
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
        _ => Err(NO_POINT),
    }
}

/// How long a number of a curve is, where Android knows the curve.
fn field_bytes(curve: &[u8]) -> Option<usize> {
    match curve {
        P256 => Some(32),
        P384 => Some(48),
        P521 => Some(66),
        _ => None,
    }
}

fn dsa(parameters: &[u8], key: &[u8]) -> Option<Result<PublicKey, &'static str>> {
    let mut parts = Elements::new(parameters);
    let mut next = || positive(parts.next()?);
    let [p, q, g] = [next()?, next()?, next()?];
    let y = positive(Elements::new(key).next()?)?;
    parts.is_empty().then_some(())?;
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

fn positive(element: Element<'_>) -> Option<BigUint> {
    number(element).filter(|_| element.content.first() < Some(&0x80))
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

/// `00 01 FF .. FF 00` before the digest with its algorithm (RFC 8017, 9.2), whose parameters may be
/// absent. The error is for a right padding around something else.
fn is_pkcs1(encoded: &[u8], digest: &[u8], hash: Hash) -> Result<bool, &'static str> {
    let Some(padded) = encoded.strip_prefix(&[0, 1]) else { return Ok(false) };
    let length = padded.iter().take_while(|byte| **byte == 0xff).count();
    let (8.., Some([0, info @ ..])) = (length, padded.get(length..)) else { return Ok(false) };
    for parameters in [&[5, 0][..], &[]] {
        let algorithm = element(SEQUENCE, &[&element(OID, &[hash.oid()]), parameters]);
        let known = element(SEQUENCE, &[&algorithm, &element(OCTETS, &[digest])]);
        if info == known {
            return Ok(true);
        }
        if info.len() == known.len() && info.starts_with(&known[..known.len() - digest.len()]) {
            return Ok(false);
        }
    }
    Err("what was signed is no digest of this kind")
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

/// `None` where one of the numbers has no inverse.
fn is_dsa(key: [&BigUint; 4], digest: &[u8], wanted: &BigUint, proof: &BigUint) -> Option<bool> {
    let [modulus, order, generator, public] = key;
    let order_bytes = usize::try_from(order.bits() / 8).ok()?;
    let message = BigUint::from_bytes_be(&digest[..digest.len().min(order_bytes)]);
    let inverse = proof.modinv(order)?;
    let first = generator.modpow(&(message * &inverse % order), modulus);
    let second = public.modpow(&(wanted * &inverse % order), modulus);
    Some(&(first * second % modulus % order) == wanted)
}

/// Whether a pair of numbers, each in so many bytes, is a signature of the digest.
fn is_ecdsa<S>(
    key: &impl PrehashVerifier<S>,
    numbers: &Numbers<'_>,
    bytes: usize,
    digest: &[u8],
) -> bool
where
    S: for<'b> TryFrom<&'b [u8]>,
{
    let fixed = numbers.fixed(bytes);
    let signature = fixed.and_then(|fixed| S::try_from(&fixed).ok());
    signature.is_some_and(|signature| key.verify_prehash(digest, &signature).is_ok())
}

/// A digest shorter than the curve's field counts as the number it is.
fn at_least(digest: Vec<u8>, length: usize) -> Vec<u8> {
    let mut padded = vec![0; length.saturating_sub(digest.len())];
    padded.extend(digest);
    padded
}
