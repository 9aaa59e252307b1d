//! Opening the evidence that was named, with what opens it where it was encrypted.

use std::io::Read as _;
use std::path::Path;

use unwatched_acquire::{Keys, Locked, OpenError, Sealed, open_with};
use unwatched_device::evidence::Evidence;

use crate::Surroundings;
use crate::cli::Opens;
use crate::exit::{Exit, Failure, LET_IT_THROUGH};
use crate::windows_names::is_refused_by_antivirus;

/// Files of keys and passphrases are short.
const MAX_BYTES: u64 = 64 << 10;

/// Opens one acquisition. What the system said stands in the error's own words already.
pub(crate) fn open(
    path: &Path,
    opens: &Opens,
    surroundings: &Surroundings<'_>,
) -> Result<Box<dyn Evidence>, Failure> {
    open_with(path, keys(opens, surroundings)?).map_err(refused)
}

fn refused(error: OpenError) -> Failure {
    const BY_KEY: &str = "Name the file with the key: --age-key FILE.";
    const BY_PASSPHRASE: &str =
        "Write the passphrase into a file of one line and name it: --passphrase-file FILE.";
    let hint = match &error {
        OpenError::Sealed { why: Sealed::NeedsKey, .. } => Some(BY_KEY),
        OpenError::Sealed { why: Sealed::NeedsPassphrase, .. }
        | OpenError::Locked { why: Locked::NeedsPassphrase | Locked::OtherPassphrase, .. } => {
            Some(BY_PASSPHRASE)
        }
        OpenError::Io { error, .. } if is_refused_by_antivirus(error) => Some(LET_IT_THROUGH),
        _ => None,
    };
    let failure = Failure::said(Exit::Evidence, error);
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

fn keys(opens: &Opens, surroundings: &Surroundings<'_>) -> Result<Keys, Failure> {
    let mut keys = Keys::default();
    if let Some(path) = &opens.age_key {
        let said = |what| Failure::said(Exit::Evidence, format!("{}: {what}", path.display()));
        let file = read(path)?;
        keys.add_age_keys(&file).map_err(|error| said(error.to_string()))?;
    }
    if let Some(path) = &opens.passphrase_file {
        let file = read(path)?;
        let text = String::from_utf8_lossy(&file);
        let first = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
        keys.set_passphrase(first.to_owned());
    } else if let Some(passphrase) = (surroundings.variable)("UNWATCHED_PASSPHRASE") {
        keys.set_passphrase(passphrase.to_string_lossy().into_owned());
    }
    Ok(keys)
}

/// A file with a key or a passphrase.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let said = |error| Failure::said(Exit::Evidence, format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(said)?;
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(said)?;
    Ok(bytes)
}
