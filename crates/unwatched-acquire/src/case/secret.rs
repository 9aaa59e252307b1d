//! The case's own key, and the passphrase that it lies encrypted to. In memory both are overwritten
//! when they are dropped; on the disk the key lies as a file of age to the passphrase, and nowhere
//! else.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::str::FromStr as _;

use age::secrecy::zeroize::Zeroizing;
use age::secrecy::{ExposeSecret as _, SecretString};
use age::x25519::Identity;
use age::{DecryptError, Decryptor, Encryptor};

use super::CaseError;
use super::folder::{self, Folder};

/// How much work trying one passphrase is: 2^18 rounds of scrypt, about a second and 256 MiB.
const WORK_FACTOR: u8 = 18;
/// A case that somebody put there may not ask for more than any that is written.
const MAX_WORK_FACTOR: u8 = WORK_FACTOR;
/// A file of age with a key in it is some hundred bytes long.
const MAX_KEY_BYTES: u64 = 4 << 10;
/// What lies in the place of a key that was destroyed.
const GONE: &[u8] = b"destroyed\n";

/// What destroying the key does, in words for a helper.
pub const DESTROYED: &str = "The key of this case was overwritten and taken away. Nobody can read the case any more, with the passphrase or without it, \
from this copy of the folder. A copy that was made before, such as a backup of this computer or of a cloud folder, still opens with the passphrase. \
A flash disk (SSD, stick, memory card) may keep the overwritten block of the key for some time where special tools can find it; then the passphrase is all that \
protects the case. An encrypted disk closes that gap.";
/// What keeping it means.
pub const KEPT: &str = "The case stays on this computer, encrypted. Whoever has the folder and the passphrase can read it; without the passphrase, nobody can, \
and a forgotten passphrase cannot be replaced.";

/// The helper's passphrase. It is never shown, and overwritten in memory when it is dropped.
#[derive(Clone)]
pub struct Secret {
    passphrase: SecretString,
    work_factor: u8,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a passphrase")
    }
}

impl Secret {
    /// A passphrase as it was typed.
    pub fn new(passphrase: impl Into<SecretString>) -> Self {
        Self { passphrase: passphrase.into(), work_factor: WORK_FACTOR }
    }

    /// Another amount of work per try: tests make many cases.
    #[must_use]
    pub fn with_work_factor(self, work_factor: u8) -> Self {
        Self { work_factor, ..self }
    }
}

/// Encrypts the case's key to the passphrase.
pub(super) fn wrap(identity: &Identity, secret: &Secret) -> Result<Vec<u8>, CaseError> {
    if secret.passphrase.expose_secret().is_empty() {
        return Err(CaseError::NoPassphrase);
    }
    let mut recipient = age::scrypt::Recipient::new(secret.passphrase.clone());
    recipient.set_work_factor(secret.work_factor.clamp(1, MAX_WORK_FACTOR));
    let sealed = Encryptor::with_recipients(std::iter::once(&recipient as _))
        .map_err(io::Error::other)
        .and_then(|encryptor| {
            let mut out = encryptor.wrap_output(Vec::new())?;
            out.write_all(identity.to_string().expose_secret().as_bytes())?;
            out.finish()
        });
    sealed.map_err(CaseError::io(Path::new(folder::KEY)))
}

/// Decrypts the case's key; `wrapped` may be anything.
pub(super) fn unwrap(wrapped: &[u8], secret: &Secret) -> Result<Identity, CaseError> {
    if wrapped == GONE {
        return Err(CaseError::KeyDestroyed);
    }
    let sealed = Decryptor::new_buffered(wrapped)
        .map_err(|_| CaseError::KeyDamaged("it does not begin like a file of age"))?;
    if !sealed.is_scrypt() {
        return Err(CaseError::KeyDamaged("it is not encrypted to a passphrase"));
    }
    let mut identity = age::scrypt::Identity::new(secret.passphrase.clone());
    identity.set_max_work_factor(MAX_WORK_FACTOR);
    let plain = sealed.decrypt(std::iter::once(&identity as _)).map_err(|error| match error {
        DecryptError::ExcessiveWork { .. } => {
            CaseError::KeyDamaged("it asks for more work than any that this program writes")
        }
        DecryptError::InvalidHeader | DecryptError::UnknownFormat | DecryptError::InvalidMac => {
            CaseError::KeyDamaged("its beginning was changed")
        }
        _ => CaseError::OtherPassphrase,
    })?;
    let mut text = Zeroizing::new(String::with_capacity(128));
    let read = plain.take(MAX_KEY_BYTES).read_to_string(&mut text);
    read.map_err(|_| CaseError::KeyDamaged("its end is missing or was changed"))?;
    Identity::from_str(&text).map_err(|_| CaseError::KeyDamaged("it holds no key"))
}

