//! The one file `bundle`: written, opened, verified. Where it is kept is the caller's business.

use sha2::Digest;
use unwatched_model::digest::Sha256;

use super::archive;
use super::index::Index;
use super::key::{PublicKey, signer_id};
use super::key_set::{ChainError, KEYS_NAME, KeyChain, KeySet, MOST_SIGNATURES};
use super::log::{Checkpoint, LOG_NAME, Leaf, LogError, LogPart};
use super::pin::Pin;

/// The name of the index in a release and in the bundle.
pub const INDEX_NAME: &str = "index.json";
/// The name of the index's signature.
pub const SIGNATURE_NAME: &str = "index.json.minisig";
/// The name of the compiled indicator set.
pub const INDICATORS_NAME: &str = "indicators.bin";
/// The name of the signatures that the release's key set asks for.
pub const SIGNATURES_NAME: &str = "signatures.json";

const INDEX_LIMIT_BYTES: u64 = 4 << 20;
const SIGNATURE_LIMIT_BYTES: u64 = 8 << 10;
const SIGNATURES_LIMIT_BYTES: u64 = 64 << 10;
const KEYS_LIMIT_BYTES: u64 = 1 << 20;
const LOG_LIMIT_BYTES: u64 = 16 << 20;

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
    /// Fewer signed than must.
    #[error(
        "release {sequence} is signed by {have} of the keys that sign for this exchange, and {need} must sign: do not use it, and tell the people who run the exchange"
    )]
    TooFewSignatures {
        /// The release.
        sequence: u64,
        /// How many signed.
        have: usize,
        /// How many must.
        need: u32,
    },
    /// The key sets do not lead from the pinned one to one that signed.
    #[error("the bundle was refused")]
    Keys(#[from] ChainError),
    /// The log does not hold the release as it should.
    #[error("the bundle was refused")]
    Log(#[from] LogError),
    /// What says who signed, and that it is in the log, was left out.
    #[error(
        "the bundle was refused: it does not say which keys sign for this exchange and is not shown to be in the public log, as earlier ones were: somebody may have left that out; download the file named bundle again, and if it says the same again tell the people who run the exchange"
    )]
    LeftOut,
}

/// What shows who signed a release, and that it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proofs {
    /// Signatures over `index.json` beside the server's.
    pub signatures: Vec<String>,
    /// Every key set up to the one that signed.
    pub keys: KeyChain,
    /// The log's part.
    pub log: LogPart,
}

/// The file `bundle` with what shows who signed it. The same contents give the same bytes.
pub fn write_proven_bundle(
    index_json: &[u8],
    minisig: &str,
    indicators_bin: &[u8],
    proofs: &Proofs,
) -> Vec<u8> {
    let mut signatures =
        serde_json::to_vec_pretty(&proofs.signatures).expect("plain data serialises");
    signatures.push(b'\n');
    archive::write(&[
        (INDEX_NAME, index_json),
        (SIGNATURE_NAME, minisig.as_bytes()),
        (SIGNATURES_NAME, &signatures),
        (KEYS_NAME, &proofs.keys.to_bytes()),
        (LOG_NAME, &proofs.log.to_bytes()),
        (INDICATORS_NAME, indicators_bin),
    ])
}

/// The file `bundle` as it was made before there were key sets and a log, of three parts. The same
/// contents give the same bytes.
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
    proofs: Option<Proofs>,
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
    /// The key set that signed; none where the bundle names none and one key was asked for.
    pub keys: Option<KeySet>,
    /// What it shows of the log, verified.
    pub log: Option<(LogPart, Checkpoint)>,
}

/// Opens a bundle: exactly its parts, the indicators those that the index lists.
///
/// # Errors
/// [`BundleError::NotABundle`] or [`BundleError::OtherIndicators`].
pub fn open_bundle(bytes: &[u8], limits: &Limits) -> Result<Bundle, BundleError> {
    let at_most = |limit_bytes: u64| limit_bytes.min(limits.total_bytes);
    let wanted = [
        (INDEX_NAME, at_most(INDEX_LIMIT_BYTES)),
        (SIGNATURE_NAME, at_most(SIGNATURE_LIMIT_BYTES)),
        (INDICATORS_NAME, limits.total_bytes),
        (SIGNATURES_NAME, at_most(SIGNATURES_LIMIT_BYTES)),
        (KEYS_NAME, at_most(KEYS_LIMIT_BYTES)),
        (LOG_NAME, at_most(LOG_LIMIT_BYTES)),
    ];
    let parts = archive::read(bytes, wanted, 3).map_err(BundleError::NotABundle)?;
    let total: u64 = parts.iter().flatten().map(|part| part.len() as u64).sum();
    if total > limits.total_bytes {
        let why = format!("it holds more than {} bytes", limits.total_bytes);
        return Err(BundleError::NotABundle(why));
    }
    let there = |part: Option<Vec<u8>>, name: &str| {
        part.ok_or_else(|| BundleError::NotABundle(format!("{name} is missing")))
    };
    let [index_json, signature, indicators, signatures, keys, log] = parts;
    let index_json = there(index_json, INDEX_NAME)?;
    let signature = there(signature, SIGNATURE_NAME)?;
    let indicators = there(indicators, INDICATORS_NAME)?;
    let index = Index::from_bytes(&index_json)
        .map_err(|error| BundleError::NotABundle(error.to_string()))?;
    let signature = String::from_utf8(signature).map_err(|_| BundleError::NoSignature)?;
    let listed = index.file(INDICATORS_NAME).ok_or(BundleError::OtherIndicators)?;
    if listed.size_bytes != indicators.len() as u64 || listed.sha256 != sha256(&indicators) {
        return Err(BundleError::OtherIndicators);
    }
    let proofs = match (signatures, keys, log) {
        (None, None, None) => None,
        (signatures, keys, log) => Some(Proofs {
            signatures: signatures_of(&there(signatures, SIGNATURES_NAME)?)?,
            keys: KeyChain::from_bytes(&there(keys, KEYS_NAME)?)?,
            log: LogPart::from_bytes(&there(log, LOG_NAME)?).map_err(LogError::from)?,
        }),
    };
    Ok(Bundle { index_json, signature, index, indicators, proofs })
}

