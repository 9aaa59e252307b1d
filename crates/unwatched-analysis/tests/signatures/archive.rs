//! Unpacking an app and packing it again, to change what scheme 1 protects and what it does not.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The files of an app with their names.
pub(crate) fn unpacked(apk: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(apk)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut contents = Vec::new();
            file.read_to_end(&mut contents).unwrap();
            (file.name().unwrap().into_owned(), contents)
        })
        .collect()
}

/// An app of these files, without a signing block.
pub(crate) fn packed(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (index, (name, contents)) in files.iter().enumerate() {
        let method =
            if index % 2 == 0 { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        archive
            .start_file(name.as_str(), SimpleFileOptions::default().compression_method(method))
            .unwrap();
        archive.write_all(contents).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The app with its list of files changed.
pub(crate) fn repacked(apk: &[u8], change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> Vec<u8> {
    let mut files = unpacked(apk);
    change(&mut files);
    packed(&files)
}

/// The text of one file changed.
pub(crate) fn edited(apk: &[u8], name: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    repacked(apk, |files| {
        let file = files.iter_mut().find(|(known, _)| known == name).expect("the file is there");
        file.1 = change(String::from_utf8(file.1.clone()).unwrap()).into_bytes();
    })
}
