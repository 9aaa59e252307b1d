//! One signer of schemes 2, 3 and 3.1: the signatures over its signed data, the certificate and the
//! digests in there. The order of the checks is Android's: nothing of the signed data is believed
//! before a signature over it holds.

use unwatched_model::signature::{SchemeSigner, SignatureProblem};

use super::algorithms::{Algorithm, Claimed, ContentDigest, to_check};
use super::certificate::Certificate;
use super::contents::Contents;
use super::keys::PublicKey;
use super::reader::Reader;
use super::trouble;
use super::work::Work;

/// More signatures, digests, certificates or attributes than any real signer has.
const MAX_PARTS: usize = 10_000;

/// A signer whose signatures hold, and what it signed.
pub(super) struct Signer<'a> {
    pub(super) certificates: Vec<Certificate<'a>>,
    /// The lowest and highest API level, in schemes 3 and 3.1.
    pub(super) apis: Option<(i32, i32)>,
    pub(super) attributes: Vec<(u32, &'a [u8])>,
    /// Which algorithms were checked.
    pub(super) algorithms: Vec<Algorithm>,
    /// The digests it states.
    pub(super) digests: Vec<(u32, &'a [u8])>,
    /// Of whom a signature was claimed that is not known.
    pub(super) unknown_algorithms: Vec<u32>,
}

/// What is wrong with one signer: the end of a stable id, and words.
pub(super) type Fault = (&'static str, String);

fn fault(id: &'static str, what: impl Into<String>) -> Fault {
    (id, what.into())
}

/// Which scheme a signer is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Without API levels.
    Two,
    /// With API levels, in and beside the signed data.
    Three,
}

impl<'a> Signer<'a> {
    /// Reads and checks one signer.
    pub(super) fn check(data: &'a [u8], layout: Layout, work: &Work) -> Result<Self, Fault> {
        let malformed = || fault("malformed_signer", "a signer is cut off or malformed");
        let mut outer = Reader::new(data);
        let signed_data = outer.prefixed().ok_or_else(malformed)?;
        let apis = match layout {
            Layout::Two => None,
            Layout::Three => {
                Some((outer.i32().ok_or_else(malformed)?, outer.i32().ok_or_else(malformed)?))
            }
        };
        let signatures = outer.within().ok_or_else(malformed)?;
        let key_der = outer.prefixed().ok_or_else(malformed)?;

        let claimed = numbered(signatures)
            .ok_or_else(|| fault("malformed_signature", "a list of signatures is malformed"))?;
        if claimed.is_empty() {
            return Err(fault("no_signatures", "a signer has no signature"));
        }
        let algorithms = check_signatures(&claimed, signed_data, key_der, apis, work)?;
        let mut signer = Self::signed(signed_data, layout, key_der).ok_or_else(malformed)??;
        if signer.apis != apis {
            let what = "a signer's API levels are not those that were signed";
            return Err(fault("api_levels_differ", what));
        }
        if apis.is_some_and(|(low, high)| low < 0 || low > high) {
            return Err(fault("api_levels_invalid", "a signer's range of API levels is empty"));
        }
        let ids = |list: &[(u32, &[u8])]| list.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        if ids(&claimed) != ids(&signer.digests) {
            let what = "signatures and signed digests are not of the same algorithms";
            return Err(fault("algorithms_differ", what));
        }
        signer.unknown_algorithms =
            ids(&claimed).into_iter().filter(|id| Algorithm::find(*id).is_none()).collect();
        signer.algorithms = algorithms;
        Ok(signer)
    }

    /// Reads what was signed; the outer `None` where it is cut off.
    fn signed(data: &'a [u8], layout: Layout, key_der: &[u8]) -> Option<Result<Self, Fault>> {
        let mut data = Reader::new(data);
        let digests = data.within()?;
        let mut list = data.within()?;
        let apis = match layout {
            Layout::Two => None,
            Layout::Three => Some((data.i32()?, data.i32()?)),
        };
        let attributes = data.within()?;

        let mut certificates = Vec::new();
        while !list.is_empty() {
            let Some(certificate) = Certificate::read(list.prefixed()?) else {
                return Some(Err(fault("malformed_certificate", "a certificate is malformed")));
            };
            certificates.push(certificate);
            if certificates.len() > MAX_PARTS {
                return Some(Err(fault("too_many_certificates", "it lists too many certificates")));
            }
        }
        let Some(own) = certificates.first() else {
            return Some(Err(fault("no_certificates", "a signer has no certificate")));
        };
        if own.key_der() != key_der {
            let what = "the key that signed is not the certificate's";
            return Some(Err(fault("another_key", what)));
        }
        let Some(digests) = numbered(digests) else {
            return Some(Err(fault("malformed_digest", "a list of digests is malformed")));
        };
        let Some(attributes) = attributes_of(attributes) else {
            return Some(Err(fault("malformed_attribute", "a signed attribute is malformed")));
        };
        Some(Ok(Self {
            certificates,
            apis,
            attributes,
            algorithms: Vec::new(),
            digests,
            unknown_algorithms: Vec::new(),
        }))
    }

    /// Its own certificate.
    pub(super) fn certificate(&self) -> &Certificate<'a> {
        &self.certificates[0]
    }

    /// As a report lists it.
    pub(super) fn listed(&self) -> SchemeSigner {
        let level = |level: i32| u32::try_from(level).unwrap_or(0);
        SchemeSigner {
            certificate_sha256: self.certificate().sha256(),
            algorithms: self.algorithms.iter().map(|algorithm| algorithm.name()).collect(),
            api_levels: self.apis.map(|(low, high)| [level(low), level(high)]),
            ancestors: Vec::new(),
        }
    }
}

