//! Who signs releases, from one key on the server to two of three coordinators' keys and on through a
//! lost key, a coordinator who leaves, and a new server's key: with the real programs, and with
//! minisign as a partner runs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::programs::{self, Ended};
use unwatched_testkit::{Checker, TemporaryPostgres, community_data, notices, postgres};

#[test]
fn the_ceremony_on_sqlite() {
    let folder = TempDir::new().unwrap();
    let operator = Operator::new(&folder.path().join("data"));
    Ceremony::new(operator, folder.path()).walk();
}

#[test]
fn the_ceremony_on_postgresql() {
    if let Err(notice) = postgres::available() {
        eprintln!("{notice}");
        return;
    }
    let server = TemporaryPostgres::start().unwrap();
    let name = format!("the_ceremony_{}", std::process::id());
    server.create_database(&name).unwrap();
    let folder = TempDir::new().unwrap();
    let operator = Operator::new(&folder.path().join("data")).with_database(&server.url(&name));
    Ceremony::new(operator, folder.path()).walk();
    server.drop_database(&name).unwrap();
}

struct Ceremony {
    operator: Operator,
    folder: PathBuf,
    /// A helper who installs each release, and one who was away.
    helper: Checker,
    away: Checker,
}

impl Ceremony {
    fn new(operator: Operator, folder: &Path) -> Self {
        let folder = folder.to_path_buf();
        Self { operator, folder, helper: Checker::new(), away: Checker::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn admin(&self, words: &[&str]) -> Ended {
        self.operator.run(&[&["admin"], words].concat())
    }

    /// A coordinator's key, on a computer of their own.
    fn new_key(&self, name: &str) {
        let key = self.text(name);
        offline(&["sign", "--new-key", &key, "--no-password"]).ok();
    }

    /// The id of a key, as `admin keys list` shows it.
    fn id(&self, name: &str) -> String {
        let line = fs::read_to_string(self.path(&format!("{name}.pub"))).unwrap();
        let line = line.lines().nth(1).unwrap().to_owned();
        let listed = self.admin(&["keys", "list"]).ok();
        let found = listed.lines().find(|listed| listed.contains(&line)).expect("it is listed");
        found.split('\t').nth(1).unwrap().to_owned()
    }

    /// What a coordinator does with a file: looks at what it is said to be, signs, hands back.
    fn signature(&self, file: &Path, key: &str) -> String {
        let signed = offline(&["sign", file.to_str().unwrap(), "--key", &self.text(key)]);
        assert!(signed.stderr.contains("unwatched "), "{}", signed.stderr);
        if file.ends_with("index.json") {
            assert!(signed.stderr.contains("\n  against release "), "{}", signed.stderr);
            assert!(signed.stderr.lines().count() < 60, "a summary: {}", signed.stderr);
        }
        signed.ok().trim().to_owned()
    }

    /// Proposes a change of keys and has it signed.
    fn change(&self, words: &[&str], signers: &[&str]) {
        let out = self.text("keys.json");
        self.admin(&[&["keys", "propose", "--out", &out], words].concat()).ok();
        for (at, key) in signers.iter().enumerate() {
            let signature = self.signature(Path::new(&out), key);
            let said = self.admin(&["keys", "sign", &signature]);
            assert_eq!(said.code, Some(0), "{}", said.stderr);
            let holds = said.stderr.contains(" holds");
            assert_eq!(holds, at + 1 == signers.len(), "after {key}: {}", said.stderr);
        }
    }

    /// Makes a release and has it signed and published.
    fn publish(&self, signers: &[&str]) {
        let said = self.admin(&["release", "publish"]);
        assert!(said.stderr.contains("not published: it waits for"), "{}", said.stderr);
        let draft = self.path("draft");
        self.admin(&["release", "draft", "--out", draft.to_str().unwrap()]).ok();
        for (at, key) in signers.iter().enumerate() {
            let signature = self.signature(&draft.join("index.json"), key);
            let said = self.admin(&["release", "sign", &signature]);
            let published = said.stderr.contains("published release");
            assert_eq!(published, at + 1 == signers.len(), "after {key}: {}", said.stderr);
        }
    }

    /// Downloads what is published now into a folder of this name.
    fn download(&self, name: &str) -> PathBuf {
        let server = self.operator.serve_without_worker();
        let folder = self.path(name);
        fs::create_dir(&folder).unwrap();
        let get = |file: &str| {
            let answer = server.client().get(&format!("/feeds/v1/{file}"));
            answer.expect(200);
            fs::write(folder.join(file), answer.body).unwrap();
        };
        for file in [
            "bundle",
            "key.pub",
            "keys.json",
            "index.json",
            "index.json.minisig",
            "checkpoint",
            "checkpoint.minisig",
            "log.txt",
        ] {
            get(file);
        }
        assert!(server.stop().success());
        folder
    }

    fn walk(&self) {
        self.operator.run(&["import", "community", community_data().to_str().unwrap()]).ok();
        self.admin(&["release", "publish"]).ok();
        let first = self.download("first");
        let key = first.join("key.pub");
        for checker in [&self.helper, &self.away] {
            checker.update(&first.join("bundle"), Some(&key)).ok();
        }
        minisign_verifies(&key, &first);

        for name in ["ada", "bo", "cy", "dee"] {
            self.new_key(name);
        }
        self.to_two_of_three();
        let second = self.download("second");
        let said = self.helper.update(&second.join("bundle"), None).ok();
        assert!(said.contains("key set 2 (2 of 3 must sign), as the keys known before"), "{said}");
        // Whoever pinned one key goes on as before, and may look at the coordinators' as well.
        minisign_verifies(&key, &second);
        minisign_verifies(&second.join("key.pub"), &second);
        self.what_the_server_alone_cannot();
        self.a_lost_key();
        self.a_coordinator_leaves();
        self.a_new_key_for_the_server();
        let last = self.download("last");
        for checker in [&self.helper, &self.away] {
            let said = checker.update(&last.join("bundle"), None).ok();
            assert!(said.contains("key set 5 (2 of 2 must sign)"), "{said}");
        }
        let said = self.away.update(&second.join("bundle"), None).refused(4);
        assert!(said.contains("key set 2 as the newest"), "{said}");
        minisign_verifies(&last.join("key.pub"), &last);
        self.admin(&["keys", "cancel"]).refused(5);
        let seen = self.operator.run(&["doctor"]).stdout;
        for check in ["release_log", "releases", "append_only"] {
            let line = seen.lines().find(|line| line.starts_with(check)).expect("it is looked at");
            assert_eq!(line.split_whitespace().nth(1), Some("ok"), "{seen}");
        }
    }

    fn to_two_of_three(&self) {
        let [ada, bo, cy] = ["ada.pub", "bo.pub", "cy.pub"].map(|name| self.text(name));
        let add = ["--add", &ada, "--add", &bo, "--add", &cy];
        let words = [&["--remove", "server", "--threshold", "2"], &add[..]].concat();
        self.change(&words, &["ada", "cy"]);
        self.publish(&["ada", "bo"]);
    }

    /// Whoever has the data folder and every command of the operator's.
    fn what_the_server_alone_cannot(&self) {
        self.admin(&["release", "publish"]).ok();
        let draft = self.path("draft");
        self.admin(&["release", "draft", "--out", draft.to_str().unwrap()]).ok();
        let index = draft.join("index.json");
        let by_server = draft.join("index.json.minisig");
        let said = self.admin(&["release", "sign", by_server.to_str().unwrap()]).refused(5);
        assert!(said.contains("that key is none of those that sign"), "{said}");
        let once = self.signature(&index, "ada");
        for _ in 0..2 {
            let said = self.admin(&["release", "sign", &once]);
            assert!(said.stderr.contains("waits for 1 more signature"), "{}", said.stderr);
        }
        let other = self.signature(&index, "dee");
        let said = self.admin(&["release", "sign", &other]).refused(5);
        assert!(said.contains("that key is none of those that sign"), "{said}");
        // A change that takes all of it back is not the server's to make.
        let dee = self.text("dee.pub");
        let out = self.text("taken.json");
        let words = ["keys", "propose", "--add", &dee, "--threshold", "1", "--out", &out];
        let said = self.admin(&words).stderr;
        assert!(said.contains("of the keys that sign now, 2 must: nobody did"), "{said}");
        let signature = self.signature(Path::new(&out), "dee");
        let said = self.admin(&["keys", "sign", &signature]).stderr;
        assert!(said.contains("of the keys that sign now, 2 must: nobody did"), "{said}");
        self.admin(&["keys", "cancel"]).ok();
        self.admin(&["release", "discard"]).ok();
        self.one_stale_signature_among_good_ones(&once);
        // What was changed on the way is not signed.
        let changed = self.path("changed.json");
        fs::write(&changed, "{\"hello\": 1}").unwrap();
        let words = ["sign", changed.to_str().unwrap(), "--key", &self.text("ada")];
        let said = offline(&words).refused(5);
        assert!(said.contains("nothing else is signed"), "{said}");
        fs::write(draft.join("hosts"), "watch.example\n").unwrap();
        let said =
            offline(&["sign", index.to_str().unwrap(), "--key", &self.text("ada")]).refused(5);
        assert!(said.contains("ask why they differ before you sign"), "{said}");
        fs::remove_file(draft.join("hosts")).unwrap();
        let words = ["sign", index.to_str().unwrap(), "--key", &self.text("ada")];
        let said = offline(&words).refused(5);
        assert!(said.contains("draft/hosts, which") && said.contains("is not there"), "{said}");
        let said = offline(&[&words[..], &["--without-files"]].concat());
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert!(said.stderr.contains("  1 of them not looked at"), "{}", said.stderr);
        fs::remove_dir_all(draft).unwrap();
    }

    /// A folder's signatures are handed in together, those of a release that was dropped among them.
    fn one_stale_signature_among_good_ones(&self, stale: &str) {
        self.admin(&["release", "publish"]).ok();
        let draft = self.path("draft");
        self.admin(&["release", "draft", "--out", draft.to_str().unwrap()]).ok();
        let good = self.signature(&draft.join("index.json"), "bo");
        let lost = self.text("lost.minisig");
        let said = self.admin(&["release", "sign", stale, &good, &lost]);
        assert_eq!(said.code, Some(3), "{}", said.stderr);
        assert!(said.stderr.contains("waits for 1 more signature"), "{}", said.stderr);
        for (file, why) in [(stale, "does not fit index.json"), (&lost, "cannot be read")] {
            let named = |line: &str| {
                line.starts_with("not taken: ") && line.contains(file) && line.contains(why)
            };
            assert!(said.stderr.lines().any(named), "{file}: {}", said.stderr);
        }
        let none = self.admin(&["release", "sign", stale]);
        assert!(none.stderr.contains(&format!("not taken: {stale}")), "{}", none.stderr);
        none.refused(5);
        self.admin(&["release", "discard"]).ok();
    }

    fn a_lost_key(&self) {
        let (lost, dee) = (self.id("cy"), self.text("dee.pub"));
        self.change(&["--remove", &lost, "--add", &dee], &["ada", "bo"]);
        self.publish(&["bo", "dee"]);
    }

    fn a_coordinator_leaves(&self) {
        let leaves = self.id("ada");
        self.change(&["--remove", &leaves], &["bo", "dee"]);
        let said = self.admin(&["release", "sign", &self.text("ada.pub")]).refused(5);
        assert!(said.contains("no release waits"), "{said}");
    }

    fn a_new_key_for_the_server(&self) {
        self.change(&["--new-server-key"], &["bo", "dee"]);
        self.publish(&["dee", "bo"]);
    }
}

/// A command on a coordinator's computer, which has no data folder.
fn offline(words: &[&str]) -> Ended {
    programs::run(programs::command("unwatched-exchange").args(words), "")
}

fn minisign_verifies(key: &Path, folder: &Path) {
    for file in ["index.json", "checkpoint"] {
        let mut command = Command::new("minisign");
        command.arg("-V").arg("-p").arg(key).arg("-m").arg(folder.join(file));
        match command.output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success(), "{file}: {said}");
            }
            Err(error) => notices::left_out(&format!("minisign did not verify {file}: {error}")),
        }
    }
}
