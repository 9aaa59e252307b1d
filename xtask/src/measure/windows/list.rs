//! The list, item by item: what is tried, and what must be seen.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use unwatched_fixtures::apk::ApkBuilder;
use unwatched_testkit::rig::state::Which;
use unwatched_testkit::rig::{AdbServer, Rig};

use super::desk::Desks;
use super::inputs::EVIDENCE;
use super::wine::seen_from_inside;
use crate::clients;

/// One item.
pub(super) struct Item {
    pub(super) what: &'static str,
    pub(super) goal: &'static str,
    /// What was seen, in words; an error where it was not what must be.
    pub(super) tried: fn(&Desks) -> Result<String>,
}

/// In this order: what is installed by one is used by the next.
pub(super) const ITEMS: &[Item] = &[
    Item { what: "`--version`, `--help`", goal: "as here", tried: version },
    Item { what: "`doctor` on a new computer", goal: "in words", tried: doctor },
    Item {
        what: "where data lies: the system's folder, beside the program, `--home`",
        goal: "each",
        tried: data,
    },
    Item { what: "`update`: first, again, newer, older", goal: "as here", tried: update },
    Item {
        what: "`update`: changed, another's, of long ago, no release",
        goal: "refused, nothing changes",
        tried: refused,
    },
    Item {
        what: "`check` of every kind of evidence, as JSON",
        goal: "the same bytes as here",
        tried: json,
    },
    Item { what: "`check`, the words on the screen", goal: "the same bytes as here", tried: words },
    Item {
        what: "`check --html`, the page to print",
        goal: "the same bytes as here",
        tried: pages,
    },
    Item {
        what: "names in other scripts, from the right, with quotes and signs",
        goal: "as here",
        tried: names,
    },
    Item {
        what: "names that Windows keeps for devices or cannot delete",
        goal: "refused in words",
        tried: devices,
    },
    Item { what: "paths of more than 260 characters", goal: "as here", tried: long_paths },
    Item {
        what: "folders that cannot be written to",
        goal: "refused in words",
        tried: closed_folders,
    },
    Item { what: "a folder where the report should be", goal: "as here", tried: taken },
    Item { what: "exit codes of the table", goal: "as here", tried: exit_codes },
    Item {
        what: "`acquire` from a phone, through an adb server on this machine; `check` of the case",
        goal: "the case reads as here",
        tried: live,
    },
    Item {
        what: "nothing left behind: files in the folders of program, data and evidence",
        goal: "none but ours",
        tried: left_over,
    },
];

fn version(desks: &Desks) -> Result<String> {
    let said = desks.both_end(&["--version"], 0)?;
    desks.both_end(&["--help"], 0)?;
    desks.both_end(&["check", "--help"], 0)?;
    Ok(String::from_utf8(said.out)?.trim().to_owned())
}

fn doctor(desks: &Desks) -> Result<String> {
    let said = desks.windows(&["doctor"])?;
    let text = String::from_utf8(said.out)?;
    ensure!(said.code == 0, "{}", said.talk);
    for expected in ["\\AppData\\Local\\unwatched", "indicators  none", "read back unchanged"] {
        ensure!(text.contains(expected), "it does not say {expected}: {text}");
    }
    Ok("the folder, what is missing, and that files are kept as they are written".to_owned())
}

fn data(desks: &Desks) -> Result<String> {
    let folder = |words: &[&str]| {
        let text = String::from_utf8(desks.windows(words)?.out)?;
        let line = text.lines().find_map(|line| line.strip_prefix("folder      "));
        Ok::<_, anyhow::Error>(line.context("doctor names no folder")?.to_owned())
    };
    ensure!(folder(&["doctor", "--home", "here"])? == "here", "--home is not followed");
    let beside = desks.stick().join("unwatched-data");
    fs::create_dir(&beside)?;
    let found = folder(&["doctor"])?;
    ensure!(found == seen_from_inside(&beside), "{found}");
    ensure!(folder(&["doctor", "--home", "here"])? == "here", "--home does not stand above it");
    // An update there, as on a stick: from then on nothing is known of it elsewhere.
    let said = desks.windows(&["update", "release-5", "--key", "key.pub"])?;
    ensure!(said.code == 0, "{}", said.talk);
    let mut files: Vec<_> =
        fs::read_dir(&beside)?.flatten().map(|entry| entry.file_name()).collect();
    files.sort();
    ensure!(files == ["bundle", "key.pub", "lock"], "{files:?}");
    fs::remove_dir_all(&beside)?;
    ensure!(folder(&["doctor"])?.contains("AppData"), "the folder beside it is gone, and is used");
    Ok("each found, an update on the stick stays there".to_owned())
}

