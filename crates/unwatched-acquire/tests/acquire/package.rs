//! A sealed package: made of a case, opened by whom it is for, and every change found.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::LazyLock;

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use unwatched_acquire::Keys;
use unwatched_acquire::case::{self, AcquisitionEnd, Outcome, Secret, StreamKind, Writer};
use unwatched_acquire::sealed::{
    Content, CustodyEntry, IndicatorsContent, Judged, Lock, Package, Role, Seal, SealedError,
    Unpacked, add_custody, open, read_plain, seal, unpack,
};
use unwatched_device::evidence::{ArtefactKind, EvidenceKind};
use unwatched_device::facts::Facts;

use super::{check_opened, now};

static KEY: LazyLock<Identity> = LazyLock::new(Identity::generate);

fn keys() -> Keys {
    let mut keys = Keys::default();
    keys.add_age_keys(KEY.to_string().expose_secret().as_bytes()).unwrap();
    keys
}

fn to_key() -> Lock {
    Lock::Recipients(vec![KEY.to_public()])
}

fn secret() -> Secret {
    Secret::new("seven blue doors".to_owned()).with_work_factor(2)
}

/// A case of two looks, the second cut off in the middle of an answer.
fn make_case(folder: &Path) {
    make_case_with(folder, 60_000);
}

fn make_case_with(folder: &Path, numbers: u32) {
    let writer = Writer::create(folder, &secret(), "unwatched", Box::new(now)).unwrap();
    let keep = |name: &str, kind, bytes: &[u8]| {
        let mut stream = writer.stream(name, kind).unwrap();
        stream.write_all(bytes).unwrap();
        stream.finish(Outcome::Exit(0)).unwrap();
    };
    writer.begin_acquisition("unwatched").unwrap();
    let getprop = StreamKind::Artefact(ArtefactKind::Getprop);
    keep("getprop", getprop.clone(), b"[ro.product.model]: [TC-1]\n");
    let log: Vec<u8> = (0..numbers).flat_map(u32::to_be_bytes).collect();
    keep("radio log", StreamKind::Other("radio".to_owned()), &log);
    let users = b"Users:\n  UserInfo{0:null:4c13} serialNo=0 isPrimary=true\n";
    keep("dumpsys user", StreamKind::service("user"), users);
    writer.end_acquisition(AcquisitionEnd::Complete).unwrap();
    writer.begin_acquisition("unwatched").unwrap();
    let mut cut = writer.stream("getprop", getprop).unwrap();
    cut.write_all(b"[ro.product.model]: [TC").unwrap();
    cut.finish(Outcome::Cut("the cable was pulled".to_owned())).unwrap();
}

/// Facts of nothing, as they are written.
fn no_facts() -> Vec<u8> {
    serde_json::to_vec(&Facts::new(EvidenceKind::Live)).unwrap()
}

fn content() -> Content<'static> {
    let judged = |acquisition| Judged {
        acquisition,
        facts: no_facts(),
        findings: b"{\"findings\":[]}\n".to_vec(),
    };
    Content {
        tool: "unwatched 0.0.0-test".to_owned(),
        at: now(),
        by: Role::Helper,
        indicators: Some(IndicatorsContent {
            sequence: 3,
            published: now(),
            signature_checked: true,
            set: b"a set",
            recalls: b"[]",
        }),
        judged: vec![judged(1), judged(2)],
    }
}

fn sealed_with(lock: &Lock) -> (Vec<u8>, Seal) {
    let folder = tempfile::tempdir().unwrap();
    make_case(folder.path());
    let case = case::open(folder.path(), &secret()).unwrap();
    let mut bytes = Vec::new();
    let made = seal(&case, &content(), lock, &mut bytes).unwrap();
    (bytes, made)
}

fn opened(bytes: &[u8], keys: &Keys) -> Result<Package, SealedError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    open(file.path(), keys)
}

/// What is encrypted, as tar.
fn plain(bytes: &[u8]) -> Vec<u8> {
    let sealed = age::Decryptor::new_buffered(bytes).unwrap();
    let mut plain = Vec::new();
    let key: &Identity = &KEY;
    sealed.decrypt(std::iter::once(key as _)).unwrap().read_to_end(&mut plain).unwrap();
    plain
}

