//! Opening a package with what the survivor gives, and refusing one that was changed.

use std::path::Path;

use unwatched_acquire::sealed::{self, Manifest, OpensWith, Package, SealedError};
use unwatched_acquire::{Keys, Sealed};
use unwatched_device::result::Tool;
use unwatched_model::text::shown;

use crate::Surroundings;
use crate::cli::Opens;
use crate::exit::{Exit, Failure};
use crate::opening;
use crate::passphrase::{self, TRIES};

/// Opens a package, changed or not.
pub(super) fn open(
    path: &Path,
    opens: &Opens,
    surroundings: &Surroundings<'_>,
) -> Result<(Package, Keys), Failure> {
    let mut keys = opening::keys(opens, None, surroundings)?;
    let mut opened = sealed::open(path, &keys);
    for tried in 0..TRIES {
        let prompt = match &opened {
            Err(SealedError::Closed(Sealed::NeedsPassphrase)) if tried == 0 => {
                "Passphrase of the package: "
            }
            Err(SealedError::OtherPassphrase { .. }) if tried > 0 => {
                "That does not open it. Passphrase of the package: "
            }
            _ => break,
        };
        let Some(typed) = passphrase::typed(prompt, surroundings)? else { break };
        keys = opening::keys(opens, Some(typed), surroundings)?;
        opened = sealed::open(path, &keys);
    }
    opened.map(|package| (package, keys)).map_err(|error| refused(path, error))
}

/// Opens a package that is as it was sealed.
pub(super) fn open_whole(
    path: &Path,
    opens: &Opens,
    surroundings: &mut Surroundings<'_>,
) -> Result<(Package, Keys), Failure> {
    let (package, keys) = open(path, opens, surroundings)?;
    refuse_changed(path, &package, surroundings)?;
    Ok((package, keys))
}

/// How many changes are said one by one.
const MOST: usize = 20;

/// Says what was changed and where.
pub(super) fn refuse_changed(
    path: &Path,
    package: &Package,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let troubles = package.troubles();
    if troubles.is_empty() {
        return Ok(());
    }
    for one in troubles.iter().take(MOST) {
        writeln!(surroundings.talk, "changed: {}: {}", shown(&one.place), shown(&one.what))?;
    }
    if troubles.len() > MOST {
        writeln!(surroundings.talk, "changed: and {} more", troubles.len() - MOST)?;
    }
    Err(changed(format!("{} is not as it was sealed", path.display())))
}

fn changed(what: String) -> Failure {
    Failure::said(Exit::Changed, what).with_hint(
        "Copy it again from where it was made, or from another copy. Keep this one, too: that it was changed can matter.",
    )
}

/// Why a package was not opened or written.
pub(super) fn refused(path: &Path, error: SealedError) -> Failure {
    let what = format!("{}: {error}", path.display());
    match error {
        SealedError::BeginningChanged { .. } | SealedError::NoManifest(_) => changed(what),
        SealedError::Closed(Sealed::NeedsKey) => Failure::said(Exit::Evidence, what)
            .with_hint("Name the file with the key: --age-key FILE."),
        SealedError::Closed(Sealed::NeedsPassphrase) => Failure::said(Exit::Evidence, what).with_hint(
            "Write the passphrase into a file of one line and name it: --passphrase-file FILE.",
        ),
        SealedError::OtherPassphrase { .. } => Failure::said(Exit::Evidence, what).with_hint(
            "Capitals and spaces count, and so does the keyboard's language. Nobody can replace a passphrase or a key.",
        ),
        SealedError::NoPackage | SealedError::Later(_) | SealedError::Closed(_) => {
            Failure::said(Exit::Evidence, what)
        }
        SealedError::CustodyText(_) => Failure::said(Exit::Usage, what),
        error => {
            let error = anyhow::Error::new(error).context(path.display().to_string());
            Failure::new(Exit::Refused, error)
        }
    }
}

/// The program that sealed it, as its findings name it.
pub(super) fn tool(manifest: &Manifest) -> Tool {
    let (name, version) = manifest.tool.split_once(' ').unwrap_or((&manifest.tool, ""));
    Tool { name: name.to_owned(), version: version.to_owned() }
}

/// What opens it, in words.
pub(super) fn opens_with(manifest: &Manifest) -> String {
    match &manifest.opens_with {
        OpensWith::Passphrase => "opens with: a passphrase".to_owned(),
        OpensWith::Keys(keys) => {
            let keys: Vec<_> = keys.iter().map(|key| shown(key).into_owned()).collect();
            format!("opens with: the key of {}", keys.join(", or of "))
        }
    }
}
