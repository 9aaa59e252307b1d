//! Digests as values: a sample's id is its SHA-256, a certificate is named by its SHA-1 or SHA-256.
//!
//! Nothing here computes a digest of a file; that is the business of whoever reads the file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Text that was not the hexadecimal form of a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {name}: expected {expected_digits} hexadecimal digits, found {found:?}")]
pub struct NotADigest {
    name: &'static str,
    expected_digits: usize,
    found: String,
}

macro_rules! digest {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $label:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub [u8; $bytes]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = NotADigest;

            fn from_str(text: &str) -> Result<Self, NotADigest> {
                let mut bytes = [0u8; $bytes];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| NotADigest {
                    name: $label,
                    expected_digits: $bytes * 2,
                    found: text.chars().take(80).collect(),
                })?;
                Ok(Self(bytes))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotADigest;

            fn try_from(text: String) -> Result<Self, NotADigest> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(digest: $name) -> String {
                digest.to_string()
            }
        }
    };
}

digest!(
    /// A SHA-256: the id of a sample, the strong name of a certificate. Lower-case hex in text.
    Sha256, 32, "SHA-256"
);
digest!(
    /// A SHA-1, still how the field names Android certificates. Lower-case hex in text.
    Sha1, 20, "SHA-1"
);
digest!(
    /// An MD5, kept because older lists and tools ask for it. Lower-case hex in text.
    Md5, 16, "MD5"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_either_case_and_writes_lower() {
        let upper = "7F5C0D54A813BA9B87A91420CA2C3DE5E7948F09";
        let digest: Sha1 = upper.parse().unwrap();
        assert_eq!(digest.to_string(), upper.to_lowercase());
    }

    #[test]
    fn says_what_was_wrong() {
        let error = "xyz".parse::<Sha256>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "not a SHA-256: expected 64 hexadecimal digits, found \"xyz\""
        );
    }
}
