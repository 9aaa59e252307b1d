//! `unwatched evidence`: the sealed package of a case, and what can be done with it on any machine.
//! How such a package is made and read is `unwatched_acquire::sealed`'s; here is what is said about
//! it. Evidence that a check reads is opened in `opening.rs`.

mod custody;
mod findings;
mod new_file;
mod open;
mod package;
mod replay;
mod seal;
mod verify;

pub(crate) use findings::{Judging, look};

use crate::Surroundings;
use crate::cli::Evidence;
use crate::data_folder::DataFolder;
use crate::exit::Failure;

pub(crate) fn run(
    evidence: &Evidence,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    match evidence {
        Evidence::Seal(seal) => seal::run(seal, folder, surroundings),
        Evidence::Verify(verify) => verify::run(verify, surroundings),
        Evidence::Open(open) => open::run(open, surroundings),
        Evidence::Replay(replay) => replay::run(replay, folder, surroundings),
        Evidence::Custody(custody) => custody::run(custody, surroundings),
    }
}
