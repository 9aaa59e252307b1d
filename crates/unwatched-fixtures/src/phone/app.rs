//! One app on a made-up phone.

use sha1::Digest as _;

/// Who signed an app, as AndroidQF writes it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// In hexadecimal.
    pub sha1: String,
    /// In hexadecimal.
    pub sha256: String,
    /// For example `CN=Watch Alpha,O=Example`.
    pub subject: String,
    /// Whether AndroidQF says that it verified it.
    pub verified: bool,
}

impl Certificate {
    /// A verified certificate of its own for every seed.
    pub fn made_up(seed: &str) -> Self {
        Self {
            sha1: hex::encode(sha1::Sha1::digest(seed.as_bytes())),
            sha256: hex::encode(sha2::Sha256::digest(seed.as_bytes())),
            subject: "CN=Example,O=Example".to_owned(),
            verified: true,
        }
    }
}

/// Whether an app shows an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launcher {
    /// It does.
    Shown,
    /// It declares none.
    Absent,
    /// It declares one, which is switched off.
    SwitchedOff,
}

/// One app; a new one comes from the Play Store, shows an icon and has nothing switched on.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) package: String,
    pub(crate) system: bool,
    pub(crate) installer: Option<String>,
    pub(crate) initiating: Option<String>,
    pub(crate) originating: Option<String>,
    pub(crate) certificate: Certificate,
    pub(crate) certificate_der: Option<Vec<u8>>,
    pub(crate) sha256: String,
    pub(crate) launcher: Launcher,
    pub(crate) granted: Vec<String>,
    pub(crate) admin: bool,
    pub(crate) accessibility: bool,
    pub(crate) listener: bool,
    pub(crate) device_owner: bool,
    pub(crate) profile_owner: Option<u32>,
    pub(crate) user: u32,
    pub(crate) installed: bool,
}

const PLAY: &str = "com.android.vending";

impl App {
    /// An app from the Play Store.
    pub fn new(package: &str) -> Self {
        Self {
            package: package.to_owned(),
            system: false,
            installer: Some(PLAY.to_owned()),
            initiating: Some(PLAY.to_owned()),
            originating: None,
            certificate: Certificate::made_up(&format!("certificate of {package}")),
            certificate_der: None,
            sha256: hex::encode(sha2::Sha256::digest(package.as_bytes())),
            launcher: Launcher::Shown,
            granted: Vec::new(),
            admin: false,
            accessibility: false,
            listener: false,
            device_owner: false,
            profile_owner: None,
            user: 0,
            installed: true,
        }
    }

    /// It came with the phone.
    #[must_use]
    pub fn preinstalled(mut self) -> Self {
        self.system = true;
        self.installer = None;
        self.initiating = None;
        self
    }

    /// Somebody opened a file that a browser had fetched.
    #[must_use]
    pub fn sideloaded(mut self) -> Self {
        self.installer = Some("com.google.android.packageinstaller".to_owned());
        self.initiating = Some("com.google.android.packageinstaller".to_owned());
        self.originating = Some("com.android.chrome".to_owned());
        self
    }

    /// Installed by this app, or by none that is recorded.
    #[must_use]
    pub fn installed_by(mut self, installer: Option<&str>) -> Self {
        self.installer = installer.map(str::to_owned);
        self.initiating = self.installer.clone();
        self.originating = None;
        self
    }

    /// Who started the installation, where it differs from who is recorded as the installer.
    #[must_use]
    pub fn initiated_by(mut self, package: &str) -> Self {
        self.initiating = Some(package.to_owned());
        self
    }

    /// Who signed it.
    #[must_use]
    pub fn signed_by(mut self, certificate: Certificate) -> Self {
        self.certificate = certificate;
        self
    }

    /// The certificate itself, which a backup repeats.
    #[must_use]
    pub fn certificate_der(mut self, der: &[u8]) -> Self {
        self.certificate_der = Some(der.to_vec());
        self
    }

    /// Signed by a certificate with this SHA-1, verified.
    #[must_use]
    pub fn certificate_sha1(mut self, sha1: &str) -> Self {
        sha1.clone_into(&mut self.certificate.sha1);
        self
    }

    /// Signed by a certificate with this SHA-256, verified.
    #[must_use]
    pub fn certificate_sha256(mut self, sha256: &str) -> Self {
        sha256.clone_into(&mut self.certificate.sha256);
        self
    }

    /// The certificate's subject.
    #[must_use]
    pub fn certificate_subject(mut self, subject: &str) -> Self {
        subject.clone_into(&mut self.certificate.subject);
        self
    }

    /// AndroidQF could not verify the certificate.
    #[must_use]
    pub fn unverified(mut self) -> Self {
        self.certificate.verified = false;
        self
    }

    /// The SHA-256 of its file.
    #[must_use]
    pub fn file_sha256(mut self, sha256: &str) -> Self {
        sha256.clone_into(&mut self.sha256);
        self
    }

    /// Whether it shows an icon.
    #[must_use]
    pub fn launcher(mut self, launcher: Launcher) -> Self {
        self.launcher = launcher;
        self
    }

    /// Permissions it holds, without `android.permission.`.
    #[must_use]
    pub fn granted(mut self, permissions: &[&str]) -> Self {
        self.granted.extend(permissions.iter().map(|name| format!("android.permission.{name}")));
        self
    }

    /// Switched on as a device administrator.
    #[must_use]
    pub fn device_admin(mut self) -> Self {
        self.admin = true;
        self
    }

    /// Switched on as an accessibility service.
    #[must_use]
    pub fn accessibility(mut self) -> Self {
        self.accessibility = true;
        self
    }

    /// Allowed to read notifications.
    #[must_use]
    pub fn notification_listener(mut self) -> Self {
        self.listener = true;
        self
    }

    /// It manages the whole phone.
    #[must_use]
    pub fn device_owner(mut self) -> Self {
        self.device_owner = true;
        self
    }

    /// It manages this user's profile.
    #[must_use]
    pub fn profile_owner(mut self, user: u32) -> Self {
        self.profile_owner = Some(user);
        self
    }

    /// Installed for this user alone.
    #[must_use]
    pub fn for_user(mut self, user: u32) -> Self {
        self.user = user;
        self
    }

    /// It was removed and left its data.
    #[must_use]
    pub fn removed(mut self) -> Self {
        self.installed = false;
        self
    }
}
