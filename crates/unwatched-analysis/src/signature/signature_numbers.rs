//! The two numbers that a DSA or ECDSA signature is, in DER without any freedom but one: a number
//! whose highest bit is set counts as positive, for some signers forget its leading zero.

use num_bigint::BigUint;

use super::ber::{INTEGER, SEQUENCE};

/// Both numbers, without leading zeros.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Numbers<'a>([&'a [u8]; 2]);

impl Numbers<'_> {
    pub(super) fn values(&self) -> [BigUint; 2] {
        self.0.map(BigUint::from_bytes_be)
    }

    /// One behind the other, each in so many bytes; `None` where one is longer.
    pub(super) fn fixed(&self, bytes: usize) -> Option<Vec<u8>> {
        let mut both = Vec::with_capacity(2 * bytes);
        for number in self.0 {
            both.resize(both.len() + bytes.checked_sub(number.len())?, 0);
            both.extend(number);
        }
        Some(both)
    }
}

/// Reads a signature; `None` where it is no pair of numbers, or written in another way.
pub(super) fn pair(signature: &[u8]) -> Option<Numbers<'_>> {
    let (content, []) = element(signature, SEQUENCE)? else { return None };
    let (first, rest) = number(content)?;
    let (second, []) = number(rest)? else { return None };
    Some(Numbers([first, second]))
}

fn number(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (digits, rest) = element(data, INTEGER)?;
    match digits {
        [] | [0, 0..=0x7f, ..] => None,
        _ => Some((digits.strip_prefix(&[0]).unwrap_or(digits), rest)),
    }
}

/// The content of an element with the shortest possible length, and what stands behind it.
fn element(data: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match data.strip_prefix(&[tag])? {
        [length @ 0..=0x7f, rest @ ..] | [0x81, length @ 0x80..=0xff, rest @ ..] => {
            (usize::from(*length), rest)
        }
        [0x82, high @ 1..=0xff, low, rest @ ..] => {
            (usize::from(*high) << 8 | usize::from(*low), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(signature: &[u8], expected: Option<[&[u8]; 2]>) {
        assert_eq!(pair(signature), expected.map(Numbers));
    }

    #[test]
    fn only_one_way_of_writing_is_taken() {
        check(&[0x30, 6, 2, 1, 5, 2, 1, 7], Some([&[5], &[7]]));
        check(&[0x30, 7, 2, 2, 0, 0x85, 2, 1, 7], Some([&[0x85], &[7]]));
        check(&[0x30, 6, 2, 1, 0x85, 2, 1, 7], Some([&[0x85], &[7]]));
        check(&[0x30, 6, 2, 1, 0, 2, 1, 7], Some([&[], &[7]]));
        for wrong in [
            &[0x30, 0x81, 6, 2, 1, 5, 2, 1, 7][..],
            &[0x30, 7, 2, 2, 0, 5, 2, 1, 7],
            &[0x30, 7, 2, 1, 5, 2, 0x81, 1, 7],
            &[0x30, 6, 2, 1, 5, 2, 1, 7, 0],
            &[0x30, 8, 2, 1, 5, 2, 1, 7, 5, 0],
            &[0x30, 0x80, 2, 1, 5, 2, 1, 7, 0, 0],
            &[0x30, 5, 2, 0, 2, 1, 7],
            &[0x30, 3, 2, 1, 5],
            &[],
        ] {
            check(wrong, None);
        }
    }
}