fn troubles(package: &Package) -> String {
    let said = package.troubles().iter().map(|one| format!("{}: {}", one.place, one.what));
    said.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_package_holds_what_the_case_held_to_the_byte() {
    let (bytes, made) = sealed_with(&to_key());
    let package = opened(&bytes, &keys()).unwrap();
    assert_eq!(troubles(&package), "");
    assert_eq!(package.words().as_ref(), Some(&made.words));
    assert_eq!(package.words_of_custody(), made.words_of_custody);
    assert_eq!(made.words.split(' ').count(), 8);
    assert!(made.problems.iter().any(|one| one.contains("the cable was pulled")), "{made:?}");
    let (set, recalls) = package.indicators().unwrap();
    assert_eq!((set.as_slice(), recalls.as_slice()), (&b"a set"[..], &b"[]"[..]));
    assert_eq!(package.facts(2).unwrap(), no_facts());
    assert!(matches!(package.findings(3), Err(SealedError::Missing(_))));
    let folder = tempfile::tempdir().unwrap();
    make_case(folder.path());
    let case = case::open(folder.path(), &secret()).unwrap();
    for number in [1, 2] {
        let of_case = check_opened(case.evidence_of(number).unwrap().as_mut(), None);
        let of_package = check_opened(package.evidence_of(number).unwrap().as_mut(), None);
        let json = |result| serde_json::to_string_pretty(result).unwrap();
        assert_eq!(json(&of_package), json(&of_case));
        assert_eq!(of_package.problems, of_case.problems);
    }
    assert_eq!(package.custody().len(), 1);
    assert_eq!(package.custody()[0].what, "sealed this package");
}

#[test]
fn one_changed_byte_anywhere_is_found_and_placed() {
    let (bytes, _) = sealed_with(&to_key());
    let header = bytes.windows(5).position(|window| window == b"\n--- ").unwrap() + 60;
    let places = (0..header).chain((header..bytes.len()).step_by(997)).chain([bytes.len() - 1]);
    let keys = keys();
    let mut tried = 0;
    for place in places {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let said = match opened(&changed, &keys) {
            Ok(package) => troubles(&package),
            Err(error) => error.to_string(),
        };
        let is_placed = said.contains("between byte")
            || said.contains("the beginning of the file, before byte")
            || said.contains("the first ")
            || said.contains("it does not begin like a file of age");
        assert!(is_placed, "byte {place} of {}: {said:?}", bytes.len());
        tried += 1;
    }
    assert!(tried > 200, "{tried}");
}

#[test]
fn a_package_that_was_cut_says_so() {
    let (bytes, _) = sealed_with(&to_key());
    for length in [bytes.len() - 1, bytes.len() - 17, bytes.len() / 2, 300] {
        let said = match opened(&bytes[..length], &keys()) {
            Ok(package) => troubles(&package),
            Err(error) => error.to_string(),
        };
        assert!(said.contains("cut off"), "{length}: {said:?}");
    }
    for length in [0, 40, 100] {
        assert!(opened(&bytes[..length], &keys()).is_err());
    }
    let mut longer = bytes;
    longer.resize(longer.len() + 70_000, 0);
    let said = match opened(&longer, &keys()) {
        Ok(package) => troubles(&package),
        Err(error) => error.to_string(),
    };
    assert!(said.contains("between byte"), "{said:?}");
}

#[test]
fn only_whom_it_was_sealed_for_opens_it() {
    let (bytes, _) = sealed_with(&to_key());
    let error = opened(&bytes, &Keys::default()).err().unwrap();
    assert!(error.to_string().contains("give the file with that key"), "{error}");
    let mut other = Keys::default();
    other.add_age_keys(Identity::generate().to_string().expose_secret().as_bytes()).unwrap();
    let error = opened(&bytes, &other).err().unwrap();
    assert!(matches!(error, SealedError::OtherPassphrase { .. }), "{error}");
    let quick =
        |text: &str| Lock::Passphrase { passphrase: text.to_owned().into(), work_factor: 2 };
    let (bytes, _) = sealed_with(&quick("five red boats"));
    let with = |text: &str| {
        let mut keys = Keys::default();
        keys.set_passphrase(text.to_owned());
        opened(&bytes, &keys)
    };
    assert_eq!(troubles(&with("five red boats").unwrap()), "");
    let error = with("five red boots").err().unwrap();
    assert!(error.to_string().contains("this is not the passphrase or key"), "{error}");
    let refused = seal_to_nothing();
    assert!(matches!(refused, Err(SealedError::NoPassphrase)));
    assert!(matches!(opened(b"PK\x03\x04", &keys()), Err(SealedError::NoPackage)));
}

fn seal_to_nothing() -> Result<(), SealedError> {
    Lock::passphrase(String::new()).encrypt(Vec::new()).map(drop)
}

/// Whoever can open a package can make another one; what they cannot make is the signature.
#[test]
fn what_was_exchanged_inside_is_found() {
    let (bytes, _) = sealed_with(&to_key());
    let plain = plain(&bytes);
    let with = |from: &[u8], to: &[u8]| {
        assert_eq!(from.len(), to.len());
        let at = plain.windows(from.len()).position(|window| window == from).unwrap();
        let mut changed = plain.clone();
        changed[at..at + from.len()].copy_from_slice(to);
        match read_plain(changed) {
            Ok(package) => troubles(&package),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(troubles(&read_plain(plain.clone()).unwrap()), "");
    let said = with(b"[ro.product.model]: [TC-1]", b"[ro.product.model]: [TC-2]");
    assert_eq!(said, "streams/000001: it was changed since it was sealed");
    let said = with(b"unwatched 0.0.0-test", b"unwatched 9.0.0-test");
    assert!(said.contains("manifest.json.minisig: it is not of this manifest"), "{said}");
    assert!(said.contains("custody/000001.json: it does not follow"), "{said}");
    let said = with(b"\"version\": 1", b"\"version\": 2");
    assert!(said.contains("later version"), "{said}");
    let said = with(b"sealed this package", b"sealed thys package");
    assert_eq!(said, "", "the words of custody are what shows this");
    let said = with(b"streams/000002", b"streams/000009");
    assert!(!said.is_empty());
    for text in [&b""[..], b"x", &[0; 1024], &plain[..plain.len() / 2]] {
        assert!(read_plain(text.to_vec()).is_err());
    }
}

fn entry(what: &str) -> CustodyEntry {
    CustodyEntry { at: now(), by: Role::Lawyer, what: what.to_owned() }
}

#[test]
fn custody_entries_follow_each_other() {
    let (bytes, made) = sealed_with(&to_key());
    let package = opened(&bytes, &keys()).unwrap();
    let mut longer = Vec::new();
    let words = add_custody(&package, &entry("took it over"), &to_key(), &mut longer).unwrap();
    assert_ne!(words, made.words_of_custody);
    let package = opened(&longer, &keys()).unwrap();
    assert_eq!(troubles(&package), "");
    assert_eq!((package.words(), package.words_of_custody()), (Some(made.words), words.clone()));
    let mut longest = Vec::new();
    add_custody(&package, &entry("gave it back"), &to_key(), &mut longest).unwrap();
    assert_eq!(opened(&longest, &keys()).unwrap().custody().len(), 3);
    // Changed in the middle: what follows no longer does.
    let plain = plain(&longest);
    let from = b"took it over";
    let at = plain.windows(from.len()).position(|window| window == from).unwrap();
    let mut changed = plain;
    changed[at..at + from.len()].copy_from_slice(b"lost it once");
    let said = troubles(&read_plain(changed).unwrap());
    assert!(said.contains("custody/000003.json: it does not follow"), "{said}");
    // Cut off at the end: the words are others than those that were written down.
    assert_ne!(opened(&bytes, &keys()).unwrap().words_of_custody(), words);
    let mut out = Vec::new();
    for what in ["", "two\nlines", &"x".repeat(501)] {
        let refused = add_custody(&package, &entry(what), &to_key(), &mut out);
        assert!(matches!(refused, Err(SealedError::CustodyText(500))));
    }
}

/// Every file below a folder.
fn below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(below(&path)) } else { all.push(path) }
    }
    all
}

