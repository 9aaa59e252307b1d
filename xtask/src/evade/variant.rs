//! A variant of a watcher: which abilities it keeps by which means, how it came, how it looks, and
//! whether it is one app or two. Feature records only; nothing here can run.
//!
//! What each choice costs whoever makes it stands here too: a number says nothing by itself, it
//! orders the variants.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use unwatched_fixtures::Random;
use unwatched_fixtures::phone::population::{Owner, PLAY, Phone, Record, Source};
use unwatched_fixtures::phone::{Certificate, Launcher};

/// What a watcher can do. The variants keep at least three of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ability {
    Location,
    Microphone,
    Camera,
    Messages,
    Calls,
    Contacts,
    Screen,
    Typing,
    Addresses,
    UseOfApps,
    Control,
}

/// How many there are.
pub(super) const ABILITIES: usize = 11;

/// By what an app can do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Means {
    BackgroundLocation,
    Microphone,
    Camera,
    ReadMessages,
    MessagesApp,
    CallLog,
    OutgoingCalls,
    Contacts,
    Listener,
    Accessibility,
    ScreenCapture,
    Keyboard,
    Vpn,
    UsageAccess,
    Administrator,
    DeviceOwner,
}

const ALL_MEANS: [Means; 16] = [
    Means::BackgroundLocation,
    Means::Microphone,
    Means::Camera,
    Means::ReadMessages,
    Means::MessagesApp,
    Means::CallLog,
    Means::OutgoingCalls,
    Means::Contacts,
    Means::Listener,
    Means::Accessibility,
    Means::ScreenCapture,
    Means::Keyboard,
    Means::Vpn,
    Means::UsageAccess,
    Means::Administrator,
    Means::DeviceOwner,
];

impl Means {
    fn abilities(self) -> &'static [Ability] {
        use Ability as A;
        match self {
            Self::BackgroundLocation => &[A::Location],
            Self::Microphone => &[A::Microphone],
            Self::Camera => &[A::Camera],
            Self::ReadMessages | Self::MessagesApp | Self::Listener => &[A::Messages],
            Self::CallLog | Self::OutgoingCalls => &[A::Calls],
            Self::Contacts => &[A::Contacts],
            Self::Accessibility => &[A::Screen, A::Typing, A::Messages],
            Self::ScreenCapture => &[A::Screen],
            Self::Keyboard => &[A::Typing],
            Self::Vpn => &[A::Addresses],
            Self::UsageAccess => &[A::UseOfApps],
            Self::Administrator | Self::DeviceOwner => &[A::Control],
        }
    }

    fn apply(self, app: &mut Record, phone: &mut Phone) {
        match self {
            Self::BackgroundLocation => {
                app.grant_all(&["ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION"]);
            }
            Self::Microphone => app.grant_all(&["RECORD_AUDIO"]),
            Self::Camera => app.grant_all(&["CAMERA"]),
            Self::ReadMessages => app.grant_all(&["READ_SMS", "RECEIVE_SMS"]),
            Self::MessagesApp => {
                for other in &mut phone.apps {
                    other.roles.retain(|role| *role != "android.app.role.SMS");
                }
                app.roles.push("android.app.role.SMS");
            }
            Self::CallLog => app.grant_all(&["READ_CALL_LOG"]),
            Self::OutgoingCalls => {
                app.grant_all(&["PROCESS_OUTGOING_CALLS"]);
                app.receives.push("android.intent.action.NEW_OUTGOING_CALL");
            }
            Self::Contacts => app.grant_all(&["READ_CONTACTS"]),
            Self::Listener => app.listener = true,
            Self::Accessibility => app.accessibility = true,
            Self::ScreenCapture => app.used("PROJECT_MEDIA", "fgsvc", 50, 900),
            Self::Keyboard => {
                for other in &mut phone.apps {
                    other.keyboard = false;
                }
                app.keyboard = true;
            }
            Self::Vpn => {
                app.offers.push("android.net.VpnService");
                app.allow("ACTIVATE_VPN");
                phone.always_on_vpn = Some(app.package.clone());
            }
            Self::UsageAccess => app.allow("GET_USAGE_STATS"),
            Self::Administrator => app.admin = true,
            Self::DeviceOwner => {
                app.admin = true;
                phone.owners.push(Owner {
                    package: app.package.clone(),
                    receiver: "AdminReceiver".to_owned(),
                    profile: None,
                    organisation: None,
                });
            }
        }
    }
}

/// How an app came to the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    Browser,
    Cable,
    ClaimsPlay,
    ClaimsMakersStore,
    OwnStore,
    MakersStore,
    Play,
}

