//! `Accept-Encoding`: which coding an asker takes best, and packing with it.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// How bytes are packed on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Not at all.
    Identity,
    /// Brotli.
    Brotli,
    /// Zstandard.
    Zstd,
    /// Gzip.
    Gzip,
}

/// Once per file and release: worth some effort, not all of it.
const BROTLI_QUALITY: i32 = 6;
const BROTLI_WINDOW: i32 = 22;
const ZSTD_LEVEL: i32 = 9;

impl Coding {
    /// All of them; of two that are as welcome, the earlier packed one is taken.
    pub(super) const ALL: [Self; 4] = [Self::Identity, Self::Brotli, Self::Zstd, Self::Gzip];

    /// Its word in headers; none for plain bytes.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
            Self::Gzip => Some("gzip"),
        }
    }

    /// The one that an `Accept-Encoding` likes best. Plain bytes where it takes none of ours.
    pub(super) fn best(header: &str) -> Self {
        let mut best = (Self::Identity, 0);
        for coding in [Self::Brotli, Self::Zstd, Self::Gzip] {
            let weight = coding.word().map_or(0, |word| weight_of(header, word));
            if weight > best.1 {
                best = (coding, weight);
            }
        }
        // Plain bytes are taken unless refused, but liked better only where that is said.
        if explicit(header, "identity").is_some_and(|weight| weight > best.1) {
            return Self::Identity;
        }
        best.0
    }

    /// The bytes, packed.
    pub(super) fn pack(self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(bytes.to_vec()),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(bytes)?;
                encoder.finish()
            }
            Self::Zstd => zstd::bulk::compress(bytes, ZSTD_LEVEL),
            Self::Brotli => {
                let parameters = brotli::enc::BrotliEncoderParams {
                    quality: BROTLI_QUALITY,
                    lgwin: BROTLI_WINDOW,
                    size_hint: bytes.len(),
                    ..brotli::enc::BrotliEncoderParams::default()
                };
                let mut packed = Vec::new();
                brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters)?;
                Ok(packed)
            }
        }
    }
}

/// How welcome a coding is, in thousandths.
fn weight_of(header: &str, word: &str) -> u32 {
    explicit(header, word).or_else(|| explicit(header, "*")).unwrap_or(0)
}

fn explicit(header: &str, word: &str) -> Option<u32> {
    header.split(',').find_map(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next()?;
        let is_it = named.eq_ignore_ascii_case(word)
            || word == "gzip" && named.eq_ignore_ascii_case("x-gzip");
        if !is_it {
            return None;
        }
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        Some(weight.map_or(1_000, thousandths))
    })
}

/// `0.5` as 500; nonsense as 0.
fn thousandths(text: &str) -> u32 {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit());
    match (whole, digits) {
        ("1", true) => 1_000,
        ("0", true) => format!("{rest:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_coding_is_taken() {
        for (header, expected) in [
            ("", Coding::Identity),
            ("gzip", Coding::Gzip),
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip, zstd", Coding::Zstd),
            ("gzip;q=1.0, br;q=0.5", Coding::Gzip),
            ("br;q=0, gzip;q=0.001", Coding::Gzip),
            ("*", Coding::Brotli),
            ("*;q=0", Coding::Identity),
            ("identity;q=1, gzip;q=0.5", Coding::Identity),
            ("identity, gzip", Coding::Gzip),
            ("deflate", Coding::Identity),
            ("GZIP;Q=0.8", Coding::Gzip),
            ("br;q=nonsense, gzip", Coding::Gzip),
        ] {
            assert_eq!(Coding::best(header), expected, "{header}");
        }
    }
}
