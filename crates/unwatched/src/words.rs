//! Numbers and dates as people say them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unwatched_formats::release::is_from_the_future;

/// The day, such as `2026-11-22`, in UTC: the same words on every laptop.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string()
}

/// How long ago, in days; or that the clock lies too far before it to tell.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    if is_from_the_future(at, now) {
        return "in the future by this computer's clock, so nobody can say how old it is"
            .to_owned();
    }
    match now.duration_since(at).as_hours() / 24 {
        ..=0 => "today".to_owned(),
        days => format!("{} ago", counted(usize::try_from(days).unwrap_or(0), "day", "days")),
    }
}

/// How many of something: `1 family`, `5,995 indicators`.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A number with its thousands apart.
fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut words = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 999, 1_000, 5_995, 1_234_567].map(count),
            ["0", "999", "1,000", "5,995", "1,234,567"]
        );
    }

    #[test]
    fn a_clock_that_lies_behind_a_little_says_today() {
        let check = |at: &str, expected: &str| {
            let now = "2026-11-22T12:00:00Z".parse().unwrap();
            assert_eq!(ago(at.parse().unwrap(), now), expected);
        };
        check("2026-11-23T00:00:00Z", "today");
        check("2026-11-22T00:00:00Z", "today");
        let future = "in the future by this computer's clock, so nobody can say how old it is";
        check("2026-11-23T12:00:00Z", future);
        check("2026-11-21T11:00:00Z", "1 day ago");
        check("2023-11-22T11:00:00Z", "1,096 days ago");
    }
}
