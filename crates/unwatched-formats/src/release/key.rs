//! The public key that a release is verified with, as minisign writes it.

use std::fmt;
use std::str::FromStr;

/// A minisign public key. Its text is the one line of base64 that people compare and pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    line: String,
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
        let inner = minisign_verify::PublicKey::from_base64(line)
            .map_err(|_| refused("its line is not a minisign key"))?;
        Ok(Self { line: line.to_owned(), inner })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}
