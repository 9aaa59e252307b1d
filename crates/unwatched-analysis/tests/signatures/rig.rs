//! Debian's apksigner in one Java process, and the keys it signs with.

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const JARS: &str = "/usr/share/java/apksigner.jar";
const JUDGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/signatures/Judge.java");

/// The running process and a folder for its files.
pub(crate) struct Rig {
    java: Child,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
    folder: tempfile::TempDir,
    count: RefCell<u32>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = self.java.kill();
        let _ = self.java.wait();
    }
}

/// apksigner's word on a file at the three levels, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) accepted: [bool; 3],
    pub(crate) why: String,
}

/// A key with its certificate.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) kind: &'static str,
    pub(crate) private_file: String,
    pub(crate) certificate_file: String,
    /// As the certificate holds it.
    pub(crate) public: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
}

impl Rig {
    pub(crate) fn start() -> Self {
        assert!(
            Path::new(JARS).is_file(),
            "this test needs Debian's packages apksigner and default-jdk-headless"
        );
        let mut java = Command::new("java")
            .args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
            .args(["--add-exports", "java.base/sun.security.tools.keytool=ALL-UNNAMED"])
            .args(["--add-exports", "java.base/sun.security.x509=ALL-UNNAMED"])
            .args(["-cp", JARS, JUDGE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("java starts: the package default-jdk-headless holds it");
        let pipes = (java.stdin.take().unwrap(), BufReader::new(java.stdout.take().unwrap()));
        let folder = tempfile::tempdir().unwrap();
        Self { java, pipes: RefCell::new(pipes), folder, count: RefCell::new(0) }
    }

    /// Puts a question; hands back the answer's words.
    fn ask(&self, words: &[&str]) -> Vec<String> {
        let mut pipes = self.pipes.borrow_mut();
        writeln!(pipes.0, "{}", words.join("\t")).unwrap();
        pipes.0.flush().unwrap();
        let mut answer = String::new();
        pipes.1.read_line(&mut answer).unwrap();
        assert!(!answer.is_empty(), "java went away at {words:?}");
        answer.trim_end_matches('\n').split('\t').map(str::to_owned).collect()
    }

    fn done(&self, words: &[&str]) -> Option<Vec<String>> {
        let answer = self.ask(words);
        (answer[0] == "ok").then_some(answer)
    }

    /// A path for a new file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let mut count = self.count.borrow_mut();
        *count += 1;
        self.folder.path().join(format!("{count}-{name}"))
    }

    /// A path as a word.
    fn word(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.word(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Makes a key with a certificate of its own.
    pub(crate) fn key(&self, kind: &'static str, bits: u32, certificate_by: &str) -> Key {
        let name = format!("{kind}{bits}");
        let private_file = self.word(&format!("{name}.pk8"));
        let certificate_file = self.word(&format!("{name}.der"));
        let bits = bits.to_string();
        let answer = self
            .done(&["key", kind, &bits, certificate_by, &name, &private_file, &certificate_file])
            .unwrap_or_else(|| panic!("no key {name}"));
        let public = hex::decode(&answer[1]).unwrap();
        let certificate = fs::read(&certificate_file).unwrap();
        Key { kind, private_file, certificate_file, public, certificate }
    }

    /// Signs with `apksigner sign`; `None` where it does not want to.
    pub(crate) fn apksigner(&self, unsigned: &[u8], options: &[&str]) -> Option<Vec<u8>> {
        let (from, to) = (self.write("in.apk", unsigned), self.word("out.apk"));
        let words = [&["apksigner", "sign"], options, &["--in", &from, "--out", &to]].concat();
        self.done(&words)?;
        Some(fs::read(to).unwrap())
    }

    /// As [`Self::apksigner`], with the file of scheme 4 that it writes beside the app.
    pub(crate) fn with_idsig(&self, unsigned: &[u8], options: &[&str]) -> (Vec<u8>, Vec<u8>) {
        let (from, to) = (self.write("in.apk", unsigned), self.word("out.apk"));
        let words = [&["apksigner", "sign"], options, &["--in", &from, "--out", &to]].concat();
        self.done(&words).expect("apksigner signs");
        (fs::read(&to).unwrap(), fs::read(format!("{to}.idsig")).unwrap())
    }

    /// `apksigner rotate` or another command that writes a file.
    pub(crate) fn run(&self, words: &[&str]) {
        let answer = self.ask(&[&["apksigner"], words].concat());
        assert_eq!(answer[0], "ok", "{answer:?}");
    }

    /// Signs as `jarsigner` does.
    pub(crate) fn jarsigner(
        &self,
        unsigned: &[u8],
        key: &Key,
        [digest, algorithm, name, sections_only]: [&str; 4],
    ) -> Option<Vec<u8>> {
        let (from, to) = (self.write("in.apk", unsigned), self.word("out.apk"));
        let who = [key.kind, &key.private_file, &key.certificate_file];
        let how = [digest, algorithm, name, sections_only, &from, &to];
        self.done(&[&["jarsigner"][..], &who, &how].concat())?;
        Some(fs::read(to).unwrap())
    }

    /// A signature over bytes.
    pub(crate) fn sign(&self, key: &Key, algorithm: &str, data: &[u8]) -> Vec<u8> {
        let words = ["sign", key.kind, &key.private_file, algorithm, &hex::encode(data)];
        hex::decode(&self.done(&words).unwrap_or_else(|| panic!("{algorithm}"))[1]).unwrap()
    }

    /// What apksigner makes of a file.
    pub(crate) fn judge(&self, bytes: &[u8]) -> Verdict {
        let path = self.write("judged.apk", bytes);
        let answer = self.ask(&["judge", &path]);
        fs::remove_file(path).unwrap();
        let accepted = [0, 1, 2].map(|level| answer[level] == "yes");
        Verdict { accepted, why: answer.get(3).cloned().unwrap_or_default() }
    }
}
