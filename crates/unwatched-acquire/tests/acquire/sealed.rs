//! What was encrypted as it was made, and backups: opened with the right key, and closed with a
//! sentence that says what is missing.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use age::secrecy::ExposeSecret as _;
use unwatched_acquire::{Keys, Locked, OpenError, Sealed, open, open_with};
use unwatched_device::evidence::EvidenceKind;
use unwatched_device::result::{Band, CheckResult, IdentifiedBy, Outcome};
use unwatched_fixtures::apk::gallery::unknown_stalkerware_like;
use unwatched_fixtures::phone::{App, BackupOptions, PhoneBuilder, ordinary, unlisted_watcher};
use unwatched_model::class::Class;
use unwatched_model::indicator::IndicatorKind::{CertificateSha256, Package};
use unwatched_model::set::IndicatorSet;

use super::{about, check_bytes, check_opened, outcome, rules, set, why, zip_of};

const OMEGA: &str = "com.quiet.omega";
const PASSPHRASE: &str = "Grüße, correct horse";

fn to_key(bytes: &[u8], armored: bool) -> (Vec<u8>, Vec<u8>) {
    let key = age::x25519::Identity::generate();
    let recipient = key.to_public();
    let sealing = age::Encryptor::with_recipients(std::iter::once(&recipient as _)).unwrap();
    let file = format!("# a key\n{}\n", key.to_string().expose_secret());
    (sealed(sealing, bytes, armored), file.into_bytes())
}

fn sealed(sealing: age::Encryptor, bytes: &[u8], armored: bool) -> Vec<u8> {
    let format = if armored { age::armor::Format::AsciiArmor } else { age::armor::Format::Binary };
    let out = age::armor::ArmoredWriter::wrap_output(Vec::new(), format).unwrap();
    let mut out = sealing.wrap_output(out).unwrap();
    out.write_all(bytes).unwrap();
    out.finish().unwrap().finish().unwrap()
}

fn keys(file: &[u8]) -> Keys {
    let mut keys = Keys::default();
    keys.add_age_keys(file).unwrap();
    keys
}

fn passphrase(passphrase: &str) -> Keys {
    let mut keys = Keys::default();
    keys.set_passphrase(passphrase.to_owned());
    keys
}

fn file_of(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    file
}

fn check_with(bytes: &[u8], keys: Keys, set: Option<&IndicatorSet>) -> CheckResult {
    let file = file_of(bytes);
    check_opened(open_with(file.path(), keys).unwrap().as_mut(), set)
}

fn refused(path: &Path, keys: Keys) -> OpenError {
    open_with(path, keys).err().expect("it stays closed")
}

#[test]
fn an_acquisition_that_age_encrypted_opens_with_its_key() {
    let phone = ordinary().app(unlisted_watcher(OMEGA)).log_bytes(400_000);
    let plain = check_bytes(&phone.android_qf_zip(), None);
    for armored in [false, true] {
        let (bytes, key) = to_key(&phone.android_qf_zip(), armored);
        assert_eq!(check_with(&bytes, keys(&key), None), plain);
        let file = file_of(&bytes);
        let closed = refused(file.path(), Keys::default());
        assert!(matches!(closed, OpenError::Sealed { why: Sealed::NeedsKey, .. }), "{closed}");
        let (_, other) = to_key(b"", false);
        let closed = refused(file.path(), keys(&other));
        assert!(matches!(closed, OpenError::Sealed { why: Sealed::OtherKey, .. }), "{closed}");
    }
    let (bytes, key) = to_key(&phone.bugreport_zip(), false);
    assert_eq!(about(&check_with(&bytes, keys(&key), None), OMEGA).score, Some(145));
}

