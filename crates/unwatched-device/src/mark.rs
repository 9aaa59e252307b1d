//! What tells one thing that is never named from another, while two results are compared. It lives
//! in memory only: no output, no file and no log holds it.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The same for the same thing within one run of the program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

impl Mark {
    /// Of a name or a key.
    pub(crate) fn of(what: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Short names can be found again from what is made of them.
impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mark(..)")
    }
}

/// What a finding compares and does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// The app that stays unnamed: the number in the finding's id is no more than a number.
    pub which: Option<Mark>,
    /// The computers that may debug the phone.
    pub computers: BTreeSet<Mark>,
}
