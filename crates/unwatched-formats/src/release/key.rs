//! A public key that signatures are verified with, as minisign writes it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// A minisign public key. Its text is the one line of base64 that people compare and pin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    line: String,
    id: [u8; 8],
    point: [u8; 32],
    pub(super) inner: minisign_verify::PublicKey,
}

/// Text that is no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a public key: {0}; expected the file key.pub of the exchange, or the one line in it that starts with RW"
)]
pub struct NotAPublicKey(pub String);

impl FromStr for PublicKey {
    type Err = NotAPublicKey;

    /// Reads a key file (a comment, then the key) or the line of the key alone.
    fn from_str(text: &str) -> Result<Self, NotAPublicKey> {
        let refused = |why: &str| NotAPublicKey(why.to_owned());
        let lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines().map(str::trim);
        let mut keys =
            lines.filter(|line| !line.is_empty() && !line.starts_with("untrusted comment:"));
        let line = keys.next().ok_or_else(|| refused("there is no key in it"))?;
        if keys.next().is_some() {
            return Err(refused("it has more than one line beside its comment"));
        }
        let no_key = || refused("its line is not a minisign key");
        let inner = minisign_verify::PublicKey::from_base64(line).map_err(|_| no_key())?;
        let id = key_id(line).ok_or_else(no_key)?;
        let bytes = STANDARD.decode(line).map_err(|_| no_key())?;
        let point = bytes.get(10..).and_then(|point| point.try_into().ok()).ok_or_else(no_key)?;
        Ok(Self { line: line.to_owned(), id, point, inner })
    }
}

impl PublicKey {
    /// The key's id as minisign prints it: what a signature says of who made it.
    pub fn id(&self) -> String {
        shown_id(self.id)
    }

    /// Whether the two would count as one: the same key under whatever id, or the same id.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.id == other.id || self.point == other.point
    }
}

/// The id of the key that a signature says it was made with, in the form of [`PublicKey::id`].
pub fn signer_id(minisig: &str) -> Option<String> {
    key_id(minisig.lines().nth(1)?.trim()).map(shown_id)
}

/// Keys and signatures alike begin with two bytes of algorithm and eight of the key's id.
fn key_id(line: &str) -> Option<[u8; 8]> {
    STANDARD.decode(line).ok()?.get(2..10)?.try_into().ok()
}

fn shown_id(id: [u8; 8]) -> String {
    format!("{:016X}", u64::from_le_bytes(id))
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = NotAPublicKey;

    fn try_from(text: String) -> Result<Self, NotAPublicKey> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.line
    }
}