#[test]
fn what_age_encrypted_and_somebody_cut_gives_what_is_left() {
    let files = ordinary().app(unlisted_watcher(OMEGA)).android_qf();
    // The longest comes last, so that the cut falls into it.
    let filler = unwatched_fixtures::noise(3, 300_000);
    let mut files: Vec<_> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    files.push(("logcat.txt", &filler));
    let (bytes, key) = to_key(&zip_of(&files), false);
    let result = check_with(&bytes[..bytes.len() - 150_000], keys(&key), None);
    assert_eq!(about(&result, OMEGA).score, Some(145));
    assert!(result.problems.iter().any(|problem| problem.what.contains("end is missing")));
}

#[test]
fn a_passphrase_opens_what_was_encrypted_to_it() {
    let mut recipient = age::scrypt::Recipient::new(PASSPHRASE.to_owned().into());
    recipient.set_work_factor(4);
    let sealing = age::Encryptor::with_recipients(std::iter::once(&recipient as _)).unwrap();
    let bytes = sealed(sealing, &ordinary().bugreport_zip(), false);
    let result = check_with(&bytes, passphrase(PASSPHRASE), None);
    assert_eq!(result.device.os_version.as_deref(), Some("14"));
    let file = file_of(&bytes);
    let closed = refused(file.path(), Keys::default());
    assert!(matches!(closed, OpenError::Sealed { why: Sealed::NeedsPassphrase, .. }), "{closed}");
    let closed = refused(file.path(), passphrase("another"));
    assert!(matches!(closed, OpenError::Sealed { why: Sealed::OtherKey, .. }), "{closed}");
}

#[test]
fn a_file_of_keys_that_is_none_says_what_it_should_be() {
    for file in ["", "age1qqqqqqqqqq", "-----BEGIN OPENSSH PRIVATE KEY-----"] {
        let error = Keys::default().add_age_keys(file.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("AGE-SECRET-KEY-1"));
    }
    assert!(!format!("{:?}", passphrase(PASSPHRASE)).contains("horse"));
}

/// A phone with a watcher that a list knows by its certificate, whose file the backup holds.
fn with_app_file() -> (PhoneBuilder, Vec<u8>, IndicatorSet) {
    let app = unknown_stalkerware_like(1);
    let file = app.builder().clone().signed_by(app.signer()).build();
    let certificate = app.certificate_sha256().to_string();
    let listed = set(&[("Watch Alpha", Class::Stalkerware, &[(CertificateSha256, &certificate)])]);
    (ordinary(), file, listed)
}

fn package_of(app: &[u8]) -> String {
    let report = unwatched_analysis::analyze(None, app, &unwatched_analysis::Limits::default());
    report.package.unwrap()
}

#[test]
fn a_backup_is_read_plain_and_encrypted() {
    let (phone, file, listed) = with_app_file();
    let package = package_of(&file);
    let der = unknown_stalkerware_like(1).signer().certificate_der().to_vec();
    let phone = phone
        .app(App::new(&package).sideloaded())
        .app(App::new("com.only.claimed").sideloaded().certificate_der(&der))
        .app(App::new(&format!("com.example.{}", "x".repeat(120))).sideloaded());
    let app_files: &[(&str, &[u8])] = &[(&package, &file)];
    let plain = phone.backup(&BackupOptions { app_files, ..BackupOptions::default() });
    let result = check_bytes(&plain, Some(&listed));
    assert_eq!(result.evidence, EvidenceKind::Backup);
    let found = about(&result, &package);
    assert_eq!(found.band, Some(Band::Known));
    assert_eq!(found.identity.unwrap().by, IdentifiedBy::Certificate);
    assert!(found.signals[0].fact.contains("Unwatched verified"), "{}", found.signals[0].fact);
    assert!(rules(found).contains(&"O1") && rules(found).contains(&"D1_code"));
    // What Android wrote into the backup is not verified by anybody here.
    let claimed = about(&result, "com.only.claimed");
    assert_eq!(claimed.band, Some(Band::NeedsExpertLook));
    assert_eq!(rules(claimed)[0], "L3_certificate");
    assert_eq!(outcome(&result, "device_admin"), Outcome::CouldNotCheck);
    assert!(why(&result, "accessibility").contains("holds no"));
    for version in [1, 2, 5] {
        let options = BackupOptions {
            passphrase: Some(PASSPHRASE),
            app_files,
            version: Some(version),
            ..BackupOptions::default()
        };
        let locked = phone.backup(&options);
        let opened = check_with(&locked, passphrase(PASSPHRASE), Some(&listed));
        assert_eq!(opened.findings, result.findings);
        let path = file_of(&locked);
        let closed = refused(path.path(), Keys::default());
        assert!(matches!(closed, OpenError::Locked { why: Locked::NeedsPassphrase, .. }));
        let closed = refused(path.path(), passphrase("another"));
        assert!(matches!(closed, OpenError::Locked { why: Locked::OtherPassphrase, .. }));
    }
}

