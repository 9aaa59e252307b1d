//! A picture's look: whether anything of it can be seen, and a digest by which pictures that look
//! alike are found. PNG and WebP; larger ones than an icon are not opened.

use std::io::Cursor;

/// An icon is at most so wide and high.
const MAX_SIDE: usize = 1024;
/// What is fainter than this cannot be seen.
const FAINT: u8 = 12;
/// The digest compares the brightness of neighbours in a grid of so many columns and rows.
const COLUMNS: usize = 9;
const ROWS: usize = 8;

/// What is known of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) invisible: bool,
    /// A difference hash of 64 bits; without one where all of it is alike.
    pub(crate) digest: Option<u64>,
}

/// Looks at a picture; `None` where it is none that can be opened.
pub(crate) fn look(data: &[u8]) -> Option<Look> {
    let picture = if data.starts_with(b"\x89PNG") { open_png(data)? } else { open_webp(data)? };
    Some(picture.look())
}

/// Red, green, blue and opacity of each point.
struct Picture {
    width: usize,
    height: usize,
    points: Vec<[u8; 4]>,
}

fn open_png(data: &[u8]) -> Option<Picture> {
    let limits = png::Limits { bytes: 4 * MAX_SIDE * MAX_SIDE * 2 };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(data), limits);
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    if width > MAX_SIDE || height > MAX_SIDE {
        return None;
    }
    let mut raw = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut raw).ok()?;
    let samples = frame.color_type.samples();
    let points = raw[..frame.buffer_size()]
        .chunks_exact(samples)
        .map(|point| match *point {
            [grey] => [grey, grey, grey, 255],
            [grey, opacity] => [grey, grey, grey, opacity],
            [red, green, blue] => [red, green, blue, 255],
            [red, green, blue, opacity, ..] => [red, green, blue, opacity],
            [] => [0; 4],
        })
        .collect();
    Some(Picture { width, height, points })
}

fn open_webp(data: &[u8]) -> Option<Picture> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(data)).ok()?;
    decoder.set_memory_limit(4 * MAX_SIDE * MAX_SIDE * 2);
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    if width > MAX_SIDE || height > MAX_SIDE {
        return None;
    }
    let mut raw = vec![0; decoder.output_buffer_size()?];
    decoder.read_image(&mut raw).ok()?;
    let samples = if decoder.has_alpha() { 4 } else { 3 };
    let points = raw
        .chunks_exact(samples)
        .map(|point| [point[0], point[1], point[2], point.get(3).copied().unwrap_or(255)])
        .collect();
    Some(Picture { width, height, points })
}

impl Picture {
    fn look(&self) -> Look {
        let invisible = self.points.iter().all(|point| point[3] < FAINT);
        if invisible || self.width == 0 || self.height == 0 {
            return Look { invisible: true, digest: None };
        }
        let cells: Vec<Vec<u32>> = (0..ROWS)
            .map(|row| (0..COLUMNS).map(|column| self.brightness(column, row)).collect())
            .collect();
        let pairs = cells.iter().flat_map(|row| row.windows(2).map(|pair| pair[0] > pair[1]));
        let digest = pairs.fold(0u64, |bits, brighter| bits << 1 | u64::from(brighter));
        let even = cells.iter().flatten().all(|cell| *cell == cells[0][0]);
        Look { invisible: false, digest: (!even).then_some(digest) }
    }

