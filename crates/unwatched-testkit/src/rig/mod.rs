//! A phone on a cable, without a phone: the real `adb` against the real `adbd`, with a made-up phone
//! behind it (`rigs/android/`). Everything listens on loopback, has a folder of its own, and is gone
//! when it is dropped.

pub mod fake;
pub mod held;
mod processes;
pub mod state;

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;
use unwatched_fixtures::phone::population::Phone;

use crate::patience::until_none;
use crate::programs;
use held::Hold;
use processes::Process;
use state::{State, Which};

/// Where the tests look for adbd's unpacked packages.
pub const ADBD_VARIABLE: &str = "UNWATCHED_TEST_ADBD";
/// The programs of a phone that the made-up phone stands for.
const PROGRAMS: [&str; 15] = [
    "am",
    "appops",
    "bugreportz",
    "cmd",
    "content",
    "dpm",
    "dumpsys",
    "getenforce",
    "getprop",
    "mount",
    "pm",
    "ps",
    "service",
    "settings",
    "sha256sum",
];

/// A phone with a running debugging service.
pub struct Rig {
    folder: TempDir,
    address: SocketAddr,
    adbd: Process,
}

/// Whether the machine cannot have what a rig needs: `cargo xtask test` says so then, and leaves
/// these tests out by name.
pub fn is_left_out() -> bool {
    std::env::var_os("UNWATCHED_WITHOUT_ADB").is_some()
}

/// Where adbd's packages are unpacked.
fn adbd_root() -> PathBuf {
    let given = std::env::var_os(ADBD_VARIABLE).map(PathBuf::from);
    let beside = programs::target_folder().join("adbd/root");
    let root = given.unwrap_or(beside);
    let daemon = root.join("usr/lib/android-sdk/platform-tools/adbd");
    assert!(
        daemon.is_file(),
        "adbd is not unpacked: `cargo xtask test` does it ({})",
        root.display()
    );
    root
}

impl Rig {
    /// Starts one with this phone on it.
    pub fn start(which: &Which) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["bin", "files", "tmp"] {
            fs::create_dir(at(name)).expect("a new folder");
        }
        let stub = programs::bin("made-up-phone");
        for name in PROGRAMS {
            symlink(&stub, at("bin").join(name)).expect("a link to the stub");
        }
        State::new(which.clone(), &at("files")).write(folder.path());
        fs::write(at("log"), "").expect("an empty log");
        let port = free_port();
        let adbd = start_adbd(folder.path(), port);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        patiently("adbd listens", || std::net::TcpStream::connect(address).is_ok());
        Self { folder, address, adbd }
    }

    /// Records what the phone answers to these questions, so that it answers them as quickly as a
    /// real one.
    pub fn record(&self, lines: impl Iterator<Item = String>) {
        let _alone = held::alone(self.folder.path());
        State::read(self.folder.path()).record(self.folder.path(), lines);
    }

    /// Where its debugging service listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The phone as it is now.
    pub fn phone(&self) -> Phone {
        let _alone = held::alone(self.folder.path());
        State::read(self.folder.path()).phone().clone()
    }

    /// Every call of a program on the phone so far, in order.
    pub fn calls(&self) -> Vec<Vec<String>> {
        let log = fs::read_to_string(self.folder.path().join("log")).expect("the rig keeps a log");
        log.lines().map(|line| serde_json::from_str(line).expect("words in JSON")).collect()
    }

    /// Changes something on the phone, as somebody does who has it in hand.
    pub fn change(&self, words: &[&str]) {
        let _alone = held::alone(self.folder.path());
        let mut state = State::read(self.folder.path());
        assert!(state.answer(words).is_some_and(|answer| answer.changed), "{words:?}");
        state.changed_by(words);
        state.write(self.folder.path());
        State::forget_records(self.folder.path());
    }

    /// Puts the file of an app where the phone says that it lies.
    pub fn put_app(&self, package: &str, bytes: &[u8]) {
        let mut state = State::read(self.folder.path());
        let said = state.answer(&["pm", "path", package]).expect("there is a package manager");
        let path = said.out.trim().strip_prefix("package:").expect("the app is on the phone");
        let path = Path::new(path);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder");
        fs::write(path, bytes).expect("the app's file");
    }

    /// What somebody does by hand, on the phone's own screen.
    pub fn by_hand(&self, words: &[&str]) {
        let _alone = held::alone(self.folder.path());
        let mut state = State::read(self.folder.path());
        let answer = state.answer(words).expect("something that hands can do");
        assert!(answer.changed, "{words:?}: {}", answer.aside);
        state.changed_by(words);
        State::forget_records(self.folder.path());
        state.write(self.folder.path());
    }

    /// From now on the phone says other digests of its files than they have.
    pub fn lie_about_digests(&self) {
        fs::write(self.folder.path().join("lies"), "").expect("a mark");
    }

    /// From now on the phone holds still at the nth call from here, counted from 1.
    pub fn hold(&self, nth: usize, hold: Hold) {
        held::want(self.folder.path(), self.calls().len() + nth, hold);
    }

    /// Whether it holds still.
    pub fn is_held(&self) -> bool {
        held::is_reached(self.folder.path())
    }

    /// It goes on; what it held is over.
    pub fn let_go(&self) {
        held::let_go(self.folder.path());
    }

    /// The phone as it is now, to be put back with [`Self::as_it_was`].
    pub fn remembered(&self) -> State {
        State::read(self.folder.path())
    }

    /// Makes it what it was.
    pub fn as_it_was(&self, then: &State) {
        let _alone = held::alone(self.folder.path());
        State::forget_records(self.folder.path());
        then.write(self.folder.path());
    }

    /// Pulls the cable.
    pub fn pull(&mut self) {
        self.adbd.end();
    }

    /// Puts it in again.
    pub fn plug_in(&mut self) {
        let (port, address) = (self.address.port(), self.address);
        self.adbd = start_adbd(self.folder.path(), port);
        patiently("adbd listens", || std::net::TcpStream::connect(address).is_ok());
    }
}

