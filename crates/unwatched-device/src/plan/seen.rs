//! Who would notice an action, how soon and how sure that is. Every action is noticed by somebody:
//! there is no value for one that is not.

use serde::Serialize;
use unwatched_model::report::{HowSoon, Support};

pub use super::actions::SeenBy;

/// How sure it is that somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The app's code does it, and sends.
    SeenInCode,
    /// The platform's makers say so.
    Documented,
    /// An analyst noted it of this family.
    Noted,
    /// The app's code could do it.
    PossibleByCode,
    /// Nobody knows: then it is taken as told at once.
    Assumed,
}

impl Certainty {
    pub(super) fn of(support: Support) -> Self {
        match support {
            Support::Supported => Self::SeenInCode,
            Support::Possible | Support::Weak => Self::PossibleByCode,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::SeenInCode => "seen in its code",
            Self::Documented => "documented",
            Self::Noted => "noted by an analyst",
            Self::PossibleByCode => "possible by its code",
            Self::Assumed => "assumed",
        }
    }
}

/// One way in which somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Who.
    pub seen_by: SeenBy,
    /// How soon.
    pub how_soon: HowSoon,
    /// How sure that is.
    pub certainty: Certainty,
    /// By which signal of the app's code: an id of `catalogue/observable.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
    /// What says so: places in the app's file, a page of documentation, a note. Empty where it is
    /// assumed.
    pub evidence: Vec<String>,
    /// For a helper.
    pub sentence: String,
}

/// What stands where nobody knows.
const UNKNOWN: &str =
    "Nobody knows who else is told of this, or how: assume that they are told at once.";
const UNREAD: &str =
    "The app's file was not there to be looked at: assume that they are told at once.";
const PARTLY: &str = "Not all of the app's code could be read: assume that they are told at once.";
const NOT_IN_CODE: &str = "What was read of the app's code shows no way, which says little: assume that they are told at once.";

/// Why nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unknown {
    /// The app's file was not there.
    Unread,
    /// Not all of its code could be read.
    Partly,
    /// Its code shows no way.
    NotInCode,
    /// No app is known that would tell.
    Nothing,
}

impl Told {
    /// What nobody knows: told at once.
    pub(super) fn unknown(why: Unknown) -> Self {
        let sentence = match why {
            Unknown::Unread => UNREAD,
            Unknown::Partly => PARTLY,
            Unknown::NotInCode => NOT_IN_CODE,
            Unknown::Nothing => UNKNOWN,
        };
        Self {
            seen_by: SeenBy::WhoeverInstalledIt,
            how_soon: HowSoon::AtOnce,
            certainty: Certainty::Assumed,
            signal: None,
            evidence: Vec::new(),
            sentence: sentence.to_owned(),
        }
    }
}

/// Everybody who would notice an action, the soonest first; never nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    first: Told,
    others: Vec<Told>,
}

impl Seen {
    /// Of these; where there are none, somebody whom nobody knows is told at once.
    pub(super) fn of(mut told: Vec<Told>) -> Self {
        told.sort_by_key(|told| (rank(told.how_soon), told.certainty));
        let mut told = told.into_iter();
        match told.next() {
            Some(first) => Self { first, others: told.collect() },
            None => Self { first: Told::unknown(Unknown::Nothing), others: Vec::new() },
        }
    }

    /// Who is told first.
    pub fn soonest(&self) -> &Told {
        &self.first
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Told> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// What is sooner has the smaller number. What has no known time counts as soon: an unknown interval
/// can be a short one.
pub(super) fn rank(how_soon: HowSoon) -> (u8, u64) {
    match how_soon {
        HowSoon::AtOnce => (0, 0),
        HowSoon::WhenConnected => (1, 0),
        HowSoon::AfterItsInterval => (2, 0),
        HowSoon::AtTheNextCommand => (2, 1),
        HowSoon::AfterSeconds(seconds) => (3, seconds),
        HowSoon::AtNextStart => (4, 0),
    }
}

/// When, in words.
pub fn how_soon(how_soon: HowSoon) -> String {
    match how_soon {
        HowSoon::AtOnce => "at once".to_owned(),
        HowSoon::WhenConnected => "as soon as the phone is connected".to_owned(),
        HowSoon::AfterItsInterval => "after an interval that is not known".to_owned(),
        HowSoon::AtTheNextCommand => "when the next command stays without an answer".to_owned(),
        HowSoon::AfterSeconds(seconds) => format!("within about {}", interval(seconds)),
        HowSoon::AtNextStart => "when the phone is switched on again".to_owned(),
    }
}

/// An interval, rounded to the unit that people use for it.
fn interval(seconds: u64) -> String {
    let (unit, length) = match seconds {
        0..=119 => ("second", 1),
        120..=7_199 => ("minute", 60),
        7_200..=172_799 => ("hour", 3_600),
        _ => ("day", 86_400),
    };
    let number = seconds.div_ceil(length);
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

impl SeenBy {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::App(package) => format!("whoever {package} reports to"),
            Self::WhoeverInstalledIt => "the person who installed it".to_owned(),
            Self::Account => "whoever can sign in to the account".to_owned(),
            Self::Manager => "whoever manages the phone".to_owned(),
            Self::OtherDevice => "whoever holds the other device".to_owned(),
            Self::SomebodyNear => "whoever is near, or tries to reach the person".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_known_is_somebody_told_at_once() {
        let seen = Seen::of(Vec::new());
        assert_eq!(seen.soonest().how_soon, HowSoon::AtOnce);
        assert_eq!(seen.soonest().certainty, Certainty::Assumed);
        assert_eq!(seen.all().count(), 1);
    }

    #[test]
    fn intervals_are_told_as_people_say_them() {
        let said = [1, 90, 900, 7_200, 86_400, 604_800].map(interval);
        assert_eq!(said, ["1 second", "90 seconds", "15 minutes", "2 hours", "24 hours", "7 days"]);
    }

    #[test]
    fn the_soonest_comes_first() {
        let told = |how_soon| Told { how_soon, ..Told::unknown(Unknown::Nothing) };
        let late = told(HowSoon::AfterSeconds(900));
        let soon = told(HowSoon::WhenConnected);
        let seen = Seen::of(vec![told(HowSoon::AtNextStart), late, soon.clone()]);
        assert_eq!(*seen.soonest(), soon);
    }
}
