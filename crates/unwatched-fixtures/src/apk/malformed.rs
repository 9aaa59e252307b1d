//! Damage that needs to know the format: what a broken, odd or hostile app file looks like.
//!
//! Each function takes an app that was fine. For blind damage see [`crate::mutations`].

use super::ApkBuilder;
use super::archive::Entry;
use crate::bytes::{Bytes, as_u32};
use crate::dex::{DexBuilder, seal};

const MANIFEST: &str = "AndroidManifest.xml";

/// The file twice, the second time with other contents.
pub fn duplicate_entry(apk: &ApkBuilder, name: &str, other_contents: &[u8]) -> Vec<u8> {
    let mut entries = apk.entries();
    entries.push(Entry::new(name, other_contents.to_vec(), false));
    apk.build_from(entries)
}

/// A file whose CRC-32 is not that of its contents.
pub fn wrong_crc32(apk: &ApkBuilder, name: &str) -> Vec<u8> {
    with_entry(apk, name, |entry| entry.claimed_crc32 = Some(!crc32fast::hash(&entry.data)))
}

/// A file that claims another size than it inflates to.
pub fn wrong_size(apk: &ApkBuilder, name: &str, claimed_size: u32) -> Vec<u8> {
    with_entry(apk, name, |entry| entry.claimed_size = Some(claimed_size))
}

/// A file flagged as encrypted which is not: Android's tools ignore the flag, many readers give up.
pub fn claims_encryption(apk: &ApkBuilder, name: &str) -> Vec<u8> {
    with_entry(apk, name, |entry| entry.flags = 1)
}

/// A stored file with a compression method that nobody knows, which hostile apps use to stop readers.
pub fn unknown_compression(apk: &ApkBuilder, name: &str) -> Vec<u8> {
    with_entry(apk, name, |entry| {
        entry.deflated = false;
        entry.claimed_method = Some(0x2a2a);
    })
}

/// A file whose name leaves the folder it is unpacked to.
pub fn path_traversal(apk: &ApkBuilder) -> Vec<u8> {
    let mut entries = apk.entries();
    entries.push(Entry::new("../../../outside.txt", b"outside".to_vec(), false));
    apk.build_from(entries)
}

/// A ZIP, but no app.
pub fn without_manifest(apk: &ApkBuilder) -> Vec<u8> {
    let kept = apk.entries().into_iter().filter(|entry| entry.name != MANIFEST).collect();
    apk.build_from(kept)
}

/// The manifest cut off after so many bytes, in an archive that is otherwise whole.
pub fn truncated_manifest(apk: &ApkBuilder, keep_bytes: usize) -> Vec<u8> {
    with_entry(apk, MANIFEST, |entry| entry.data.truncate(keep_bytes))
}

/// A manifest whose string pool claims to hold four thousand million strings.
pub fn absurd_string_count(apk: &ApkBuilder) -> Vec<u8> {
    const STRING_COUNT_AT: usize = 8 + 8;
    with_entry(apk, MANIFEST, |entry| {
        entry.data[STRING_COUNT_AT..STRING_COUNT_AT + 4].fill(0xff);
    })
}

/// A manifest whose `application` element is nested in itself `depth` times and never closed.
pub fn deep_manifest(apk: &ApkBuilder, depth: usize) -> Vec<u8> {
    const START_ELEMENT: u32 = 0x0010_0102;
    with_entry(apk, MANIFEST, |entry| {
        let data = &entry.data;
        let word = |at: usize| u32::from_le_bytes(data[at..at + 4].try_into().expect("four bytes"));
        let mut starts = Vec::new();
        let mut at = 8;
        while at < data.len() {
            let size = word(at + 4) as usize;
            if word(at) == START_ELEMENT {
                starts.push(at..at + size);
            }
            at += size;
        }
        let repeated = starts.last().expect("a manifest has elements").clone();
        let mut deep = Bytes(data[..repeated.start].to_vec());
        for _ in 0..depth {
            deep.put(&data[repeated.clone()]);
        }
        let size = as_u32(deep.position());
        deep.patch_u32(4, size);
        entry.data = deep.0;
    })
}

/// The app's file cut off after so many bytes.
pub fn truncated(apk: &ApkBuilder, keep_bytes: usize) -> Vec<u8> {
    let mut bytes = apk.build();
    bytes.truncate(keep_bytes);
    bytes
}

/// A DEX in front of the ZIP (the "Janus" trick): one file that is both. The directory's offsets
/// count from the ZIP's own beginning, as a careless joining leaves them.
pub fn dex_before_zip(apk: &ApkBuilder, dex: &DexBuilder) -> Vec<u8> {
    [dex.build(), apk.build()].concat()
}

