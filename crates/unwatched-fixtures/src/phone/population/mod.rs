//! A seeded population of phones, for the proof that the checker tells them apart: ordinary ones,
//! ones with apps of two uses, ones with a hidden watcher that nobody lists, and ones into which
//! somebody got who knows phones well.
//!
//! Each phone is written down as a bugreport and as an AndroidQF acquisition, in the forms that
//! its Android version and maker print (Android's public sources 7 to 16 say how). What stands
//! here is data: no app is made, and nothing works.

mod answers;
mod clean;
mod dual_use;
mod engineers;
mod everyday;
mod handset;
mod print;
mod record;
mod watchers;

pub use answers::Answer;
pub use handset::Handset;
pub use record::{Access, OpUse, PLAY, Record, Source, Traffic};

use crate::random::Random;

/// What a phone of the population shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nobody watches.
    Clean,
    /// Apps that are openly there and have two uses.
    DualUse,
    /// A hidden app that no list knows.
    Watcher,
    /// Access that somebody who knows phones set up.
    Engineer,
}

/// What a check should say of something planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Band `strong_signs`.
    StrongSigns,
    /// One finding of kind `dual_use`, at most `needs_expert_look`.
    DualUse,
    /// A finding of kind `access`.
    Access,
}

/// One thing planted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// The app's package; `None` where it is no app (a second finger).
    pub package: Option<String>,
    /// What should be said.
    pub expected: Expected,
}

/// Somebody who manages the phone or a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The app.
    pub package: String,
    /// Its receiver's class.
    pub receiver: String,
    /// Which profile; `None` for the whole phone.
    pub profile: Option<u32>,
    /// The organisation's name, as it shows on the lock screen.
    pub organisation: Option<String>,
}

/// A user, profile or clone space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: &'static str,
    /// Its flags in hexadecimal.
    pub flags: u32,
    /// Its type, as Android 11 and later print it.
    pub usertype: &'static str,
}

/// A device that was linked to an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// The app.
    pub package: String,
    /// For example `android.app.role.COMPANION_DEVICE_COMPUTER`.
    pub profile: Option<&'static str>,
    /// What it is called.
    pub name: &'static str,
    /// Whether the app looks after the link itself.
    pub self_managed: bool,
}

/// A made-up phone.
#[derive(Debug, Clone)]
pub struct Phone {
    /// For example `watcher-07`.
    pub label: String,
    /// What it shows.
    pub kind: Kind,
    /// The handset.
    pub handset: Handset,
    /// When its files were written, in seconds since 1970.
    pub now: i64,
    /// Its apps.
    pub apps: Vec<Record>,
    /// Its users; the owner is always there.
    pub users: Vec<User>,
    /// Who manages it.
    pub owners: Vec<Owner>,
    /// Fingers enrolled.
    pub fingers: u32,
    /// Faces enrolled.
    pub faces: u32,
    /// Devices linked to apps.
    pub companions: Vec<Companion>,
    /// Computers that may debug it without asking.
    pub computers: u8,
    /// Calls to it are sent on to another number.
    pub forwards_calls: bool,
    /// `settings list global`, beside what every phone has.
    pub global: Vec<(String, String)>,
    /// `settings list secure`, beside what every phone has.
    pub secure: Vec<(String, String)>,
    /// The VPN that is always on.
    pub always_on_vpn: Option<String>,
    /// Whether somebody unlocked the boot loader.
    pub unlocked: bool,
    /// What was planted.
    pub planted: Vec<Planted>,
    /// Settings that were deleted, by table and name.
    pub(crate) unset: Vec<(String, String)>,
    pub(crate) seed: u64,
}

const OWNER: User =
    User { id: 0, name: "Owner", flags: 0x4c13, usertype: "android.os.usertype.full.SYSTEM" };

/// 2026-01-05 10:00:00 UTC.
const BASE: i64 = 1_767_607_200;

impl Phone {
    /// A phone of this kind with what every phone holds.
    pub fn new(label: &str, kind: Kind, handset: Handset, seed: u64) -> Self {
        let mut phone = Self::bare(label, kind, handset, seed);
        phone.apps.extend(everyday::installed(handset, &mut Random::new(!seed)));
        phone
    }

