//! Reading what signing blocks are made of: little-endian numbers and bytes behind their length.

use crate::bytes::{slice, u32};

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything that is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = slice(self.0, 0, length)?;
        self.0 = &self.0[length..];
        Some(taken)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        let number = u32(self.0, 0)?;
        self.0 = &self.0[4..];
        Some(number)
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        Some(self.u32()?.cast_signed())
    }

    /// The bytes behind a 32-bit length.
    pub(super) fn prefixed(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        self.take(length)
    }

    /// As [`Self::prefixed`], to be read further.
    pub(super) fn within(&mut self) -> Option<Self> {
        self.prefixed().map(Self)
    }
}
