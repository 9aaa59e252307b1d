//! Who signed an app, and whether it holds: every signature checked and every digest recomputed.
//!
//! Each scheme is looked at by itself, in a file of its own; [`platform`] says what Android makes of
//! them together. Nothing here trusts a certificate's chain, name or dates: Android does not.

mod algorithms;
mod app_manifest;
mod ber;
mod block;
mod certificate;
mod container;
mod contents;
mod hashes;
mod jar_manifest;
mod keys;
mod lineage;
mod manifest_strings;
mod pkcs7;
mod platform;
mod reader;
mod signature_numbers;
mod signer;
mod stamp;
mod v1;
mod v2;
mod v3;
mod v4;
mod work;
mod x509;
mod x509_mended;
mod x509_names;
mod x509_times;

use unwatched_model::signature::{
    AcceptedAt, Scheme, SchemeResult, SchemeSigner, Signature, SignatureProblem,
};

use crate::inflated::Inflated;
use algorithms::{Algorithm, ContentDigest};
use app_manifest::Asked;
use block::Block;
use container::{Container, Record};
use contents::Contents;
use platform::Schemes;
use signer::Signer;
use stamp::Stamp;
use v1::V1;
use v2::V2;
use v3::V3;
use v4::V4;
use work::Work;

const MANIFEST: &str = "AndroidManifest.xml";
const MAX_MANIFEST_BYTES: usize = 64 << 20;
const PAGE: usize = contents::PAGE_BYTES;

/// A problem of this stable id.
fn trouble(id: &str, what: impl Into<String>) -> SignatureProblem {
    SignatureProblem { id: id.to_owned(), what: what.into() }
}

/// What came of checking an app's signatures.
pub(crate) struct Checked {
    pub(crate) signature: Signature,
    /// The certificates for which a scheme holds, newest scheme's first, with the earlier ones that
    /// vouched for them.
    pub(crate) proven: Vec<Vec<u8>>,
}

/// Checks an app's signatures; `idsig` is the file of scheme 4 beside it, where there is one.
pub(crate) fn check(bytes: &[u8], idsig: Option<&[u8]>, inflated: &Inflated) -> Checked {
    let container = match Container::open(bytes, inflated) {
        Ok(container) => container,
        Err(why) => return Checked { signature: unreadable(why), proven: Vec::new() },
    };
    let mut problems = Vec::new();
    let block = Block::find(&container).unwrap_or_else(|why| {
        problems.push(trouble("signing_block_malformed", why));
        None
    });
    let records = container.records();
    let work = Work::new();
    let entries = records.as_deref().unwrap_or_default();
    let found = Found::of(&container, block.as_ref(), entries, &work);
    let schemes = Schemes {
        v1: &found.v1,
        v2: found.v2.as_ref(),
        v3: found.v3.as_ref(),
        v31: found.v31.as_ref(),
        asked: asked(&container, &records),
    };
    let accepted = [24, 28, 33].map(|api| schemes.accepted_from(api));
    for refusal in accepted.iter().filter_map(|verdict| verdict.as_ref().err()) {
        if !problems.contains(refusal) {
            problems.push(refusal.clone());
        }
    }
    note_the_whole(bytes, &container, block.as_ref(), &found, &mut problems);
    let [api_24, api_28, api_33] = accepted.map(|verdict| verdict.is_ok());
    let accepted_at = AcceptedAt { api_24, api_28, api_33 };
    let proven = found.proven(bytes, accepted_at);
    let signature = Signature {
        schemes: found.listed(&container, idsig, block.as_ref(), &records, &work),
        accepted_at,
        other_blocks: block.map_or_else(Vec::new, |block| block.others),
        problems,
    };
    Checked { signature, proven }
}

