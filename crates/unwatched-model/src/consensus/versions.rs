//! Version ranges, such as `>=3,<5`: the part of a family's versions that an opinion speaks of.
//!
//! Versions stand on one line. A range is cut into intervals between edges of that line, an edge
//! lying just before or just after a version, so that "up to 5" and "below 5" differ. What an app
//! store understands by a version is not known here: numbers are compared as numbers, and what
//! else stands behind a number comes after the number alone.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// How a range is written, for whoever wrote it otherwise.
pub const GRAMMAR: &str = "write `=4.2`, `4.x`, `>=3,<5` (both must be so), `<3 || >=5` (either), or \
     leave it out for every version; a version is numbers parted by dots, letters allowed (`4.2b`)";

/// At most so many parts on either side of `||`.
const MAX_RANGES: usize = 20;
/// More digits than any version has.
const MAX_DIGITS: usize = 18;

/// A range that does not read, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARange {
    /// A part is no comparison with a version.
    #[error("{0:?} is no version range")]
    Part(String),
    /// It excludes itself.
    #[error("no version is in {0:?}")]
    Empty(String),
    /// It is longer than anybody needs.
    #[error("it has more than 20 parts")]
    TooMany,
}

/// A version: numbers, each with what follows it before the next dot. Zeros at the end say nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Version(Vec<(u64, String)>);

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let mut parts =
            text.split(['.', '-', '_', '+']).map(part).collect::<Result<Vec<_>, ()>>()?;
        if !text.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(());
        }
        while parts.last().is_some_and(|(number, rest)| *number == 0 && rest.is_empty()) {
            parts.pop();
        }
        Ok(Self(parts))
    }
}

fn part(text: &str) -> Result<(u64, String), ()> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    let plain = rest.bytes().all(|b| b.is_ascii_alphanumeric());
    if text.is_empty() || digits > MAX_DIGITS || !plain {
        return Err(());
    }
    let number = if number.is_empty() { 0 } else { number.parse().map_err(|_| ())? };
    Ok((number, rest.to_ascii_lowercase()))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("0");
        }
        for (at, (number, rest)) in self.0.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            write!(f, "{dot}{number}{rest}")?;
        }
        Ok(())
    }
}

/// Where the line of versions can be cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edge {
    Start,
    At(Cut),
    End,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    version: Version,
    is_after: bool,
}

impl Ord for Cut {
    fn cmp(&self, other: &Self) -> Ordering {
        self.version.cmp(&other.version).then(self.is_after.cmp(&other.is_after))
    }
}

impl PartialOrd for Cut {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn before(version: Version) -> Edge {
    Edge::At(Cut { version, is_after: false })
}

fn after(version: Version) -> Edge {
    Edge::At(Cut { version, is_after: true })
}

/// From one edge to a later one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interval {
    pub(super) from: Edge,
    pub(super) to: Edge,
}

impl Interval {
    pub(super) fn everything() -> Self {
        Self { from: Edge::Start, to: Edge::End }
    }

    fn and(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }

    fn is_empty(&self) -> bool {
        self.from >= self.to
    }

    /// As a range, or nothing where it holds every version.
    pub(super) fn words(&self) -> Option<String> {
        if let (Edge::At(from), Edge::At(to)) = (&self.from, &self.to)
            && from.version == to.version
        {
            return Some(format!("={}", from.version));
        }
        let lower = match &self.from {
            Edge::At(cut) => {
                Some(format!("{}{}", if cut.is_after { ">" } else { ">=" }, cut.version))
            }
            Edge::Start | Edge::End => None,
        };
        let upper = match &self.to {
            Edge::At(cut) => {
                Some(format!("{}{}", if cut.is_after { "<=" } else { "<" }, cut.version))
            }
            Edge::Start | Edge::End => None,
        };
        let parts: Vec<_> = lower.into_iter().chain(upper).collect();
        (!parts.is_empty()).then(|| parts.join(","))
    }
}

/// The versions that a range names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRange(Vec<Interval>);

impl VersionRange {
    /// Every version.
    pub fn everything() -> Self {
        Self(vec![Interval::everything()])
    }

    pub(super) fn edges(&self) -> impl Iterator<Item = &Edge> {
        self.0.iter().flat_map(|interval| [&interval.from, &interval.to])
    }

    /// The parts that are apart from each other.
    pub(super) fn intervals(&self) -> impl Iterator<Item = &Interval> {
        self.0.iter()
    }

    /// Whether it holds all of an interval that none of its edges cuts.
    pub(super) fn covers(&self, interval: &Interval) -> bool {
        self.0.iter().any(|own| own.from <= interval.from && interval.to <= own.to)
    }
}

impl FromStr for VersionRange {
    type Err = NotARange;

