//! The APK Signing Block, which stands between an app's files and the ZIP's directory.
//!
//! Signature schemes 2, 3 and 3.1, one signer, ECDSA with SHA-256, no rotation.

use std::ops::RangeInclusive;

use sha2::{Digest, Sha256};

use super::archive::Written;
use crate::bytes::{Bytes, as_u32};
use crate::signing::Signer;

const MAGIC: &[u8] = b"APK Sig Block 42";
const SCHEME_2: u32 = 0x7109_871a;
const SCHEME_3: u32 = 0xf053_68c0;
const SCHEME_3_1: u32 = 0x1b93_ad61;
/// From which API level on scheme 3.1 counts.
const FIRST_OF_3_1: u32 = 33;
const ECDSA_WITH_SHA256: u32 = 0x0201;
const CHUNK_SIZE: usize = 1 << 20;
/// The scheme 2 attribute that names a newer scheme, so that this one cannot be stripped unseen.
const STRIPPING_PROTECTION: u32 = 0xbeef_f00d;

/// The app with its signing block in place.
pub(super) fn insert(
    apk: &Written,
    signer: &Signer,
    scheme_3: Option<&RangeInclusive<u32>>,
    scheme_3_1: bool,
) -> Vec<u8> {
    let digest = content_digest(&apk.bytes, apk.central_directory_at, apk.end_record_at);
    let mut pairs = Bytes::default();
    put_pair(&mut pairs, SCHEME_2, &scheme_2_value(&digest, signer, scheme_3.is_some()));
    if let Some(sdks) = scheme_3 {
        let last = if scheme_3_1 { FIRST_OF_3_1 - 1 } else { *sdks.end() };
        let older = *sdks.start()..=last;
        put_pair(&mut pairs, SCHEME_3, &scheme_3_value(&digest, signer, &older));
        if scheme_3_1 {
            let newer = FIRST_OF_3_1..=*sdks.end();
            put_pair(&mut pairs, SCHEME_3_1, &scheme_3_value(&digest, signer, &newer));
        }
    }
    let block = enclosed(&pairs.0);

    let (files, directory) = apk.bytes.split_at(apk.central_directory_at);
    let mut whole = Bytes([files, &block, directory].concat());
    // The end record's field with the place of the directory, 16 bytes in.
    let field = apk.end_record_at + block.len() + 16;
    whole.patch_u32(field, as_u32(apk.central_directory_at + block.len()));
    whole.0
}

/// The digest over the files, the directory and the end record, each in chunks of 1 MiB. The end
/// record counts as if the directory began where the signing block begins, as it does unsigned.
pub(super) fn content_digest(apk: &[u8], directory_at: usize, end_at: usize) -> [u8; 32] {
    let sections = [&apk[..directory_at], &apk[directory_at..end_at], &apk[end_at..]];
    let chunks: Vec<&[u8]> =
        sections.into_iter().flat_map(|section| section.chunks(CHUNK_SIZE)).collect();
    let mut whole = Sha256::new_with_prefix([0x5a]);
    whole.update(as_u32(chunks.len()).to_le_bytes());
    for chunk in chunks {
        let one = Sha256::new_with_prefix([0xa5])
            .chain_update(as_u32(chunk.len()).to_le_bytes())
            .chain_update(chunk);
        whole.update(one.finalize());
    }
    whole.finalize().into()
}

fn scheme_2_value(digest: &[u8], signer: &Signer, also_scheme_3: bool) -> Vec<u8> {
    let mut attributes = Bytes::default();
    if also_scheme_3 {
        let mut attribute = Bytes::default();
        attribute.put_u32(STRIPPING_PROTECTION);
        attribute.put_u32(3);
        attributes.put(&prefixed(&attribute.0));
    }
    let signed_data = [digests_and_certificates(digest, signer), prefixed(&attributes.0)].concat();
    let signer_block = [prefixed(&signed_data), signatures(&signed_data, signer)].concat();
    prefixed(&prefixed(&signer_block))
}

fn scheme_3_value(digest: &[u8], signer: &Signer, sdks: &RangeInclusive<u32>) -> Vec<u8> {
    let range = [sdks.start().to_le_bytes(), sdks.end().to_le_bytes()].concat();
    let signed_data =
        [digests_and_certificates(digest, signer), range.clone(), prefixed(&[])].concat();
    let signer_block = [prefixed(&signed_data), range, signatures(&signed_data, signer)].concat();
    prefixed(&prefixed(&signer_block))
}

fn digests_and_certificates(digest: &[u8], signer: &Signer) -> Vec<u8> {
    let digests = prefixed(&with_algorithm(digest));
    let certificates = prefixed(signer.certificate_der());
    [prefixed(&digests), prefixed(&certificates)].concat()
}

/// The signature over the signed data, then the public key.
fn signatures(signed_data: &[u8], signer: &Signer) -> Vec<u8> {
    let signature = prefixed(&with_algorithm(&signer.sign(signed_data)));
    [prefixed(&signature), prefixed(&signer.public_key_der())].concat()
}

fn with_algorithm(value: &[u8]) -> Vec<u8> {
    [&ECDSA_WITH_SHA256.to_le_bytes()[..], &prefixed(value)].concat()
}

/// The bytes after their length.
fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [&as_u32(bytes.len()).to_le_bytes()[..], bytes].concat()
}

fn put_pair(out: &mut Bytes, id: u32, value: &[u8]) {
    out.put_u64(4 + value.len() as u64);
    out.put_u32(id);
    out.put(value);
}

/// The pairs between the two copies of the block's size, with the magic at the end.
fn enclosed(pairs: &[u8]) -> Vec<u8> {
    let size = (pairs.len() + 8 + MAGIC.len()) as u64;
    let mut out = Bytes::default();
    out.put_u64(size);
    out.put(pairs);
    out.put_u64(size);
    out.put(MAGIC);
    out.0
}
