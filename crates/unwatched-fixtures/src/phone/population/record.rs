//! One app on a phone of the population, as a list of features: where it came from, what it may
//! do, what it did. No code: a record is all there is of it.

use crate::phone::{Certificate, Launcher};

/// How an app came to be on the phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It came with the phone; `updated` since by a store.
    Preinstalled {
        /// Whether an update lies over the version that came with the phone.
        updated: bool,
    },
    /// A store, by its package.
    Store(String),
    /// Somebody opened a file.
    File {
        /// What installed it.
        installer: String,
        /// What had fetched the file, where that is recorded.
        from: Option<String>,
    },
    /// A computer by cable.
    Cable,
    /// Recorded as installed by one app, and started by another.
    Claims {
        /// Who is recorded as the installer.
        installer: String,
        /// Who started it.
        by: String,
    },
}

/// The Play Store.
pub const PLAY: &str = "com.android.vending";
const SHELL: &str = "com.android.shell";

impl Source {
    /// From the Play Store.
    pub fn play() -> Self {
        Self::Store(PLAY.to_owned())
    }

    /// From a file that this app had fetched.
    pub fn file(installer: &str, from: &str) -> Self {
        Self::File { installer: installer.to_owned(), from: Some(from.to_owned()) }
    }

    pub(super) fn installer(&self) -> Option<&str> {
        match self {
            Self::Preinstalled { updated: true } => Some(PLAY),
            Self::Preinstalled { updated: false } | Self::Cable => None,
            Self::Store(installer)
            | Self::File { installer, .. }
            | Self::Claims { installer, .. } => Some(installer),
        }
    }

    pub(super) fn initiating(&self) -> Option<&str> {
        match self {
            Self::Cable => Some(SHELL),
            Self::Claims { by, .. } => Some(by),
            other => other.installer(),
        }
    }

    pub(super) fn originating(&self) -> Option<&str> {
        match self {
            Self::File { from, .. } => from.as_deref(),
            _ => None,
        }
    }

    /// `PackageInstaller.PACKAGE_SOURCE_*`, which Android 13 and later print.
    pub(super) fn package_source(&self) -> u8 {
        match self {
            Self::Preinstalled { updated: false } => 0,
            Self::Preinstalled { updated: true } | Self::Store(_) => 2,
            Self::File { .. } => 4,
            Self::Cable | Self::Claims { .. } => 1,
        }
    }

    pub(super) fn is_system(&self) -> bool {
        matches!(self, Self::Preinstalled { .. })
    }
}

/// What is recorded of one operation, as `dumpsys appops` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpUse {
    /// For example `RECORD_AUDIO`.
    pub op: &'static str,
    /// 0 allow, 1 ignore, 2 deny, 3 default, 4 in the foreground.
    pub mode: u8,
    /// When it was last used, if ever.
    pub last: Option<Access>,
}

/// One use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// `top`, `fgsvc`, `fg`, `bg` or `cch`.
    pub state: &'static str,
    /// How long ago.
    pub minutes_ago: u32,
    /// For how long.
    pub seconds: u32,
}

/// Bytes since the last weeks' count began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Received while shown.
    pub front_received: u64,
    /// Sent while shown.
    pub front_sent: u64,
    /// Received while not shown.
    pub back_received: u64,
    /// Sent while not shown.
    pub back_sent: u64,
}