fn update(desks: &Desks) -> Result<String> {
    desks.both_end(&["update", "release-5"], 4)?;
    desks.both_end(&["update", "release-5", "--key", "key.pub"], 0)?;
    desks.both_end(&["update", "release-5"], 0)?;
    desks.both_end(&["update", "release-4-older"], 4)?;
    desks.both_end(&["update", "release-6-newer"], 0)?;
    desks.both_end(&["update", "release-5"], 4)?;
    desks.same_file("home/bundle")?;
    desks.same_file("home/key.pub")?;
    Ok("installed, already installed, replaced, refused".to_owned())
}

fn refused(desks: &Desks) -> Result<String> {
    let before = desks.same_file("home/bundle")?;
    let refused =
        ["release-9-changed", "release-7-of-another", "release-8-long-ago", "bugreport.txt"];
    for name in refused {
        desks.both_end(&["update", name], 4)?;
        ensure!(desks.same_file("home/bundle")? == before, "{name} changed what is installed");
    }
    desks.both_end(&["update", "not-there"], 4)?;
    Ok(format!("{} refused, each with the same words", refused.len() + 1))
}

fn json(desks: &Desks) -> Result<String> {
    let mut bytes = 0;
    for evidence in EVIDENCE {
        let mut words = vec!["check", evidence.path, "--json"];
        words.extend(evidence.options);
        let said = desks.both_end(&words, 0).with_context(|| evidence.what)?;
        let result: serde_json::Value = serde_json::from_slice(&said.out)?;
        ensure!(result["checks"].as_array().is_some_and(|checks| !checks.is_empty()), "no checks");
        bytes += said.out.len();
    }
    let kinds: Vec<_> = EVIDENCE.iter().map(|evidence| evidence.what).collect();
    Ok(format!("{} kinds, {bytes} bytes: {}", EVIDENCE.len(), kinds.join("; ")))
}

fn words(desks: &Desks) -> Result<String> {
    for evidence in EVIDENCE {
        let mut words = vec!["check", evidence.path];
        words.extend(evidence.options);
        let said = desks.both_end(&words, 0).with_context(|| evidence.what)?;
        let text = String::from_utf8(said.out).context("what it prints is not UTF-8")?;
        ensure!(!text.contains('\r'), "another end of lines than here");
    }
    Ok(format!("{} kinds, in UTF-8", EVIDENCE.len()))
}

fn pages(desks: &Desks) -> Result<String> {
    let mut bytes = 0;
    for (number, evidence) in EVIDENCE.iter().enumerate() {
        let page = format!("report-{number}.html");
        let mut words = vec!["check", evidence.path, "--html", &page];
        words.extend(evidence.options);
        desks.both_end(&words, 0).with_context(|| evidence.what)?;
        let written = desks.same_file(&page)?;
        bytes += written.len();
        desks.both_end(&words, 5)?;
        words.push("--force");
        desks.both_end(&words, 0)?;
        ensure!(desks.same_file(&page)? == written, "written again, it differs");
    }
    Ok(format!(
        "{} pages, {bytes} bytes; not replaced unasked, the same when replaced",
        EVIDENCE.len()
    ))
}

/// As helpers name files, and as somebody might who wants a terminal to show something else.
const NAMES: [&str; 6] = [
    "Телефон Олени, 3 листопада.zip",
    "הטלפון שלה.zip",
    "她的手机 📱.zip",
    "it's \u{201c}her\u{201d} phone & more (copy) 100% !x^.zip",
    "cut\u{202e}piz.exe.zip",
    "e\u{301}te\u{301}.zip",
];

