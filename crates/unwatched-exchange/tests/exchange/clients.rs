//! A release's files in the hands of those who read them: PyMISP, BIND's checker of zones, ClamAV,
//! YARA, minisign, Suricata. `cargo xtask test` installs them; where one is missing its test says
//! so and is left out, and with `CI` set that is a failure.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use unwatched_exchange::community;
use unwatched_exchange::release::publish;
use unwatched_formats::release::Index;
use unwatched_store::Actor;
use unwatched_testkit::community::community_data;
use unwatched_testkit::notices::left_out;
use unwatched_testkit::programs;

use crate::rig::Server;

pub(crate) const PYTHON: &str = "UNWATCHED_TEST_CLIENTS_PYTHON";
const SURICATA: &str = "UNWATCHED_TEST_SURICATA";

/// Bytes that stand for an app's file, shared with everybody and named by an indicator.
const SAMPLE: &[u8] = b"made-up bytes that stand for the file of a watcher, and do nothing at all";

/// Every file of a release of the community's lists, downloaded.
pub(crate) struct Downloaded {
    folder: TempDir,
    index: Index,
}

impl Downloaded {
    pub(crate) fn new() -> Self {
        let server = Server::without_worker();
        server.wait(community::import(&server.state, &community_data())).unwrap();
        let lab = server.lab();
        lab.send("/api/v1/samples?tlp=CLEAR&pap=GREEN", &[], SAMPLE).expect(202);
        let families = server.wait(server.state.store.all_families()).unwrap();
        let stalkerware = families.iter().find(|row| row.attributed.len() == 1).unwrap();
        let family = format!("/api/v1/families/{}", stalkerware.family.id);
        lab.indicate(&family, "file_sha256", &hex::encode(Sha256::digest(SAMPLE)), "sample");
        let by = Actor::operator();
        server.wait(publish::publish(&server.state, &by)).expect("a release");
        let folder = tempfile::tempdir().unwrap();
        let get = |name: &str| {
            let plain = [("accept-encoding", "identity")];
            let path = format!("/feeds/v1/{name}");
            let bytes = server.nobody().get_with(&path, &plain).expect(200).body;
            let to = folder.path().join(name);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, &bytes).unwrap();
            bytes
        };
        let index = Index::from_bytes(&get("index.json")).unwrap();
        for name in ["index.json.minisig", "key.pub", "bundle"] {
            get(name);
        }
        for file in &index.files {
            get(&file.name);
        }
        fs::write(folder.path().join("sample"), SAMPLE).unwrap();
        fs::write(folder.path().join("other"), "somebody else's file, of no family").unwrap();
        Self { folder, index }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A program on the PATH, or nothing and a notice.
fn program(name: &str) -> Option<Command> {
    let path = env::var_os("PATH")?;
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|at| at.is_file());
    if found.is_none() {
        missing(name);
    }
    found.map(Command::new)
}

pub(crate) fn missing(what: &str) {
    let notice = format!("{what} is not here: no release was read with it");
    assert!(env::var_os("CI").is_none(), "CI is set, and {notice}");
    left_out(&notice);
}

#[track_caller]
pub(crate) fn said(command: &mut Command) -> (Output, String) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output, text)
}

/// A script of `rigs/clients/`, its answer as JSON.
fn script(name: &str, argument: &Path) -> Option<Value> {
    let Some(python) = env::var_os(PYTHON) else {
        missing("the clients' Python");
        return None;
    };
    let script = programs::root().join("rigs/clients").join(name);
    let (output, text) = said(Command::new(python).arg(script).arg(argument));
    assert!(output.status.success(), "{name}: {text}");
    let line = String::from_utf8(output.stdout).unwrap();
    Some(serde_json::from_str(line.trim()).unwrap_or_else(|error| panic!("{error}: {line}")))
}

#[test]
fn pymisp_reads_the_feed() {
    let release = Downloaded::new();
    let Some(counts) = script("misp_feed.py", &release.path("misp")) else { return };
    let events = release.index.files.iter().filter(|file| file.name.starts_with("misp/"));
    assert_eq!(counts["events"], events.count() - 2, "all but the manifest and the hashes");
    assert!(counts["attributes"].as_u64() > counts["events"].as_u64(), "{counts}");
}

