//! More than one acquisition at a path: refused, and each can be named. Archives of other kinds,
//! and what comes from an iPhone, are said to be what they are.

use std::fs;
use std::path::Path;

use unwatched_acquire::{OpenError, open};
use unwatched_device::evidence::EvidenceKind;
use unwatched_fixtures::phone::{PhoneBuilder, ordinary, unlisted_watcher};

use super::{check_path, zip_of};

const OMEGA: &str = "com.quiet.omega";

fn watched() -> PhoneBuilder {
    ordinary().app(unlisted_watcher(OMEGA))
}

/// The files of an acquisition, below a folder.
fn below(folder: &str, files: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    files.into_iter().map(|(name, bytes)| (format!("{folder}/{name}"), bytes)).collect()
}

fn packed(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let files: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    zip_of(&files)
}

fn tar_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, format!("./{name}"), &bytes[..]).unwrap();
    }
    tar.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, bytes).unwrap();
    packed.finish().unwrap()
}

fn refusal(path: &Path) -> OpenError {
    open(path).err().expect("it is refused")
}

fn holds_the_watcher(path: &Path) -> bool {
    let result = check_path(path, None);
    assert_eq!(result.device.os_version.as_deref(), Some("14"), "{}", path.display());
    result.findings.iter().any(|finding| finding.subject.name() == OMEGA)
}

fn both_can_be_named(path: &Path, watched: &str, ordinary: &str) {
    let error = refusal(path);
    assert!(matches!(&error, OpenError::Several { inside, .. } if inside.len() == 2), "{error}");
    let said = error.to_string();
    assert!(said.contains(watched) && said.contains(ordinary), "{said}");
    assert!(holds_the_watcher(&path.join(watched)), "{}", path.display());
    assert!(!holds_the_watcher(&path.join(ordinary)), "{}", path.display());
}

#[test]
fn two_acquisitions_in_an_archive_are_never_read_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut files = below("case/first", watched().android_qf());
    files.extend(below("case/second", ordinary().android_qf()));
    fs::write(at("both.zip"), packed(&files)).unwrap();
    fs::write(at("both.tar"), tar_of(&files)).unwrap();
    fs::write(at("both.tgz"), gzipped(&tar_of(&files))).unwrap();
    for name in ["both.zip", "both.tar", "both.tgz"] {
        both_can_be_named(&at(name), "case/first", "case/second");
    }
    let reports = [
        ("bugreport-a.zip".to_owned(), watched().bugreport_zip()),
        ("more/bugreport-b.zip".to_owned(), ordinary().bugreport_zip()),
    ];
    fs::write(at("reports.zip"), packed(&reports)).unwrap();
    both_can_be_named(&at("reports.zip"), "bugreport-a.zip", "more/bugreport-b.zip");
    let texts = [
        ("bugreport-a.txt".to_owned(), watched().bugreport_text().into_bytes()),
        ("bugreport-b.txt".to_owned(), ordinary().bugreport_text().into_bytes()),
    ];
    fs::write(at("texts.zip"), packed(&texts)).unwrap();
    both_can_be_named(&at("texts.zip"), "bugreport-a.txt", "bugreport-b.txt");
    assert!(matches!(refusal(&at("texts.zip/bugreport-c.txt")), OpenError::Io { .. }));
    assert!(matches!(refusal(&at("nothing.zip/a")), OpenError::Io { .. }));
}

#[test]
fn two_acquisitions_in_a_folder_are_never_read_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("bugreport-a.zip"), watched().bugreport_zip()).unwrap();
    fs::write(at("bugreport-b.zip"), ordinary().bugreport_zip()).unwrap();
    fs::write(at("notes_getprop.txt"), "[ro.product.model]: [TC-1]\n").unwrap();
    both_can_be_named(folder.path(), "bugreport-a.zip", "bugreport-b.zip");

    // One inside the other, as when a second phone is put into the folder of the first.
    let outer = tempfile::tempdir().unwrap();
    watched().write_android_qf(outer.path()).unwrap();
    assert!(holds_the_watcher(outer.path()));
    ordinary().write_android_qf(&outer.path().join("second")).unwrap();
    let error = refusal(outer.path()).to_string();
    assert!(error.contains("name one: second, or move these away"), "{error}");
    assert!(!holds_the_watcher(&outer.path().join("second")));
}

