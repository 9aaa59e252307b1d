//! `analyze`: without a server.

use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use unwatched_fixtures::apk::{ApkBuilder, gallery};

use super::exchange;
use crate::rig::program;

#[test]
fn each_file_gets_its_line_whatever_becomes_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("watch.apk"), gallery::unknown_stalkerware_like(1).bytes()).unwrap();
    fs::write(path("empty"), b"").unwrap();
    // Longer than any machine's patience, and all holes.
    fs::File::create(path("sparse")).unwrap().set_len(3 << 30).unwrap();
    fs::write(path("game.apk"), gallery::plain_game().bytes()).unwrap();
    let names = ["watch.apk", "missing", "sparse", "empty", "game.apk"].map(path);
    let mut words = vec!["analyze", "--json"];
    words.extend(names.iter().map(String::as_str));
    let ended = exchange(folder.path(), &words);
    assert_eq!(ended.code, Some(3));
    let lines: Vec<Value> = ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let files: Vec<_> = lines.iter().map(|line| line["file"].as_str().unwrap()).collect();
    assert_eq!(files, names);
    assert_eq!(lines[0]["format"], "apk");
    assert!(lines[0]["capabilities"].as_array().unwrap().len() >= 12);
    assert_eq!(lines[2]["error"], "is 3072 MiB long, and at most 500 MiB are analysed");
    assert_eq!(lines[3]["format"], "empty");
    assert_eq!(lines[4]["format"], "apk");
    // What this machine's kernel lacks is told too, once.
    let is_of_files = |line: &&str| !line.contains(" WARN ");
    let talk: Vec<_> = ended.stderr.lines().filter(is_of_files).collect();
    assert_eq!(talk.len(), 3, "{}", ended.stderr);
    assert!(talk[0].contains("missing: cannot be read: No such file"), "{}", talk[0]);
    assert!(talk[1].contains("sparse: is 3072 MiB long"), "{}", talk[1]);
    assert_eq!(talk[2], "error: 2 of 5 files were not analysed");
}

#[test]
fn what_cannot_be_taken_is_refused_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("watch.apk");
    fs::write(&file, gallery::plain_game().bytes()).unwrap();
    let file = file.to_str().unwrap();
    for jobs in ["18446744073709551615", "0", "257"] {
        let said = exchange(folder.path(), &["analyze", "--jobs", jobs, file]).refused(2);
        assert!(said.contains("is not in 1..=256"), "{said}");
    }
    let said = exchange(folder.path(), &["analyze", folder.path().to_str().unwrap()]).refused(3);
    assert!(said.contains(": is a folder, not a file\n"), "{said}");
    let said = exchange(folder.path(), &["analyze", "-", "-"]).refused(5);
    assert!(said.contains("stdin can be read once"), "{said}");
}

#[test]
fn a_file_comes_through_a_pipe_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("watch.apk");
    let app = gallery::plain_game();
    fs::write(&file, app.bytes()).unwrap();
    let piped = |from: &str, name: &str| {
        let line = format!("{from} | \"$0\" analyze --json {name}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).arg(program()).arg(&file).output().expect("sh")
    };
    for name in ["-", "/dev/stdin"] {
        let ended = piped("cat \"$1\"", name);
        let line: Value = serde_json::from_slice(&ended.stdout).expect("a line of JSON");
        assert_eq!((line["file"].as_str(), line["format"].as_str()), (Some(name), Some("apk")));
        assert_eq!(line["package"], app.package.as_str());
        let ended = piped("true", name);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(said.contains("is a pipe through which nothing came"), "{said}");
    }
    // Endless, and no longer read than what is analysed.
    let ended = piped("cat /dev/zero", "-");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(said.contains("is longer than 500 MiB, and no more is analysed"), "{said}");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_told_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("watch.apk");
    fs::write(&file, gallery::plain_game().bytes()).unwrap();
    let is_over = AtomicBool::new(false);
    let said = std::thread::scope(|scope| {
        scope.spawn(|| {
            // Written to for as long as it is read.
            let mut to = fs::File::options().append(true).open(&file).unwrap();
            while !is_over.load(Ordering::Relaxed) {
                to.write_all(b"x").unwrap();
            }
        });
        let ended = exchange(folder.path(), &["analyze", file.to_str().unwrap()]);
        is_over.store(true, Ordering::Relaxed);
        ended.refused(3)
    });
    assert!(said.contains("changed while it was read: analyse it again"), "{said}");
}

#[test]
fn the_line_has_the_published_fields() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("watch.apk");
    fs::write(&file, gallery::unknown_stalkerware_like(1).bytes()).unwrap();
    let said = exchange(folder.path(), &["analyze", "--json", file.to_str().unwrap()]).ok();
    let line: Value = serde_json::from_str(&said).unwrap();
    let fields = [
        "report_version",
        "file",
        "sha256",
        "sha1",
        "md5",
        "size_bytes",
        "format",
        "package",
        "label",
        "version_name",
        "version_code",
        "certificates",
        "signature",
        "permissions",
        "capabilities",
        "observable_by",
        "endpoints",
        "anomalies",
        "problems",
    ];
    let object = line.as_object().unwrap();
    assert_eq!(object.len(), fields.len());
    assert!(fields.iter().all(|field| object.contains_key(*field)), "{:?}", object.keys());
    assert_eq!(line["certificates"][0]["verified"], true);
    assert_eq!(line["signature"]["accepted_at"]["24"], true);
    assert_eq!(line["signature"]["schemes"].as_array().unwrap().len(), 6);
    assert!(!folder.path().join("exchange.sqlite").exists(), "it leaves no trace");
}

