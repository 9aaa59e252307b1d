//! Whether a file is what its beginning says: a mark of four bytes is put in front of anything. What
//! else a format asks of its first bytes must be there, too.

use crate::bytes::{slice, u16, u32};

/// Whether the beginning of a file of so many bytes is that of a format whose contents are packed
/// or pictured, so that they look like chance.
pub(crate) fn is_known(start: &[u8], all: u64) -> bool {
    CHECKS.iter().any(|check| check(start, all))
}

const CHECKS: &[fn(&[u8], u64) -> bool] = &[
    |start, _| is_png(start),
    |start, _| {
        start.starts_with(b"\xff\xd8\xff")
            && matches!(start.get(3), Some(0xc0..=0xc4 | 0xdb | 0xdd | 0xe0..=0xef | 0xfe))
            && start.get(4).is_some_and(|high| *high < 0x40)
    },
    |start, _| start.starts_with(b"GIF87a") || start.starts_with(b"GIF89a"),
    |start, all| {
        let said = u32(start, 4).map(u64::from);
        start.starts_with(b"RIFF")
            && said.is_some_and(|said| said + 8 <= all + 1)
            && slice(start, 8, 4).is_some_and(|kind| kind.iter().all(u8::is_ascii_graphic_or_space))
    },
    |start, _| start.starts_with(b"OggS\0") && start.get(5).is_some_and(|flags| *flags < 8),
    |start, _| start.starts_with(b"fLaC\0\0\0\x22") || start.starts_with(b"fLaC\x80\0\0\x22"),
    |start, _| {
        start.starts_with(b"ID3")
            && matches!(start.get(3), Some(2..=4))
            && slice(start, 6, 4).is_some_and(|size| size.iter().all(|byte| *byte < 0x80))
    },
    |start, _| {
        let length = slice(start, 0, 4).map(|length| [length[0], length[1], length[2]]);
        slice(start, 4, 4) == Some(b"ftyp")
            && length.is_some_and(|length| length[..2] == [0, 0] && length[2] < 4)
            && slice(start, 8, 4)
                .is_some_and(|brand| brand.iter().all(u8::is_ascii_graphic_or_space))
    },
    |start, _| {
        start.starts_with(b"\x1a\x45\xdf\xa3")
            && [&b"webm"[..], b"matroska"]
                .iter()
                .any(|kind| memchr::memmem::find(&start[..start.len().min(64)], kind).is_some())
    },
    |start, _| {
        let flavours: [&[u8]; 3] = [b"\0\x01\0\0", b"OTTO", b"true"];
        (start.starts_with(b"wOFF") || start.starts_with(b"wOF2"))
            && slice(start, 4, 4).is_some_and(|flavour| flavours.contains(&flavour))
    },
    |start, _| start.starts_with(b"%PDF-1.") || start.starts_with(b"%PDF-2."),
    |start, _| start.starts_with(b"\xabKTX ") && slice(start, 7, 5) == Some(b"\xbb\r\n\x1a\n"),
    |start, _| {
        start.starts_with(b"\x13\xab\xa1\x5c")
            && slice(start, 4, 3)
                .is_some_and(|sides| sides.iter().all(|side| (1..=12).contains(side)))
    },
    |start, _| start.starts_with(b"UnityFS\0") || start.starts_with(b"UnityWeb\0"),
    |start, _| start.starts_with(b"XALZ") || start.starts_with(b"XABA"),
    |start, _| slice(start, 4, 4) == Some(b"TFL3"),
    |start, _| is_elf(start),
    |start, _| start.starts_with(b"dex\n0"),
    |start, _| {
        // A frame of sound: no rate that is none.
        matches!(start, [0xff, 0xfb | 0xf3 | 0xf2 | 0xfa, rates, ..]
            if rates & 0xf0 != 0xf0 && rates & 0xf0 != 0 && rates & 0x0c != 0x0c)
    },
    |start, _| matches!(start, [0xff, 0xf1 | 0xf9, rate, ..] if rate & 0x3c < 0x34),
    |start, all| {
        let said =
            slice(start, 2, 2).map(|length| u64::from(u16::from_be_bytes([length[0], length[1]])));
        start.starts_with(b"\x30\x82")
            && matches!(start.get(4), Some(0x02 | 0x06 | 0x30 | 0xa0))
            && said.is_some_and(|said| said + 4 <= all && said + 64 >= all.min(1 << 16))
    },
    |start, _| start.starts_with(b"SQLite format 3\0"),
    |start, _| crate::wrapped::unopened(start).is_some(),
    |start, _| crate::wrapped::begins_as_zip(start) || start.starts_with(b"PK\x05\x06"),
    // Which methods run often, for the phone's compiler; the build tools write it.
    |start, _| {
        (start.starts_with(b"pro\0") || start.starts_with(b"prm\0"))
            && slice(start, 4, 4)
                .is_some_and(|v| v[..3].iter().all(u8::is_ascii_digit) && v[3] == 0)
    },
];

