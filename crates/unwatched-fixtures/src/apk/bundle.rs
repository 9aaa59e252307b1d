//! A file that holds several: an app in pieces as stores hand it out, or any ZIP.

use super::archive::{self, Entry};

/// A ZIP with these files, stored; it is signed by nobody.
pub fn bundle(files: &[(&str, &[u8])]) -> Vec<u8> {
    let entries: Vec<Entry> =
        files.iter().map(|(name, data)| Entry::new(name, data.to_vec(), false)).collect();
    archive::write(&entries).bytes
}