#[test]
fn a_cut_backup_gives_what_is_left_and_says_so() {
    let phone = ordinary().app(App::new("com.quiet.omega").sideloaded());
    for (secret, given) in [(None, Keys::default()), (Some(PASSPHRASE), passphrase(PASSPHRASE))] {
        let whole = phone.backup(&BackupOptions { passphrase: secret, ..BackupOptions::default() });
        let result = check_with(&whole[..whole.len() - 400], given, None);
        let said = result.problems.iter().any(|problem| problem.what.contains("before its end"));
        assert!(said, "{:?}", result.problems);
        assert_ne!(outcome(&result, "installer"), Outcome::NotFound);
    }
}

#[test]
fn a_damaged_backup_never_panics() {
    let options = BackupOptions { passphrase: Some("x"), ..BackupOptions::default() };
    for bytes in [ordinary().backup(&options), ordinary().backup(&BackupOptions::default())] {
        for mutated in unwatched_fixtures::mutations(&bytes, 200, 5) {
            let file = file_of(&mutated);
            if let Ok(mut evidence) = open_with(file.path(), passphrase("x")) {
                check_opened(evidence.as_mut(), None);
            }
        }
    }
    let endless = b"ANDROID BACKUP\n5\n1\nAES-256\n00\n00\n4000000000\n00\n00\n";
    let closed = refused(file_of(endless).path(), passphrase("x"));
    assert!(closed.to_string().contains("number of rounds"), "{closed}");
}

#[test]
fn a_backup_within_an_acquisition_is_read_too() {
    let (phone, file, listed) = with_app_file();
    let package = package_of(&file);
    let phone = phone.app(App::new(&package).sideloaded().unverified());
    let app_files: &[(&str, &[u8])] = &[(&package, &file)];
    let backup = |secret| {
        phone.backup(&BackupOptions { passphrase: secret, app_files, ..BackupOptions::default() })
    };
    let packed = |backup: Vec<u8>| {
        let files = phone.android_qf();
        let mut files: Vec<_> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        files.push(("backup.ab", &backup));
        zip_of(&files)
    };
    let result = check_with(&packed(backup(None)), Keys::default(), Some(&listed));
    assert_eq!(about(&result, &package).band, Some(Band::Known));
    let locked = packed(backup(Some(PASSPHRASE)));
    let opened = check_with(&locked, passphrase(PASSPHRASE), Some(&listed));
    assert_eq!(opened.findings, result.findings);
    let closed = check_with(&locked, Keys::default(), Some(&listed));
    let said = |problem: &&unwatched_device::evidence::Problem| problem.place == "backup.ab";
    assert!(closed.problems.iter().find(said).unwrap().what.contains("give the passphrase"));
}