/// A file whose ZIP Android's verifier cannot find.
fn unreadable(why: String) -> Signature {
    Signature {
        schemes: Scheme::ALL.map(absent).to_vec(),
        accepted_at: AcceptedAt { api_24: false, api_28: false, api_33: false },
        other_blocks: Vec::new(),
        problems: vec![trouble("zip_malformed", why)],
    }
}

fn absent(scheme: Scheme) -> SchemeResult {
    let (signers, problems) = (Vec::new(), Vec::new());
    SchemeResult { scheme, present: false, verified: false, signers, problems }
}

/// What the manifest asks for; the error says what keeps Android from reading it.
fn asked(
    container: &Container<'_>,
    records: &Result<Vec<Record<'_>>, String>,
) -> Result<Asked, SignatureProblem> {
    let records = records.as_ref().map_err(|why| trouble("zip_malformed", why.as_str()))?;
    let manifest = records
        .iter()
        .find(|record| record.name == MANIFEST)
        .ok_or_else(|| trouble("no_manifest", "the file holds no AndroidManifest.xml"))?;
    let manifest = container
        .read(manifest, MAX_MANIFEST_BYTES)
        .map_err(|why| trouble("unreadable_manifest", why))?;
    // A stamp's name stands in a file that Android insists on being able to read.
    if let Some(stamp) = records.iter().find(|record| record.name == stamp::ENTRY) {
        container.feed(stamp, &mut |_| {}).map_err(|why| trouble("unreadable_stamp", why))?;
    }
    Asked::of(&manifest)
        .ok_or_else(|| trouble("malformed_manifest", "AndroidManifest.xml is malformed"))
}

/// Each scheme, looked at by itself.
struct Found<'a> {
    v1: V1,
    v2: Option<V2<'a>>,
    v3: Option<V3<'a>>,
    v31: Option<V3<'a>>,
}

impl<'a> Found<'a> {
    fn of(
        container: &Container<'a>,
        block: Option<&Block<'a>>,
        records: &[Record<'_>],
        work: &Work,
    ) -> Self {
        let mut found = Self { v1: V1::default(), v2: None, v3: None, v31: None };
        let mut ids = Vec::new();
        if let Some(block) = block {
            let end_record = &container.bytes[container.end_record_at..];
            let directory = &container.bytes[container.directory_at..container.end_record_at];
            let contents = Contents::new(&container.bytes[..block.at], directory, end_record);
            let alignment = if block.at.is_multiple_of(PAGE)
                && (container.directory_at - block.at).is_multiple_of(PAGE)
            {
                Ok(())
            } else {
                Err("the signing block does not fill whole pages")
            };
            let three = |id, scheme| {
                block.value(id).map(|value| V3::check(value, scheme, &contents, alignment, work))
            };
            found.v31 = three(block::V31, "v31");
            found.v3 = three(block::V3, "v3");
            let has_v3 = found.v3.is_some();
            found.v2 = block
                .value(block::V2)
                .map(|value| V2::check(value, &contents, alignment, has_v3, work));
            ids.extend(found.v2.is_some().then_some(2));
            ids.extend(has_v3.then_some(3));
        }
        found.v1 = V1::check(container, records, &ids, work);
        found
    }

    fn listed(
        &self,
        container: &Container<'_>,
        idsig: Option<&[u8]>,
        block: Option<&Block<'_>>,
        records: &Result<Vec<Record<'_>>, String>,
        work: &Work,
    ) -> Vec<SchemeResult> {
        let one = |scheme, signers: Vec<SchemeSigner>, problems: &[SignatureProblem]| {
            let verified = problems.is_empty();
            SchemeResult { scheme, present: true, verified, signers, problems: problems.to_vec() }
        };
        let three = |scheme, found: Option<&V3<'_>>| {
            found.map_or_else(|| absent(scheme), |v3| one(scheme, v3.listed(), &v3.problems))
        };
        let v1 = if self.v1.present {
            one(Scheme::V1, self.v1.signers.clone(), &self.v1.problems)
        } else {
            absent(Scheme::V1)
        };
        let v2 = self.v2.as_ref().map_or_else(
            || absent(Scheme::V2),
            |v2| one(Scheme::V2, v2.signers.iter().map(Signer::listed).collect(), &v2.problems),
        );
        let v4 = idsig.map_or_else(
            || absent(Scheme::V4),
            |idsig| {
                let v4 = V4::check(container.bytes, idsig, self.beneath().as_ref(), work);
                one(Scheme::V4, v4.signers, &v4.problems)
            },
        );
        let stamp = self.stamp(block, container, records.as_deref().unwrap_or_default(), work);
        let stamp = stamp.map_or_else(
            || absent(Scheme::SourceStamp),
            |stamp| one(Scheme::SourceStamp, stamp.signers, &stamp.problems),
        );
        vec![
            v1,
            v2,
            three(Scheme::V3, self.v3.as_ref()),
            three(Scheme::V31, self.v31.as_ref()),
            v4,
            stamp,
        ]
    }

