//! Times and spans of time as Android's services print them: `2022-03-29 18:37:30.315`,
//! `2022-01-04-17-30-01`, `+1d2h3m4s5ms`, `11:44:56`, in the digits of any script, for a service may
//! print in the phone's language. Words of a language and other calendars are not guessed at.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, tz};

/// What scripts write for zero; nine digits follow each (Unicode's decimal digits).
const ZEROS: [char; 43] = [
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{ff10}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{11136}',
    '\u{11da0}',
    '\u{16b50}',
    '\u{1e140}',
    '\u{1e950}',
];

/// The text with European digits, and without the marks that only say in which direction to write.
fn in_european_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let directs = |c: &char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let european = |c: char| {
        let digit =
            |zero: char| u32::from(c).checked_sub(u32::from(zero)).filter(|value| *value < 10);
        let value = ZEROS.into_iter().find_map(digit);
        value.and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
    };
    Cow::Owned(text.chars().filter(|c| !directs(c)).map(european).collect())
}

/// A date and time at the beginning of the text, by the phone's own clock; what follows the
/// seconds is not read.
pub fn date_time(text: &str) -> Option<DateTime> {
    let at = written(&in_european_digits(text))?;
    // What was never set is printed as the epoch, in whatever zone the phone is in; years far from
    // now are another calendar's.
    (1972..2200).contains(&at.year()).then_some(at)
}

/// Whether a text that should be a date is none that can be read. One that was never set says that
/// much.
pub fn is_unreadable(text: &str) -> bool {
    written(&in_european_digits(text)).is_none_or(|at| !(1969..2200).contains(&at.year()))
}

fn written(text: &str) -> Option<DateTime> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| -> Option<i16> {
        let part = bytes.get(from..to)?;
        let all = part.iter().all(u8::is_ascii_digit);
        all.then(|| part.iter().fold(0, |sum, digit| sum * 10 + i16::from(digit - b'0')))
    };
    let is = |at: usize, marks: &[u8]| bytes.get(at).is_some_and(|byte| marks.contains(byte));
    let separated =
        is(4, b"-/.") && is(7, b"-/.") && is(10, b" -T") && is(13, b":-.") && is(16, b":-.");
    if !separated {
        return None;
    }
    let small = |from, to| digits(from, to).and_then(|value| i8::try_from(value).ok());
    let date = Date::new(digits(0, 4)?, small(5, 7)?, small(8, 10)?).ok()?;
    let time = Time::new(small(11, 13)?, small(14, 16)?, small(17, 19)?, 0).ok()?;
    Some(date.to_datetime(time))
}

/// The first date and time anywhere in the text.
pub fn date_time_in(text: &str) -> Option<DateTime> {
    let text = in_european_digits(text);
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
        for digits in ["٢٠٢٢-٠٣-٢٩ ١٨:٣٧:٣٠", "\u{200f}۲۰۲۲-۰۳-۲۹ ۱۸:۳۷:۳۰", "२०२२/०३/२९ १८:३७:३०"]
        {
            assert_eq!(printed(digits), at, "{digits}");
        }
        // The Persian and the Buddhist year, and words, are said to be unread; a date never set is not.
        for other in ["1401-01-09 18:37:30", "2565-03-29 18:37:30", "29 mars 2022", "٢٩ مارس"]
        {
            assert_eq!((printed(other), is_unreadable(other)), (None, true), "{other}");
        }
        assert!(!is_unreadable("1970-01-01 01:00:00"));
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