/// ASCII letters, and the blank that pads them.
trait GraphicOrSpace {
    fn is_ascii_graphic_or_space(&self) -> bool;
}

impl GraphicOrSpace for u8 {
    fn is_ascii_graphic_or_space(&self) -> bool {
        self.is_ascii_graphic() || *self == b' '
    }
}

fn is_png(start: &[u8]) -> bool {
    start.starts_with(b"\x89PNG\r\n\x1a\n") && slice(start, 8, 8) == Some(b"\0\0\0\x0dIHDR")
}

/// A native program, as far as its header tells.
pub(crate) fn is_elf(start: &[u8]) -> bool {
    let kind = u16(start, 16).zip(u16(start, 18));
    start.starts_with(b"\x7fELF")
        && matches!(start.get(4), Some(1 | 2))
        && matches!(start.get(5), Some(1 | 2))
        && kind
            .is_some_and(|(kind, machine)| (1..=4).contains(&kind) && (1..1000).contains(&machine))
}

/// Where the picture or sound ends that all of these bytes begin with, where that is told.
pub(crate) fn end_of(data: &[u8]) -> Option<usize> {
    if is_png(data) {
        return end_of_png(data);
    }
    let riff = data.starts_with(b"RIFF").then(|| u32(data, 4)).flatten()?;
    usize::try_from(riff).ok()?.checked_add(8).filter(|end| *end <= data.len())
}

fn end_of_png(data: &[u8]) -> Option<usize> {
    let mut at = 8;
    while let Some(header) = slice(data, at, 8) {
        let length = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
        at = at.checked_add(usize::try_from(length).ok()?)?.checked_add(12)?;
        if header.ends_with(b"IEND") {
            return (at <= data.len()).then_some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use unwatched_fixtures::noise;

    use super::*;

    #[test]
    fn a_mark_alone_makes_no_format() {
        for mark in [
            &b"PK\0\0"[..],
            b"\x89PNG\r\n\x1a\n",
            b"\x1f\x8b",
            b"RIFF",
            b"OggS",
            b"\x7fELF\x02\x01\x01",
            b"%PDF",
            b"wOFF",
            b"\x1a\x45\xdf\xa3",
        ] {
            let data = [mark.to_vec(), vec![0xf5; 200], noise(1, 2000)].concat();
            assert!(!is_known(&data, data.len() as u64), "{mark:?}");
        }
    }

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        for start in [
            &b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0"[..],
            b"\xff\xd8\xff\xe0\0\x10JFIF\0",
            b"RIFF\x24\0\0\0WEBPVP8 ",
            b"OggS\0\x02\0\0",
            b"\0\0\0\x18ftypmp42",
            b"pro\x00010\0",
            b"PK\x03\x04\x14\0\0\0\x08\0aaaaaaaaaaaaaaaa\x01\0\0\0a",
        ] {
            assert!(is_known(start, 100), "{start:?}");
        }
    }

    #[test]
    fn a_picture_ends_where_its_last_part_does() {
        let picture = b"\x89PNG\r\n\x1a\n\0\0\0\0IDATcccc\0\0\0\0IENDcccc";
        let behind = [&picture[..], b"more"].concat();
        assert_eq!(end_of_png(&behind), Some(picture.len()));
        assert_eq!(end_of_png(&picture[..30]), None);
    }
}