    /// The certificates that stand for who made the file: those by which some Android accepts it. One
    /// under a signature that no Android looks at says nothing of what is installed.
    fn proven(&self, bytes: &[u8], accepted: AcceptedAt) -> Vec<Vec<u8>> {
        let mut all: Vec<&[u8]> = Vec::new();
        let by_three = accepted.api_28 || accepted.api_33;
        let threes = [&self.v31, &self.v3].into_iter().flatten();
        for three in threes.filter(|three| by_three && three.holds()) {
            for (signer, lineage) in three.signers.iter().rev() {
                all.push(signer.certificate().der);
                let line = lineage.iter().flat_map(|lineage| lineage.0.iter().rev());
                all.extend(line.map(|node| node.certificate.der));
            }
        }
        let by_two = accepted.api_24 || self.v3.is_none() && by_three;
        if let Some(v2) = self.v2.as_ref().filter(|v2| by_two && v2.holds()) {
            all.extend(v2.signers.iter().map(|signer| signer.certificate().der));
        }
        let by_one = self.v2.is_none() && self.v3.is_none() && (by_three || accepted.api_24);
        // What stands before the archive is not signed by scheme 1, and may be what runs.
        if by_one && bytes.starts_with(crate::zip::LOCAL_ENTRY) {
            all.extend(self.v1.certificates.iter().map(Vec::as_slice));
        }
        let mut proven: Vec<Vec<u8>> = Vec::new();
        for der in all {
            if proven.iter().all(|known| known != der) {
                proven.push(der.to_vec());
            }
        }
        proven
    }

    /// What scheme 4 must repeat.
    fn beneath(&self) -> Option<v4::Beneath> {
        let newest = self.v3.as_ref().filter(|v3| v3.holds()).and_then(|v3| v3.signers.last());
        let older = || self.v2.as_ref().filter(|v2| v2.holds()).and_then(|v2| v2.signers.first());
        let signer = newest.map(|(signer, _)| signer).or_else(older)?;
        let best = [ContentDigest::Chunked512, ContentDigest::Verity256, ContentDigest::Chunked256];
        let digests = content_digests(signer);
        let digest = best.into_iter().find_map(|kind| {
            digests.iter().find(|(known, _)| *known == kind).map(|(_, digest)| digest.clone())
        })?;
        Some(v4::Beneath { certificate: signer.certificate().der.to_vec(), digest })
    }

