//! What other readers find in the apps built here: a ZIP, a manifest, the same bytes every time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Read};
use std::path::Path;

use sha2::{Digest, Sha256};
use unwatched_fixtures::apk::{ApkBuilder, Component, IntentFilter, gallery, malformed};
use unwatched_fixtures::axml::StringEncoding;
use unwatched_fixtures::dex::DexBuilder;

fn files(apk: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(apk)).expect("a ZIP");
    let mut files = BTreeMap::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).expect("an entry");
        let mut contents = Vec::new();
        // Reading to the end checks the CRC-32.
        file.read_to_end(&mut contents).expect("contents as announced");
        files.insert(file.name().expect("a name").into_owned(), contents);
    }
    files
}

fn example_app() -> ApkBuilder {
    let boot = IntentFilter::action("android.intent.action.BOOT_COMPLETED").priority(999);
    ApkBuilder::new("com.example.roundtrip")
        .label("Zwölf Boxkämpfer 🥊")
        .version(12, "1.2-beta")
        .android_permissions(&["READ_SMS", "CAMERA"])
        .component(Component::activity(".Main").launcher().exclude_from_recents())
        .component(Component::receiver(".Boot").filter(boot))
        .meta_data("isMonitoringTool", "child_monitoring")
        .stored_file("assets/odd.bin", *b"abc")
        .stored_file("assets/other.bin", *b"defgh")
        .file("assets/text.txt", "text ".repeat(100))
        .dex(&DexBuilder::new().string("one"))
        .dex(&DexBuilder::new().string("two"))
}

#[test]
fn a_zip_reader_finds_every_file_whole() {
    let files = files(&example_app().build());
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let expected = [
        "AndroidManifest.xml",
        "assets/odd.bin",
        "assets/other.bin",
        "assets/text.txt",
        "classes.dex",
        "classes2.dex",
    ];
    assert_eq!(names, expected);
    assert_eq!(files["assets/odd.bin"], b"abc");
    assert_eq!(files["assets/text.txt"], "text ".repeat(100).as_bytes());
}

#[test]
fn stored_files_are_aligned_as_android_asks() {
    let apk = gallery::unknown_stalkerware_like(1).builder().clone().stored().build();
    let mut zip = zip::ZipArchive::new(Cursor::new(&apk)).unwrap();
    for index in 0..zip.len() {
        let file = zip.by_index(index).unwrap();
        assert_eq!(file.data_start().unwrap() % 4, 0, "{:?}", file.name());
    }
}

/// The strings of the pool that a binary XML file begins with.
fn string_pool(xml: &[u8]) -> Vec<String> {
    let word = |at: usize| u32::from_le_bytes(xml[at..at + 4].try_into().unwrap()) as usize;
    let (count, utf8, start) = (word(16), word(24) & 0x100 != 0, 8 + word(28));
    let one = |index: usize| {
        let at = start + word(36 + 4 * index);
        if utf8 {
            let length = usize::from(xml[at + 1]);
            assert!(xml[at] < 0x80 && length < 0x80, "short strings only");
            String::from_utf8(xml[at + 2..at + 2 + length].to_vec()).unwrap()
        } else {
            let length = usize::from(u16::from_le_bytes([xml[at], xml[at + 1]]));
            let units: Vec<u16> = xml[at + 2..at + 2 + 2 * length]
                .chunks(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16(&units).unwrap()
        }
    };
    (0..count).map(one).collect()
}

#[test]
fn the_manifest_says_what_the_builder_was_told() {
    for encoding in [StringEncoding::Utf16, StringEncoding::Utf8] {
        let manifest = example_app().manifest_strings(encoding).manifest();
        let strings = string_pool(&manifest);
        for expected in [
            "com.example.roundtrip",
            "Zwölf Boxkämpfer 🥊",
            "1.2-beta",
            "android.permission.READ_SMS",
            "android.intent.category.LAUNCHER",
            "excludeFromRecents",
            "priority",
            ".Boot",
            "child_monitoring",
        ] {
            assert!(strings.iter().any(|one| one == expected), "{encoding:?} lacks {expected}");
        }
        check_resource_map(&manifest, &strings);
    }
}

/// The first strings are attribute names, each with the platform's id at the same index of the map.
fn check_resource_map(manifest: &[u8], strings: &[String]) {
    let word = |at: usize| u32::from_le_bytes(manifest[at..at + 4].try_into().unwrap());
    let map = 8 + word(12) as usize;
    assert_eq!(word(map) & 0xffff, 0x0180);
    let ids: Vec<u32> =
        (0..(word(map + 4) as usize - 8) / 4).map(|n| word(map + 8 + 4 * n)).collect();
    assert!(ids.is_sorted());
    for (id, name) in ids.iter().zip(strings) {
        assert_eq!(unwatched_fixtures::axml::attribute_id(name), Some(*id), "{name}");
    }
    let name = strings.iter().position(|one| one == "name").unwrap();
    assert_eq!(ids[name], 0x0101_0003);
}

#[test]
fn a_seed_gives_the_same_app_and_another_seed_another() {
    let (one, again, other) = (
        gallery::unknown_stalkerware_like(1),
        gallery::unknown_stalkerware_like(1),
        gallery::unknown_stalkerware_like(2),
    );
    assert_eq!(one.bytes(), again.bytes());
    assert_ne!(one.package, other.package);
    assert_ne!(one.certificate_sha256(), other.certificate_sha256());
    assert_ne!(one.hosts, other.hosts);
}

/// Published figures and demo texts name these files by digest: a change must be meant.
#[test]
fn the_gallery_keeps_its_bytes() {
    let mut actual = String::new();
    for app in gallery::all(1) {
        let file = Sha256::digest(app.bytes());
        writeln!(actual, "{} {} {}", app.name, hex::encode(file), app.certificate_sha1()).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/gallery.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "run with UPDATE_EXPECT=1 if the change is meant");
}

#[test]
fn a_damaged_manifest_leaves_the_rest_of_the_archive_whole() {
    let app = example_app();
    let files_of = |apk: Vec<u8>| files(&apk);
    let cut = files_of(malformed::truncated_manifest(&app, 100));
    assert_eq!(cut["AndroidManifest.xml"].len(), 100);
    let whole = files_of(app.build());
    let absurd = files_of(malformed::absurd_string_count(&app));
    assert_eq!(absurd["AndroidManifest.xml"].len(), whole["AndroidManifest.xml"].len());
    for damaged in [cut, absurd] {
        assert_ne!(damaged["AndroidManifest.xml"], whole["AndroidManifest.xml"]);
        assert_eq!(damaged["classes.dex"], whole["classes.dex"]);
    }
}