#[test]
fn people_read_what_it_can_do_and_why_we_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("watch.apk");
    let app = gallery::unknown_stalkerware_like(1);
    fs::write(&file, app.bytes()).unwrap();
    let said = exchange(folder.path(), &["analyze", file.to_str().unwrap()]).ok();
    assert!(said.contains(&format!("Android app {} \"{}\"", app.package, app.label)), "{said}");
    assert!(said.contains("\n  it can read ") && !said.contains("can can"), "{said}");
    assert!(said.contains("\n    text content://") && !said.contains("string string"), "{said}");
    assert!(!said.contains("service any"), "{said}");
    assert!(said.contains("\n    declared permission android.permission."), "{said}");
    assert!(said.contains("(verified)"), "{said}");
    assert!(said.contains("\n  signed with v2: verified\n"), "{said}");
    assert!(
        said.contains("\n  Android accepts the signatures: from 7 yes, from 9 yes, from 13 yes\n"),
        "{said}"
    );
    for label in ["stalkerware", "malware", "clean", "safe"] {
        assert!(!said.to_lowercase().contains(label), "an analysis labels nothing: {label}");
    }
}

#[test]
fn where_nothing_is_seen_to_report_a_removal_it_is_to_be_assumed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("torch.apk");
    let torch = ApkBuilder::new("com.example.torch").label("Torch of kim@mail.example");
    fs::write(&file, torch.build()).unwrap();
    let said = exchange(folder.path(), &["analyze", file.to_str().unwrap()]).ok();
    assert!(said.contains(": assume that the other side is told at once.\n"), "{said}");
    assert!(said.contains("\n  left out on purpose: masked, "), "{said}");
    assert!(!said.contains("could not be read: masked"), "{said}");
}

#[test]
fn what_an_app_inside_can_do_stands_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("torch.apk");
    let torch = ApkBuilder::new("com.example.torch").label("Torch");
    let inner = gallery::unknown_stalkerware_like(1).bytes();
    fs::write(&file, torch.file("assets/x.bin", inner).build()).unwrap();
    let file = file.to_str().unwrap();
    let said = exchange(folder.path(), &["analyze", file]).ok();
    assert!(said.contains("\n  an app inside it (assets/x.bin) can read"), "{said}");
    assert!(said.contains("\n  would tell: An app inside it (assets/x.bin): "), "{said}");
    assert!(said.contains(", in assets/x.bin!classes.dex: "), "{said}");
    let said = exchange(folder.path(), &["analyze", "--criteria", file]).ok();
    assert!(said.contains("\n    bears on it: an app inside it (assets/x.bin) "), "{said}");
}

#[test]
fn a_maker_reads_how_a_build_stands_on_each_criterion() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("watch.apk");
    fs::write(&file, gallery::unknown_stalkerware_like(1).bytes()).unwrap();
    let file = file.to_str().unwrap();
    let said = exchange(folder.path(), &["analyze", "--criteria", "--json", file]).ok();
    let line: Value = serde_json::from_str(&said).unwrap();
    let standing = |id: &str| {
        let of = line["criteria"].as_array().unwrap().iter().find(|c| c["criterion"] == id);
        of.unwrap_or_else(|| panic!("no {id}: {line}"))["standing"].as_str().unwrap().to_owned()
    };
    assert_eq!(standing("tracks"), "supported");
    assert_eq!(standing("hides_itself"), "supported");
    assert_eq!(standing("offered_to_individuals"), "not_in_a_file");

    let said = exchange(folder.path(), &["analyze", "--criteria", file]).ok();
    assert!(said.contains("  hides itself: the file shows what bears on it\n"), "{said}");
    let at = said.lines().position(|line| line.starts_with("    bears on it: it "));
    let below = said.lines().nth(at.expect("something bears on it") + 1).unwrap_or_default();
    assert!(below.starts_with("      ") && below.contains(", in "), "{below}");
    let mut of = line["criteria"].as_array().unwrap().iter();
    let hides = of.find(|of| of["criterion"] == "hides_itself").unwrap();
    assert!(hides["bearing"][0]["evidence"][0]["place"].is_string(), "{hides}");
    for capability in hides["capabilities"].as_array().unwrap() {
        assert_ne!(capability, "overlay", "what is drawn over other apps hides no app");
    }
    assert!(said.contains("This answers no criterion: partners do"), "{said}");
}