    fn from_str(text: &str) -> Result<Self, NotARange> {
        let mut intervals = Vec::new();
        for either in text.split("||") {
            let parts: Vec<_> = either.split(',').collect();
            if intervals.len() >= MAX_RANGES || parts.len() > MAX_RANGES {
                return Err(NotARange::TooMany);
            }
            let mut both = Interval::everything();
            for part in parts {
                both = both.and(comparison(part)?);
            }
            if both.is_empty() {
                return Err(NotARange::Empty(either.trim().to_owned()));
            }
            intervals.push(both);
        }
        Ok(Self(joined(intervals)))
    }
}

/// Overlapping and touching intervals as one.
fn joined(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort();
    let mut joined: Vec<Interval> = Vec::new();
    for next in intervals {
        match joined.last_mut() {
            Some(last) if next.from <= last.to => last.to = next.to.max(last.to.clone()),
            _ => joined.push(next),
        }
    }
    joined
}

fn comparison(text: &str) -> Result<Interval, NotARange> {
    let text = text.trim();
    let wrong = || NotARange::Part(text.to_owned());
    let version = |text: &str| text.parse::<Version>().map_err(|()| wrong());
    let (from, to) = if text == "*" {
        (Edge::Start, Edge::End)
    } else if let Some(rest) = text.strip_prefix(">=") {
        (before(version(rest)?), Edge::End)
    } else if let Some(rest) = text.strip_prefix("<=") {
        (Edge::Start, after(version(rest)?))
    } else if let Some(rest) = text.strip_prefix('>') {
        (after(version(rest)?), Edge::End)
    } else if let Some(rest) = text.strip_prefix('<') {
        (Edge::Start, before(version(rest)?))
    } else if let Some(rest) = text.strip_suffix(".x").or_else(|| text.strip_suffix(".*")) {
        let digits = |text: &str| text.split('.').all(|part| part.parse::<u64>().is_ok());
        if rest.is_empty() || !digits(rest) {
            return Err(wrong());
        }
        let first = version(rest)?;
        // `4.0.x` begins at 4.0 and ends before 4.1: the zero that comparing ignores counts here.
        let mut numbers: Vec<u64> = rest.split('.').filter_map(|part| part.parse().ok()).collect();
        if let Some(last) = numbers.last_mut() {
            *last = last.checked_add(1).ok_or_else(wrong)?;
        }
        let next = numbers.into_iter().map(|number| (number, String::new())).collect();
        (before(first), before(Version(next)))
    } else {
        let only = version(text.strip_prefix('=').unwrap_or(text))?;
        (before(only.clone()), after(only))
    };
    Ok(Interval { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `versions` are said to be in the range, or with a `!` not to be.
    fn check(range: &str, versions: &str) {
        let read: VersionRange = range.parse().unwrap();
        for word in versions.split_whitespace() {
            let (inside, word) = word.strip_prefix('!').map_or((true, word), |word| (false, word));
            let version: Version = word.parse().unwrap();
            let point = Interval { from: before(version.clone()), to: after(version) };
            assert_eq!(read.covers(&point), inside, "{word} in {range}");
        }
    }

    #[test]
    fn which_versions_a_range_holds() {
        check(">=3,<5", "3 3.0 4.9.9 4z !5 !5.0.0 !2.9");
        check("4.x", "4 4.0 4.2b 4.99 !5 !3.9");
        check("4.0.x", "4 4.0.9 !4.1");
        check("=4.2", "4.2 4.2.0 !4.2.1 !4.2b !4.1");
        check("4.2", "4.2 !4.3");
        check("v4.2", "4.2 !4.3");
        check("> 4.2, <= 5", "4.2b 4.2.1 5 !4.2 !5.0.1 !5a");
        check("<3 || >=5", "2 5 6 !3 !4");
        check("*", "0 1 99.99");
        check("<=2024.11.22-beta", "2024.11.22 2024.11 2024.11.22-alpha !2024.11.22.1 !2025");
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for wrong in ["", "all of them", ">=", "3-", "x", ">=3,,<4", "1.2.", "3 to 5", "<3 ||"] {
            assert!(matches!(wrong.parse::<VersionRange>(), Err(NotARange::Part(_))), "{wrong:?}");
        }
        assert!(matches!(">5,<3".parse::<VersionRange>(), Err(NotARange::Empty(_))));
        assert!(matches!(">3,<=3".parse::<VersionRange>(), Err(NotARange::Empty(_))));
        let long = vec!["1"; 21].join("||");
        assert_eq!(long.parse::<VersionRange>(), Err(NotARange::TooMany));
        assert!("9".repeat(19).parse::<VersionRange>().is_err());
    }

    #[test]
    fn intervals_are_written_as_ranges_that_read_back() {
        for text in [">=3,<5", "=4.2", ">4.2,<=5", "<3", ">2.1b", "=0"] {
            let range: VersionRange = text.parse().unwrap();
            assert_eq!(range.0[0].words().as_deref(), Some(text));
        }
        let written = "=4.2.0-Beta".parse::<VersionRange>().unwrap().0[0].words();
        assert_eq!(written.as_deref(), Some("=4.2.0.0beta"));
        assert_eq!("*".parse::<VersionRange>().unwrap().0[0].words(), None);
    }
}
