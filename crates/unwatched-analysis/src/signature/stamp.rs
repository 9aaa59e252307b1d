//! The source stamp: a shop's or build system's signature over the digests that other schemes sign.
//! It says where a file came from and is no identity of the app; Android does not refuse without it.

use unwatched_model::signature::{SchemeSigner, SignatureProblem};

use super::algorithms::{Algorithm, Claimed, to_check};
use super::certificate::Certificate;
use super::hashes::Hash;
use super::keys::PublicKey;
use super::reader::Reader;
use super::signer::numbered;
use super::trouble;
use super::work::Work;

/// The file in the app that holds the SHA-256 of the stamp's certificate.
pub(super) const ENTRY: &str = "stamp-cert-sha256";
const MAX_SCHEMES: usize = 16;
/// Since when Android looks at stamps.
const SINCE_API: i32 = 30;

/// What came of it.
#[derive(Default)]
pub(super) struct Stamp {
    pub(super) signers: Vec<SchemeSigner>,
    pub(super) problems: Vec<SignatureProblem>,
}

/// The digests of one scheme as they are signed: sorted pairs of a number and a digest.
pub(super) type SchemeDigests = (u32, Vec<u8>);

/// Pairs of a number and bytes, each behind its length.
pub(super) fn encoded(pairs: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut out = Vec::new();
    for (number, bytes) in pairs {
        out.extend(length(bytes.len() + 8));
        out.extend(number.to_le_bytes());
        out.extend(length(bytes.len()));
        out.extend(bytes);
    }
    out
}

impl Stamp {
    /// Checks the block of the second version against what each verified scheme signs.
    pub(super) fn check(
        block: &[u8],
        named: &[u8],
        schemes: &[SchemeDigests],
        work: &Work,
    ) -> Self {
        let mut stamp = Self::default();
        if let Err(problem) = stamp.read(block, named, schemes, work) {
            stamp.problems.push(problem);
        }
        stamp
    }

    fn read(
        &mut self,
        block: &[u8],
        named: &[u8],
        schemes: &[SchemeDigests],
        work: &Work,
    ) -> Result<(), SignatureProblem> {
        let malformed = || trouble("stamp_malformed", "the source stamp is malformed");
        let mut data = Reader::new(block).within().ok_or_else(malformed)?;
        let certificate = data.prefixed().and_then(Certificate::read).ok_or_else(malformed)?;
        if Hash::Sha256.digest(certificate.der) != named {
            let what = "the source stamp's certificate is not the one the app names";
            return Err(trouble("stamp_of_another", what));
        }
        let mut stated = Vec::new();
        let mut list = data.within().ok_or_else(malformed)?;
        while !list.is_empty() && stated.len() < MAX_SCHEMES {
            let mut scheme = list.within().ok_or_else(malformed)?;
            stated.push((
                scheme.u32().ok_or_else(malformed)?,
                scheme.within().ok_or_else(malformed)?,
            ));
        }
        let mut algorithms = Vec::new();
        for (scheme, digests) in schemes {
            let signatures = stated.iter().find(|(id, _)| id == scheme).ok_or_else(|| {
                let what = format!("the source stamp does not speak of scheme {scheme}");
                trouble("stamp_incomplete", what)
            })?;
            algorithms = holds(&certificate, signatures.1, digests, work)?;
        }
        if !data.is_empty() {
            let attributes = data.prefixed().ok_or_else(malformed)?;
            let signatures = data.within().ok_or_else(malformed)?;
            holds(&certificate, signatures, attributes, work)?;
        }
        self.signers.push(SchemeSigner {
            certificate_sha256: certificate.sha256(),
            algorithms: algorithms.iter().map(|algorithm| algorithm.name()).collect(),
            api_levels: None,
            ancestors: Vec::new(),
        });
        Ok(())
    }
}

fn holds(
    certificate: &Certificate<'_>,
    signatures: Reader<'_>,
    message: &[u8],
    work: &Work,
) -> Result<Vec<Algorithm>, SignatureProblem> {
    let wrong = |why: &str| trouble("stamp_signature_wrong", format!("the source stamp: {why}"));
    let claimed = numbered(signatures).ok_or_else(|| wrong("its signatures are malformed"))?;
    let known: Vec<Claimed<'_>> = claimed
        .into_iter()
        .filter_map(|(id, signature)| Some((Algorithm::find(id)?, signature)))
        .collect();
    let chosen = to_check(&known, SINCE_API, i32::MAX)
        .ok_or_else(|| wrong("no signature is of an algorithm that Android knows"))?;
    let key = PublicKey::read(certificate.key_der()).map_err(wrong)?;
    for (algorithm, signature) in &chosen {
        key.verifies(algorithm.family, algorithm.hash, message, signature, work).map_err(wrong)?;
    }
    Ok(chosen.into_iter().map(|(algorithm, _)| algorithm).collect())
}
