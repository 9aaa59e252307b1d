//! What opens evidence that was encrypted as it was written: age keys, and passphrases.

use std::fmt;
use std::io::BufReader;

use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Identity, IdentityFile};

use crate::source::Bytes;

/// The keys and the passphrase that a helper gives. Nothing of them is ever shown.
#[derive(Default)]
pub struct Keys {
    identities: Vec<Box<dyn Identity + Send + Sync>>,
    passphrase: Option<SecretString>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} age keys, a passphrase: {}", self.identities.len(), self.passphrase.is_some())
    }
}

/// What is wrong with a file of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no file of age keys: expected lines that begin with AGE-SECRET-KEY-1, as age-keygen writes them"
)]
pub struct NoKeys;

impl Keys {
    /// The keys in a file as `age-keygen` writes it.
    pub fn add_age_keys(&mut self, file: &[u8]) -> Result<(), NoKeys> {
        let file = IdentityFile::from_buffer(file).map_err(|_| NoKeys)?;
        let identities = file.into_identities().map_err(|_| NoKeys)?;
        if identities.is_empty() {
            return Err(NoKeys);
        }
        self.identities.extend(identities);
        Ok(())
    }

    /// The passphrase of a backup, or of a file that age encrypted to one.
    pub fn set_passphrase(&mut self, passphrase: impl Into<SecretString>) {
        self.passphrase = Some(passphrase.into());
    }

    pub(crate) fn identities(&self) -> impl Iterator<Item = &dyn Identity> {
        self.identities.iter().map(|key| -> &dyn Identity { key.as_ref() })
    }

    /// The passphrase, where one was given.
    pub fn passphrase(&self) -> Option<&SecretString> {
        self.passphrase.as_ref()
    }
}

/// Why something that age encrypted stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Sealed {
    /// It was encrypted to a key, and none was given.
    #[error("it is encrypted with age to a key: give the file with that key")]
    NeedsKey,
    /// It was encrypted to a passphrase, and none was given.
    #[error("it is encrypted with age to a passphrase: give that passphrase")]
    NeedsPassphrase,
    /// What was given does not fit.
    #[error(
        "it is encrypted with age, and not to what was given: give the key or passphrase that it was made for"
    )]
    OtherKey,
    /// The beginning of the file is damaged, or of a later version of age.
    #[error(
        "it begins like a file of age, but its beginning is damaged: copy it again from where it was made"
    )]
    Damaged,
}

/// How much work a passphrase may ask for: 2^20 rounds take a gigabyte and some seconds.
pub(crate) const MAX_WORK_FACTOR: u8 = 20;

/// Opens what age encrypted, in its binary form or as text.
pub(crate) fn unseal(sealed: Box<dyn Bytes>, keys: &Keys) -> Result<Box<dyn Bytes>, Sealed> {
    let sealed = age::armor::ArmoredReader::new(BufReader::new(sealed));
    let sealed = Decryptor::new_buffered(BufReader::new(sealed)).map_err(|_| Sealed::Damaged)?;
    let to_passphrase = sealed.is_scrypt();
    let by_passphrase = keys.passphrase.clone().map(|passphrase| {
        let mut identity = age::scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(MAX_WORK_FACTOR);
        identity
    });
    let of_passphrase = by_passphrase.iter().map(|key| -> &dyn Identity { key });
    match sealed.decrypt(keys.identities().chain(of_passphrase)) {
        Ok(plain) => Ok(Box::new(plain)),
        Err(DecryptError::InvalidHeader | DecryptError::UnknownFormat) => Err(Sealed::Damaged),
        Err(_) if to_passphrase && by_passphrase.is_none() => Err(Sealed::NeedsPassphrase),
        Err(_) if !to_passphrase && keys.identities.is_empty() => Err(Sealed::NeedsKey),
        Err(_) => Err(Sealed::OtherKey),
    }
}

/// Whether a file begins like one of age.
pub(crate) fn is_sealed(head: &[u8]) -> bool {
    head.starts_with(b"age-encryption.org/") || head.starts_with(b"-----BEGIN AGE ENCRYPTED FILE")
}
