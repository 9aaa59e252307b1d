//! Seeds about phones: each artefact of made-up phones by itself, and each way to pack a phone.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use unwatched_fixtures::apk::gallery;
use unwatched_fixtures::phone::population::population;
use unwatched_fixtures::phone::{App, BackupOptions, PhoneBuilder, unlisted_watcher};

/// A longer artefact is cut: what makes a parser stumble needs no more.
const MAX_BYTES: usize = 24 << 10;

/// Every section and file of some phones, the first line saying which it is.
pub(super) fn artefacts() -> Vec<Vec<u8>> {
    let phones = population(11);
    let few = phones.iter().step_by(9);
    few.flat_map(|phone| {
        let text = phone.bugreport_text();
        let services = services(&text).into_iter().map(|(name, text)| named(name, text.as_bytes()));
        let files = phone.android_qf();
        let alone = files.iter().filter(|(name, _)| name != "dumpsys.txt");
        let alone = alone.map(|(name, bytes)| named(name, bytes));
        services.chain(alone).collect::<Vec<_>>()
    })
    .chain([named(
        "_manifest",
        b"1\ncom.example.one\n7\n34\ncom.android.vending\n1\n1\n3082000a\n",
    )])
    .chain([named(
        "packages.txt",
        b"package:/data/app/a==/base.apk=com.example.one  installer=null\n",
    )])
    // What is shorter holds nothing that is not found at once.
    .filter(|seed| seed.len() > 50)
    .collect()
}

fn named(name: &str, bytes: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b"\n", &bytes[..bytes.len().min(MAX_BYTES)]].concat()
}

/// The services' dumps in a bugreport, without their headings.
fn services(text: &str) -> Vec<(&str, &str)> {
    let parts = text.split("\nDUMP OF SERVICE ").skip(1);
    parts
        .filter_map(|part| {
            let (heading, rest) = part.split_once('\n')?;
            let name = heading.split(':').next()?.rsplit(' ').next()?;
            Some((name, rest.split("\n------").next().unwrap_or(rest)))
        })
        .collect()
}

/// A small phone in every form that is opened.
pub(super) fn containers() -> Vec<Vec<u8>> {
    let app = gallery::unknown_stalkerware_like(1).bytes();
    let phone = PhoneBuilder::new()
        .app(App::new("com.example.maps"))
        .app(unlisted_watcher("com.quiet.omega"))
        .log_bytes(50);
    let app_files: &[(&str, &[u8])] = &[("com.quiet.omega", &app)];
    let backup = |passphrase, app_files| {
        phone.backup(&BackupOptions { passphrase, app_files, ..BackupOptions::default() })
    };
    vec![
        phone.bugreport_zip(),
        phone.bugreport_text().into_bytes(),
        phone.android_qf_zip(),
        tar(&phone),
        backup(None, &[]),
        backup(None, app_files),
        backup(Some("x"), &[]),
        b"package:/data/app/a==/base.apk=com.example.one  installer=null uid:10001\n".to_vec(),
        "\u{feff}adb_enabled=1\nairplane_mode_on=0\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect(),
        app,
    ]
}

/// An acquisition as somebody may pack it again, with the list of its files' digests.
fn tar(phone: &PhoneBuilder) -> Vec<u8> {
    let mut files = phone.android_qf();
    let mut list = String::new();
    for (name, bytes) in &files {
        let _ = writeln!(list, "{name},{}", hex::encode(Sha256::digest(bytes)));
    }
    files.push(("hashes.csv".to_owned(), list.into_bytes()));
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in &files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, &bytes[..]).expect("written to memory");
    }
    tar.into_inner().expect("written to memory")
}
