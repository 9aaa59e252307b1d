//! Checks the signing block of an app as Android does, with code of its own: the content digest
//! recomputed in chunks, the signature over it, and the key against the certificate.

use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use unwatched_fixtures::apk::{gallery, malformed};

const SCHEME_2: u32 = 0x7109_871a;
const SCHEME_3: u32 = 0xf053_68c0;

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn number(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    fn prefixed(&mut self) -> Reader<'a> {
        let length = self.number() as usize;
        Reader(self.take(length))
    }
}

/// The parts of a signed app: files, block, directory, end record.
fn parts(apk: &[u8]) -> [&[u8]; 4] {
    let end = apk.len() - 22;
    assert_eq!(apk[end..end + 4], *b"PK\x05\x06");
    let directory = u32::from_le_bytes(apk[end + 16..end + 20].try_into().unwrap()) as usize;
    assert_eq!(apk[directory - 16..directory], *b"APK Sig Block 42");
    let size = u64::from_le_bytes(apk[directory - 24..directory - 16].try_into().unwrap());
    let block = directory - usize::try_from(size).unwrap() - 8;
    [&apk[..block], &apk[block..directory], &apk[directory..end], &apk[end..]]
}

fn content_digest([files, _, directory, end]: [&[u8]; 4]) -> Vec<u8> {
    let mut end = end.to_vec();
    end[16..20].copy_from_slice(&u32::try_from(files.len()).unwrap().to_le_bytes());
    let mut digests = Vec::new();
    for section in [files, directory, &end] {
        for chunk in section.chunks(1024 * 1024) {
            let length = u32::try_from(chunk.len()).unwrap().to_le_bytes();
            digests.push(Sha256::digest([&[0xa5], &length[..], chunk].concat()).to_vec());
        }
    }
    let count = u32::try_from(digests.len()).unwrap().to_le_bytes();
    Sha256::digest([&[0x5a], &count[..], &digests.concat()].concat()).to_vec()
}

/// The value of one scheme in the block.
fn scheme(block: &[u8], wanted: u32) -> Option<&[u8]> {
    let mut pairs = Reader(&block[8..block.len() - 24]);
    while !pairs.0.is_empty() {
        let length = u64::from_le_bytes(pairs.take(8).try_into().unwrap());
        let mut pair = Reader(pairs.take(usize::try_from(length).unwrap()));
        if pair.number() == wanted {
            return Some(pair.0);
        }
    }
    None
}

/// Whether the app carries the scheme's signature and it holds; the certificate that it names.
fn verify(apk: &[u8], wanted: u32) -> Result<Vec<u8>, &'static str> {
    let parts = parts(apk);
    let value = scheme(parts[1], wanted).ok_or("not signed")?;
    let mut signer = Reader(value).prefixed().prefixed();
    let signed_data = signer.prefixed().0;
    if wanted == SCHEME_3 {
        signer.take(8);
    }
    let mut signature = signer.prefixed().prefixed();
    assert_eq!(signature.number(), 0x0201);
    let signature =
        Signature::from_der(signature.prefixed().0).map_err(|_| "malformed signature")?;
    let public_key = signer.prefixed().0;

    let point = &public_key[public_key.len() - 65..];
    let key = VerifyingKey::from_sec1_bytes(point).map_err(|_| "malformed key")?;
    key.verify(signed_data, &signature).map_err(|_| "wrong signature")?;

    let mut contents = Reader(signed_data);
    let mut digest = contents.prefixed().prefixed();
    assert_eq!(digest.number(), 0x0201);
    if digest.prefixed().0 != content_digest(parts) {
        return Err("wrong digest");
    }
    let certificate = contents.prefixed().prefixed().0;
    if !certificate.windows(public_key.len()).any(|window| window == public_key) {
        return Err("another key");
    }
    Ok(certificate.to_vec())
}

#[test]
fn every_app_of_the_gallery_is_signed_by_who_it_says() {
    for app in gallery::all(3) {
        let certificate = verify(&app.bytes(), SCHEME_2).unwrap();
        assert_eq!(certificate, app.signer().certificate_der(), "{}", app.name);
        assert_eq!(app.certificate_sha256().0, *Sha256::digest(&certificate), "{}", app.name);
    }
}

#[test]
fn a_file_of_several_chunks_is_signed_whole() {
    let app = gallery::plain_game();
    let large = app.builder().clone().stored_file("assets/large", vec![7; 2_500_000]);
    assert!(verify(&large.build(), SCHEME_2).is_ok());
    let newer = large.with_scheme_1().with_scheme_3().build();
    assert!(verify(&newer, SCHEME_2).is_ok());
    assert!(verify(&newer, SCHEME_3).is_ok());
}

#[test]
fn a_change_after_signing_is_seen() {
    let app = malformed::with_changeable_file(gallery::plain_game().builder().clone());
    assert!(verify(&app.build(), SCHEME_2).is_ok());
    let changed = malformed::changed_after_signing(&app);
    assert_eq!(verify(&changed, SCHEME_2), Err("wrong digest"));
}