    /// The same with nothing on it but what came with it.
    pub fn bare(label: &str, kind: Kind, handset: Handset, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let apps = everyday::preinstalled(handset, &mut random);
        let minutes = i64::try_from(random.below(25 * 24 * 60)).unwrap_or(0);
        Self {
            label: label.to_owned(),
            kind,
            handset,
            now: BASE + minutes * 60,
            apps,
            users: vec![OWNER],
            owners: Vec::new(),
            fingers: u32::from(handset.sdk >= 26),
            faces: 0,
            companions: Vec::new(),
            computers: 0,
            forwards_calls: false,
            global: Vec::new(),
            secure: Vec::new(),
            always_on_vpn: None,
            unlocked: false,
            planted: Vec::new(),
            unset: Vec::new(),
            seed,
        }
    }

    /// Puts an app on it, in place of one of the same name.
    pub fn put(&mut self, app: Record) {
        self.apps.retain(|known| known.package != app.package);
        self.apps.push(app);
    }

    /// Puts an app on it of which something is expected.
    pub fn plant(&mut self, app: Record, expected: Expected) {
        self.planted.push(Planted { package: Some(app.package.clone()), expected });
        self.put(app);
    }

    /// A device-wide setting.
    pub fn set_global(&mut self, key: &str, value: &str) {
        self.global.retain(|(known, _)| known != key);
        self.global.push((key.to_owned(), value.to_owned()));
    }

    /// A secure setting.
    pub fn set_secure(&mut self, key: &str, value: &str) {
        self.secure.retain(|(known, _)| known != key);
        self.secure.push((key.to_owned(), value.to_owned()));
    }

    /// The bugreport's text.
    pub fn bugreport_text(&self) -> String {
        print::bugreport(self)
    }

    /// The bugreport as the phone hands it out: Samsung's holds the dump a second time, under its
    /// own name.
    pub fn bugreport_zip(&self) -> Vec<u8> {
        print::bugreport_zip(self)
    }

    /// The files of an AndroidQF folder: relative path and content.
    pub fn android_qf(&self) -> Vec<(String, Vec<u8>)> {
        print::android_qf(self)
    }

    /// The same files in a ZIP.
    pub fn android_qf_zip(&self) -> Vec<u8> {
        let files = self.android_qf();
        let files: Vec<_> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        super::zip_of(&files)
    }

    pub(crate) fn added(&self) -> impl Iterator<Item = &Record> {
        self.apps.iter().filter(|app| !app.source.is_system())
    }
}

/// 46 phones: 10 clean ones, 10 with apps of two uses, 20 with a watcher, 6 of an engineer's kind.
/// The same seed gives the same phones.
pub fn population(seed: u64) -> Vec<Phone> {
    let places = places().enumerate();
    places.map(|(index, (kind, name, number))| made(seed, index, kind, name, number)).collect()
}

/// One phone of the population of this seed, by its label; the others are not made.
pub fn phone_of(seed: u64, label: &str) -> Option<Phone> {
    let is_it = |name: &str, number: usize| label_of(name, number) == label;
    let mut places = places().enumerate();
    let (index, (kind, name, number)) =
        places.find(|(_, (_, name, number))| is_it(name, *number))?;
    Some(made(seed, index, kind, name, number))
}

/// What stands where in a population.
fn places() -> impl Iterator<Item = (Kind, &'static str, usize)> {
    [
        (Kind::Clean, "clean", 10),
        (Kind::DualUse, "dual-use", 10),
        (Kind::Watcher, "watcher", 20),
        (Kind::Engineer, "engineer", 6),
    ]
    .into_iter()
    .flat_map(|(kind, name, count)| (0..count).map(move |number| (kind, name, number)))
}

fn label_of(name: &str, number: usize) -> String {
    format!("{name}-{number:02}")
}

fn made(seed: u64, index: usize, kind: Kind, name: &str, number: usize) -> Phone {
    let mut random = Random::new(seed.wrapping_mul(0x1_0001).wrapping_add(index as u64));
    let offset = usize::try_from(seed % 22).unwrap_or(0);
    // What an engineer's phones show has its places in the dumps of Android 12 and later.
    let handset = if kind == Kind::Engineer {
        Handset::in_turn_since(31, index + offset)
    } else {
        Handset::in_turn(index + offset)
    };
    let mut phone = Phone::new(&label_of(name, number), kind, handset, random.next());
    match kind {
        Kind::Clean => clean::furnish(&mut phone, number, &mut random),
        Kind::DualUse => dual_use::furnish(&mut phone, number, &mut random),
        Kind::Watcher => watchers::furnish(&mut phone, number, &mut random),
        Kind::Engineer => engineers::furnish(&mut phone, number, &mut random),
    }
    phone
}
