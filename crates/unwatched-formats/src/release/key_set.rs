//! The keys whose signatures a release needs, and how one set of them follows another. Making
//! signatures is not done here; a set is trusted because somebody pinned it, or because a trusted
//! set signed it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use unwatched_model::digest::Sha256;

use super::key::PublicKey;
use super::pin::Pin;

/// The chain's name in a release and in the bundle.
pub const KEYS_NAME: &str = "keys.json";

/// More keys than coordinators could ever be.
const MOST_KEYS: usize = 32;
/// More sets than an exchange could ever have had.
const MOST_SETS: usize = 1_000;
/// More signatures of one document than there could be keys, of the old set and the new.
pub(super) const MOST_SIGNATURES: usize = 2 * MOST_KEYS;

/// Which keys sign releases, and how many of them it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySet {
    /// The set's number: 1, and one more with each change.
    #[serde(rename = "key_set")]
    pub sequence: u64,
    /// How many different keys must sign.
    pub threshold: u32,
    /// The keys.
    pub keys: Vec<PublicKey>,
    /// The server's key: it dates, and signs the log and drafts. A release only where it stands
    /// among the keys, too.
    pub server: PublicKey,
}

/// A document that is no key set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a key set: {0}")]
pub struct NotAKeySet(pub String);

impl KeySet {
    /// The bytes to sign. The same set gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("plain data serialises");
        bytes.push(b'\n');
        bytes
    }

    /// Reads a set: exactly the bytes that [`KeySet::to_bytes`] writes, so that nothing else that
    /// somebody signs can be read as one.
    ///
    /// # Errors
    /// [`NotAKeySet`] when they are something else, or when such a set makes no sense.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAKeySet> {
        let set: Self =
            serde_json::from_slice(bytes).map_err(|error| NotAKeySet(error.to_string()))?;
        if set.to_bytes() != bytes {
            return Err(NotAKeySet("it is not written as a key set is".to_owned()));
        }
        set.check().map_err(NotAKeySet)?;
        Ok(set)
    }

    /// Whether releases could be signed under it.
    ///
    /// # Errors
    /// A fragment that says why not.
    pub fn check(&self) -> Result<(), String> {
        if self.sequence == 0 {
            return Err("its number is 0".to_owned());
        }
        if self.keys.len() > MOST_KEYS {
            return Err(format!("it names more than {MOST_KEYS} keys"));
        }
        if self.threshold == 0 || usize::try_from(self.threshold).unwrap_or(0) > self.keys.len() {
            let (threshold, keys) = (self.threshold, self.keys.len());
            return Err(format!("{threshold} of its {keys} keys would have to sign"));
        }
        for (at, key) in self.keys.iter().enumerate() {
            if self.keys[..at].iter().any(|other| other.is_same(key)) {
                return Err(format!("it names the key {} twice", key.id()));
            }
        }
        Ok(())
    }

    /// What tells it from every other set.
    pub fn sha256(&self) -> Sha256 {
        Sha256(sha2::Sha256::digest(self.to_bytes()).into())
    }

    /// How many of its keys signed the bytes. A key counts once, however often it signed.
    pub fn signers(&self, bytes: &[u8], signatures: &[impl AsRef<str>]) -> Vec<&PublicKey> {
        let signatures: Vec<_> = signatures
            .iter()
            .take(MOST_SIGNATURES)
            .filter_map(|text| minisign_verify::Signature::decode(text.as_ref()).ok())
            .collect();
        let signed = |key: &&PublicKey| {
            signatures.iter().any(|signature| key.inner.verify(bytes, signature, false).is_ok())
        };
        self.keys.iter().filter(signed).collect()
    }

    /// Whether so many signers are enough.
    pub fn is_enough(&self, signers: usize) -> bool {
        u32::try_from(signers).unwrap_or(u32::MAX) >= self.threshold
    }
}

impl fmt::Display for KeySet {
    /// Such as `key set 2 (2 of 3 must sign)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key set {} ({} of {} must sign)", self.sequence, self.threshold, self.keys.len())
    }
}

/// A set and who signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedSet {
    /// The set's bytes, as text.
    pub set: String,
    /// The signatures over them, as minisign writes them.
    pub signatures: Vec<String>,
}

/// Every set of an exchange from the first on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChain {
    /// In their order.
    pub sets: Vec<SignedSet>,
}