/// Everything that a phone's files would say of one app.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its package name.
    pub package: String,
    /// How it came.
    pub source: Source,
    /// Whether it shows an icon.
    pub launcher: Launcher,
    /// It offers itself as the home screen.
    pub home: bool,
    /// The Android it was made for.
    pub target_sdk: u32,
    /// Built for debugging.
    pub debuggable: bool,
    /// Who signed it.
    pub certificate: Certificate,
    /// Since when the certificate is valid, as a year.
    pub certified_since: i16,
    /// Permissions granted while it runs, without `android.permission.`.
    pub granted: Vec<&'static str>,
    /// Permissions it asks for and was refused.
    pub refused: Vec<&'static str>,
    /// Permissions granted at installation.
    pub at_install: Vec<&'static str>,
    /// Broadcasts its manifest answers to, whole names.
    pub receives: Vec<&'static str>,
    /// Services its manifest offers, by the action's whole name.
    pub offers: Vec<&'static str>,
    /// Switched on as a device administrator.
    pub admin: bool,
    /// Switched on as an accessibility service.
    pub accessibility: bool,
    /// May read notifications.
    pub listener: bool,
    /// Is the default keyboard.
    pub keyboard: bool,
    /// Is a trust agent that is on.
    pub trust_agent: bool,
    /// Holds these roles, such as `android.app.role.SMS`.
    pub roles: Vec<&'static str>,
    /// Operations.
    pub ops: Vec<OpUse>,
    /// Exempt from battery optimisation.
    pub unoptimised: bool,
    /// Runs a service in the foreground.
    pub foreground_service: bool,
    /// Time on the screen in the last day.
    pub screen_minutes: u32,
    /// What it sent and received.
    pub traffic: Traffic,
    /// How long ago it was installed.
    pub installed_hours_ago: u32,
    /// How long ago it was last updated.
    pub updated_hours_ago: u32,
    /// For whom it is installed.
    pub users: Vec<u32>,
    /// It is gone and left its data.
    pub removed: bool,
    /// Somebody switched it off; it is still there.
    pub switched_off: bool,
}

impl Record {
    /// An app from the Play Store with an icon and no powers.
    pub fn new(package: &str) -> Self {
        Self {
            package: package.to_owned(),
            source: Source::play(),
            launcher: Launcher::Shown,
            home: false,
            target_sdk: 34,
            debuggable: false,
            certificate: Certificate::made_up(&format!("certificate of {package}")),
            certified_since: 2016,
            granted: Vec::new(),
            refused: Vec::new(),
            at_install: vec!["INTERNET", "ACCESS_NETWORK_STATE", "WAKE_LOCK"],
            receives: Vec::new(),
            offers: Vec::new(),
            admin: false,
            accessibility: false,
            listener: false,
            keyboard: false,
            trust_agent: false,
            roles: Vec::new(),
            ops: Vec::new(),
            unoptimised: false,
            foreground_service: false,
            screen_minutes: 3,
            traffic: Traffic {
                front_received: 4_200_000,
                front_sent: 310_000,
                back_received: 900_000,
                back_sent: 120_000,
            },
            installed_hours_ago: 24 * 200,
            updated_hours_ago: 24 * 9,
            users: vec![0],
            removed: false,
            switched_off: false,
        }
    }

    /// An app that came with the phone.
    pub fn preinstalled(package: &str) -> Self {
        let mut record = Self::new(package);
        record.source = Source::Preinstalled { updated: false };
        record.certificate = Certificate::made_up("certificate of the platform");
        record.screen_minutes = 0;
        record.installed_hours_ago = 24 * 365 * 17;
        record.updated_hours_ago = 24 * 365 * 17;
        record
    }

    /// Grants permissions.
    #[must_use]
    pub fn grant(mut self, permissions: &[&'static str]) -> Self {
        self.granted.extend(permissions);
        self
    }

    /// Grants permissions, in place.
    pub fn grant_all(&mut self, permissions: &[&'static str]) {
        for permission in permissions {
            if !self.granted.contains(permission) {
                self.granted.push(permission);
            }
        }
    }

    /// Changes it in place.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Notes a use of an allowed operation.
    pub fn used(&mut self, op: &'static str, state: &'static str, minutes_ago: u32, seconds: u32) {
        let last = Some(Access { state, minutes_ago, seconds });
        self.ops.retain(|known| known.op != op);
        self.ops.push(OpUse { op, mode: 0, last });
    }

    /// Allows an operation that was not used yet.
    pub fn allow(&mut self, op: &'static str) {
        if !self.ops.iter().any(|known| known.op == op) {
            self.ops.push(OpUse { op, mode: 0, last: None });
        }
    }

    /// It came with the phone.
    pub fn at_delivery(&self) -> bool {
        self.source.is_system()
    }

    /// The Play Store is on record as its installer.
    pub fn says_play(&self) -> bool {
        self.source.installer() == Some(PLAY)
    }

    /// Its last part, for names of classes.
    pub(super) fn class(&self, class: &str) -> String {
        format!("{}.{class}", self.package)
    }

    /// `package/package.Class`.
    pub(super) fn component(&self, class: &str) -> String {
        format!("{0}/{0}.{class}", self.package)
    }
}
