//! `unwatched evidence custody`: who had a package, and one entry more.

use unwatched_acquire::Keys;
use unwatched_acquire::sealed::{CustodyEntry, Lock, Manifest, OpensWith, add_custody};

use super::new_file::{There, write};
use super::package::{open_whole, refused};
use super::verify::custody;
use crate::cli::Custody;
use crate::exit::{Exit, Failure};
use crate::{Surroundings, print};

pub(super) fn run(arguments: &Custody, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
    let file = &arguments.file;
    let (package, keys) = open_whole(file, &arguments.opens, surroundings)?;
    let (Some(what), Some(by)) = (&arguments.add, arguments.by) else {
        print(surroundings, &custody(&package))?;
        return Ok(());
    };
    let lock = same_lock(package.manifest(), &keys)?;
    let entry = CustodyEntry { at: surroundings.now, by: by.into(), what: what.clone() };
    // The package is let go of before its file is replaced, as Windows asks.
    write(file, There::IsReplaced, move |out| add_custody(&{ package }, &entry, &lock, out))?;
    let again =
        unwatched_acquire::sealed::open(file, &keys).map_err(|error| refused(file, error))?;
    print(surroundings, &custody(&again))?;
    writeln!(
        surroundings.talk,
        "\nWrite the words of custody down by hand: they show later that no entry was cut off."
    )?;
    Ok(())
}

/// Whoever could open it before can open it after.
fn same_lock(manifest: &Manifest, keys: &Keys) -> Result<Lock, Failure> {
    match (&manifest.opens_with, keys.passphrase()) {
        (OpensWith::Passphrase, Some(passphrase)) => Ok(Lock::passphrase(passphrase.clone())),
        (OpensWith::Keys(keys), _) => Lock::recipients(keys.iter().map(String::as_str))
            .map_err(|error| Failure::new(Exit::Changed, error)),
        (OpensWith::Passphrase, None) => Err(Failure::said(
            Exit::Changed,
            "it says of itself that a passphrase opens it, and a key did",
        )),
    }
}
