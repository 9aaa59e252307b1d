//! The exchange's public log as this computer has seen it: what a bundle shows must continue it, and
//! its word must not be old.

use jiff::Timestamp;
use unwatched_formats::release::{
    BundleError, Checkpoint, LogError, VerifiedBundle, is_from_the_future,
};

use crate::Surroundings;
use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::update::clock_is_wrong;

/// How far the log was seen: as is remembered, or as the installed release shows where what is
/// remembered was lost or damaged. Only where neither is left is a newer word taken as the first.
pub(crate) fn seen(
    folder: &DataFolder,
    installed: Option<&VerifiedBundle>,
    surroundings: &mut Surroundings<'_>,
) -> Result<Option<Checkpoint>, Failure> {
    let shown = installed.and_then(|bundle| Some(bundle.log.as_ref()?.1.clone()));
    let Some(bytes) = folder.seen()? else { return Ok(shown) };
    match (Checkpoint::from_text(&String::from_utf8_lossy(&bytes)), shown) {
        (Ok(seen), _) => Ok(Some(seen)),
        (Err(_), Some(shown)) => {
            writeln!(
                surroundings.talk,
                "notice: what says how far the exchange's log was seen is damaged; the installed release says it, too"
            )?;
            Ok(Some(shown))
        }
        (Err(_), None) => Err(damaged(folder)),
    }
}

/// How far a computer that pins keys anew has seen the log of this bundle: whoever lost the key has not
/// lost that. Another log begins anew.
pub(crate) fn seen_of(
    folder: &DataFolder,
    bundle: &VerifiedBundle,
) -> Result<Option<Checkpoint>, Failure> {
    let Some((_, now)) = &bundle.log else { return Ok(None) };
    let seen = folder.seen()?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let seen = seen.and_then(|text| Checkpoint::from_text(&text).ok());
    Ok(seen.filter(|seen| seen.origin == now.origin))
}

fn damaged(folder: &DataFolder) -> Failure {
    let file = folder.path().join("log");
    let what =
        format!("{}, which says how far the exchange's log was seen, is damaged", file.display());
    Failure::said(Exit::Release, what).with_hint(
        "Delete that file and install the newest release again, and ask the people who run the\n\
         exchange for its number: until then this computer cannot notice an old one. From then on\n\
         it notices again when releases are taken out of the log.",
    )
}

/// Whether what the bundle shows is later than what was seen. A bundle that shows no log is that of a
/// computer that has seen none.
pub(crate) fn check(
    bundle: &VerifiedBundle,
    seen: Option<&Checkpoint>,
    now: Timestamp,
) -> Result<bool, Failure> {
    let Some((part, checkpoint)) = &bundle.log else {
        return match seen {
            Some(_) => Err(Failure::new(Exit::Release, BundleError::LeftOut)),
            None => Ok(false),
        };
    };
    let refused = |error: LogError| Failure::new(Exit::Release, error);
    if let Some(seen) = seen {
        part.continues(checkpoint, seen).map_err(refused)?;
    }
    let Checkpoint { time, until, .. } = *checkpoint;
    if is_from_the_future(time, now) {
        return Err(clock_is_wrong(anyhow::anyhow!(
            "the exchange's word is of {time}, and by this computer's clock it is {now}: the clock is wrong or the release is"
        )));
    }
    if now >= until {
        return Err(refused(LogError::Frozen { time, until }));
    }
    Ok(seen.is_none_or(|seen| checkpoint.size > seen.size || time > seen.time))
}
