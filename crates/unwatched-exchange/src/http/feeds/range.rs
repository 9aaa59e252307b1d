//! `Range`: one part of a document. Whoever asks for several gets the whole, as the standard lets
//! a server choose.

/// A part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// From one byte to another, both included.
    Bytes { from: u64, to: u64 },
    /// It lies behind the end.
    Beyond,
}

/// The part that a header asks for of so many bytes; nothing where it asks for the whole, for
/// several parts, or in words that mean nothing.
pub(super) fn range_of(header: &str, size_bytes: u64) -> Option<Part> {
    let (unit, range) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (from, to) = range.trim().split_once('-')?;
    let number = |digits: &str| -> Option<u64> {
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    match (from.trim(), to.trim()) {
        ("", "") => None,
        ("", last) => {
            let count = number(last)?;
            if count == 0 || size_bytes == 0 {
                return Some(Part::Beyond);
            }
            Some(Part::Bytes { from: size_bytes.saturating_sub(count), to: size_bytes - 1 })
        }
        (from, to) => {
            let from = number(from)?;
            let to = if to.is_empty() { u64::MAX } else { number(to)? };
            if to < from {
                return None;
            }
            if from >= size_bytes {
                return Some(Part::Beyond);
            }
            Some(Part::Bytes { from, to: to.min(size_bytes - 1) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: Option<(u64, u64)>) {
        let expected = expected.map(|(from, to)| Part::Bytes { from, to });
        assert_eq!(range_of(header, 100), expected, "{header}");
    }

    #[test]
    fn one_part_is_read_and_nonsense_is_the_whole() {
        check("bytes=0-9", Some((0, 9)));
        check("BYTES = 90-200", Some((90, 99)));
        check("bytes=50-", Some((50, 99)));
        check("bytes=-10", Some((90, 99)));
        check("bytes=-1000", Some((0, 99)));
        for nonsense in
            ["bytes=9-0", "bytes=-", "lines=0-1", "bytes=0-1,5-6", "bytes=a-b", "0-1", "bytes=+1-2"]
        {
            check(nonsense, None);
        }
        assert_eq!(range_of("bytes=100-", 100), Some(Part::Beyond));
        assert_eq!(range_of("bytes=-0", 100), Some(Part::Beyond));
        assert_eq!(range_of("bytes=0-", 0), Some(Part::Beyond));
        assert_eq!(range_of("bytes=99999999999999999999999-", 100), None);
    }
}
