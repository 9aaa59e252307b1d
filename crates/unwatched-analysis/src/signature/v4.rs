//! APK Signature Scheme 4: an `.idsig` file beside the app with a tree of digests over the whole
//! file, for apps that are read while they arrive.

use unwatched_model::signature::{SchemeSigner, SignatureProblem};

use super::algorithms::Algorithm;
use super::block::{V3, V31};
use super::certificate::Certificate;
use super::contents::Tree;
use super::keys::PublicKey;
use super::reader::Reader;
use super::trouble;
use super::work::Work;

const VERSION: u32 = 2;
const SHA256: u32 = 1;
const LOG2_PAGE: u8 = 12;
const MAX_SALT_BYTES: usize = 32;

/// What came of it.
#[derive(Default)]
pub(super) struct V4 {
    pub(super) signers: Vec<SchemeSigner>,
    pub(super) problems: Vec<SignatureProblem>,
}

/// What scheme 3, or else 2, says: the signer's certificate and the digest of best kind.
pub(super) struct Beneath {
    pub(super) certificate: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

impl V4 {
    /// Checks the file beside an app against the app.
    pub(super) fn check(apk: &[u8], idsig: &[u8], beneath: Option<&Beneath>, work: &Work) -> Self {
        let mut found = Self::default();
        if let Err(problem) = found.read(apk, idsig, beneath, work) {
            found.problems.push(problem);
        }
        found
    }

    fn read(
        &mut self,
        apk: &[u8],
        idsig: &[u8],
        beneath: Option<&Beneath>,
        work: &Work,
    ) -> Result<(), SignatureProblem> {
        let malformed = || trouble("v4_malformed", "the .idsig file is malformed");
        let mut file = Reader::new(idsig);
        if file.u32().ok_or_else(malformed)? != VERSION {
            return Err(trouble("v4_unknown_version", "the .idsig file's version is not known"));
        }
        let hashing = file.prefixed().ok_or_else(malformed)?;
        let mut signing = file.within().ok_or_else(malformed)?;
        let tree = if file.is_empty() { &[] } else { file.prefixed().ok_or_else(malformed)? };

        let mut info = Reader::new(hashing);
        let hash = info.u32().ok_or_else(malformed)?;
        let page = info.take(1).ok_or_else(malformed)?[0];
        let salt = info.prefixed().ok_or_else(malformed)?;
        let root = info.prefixed().ok_or_else(malformed)?;
        if hash != SHA256 || page != LOG2_PAGE || salt.len() > MAX_SALT_BYTES {
            return Err(trouble("v4_unknown_tree", "the .idsig file's tree is of an unknown kind"));
        }
        let Signed { digest, der, certificate, algorithm } =
            verified(&mut signing, apk.len() as u64, hashing, work)?;
        self.signers.push(SchemeSigner {
            certificate_sha256: certificate.sha256(),
            algorithms: vec![algorithm.name()],
            api_levels: None,
            ancestors: Vec::new(),
        });
        let actual = Tree::over(&[apk], salt);
        if actual.root != root || (!tree.is_empty() && actual.levels != tree) {
            let what = "the .idsig file's tree of digests is not this file's";
            return Err(trouble("v4_digest_mismatch", what));
        }
        further_signers(signing, apk.len() as u64, hashing, work)?;
        match beneath {
            None => Err(trouble("v4_alone", "no signature of scheme 2 or 3 stands beneath it")),
            Some(other) if other.certificate != der => {
                let what = "the .idsig file was signed by somebody else than the app";
                Err(trouble("v4_another_signer", what))
            }
            Some(other) if other.digest != digest => {
                let what = "the .idsig file states another digest than the app's own signature";
                Err(trouble("v4_digest_differs", what))
            }
            Some(_) => Ok(()),
        }
    }
}

/// One signer's word.
struct Signed<'a> {
    digest: &'a [u8],
    der: &'a [u8],
    certificate: Certificate<'a>,
    algorithm: Algorithm,
}

/// Reads a signer's word and checks its signature.
fn verified<'a>(
    signing: &mut Reader<'a>,
    apk_bytes: u64,
    hashing: &[u8],
    work: &Work,
) -> Result<Signed<'a>, SignatureProblem> {
    let malformed = || trouble("v4_malformed", "the .idsig file is malformed");
    let digest = signing.prefixed().ok_or_else(malformed)?;
    let der = signing.prefixed().ok_or_else(malformed)?;
    let additional = signing.prefixed().ok_or_else(malformed)?;
    let key = signing.prefixed().ok_or_else(malformed)?;
    let algorithm = signing.u32().and_then(Algorithm::find).ok_or_else(|| {
        trouble("v4_unknown_algorithm", "the .idsig file's signature algorithm is not known")
    })?;
    let signature = signing.prefixed().ok_or_else(malformed)?;

    let signed = signed_data(apk_bytes, hashing, &[digest, der, additional]);
    let certificate = Certificate::read(der).ok_or_else(malformed)?;
    if certificate.key_der() != key {
        let what = "the key that signed the .idsig file is not its certificate's";
        return Err(trouble("v4_another_key", what));
    }
    PublicKey::read(key)
        .and_then(|key| key.verifies(algorithm.family, algorithm.hash, &signed, signature, work))
        .map_err(|why| trouble("v4_signature_wrong", format!("the .idsig file: {why}")))?;
    Ok(Signed { digest, der, certificate, algorithm })
}

/// What layout 4.1 keeps behind the first signer: one for each later block of signatures of the
/// app, by that block's number. Each must hold; a number that is not known is told.
fn further_signers(
    mut signing: Reader<'_>,
    apk_bytes: u64,
    hashing: &[u8],
    work: &Work,
) -> Result<(), SignatureProblem> {
    while !signing.is_empty() {
        let unknown = || {
            let what = "something stands behind its signer that is not of layout 4.1";
            trouble("v4_unknown_layout", format!("the .idsig file: {what}"))
        };
        let block = signing.u32().ok_or_else(unknown)?;
        let mut one = signing.within().ok_or_else(unknown)?;
        if !matches!(block, V3 | V31) {
            let what = format!("a signer of layout 4.1 for a block {block:#010x} nobody knows");
            return Err(trouble("v4_unknown_layout", format!("the .idsig file has {what}")));
        }
        verified(&mut one, apk_bytes, hashing, work)?;
        if !one.is_empty() {
            return Err(unknown());
        }
    }
    Ok(())
}

/// What the signature is over: a length, the file's length, how it is hashed, and who signs.
fn signed_data(apk_bytes: u64, hashing: &[u8], fields: &[&[u8]]) -> Vec<u8> {
    let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut body = apk_bytes.to_le_bytes().to_vec();
    body.extend(hashing);
    for field in fields {
        body.extend(length(field.len()));
        body.extend(*field);
    }
    [&length(body.len() + 4)[..], &body].concat()
}
