//! The keys that releases are verified with: given by hand once, then remembered, and followed
//! where the exchange changes them.

use std::path::Path;

use anyhow::Context as _;
use unwatched_formats::release::Pin;

use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};

/// A key file is two short lines.
const MOST_BYTES: u64 = 4096;

/// The key, or what stands for a set of keys, in a file.
pub(crate) fn read(path: &Path) -> Result<Pin, Failure> {
    let read = || {
        let size_bytes = std::fs::metadata(path)?.len();
        anyhow::ensure!(size_bytes <= MOST_BYTES, "not a public key: it is too long for one");
        Ok(String::from_utf8_lossy(&std::fs::read(path)?).parse()?)
    };
    read()
        .with_context(|| path.display().to_string())
        .map_err(|error| Failure::new(Exit::Release, error))
}

/// What this computer knows.
pub(crate) fn pinned(folder: &DataFolder) -> Result<Option<Pin>, Failure> {
    let Some(bytes) = folder.key()? else { return Ok(None) };
    let key = String::from_utf8_lossy(&bytes).parse().map_err(|error| {
        Failure::new(Exit::Release, anyhow::Error::new(error).context("the pinned key is damaged"))
            .with_hint(how_to_change(folder))
    })?;
    Ok(Some(key))
}

/// What is pinned, or what is given the first time; another one than the pinned is refused. A later
/// set under the same server's key need not be given: a bundle leads to it.
pub(crate) fn settle(given: Option<&Path>, folder: &DataFolder) -> Result<(Pin, First), Failure> {
    let given = given.map(read).transpose()?;
    match (pinned(folder)?, given) {
        (Some(pinned), Some(given)) if are_at_odds(&pinned, &given) => {
            let (known, offered) = match (&pinned, &given) {
                (Pin::Set { .. }, Pin::Set { .. }) => (pinned.to_string(), given.to_string()),
                _ => (pinned.key().to_string(), given.key().to_string()),
            };
            let what = format!(
                "this is not the key that this computer knows\n  known: {known}\n  given: {offered}"
            );
            Err(Failure::said(Exit::Release, what).with_hint(how_to_change(folder)))
        }
        (Some(pinned), _) => Ok((pinned, First(false))),
        (None, Some(given)) => Ok((given, First(true))),
        (None, None) => {
            let what = "no key is known yet, so nobody can say who made this release";
            Err(Failure::said(Exit::Release, what).with_hint(
                "Give the exchange's public key once with --key key.pub; it is remembered.\n\
                 Get it by another way than the release: ask the people who run the exchange.",
            ))
        }
    }
}

fn are_at_odds(pinned: &Pin, given: &Pin) -> bool {
    let same_number = match (pinned, given) {
        (Pin::Set { sequence, .. }, Pin::Set { sequence: offered, .. }) => sequence == offered,
        _ => false,
    };
    (same_number && pinned != given) || pinned.key() != given.key()
}

/// Whether the key is not remembered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct First(pub(crate) bool);

fn how_to_change(folder: &DataFolder) -> String {
    format!(
        "Do not use the release before you have asked the people who run the exchange, by telephone\n\
         or in person, whether their key has changed, and compared the new one letter by letter.\n\
         Then delete {} and give the new key with --key.\n\
         Keys that the exchange changed itself are followed without --key.",
        folder.path().join("key.pub").display()
    )
}
