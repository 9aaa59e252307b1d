//! Times and spans of time as Android's services print them: `2022-03-29 18:37:30.315`,
//! `2022-01-04-17-30-01`, `+1d2h3m4s5ms`, `11:44:56`. Dates that follow the phone's language are
//! not guessed at.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, tz};

/// A date and time at the beginning of the text, by the phone's own clock; what follows the
/// seconds is not read.
pub fn date_time(text: &str) -> Option<DateTime> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| -> Option<i16> {
        let part = bytes.get(from..to)?;
        let all = part.iter().all(u8::is_ascii_digit);
        all.then(|| part.iter().fold(0, |sum, digit| sum * 10 + i16::from(digit - b'0')))
    };
    let is = |at: usize, marks: &[u8]| bytes.get(at).is_some_and(|byte| marks.contains(byte));
    let separated = is(4, b"-") && is(7, b"-") && is(10, b" -T") && is(13, b":-") && is(16, b":-");
    if !separated {
        return None;
    }
    let small = |from, to| digits(from, to).and_then(|value| i8::try_from(value).ok());
    let date = Date::new(digits(0, 4)?, small(5, 7)?, small(8, 10)?).ok()?;
    let time = Time::new(small(11, 13)?, small(14, 16)?, small(17, 19)?, 0).ok()?;
    // What was never set is printed as the epoch, in whatever zone the phone is in.
    (date.year() > 1971).then(|| date.to_datetime(time))
}

/// The first date and time anywhere in the text.
pub fn date_time_in(text: &str) -> Option<DateTime> {
    let starts = text.match_indices('-').filter_map(|(at, _)| at.checked_sub(4));
    starts.take(20).find_map(|at| date_time(text.get(at..)?))
}

/// Milliseconds since 1970, in UTC: the dump does not say how far the phone's clock is from it.
pub fn of_millis(millis: i64) -> Option<DateTime> {
    let at = Timestamp::from_millisecond(millis).ok()?.to_zoned(tz::TimeZone::UTC).datetime();
    (at.year() > 1971).then_some(at)
}

/// `+1d2h3m4s5ms`, with or without its sign, as a length.
pub fn span(text: &str) -> Option<SignedDuration> {
    let text = text.trim_start_matches(['+', '-']);
    let mut total: i64 = 0;
    let mut digits: i64 = 0;
    let mut any = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if let Some(digit) = c.to_digit(10) {
            digits = digits.checked_mul(10)?.checked_add(i64::from(digit))?;
            any = true;
            continue;
        }
        let millis = match (c, rest.peek()) {
            ('m', Some('s')) => {
                rest.next();
                1
            }
            ('s', _) => 1_000,
            ('m', _) => 60_000,
            ('h', _) => 3_600_000,
            ('d', _) => 86_400_000,
            _ => break,
        };
        total = total.checked_add(digits.checked_mul(millis)?)?;
        digits = 0;
    }
    any.then(|| SignedDuration::from_millis(total))
}

/// `11:44:56` or `03:20` in seconds.
pub fn elapsed_seconds(text: &str) -> Option<u64> {
    let mut parts = 0;
    let mut total: u64 = 0;
    for part in text.split(':') {
        parts += 1;
        total = total.checked_mul(60)?.checked_add(part.trim().parse().ok()?)?;
    }
    (2..=3).contains(&parts).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_both_forms_and_never_guessed() {
        let printed = |text: &str| date_time(text).map(|at| at.to_string());
        let at = Some("2022-03-29T18:37:30".to_owned());
        assert_eq!(printed("2022-03-29 18:37:30.315 (-4h)"), at);
        assert_eq!(printed("2022-03-29-18-37-30"), at);
        for none in ["1970-01-01 01:00:00", "29/03/2022 18:37", "2022-13-29 18:37:30", "2022-0"] {
            assert_eq!(printed(none), None, "{none}");
        }
        let found = date_time_in("Reject: [fg-s]2021-05-19 22:02:52.054 (-314d1h)");
        assert_eq!(found.unwrap().to_string(), "2021-05-19T22:02:52");
    }

    #[test]
    fn spans_are_read_to_the_millisecond() {
        let millis = |text: &str| span(text).map(|span| span.as_millis());
        assert_eq!(millis("+1d2h3m4s5ms"), Some(93_784_005));
        assert_eq!(millis("-33ms"), Some(33));
        assert_eq!(millis("0"), Some(0));
        assert_eq!(millis("ago"), None);
        assert_eq!(millis("99999999999999999999d"), None);
        assert_eq!(elapsed_seconds("11:44:56"), Some(42_296));
        assert_eq!(elapsed_seconds("03:20"), Some(200));
        assert_eq!(elapsed_seconds("12"), None);
    }
}