#[test]
fn taken_apart_it_lies_encrypted_again_or_plain_with_a_reason() {
    let (bytes, _) = sealed_with(&to_key());
    let package = opened(&bytes, &keys()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let quick = Lock::Passphrase { passphrase: "six tin cups".to_owned().into(), work_factor: 2 };
    let count = unpack(&package, folder.path(), &Unpacked::Encrypted(&quick)).unwrap();
    let files = below(folder.path());
    assert_eq!(files.len(), count + 1);
    for file in &files {
        assert!(fs::read(file).unwrap().starts_with(b"age-encryption.org/v1"), "{file:?}");
    }
    let refused = unpack(&package, folder.path(), &Unpacked::Encrypted(&quick));
    assert!(refused.is_err());
    let folder = tempfile::tempdir().unwrap();
    unpack(&package, folder.path(), &Unpacked::Plain("the court asked for it")).unwrap();
    let model = fs::read_to_string(folder.path().join("streams/000001")).unwrap();
    assert_eq!(model, "[ro.product.model]: [TC-1]\n");
    let why = fs::read_to_string(folder.path().join("WHY-PLAIN.txt")).unwrap();
    assert_eq!(why, "the court asked for it\n");
}

#[test]
fn what_the_case_lost_is_said_in_the_package() {
    let folder = tempfile::tempdir().unwrap();
    make_case(folder.path());
    fs::remove_file(folder.path().join("000001")).unwrap();
    let damaged = folder.path().join("000002");
    let length = fs::metadata(&damaged).unwrap().len();
    let cut = fs::read(&damaged).unwrap()[..usize::try_from(length).unwrap() / 2].to_vec();
    fs::write(&damaged, cut).unwrap();
    let case = case::open(folder.path(), &secret()).unwrap();
    let mut bytes = Vec::new();
    let made = seal(&case, &content(), &to_key(), &mut bytes).unwrap();
    assert!(made.problems.iter().any(|one| one.starts_with("getprop: ")), "{made:?}");
    let noted = made.problems.iter().find(|one| one.starts_with("radio log: ")).unwrap();
    assert!(noted.contains("the case's journal noted 240000 bytes"), "{noted}");
    let package = opened(&bytes, &keys()).unwrap();
    assert_eq!(troubles(&package), "");
    assert_eq!(package.manifest().left_out.len(), 1);
    let said = package.evidence_of(1).unwrap().problems();
    assert!(said.iter().any(|one| one.what.contains("missing from the case")), "{said:?}");
}

#[test]
fn a_case_is_taken_away_with_everything_that_is_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case-1");
    make_case(&path);
    assert!(case::take_away(&path).unwrap() && !path.exists());
    // Gone on with after it was stopped on the way.
    make_case(&path);
    fs::remove_file(path.join("000002")).unwrap();
    fs::remove_file(path.join("key")).unwrap();
    assert!(case::take_away(&path).unwrap() && !path.exists());
    make_case(&path);
    fs::write(path.join("somebody's.txt"), "x").unwrap();
    assert!(!case::take_away(&path).unwrap());
    let left: Vec<_> = below(&path);
    assert_eq!(left, [path.join("somebody's.txt")]);
    assert!(case::take_away(&path).is_err());
}

