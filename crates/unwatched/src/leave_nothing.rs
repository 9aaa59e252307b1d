//! `unwatched leave-nothing`: counts stay on this computer, and the case does not.

use std::collections::BTreeMap;

use unwatched_acquire::case::{self, Case, take_away};
use unwatched_device::result::{Band, FindingKind};
use unwatched_model::text::shown;

use crate::ask::{Word, word};
use crate::check::tool;
use crate::cli::LeaveNothing;
use crate::data_folder::DataFolder;
use crate::evidence::{Judging, look};
use crate::exit::{Exit, Failure};
use crate::indicators;
use crate::tallies::{self, Tallied};
use crate::{Surroundings, opening, passphrase};

const WHAT_GOES: &str = "Everything of this case is destroyed on this computer: the key first, then its files. It cannot be taken back,
and how the phone was found, which a close puts back, is gone with it. A package that was sealed stays where it is, and so
does every copy of the folder that was made before. A flash disk may keep blocks of deleted files for some time; without
the key they are noise, and an encrypted disk closes that gap, too.";
const WHAT_STAYS: &str = "What stays on this computer: the quarter of the year, and for each kind of finding how strong the strongest was,
added to the numbers of other cases. No app, no day, no case.";

pub(crate) fn run(
    arguments: &LeaveNothing,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let path = &arguments.case;
    if !case::is_case(path) {
        let no_case = case::CaseError::NoCase(path.clone());
        return Err(opening::of_case(path, no_case));
    }
    let tallied = if arguments.without_counts {
        None
    } else {
        let secret = passphrase::of_case(arguments.passphrase_file.as_deref(), surroundings)?;
        let case = case::open(path, &secret).map_err(|error| {
            opening::of_case(path, error)
                .with_hint("Without its passphrase it can be destroyed, too: --without-counts.")
        })?;
        Some(strongest(&case, folder, surroundings)?)
    };
    let counts = if tallied.is_some() { WHAT_STAYS } else { "Nothing is counted." };
    writeln!(surroundings.talk, "{WHAT_GOES}\n{counts}")?;
    if !arguments.sure {
        match word(surroundings, "Destroy it?")? {
            Word::Yes => {}
            Word::LeaveOut | Word::Stop => {
                return Err(Failure::said(Exit::Closed, "the case was left as it is"));
            }
        }
    }
    surroundings.stop.remains("the case was being destroyed; say leave-nothing again to end it");
    let gone = take_away(path).map_err(|error| opening::of_case(path, error))?;
    surroundings.stop.remains("the case is gone");
    // Counted last: a case that is stopped on the way is rather not counted than counted twice.
    if let Some(tallied) = tallied {
        tallies::add(folder, surroundings.now, &tallied)?;
    }
    let name = shown(&path.display().to_string()).into_owned();
    if gone {
        writeln!(surroundings.talk, "{name} is gone.")?;
    } else {
        writeln!(
            surroundings.talk,
            "The case in {name} is gone. Something else lies in that folder, and stays."
        )?;
    }
    Ok(())
}

/// The strongest finding of each kind over all looks: what was found counts, not what was left of it
/// after a removal.
fn strongest(
    case: &Case,
    folder: &DataFolder,
    surroundings: &Surroundings<'_>,
) -> Result<Tallied, Failure> {
    let release = indicators::installed(folder)?;
    let judging = Judging::with(release.as_ref(), surroundings.now, tool());
    let mut bands: BTreeMap<FindingKind, Option<Band>> = BTreeMap::new();
    for acquisition in case.acquisitions() {
        let opened = case.evidence_of(acquisition.number);
        let mut evidence = opened.map_err(|error| Failure::new(Exit::Evidence, error))?;
        for finding in look(evidence.as_mut(), &judging).findings {
            let band = bands.entry(finding.kind).or_insert(finding.band);
            *band = match (*band, finding.band) {
                (Some(known), Some(new)) => Some(known.min(new)),
                (known, new) => known.or(new),
            };
        }
    }
    Ok(Tallied { bands })
}
