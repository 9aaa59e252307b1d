//! Periods: half-open intervals of whole days, the calendar step they stand on, and where their days end.
//!
//! Not here: the clock. A period is data.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use crate::code_lists::Granularity;

/// Nothing in this field was counted before.
const EARLIEST_YEAR: i16 = 1990;
/// A later year is a slip of the finger.
const LATEST_YEAR: i16 = 2100;

/// From the first day, up to and without the last: `2019-01-01/2020-01-01` is the year 2019.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    start: Date,
    end: Date,
}

/// What is wrong with a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPeriod {
    /// Not two dates.
    #[error("{0:?} is no interval: write it as 2019-01-01/2020-01-01, the end not included")]
    Form(String),
    /// One of the dates is in no calendar.
    #[error("{0:?} is no date of the calendar")]
    Date(String),
    /// Nothing lies between.
    #[error("the period ends on {end}, not after it starts on {start}; the end is not included")]
    Empty {
        /// Where it starts.
        start: Date,
        /// Where it ends.
        end: Date,
    },
    /// Before or after anything that can have been counted.
    #[error("{0} lies outside of {EARLIEST_YEAR} to {LATEST_YEAR}")]
    Outside(Date),
    /// Not what the granularity says.
    #[error("{interval} is no {granularity}")]
    NotOnCalendar {
        /// The interval.
        interval: Interval,
        /// What it was said to be.
        granularity: Granularity,
    },
    /// Not a zone.
    #[error(
        "{0:?} is no time zone: UTC, a name such as Europe/Berlin, an offset such as +01:00, or unknown"
    )]
    Zone(String),
}

impl Interval {
    /// Between two days.
    pub fn new(start: Date, end: Date) -> Result<Self, BadPeriod> {
        for date in [start, end] {
            if !(EARLIEST_YEAR..=LATEST_YEAR).contains(&date.year()) {
                return Err(BadPeriod::Outside(date));
            }
        }
        if end <= start {
            return Err(BadPeriod::Empty { start, end });
        }
        Ok(Self { start, end })
    }

    /// The first day.
    pub fn start(self) -> Date {
        self.start
    }

    /// The day after the last.
    pub fn end(self) -> Date {
        self.end
    }

    /// How many days.
    pub fn days(self) -> i32 {
        (self.end - self.start).get_days()
    }

    /// Whether both share a day.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the other lies within.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// How many calendar months, where it is made of whole ones.
    pub fn whole_months(self) -> Option<i32> {
        let whole = self.start.day() == 1 && self.end.day() == 1;
        whole.then(|| self.month_count())
    }

    fn month_count(self) -> i32 {
        let of = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
        of(self.end) - of(self.start)
    }

    /// Whether both cover the same days of the calendar in possibly different years: January to October
    /// of one and of another.
    pub fn same_season(self, other: Self) -> bool {
        let day = |date: Date| (date.month(), date.day());
        let years =
            |interval: Self| i32::from(interval.end.year()) - i32::from(interval.start.year());
        day(self.start) == day(other.start)
            && day(self.end) == day(other.end)
            && years(self) == years(other)
    }

    /// Whether this is such a step of the calendar.
    pub fn is(self, granularity: Granularity) -> bool {
        let months = |count: i32, first: &[i8]| {
            self.whole_months() == Some(count) && first.contains(&self.start.month())
        };
        match granularity {
            Granularity::Day => self.days() == 1,
            Granularity::Week => self.days() == 7 && self.start.weekday() == Weekday::Monday,
            Granularity::Month => self.whole_months() == Some(1),
            Granularity::Quarter => months(3, &[1, 4, 7, 10]),
            Granularity::HalfYear => months(6, &[1, 7]),
            Granularity::Year => months(12, &[1]),
            Granularity::Period => true,
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.end)
    }
}

/// `YYYY-MM-DD` and nothing else.
pub(crate) fn date(text: &str) -> Result<Date, BadPeriod> {
    let bad = || BadPeriod::Date(text.chars().take(40).collect());
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .try_fold(0_i16, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i16::from(b - b'0')))
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return Err(bad());
    }
    let (Some(year), Some(month), Some(day)) = (digits(0..4), digits(5..7), digits(8..10)) else {
        return Err(bad());
    };
    let small = |number: i16| i8::try_from(number).map_err(|_| bad());
    Date::new(year, small(month)?, small(day)?).map_err(|_| bad())
}

impl FromStr for Interval {
    type Err = BadPeriod;

    fn from_str(text: &str) -> Result<Self, BadPeriod> {
        let form = || BadPeriod::Form(text.chars().take(40).collect());
        let (start, end) = text.split_once('/').ok_or_else(form)?;
        Self::new(date(start)?, date(end)?)
    }
}

/// Where a day ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone(String);

impl Zone {
    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self("unknown".to_owned())
    }
}

impl FromStr for Zone {
    type Err = BadPeriod;

