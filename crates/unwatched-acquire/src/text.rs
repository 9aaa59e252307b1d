//! How the bytes of a file become text: as they are, from what a Windows shell wrote, from what
//! gzip packed, as old phones did, or from what Android's backup of messages deflated.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::{GzDecoder, ZlibDecoder};

use crate::bounds::Bounded;
use crate::utf16::{Utf16, head_as_utf8, is_utf16};

/// How much of an unpacked file is looked at to recognise it.
const HEAD_BYTES: u64 = 256 << 10;

/// How a file's bytes become those of an artefact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    /// As they are.
    Plain,
    Utf16,
    Gzip,
    Deflated,
}

impl Text {
    /// How a file begins tells which it is.
    pub(crate) fn of(head: &[u8]) -> Self {
        if is_utf16(head) {
            Self::Utf16
        } else if head.starts_with(&[0x1f, 0x8b]) {
            Self::Gzip
        } else {
            Self::Plain
        }
    }

    /// The beginning of the artefact.
    pub(crate) fn head(self, head: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Plain | Self::Deflated => Cow::Borrowed(head),
            Self::Utf16 => Cow::Owned(head_as_utf8(head)),
            Self::Gzip => {
                let mut text = Vec::new();
                // What is at hand of the file ends before the file does.
                let _ = GzDecoder::new(head).take(HEAD_BYTES).read_to_end(&mut text);
                Cow::Owned(text)
            }
        }
    }

    /// All of it; `packed_bytes` is how many there are before they are unpacked.
    pub(crate) fn read<'r>(
        self,
        bytes: Box<dyn Read + 'r>,
        packed_bytes: Option<u64>,
    ) -> Box<dyn Read + 'r> {
        match self {
            Self::Deflated => Box::new(Bounded::new(ZlibDecoder::new(bytes), packed_bytes)),
            Self::Plain => bytes,
            Self::Utf16 => Box::new(Utf16::new(bytes)),
            Self::Gzip => Box::new(Bounded::new(GzDecoder::new(bytes), packed_bytes)),
        }
    }
}