/// Reads and decrypts the key of a case.
pub(super) fn read(folder: &Folder, secret: &Secret) -> Result<Identity, CaseError> {
    unwrap(&wrapped_in(folder)?, secret)
}

/// Whether a passphrase could open it.
pub(super) fn is_there(folder: &Folder) -> Result<(), CaseError> {
    if wrapped_in(folder)? == GONE { Err(CaseError::KeyDestroyed) } else { Ok(()) }
}

fn wrapped_in(folder: &Folder) -> Result<Vec<u8>, CaseError> {
    let path = folder.at(folder::KEY);
    let mut wrapped = Vec::new();
    match File::open(&path) {
        Ok(file) => file.take(MAX_KEY_BYTES).read_to_end(&mut wrapped),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(CaseError::KeyMissing),
        Err(error) => Err(error),
    }
    .map_err(CaseError::io(&path))?;
    Ok(wrapped)
}

/// Destroys the key of the case in `folder`, for good; [`DESTROYED`] is what to tell. It needs no
/// passphrase: whoever may delete the folder may do this too.
pub fn destroy_key(folder: &Path) -> Result<(), CaseError> {
    let folder = Folder::find(folder)?;
    let _lock = folder.lock()?;
    destroy(&folder)
}

pub(super) fn destroy(folder: &Folder) -> Result<(), CaseError> {
    let path = folder.at(folder::KEY);
    let overwrite = || {
        // In place: a new file would leave the old blocks as they are.
        let mut file = File::options().write(true).open(&path)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(0).min(1 << 20);
        for byte in [0xff, 0x00] {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&vec![byte; length])?;
            file.sync_all()?;
        }
        file.seek(SeekFrom::Start(0))?;
        file.write_all(GONE)?;
        file.set_len(GONE.len() as u64)?;
        file.sync_all()
    };
    overwrite().map_err(CaseError::io(&path))?;
    folder.make_durable()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quick(passphrase: &str) -> Secret {
        Secret::new(passphrase.to_owned()).with_work_factor(4)
    }

    #[test]
    fn the_key_opens_with_its_passphrase_alone() {
        let identity = Identity::generate();
        let wrapped = wrap(&identity, &quick("seven blue doors")).unwrap();
        let public = |identity: &Identity| identity.to_public().to_string();
        assert_eq!(
            public(&unwrap(&wrapped, &quick("seven blue doors")).unwrap()),
            public(&identity)
        );
        let error = unwrap(&wrapped, &quick("seven blue door")).err().unwrap();
        assert!(matches!(error, CaseError::OtherPassphrase), "{error}");
        assert!(matches!(wrap(&identity, &quick("")), Err(CaseError::NoPassphrase)));
    }

    #[test]
    fn a_changed_key_is_told_from_another_passphrase_where_that_is_possible() {
        let wrapped = wrap(&Identity::generate(), &quick("seven blue doors")).unwrap();
        let last = wrapped.len() - 1;
        let mut changed = wrapped.clone();
        changed[last] ^= 1;
        for damaged in [&changed[..], &wrapped[..last], &wrapped[..40], b"", b"\0\0\0"] {
            let error = unwrap(damaged, &quick("seven blue doors")).err().unwrap();
            assert!(matches!(error, CaseError::KeyDamaged(_)), "{error}");
        }
    }

    #[test]
    fn nothing_of_a_passphrase_is_shown() {
        assert!(!format!("{:?}", quick("seven blue doors")).contains("blue"));
    }
}
