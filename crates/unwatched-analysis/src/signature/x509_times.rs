//! The two ways of writing a time in a certificate. Whether the time has come is never asked:
//! Android does not ask.

const WITH_TWO_DIGITS: u8 = 0x17;
const WITH_FOUR_DIGITS: u8 = 0x18;

/// Whether this is a time, of the kind that its tag says.
pub(super) fn is_time(tag: u8, text: &[u8]) -> bool {
    let year = match tag {
        WITH_TWO_DIGITS if (11..=17).contains(&text.len()) => 2,
        WITH_FOUR_DIGITS if text.len() >= 13 => 4,
        _ => return false,
    };
    read(text, year).is_some()
}

/// `[YY]YYMMDDhhmm[ss[.fff]]` and `Z` or a distance from it. The 31st of any month is one.
fn read(text: &[u8], year: usize) -> Option<()> {
    let (digits, mut rest) = text.split_at_checked(year + 8)?;
    let numbers: Vec<u8> = digits.chunks(2).map(two).collect::<Option<_>>()?;
    let [.., month, day, hour, minute] = numbers.as_slice() else { return None };
    let mut second = 0;
    if rest.len() > 2 {
        second = two(rest.get(..2)?)?;
        rest = &rest[2..];
        if let Some(fraction) = rest.strip_prefix(b".").or_else(|| rest.strip_prefix(b","))
            && year == 4
        {
            let length = fraction.iter().take_while(|digit| digit.is_ascii_digit()).count();
            (length > 0).then_some(())?;
            rest = &fraction[length..];
        }
    }
    let in_bounds = (1..=12).contains(month) && (1..=31).contains(day);
    (in_bounds && *hour < 24 && *minute < 60 && second < 60).then_some(())?;
    match rest {
        b"Z" => Some(()),
        [b'+' | b'-', distance @ ..] if distance.len() == 4 => {
            let (hours, minutes) = (two(&distance[..2])?, two(&distance[2..])?);
            (hours < 24 && minutes < 60).then_some(())
        }
        _ => None,
    }
}

fn two(digits: &[u8]) -> Option<u8> {
    match digits {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + ones - b'0'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_what_is_none() {
        let right = ["200101000000Z", "2001010000Z", "200231235959+0130"];
        assert!(right.iter().all(|text| is_time(WITH_TWO_DIGITS, text.as_bytes())));
        for wrong in ["2001010000", "201301000000Z", "200101240000Z", "xx0101000000Z", "Z", ""] {
            assert!(!is_time(WITH_TWO_DIGITS, wrong.as_bytes()), "{wrong}");
        }
        let right = ["20200101000000Z", "99991231235959Z", "20200101000000.25Z"];
        assert!(right.iter().all(|text| is_time(WITH_FOUR_DIGITS, text.as_bytes())));
        for wrong in ["20200101000000.Z", "2020010100000", "20200001000000Z"] {
            assert!(!is_time(WITH_FOUR_DIGITS, wrong.as_bytes()), "{wrong}");
        }
        assert!(!is_time(0x13, b"200101000000Z"));
    }
}
