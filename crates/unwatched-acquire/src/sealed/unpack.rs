//! Taking a package apart into a folder: each file encrypted again, to a passphrase, or plain where
//! somebody who needs it so says why.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;

use super::reader::Package;
use super::{Lock, SealedError};
use crate::case::{CaseError, create_private, create_private_folder, new_folder};

/// The key that every file of the folder is encrypted to, itself encrypted to the passphrase.
pub const FOLDER_KEY: &str = "key.age";
/// Where it stands why a folder is plain.
pub const WHY_PLAIN: &str = "WHY-PLAIN.txt";

/// How the files lie in the folder.
#[derive(Debug)]
pub enum Unpacked<'a> {
    /// Each as a file of age, `NAME.age`, to a key that lies beside them encrypted to a passphrase.
    Encrypted(&'a Lock),
    /// As they are, for this reason.
    Plain(&'a str),
}

/// Writes every file of a package into `folder`, which must not be there yet or be empty. Hands back
/// how many.
///
/// # Errors
/// [`SealedError`] when the folder is not empty, or something cannot be read or written.
pub fn unpack(package: &Package, folder: &Path, how: &Unpacked<'_>) -> Result<usize, SealedError> {
    new_folder(folder)?;
    let to = match how {
        Unpacked::Encrypted(lock) => {
            let identity = Identity::generate();
            let mut out = lock.encrypt(create(&folder.join(FOLDER_KEY))?)?;
            out.write_all(identity.to_string().expose_secret().as_bytes())?;
            out.finish()?.sync_all()?;
            Some(Lock::Recipients(vec![identity.to_public()]))
        }
        Unpacked::Plain(why) => {
            let mut file = create(&folder.join(WHY_PLAIN))?;
            writeln!(file, "{why}")?;
            None
        }
    };
    let mut count = 0;
    for (path, packed) in package.files() {
        let name = if to.is_some() { format!("{path}.age") } else { path.to_owned() };
        let at = folder.join(name);
        if let Some(above) = at.parent().filter(|above| !above.is_dir()) {
            create_private_folder(above).map_err(CaseError::io(above))?;
        }
        let file = create(&at)?;
        if let Some(lock) = &to {
            let mut out = lock.encrypt(file)?;
            io::copy(&mut packed.open(), &mut out)?;
            out.finish()?.sync_all()?;
        } else {
            let mut file = file;
            io::copy(&mut packed.open(), &mut file)?;
            file.sync_all()?;
        }
        count += 1;
    }
    Ok(count)
}

fn create(path: &Path) -> Result<File, CaseError> {
    create_private(path).map_err(CaseError::io(path))
}
