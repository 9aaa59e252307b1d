//! Opening the evidence that was named, with what opens it where it was encrypted.

use std::io::Read as _;
use std::path::Path;

use unwatched_acquire::case::CaseError;
use unwatched_acquire::{Keys, Locked, OpenError, Sealed, SecretString, open_with};
use unwatched_device::evidence::Evidence;

use crate::Surroundings;
use crate::cli::Opens;
use crate::exit::{Exit, Failure, LET_IT_THROUGH};
use crate::passphrase::{self, TRIES};
use crate::windows_names::is_refused_by_antivirus;

/// Files of keys and passphrases are short.
const MAX_BYTES: u64 = 64 << 10;

/// Opens one acquisition. What the system said stands in the error's own words already.
pub(crate) fn open(
    path: &Path,
    opens: &Opens,
    surroundings: &Surroundings<'_>,
) -> Result<Box<dyn Evidence>, Failure> {
    Opener::default().open(path, opens, surroundings)
}

/// Opens several, such as two acquisitions of one case, and asks for their passphrase once.
#[derive(Default)]
pub(crate) struct Opener {
    typed: Option<SecretString>,
}

impl Opener {
    /// Opens one acquisition. What the system said stands in the error's own words already.
    pub(crate) fn open(
        &mut self,
        path: &Path,
        opens: &Opens,
        surroundings: &Surroundings<'_>,
    ) -> Result<Box<dyn Evidence>, Failure> {
        let mut opened = open_with(path, keys(opens, self.typed.clone(), surroundings)?);
        for tried in 0..TRIES {
            let Err(error) = &opened else { break };
            let prompt = match asks_for(error) {
                Some(_) if tried == 0 => "Passphrase: ",
                Some(Asks::Another) => "That does not open it. Passphrase: ",
                _ => break,
            };
            self.typed = passphrase::typed(prompt, surroundings)?;
            if self.typed.is_none() {
                break;
            }
            opened = open_with(path, keys(opens, self.typed.clone(), surroundings)?);
        }
        opened.map_err(refused)
    }
}

/// What could be typed to open what stays closed.
enum Asks {
    ForOne,
    Another,
}

fn asks_for(error: &OpenError) -> Option<Asks> {
    match error {
        OpenError::Sealed { why: Sealed::NeedsPassphrase, .. }
        | OpenError::Locked { why: Locked::NeedsPassphrase, .. }
        | OpenError::Case { why: CaseError::NeedsPassphrase, .. } => Some(Asks::ForOne),
        OpenError::Locked { why: Locked::OtherPassphrase, .. }
        | OpenError::Case { why: CaseError::OtherPassphrase, .. } => Some(Asks::Another),
        _ => None,
    }
}

/// Why a case was not opened to go on with it.
pub(crate) fn of_case(path: &Path, error: CaseError) -> Failure {
    match error {
        // They name what they are about, and are no matter of what opens it.
        CaseError::InUse(_) | CaseError::Io { .. } | CaseError::Full | CaseError::NotEmpty(_) => {
            Failure::new(Exit::Refused, error)
        }
        CaseError::NoCase(_) | CaseError::Later(_) => Failure::said(Exit::Evidence, error),
        why => refused(OpenError::Case { path: path.to_owned(), why }),
    }
}

fn refused(error: OpenError) -> Failure {
    const BY_KEY: &str = "Name the file with the key: --age-key FILE.";
    const BY_PASSPHRASE: &str =
        "Write the passphrase into a file of one line and name it: --passphrase-file FILE.";
    const AS_IT_WAS_TYPED: &str = "Capitals and spaces count, and so does the keyboard's language. Nobody can replace a passphrase.";
    let hint = match &error {
        OpenError::Sealed { why: Sealed::NeedsKey, .. } => Some(BY_KEY),
        OpenError::Sealed { why: Sealed::NeedsPassphrase, .. }
        | OpenError::Locked { why: Locked::NeedsPassphrase | Locked::OtherPassphrase, .. }
        | OpenError::Case { why: CaseError::NeedsPassphrase, .. } => Some(BY_PASSPHRASE),
        OpenError::Case { why: CaseError::OtherPassphrase, .. } => Some(AS_IT_WAS_TYPED),
        OpenError::Case { why: CaseError::Io { error, .. }, .. }
            if is_refused_by_antivirus(error) =>
        {
            Some(LET_IT_THROUGH)
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

/// The keys and the passphrase that were named, or this one that was typed.
pub(crate) fn keys(
    opens: &Opens,
    typed: Option<SecretString>,
    surroundings: &Surroundings<'_>,
) -> Result<Keys, Failure> {
    let mut keys = Keys::default();
    if let Some(path) = &opens.age_key {
        let said = |what| Failure::said(Exit::Evidence, format!("{}: {what}", path.display()));
        let file = read(path)?;
        keys.add_age_keys(&file).map_err(|error| said(error.to_string()))?;
    }
    let given = match typed {
        Some(typed) => Some(typed),
        None => passphrase::given(opens.passphrase_file.as_deref(), surroundings)?,
    };
    if let Some(given) = given {
        keys.set_passphrase(given);
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