/// One byte of a file changed after signing, its CRC-32 made right again: only the signature tells.
pub fn changed_after_signing(apk: &ApkBuilder) -> Vec<u8> {
    let mut bytes = apk.build();
    let change = b"UNWATCHED-CHANGED-HERE";
    let at = find(&bytes, change).expect("`with_changeable_file` was used");
    let end = at + change.len();
    let old = crc32fast::hash(&bytes[at..end]);
    bytes[at] ^= 0x20;
    let new = crc32fast::hash(&bytes[at..end]);
    while let Some(field) = find(&bytes, &old.to_le_bytes()) {
        bytes[field..field + 4].copy_from_slice(&new.to_le_bytes());
    }
    bytes
}

/// The app with a file that [`changed_after_signing`] can change.
pub fn with_changeable_file(apk: ApkBuilder) -> ApkBuilder {
    apk.stored_file("assets/note.txt", *b"UNWATCHED-CHANGED-HERE")
}

/// An app with a file of zeros that inflates a thousandfold, to `inflated_mib` MiB.
pub fn bomb(apk: &ApkBuilder, inflated_mib: usize) -> Vec<u8> {
    let mut entries = apk.entries();
    entries.push(Entry::new("assets/data.bin", vec![0; inflated_mib << 20], true));
    apk.build_from(entries)
}

/// A DEX in which every class claims the methods of the first that has some: a reader that believes
/// it does the same work over and over.
pub fn overlapping_class_data(dex: &DexBuilder) -> Vec<u8> {
    const CLASS_DEFS_SIZE_AT: usize = 0x60;
    let mut bytes = dex.build();
    let word = |bytes: &[u8], at: usize| {
        u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize
    };
    let count = word(&bytes, CLASS_DEFS_SIZE_AT);
    let first = word(&bytes, CLASS_DEFS_SIZE_AT + 4);
    let fields: Vec<usize> = (0..count).map(|class| first + 32 * class + 24).collect();
    let mut claimed: Vec<usize> = fields.iter().map(|at| word(&bytes, *at)).collect();
    claimed.sort_unstable();
    let shared = claimed.into_iter().find(|at| *at != 0).expect("a class has methods");
    for at in fields {
        bytes[at..at + 4].copy_from_slice(&as_u32(shared).to_le_bytes());
    }
    seal(Bytes(bytes))
}

fn with_entry(apk: &ApkBuilder, name: &str, change: impl FnOnce(&mut Entry)) -> Vec<u8> {
    let mut entries = apk.entries();
    let entry = entries.iter_mut().find(|entry| entry.name == name);
    change(entry.unwrap_or_else(|| panic!("the app holds no {name}")));
    apk.build_from(entries)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;
    use crate::dex::INERT_METHOD;

    fn app() -> ApkBuilder {
        let dex = DexBuilder::new().string("text").call(
            "Lcom/example/Main;",
            "Ljava/io/File;",
            "delete",
            "()Z",
        );
        ApkBuilder::new("com.example.plain").label("Plain").dex(&dex)
    }

    fn read(apk: &[u8], name: &str) -> Result<Vec<u8>, String> {
        let mut zip = zip::ZipArchive::new(Cursor::new(apk)).map_err(|error| error.to_string())?;
        let mut file = zip.by_name(name).map_err(|error| error.to_string())?;
        let mut contents = Vec::new();
        file.read_to_end(&mut contents).map_err(|error| error.to_string())?;
        Ok(contents)
    }

    #[test]
    fn a_strict_reader_notices_the_damage() {
        let good = app().build();
        assert!(read(&good, "classes.dex").is_ok());
        let damaged = [
            wrong_crc32(&app(), "classes.dex"),
            claims_encryption(&app(), "classes.dex"),
            unknown_compression(&app(), "classes.dex"),
            truncated(&app(), good.len() / 2),
        ];
        for (index, bytes) in damaged.iter().enumerate() {
            assert!(read(bytes, "classes.dex").is_err(), "damage {index} went unseen");
        }
        assert!(read(&without_manifest(&app()), MANIFEST).is_err());
    }

    #[test]
    fn a_changed_file_keeps_its_crc32() {
        let apk = with_changeable_file(app());
        let changed = changed_after_signing(&apk);
        assert_ne!(changed, apk.build());
        assert_eq!(read(&changed, "assets/note.txt").unwrap(), b"uNWATCHED-CHANGED-HERE");
    }

    #[test]
    fn a_bomb_is_small() {
        assert!(bomb(&app(), 16).len() < 64 << 10);
    }

    #[test]
    fn a_deep_manifest_is_as_deep_as_asked() {
        let plain = app().manifest().len();
        let deep = read(&deep_manifest(&app(), 5000), MANIFEST).unwrap();
        assert!(deep.len() > plain + 4000 * 36);
    }

    #[test]
    fn overlapping_classes_share_their_methods() {
        let dex = (0..50).fold(DexBuilder::new(), |dex, n| {
            dex.call(&format!("Lcom/example/C{n};"), "Ljava/io/File;", "delete", "()Z")
        });
        let bytes = overlapping_class_data(&dex);
        assert_eq!(bytes.len(), dex.build().len());
        assert_ne!(bytes, dex.build());
        assert!(find(&bytes, INERT_METHOD.0.as_bytes()).is_some());
    }
}