/// A package of every version that was ever written still opens and says what it said.
/// `UPDATE_EXPECT=1` writes what it says anew, never the package: that of a version is written once.
#[test]
fn a_package_of_version_1_still_says_what_it_said() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/sealed");
    let updates = std::env::var_os("UPDATE_EXPECT").is_some();
    if updates && !golden.exists() {
        write_version_1(&golden);
    }
    let mut keys = Keys::default();
    keys.set_passphrase("five red boats".to_owned());
    let package = open(&golden.join("version-1.age"), &keys).unwrap();
    let evidence = package.evidence_of(1).unwrap();
    let said = format!(
        "{}words: {:?}\n{:#?}\ncustody: {:#?}\nwords of custody: {}\nfacts: {:?}\nfindings: {:?}\nindicators: {:?}\n{:#?}\n",
        troubles(&package),
        package.words(),
        package.manifest(),
        package.custody(),
        package.words_of_custody(),
        String::from_utf8(package.facts(1).unwrap()).unwrap(),
        String::from_utf8(package.findings(2).unwrap()).unwrap(),
        package.indicators().unwrap(),
        evidence.artefacts(),
    );
    let expected = golden.join("version-1.txt");
    if updates {
        fs::write(&expected, &said).unwrap();
    }
    assert_eq!(said, fs::read_to_string(expected).unwrap());
}

/// Written once: the package, and for fuzzing what it decrypts to.
fn write_version_1(golden: &Path) {
    let folder = tempfile::tempdir().unwrap();
    make_case_with(folder.path(), 20);
    let case = case::open(folder.path(), &secret()).unwrap();
    let passphrase = || "five red boats".to_owned();
    let lock = Lock::Passphrase { passphrase: passphrase().into(), work_factor: 2 };
    let (mut first, mut bytes) = (Vec::new(), Vec::new());
    seal(&case, &content(), &lock, &mut first).unwrap();
    let mut keys = Keys::default();
    keys.set_passphrase(passphrase());
    let package = opened(&first, &keys).unwrap();
    add_custody(&package, &entry("took it over"), &lock, &mut bytes).unwrap();
    fs::create_dir_all(golden).unwrap();
    fs::write(golden.join("version-1.age"), &bytes).unwrap();
    let identity = age::scrypt::Identity::new(passphrase().into());
    let sealed = age::Decryptor::new_buffered(bytes.as_slice()).unwrap();
    let mut tar = Vec::new();
    sealed.decrypt(std::iter::once(&identity as _)).unwrap().read_to_end(&mut tar).unwrap();
    fs::write(golden.join("version-1.tar"), tar).unwrap();
}
