//! `unwatched evidence open`: a package's files into a folder, for somebody who examines them.

use unwatched_acquire::sealed::{FOLDER_KEY, Lock, Unpacked, unpack};
use unwatched_model::text::shown;

use super::package::{open_whole, refused};
use crate::cli::OpenPackage;
use crate::exit::Failure;
use crate::words::counted;
use crate::{Surroundings, passphrase};

pub(super) fn run(
    arguments: &OpenPackage,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let (package, _) = open_whole(&arguments.file, &arguments.opens, surroundings)?;
    let folder = &arguments.folder;
    let said = |error| refused(folder, error);
    let name = shown(&folder.display().to_string()).into_owned();
    if let Some(why) = &arguments.plain {
        let count = unpack(&package, folder, &Unpacked::Plain(why)).map_err(said)?;
        let files = counted(count, "file", "files");
        writeln!(
            surroundings.talk,
            "{files} lie plain in {name}, with the reason in WHY-PLAIN.txt. Whoever reaches this disk can read them: names\n\
             of apps, what the phone answered, files of the very apps that an antivirus looks for. Deleting does not\n\
             take them off a flash disk; an encrypted disk does. Note it in the package: evidence custody FILE --add ...",
        )?;
        return Ok(());
    }
    let file = arguments.new_passphrase_file.as_deref();
    let lock = Lock::passphrase(passphrase::of_new_package(file, surroundings)?);
    let count = unpack(&package, folder, &Unpacked::Encrypted(&lock)).map_err(said)?;
    let files = counted(count, "file", "files");
    writeln!(
        surroundings.talk,
        "{files} lie in {name}, each encrypted again. With the new passphrase any program for age opens one:\n\
         age -d -i {FOLDER_KEY} manifest.json.age",
    )?;
    Ok(())
}