#[test]
fn apps_of_an_acquisition_are_examined_and_verified_here() {
    let (phone, file, listed) = with_app_file();
    let package = package_of(&file);
    let phone = phone.app(App::new(&package).sideloaded().unverified());
    let folder = tempfile::tempdir().unwrap();
    phone.write_android_qf(folder.path()).unwrap();
    let without = check_opened(open(folder.path()).unwrap().as_mut(), Some(&listed));
    assert!(without.findings.iter().all(|finding| finding.band != Some(Band::Known)));
    assert_eq!(outcome(&without, "app_files"), Outcome::CouldNotCheck);
    fs::create_dir(folder.path().join("apks")).unwrap();
    fs::write(folder.path().join(format!("apks/{package}_base.apk")), &file).unwrap();
    let result = check_opened(open(folder.path()).unwrap().as_mut(), Some(&listed));
    let found = about(&result, &package);
    assert_eq!(found.band, Some(Band::Known));
    // Which permissions it holds the phone says itself; how the app looks only its file does.
    assert!(!rules(found).contains(&"D1_code"), "{:?}", rules(found));
    assert!(rules(found).contains(&"C2_label"), "{:?}", rules(found));
    assert_eq!(outcome(&result, "app_files"), Outcome::Found);
    // A file that is no app any more costs its own line, and the check is not whole.
    fs::write(folder.path().join("apks/com.example.maps.apk"), &file[..file.len() / 2]).unwrap();
    let result = check_opened(open(folder.path()).unwrap().as_mut(), Some(&listed));
    assert_eq!(about(&result, &package).band, Some(Band::Known));
    assert!(why(&result, "app_files").contains("1 of 2 files"), "{}", why(&result, "app_files"));
}

#[test]
fn an_app_by_itself_is_examined() {
    let (_, file, listed) = with_app_file();
    let result = check_bytes(&file, Some(&listed));
    assert_eq!(result.evidence, EvidenceKind::App);
    assert_eq!(about(&result, &package_of(&file)).band, Some(Band::Known));
    assert_eq!(outcome(&result, "device_admin"), Outcome::CouldNotCheck);
    let by_name = set(&[("Watch Beta", Class::Stalkerware, &[(Package, &package_of(&file))])]);
    let result = check_bytes(&file, Some(&by_name));
    assert_eq!(about(&result, &package_of(&file)).identity.unwrap().by, IdentifiedBy::PackageName);
}

#[test]
fn messages_in_a_backup_are_handed_on_unpacked() {
    use std::io::Read as _;
    use unwatched_device::evidence::ArtefactKind;
    let messages: &[&str] = &["Install this: https://get.watch-alpha.example/x"];
    let bytes = ordinary().backup(&BackupOptions { messages, ..BackupOptions::default() });
    let file = file_of(&bytes);
    let mut evidence = open(file.path()).unwrap();
    evidence.prepare(&mut |_| {});
    let artefacts = evidence.artefacts();
    let found = artefacts.iter().find(|one| one.kind == ArtefactKind::Messages).unwrap();
    assert_eq!(found.place, "text messages 1, backup");
    let mut text = String::new();
    evidence.open(found).unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains("get.watch-alpha.example"));
    // A listed address in them is told, and nothing else of them.
    let address = (unwatched_model::indicator::IndicatorKind::Domain, "watch-alpha.example");
    let listed = set(&[("Watch Alpha", Class::Stalkerware, &[address])]);
    let result = check_bytes(&bytes, Some(&listed));
    let found = about(&result, "watch-alpha.example");
    assert!(found.signals[0].source.contains("text messages 1"), "{}", found.signals[0].source);
    assert!(found.signals[0].fact.starts_with("A text message on the phone holds the address"));
    assert!(!serde_json::to_string(&result).unwrap().contains("Install this"));
}

#[test]
fn how_far_a_long_backup_was_read_is_told() {
    let mut random = 1_u64;
    let long: String = std::iter::repeat_with(|| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{random:016x}")
    })
    .take(400_000)
    .collect();
    let messages: &[&str] = &[&long];
    let bytes = ordinary().backup(&BackupOptions { messages, ..BackupOptions::default() });
    let file = file_of(&bytes);
    let mut told = Vec::new();
    open(file.path()).unwrap().prepare(&mut |progress| {
        assert_eq!((progress.place, progress.total_bytes), ("backup", Some(bytes.len() as u64)));
        told.push(progress.read_bytes);
    });
    assert!(told.len() > 1 && told.is_sorted(), "{told:?}");
}
