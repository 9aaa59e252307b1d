//! Made-up signers of inert apps: a key from a seed, a self-signed certificate with fixed dates.
//!
//! For fixtures only: whoever knows the names and the seed knows the key. Nothing here verifies a signature or
//! makes a key that anybody should trust.

mod der;

use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use unwatched_model::digest;

const COMMON_NAME: &[u32] = &[2, 5, 4, 3];
const ORGANISATION: &[u32] = &[2, 5, 4, 10];
const EC_PUBLIC_KEY: &[u32] = &[1, 2, 840, 10045, 2, 1];
const CURVE_P256: &[u32] = &[1, 2, 840, 10045, 3, 1, 7];
const ECDSA_WITH_SHA256: &[u32] = &[1, 2, 840, 10045, 4, 3, 2];
const SHA256: &[u32] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];
const PKCS7_DATA: &[u32] = &[1, 2, 840, 113_549, 1, 7, 1];
const PKCS7_SIGNED_DATA: &[u32] = &[1, 2, 840, 113_549, 1, 7, 2];
const NOT_BEFORE: &str = "200101000000Z";
const NOT_AFTER: &str = "491231235959Z";

/// A made-up vendor that signs inert apps: ECDSA on P-256 with SHA-256.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    issuer: Vec<u8>,
    serial: Vec<u8>,
    certificate: Vec<u8>,
}

impl Signer {
    /// The signer of that name; key, serial number and signatures follow from the arguments alone.
    /// An empty name or organisation is left out of the certificate.
    pub fn made_up(common_name: &str, organisation: &str, seed: u64) -> Self {
        let secret = format!("{common_name}, {organisation}, {seed}");
        let key = key_from(&secret);
        let issuer = distinguished_name(common_name, organisation);
        let serial = der::integer(&derived("serial number", &secret, 0)[..8]);
        let body = der::sequence(&[
            der::context(0, &der::integer(&[2])), // version 3
            serial.clone(),
            ecdsa_with_sha256(),
            issuer.clone(),
            der::sequence(&[der::utc_time(NOT_BEFORE), der::utc_time(NOT_AFTER)]),
            issuer.clone(), // as subject: self-signed
            public_key(&key),
        ]);
        let signature = der::bits(&sign(&key, &body));
        let certificate = der::sequence(&[body, ecdsa_with_sha256(), signature]);
        Self { key, issuer, serial, certificate }
    }

    /// The X.509 certificate.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// The certificate's SHA-1, as the field's lists name it.
    pub fn certificate_sha1(&self) -> digest::Sha1 {
        digest::Sha1(Sha1::digest(&self.certificate).into())
    }

    /// The certificate's SHA-256.
    pub fn certificate_sha256(&self) -> digest::Sha256 {
        digest::Sha256(Sha256::digest(&self.certificate).into())
    }

    /// The public key as a certificate holds it (`SubjectPublicKeyInfo`).
    pub(crate) fn public_key_der(&self) -> Vec<u8> {
        public_key(&self.key)
    }

    /// A signature in the DER form that signing blocks hold; the same message gives the same one.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        sign(&self.key, message)
    }

    /// A detached PKCS #7 signature, as an app's `META-INF` holds it.
    pub(crate) fn pkcs7(&self, message: &[u8]) -> Vec<u8> {
        let digest_algorithm = der::sequence(&[der::oid(SHA256), der::null()]);
        let signer_info = der::sequence(&[
            der::integer(&[1]),
            der::sequence(&[self.issuer.clone(), self.serial.clone()]),
            digest_algorithm.clone(),
            // Android before 5.0 knows this signature by its key's algorithm only.
            der::sequence(&[der::oid(EC_PUBLIC_KEY)]),
            der::octets(&self.sign(message)),
        ]);
        let signed_data = der::sequence(&[
            der::integer(&[1]),
            der::set(&[digest_algorithm]),
            der::sequence(&[der::oid(PKCS7_DATA)]),
            der::context(0, &self.certificate),
            der::set(&[signer_info]),
        ]);
        der::sequence(&[der::oid(PKCS7_SIGNED_DATA), der::context(0, &signed_data)])
    }
}

/// A key is a number below the curve's order: of the few that are not, the next is tried.
fn key_from(secret: &str) -> SigningKey {
    (0..)
        .find_map(|attempt| SigningKey::from_slice(&derived("signing key", secret, attempt)).ok())
        .expect("nearly every 256-bit number is a key")
}

fn derived(purpose: &str, secret: &str, attempt: u32) -> [u8; 32] {
    let text = format!("unwatched fixture, {purpose} of {secret}, attempt {attempt}");
    Sha256::digest(text.as_bytes()).into()
}

fn distinguished_name(common_name: &str, organisation: &str) -> Vec<u8> {
    let part = |(kind, text): (&[u32], &str)| {
        (!text.is_empty()).then(|| der::set(&[der::sequence(&[der::oid(kind), der::utf8(text)])]))
    };
    let parts = [(ORGANISATION, organisation), (COMMON_NAME, common_name)];
    der::sequence(&parts.into_iter().filter_map(part).collect::<Vec<_>>())
}

fn ecdsa_with_sha256() -> Vec<u8> {
    der::sequence(&[der::oid(ECDSA_WITH_SHA256)])
}

fn public_key(key: &SigningKey) -> Vec<u8> {
    let point = key.verifying_key().to_sec1_point(false);
    let algorithm = der::sequence(&[der::oid(EC_PUBLIC_KEY), der::oid(CURVE_P256)]);
    der::sequence(&[algorithm, der::bits(point.as_bytes())])
}

fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let signature: Signature = key.sign(message);
    let (r, s) = signature.split_bytes();
    der::sequence(&[der::integer(&r), der::integer(&s)])
}
