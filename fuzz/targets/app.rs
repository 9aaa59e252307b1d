//! Analysing an app's bytes, and archives with one chosen file in them.

use std::io::{Cursor, Write as _};

use unwatched_analysis::{Limits, analyze};
use unwatched_fixtures::apk::ApkBuilder;
use unwatched_fixtures::axml::Element;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The magic and both of its sizes.
const BLOCK_FRAME_BYTES: usize = 32;
/// The place of the directory, in the record that ends a ZIP without a comment.
const DIRECTORY_FIELD: usize = 6;

const MANIFEST: &str = "AndroidManifest.xml";

/// Analyses; what comes out is a report whatever went in.
pub(crate) fn analyse(bytes: &[u8]) {
    let report = analyze(None, bytes, &Limits::default());
    assert_eq!(report.size_bytes, bytes.len() as u64);
}

/// An archive with this one file in it.
#[allow(dead_code, reason = "the target of whole apps brings its own archive")]
pub(crate) fn holding(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    // What has no manifest is no app, and its code would not be read.
    if name != MANIFEST {
        archive.start_file(MANIFEST, stored).expect("the first name is new");
    }
    archive.start_file(name, stored).expect("the second is another one");
    archive.write_all(bytes).expect("memory takes every byte");
    archive.finish().expect("memory takes every byte").into_inner()
}

/// An app whose manifest and resources name this as the picture beside its name.
#[allow(dead_code, reason = "for one of the targets")]
pub(crate) fn with_icon(bytes: &[u8]) -> Vec<u8> {
    /// Where the builder puts the first file.
    const ICON: &str = "res/xml/config_0.xml";
    let app = ApkBuilder::new("com.example.icon").icon(Element::new("vector")).build();
    let mut app = ZipArchive::new(Cursor::new(app)).expect("a built app is an archive");
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..app.len() {
        let file = app.by_index_raw(index).expect("as many files as there are");
        if file.name().is_ok_and(|name| name != ICON) {
            archive.raw_copy_file(file).expect("memory takes every byte");
        }
    }
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    archive.start_file(ICON, stored).expect("it was left out above");
    archive.write_all(bytes).expect("memory takes every byte");
    archive.finish().expect("memory takes every byte").into_inner()
}

/// An archive with these pairs in its signing block, whose frame is in order.
#[allow(dead_code, reason = "for one of the targets")]
pub(crate) fn with_signing_block(pairs: &[u8]) -> Vec<u8> {
    let archive = holding("classes.dex", b"");
    let field = archive.len() - DIRECTORY_FIELD;
    let place: [u8; 4] = archive[field..field + 4].try_into().expect("four bytes");
    let directory = u32::from_le_bytes(place) as usize;
    let size = ((pairs.len() + BLOCK_FRAME_BYTES - 8) as u64).to_le_bytes();
    let block = [&size, pairs, &size, b"APK Sig Block 42"].concat();
    let mut whole = [&archive[..directory], &block, &archive[directory..]].concat();
    let moved = u32::try_from(directory + block.len()).expect("an input is short");
    let field = field + block.len();
    whole[field..field + 4].copy_from_slice(&moved.to_le_bytes());
    whole
}
