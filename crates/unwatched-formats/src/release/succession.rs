//! Whether a verified release may take the place of the installed one.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;

use super::index::Index;

/// What is known of the installed release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its sequence number.
    pub sequence: u64,
    /// The SHA-256 of its `index.json`.
    pub index_sha256: Sha256,
}

/// How the new release relates to the installed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Succession {
    /// There is none installed.
    First,
    /// It is newer.
    Newer,
    /// It is the very same: nothing to do.
    Same,
}

/// Why a release may not be installed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionError {
    /// Its time is over.
    #[error(
        "release {sequence} expired on {expires}: download the newest one; the installed one stays in use"
    )]
    Expired {
        /// Its sequence number.
        sequence: u64,
        /// When it expired.
        expires: Timestamp,
    },
    /// By the clock it is not published yet: with such a clock nothing can be told to be expired.
    #[error(
        "release {sequence} was published on {published}, and by this computer's clock it is {now}: the clock is wrong or the release is"
    )]
    FromTheFuture {
        /// Its sequence number.
        sequence: u64,
        /// When it says that it was published.
        published: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
    /// A newer one is installed: somebody may be handing out an old one on purpose.
    #[error(
        "release {new} is older than the installed release {installed}: it is refused, since an old release does not know newer apps; download the newest one"
    )]
    Older {
        /// The installed sequence number.
        installed: u64,
        /// The offered one.
        new: u64,
    },
    /// Two different releases under one number: one of them is not what the exchange published.
    #[error(
        "release {sequence} differs from the installed release of the same number: do not use it, and tell the people who run the exchange"
    )]
    SameSequenceDifferentContent {
        /// The number.
        sequence: u64,
    },
}

/// Whether `new`, whose `index.json` has the SHA-256 given, may be installed now.
///
/// # Errors
/// [`SuccessionError`] when it is expired, older, another one under the same number, or published a
/// day or more after `now`.
pub fn check_succession(
    installed: Option<&Installed>,
    new: &Index,
    new_index_sha256: &Sha256,
    now: Timestamp,
) -> Result<Succession, SuccessionError> {
    let sequence = new.sequence;
    let succession = match installed {
        None => Succession::First,
        Some(old) if sequence < old.sequence => {
            return Err(SuccessionError::Older { installed: old.sequence, new: sequence });
        }
        Some(old) if sequence > old.sequence => Succession::Newer,
        Some(old) if old.index_sha256 == *new_index_sha256 => Succession::Same,
        Some(_) => return Err(SuccessionError::SameSequenceDifferentContent { sequence }),
    };
    if is_from_the_future(new.published, now) {
        return Err(SuccessionError::FromTheFuture { sequence, published: new.published, now });
    }
    if now >= new.expires {
        return Err(SuccessionError::Expired { sequence, expires: new.expires });
    }
    Ok(succession)
}

/// Whether a release published then says of itself that it is a day or more younger than `now`:
/// clocks differ by minutes, and by hours where a time zone is set wrong.
pub fn is_from_the_future(published: Timestamp, now: Timestamp) -> bool {
    published.duration_since(now).as_hours() >= 24
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(sequence: u64) -> Index {
        Index {
            sequence,
            published: "2026-01-01T00:00:00Z".parse().unwrap(),
            expires: "2026-02-01T00:00:00Z".parse().unwrap(),
            licence: "CC-BY-4.0".to_owned(),
            attribution: Vec::new(),
            files: Vec::new(),
            recalls: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn check(
        installed: Option<(u64, u8)>,
        new: (u64, u8),
        now: &str,
    ) -> Result<Succession, String> {
        let installed = installed
            .map(|(sequence, byte)| Installed { sequence, index_sha256: Sha256([byte; 32]) });
        let digest = Sha256([new.1; 32]);
        check_succession(installed.as_ref(), &index(new.0), &digest, now.parse().unwrap())
            .map_err(|error| error.to_string())
    }

    const IN_TIME: &str = "2026-01-15T00:00:00Z";

    #[test]
    fn newer_ones_and_the_same_one_may() {
        assert_eq!(check(None, (1, 1), IN_TIME), Ok(Succession::First));
        assert_eq!(check(Some((1, 1)), (7, 2), IN_TIME), Ok(Succession::Newer));
        assert_eq!(check(Some((7, 2)), (7, 2), IN_TIME), Ok(Succession::Same));
    }

    #[test]
    fn older_replaced_and_expired_ones_may_not() {
        let refused = |installed, new, now, says: &str| {
            let error = check(installed, new, now).unwrap_err();
            assert!(error.contains(says), "{error}");
        };
        refused(Some((7, 1)), (6, 2), IN_TIME, "release 6 is older than the installed release 7");
        refused(Some((7, 1)), (7, 2), IN_TIME, "differs from the installed release");
        refused(None, (1, 1), "2026-02-01T00:00:00Z", "expired on 2026-02-01T00:00:00Z");
        refused(None, (1, 1), "2025-12-31T00:00:00Z", "the clock is wrong or the release is");
    }

    #[test]
    fn a_clock_that_is_hours_behind_is_no_obstacle() {
        assert_eq!(check(None, (1, 1), "2025-12-31T00:00:01Z"), Ok(Succession::First));
    }
}
