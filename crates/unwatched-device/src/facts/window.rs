//! The days on which somebody else could have had the phone in hand, as the survivor names them.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// From the first of these days to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

/// Why a text is no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Not two days.
    #[error("two days are needed, the first and the last, as in 2026-01-03..2026-01-09")]
    NotTwoDays,
    /// The last lies before the first.
    #[error("the last day lies before the first: put the earlier day in front")]
    Backwards,
}

impl Window {
    /// Whether the day is one of them.
    pub fn holds(&self, day: Date) -> bool {
        (self.from..=self.to).contains(&day)
    }
}

impl FromStr for Window {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        let (from, to) = text.split_once("..").ok_or(WindowError::NotTwoDays)?;
        let day = |text: &str| text.trim().parse().map_err(|_| WindowError::NotTwoDays);
        let (from, to) = (day(from)?, day(to)?);
        if to < from { Err(WindowError::Backwards) } else { Ok(Self { from, to }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_days_belong_to_it() {
        let window: Window = "2026-01-03..2026-01-09".parse().unwrap();
        let holds = |day: &str| window.holds(day.parse().unwrap());
        assert!(holds("2026-01-03") && holds("2026-01-09"));
        assert!(!holds("2026-01-02") && !holds("2026-01-10"));
        assert_eq!("2026-01-03".parse::<Window>(), Err(WindowError::NotTwoDays));
        assert_eq!("3 Jan..9 Jan".parse::<Window>(), Err(WindowError::NotTwoDays));
        assert_eq!("2026-01-09..2026-01-03".parse::<Window>(), Err(WindowError::Backwards));
    }
}