    /// The source stamp, where the app names one or carries one.
    fn stamp(
        &self,
        block: Option<&Block<'_>>,
        container: &Container<'_>,
        records: &[Record<'_>],
        work: &Work,
    ) -> Option<Stamp> {
        let named = records.iter().find(|record| record.name == stamp::ENTRY);
        let value = block.and_then(|block| block.value(block::SOURCE_STAMP_2));
        let first = block.and_then(|block| block.value(block::SOURCE_STAMP_1));
        let missing = |id: &str, what: &str| {
            Some(Stamp { problems: vec![trouble(id, what)], ..Stamp::default() })
        };
        match (named, value) {
            (None, None) if first.is_none() => None,
            (Some(_), None) if first.is_some() => {
                missing("stamp_old", "the source stamp is of the first version, which is not used")
            }
            (Some(_), None) => {
                missing("stamp_missing", "the app names a source stamp and has none")
            }
            (None, _) => {
                missing("stamp_not_named", "the app carries a source stamp that it does not name")
            }
            (Some(named), Some(value)) => {
                let named = container.read(named, 1024).unwrap_or_default();
                Some(Stamp::check(value, &named, &self.signed_digests(), work))
            }
        }
    }

    /// The digests of every scheme that Android 11 and later look at here.
    fn signed_digests(&self) -> Vec<stamp::SchemeDigests> {
        let of = |signers: Vec<&Signer<'_>>| {
            let mut pairs: Vec<(u32, Vec<u8>)> = Vec::new();
            for (kind, digest) in signers.into_iter().flat_map(content_digests) {
                let number = match kind {
                    ContentDigest::Chunked256 => 1,
                    ContentDigest::Chunked512 => 2,
                    ContentDigest::Verity256 => 3,
                };
                if pairs.iter().all(|(known, _)| *known != number) {
                    pairs.push((number, digest));
                }
            }
            pairs.sort();
            stamp::encoded(&pairs)
        };
        let mut all = Vec::new();
        if let Some(v3) = &self.v3 {
            all.push((3, of(v3.signers.iter().map(|(signer, _)| signer).collect())));
        } else if let Some(v2) = &self.v2 {
            all.push((2, of(v2.signers.iter().collect())));
        } else if let Some(digest) = &self.v1.manifest_digest {
            all.push((1, stamp::encoded(&[(4, digest.clone())])));
        }
        all
    }
}

/// The content digests that a signer states, by kind.
fn content_digests(signer: &Signer<'_>) -> Vec<(ContentDigest, Vec<u8>)> {
    let known =
        |(id, digest): &(u32, &[u8])| Some((Algorithm::find(*id)?.content, digest.to_vec()));
    signer.digests.iter().filter_map(known).collect()
}

/// What is remarkable about the file as a whole, whatever the schemes say.
fn note_the_whole(
    bytes: &[u8],
    container: &Container<'_>,
    block: Option<&Block<'_>>,
    found: &Found<'_>,
    problems: &mut Vec<SignatureProblem>,
) {
    let files_end = block.map_or(container.directory_at, |block| block.at);
    if files_end > 0 && !bytes.starts_with(crate::zip::LOCAL_ENTRY) {
        let what = if bytes.starts_with(crate::dex::MAGIC) {
            "the file begins as code, which the signature of scheme 1 does not cover (\"Janus\"): old \
             phones run it"
        } else {
            "the file does not begin with the archive's first file: what stands before it is not \
             covered by scheme 1"
        };
        problems.push(trouble("bytes_before_zip", what));
    }
    let Some(block) = block else { return };
    for id in &block.repeated {
        let what = format!("the signing block holds {id:#010x} more than once; the first counts");
        problems.push(trouble("signing_block_repeated", what));
    }
    if block.cut {
        problems.push(trouble("signing_block_cut", "a piece of the signing block is cut off"));
    }
    let old = found.v1.certificates.iter();
    let new = || found.v2.iter().flat_map(|v2| &v2.signers);
    if found.v1.holds() && found.v2.as_ref().is_some_and(V2::holds) {
        let differ = old
            .clone()
            .any(|der| new().all(|signer| signer.certificate().der != der.as_slice()))
            || new()
                .any(|signer| old.clone().all(|der| der.as_slice() != signer.certificate().der));
        if differ {
            let what = "schemes 1 and 2 were signed by different certificates";
            problems.push(trouble("v1_v2_signers_differ", what));
        }
    }
}