const WAYS: [Way; 7] = [
    Way::Browser,
    Way::Cable,
    Way::ClaimsPlay,
    Way::ClaimsMakersStore,
    Way::OwnStore,
    Way::MakersStore,
    Way::Play,
];

impl Way {
    fn source(self, phone: &Phone) -> Source {
        const MAKERS: &str = "com.sec.android.app.samsungapps";
        let claims = |installer: &str| Source::Claims {
            installer: installer.to_owned(),
            by: "com.android.shell".to_owned(),
        };
        match self {
            Self::Browser => Source::file(package_installer(phone), "com.android.chrome"),
            Self::Cable => Source::Cable,
            Self::ClaimsPlay => claims(PLAY),
            Self::ClaimsMakersStore => claims(MAKERS),
            Self::OwnStore => Source::Store("com.softmarket.apps".to_owned()),
            Self::MakersStore => Source::Store(MAKERS.to_owned()),
            Self::Play => Source::play(),
        }
    }

    /// A computer, know-how, a second app; a store's review, under a maker's name, for each build.
    fn cost(self) -> u32 {
        match self {
            Self::Browser => 0,
            Self::Cable => 1,
            Self::ClaimsPlay | Self::ClaimsMakersStore | Self::OwnStore => 2,
            Self::MakersStore => 8,
            Self::Play => 10,
        }
    }
}

fn package_installer(phone: &Phone) -> &str {
    let known = |app: &&Record| app.package.ends_with(".packageinstaller");
    phone.apps.iter().find(known).map_or("com.android.packageinstaller", |app| &app.package)
}

/// Whether it can be seen among the icons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Icon {
    None,
    SwitchedOff,
    Shown,
}

/// One app of the one or two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) way: Way,
    pub(super) icon: Icon,
    pub(super) named_like_the_system: bool,
    /// It borrows a name that reports do not give away; then it is not named like the system.
    #[serde(default)]
    pub(super) named_like_help: bool,
    pub(super) old_certificate: bool,
    pub(super) target_sdk: u32,
    /// It is exempt from battery optimisation and starts with the phone.
    pub(super) never_sleeps: bool,
    /// It does its work while its owner looks away; otherwise only while somebody uses the phone.
    pub(super) works_unseen: bool,
    pub(super) means: BTreeSet<Means>,
}

impl Part {
    fn by_chance(random: &mut Random) -> Self {
        let count = 1 + random.below(7);
        let means = (0..count).map(|_| *random.pick(&ALL_MEANS)).collect();
        Self {
            way: *random.pick(&WAYS),
            icon: *random.pick(&[Icon::None, Icon::SwitchedOff, Icon::Shown]),
            named_like_the_system: random.below(4) == 0,
            named_like_help: random.below(4) == 0,
            old_certificate: random.below(2) == 0,
            target_sdk: *random.pick(&[22, 28, 30, 34]),
            never_sleeps: random.below(2) == 0,
            works_unseen: random.below(2) == 0,
            means,
        }
    }

    fn change(&mut self, random: &mut Random) {
        match random.below(10) {
            0 => self.way = *random.pick(&WAYS),
            1 => self.icon = *random.pick(&[Icon::None, Icon::SwitchedOff, Icon::Shown]),
            2 => self.named_like_the_system ^= true,
            3 => self.old_certificate ^= true,
            4 => self.target_sdk = *random.pick(&[22, 28, 30, 34]),
            5 => self.never_sleeps ^= true,
            6 => self.works_unseen ^= true,
            7 => self.named_like_help ^= true,
            _ => {
                let means = *random.pick(&ALL_MEANS);
                if !self.means.remove(&means) {
                    self.means.insert(means);
                }
            }
        }
    }

    fn cost(&self) -> u32 {
        // An icon is what the person who carries the phone finds first.
        let icon = if self.icon == Icon::Shown { 4 } else { 0 };
        let certificate = if self.old_certificate { 2 } else { 0 };
        let target = u32::from(self.target_sdk >= 30);
        let sleeps = u32::from(!self.never_sleeps);
        let unseen = if self.works_unseen { 0 } else { 3 };
        // A phone has one of each, and its owner sees which; management asks for a new phone or a
        // cable.
        let exclusive = [Means::MessagesApp, Means::Keyboard, Means::Vpn, Means::DeviceOwner];
        let exclusive = exclusive.iter().filter(|means| self.means.contains(means)).count();
        let exclusive = 2 * u32::try_from(exclusive).expect("there are four");
        self.way.cost() + icon + certificate + target + sleeps + unseen + exclusive
    }

