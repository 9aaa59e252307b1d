//! `unwatched.hsb` (SHA-256) and `unwatched.hdb` (MD5, where it is known and may be told): files of
//! apps, as ClamAV reads them.
//!
//! What is not stalkerware stands in files of its own (`.hsu`, `.hdu`), which a scanner loads only
//! when it is asked for potentially unwanted programs. None of the files is ever empty: ClamAV calls
//! that malformed.

use std::fmt::Write as _;

use unwatched_model::class::Class;
use unwatched_model::indicator::IndicatorKind;

use super::{Feed, FeedRow};

/// SHA-256 of stalkerware.
pub const SHA256_FILE_NAME: &str = "unwatched.hsb";
/// MD5 of stalkerware.
pub const MD5_FILE_NAME: &str = "unwatched.hdb";
/// SHA-256 of what is not stalkerware.
pub const UNWANTED_SHA256_FILE_NAME: &str = "unwatched.hsu";
/// MD5 of what is not stalkerware.
pub const UNWANTED_MD5_FILE_NAME: &str = "unwatched.hdu";

/// From which level of functions on ClamAV takes a hash of a file of unknown size.
const ANY_SIZE: u32 = 73;

/// `unwatched.hsb`.
pub fn sha256_signatures(feed: &Feed<'_>) -> Vec<u8> {
    signatures(feed, is_stalkerware, |row| Some(row.value.to_owned()))
}

/// `unwatched.hdb`.
pub fn md5_signatures(feed: &Feed<'_>) -> Vec<u8> {
    signatures(feed, is_stalkerware, |row| feed.md5.get(row.value).map(ToString::to_string))
}

/// `unwatched.hsu`.
pub fn unwanted_sha256_signatures(feed: &Feed<'_>) -> Vec<u8> {
    signatures(feed, |class| !is_stalkerware(class), |row| Some(row.value.to_owned()))
}

/// `unwatched.hdu`.
pub fn unwanted_md5_signatures(feed: &Feed<'_>) -> Vec<u8> {
    let md5 = |row: &FeedRow<'_>| feed.md5.get(row.value).map(ToString::to_string);
    signatures(feed, |class| !is_stalkerware(class), md5)
}

fn is_stalkerware(class: Class) -> bool {
    class == Class::Stalkerware
}

fn signatures(
    feed: &Feed<'_>,
    of_class: impl Fn(Class) -> bool,
    hash: impl Fn(&FeedRow<'_>) -> Option<String>,
) -> Vec<u8> {
    let mut text = String::new();
    for line in feed.notice_lines() {
        let _ = writeln!(text, "# {line}");
    }
    let files = feed.rows.iter().filter(|row| row.kind == IndicatorKind::FileSha256);
    for row in files.filter(|row| of_class(feed.family_of(row).class)) {
        let Some(hash) = hash(row) else { continue };
        let (id, sources) = (row.id, row.sources.join(", "));
        let _ = writeln!(
            text,
            "{}",
            super::printable(&format!("# {id}, TLP:{}, from {sources}", row.tlp))
        );
        let _ = writeln!(text, "{hash}:*:{}:{ANY_SIZE}", name(feed, row));
    }
    text.into_bytes()
}

/// Such as `Unwatched.Stalkerware.watch-alpha.sample`; the scanner adds `.UNOFFICIAL`.
fn name(feed: &Feed<'_>, row: &FeedRow<'_>) -> String {
    let family = feed.family_of(row);
    let class = match family.class {
        Class::Stalkerware => "Unwatched.Stalkerware",
        Class::Watchware => "PUA.Unwatched.Watchware",
        Class::DualUse => "PUA.Unwatched.DualUse",
        Class::Disputed | Class::Undecided => "PUA.Unwatched.Disputed",
    };
    format!("{class}.{}.{}", family.family.id, row.role)
}