fn names(desks: &Desks) -> Result<String> {
    for name in NAMES {
        for desk in [desks.at(""), desks.beside("")] {
            fs::copy(desk.join("bugreport.zip"), desk.join(name))?;
        }
        let page = format!("{name}.html");
        let said = desks.both_end(&["check", name, "--html", &page], 0).with_context(|| name)?;
        ensure!(!said.talk.contains('\u{202e}'), "a name turns words on the screen");
        desks.same_file(&page)?;
        desks.both_end(&["check", &format!("no such {name}")], 3)?;
    }
    let said = desks.windows(&["doctor", "--home", "дані 📱"])?;
    let text = String::from_utf8(said.out)?;
    ensure!(text.contains("folder      дані 📱"), "{text}");
    Ok(format!("{} names, of evidence and of pages", NAMES.len()))
}

fn devices(desks: &Desks) -> Result<String> {
    let names = ["nul", "CON.html", "aux.html", "COM1", "report.html:hidden", "report.", "report "];
    for name in names {
        let words = ["check", "bugreport.txt", "--html", name];
        let said = desks.windows(&words)?;
        ensure!(said.code == 1 || said.code == 5, "{name}: {} {}", said.code, said.talk);
    }
    Ok(format!("{} names", names.len()))
}

fn long_paths(desks: &Desks) -> Result<String> {
    let deep: PathBuf =
        (0..8).map(|level| format!("{level}-{}", "дуже-довга-назва-".repeat(2))).collect();
    for desk in [desks.at(""), desks.beside("")] {
        fs::create_dir_all(desk.join(&deep))?;
        fs::copy(desk.join("bugreport.zip"), desk.join(&deep).join("bugreport.zip"))?;
    }
    let length = desks.at("").join(&deep).to_string_lossy().chars().count();
    ensure!(length > 260, "only {length} characters");
    let page = deep.join("report.html");
    let words: Vec<OsString> = vec![
        "check".into(),
        deep.join("bugreport.zip").into(),
        "--html".into(),
        page.clone().into(),
    ];
    desks.both_end(&words, 0)?;
    desks.same_file(page.to_str().context("it was made of text")?)?;
    // Named by its whole path, as a window that asks for a file hands it over.
    let whole = seen_from_inside(&desks.at("").join(&deep).join("bugreport.zip"));
    let said = desks.windows(&["check", &whole, "--json"])?;
    ensure!(said.code == 0, "{}", said.talk);
    let home = desks.at("").join(&deep).join("home");
    let said = desks.windows(&[
        "update",
        "release-5",
        "--key",
        "key.pub",
        "--home",
        &seen_from_inside(&home),
    ])?;
    ensure!(said.code == 0 && home.join("bundle").is_file(), "{}", said.talk);
    Ok(format!("{length} characters: evidence, page, data"))
}

fn closed_folders(desks: &Desks) -> Result<String> {
    // What the kernel shows of itself is a folder that nobody can write to, whoever runs this.
    let words = ["check", "bugreport.txt", "--html", "Z:\\proc\\report.html"];
    let said = desks.windows(&words)?;
    ensure!(
        said.code == 1 && !said.out.is_empty(),
        "the result is lost with the page: {}",
        said.talk
    );
    ensure!(said.talk.contains("cannot be written"), "{}", said.talk);
    let said = desks.windows(&["update", "release-5", "--key", "key.pub", "--home", "Z:\\proc"])?;
    ensure!(said.code == 1, "{} {}", said.code, said.talk);
    ensure!(said.talk.contains("cannot be written to"), "{}", said.talk);
    let doctor = desks.windows(&["doctor", "--home", "Z:\\proc"])?;
    let text = String::from_utf8(doctor.out)?;
    ensure!(doctor.code == 0 && !text.contains("read back unchanged"), "{text}");
    Ok("the result is printed all the same; `doctor` says it".to_owned())
}

fn taken(desks: &Desks) -> Result<String> {
    fs::create_dir(desks.at("taken.html"))?;
    fs::create_dir(desks.beside("taken.html"))?;
    desks.both_end(&["check", "bugreport.txt", "--html", "taken.html", "--force"], 5)?;
    Ok("refused with the words of here".to_owned())
}

