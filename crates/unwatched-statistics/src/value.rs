//! A published value: an exact decimal as it was printed, or bounds where a text says "more than" or
//! "almost".
//!
//! Deliberately without `Add` or `Sum`: what may be added is decided in [`crate::additivity`], and what may
//! be computed in [`crate::derive`].

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

/// The longest text that is read as a number.
const MAX_BYTES: usize = 40;

/// A number with the decimals it was published with: `5.80` is not `5.8` to a rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(Decimal);

/// A text that is not a plain decimal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no plain number: digits, at most one point, a leading minus; no thousands marks")]
pub struct NotANumber(pub String);

impl Number {
    /// The exact value.
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// How many decimals were published.
    pub fn decimals(self) -> u32 {
        self.0.scale()
    }
}

impl From<Decimal> for Number {
    fn from(value: Decimal) -> Self {
        Self(value)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let not = || NotANumber(text.chars().take(MAX_BYTES).collect());
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        // "007" is an identifier, not a count.
        let padded = whole.len() > 1 && whole.starts_with('0');
        if text.len() > MAX_BYTES || !plain(whole) || !plain(fraction) || padded {
            return Err(not());
        }
        Decimal::from_str_exact(text).map(Self).map_err(|_| not())
    }
}

/// What a row holds. Never 0 for absence: absence is [`Value::Absent`], with the reason in the row's
/// status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Value {
    /// As published.
    Exact(Number),
    /// Published as bounds, or as a word that stands for one: "more than 48,500" is
    /// `min` 48,500 and not attained; "almost 52,000" is `max` 52,000 and not attained.
    Between {
        /// Not below.
        min: Option<Number>,
        /// Not above.
        max: Option<Number>,
    },
    /// There is none.
    Absent,
}

/// Bounds that do not fit each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    /// Both a value and bounds.
    #[error("a value and bounds at once: give either value, or value_min and value_max")]
    Both,
    /// The lower stands above the upper.
    #[error("value_min {0} stands above value_max {1}")]
    Crossed(Number, Number),
}

impl Value {
    /// From the three columns of a row.
    pub fn of(
        value: Option<Number>,
        min: Option<Number>,
        max: Option<Number>,
    ) -> Result<Self, BadValue> {
        match (value, min, max) {
            (Some(value), None, None) => Ok(Self::Exact(value)),
            (Some(_), ..) => Err(BadValue::Both),
            (None, None, None) => Ok(Self::Absent),
            (None, Some(min), Some(max)) if min > max => Err(BadValue::Crossed(min, max)),
            (None, min, max) => Ok(Self::Between { min, max }),
        }
    }

    /// The value where it is exact.
    pub fn exact(self) -> Option<Number> {
        match self {
            Self::Exact(number) => Some(number),
            Self::Between { .. } | Self::Absent => None,
        }
    }

    /// What is known below and above; an exact value is both.
    pub fn bounds(self) -> (Option<Number>, Option<Number>) {
        match self {
            Self::Exact(number) => (Some(number), Some(number)),
            Self::Between { min, max } => (min, max),
            Self::Absent => (None, None),
        }
    }

    /// How many decimals were published: the most of those given.
    pub fn decimals(self) -> u32 {
        let (min, max) = self.bounds();
        min.into_iter().chain(max).map(Number::decimals).max().unwrap_or(0)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(number) => number.fmt(f),
            Self::Between { min: Some(min), max: Some(max) } => write!(f, "{min} to {max}"),
            Self::Between { min: Some(min), max: None } => write!(f, "at least {min}"),
            Self::Between { min: None, max: Some(max) } => write!(f, "at most {max}"),
            Self::Between { min: None, max: None } | Self::Absent => f.write_str("not given"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_stay_as_published() {
        let number: Number = "5.80".parse().unwrap();
        assert_eq!((number.to_string().as_str(), number.decimals()), ("5.80", 2));
        assert_eq!("-20.2".parse::<Number>().unwrap().to_string(), "-20.2");
    }

    #[test]
    fn what_is_not_plain_is_refused() {
        let wrong = [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "1,000",
            "1 000",
            "1e3",
            "+5",
            "0x1f",
            "NaN",
            "007",
            "--1",
            "1.2.3",
            "٣",
            "=1+1",
            "99999999999999999999999999999999",
        ];
        for text in wrong {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
        assert!("9".repeat(1_000_000).parse::<Number>().is_err());
    }

    #[test]
    fn bounds_are_told_from_values_and_from_absence() {
        let n = |text: &str| Some(text.parse::<Number>().unwrap());
        assert_eq!(Value::of(None, None, None), Ok(Value::Absent));
        assert_eq!(Value::of(n("1"), n("1"), None), Err(BadValue::Both));
        assert!(matches!(Value::of(None, n("2"), n("1")), Err(BadValue::Crossed(..))));
        let more_than = Value::of(None, n("48500"), None).unwrap();
        assert_eq!((more_than.to_string(), more_than.exact()), ("at least 48500".into(), None));
    }
}
