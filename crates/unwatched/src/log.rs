//! The exchange's public log as this computer has seen it: what a bundle shows must continue it, and
//! its word must not be old.

use jiff::Timestamp;
use unwatched_formats::release::{Checkpoint, LogError, VerifiedBundle, is_from_the_future};

use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::update::clock_is_wrong;

/// How far the log was seen.
pub(crate) fn seen(folder: &DataFolder) -> Result<Option<Checkpoint>, Failure> {
    let Some(bytes) = folder.seen()? else { return Ok(None) };
    let seen = Checkpoint::from_text(&String::from_utf8_lossy(&bytes)).map_err(|_| {
        let file = folder.path().join("log");
        let what = format!(
            "{}, which says how far the exchange's log was seen, is damaged",
            file.display()
        );
        Failure::said(Exit::Release, what).with_hint(
            "Delete that file and install the newest release again. From then on this computer\n\
             notices again when releases are taken out of the log.",
        )
    })?;
    Ok(Some(seen))
}

/// Whether what the bundle shows is later than what was seen. A bundle that shows no log is neither.
pub(crate) fn check(
    bundle: &VerifiedBundle,
    seen: Option<&Checkpoint>,
    now: Timestamp,
) -> Result<bool, Failure> {
    let Some((part, checkpoint)) = &bundle.log else { return Ok(false) };
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
