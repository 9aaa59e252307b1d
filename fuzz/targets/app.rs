//! Analysing an app's bytes, and archives with one chosen file in them.

use std::io::{Cursor, Write as _};

use unwatched_analysis::{Limits, analyze};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

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