    /// The mean brightness of a cell of the grid, as seen on white.
    fn brightness(&self, column: usize, row: usize) -> u32 {
        let span = |place: usize, places: usize, side: usize| {
            let from = place * side / places;
            from..((place + 1) * side / places).max(from + 1).min(side)
        };
        let (mut sum, mut count) = (0u32, 0u32);
        for y in span(row, ROWS, self.height) {
            for x in span(column, COLUMNS, self.width) {
                let Some([red, green, blue, opacity]) = self.points.get(y * self.width + x) else {
                    continue;
                };
                let [red, green, blue, opacity] =
                    [red, green, blue, opacity].map(|v| u32::from(*v));
                let bright = (red * 299 + green * 587 + blue * 114) / 1000;
                sum += (bright * opacity + 255 * (255 - opacity)) / 255;
                count += 1;
            }
        }
        sum.checked_div(count).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(side: u32, point: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, side, side);
        encoder.set_color(png::ColorType::Rgba);
        let mut writer = encoder.write_header().unwrap();
        let points: Vec<u8> = (0..side)
            .flat_map(|y| (0..side).map(move |x| (x, y)))
            .flat_map(|(x, y)| point(x, y))
            .collect();
        writer.write_image_data(&points).unwrap();
        writer.finish().unwrap();
        out
    }

    #[test]
    fn what_cannot_be_seen_is_told() {
        let empty = look(&png_of(48, |_, _| [255, 0, 0, 0])).unwrap();
        assert_eq!(empty, Look { invisible: true, digest: None });
        let faint = look(&png_of(48, |_, _| [0, 0, 0, 3])).unwrap();
        assert!(faint.invisible);
        let plain = look(&png_of(48, |_, _| [0, 0, 0, 255])).unwrap();
        assert_eq!(plain, Look { invisible: false, digest: None });
    }

    #[test]
    fn the_same_picture_in_another_size_looks_alike() {
        let shade = |x: u32, y: u32, side: u32| {
            let value = u8::try_from(((x * 7 / side) * 31 + (y * 5 / side) * 67) % 256).unwrap();
            [value, value / 2, 255 - value, 255]
        };
        let small = look(&png_of(48, |x, y| shade(x, y, 48))).unwrap().digest.unwrap();
        let large = look(&png_of(192, |x, y| shade(x, y, 192))).unwrap().digest.unwrap();
        assert!((small ^ large).count_ones() <= 8, "{small:016x} {large:016x}");
        let board = |x: u32, y: u32| {
            if (x / 5 + y / 6).is_multiple_of(2) { [0, 0, 0, 255] } else { [255; 4] }
        };
        let other = look(&png_of(48, board)).unwrap().digest.unwrap();
        assert!((small ^ other).count_ones() > 10);
    }

    /// A header that claims much, with little behind it.
    #[test]
    fn a_picture_that_unpacks_to_very_much_is_not_unpacked() {
        let mut large = png_of(64, |_, _| [0, 0, 0, 255]);
        for (width, height) in [(u32::MAX >> 1, u32::MAX >> 1), (1 << 20, 1), (1025, 1024)] {
            large[16..20].copy_from_slice(&width.to_be_bytes());
            large[20..24].copy_from_slice(&height.to_be_bytes());
            let sum = crc(&large[12..29]);
            large[29..33].copy_from_slice(&sum.to_be_bytes());
            assert_eq!(look(&large), None, "{width} x {height}");
        }
        // The longest that a lossless WebP can claim: 16384 points to each side.
        let mut webp = b"RIFF\x1e\0\0\0WEBPVP8L\x12\0\0\0\x2f".to_vec();
        webp.extend([0xff; 4]);
        webp.extend([0; 13]);
        assert_eq!(look(&webp), None);
    }

    /// The checksum of a PNG's chunk.
    fn crc(data: &[u8]) -> u32 {
        let bits = |byte: u32| {
            (0..8).fold(byte, |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ sum >> 1 } else { sum >> 1 })
        };
        let fold = |sum: u32, byte: &u8| bits((sum ^ u32::from(*byte)) & 0xff) ^ sum >> 8;
        !data.iter().fold(u32::MAX, fold)
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_not_opened() {
        assert_eq!(look(b"\x89PNG\r\n\x1a\n and no more"), None);
        assert_eq!(look(b"RIFF....WEBP"), None);
        assert_eq!(look(&png_of(1100, |_, _| [0, 0, 0, 255])), None);
    }
}
