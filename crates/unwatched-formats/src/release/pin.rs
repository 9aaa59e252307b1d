//! What a computer keeps of an exchange's keys: `key.pub`, two lines that every minisign reads.

use std::fmt;
use std::str::FromStr;

use unwatched_model::digest::Sha256;

use super::key::{NotAPublicKey, PublicKey};
use super::key_set::KeySet;

const COMMENT: &str = "untrusted comment: unwatched key set ";
const DIGEST: &str = "SHA-256 ";

/// What releases are verified against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// One key: the set that is 1 of 1 with it.
    Key(PublicKey),
    /// A set.
    Set {
        /// Its number.
        sequence: u64,
        /// The SHA-256 of its bytes.
        sha256: Sha256,
        /// Its server's key.
        server: PublicKey,
    },
}

impl Pin {
    /// The pin of a set.
    pub fn of(set: &KeySet) -> Self {
        Self::Set { sequence: set.sequence, sha256: set.sha256(), server: set.server.clone() }
    }

    /// The key that minisign would verify `index.json` with.
    pub fn key(&self) -> &PublicKey {
        match self {
            Self::Key(key) | Self::Set { server: key, .. } => key,
        }
    }

    /// Whether it stands for this set.
    pub fn is(&self, set: &KeySet) -> bool {
        match self {
            Self::Key(key) => set.threshold == 1 && set.keys == std::slice::from_ref(key),
            Self::Set { sequence, sha256, .. } => {
                set.sequence == *sequence && set.sha256() == *sha256
            }
        }
    }

    /// The file `key.pub` that pins a set.
    pub fn file(set: &KeySet) -> String {
        let (sequence, threshold, keys) = (set.sequence, set.threshold, set.keys.len());
        let (sha256, server) = (set.sha256(), &set.server);
        format!("{COMMENT}{sequence}, {threshold} of {keys}, {DIGEST}{sha256}\n{server}\n")
    }
}

impl FromStr for Pin {
    type Err = NotAPublicKey;

    /// Reads the file, or the line of a key alone.
    fn from_str(text: &str) -> Result<Self, NotAPublicKey> {
        let server: PublicKey = text.parse()?;
        let mut lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines().map(str::trim);
        let Some(comment) = lines.find_map(|line| line.strip_prefix(COMMENT)) else {
            return Ok(Self::Key(server));
        };
        let parts = || {
            let (sequence, rest) = comment.split_once(", ")?;
            let (_, sha256) = rest.rsplit_once(DIGEST)?;
            Some((sequence.parse().ok()?, sha256.parse().ok()?))
        };
        let (sequence, sha256) = parts().ok_or_else(|| {
            NotAPublicKey("its comment names a key set and is damaged".to_owned())
        })?;
        Ok(Self::Set { sequence, sha256, server })
    }
}

impl fmt::Display for Pin {
    /// What people compare: for a set its number and digest in groups of four, else the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "{key}"),
            Self::Set { sequence, sha256, .. } => {
                write!(f, "{sequence}:")?;
                let digest = sha256.to_string();
                for at in (0..digest.len()).step_by(4) {
                    write!(f, " {}", &digest[at..at + 4])?;
                }
                Ok(())
            }
        }
    }
}