/// Checks what some Android would check; hands back with which algorithms.
fn check_signatures(
    claimed: &[(u32, &[u8])],
    signed_data: &[u8],
    key_der: &[u8],
    apis: Option<(i32, i32)>,
    work: &Work,
) -> Result<Vec<Algorithm>, Fault> {
    let supported: Vec<Claimed<'_>> = claimed
        .iter()
        .filter_map(|(id, signature)| Some((Algorithm::find(*id)?, *signature)))
        .collect();
    // Scheme 2 states no API levels; which are served is judged with the level that is asked for.
    let (min_api, max_api) = apis.unwrap_or((i32::MAX, i32::MAX));
    let chosen = to_check(&supported, min_api, max_api).ok_or_else(|| {
        fault("no_known_algorithm", "no signature is of an algorithm that Android knows")
    })?;
    let key = PublicKey::read(key_der).map_err(|why| fault("malformed_key", why))?;
    for (algorithm, signature) in &chosen {
        key.verifies(algorithm.family, algorithm.hash, signed_data, signature, work).map_err(
            |why| fault("signature_wrong", format!("the {} signature: {why}", algorithm.name())),
        )?;
    }
    Ok(chosen.into_iter().map(|(algorithm, _)| algorithm).collect())
}

/// The signers of a scheme's block, each with its length.
///
/// With a fault comes whether apksigner overlooks it, which it does of what concerns no signer.
pub(super) fn split(value: &[u8], most: usize) -> Result<Vec<&[u8]>, (Fault, bool)> {
    let malformed = || fault("malformed_signers", "the list of signers is cut off or malformed");
    let negative = Reader::new(value).i32().is_some_and(|length| length < 0);
    let mut list = Reader::new(value).within().ok_or_else(|| (malformed(), !negative))?;
    let mut signers = Vec::new();
    while !list.is_empty() {
        signers.push(list.prefixed().ok_or_else(|| (malformed(), false))?);
        if signers.len() > most {
            let what = format!("it has more than {most} signers");
            return Err((fault("too_many_signers", what), false));
        }
    }
    if signers.is_empty() {
        return Err((fault("no_signers", "it has no signer"), true));
    }
    Ok(signers)
}

/// Compares what the signers state of the file with the file.
pub(super) fn check_contents(
    signers: &[Signer<'_>],
    contents: &Contents<'_>,
    alignment: Result<(), &'static str>,
) -> Result<(), Fault> {
    let kinds: Vec<ContentDigest> = signers
        .iter()
        .flat_map(|signer| signer.algorithms.iter().map(|algorithm| algorithm.content))
        .collect();
    if kinds.contains(&ContentDigest::Verity256) {
        alignment.map_err(|why| fault("not_aligned", why))?;
    }
    for (id, stated) in signers.iter().flat_map(|signer| &signer.digests) {
        let Some(algorithm) = Algorithm::find(*id) else { continue };
        if kinds.contains(&algorithm.content) && contents.digest(algorithm.content) != *stated {
            let what = "the file was changed after it was signed: its digest is another";
            return Err(fault("digest_mismatch", what));
        }
    }
    Ok(())
}

/// Values behind a number, each pair behind its length.
pub(super) fn numbered(mut list: Reader<'_>) -> Option<Vec<(u32, &[u8])>> {
    let mut pairs = Vec::new();
    while !list.is_empty() {
        let mut pair = list.within()?;
        pairs.push((pair.u32()?, pair.prefixed()?));
        if pairs.len() > MAX_PARTS {
            return None;
        }
    }
    Some(pairs)
}

fn attributes_of(mut list: Reader<'_>) -> Option<Vec<(u32, &[u8])>> {
    let mut attributes = Vec::new();
    while !list.is_empty() {
        let mut attribute = list.within()?;
        attributes.push((attribute.u32()?, attribute.rest()));
        if attributes.len() > MAX_PARTS {
            return None;
        }
    }
    Some(attributes)
}

/// A fault as a scheme's problem.
pub(super) fn named(scheme: &str, (id, what): &Fault) -> SignatureProblem {
    trouble(&format!("{scheme}_{id}"), what.clone())
}
