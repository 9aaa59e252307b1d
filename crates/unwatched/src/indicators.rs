//! Where a check's indicators come from: the installed release, or one named for this check alone.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use unwatched_device::Indicators;
use unwatched_formats::release::{
    BundleError, Checkpoint, Index, Limits, Pin, VerifiedBundle, open_bundle,
};
use unwatched_model::set::IndicatorSet;

use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::key;

/// A release in memory, ready to match.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) index: Index,
    set: IndicatorSet,
    /// Whether it is known who signed it.
    pub(crate) signature_checked: bool,
    /// What the exchange said of it last, where it said something.
    pub(crate) word: Option<Checkpoint>,
}

impl Release {
    pub(crate) fn of_verified(bundle: VerifiedBundle) -> Result<Self, Failure> {
        let word = bundle.log.map(|(_, checkpoint)| checkpoint);
        Ok(Self { word, ..Self::new(bundle.index, &bundle.indicators, true)? })
    }

    fn new(index: Index, indicators: &[u8], signature_checked: bool) -> Result<Self, Failure> {
        let set = IndicatorSet::from_bytes(indicators)
            .map_err(|error| Failure::new(Exit::Release, error))?;
        Ok(Self { index, set, signature_checked, word: None })
    }

    pub(crate) fn indicators(&self) -> Indicators<'_> {
        let Index { sequence, published, .. } = self.index;
        Indicators { set: &self.set, sequence, published, recalls: &self.index.recalls }
    }

    /// The compiled set, as a sealed package keeps it.
    pub(crate) fn set_bytes(&self) -> Vec<u8> {
        self.set.to_bytes()
    }

    /// Distinct (kind, value) pairs.
    pub(crate) fn count(&self) -> usize {
        self.set.len()
    }

    pub(crate) fn family_count(&self) -> usize {
        self.set.families().len()
    }
}

/// The installed release, verified again: what lies on a disk can change there.
pub(crate) fn installed(folder: &DataFolder) -> Result<Option<Release>, Failure> {
    match installed_bundle(folder)? {
        Some(bundle) => Release::of_verified(bundle).map(Some),
        None => Ok(None),
    }
}

/// The installed release's bundle, verified with the pinned key.
pub(crate) fn installed_bundle(folder: &DataFolder) -> Result<Option<VerifiedBundle>, Failure> {
    let Some(bytes) = folder.bundle()? else { return Ok(None) };
    let damaged = |error: anyhow::Error| {
        Failure::new(Exit::Release, error.context("the installed release is damaged"))
            .with_hint("Install it again: unwatched update FILE, with the newest release.")
    };
    let Some(pin) = key::pinned(folder)? else {
        return Err(damaged(anyhow::anyhow!("the key it was verified with is gone")));
    };
    let verified =
        open_bundle(&bytes, &Limits::default()).and_then(|bundle| bundle.verify_pinned(&pin));
    verified.map(Some).map_err(|error| damaged(error.into()))
}

/// A release that is used for one check: verified with the key named, else with the pinned one,
/// else not at all.
pub(crate) fn of_file(
    path: &Path,
    key_file: Option<&Path>,
    folder: &DataFolder,
) -> Result<Release, Failure> {
    let pin = match key_file {
        Some(file) => Some(key::read(file)?),
        None => key::pinned(folder)?,
    };
    let bytes = read(path)?;
    if let Some(pin) = pin {
        return Release::of_verified(verified(path, &bytes, &pin)?);
    }
    let bundle = open_bundle(&bytes, &Limits::default()).map_err(|error| refused(path, error))?;
    let (index, indicators) = bundle.into_unverified();
    Release::new(index, &indicators, false)
}

/// Opens the bundle that was read from `path` and checks who signed it.
pub(crate) fn verified(path: &Path, bytes: &[u8], pin: &Pin) -> Result<VerifiedBundle, Failure> {
    let verified =
        open_bundle(bytes, &Limits::default()).and_then(|bundle| bundle.verify_pinned(pin));
    verified.map_err(|error| match error {
        BundleError::OtherKey => signed_by_another(path, pin),
        error => refused(path, error),
    })
}

fn signed_by_another(path: &Path, pin: &Pin) -> Failure {
    let key = pin.key();
    let what = format!("{} is signed with another key than {key}", path.display());
    Failure::said(Exit::Release, what).with_hint(
        "Do not use it before you have asked the people who run the exchange which key is theirs.",
    )
}

/// The file's bytes, as many as a bundle may have.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = || {
        let mut bytes = Vec::new();
        // One more than a bundle may hold is enough to see that it holds too much.
        let most = Limits::default().total_bytes + 1;
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(bytes)
    };
    read()
        .with_context(|| format!("{} cannot be read", path.display()))
        .map_err(|error| Failure::new(Exit::Release, error))
}

fn refused(path: &Path, error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(Exit::Release, error.into().context(path.display().to_string()))
}
