//! Little-endian writing into a growing buffer, shared by the binary formats below.

/// A buffer that the binary writers append to and patch.
#[derive(Debug, Default, Clone)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Bytes {
    pub(crate) fn position(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn put_u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn put_u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn put_u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn put_u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn align(&mut self, to: usize) {
        while !self.0.len().is_multiple_of(to) {
            self.0.push(0);
        }
    }

    pub(crate) fn patch_u32(&mut self, at: usize, value: u32) {
        self.0[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
}

/// A length or index as the 16 bits a format gives it.
pub(crate) fn as_u16(value: usize) -> u16 {
    u16::try_from(value).expect("a fixture stays under 65,536 of anything")
}

/// A length or offset as the 32 bits a format gives it.
pub(crate) fn as_u32(value: usize) -> u32 {
    u32::try_from(value).expect("a fixture stays under 4 GiB")
}