#[test]
fn two_files_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let [old, new] = ["old.apk", "new.apk"].map(|name| folder.path().join(name));
    fs::write(&old, gallery::unknown_stalkerware_like(1).bytes()).unwrap();
    fs::write(&new, gallery::parental_control_visible().bytes()).unwrap();
    let [old, new] = [&old, &new].map(|path| path.to_str().unwrap());
    let compare =
        |args: &[&str]| exchange(folder.path(), &[&["analyze", "--compare"], args].concat());
    let line: Value = serde_json::from_str(&compare(&["--json", old, new]).ok()).unwrap();
    let parts: Vec<_> = line["differences"].as_array().unwrap().iter().collect();
    let of = |part: &str| parts.iter().filter(|one| one["part"] == part).count();
    assert_eq!(of("package"), 1, "{line}");
    assert!(of("capability") > 0 && of("permission") > 0, "{line}");

    let said = compare(&[old, new]).ok();
    assert!(said.contains("\npackage\n  - ") && said.contains("\n  + "), "{said}");
    let told = said.split_once("what removing would tell\n").expect("it differs").1;
    assert!(told.starts_with("  - somebody "), "{told}");
    let said = compare(&[old, old]).ok();
    assert!(said.contains("nothing that is compared here differs"), "{said}");
    assert!(compare(&[old]).refused(5).contains("--compare takes two files, not 1"));
}

#[test]
fn several_files_at_once_are_told_as_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    // The first one takes longest, so that those behind it are ready before it.
    fs::write(path("z-large"), vec![7; 24 << 20]).unwrap();
    let mut files = vec![path("z-large"), path("missing")];
    for app in gallery::all(1).iter().rev() {
        let file = path(&format!("{}.apk", app.name));
        fs::write(&file, app.bytes()).unwrap();
        files.push(file);
    }
    files.push(path("z-large"));
    let told = |jobs: &[&str], how: &[&str]| {
        let words = files.iter().map(String::as_str);
        let words: Vec<&str> =
            ["analyze"].iter().chain(how).chain(jobs).copied().chain(words).collect();
        let ended = exchange(folder.path(), &words);
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        (ended.stdout, ended.stderr)
    };
    for how in [&["--json"][..], &[], &["--criteria"]] {
        let one_by_one = told(&["--jobs", "1"], how);
        assert_eq!(told(&["--jobs", "2"], how), one_by_one);
        // More than there are files, and as many as there are processors.
        assert_eq!(told(&["--jobs", "100"], how), one_by_one);
        assert_eq!(told(&[], how), one_by_one);
    }
    let lines = told(&["--jobs", "3"], &["--json"]).0;
    let in_order: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["file"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(in_order, files);
    let none = exchange(folder.path(), &["analyze", "--jobs", "0", &files[0]]);
    assert_eq!(none.code, Some(2), "{}", none.stderr);
}

/// Debian's tools sign an app with scheme 4; its file lies beside the app, as they leave it.
#[test]
fn the_file_of_scheme_4_beside_an_app_is_checked_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("in.apk"), gallery::plain_game().bytes()).unwrap();
    let run = |program: &str, words: &[&str]| {
        let ended = std::process::Command::new(program).args(words).output();
        let ended = ended.unwrap_or_else(|error| panic!("{program} is needed here: {error}"));
        assert!(ended.status.success(), "{program}: {}", String::from_utf8_lossy(&ended.stderr));
    };
    let keys = path("keys");
    let of_keys = ["-keystore", &keys, "-storepass", "made-up", "-alias", "one"];
    let made = ["-genkeypair", "-keyalg", "EC", "-dname", "CN=Made Up", "-validity", "9000"];
    run("keytool", &[&made[..], &of_keys].concat());
    let (from, to) = (path("in.apk"), path("signed.apk"));
    run(
        "apksigner",
        &[
            "sign",
            "--ks",
            &keys,
            "--ks-pass",
            "pass:made-up",
            "--v4-signing-enabled",
            "true",
            "--in",
            &from,
            "--out",
            &to,
        ],
    );
    let v4 = || -> Value {
        let said = exchange(folder.path(), &["analyze", "--json", &to]).ok();
        let line: Value = serde_json::from_str(&said).unwrap();
        let schemes = line["signature"]["schemes"].as_array().unwrap();
        schemes.iter().find(|scheme| scheme["scheme"] == "v4").unwrap().clone()
    };
    assert_eq!(v4()["verified"], true, "{}", v4());

    let idsig = path("signed.apk.idsig");
    let right = fs::read(&idsig).unwrap();
    fs::write(&idsig, &right[..right.len() - 1]).unwrap();
    let cut = v4();
    assert_eq!((&cut["present"], &cut["verified"]), (&true.into(), &false.into()), "{cut}");
    // Longer than one of any app: it is not read to its end, and said to be wrong.
    fs::File::create(&idsig).unwrap().set_len(1 << 30).unwrap();
    assert_eq!(v4()["verified"], false);
    fs::remove_file(&idsig).unwrap();
    assert_eq!(v4()["present"], false);
    fs::create_dir(&idsig).unwrap();
    assert_eq!(v4()["present"], false);
}
