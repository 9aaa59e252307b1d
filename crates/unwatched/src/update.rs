//! `unwatched update`: a release from a file, verified, then installed in one rename.

use std::fmt::Write as _;

use unwatched_formats::release::{
    Index, Installed, KeySet, Pin, Succession, SuccessionError, VerifiedBundle, check_succession,
};
use unwatched_model::text::shown;

use crate::cli::Update;
use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::indicators::{self, Release};
use crate::key::{self, First};
use crate::log;
use crate::words::{ago, counted, day};
use crate::{Surroundings, print};

const COMPARE_THE_KEY: &str =
    "            Compare it once, letter by letter, with what the exchange's people say.\n";

const LOOK_AGAIN: &str =
    "            If a case is still open in which one of these was found, look at that case again.
            That something is no longer listed says nothing about what it can do.\n";

pub(crate) fn run(
    update: &Update,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let _lock = folder.lock()?;
    let (pin, First(first_key)) = key::settle(update.key.as_deref(), folder)?;
    let bytes = indicators::read(&update.file)?;
    let bundle = indicators::verified(&update.file, &bytes, &pin)?;
    let before = installed(folder, surroundings)?;
    let succession = check_succession(
        before.as_ref().map(as_installed).as_ref(),
        &bundle.index,
        &bundle.index_sha256,
        surroundings.now,
    )
    .map_err(refused)?;
    let seen = if first_key {
        log::seen_of(folder, &bundle)?
    } else {
        log::seen(folder, before.as_ref(), surroundings)?
    };
    let is_later = log::check(&bundle, seen.as_ref(), surroundings.now)?;
    let keys = bundle.keys.clone();
    // Read before it is installed: what cannot be used must not replace what can.
    let release = Release::of_verified(bundle)?;
    let now_pinned = keys.as_ref().map_or_else(|| pin.clone(), Pin::of);
    let pin_file = keys.as_ref().map_or_else(|| format!("{}\n", pin.key()), Pin::file);
    if first_key {
        folder.pin(pin_file.as_bytes())?;
    }
    if succession != Succession::Same || is_later {
        folder.install(&bytes)?;
    }
    // After the release that leads to them: what is installed can always be verified.
    if !first_key && now_pinned != pin {
        folder.pin(pin_file.as_bytes())?;
    }
    if let Some(word) = release.word.as_ref().filter(|_| is_later) {
        folder.see(word.text().as_bytes())?;
    }
    let done = match succession {
        Succession::Same => "already installed",
        Succession::First | Succession::Newer => "installed",
    };
    let mut text = format!("{done}: {}\n", described(&release, surroundings));
    if let Some(word) = &release.word {
        let (day, ago) = (day(word.time), ago(word.time, surroundings.now));
        let _ = writeln!(text, "the exchange's newest, as it said on {day} ({ago})");
    }
    if first_key {
        text.push_str(&remembered(&now_pinned, keys.as_ref()));
    } else if let Some(keys) = keys.filter(|_| now_pinned != pin) {
        let _ = writeln!(text, "keys: {keys}, as the keys known before have signed");
    }
    if let Some(before) = &before {
        text.push_str(&new_recalls(&before.index, &release.index));
    }
    Ok(print(surroundings, &text)?)
}

fn remembered(pin: &Pin, keys: Option<&KeySet>) -> String {
    let mut text = format!("remembered: its key {}\n", pin.key());
    if let Some(keys) = keys {
        let _ = writeln!(text, "            and {keys}, number and SHA-256\n            {pin}");
    }
    text + COMPARE_THE_KEY
}

/// What the release takes back that the one installed before it did not.
fn new_recalls(before: &Index, now: &Index) -> String {
    let mut text = String::new();
    let is_new = |one: &&_| !before.recalls.iter().any(|known| known.is_same(one));
    for recalled in now.recalls.iter().filter(is_new) {
        let _ = writeln!(
            text,
            "recalled on {}: the {} {} was listed for {} by mistake: {}",
            day(recalled.recalled),
            shown(&recalled.kind).replace('_', " "),
            shown(&recalled.value),
            shown(&recalled.family),
            shown(&recalled.why),
        );
    }
    if !text.is_empty() {
        text.push_str(LOOK_AGAIN);
    }
    text
}

fn refused(error: SuccessionError) -> Failure {
    if matches!(error, SuccessionError::FromTheFuture { .. }) {
        return clock_is_wrong(error);
    }
    Failure::new(Exit::Release, error)
}

pub(crate) fn clock_is_wrong(error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(Exit::Clock, error).with_hint(
        "Set this computer's date and time, then install the release again.\n\
         If they are right, do not use the release, and tell the people who run the exchange.",
    )
}

/// One line about a release.
pub(crate) fn described(release: &Release, surroundings: &Surroundings<'_>) -> String {
    let (index, now) = (&release.index, surroundings.now);
    let until = if now < index.expires { "good until" } else { "expired on" };
    format!(
        "release {}, published {} ({}), {until} {}: {} of {}",
        index.sequence,
        day(index.published),
        ago(index.published, now),
        day(index.expires),
        counted(release.count(), "indicator", "indicators"),
        counted(release.family_count(), "family", "families"),
    )
}

fn as_installed(bundle: &VerifiedBundle) -> Installed {
    Installed { sequence: bundle.index.sequence, index_sha256: bundle.index_sha256 }
}

/// What is installed now. A damaged one is as good as none: it is about to be replaced.
fn installed(
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<Option<VerifiedBundle>, Failure> {
    match indicators::installed_bundle(folder) {
        Ok(bundle) => Ok(bundle),
        Err(failure) if failure.exit == Exit::Release => {
            writeln!(
                surroundings.talk,
                "notice: the installed release is damaged; a whole one that is no older replaces it"
            )?;
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}