fn signatures_of(bytes: &[u8]) -> Result<Vec<String>, BundleError> {
    let signatures: Vec<String> =
        serde_json::from_slice(bytes).map_err(|_| BundleError::NoSignature)?;
    if signatures.len() > MOST_SIGNATURES {
        return Err(BundleError::NoSignature);
    }
    Ok(signatures)
}

impl Bundle {
    /// The index and the indicators although nobody knows who signed them, for a caller that has
    /// no key and says so to whoever reads the result.
    pub fn into_unverified(self) -> (Index, Vec<u8>) {
        (self.index, self.indicators)
    }

    /// What it shows of keys and log; none in a bundle of three parts.
    pub fn proofs(&self) -> Option<&Proofs> {
        self.proofs.as_ref()
    }

    /// Checks the server's signature over `index.json` and nothing else, as minisign does for
    /// whoever pinned that key alone.
    ///
    /// # Errors
    /// [`BundleError::NoSignature`], [`BundleError::OtherKey`] or [`BundleError::BadSignature`].
    pub fn verify(self, key: &PublicKey) -> Result<VerifiedBundle, BundleError> {
        let trusted_comment = self.signed_by(key)?;
        Ok(self.verified(trusted_comment, None, None))
    }

    /// Checks that the keys sign that the pin leads to, as many as must, and that the release
    /// stands in the log. A bundle of three parts is taken only where one key is pinned; whether a
    /// log was ever seen is for the caller to ask.
    ///
    /// # Errors
    /// [`BundleError`] says what is wrong.
    pub fn verify_pinned(self, pin: &Pin) -> Result<VerifiedBundle, BundleError> {
        let Some(proofs) = &self.proofs else {
            let trusted_comment = self.signed_by(pin.key())?;
            return match pin {
                Pin::Key(_) => Ok(self.verified(trusted_comment, None, None)),
                Pin::Set { .. } => Err(BundleError::LeftOut),
            };
        };
        let set = proofs.keys.follow(pin)?;
        let signatures: Vec<&str> = proofs
            .signatures
            .iter()
            .map(String::as_str)
            .chain(std::iter::once(self.signature.as_str()))
            .collect();
        let have = set.signers(&self.index_json, &signatures).len();
        if !set.is_enough(have) {
            return Err(self.unsigned(&set, &signatures, have));
        }
        let leaf = Leaf {
            sequence: self.index.sequence,
            index: sha256(&self.index_json),
            key_set: set.sha256(),
        };
        let checkpoint = proofs.log.verify(&set.server, &leaf)?;
        let trusted_comment = self.signed_by(&set.server)?;
        let log = proofs.log.clone();
        Ok(self.verified(trusted_comment, Some(set), Some((log, checkpoint))))
    }

    fn signed_by(&self, key: &PublicKey) -> Result<String, BundleError> {
        let signature = minisign_verify::Signature::decode(&self.signature)
            .map_err(|_| BundleError::NoSignature)?;
        key.inner.verify(&self.index_json, &signature, false).map_err(|error| match error {
            minisign_verify::Error::UnexpectedKeyId => BundleError::OtherKey,
            _ => BundleError::BadSignature,
        })?;
        Ok(signature.trusted_comment().to_owned())
    }

    /// Why the signatures are not enough: a signature of a key of ours that does not fit was made
    /// for something else.
    fn unsigned(&self, set: &KeySet, signatures: &[&str], have: usize) -> BundleError {
        let ids: Vec<_> = signatures.iter().filter_map(|one| signer_id(one)).collect();
        let claimed = set.keys.iter().filter(|key| ids.contains(&key.id())).count();
        if ids.is_empty() {
            BundleError::NoSignature
        } else if claimed > have {
            BundleError::BadSignature
        } else {
            let (sequence, need) = (self.index.sequence, set.threshold);
            BundleError::TooFewSignatures { sequence, have, need }
        }
    }

    fn verified(
        self,
        trusted_comment: String,
        keys: Option<KeySet>,
        log: Option<(LogPart, Checkpoint)>,
    ) -> VerifiedBundle {
        VerifiedBundle {
            index_sha256: sha256(&self.index_json),
            trusted_comment,
            index: self.index,
            indicators: self.indicators,
            keys,
            log,
        }
    }
}

/// The SHA-256 of bytes in memory.
fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}