#[test]
fn bind_loads_the_zone() {
    let Some(mut checkzone) = program("named-checkzone") else { return };
    let release = Downloaded::new();
    let zone = release.path("unwatched.rpz");
    let (output, text) =
        said(checkzone.args(["-k", "fail", "-m", "fail", "unwatched.rpz"]).arg(zone));
    assert!(output.status.success(), "{text}");
    assert!(text.contains("loaded serial 1"), "{text}");
}

#[test]
fn clamav_finds_the_file_and_no_other() {
    if program("clamscan").is_none() {
        return;
    }
    let release = Downloaded::new();
    for name in ["unwatched.hsb", "unwatched.hdb"] {
        let scan = |of: &str| {
            let mut clamscan = program("clamscan").unwrap();
            clamscan.arg("--no-summary").arg("--database").arg(release.path(name));
            said(clamscan.arg(release.path(of)))
        };
        let (output, text) = scan("sample");
        assert_eq!(output.status.code(), Some(1), "{name}: {text}");
        assert!(text.contains("Unwatched.Stalkerware.") && text.contains("FOUND"), "{text}");
        let (output, text) = scan("other");
        assert_eq!(output.status.code(), Some(0), "{name}: {text}");
    }
    // Those of watchware load, and only when they are asked for.
    for name in ["unwatched.hsu", "unwatched.hdu"] {
        let mut clamscan = program("clamscan").unwrap();
        clamscan.args(["--no-summary", "--detect-pua=yes", "--database"]).arg(release.path(name));
        let (output, text) = said(clamscan.arg(release.path("other")));
        assert_eq!(output.status.code(), Some(0), "{name}: {text}");
    }
}

#[test]
fn yara_compiles_the_rules_and_finds_the_file() {
    let Some(mut yara) = program("yara") else { return };
    let release = Downloaded::new();
    let (output, text) = said(
        yara.arg("--no-warnings").arg(release.path("unwatched.yar")).arg(release.path("sample")),
    );
    assert!(output.status.success(), "{text}");
    let found: Vec<_> = text.lines().collect();
    assert!(found.len() == 1 && found[0].contains("_file_"), "{text}");
}

#[test]
fn minisign_verifies_the_index() {
    let Some(mut minisign) = program("minisign") else { return };
    let release = Downloaded::new();
    minisign.arg("-V").arg("-p").arg(release.path("key.pub"));
    let (output, text) = said(minisign.arg("-m").arg(release.path("index.json")));
    assert!(output.status.success(), "{text}");
    assert!(text.contains("unwatched release 1"), "{text}");
}

#[test]
fn suricata_loads_every_rule() {
    let release = Downloaded::new();
    let rules = release.path("suricata.rules");
    let text = fs::read_to_string(&rules).unwrap();
    let count = text.lines().filter(|line| line.starts_with("alert ")).count();
    if let Some(parsed) = script("suricata_rules.py", &rules) {
        assert_eq!((&parsed["rules"], &parsed["sids"]), (&count.into(), &count.into()));
    }
    let Some(root) = env::var_os(SURICATA).map(PathBuf::from) else {
        left_out("suricata itself is not here: suricataparser alone read its rules");
        return;
    };
    let libraries = root.join("usr/lib/x86_64-linux-gnu");
    let settings = root.join("etc/suricata");
    let mut suricata = Command::new(libraries.join("ld-linux-x86-64.so.2"));
    suricata.arg("--library-path").arg(&libraries).arg(root.join("usr/bin/suricata"));
    suricata.arg("-T").arg("-S").arg(&rules).arg("-l").arg(release.folder.path());
    suricata.arg("-c").arg(settings.join("suricata.yaml"));
    for file in ["classification", "reference", "threshold"] {
        let key = match file {
            "classification" => "classification-file",
            "reference" => "reference-config-file",
            _ => "threshold-file",
        };
        let path = settings.join(format!("{file}.config"));
        suricata.arg("--set").arg(format!("{key}={}", path.display()));
    }
    let (output, text) = said(&mut suricata);
    assert!(output.status.success(), "{text}");
    let log = fs::read_to_string(release.path("suricata.log")).unwrap();
    let loaded = format!("{count} rules successfully loaded, 0 rules failed");
    assert!(log.contains(&loaded), "{log}");
}