    fn record(&self, number: usize, phone: &mut Phone) -> Record {
        let name = match (self.named_like_the_system, number) {
            (_, 0) if self.named_like_help => "org.larkfield.crisis.app311",
            (_, _) if self.named_like_help => "org.plumtree.shelter.app412",
            (true, 0) => "com.android.sync.core7",
            (true, _) => "org.device.sysservice.app",
            (false, 0) => "com.plumtree.agenda.app311",
            (false, _) => "com.larkfield.notes.app412",
        };
        let source = self.way.source(phone);
        let mut app = Record::new(name).with(|app| {
            app.source = source;
            app.launcher = match self.icon {
                Icon::None => Launcher::Absent,
                Icon::SwitchedOff => Launcher::SwitchedOff,
                Icon::Shown => Launcher::Shown,
            };
            app.target_sdk = self.target_sdk;
            app.certificate = Certificate::made_up(&format!("made for {name}"));
            app.certified_since = if self.old_certificate { 2014 } else { 2025 };
            app.unoptimised = self.never_sleeps;
            app.foreground_service = self.never_sleeps;
            app.screen_minutes = u32::from(!self.works_unseen) * 12;
            app.installed_hours_ago = 24 * 11;
            app.updated_hours_ago = 24 * 11;
            if self.never_sleeps {
                app.receives.push("android.intent.action.BOOT_COMPLETED");
            }
        });
        for means in &self.means {
            means.apply(&mut app, phone);
        }
        self.uses(&mut app);
        app
    }

    /// What the phone notes of its work.
    fn uses(&self, app: &mut Record) {
        let (state, ago) = if self.works_unseen { ("bg", 7 * 60) } else { ("top", 30) };
        for (means, op) in [
            (Means::BackgroundLocation, "FINE_LOCATION"),
            (Means::Microphone, "RECORD_AUDIO"),
            (Means::Camera, "CAMERA"),
        ] {
            if self.means.contains(&means) {
                app.used(op, state, ago, 40);
            }
        }
        if self.works_unseen {
            app.traffic.back_sent = 210_000_000;
            app.traffic.back_received = 4_000_000;
        }
    }
}

/// A watcher of one or two apps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Variant {
    pub(super) parts: Vec<Part>,
}

impl Variant {
    /// Any at all that keeps three abilities.
    pub(super) fn by_chance(random: &mut Random) -> Self {
        loop {
            let parts = 1 + usize::from(random.below(4) == 0);
            let parts = (0..parts).map(|_| Part::by_chance(random)).collect();
            let variant = Self { parts };
            if variant.abilities() >= 3 {
                return variant;
            }
        }
    }

    /// One choice or a few made otherwise.
    pub(super) fn changed(&self, random: &mut Random) -> Self {
        loop {
            let mut variant = self.clone();
            for _ in 0..=random.below(3) {
                match random.below(12) {
                    0 if variant.parts.len() == 2 => drop(variant.parts.pop()),
                    0 => variant.parts.push(Part::by_chance(random)),
                    _ => {
                        let at = random.below(variant.parts.len());
                        variant.parts[at].change(random);
                    }
                }
            }
            if variant.abilities() >= 3 {
                return variant;
            }
        }
    }

    /// How many it keeps.
    pub(super) fn abilities(&self) -> usize {
        let means = self.parts.iter().flat_map(|part| &part.means);
        means.flat_map(|means| means.abilities()).collect::<BTreeSet<_>>().len()
    }

    /// What it takes: each app's choices, a second app to build and put there, and what it can no
    /// longer do.
    pub(super) fn cost(&self) -> u32 {
        let split = if self.parts.len() > 1 { 3 } else { 0 };
        let lost = u32::try_from(ABILITIES - self.abilities()).expect("there are eleven");
        self.parts.iter().map(Part::cost).sum::<u32>() + split + lost
    }

    /// Puts it on a phone; hands back its packages.
    pub(super) fn put_on(&self, phone: &mut Phone) -> Vec<String> {
        let mut names = Vec::new();
        for (number, part) in self.parts.iter().enumerate() {
            let record = part.record(number, phone);
            names.push(record.package.clone());
            phone.put(record);
        }
        names
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, part) in self.parts.iter().enumerate() {
            if number > 0 {
                f.write_str(" and ")?;
            }
            let name = match (part.named_like_help, part.named_like_the_system) {
                (true, _) => "helper's",
                (_, true) => "system-like",
                _ => "ordinary",
            };
            let certificate = if part.old_certificate { "old" } else { "new" };
            write!(
                f,
                "[{:?}, icon {:?}, {name} name, {certificate} certificate, target {}",
                part.way, part.icon, part.target_sdk
            )?;
            for (is, word) in
                [(part.never_sleeps, "never sleeps"), (part.works_unseen, "works unseen")]
            {
                if is {
                    write!(f, ", {word}")?;
                }
            }
            for means in &part.means {
                write!(f, ", {means:?}")?;
            }
            f.write_str("]")?;
        }
        Ok(())
    }
}
