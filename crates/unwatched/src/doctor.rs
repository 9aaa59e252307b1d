//! `unwatched doctor`: what is installed, how old it is, and what is missing.

use std::fmt::Write as _;

use crate::data_folder::DataFolder;
use crate::exit::Failure;
use crate::update::described;
use crate::{Surroundings, indicators, key, print};

pub(crate) fn run(folder: &DataFolder, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
    let mut text = String::new();
    let _ = writeln!(text, "program     unwatched {}", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(text, "folder      {}", folder.path().display());
    let _ = match indicators::installed(folder)? {
        Some(release) => writeln!(text, "indicators  {}", described(&release, surroundings)),
        None => {
            writeln!(text, "indicators  none: unwatched update FILE --key key.pub installs them")
        }
    };
    let _ = match key::pinned(folder)? {
        Some(key) => writeln!(text, "key         {key}"),
        None => writeln!(text, "key         none known yet: the first update asks for it"),
    };
    Ok(print(surroundings, &text)?)
}