fn exit_codes(desks: &Desks) -> Result<String> {
    desks.both_end(&["check"], 2)?;
    desks.both_end(&["check", "--no-such-option"], 2)?;
    desks.both_end(&["check", "not-there.zip"], 3)?;
    desks.both_end(&["check", "passphrase.txt"], 3)?;
    desks.both_end(&["check", "backup.ab"], 3)?;
    desks.both_end(&["check", "androidqf.zip.age"], 3)?;
    desks.both_end(&["update", "bugreport.zip"], 4)?;
    desks.both_end(&["check", "bugreport.txt", "--html", "report-0.html"], 5)?;
    desks.both_end(&["check", "bugreport.txt", "--html", "no-such-folder/report.html"], 1)?;
    Ok("0, 1, 2, 3, 4, 5".to_owned())
}

/// A made-up phone behind the real adbd, reached through the real adb server: `rigs/android/`.
fn live(desks: &Desks) -> Result<String> {
    clients::adbd()?;
    let rig = Rig::start(&Which { seed: 11, label: "watcher-00".to_owned(), apps: 60 });
    let server = AdbServer::start();
    let (serial, port) = (server.connect(&rig), server.port().to_string());
    let watcher = rig.phone().planted[0].package.clone().context("a watcher is an app")?;
    rig.put_app(&watcher, &ApkBuilder::new(&watcher).build());
    let mut doctor = desks.command(&["doctor"]);
    let doctor = doctor.env("ANDROID_ADB_SERVER_PORT", &port).output()?;
    let doctor = String::from_utf8(doctor.stdout)?;
    ensure!(doctor.contains("an adb server runs, version 1.0."), "{doctor}");

    let opened = ["--passphrase-file", "passphrase.txt"];
    let acquire =
        ["acquire", "--safety-questions-answered", "--serial", &serial, "--adb-port", &port];
    let said = desks.windows(&[&acquire[..], &["--out", "case"], &opened].concat())?;
    ensure!(said.code == 0, "{}", said.talk);
    let told = said.talk.lines().find(|line| line.contains(" answers and ")).unwrap_or_default();
    let told = told.split(';').next().unwrap_or_default().to_owned();
    ensure!(told.contains(" and 1 files of apps"), "{}", said.talk);
    let again = desks.windows(&[&acquire[..], &["--out", "androidqf"], &opened].concat())?;
    ensure!(again.code != 0, "a folder that is no case was written into");

    desks.hand_over("case")?;
    let said = desks.both_end(&[&["check", "case", "--json"], &opened[..]].concat(), 0)?;
    ensure!(String::from_utf8_lossy(&said.out).contains(&watcher), "the watcher is not found");
    desks.both_end(&["check", "case", "--json", "--passphrase-file", "key.pub"], 3)?;
    let seal = ["evidence", "seal", "case", "--out", "package"];
    let sealed = ["--new-passphrase-file", "passphrase.txt", "--home", "home"];
    let said = desks.windows(&[&seal[..], &opened, &sealed].concat())?;
    ensure!(said.code == 0, "{}", said.talk);
    desks.hand_over("package")?;
    let said = desks.both_end(&[&["evidence", "replay", "package"], &opened[..]].concat(), 0)?;
    let replayed = String::from_utf8_lossy(&said.out).into_owned();
    ensure!(replayed.contains("the same byte for byte"), "{replayed}");
    for file in fs::read_dir(desks.at("case"))?.flatten() {
        let bytes = fs::read(file.path())?;
        let is_plain = bytes.windows(watcher.len()).any(|window| window == watcher.as_bytes());
        ensure!(!is_plain, "an app's name lies in the clear in {}", file.path().display());
    }
    Ok(told)
}

fn left_over(desks: &Desks) -> Result<String> {
    let listed = |folder: PathBuf| -> Result<Vec<String>> {
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        let mut names: Vec<_> = entries
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        Ok(names)
    };
    let stick = listed(desks.stick())?;
    ensure!(stick == ["unwatched.exe"], "beside the program: {stick:?}");
    let (home, here) = (listed(desks.at("home"))?, listed(desks.beside("home"))?);
    ensure!(home == here, "in the data folder: {home:?}, here {here:?}");
    let (desk, here) = (listed(desks.at(""))?, listed(desks.beside(""))?);
    ensure!(desk == here, "beside the evidence: {desk:?}, here {here:?}");
    Ok("none".to_owned())
}