    fn from_str(text: &str) -> Result<Self, BadPeriod> {
        let offset = |b: &[u8]| {
            b.len() == 6
                && matches!(b[0], b'+' | b'-')
                && b[3] == b':'
                && [1, 2, 4, 5].iter().all(|&i| b[i].is_ascii_digit())
                && (b[1], b[2]) <= (b'1', b'4')
                && b[4] < b'6'
        };
        let named = |text: &str| {
            let parts: Vec<_> = text.split('/').collect();
            let part = |part: &&str| {
                part.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
                    && part
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
            };
            (2..=3).contains(&parts.len()) && parts.iter().all(part)
        };
        let holds = matches!(text, "UTC" | "unknown")
            || offset(text.as_bytes())
            || (text.len() <= 40 && named(text));
        if holds {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadPeriod::Zone(text.chars().take(40).collect()))
        }
    }
}

/// An interval, the step of the calendar that it is, and the zone of its days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    interval: Interval,
    granularity: Granularity,
    zone: Zone,
}

impl Period {
    /// Checks that the interval is what the granularity says.
    pub fn new(
        interval: Interval,
        granularity: Granularity,
        zone: Zone,
    ) -> Result<Self, BadPeriod> {
        if interval.is(granularity) {
            Ok(Self { interval, granularity, zone })
        } else {
            Err(BadPeriod::NotOnCalendar { interval, granularity })
        }
    }

    /// The days.
    pub fn interval(&self) -> Interval {
        self.interval
    }

    /// The step.
    pub fn granularity(&self) -> Granularity {
        self.granularity
    }

    /// Where its days end.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The same days and months one year later.
    pub fn a_year_later(&self) -> Option<Interval> {
        let later = |date: Date| date.checked_add(1.year()).ok();
        Interval::new(later(self.interval.start)?, later(self.interval.end)?).ok()
    }
}

impl fmt::Display for Period {
    /// As a reader says it: `2019`, `2020-03`, `2020-01-01/2020-11-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.interval.start;
        match self.granularity {
            Granularity::Year => write!(f, "{}", start.year()),
            Granularity::HalfYear => write!(f, "{}-H{}", start.year(), start.month() / 7 + 1),
            Granularity::Quarter => write!(f, "{}-Q{}", start.year(), (start.month() + 2) / 3),
            Granularity::Month => write!(f, "{}-{:02}", start.year(), start.month()),
            Granularity::Day => start.fmt(f),
            Granularity::Week | Granularity::Period => self.interval.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(text: &str) -> Interval {
        text.parse().unwrap()
    }

    #[test]
    fn an_end_is_not_included() {
        let year = interval("2019-01-01/2020-01-01");
        assert_eq!((year.days(), year.whole_months()), (365, Some(12)));
        assert!(!year.overlaps(interval("2020-01-01/2021-01-01")));
        assert!(year.contains(interval("2019-12-01/2020-01-01")));
    }

    #[test]
    fn impossible_dates_are_named() {
        let cases = [
            ("2019-02-29/2019-03-01", "\"2019-02-29\" is no date of the calendar"),
            ("2019-13-01/2020-01-01", "\"2019-13-01\" is no date of the calendar"),
            ("2019-99-99/2020-01-01", "\"2019-99-99\" is no date of the calendar"),
            (
                "2019-01-01",
                "\"2019-01-01\" is no interval: write it as 2019-01-01/2020-01-01, the end not included",
            ),
            ("0019-01-01/2020-01-01", "0019-01-01 lies outside of 1990 to 2100"),
            (
                "2020-01-01/2020-01-01",
                "the period ends on 2020-01-01, not after it starts on 2020-01-01; the end is not included",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Interval>().unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn the_step_must_be_what_the_days_are() {
        let period = |days: &str, step| Period::new(interval(days), step, Zone::default());
        assert_eq!(
            period("2020-04-01/2020-07-01", Granularity::Quarter).unwrap().to_string(),
            "2020-Q2"
        );
        assert_eq!(
            period("2020-07-01/2021-01-01", Granularity::HalfYear).unwrap().to_string(),
            "2020-H2"
        );
        assert!(period("2020-05-01/2020-08-01", Granularity::Quarter).is_err());
        assert!(period("2019-01-01/2019-11-01", Granularity::Year).is_err());
        assert!(period("2020-06-01/2020-06-08", Granularity::Week).is_ok());
        assert!(period("2020-06-02/2020-06-09", Granularity::Week).is_err());
    }

    #[test]
    fn seasons_are_compared_across_years() {
        let ten = interval("2019-01-01/2019-11-01");
        assert!(ten.same_season(interval("2020-01-01/2020-11-01")));
        assert!(!ten.same_season(interval("2020-01-01/2020-12-01")));
        assert!(!ten.same_season(interval("2019-01-01/2020-11-01")));
        assert!(interval("2019-01-01/2020-01-01").same_season(interval("2020-01-01/2021-01-01")));
    }

    #[test]
    fn zones() {
        for zone in
            ["UTC", "unknown", "+14:00", "-09:30", "Europe/Berlin", "America/Argentina/Ushuaia"]
        {
            assert!(zone.parse::<Zone>().is_ok(), "{zone}");
        }
        for zone in ["", "CET", "+15:00", "+01:60", "utc", "Europe/", "=cmd/A"] {
            assert!(zone.parse::<Zone>().is_err(), "{zone}");
        }
    }
}