/// Why the sets do not lead from the pinned one to the one that signs now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// It cannot be read.
    #[error("its key sets cannot be read: {0}; download the file named bundle again")]
    Damaged(String),
    /// Another set has the number of the pinned one, or the pinned key is in none.
    #[error(
        "its keys are not those that this computer knows: do not use it before you have asked the people who run the exchange which keys are theirs"
    )]
    Strangers,
    /// The pinned set is newer than all of them.
    #[error(
        "it names key set {found} as the newest, and this computer knows key set {known} already: it is an old file, or somebody wants replaced keys to count again; download the newest one"
    )]
    Older {
        /// The pinned set's number.
        known: u64,
        /// The newest number offered.
        found: u64,
    },
    /// A change that too few keys of the set before it signed.
    #[error(
        "key set {sequence} in it is signed by {have} of the keys of key set {before}, and {need} must sign a change: the keys may have been replaced by somebody else; do not use it, and tell the people who run the exchange"
    )]
    ChangeNotSigned {
        /// The new set's number.
        sequence: u64,
        /// The set before.
        before: u64,
        /// How many signed.
        have: usize,
        /// How many must.
        need: u32,
    },
    /// A set that too few of its own keys signed.
    #[error(
        "key set {sequence} in it is signed by {have} of its own keys, and {need} must sign: do not use it, and tell the people who run the exchange"
    )]
    OwnKeysMissing {
        /// The set's number.
        sequence: u64,
        /// How many signed.
        have: usize,
        /// How many must.
        need: u32,
    },
}

impl KeyChain {
    /// The bytes of `keys.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("plain data serialises");
        bytes.push(b'\n');
        bytes
    }

    /// Reads it. Nothing is verified yet.
    ///
    /// # Errors
    /// [`ChainError::Damaged`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ChainError> {
        let chain: Self = serde_json::from_slice(bytes)
            .map_err(|error| ChainError::Damaged(error.to_string()))?;
        if chain.sets.len() > MOST_SETS {
            return Err(ChainError::Damaged(format!("there are more than {MOST_SETS}")));
        }
        if chain.sets.iter().any(|one| one.signatures.len() > MOST_SIGNATURES) {
            return Err(ChainError::Damaged("one has too many signatures".to_owned()));
        }
        Ok(chain)
    }

    /// The set that signs now, reached from what is pinned over changes that each set before
    /// signed, one after the other.
    ///
    /// # Errors
    /// [`ChainError`] says where the way breaks off.
    pub fn follow(&self, pin: &Pin) -> Result<KeySet, ChainError> {
        let sets = self.sets.iter().enumerate().map(|(at, one)| {
            let set = KeySet::from_bytes(one.set.as_bytes())
                .map_err(|error| ChainError::Damaged(error.to_string()))?;
            if set.sequence == at as u64 + 1 {
                Ok(set)
            } else {
                Err(ChainError::Damaged("one is missing between two".to_owned()))
            }
        });
        let sets: Vec<KeySet> = sets.collect::<Result<_, _>>()?;
        let known = sets.iter().position(|set| pin.is(set)).ok_or(match pin {
            Pin::Set { sequence, .. } if *sequence > sets.len() as u64 => {
                ChainError::Older { known: *sequence, found: sets.len() as u64 }
            }
            _ => ChainError::Strangers,
        })?;
        for at in known + 1..sets.len() {
            change_is_signed(&sets[at - 1], &sets[at], &self.sets[at])?;
        }
        sets.into_iter().next_back().ok_or(ChainError::Strangers)
    }
}

/// Whether enough keys of the set before signed a change, and enough of the new one's.
///
/// # Errors
/// [`ChainError::ChangeNotSigned`] or [`ChainError::OwnKeysMissing`].
pub fn change_is_signed(
    before: &KeySet,
    set: &KeySet,
    signed: &SignedSet,
) -> Result<(), ChainError> {
    let bytes = signed.set.as_bytes();
    let have = before.signers(bytes, &signed.signatures).len();
    if !before.is_enough(have) {
        let (sequence, need) = (set.sequence, before.threshold);
        return Err(ChainError::ChangeNotSigned { sequence, before: before.sequence, have, need });
    }
    let have = set.signers(bytes, &signed.signatures).len();
    if !set.is_enough(have) {
        let (sequence, need) = (set.sequence, set.threshold);
        return Err(ChainError::OwnKeysMissing { sequence, have, need });
    }
    Ok(())
}
