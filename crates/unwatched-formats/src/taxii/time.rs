//! Times as TAXII and STIX write them: RFC 3339 and nothing looser.

use jiff::Timestamp;
use jiff::civil::DateTime;

/// The longest text that is read as a time.
const MAX_BYTES: usize = 64;

/// A time of RFC 3339, with any offset. What is finer than a nanosecond is cut off.
pub fn parse(text: &str) -> Option<Timestamp> {
    shaped(text)?.parse().ok()
}

/// The same for a time that others are compared with: one at the very end of the year 9999, which
/// programs write for "never", is as late as times go.
pub fn parse_limit(text: &str) -> Option<Timestamp> {
    let shaped = shaped(text)?;
    if let Ok(time) = shaped.parse() {
        return Some(time);
    }
    let at_the_end = shaped.starts_with("9999-12-3") && shaped[..19].parse::<DateTime>().is_ok();
    at_the_end.then_some(Timestamp::MAX)
}

/// The text as other readers of times take it, if it has the form.
fn shaped(text: &str) -> Option<String> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let (whole, rest) = text.split_at_checked(19)?;
    let is_shaped = whole.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        10 => byte.eq_ignore_ascii_case(&b'T'),
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    let (fraction, offset) = match rest.strip_prefix('.') {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (fraction, offset) = rest.split_at(digits);
            (Some(fraction).filter(|fraction| !fraction.is_empty())?, offset)
        }
        None => ("", rest),
    };
    if !is_shaped || !is_offset(offset) {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(9)];
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{whole}{point}{fraction}{offset}"))
}

/// A time as STIX writes its own: in UTC, and saying so.
pub fn parse_utc(text: &str) -> Option<Timestamp> {
    parse(text).filter(|_| text.ends_with('Z'))
}

fn is_offset(text: &str) -> bool {
    match text.as_bytes() {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].into_iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// As TAXII writes times: microseconds, in UTC.
pub fn write(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// A form in which the order of the texts is the order of the times.
pub fn key(time: Timestamp) -> String {
    format!("{time:.9}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_all_times_is_a_limit() {
        assert_eq!(parse_limit("2026-01-05T09:00:00Z"), parse("2026-01-05T09:00:00Z"));
        for text in
            ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T00:00:00-05:00"]
        {
            assert_eq!(parse_limit(text), Some(Timestamp::MAX), "{text}");
        }
        for text in ["9999-12-32T00:00:00Z", "9999-12-31T25:00:00Z", "9999-12-31", "x"] {
            assert_eq!(parse_limit(text), None, "{text}");
        }
    }

    #[test]
    fn rfc_3339_and_nothing_looser() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(parse(text).map(write).as_deref(), expected, "{text}");
        };
        check("2026-01-05T09:00:00Z", Some("2026-01-05T09:00:00.000000Z"));
        check("2026-01-05t09:00:00.1234567z", Some("2026-01-05T09:00:00.123456Z"));
        check("2026-01-05T09:00:00.12345678901234567890Z", Some("2026-01-05T09:00:00.123456Z"));
        check("2026-01-05T11:30:00+02:30", Some("2026-01-05T09:00:00.000000Z"));
        for text in [
            "",
            "yesterday",
            "2026",
            "2026-01-05",
            "2026-01-05T09:00:00",
            "2026-01-05 09:00:00Z",
            "2026-01-05T09:00Z",
            "2026-13-05T09:00:00Z",
            "2026-02-30T09:00:00Z",
            "2026-01-05T25:00:00Z",
            "2026-01-05T09:00:00.Z",
            "2026-01-05T09:00:00+2",
            "1767603600",
            "2026-01-05T09:00:00Z[UTC]",
            "2026-01-05T09:00:00+99:00",
            "２026-01-05T09:00:00Z",
        ] {
            check(text, None);
        }
        assert!(parse_utc("2026-01-05T09:00:00.1Z").is_some());
        assert!(parse_utc("2026-01-05T09:00:00+00:00").is_none());
    }
}
