//! Checked little-endian reads out of a byte slice: what lies outside is `None`, never a panic.
//!
//! It knows nothing of any format.

/// The `length` bytes at `at`.
pub(crate) fn slice(data: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    data.get(at..at.checked_add(length)?)
}

/// The byte at `at`.
pub(crate) fn u8(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

/// The 16-bit number at `at`.
pub(crate) fn u16(data: &[u8], at: usize) -> Option<u16> {
    slice(data, at, 2)?.try_into().ok().map(u16::from_le_bytes)
}

/// The 32-bit number at `at`.
pub(crate) fn u32(data: &[u8], at: usize) -> Option<u32> {
    slice(data, at, 4)?.try_into().ok().map(u32::from_le_bytes)
}

/// The 64-bit number at `at`.
pub(crate) fn u64(data: &[u8], at: usize) -> Option<u64> {
    slice(data, at, 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// The 32-bit number at `at`, as an offset or a count.
pub(crate) fn offset(data: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32(data, at)?).ok()
}

/// A place in a byte slice that moves on as it is read from.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    data: &'a [u8],
    /// Where the next read begins.
    pub(crate) at: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor over `data`, beginning at `at`.
    pub(crate) fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at }
    }

    /// The next byte.
    pub(crate) fn u8(&mut self) -> Option<u8> {
        let byte = u8(self.data, self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// An unsigned LEB128 number of at most 32 bits, as DEX files use them.
    pub(crate) fn uleb128(&mut self) -> Option<u32> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_is_none() {
        assert_eq!(u32(&[1, 0, 0], 0), None);
        assert_eq!(u16(&[1, 2, 3], usize::MAX), None);
        assert_eq!(u16(&[1, 2, 3], 1), Some(0x0302));
    }

    #[test]
    fn leb128_stops_at_five_bytes() {
        assert_eq!(Cursor::new(&[0xe5, 0x8e, 0x26], 0).uleb128(), Some(624_485));
        assert_eq!(Cursor::new(&[0x80; 6], 0).uleb128(), None);
        assert_eq!(Cursor::new(&[0x80], 0).uleb128(), None);
    }
}
