//! Who can open a package: the survivor's passphrase, or the keys of those whom the survivor names.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr as _;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::stream::StreamWriter;
use age::x25519::Recipient;
use age::{Encryptor, scrypt};

use super::SealedError;
use super::manifest::OpensWith;

/// How much work trying one passphrase is: 2^18 rounds of scrypt, about a second and 256 MiB.
const WORK_FACTOR: u8 = 18;

/// What a package is encrypted to.
#[derive(Clone)]
pub enum Lock {
    /// A passphrase.
    Passphrase {
        /// As it was typed.
        passphrase: SecretString,
        /// How much work a try is, as a power of two; tests make many packages.
        work_factor: u8,
    },
    /// The public keys of age.
    Recipients(Vec<Recipient>),
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passphrase { .. } => "a passphrase",
            Self::Recipients(_) => "keys",
        })
    }
}

/// A text that is no public key of age.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no public key of age: expected one that begins with age1")]
pub struct NoRecipient(pub String);

impl Lock {
    /// To a passphrase.
    pub fn passphrase(passphrase: impl Into<SecretString>) -> Self {
        Self::Passphrase { passphrase: passphrase.into(), work_factor: WORK_FACTOR }
    }

    /// To these public keys, each as `age1...`.
    pub fn recipients<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self, NoRecipient> {
        let read = |key: &str| Recipient::from_str(key).map_err(|_| NoRecipient(key.to_owned()));
        Ok(Self::Recipients(keys.into_iter().map(read).collect::<Result<_, _>>()?))
    }

    pub(super) fn opens_with(&self) -> OpensWith {
        match self {
            Self::Passphrase { .. } => OpensWith::Passphrase,
            Self::Recipients(keys) => {
                OpensWith::Keys(keys.iter().map(ToString::to_string).collect())
            }
        }
    }

    /// Encrypts what is written to `out`. The last bytes come with `finish`.
    pub fn encrypt<W: Write>(&self, out: W) -> Result<StreamWriter<W>, SealedError> {
        let encryptor = match self {
            Self::Passphrase { passphrase, .. } if passphrase.expose_secret().is_empty() => {
                return Err(SealedError::NoPassphrase);
            }
            Self::Passphrase { passphrase, work_factor } => {
                let mut recipient = scrypt::Recipient::new(passphrase.clone());
                recipient.set_work_factor(*work_factor);
                Encryptor::with_recipients(std::iter::once(&recipient as _))
            }
            Self::Recipients(keys) => {
                Encryptor::with_recipients(keys.iter().map(|key| -> &dyn age::Recipient { key }))
            }
        };
        Ok(encryptor.map_err(io::Error::other)?.wrap_output(out)?)
    }
}
