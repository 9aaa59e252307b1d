//! The certificates an app carries: in its signing block (v2, v3, v3.1) and in `META-INF` (v1).
//!
//! They are *claimed*, for anybody can put anybody's certificate into a file, until a scheme's
//! signature was found to hold for them; that is [`crate::signature`]'s business.

use sha1::{Digest, Sha1};
use sha2::Sha256;
use unwatched_model::digest;
use unwatched_model::report::{Certificate, Problem};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::bytes::{offset, slice, u8, u32, u64};
use crate::findings::{guarded, problem, shortened};
use crate::zip::Archive;

const BLOCK_MAGIC: &[u8] = b"APK Sig Block 42";
const BLOCK_PLACE: &str = "the APK signing block";
/// v2, v3, v3.1 and v3.2: what precedes the certificates is the same in all.
const SCHEMES: [u32; 4] = [0x7109_871a, 0xf053_68c0, 0x1b93_ad61, 0x70e1_c89f];
/// More signers or certificates than any real app has.
const MAX_CERTIFICATES: usize = 50;
/// A longer one is named by its digests alone.
const MAX_CERTIFICATE_BYTES: usize = 64 << 10;
const MAX_V1_BLOCK_BYTES: usize = 1 << 20;

/// Every certificate the archive claims, without repetition, newest scheme's first.
///
/// `proven` are those for which a signature holds.
pub(crate) fn read(
    bytes: &[u8],
    archive: &Archive<'_>,
    proven: &[Vec<u8>],
    problems: &mut Vec<Problem>,
) -> Vec<Certificate> {
    let mut found: Vec<Certificate> = Vec::new();
    let mut add = |certificate: Certificate| {
        if found.len() < MAX_CERTIFICATES
            && found.iter().all(|known| known.sha256 != certificate.sha256)
        {
            found.push(certificate);
        }
    };
    match signing_block(bytes, archive.directory_at) {
        Ok(certificates) => certificates.iter().map(|der| describe(der)).for_each(&mut add),
        Err(why) => problems.push(problem(why, BLOCK_PLACE)),
    }
    for entry in archive.entries.iter().filter(|entry| is_v1_block(&entry.name)) {
        let der = archive.read(entry, MAX_V1_BLOCK_BYTES);
        let certificates = der.ok().and_then(|contents| v1_certificates(&contents.data));
        match certificates {
            Some(certificates) => certificates.iter().map(|der| describe(der)).for_each(&mut add),
            None => problems.push(problem("no certificate could be read out of it", &entry.name)),
        }
    }
    for der in proven {
        let proven = Certificate { verified: true, ..describe(der) };
        match found.iter_mut().find(|known| known.sha256 == proven.sha256) {
            Some(known) => known.verified = true,
            None => found.push(proven),
        }
    }
    found
}

fn describe(der: &[u8]) -> Certificate {
    let subject = guarded(|| {
        let der = Some(der).filter(|der| der.len() <= MAX_CERTIFICATE_BYTES)?;
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(shortened(&certificate.subject().to_string(), 300))
    });
    Certificate {
        sha1: digest::Sha1(Sha1::digest(der).into()),
        sha256: digest::Sha256(Sha256::digest(der).into()),
        subject: subject.flatten().filter(|subject| !subject.is_empty()),
        verified: false,
    }
}

/// The certificates in the signing block that ends at `end`; none where there is no block.
fn signing_block(bytes: &[u8], end: usize) -> Result<Vec<Vec<u8>>, String> {
    let Some(footer) = end.checked_sub(24) else { return Ok(Vec::new()) };
    if slice(bytes, footer + 8, 16) != Some(BLOCK_MAGIC) {
        return Ok(Vec::new());
    }
    let pairs = u64(bytes, footer)
        .and_then(|size| usize::try_from(size).ok())
        .and_then(|size| end.checked_sub(size)?.checked_sub(8))
        .filter(|start| u64(bytes, *start) == u64(bytes, footer))
        .and_then(|start| bytes.get(start + 8..footer))
        .ok_or("its two sizes disagree: no certificate was read out of it")?;
    let mut certificates = Vec::new();
    let mut at = 0;
    while at < pairs.len() {
        let pair = u64(pairs, at)
            .and_then(|size| slice(pairs, at + 8, usize::try_from(size).ok()?))
            .ok_or("a pair in it is cut off: certificates behind it were not read")?;
        at += 8 + pair.len();
        if u32(pair, 0).is_some_and(|id| SCHEMES.contains(&id)) {
            scheme_certificates(&pair[4..], &mut certificates)
                .ok_or("a signer in it is cut off: not all certificates were read")?;
        }
    }
    Ok(certificates)
}

/// Signers, each: signed data, of which the second part lists certificates.
fn scheme_certificates(value: &[u8], into: &mut Vec<Vec<u8>>) -> Option<()> {
    let mut unread = prefixed(value, &mut 0)?;
    while !unread.is_empty() && into.len() < MAX_CERTIFICATES {
        let mut at = 0;
        let one = prefixed(unread, &mut at)?;
        unread = unread.get(at..)?;
        let content = prefixed(one, &mut 0)?;
        let mut at = 0;
        let _digests = prefixed(content, &mut at)?;
        let list = prefixed(content, &mut at)?;
        let mut at = 0;
        while at < list.len() && into.len() < MAX_CERTIFICATES {
            into.push(prefixed(list, &mut at)?.to_vec());
        }
    }
    Some(())
}

/// What a 32-bit length at `at` announces; `at` moves behind it.
fn prefixed<'a>(data: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let found = slice(data, *at + 4, offset(data, *at)?)?;
    *at += 4 + found.len();
    Some(found)
}

fn is_v1_block(name: &str) -> bool {
    let Some(file) = name.strip_prefix("META-INF/") else { return false };
    let upper = file.to_ascii_uppercase();
    !file.contains('/') && [".RSA", ".DSA", ".EC"].iter().any(|end| upper.ends_with(end))
}

/// The certificates of a PKCS#7 `SignedData`: the element tagged `[0]` behind its third.
fn v1_certificates(der: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (_, content_info, _) = element(der)?;
    let (_, _, after_type) = element(content_info)?;
    let (_, wrapped, _) = element(after_type)?;
    let (_, mut rest, _) = element(wrapped)?;
    while !rest.is_empty() {
        let (tag, mut list, after) = element(rest)?;
        rest = after;
        if tag != 0xa0 {
            continue;
        }
        let mut certificates = Vec::new();
        while !list.is_empty() && certificates.len() < MAX_CERTIFICATES {
            let (_, _, after) = element(list)?;
            certificates.push(list[..list.len() - after.len()].to_vec());
            list = after;
        }
        return (!certificates.is_empty()).then_some(certificates);
    }
    None
}

/// One DER element: its tag, its content and what follows.
fn element(data: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let tag = u8(data, 0)?;
    let short = usize::from(u8(data, 1)?);
    let (length, at) = if short < 0x80 {
        (short, 2)
    } else {
        let digits =
            slice(data, 2, short & 0x7f).filter(|digits| (1..=4).contains(&digits.len()))?;
        let length = digits.iter().fold(0usize, |value, byte| value << 8 | usize::from(*byte));
        (length, 2 + digits.len())
    };
    let content = slice(data, at, length)?;
    Some((tag, content, &data[at + length..]))
}
