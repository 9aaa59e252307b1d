//! What is written so that it does not look like what it is: percent signs and base 64.
//!
//! Only what names somebody is looked for in it: an address that a program hides is for an analyst
//! to read, and stays.

use std::borrow::Cow;

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine as _};
use percent_encoding::percent_decode_str;

use super::words::{NAME_KEYS, holds};
use super::{Found, Masked, text};

/// Nine letters: no telephone number and no e-mail address is shorter.
const SHORTEST: usize = 12;
/// No e-mail address in base 64 is longer, by far.
const LONGEST: usize = 1000;

const ANY_PADDING: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING);
const FOR_URLS: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, ANY_PADDING);

/// A value of a URL as it was meant.
pub(super) fn plain(value: &str) -> Cow<'_, str> {
    if !value.contains(['%', '+']) {
        return Cow::Borrowed(value);
    }
    let spaced = value.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

/// Whom a text in base 64 names, if it is one and names somebody.
pub(super) fn named_in(text: &str) -> Option<Masked> {
    let letters = text.trim_end_matches('=');
    if !(SHORTEST..=LONGEST).contains(&letters.len()) || !begins_as_text(letters) {
        return None;
    }
    [&STANDARD, &FOR_URLS]
        .into_iter()
        .filter_map(|engine| String::from_utf8(engine.decode(letters).ok()?).ok())
        .filter(|decoded| !decoded.contains(|c: char| c.is_control() && !c.is_whitespace()))
        .find_map(|decoded| text::named_in(&decoded).or_else(|| written_name(&decoded)))
}

/// Whom `"name":"Jane Doe"` names: a key of names, and what stands behind it.
fn written_name(text: &str) -> Option<Masked> {
    let mut parts = text.split('"').skip(1).step_by(2).peekable();
    while let Some(key) = parts.next() {
        let bare: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
        let is_name = |value: &&str| {
            let is_written = value.chars().all(|c| c.is_alphabetic() || " .'-".contains(c));
            is_written && value.starts_with(char::is_uppercase)
        };
        if holds(NAME_KEYS, &bare) && parts.peek().is_some_and(is_name) {
            return Some(Masked::Name);
        }
    }
    None
}

/// Whether the first, fourth and seventh byte would be letters of ASCII; those of most words that
/// are no base 64 are not.
fn begins_as_text(letters: &str) -> bool {
    letters.bytes().step_by(4).take(3).all(|letter| matches!(letter, b'I'..=b'Z' | b'a'..=b'f'))
}

/// The text with every run of base 64 that names somebody replaced; `None` when there is none.
pub(super) fn mask_runs(text: &str, found: &mut Found) -> Option<String> {
    let mut out = String::new();
    let mut kept = 0;
    let mut replace = |from: usize, run: &str, kind: Masked| {
        found.add(kind, run);
        out.push_str(&text[kept..from]);
        out.push_str(kind.placeholder());
        kept = from + run.len();
    };
    for (from, run) in runs(text, |byte| is_digit(byte) || byte == b'/') {
        if let Some(kind) = named_in(run) {
            replace(from, run, kind);
            continue;
        }
        // A slash is a digit of base 64, and parts what stands in a path.
        for (at, part) in runs(run, is_digit).filter(|(_, part)| part.len() < run.len()) {
            if let Some(kind) = named_in(part) {
                replace(from + at, part, kind);
            }
        }
    }
    (kept > 0).then(|| out + &text[kept..])
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'_')
}

/// The longest runs of such bytes, with the padding behind them, and where each begins.
fn runs(text: &str, is_of_run: impl Fn(u8) -> bool) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let from = at + bytes[at..].iter().position(|byte| is_of_run(*byte))?;
        let ends = |from: usize, of: &dyn Fn(u8) -> bool| {
            bytes[from..].iter().position(|byte| !of(*byte)).map_or(bytes.len(), |end| from + end)
        };
        at = ends(ends(from, &is_of_run), &|byte| byte == b'=');
        Some((from, &text[from..at]))
    })
    .filter(|(_, run)| run.len() >= SHORTEST)
}
