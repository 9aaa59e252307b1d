//! The one file `bundle`: written, opened, verified. Where it is kept is the caller's business.

use sha2::Digest;
use unwatched_model::digest::Sha256;

use super::archive;
use super::index::Index;
use super::key::PublicKey;

/// The name of the index in a release and in the bundle.
pub const INDEX_NAME: &str = "index.json";
/// The name of the index's signature.
pub const SIGNATURE_NAME: &str = "index.json.minisig";
/// The name of the compiled indicator set.
pub const INDICATORS_NAME: &str = "indicators.bin";

const INDEX_LIMIT_BYTES: u64 = 4 << 20;
const SIGNATURE_LIMIT_BYTES: u64 = 8 << 10;

/// How much a bundle may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most that everything inside may measure together.
    pub total_bytes: u64,
}

impl Default for Limits {
    /// 256 MiB.
    fn default() -> Self {
        Self { total_bytes: 256 << 20 }
    }
}

/// Why a bundle is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Something else, or a damaged one.
    #[error("not a whole release bundle: {0}; download the file named bundle again")]
    NotABundle(String),
    /// The indicators are not those of the index.
    #[error(
        "the indicators in the bundle are not those its index lists: the file was changed or damaged; download it again"
    )]
    OtherIndicators,
    /// The signature's text cannot be read.
    #[error("the signature in the bundle cannot be read; download the file named bundle again")]
    NoSignature,
    /// Signed with a key other than the one given.
    #[error(
        "the bundle is signed with another key than the one given: do not use it before you have asked the people who run the exchange which key is theirs"
    )]
    OtherKey,
    /// The signature does not fit.
    #[error(
        "the signature does not fit the bundle: it was changed after it was signed; do not use it, download it again"
    )]
    BadSignature,
}

/// The file `bundle`. The same three contents give the same bytes.
pub fn write_bundle(index_json: &[u8], minisig: &str, indicators_bin: &[u8]) -> Vec<u8> {
    archive::write(&[
        (INDEX_NAME, index_json),
        (SIGNATURE_NAME, minisig.as_bytes()),
        (INDICATORS_NAME, indicators_bin),
    ])
}

/// A bundle whose parts fit together, and that nobody has verified yet: what it says is not to be
/// shown or used.
#[derive(Debug, Clone)]
pub struct Bundle {
    index_json: Vec<u8>,
    signature: String,
    index: Index,
    indicators: Vec<u8>,
}

/// A bundle signed with the key it was verified with.
#[derive(Debug, Clone)]
pub struct VerifiedBundle {
    /// What the release says of itself.
    pub index: Index,
    /// The SHA-256 of `index.json`, by which two releases of one number are told apart.
    pub index_sha256: Sha256,
    /// The compiled indicator set.
    pub indicators: Vec<u8>,
    /// What the signer wrote under the signature.
    pub trusted_comment: String,
}

/// Opens a bundle: exactly its three parts, the indicators those that the index lists.
///
/// # Errors
/// [`BundleError::NotABundle`] or [`BundleError::OtherIndicators`].
pub fn open_bundle(bytes: &[u8], limits: &Limits) -> Result<Bundle, BundleError> {
    let head = INDEX_LIMIT_BYTES.min(limits.total_bytes);
    let wanted = [
        (INDEX_NAME, head),
        (SIGNATURE_NAME, SIGNATURE_LIMIT_BYTES.min(limits.total_bytes)),
        (INDICATORS_NAME, limits.total_bytes),
    ];
    let parts = archive::read(bytes, wanted).map_err(BundleError::NotABundle)?;
    let total: u64 = parts.iter().map(|part| part.len() as u64).sum();
    if total > limits.total_bytes {
        let why = format!("it holds more than {} bytes", limits.total_bytes);
        return Err(BundleError::NotABundle(why));
    }
    let [index_json, signature, indicators] = parts;
    let index = Index::from_bytes(&index_json)
        .map_err(|error| BundleError::NotABundle(error.to_string()))?;
    let signature = String::from_utf8(signature).map_err(|_| BundleError::NoSignature)?;
    let listed = index.file(INDICATORS_NAME).ok_or(BundleError::OtherIndicators)?;
    if listed.size_bytes != indicators.len() as u64 || listed.sha256 != sha256(&indicators) {
        return Err(BundleError::OtherIndicators);
    }
    Ok(Bundle { index_json, signature, index, indicators })
}

impl Bundle {
    /// The index and the indicators although nobody knows who signed them, for a caller that has
    /// no key and says so to whoever reads the result.
    pub fn into_unverified(self) -> (Index, Vec<u8>) {
        (self.index, self.indicators)
    }

    /// Checks the signature over `index.json`.
    ///
    /// # Errors
    /// [`BundleError::NoSignature`], [`BundleError::OtherKey`] or [`BundleError::BadSignature`].
    pub fn verify(self, key: &PublicKey) -> Result<VerifiedBundle, BundleError> {
        let signature = minisign_verify::Signature::decode(&self.signature)
            .map_err(|_| BundleError::NoSignature)?;
        key.inner.verify(&self.index_json, &signature, false).map_err(|error| match error {
            minisign_verify::Error::UnexpectedKeyId => BundleError::OtherKey,
            _ => BundleError::BadSignature,
        })?;
        Ok(VerifiedBundle {
            index_sha256: sha256(&self.index_json),
            trusted_comment: signature.trusted_comment().to_owned(),
            index: self.index,
            indicators: self.indicators,
        })
    }
}

/// The SHA-256 of bytes in memory.
fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}