#[test]
fn what_a_phone_calls_its_own_files_makes_no_second_acquisition() {
    let mut files = watched().android_qf();
    files.push(("logs/data/acquisition.json".to_owned(), b"{}".to_vec()));
    files.push(("tmp/bugreport-x.txt".to_owned(), b"== dumpstate: x\n".to_vec()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.zip");
    fs::write(&path, packed(&files)).unwrap();
    assert!(holds_the_watcher(&path));
    // Nor does what dumpstate says of its own work.
    let texts = [
        ("bugreport-x-dumpstate_log-1.txt".to_owned(), b"Begin\n".to_vec()),
        ("bugreport-x.txt".to_owned(), watched().bugreport_text().into_bytes()),
    ];
    fs::write(&path, packed(&texts)).unwrap();
    assert!(holds_the_watcher(&path));
}

#[test]
fn an_archive_around_an_acquisition_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.zip"), packed(&[("x/bugreport-a.zip".to_owned(), watched().bugreport_zip())]))
        .unwrap();
    let deep = below("a/b/c", watched().android_qf());
    fs::write(at("deep.zip"), packed(&deep)).unwrap();
    let tar = tar_of(&below("acquisition", watched().android_qf()));
    fs::write(at("acquisition.tar.gz"), gzipped(&tar)).unwrap();
    for name in ["a.zip", "deep.zip", "acquisition.tar.gz"] {
        assert!(holds_the_watcher(&at(name)), "{name}");
    }
    assert_eq!(open(&at("acquisition.tar.gz")).unwrap().kind(), EvidenceKind::AndroidQf);
    // Half of it is read as half of it.
    fs::write(at("cut.tar"), &tar[..tar.len() / 2]).unwrap();
    let result = check_path(&at("cut.tar"), None);
    assert!(result.problems.iter().any(|problem| problem.what.contains("its end is missing")));
}

#[test]
fn the_output_of_several_phones_is_never_read_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.zip");
    let getprop = |model: &str| format!("[ro.product.model]: [{model}]\n").into_bytes();
    let check = |files: &[(&str, Vec<u8>)], mixed: bool| {
        let files: Vec<_> = files.iter().map(|(name, b)| ((*name).to_owned(), b.clone())).collect();
        fs::write(&path, packed(&files)).unwrap();
        match open(&path) {
            Err(error) => assert!(mixed && matches!(error, OpenError::Mixed { .. }), "{error}"),
            Ok(_) => assert!(!mixed, "{files:?}"),
        }
    };
    check(&[("one/getprop.txt", getprop("TC-1")), ("two/getprop.txt", getprop("TC-1"))], true);
    check(&[("getprop1.txt", getprop("TC-1")), ("getprop2.txt", getprop("TC-2"))], true);
    check(&[("getprop1.txt", getprop("TC-1")), ("getprop2.txt", getprop("TC-1"))], false);
    let dump = |name: &str| format!("DUMP OF SERVICE {name}:\n").into_bytes();
    check(&[("one.txt", dump("package")), ("two.txt", dump("package"))], true);
}

#[test]
fn an_iphone_is_called_one() {
    let folder = tempfile::tempdir().unwrap();
    let check = |files: &[(&str, &[u8])], expected: &str| {
        let inside = folder.path().join("x");
        let _ = fs::remove_dir_all(&inside);
        for (name, bytes) in files {
            let path = inside.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let zip = folder.path().join("x.zip");
        fs::write(&zip, zip_of(files)).unwrap();
        for path in [&inside, &zip] {
            let error = refusal(path);
            assert!(matches!(error, OpenError::OfIphone { .. }), "{error}");
            assert!(error.to_string().contains(expected), "{error}");
        }
    };
    let info: (&str, &[u8]) = ("Info.plist", b"<?xml version=\"1.0\"?>");
    let manifest: (&str, &[u8]) = ("Manifest.plist", b"bplist00");
    check(&[info, manifest, ("Manifest.db", b"SQLite format 3\0")], "which is not encrypted");
    check(&[info, manifest, ("Manifest.db", b"\x17\x01 no database")], "which is encrypted");
    check(&[info, manifest], "a backup of an iPhone");
    check(&[("sysdiagnose.log", b"x"), ("ps.txt", b"USER PID COMMAND\n")], "a sysdiagnose");
    let tar = tar_of(&[("sysdiagnose_2026.01.01_iPhone-OS_iPhone/ps.txt".to_owned(), vec![b'x'])]);
    let file = folder.path().join("x.tar.gz");
    fs::write(&file, gzipped(&tar)).unwrap();
    assert!(refusal(&file).to_string().contains("a sysdiagnose"));
    // The folder above says what to name.
    let above = tempfile::tempdir().unwrap();
    fs::create_dir(above.path().join("0000-TEST")).unwrap();
    fs::write(above.path().join("0000-TEST/Manifest.db"), b"SQLite format 3\0").unwrap();
    let error = refusal(above.path()).to_string();
    assert!(error.contains("is not recognised") || error.contains("is empty"), "{error}");
}