/// A port that nobody listens on, away from those where adb looks for emulators (5555 to 5585).
pub fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        if port > 6_000 {
            return port;
        }
    }
}

/// Looks until it is so.
fn patiently(what: &str, mut is_so: impl FnMut() -> bool) {
    let left = until_none(|| if is_so() { vec![] } else { vec![what] });
    assert!(left.is_empty(), "it never came to it that {what}");
}

fn start_adbd(folder: &Path, port: u16) -> Process {
    let root = adbd_root();
    let lib = root.join("usr/lib/x86_64-linux-gnu");
    let libraries = format!("{}:{}", lib.display(), lib.join("android").display());
    let mut command = Command::new(root.join("usr/lib64/ld-linux-x86-64.so.2"));
    command.arg("--library-path").arg(libraries);
    command.arg(root.join("usr/lib/android-sdk/platform-tools/adbd"));
    command.current_dir(folder).env_clear();
    command.env("LD_PRELOAD", shim()).env("ADBD_TEST_PORT", port.to_string());
    command.env("PATH", format!("{}:/usr/bin:/bin", folder.join("bin").display()));
    command.env("HOME", folder.join("tmp")).env("TMPDIR", folder.join("tmp"));
    Process::start(&mut command)
}

/// The library that keeps adbd on loopback, compiled once.
fn shim() -> PathBuf {
    static SHIM: LazyLock<PathBuf> = LazyLock::new(compiled_shim);
    SHIM.clone()
}

fn compiled_shim() -> PathBuf {
    let source = programs::root().join("rigs/android/adbd_loopback_shim.c");
    let target = programs::target_folder().join("adbd_loopback_shim.so");
    let age = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    if age(&target) < age(&source) {
        let beside = target.with_extension(format!("so.{}", std::process::id()));
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-o"]).arg(&beside).arg(&source).arg("-ldl");
        assert!(cc.status().expect("a C compiler").success(), "the shim compiles");
        fs::rename(beside, &target).expect("put it in its place");
    }
    target
}

/// An adb server of its own, with its keys in a folder of its own.
pub struct AdbServer {
    home: TempDir,
    port: u16,
    process: Process,
}

impl Default for AdbServer {
    fn default() -> Self {
        Self::start()
    }
}

impl AdbServer {
    /// Starts one without phones.
    pub fn start() -> Self {
        let home = TempDir::new().expect("a temporary folder");
        let port = free_port();
        let mut command = Command::new("adb");
        command.args(["-P", &port.to_string(), "nodaemon", "server"]);
        command.env("HOME", home.path()).env("ANDROID_SDK_HOME", home.path());
        let process = Process::start(&mut command);
        let server = Self { home, port, process };
        patiently("the adb server listens", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        server
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Connects it to a phone; gives back the serial by which it knows it.
    pub fn connect(&self, rig: &Rig) -> String {
        let serial = rig.address().to_string();
        let said = self.adb(&["connect", &serial]);
        assert!(said.contains("connected to"), "{said}");
        patiently("the phone is there", || {
            self.adb(&["-s", &serial, "get-state"]).trim() == "device"
        });
        serial
    }

    /// Runs `adb` against it.
    pub fn adb(&self, words: &[&str]) -> String {
        let mut command = Command::new("adb");
        command.args(["-P", &self.port.to_string()]).args(words).stdin(Stdio::null());
        command.env("HOME", self.home.path()).env("ANDROID_SDK_HOME", self.home.path());
        let output = command.output().expect("adb runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Ends it.
    pub fn end(&mut self) {
        self.process.end();
    }
}
