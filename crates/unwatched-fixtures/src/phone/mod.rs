//! Made-up phones, as the evidence a helper brings: a bugreport's text, a bugreport ZIP, an
//! AndroidQF folder.
//!
//! A phone here is data. The same builder gives the same bytes.

mod android_qf;
mod app;
mod backup;
mod bugreport;
mod gallery;
pub mod population;

use std::io::Write;

pub use backup::BackupOptions;

pub use app::{App, Certificate, Launcher};
pub use gallery::{ordinary, ordinary_apps, unlisted_watcher};

/// A made-up Android phone.
#[derive(Debug, Clone)]
pub struct PhoneBuilder {
    pub(crate) os_version: String,
    pub(crate) maker: String,
    pub(crate) model: String,
    pub(crate) apps: Vec<App>,
    pub(crate) global: Vec<(String, String)>,
    pub(crate) secure: Vec<(String, String)>,
    pub(crate) log_bytes: usize,
    pub(crate) private_user: Option<u32>,
    pub(crate) services: Vec<(String, String)>,
    pub(crate) properties: Vec<(String, String)>,
    pub(crate) log_lines: Vec<String>,
}

impl Default for PhoneBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl PhoneBuilder {
    /// An Android 14 phone without apps, its protection switched on.
    pub fn new() -> Self {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        Self {
            os_version: "14".to_owned(),
            maker: "TestCo".to_owned(),
            model: "TC-1".to_owned(),
            apps: Vec::new(),
            global: vec![
                pair("adb_enabled", "1"),
                pair("package_verifier_enable", "1"),
                pair("package_verifier_user_consent", "1"),
            ],
            secure: vec![pair("install_non_market_apps", "1"), pair("location_mode", "3")],
            log_bytes: 4_000,
            private_user: None,
            services: Vec::new(),
            properties: Vec::new(),
            log_lines: Vec::new(),
        }
    }

    /// Android's version, for example `14`.
    #[must_use]
    pub fn android(mut self, version: &str) -> Self {
        version.clone_into(&mut self.os_version);
        self
    }

    /// Who made it, and what it is called.
    #[must_use]
    pub fn model(mut self, maker: &str, model: &str) -> Self {
        maker.clone_into(&mut self.maker);
        model.clone_into(&mut self.model);
        self
    }

    /// One more app.
    #[must_use]
    pub fn app(mut self, app: App) -> Self {
        self.apps.push(app);
        self
    }

    /// More apps.
    #[must_use]
    pub fn apps(mut self, apps: impl IntoIterator<Item = App>) -> Self {
        self.apps.extend(apps);
        self
    }

    /// A device-wide setting, in place of an earlier value.
    #[must_use]
    pub fn global_setting(mut self, key: &str, value: &str) -> Self {
        set(&mut self.global, key, value);
        self
    }

    /// A secure setting, in place of an earlier value.
    #[must_use]
    pub fn secure_setting(mut self, key: &str, value: &str) -> Self {
        set(&mut self.secure, key, value);
        self
    }

    /// How long the log is that a bugreport begins with.
    #[must_use]
    pub fn log_bytes(mut self, bytes: usize) -> Self {
        self.log_bytes = bytes;
        self
    }

    /// A service's dump, in place of what the phone would print itself.
    #[must_use]
    pub fn service(mut self, name: &str, dump: &str) -> Self {
        set(&mut self.services, name, dump);
        self
    }

    /// A property that `getprop` prints beside those of every phone.
    #[must_use]
    pub fn property(mut self, key: &str, value: &str) -> Self {
        set(&mut self.properties, key, value);
        self
    }

    /// One more line at the end of the log.
    #[must_use]
    pub fn log_line(mut self, line: &str) -> Self {
        self.log_lines.push(line.to_owned());
        self
    }

    /// The phone has a private space, which is this user.
    #[must_use]
    pub fn private_space(mut self, user: u32) -> Self {
        self.private_user = Some(user);
        self
    }

    /// The bugreport's text.
    pub fn bugreport_text(&self) -> String {
        bugreport::text(self)
    }

    /// The bugreport as Android hands it out.
    pub fn bugreport_zip(&self) -> Vec<u8> {
        const NAME: &str = "bugreport-tc1-X.1-2026-01-05-10-00-00.txt";
        zip_of(&[
            ("main_entry.txt", NAME.as_bytes()),
            ("version.txt", b"2.0"),
            (NAME, self.bugreport_text().as_bytes()),
            ("dumpstate_log.txt", b"dumpstate log\n"),
        ])
    }

    /// The files of an AndroidQF folder: relative path and content.
    pub fn android_qf(&self) -> Vec<(String, Vec<u8>)> {
        android_qf::files(self)
    }

    /// The same files in a ZIP.
    pub fn android_qf_zip(&self) -> Vec<u8> {
        let files = self.android_qf();
        let files: Vec<_> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        zip_of(&files)
    }

    /// What `adb backup` writes of it.
    pub fn backup(&self, options: &BackupOptions<'_>) -> Vec<u8> {
        backup::bytes(self, options)
    }

    /// Writes the AndroidQF folder; the folder is made where it is absent.
    pub fn write_android_qf(&self, folder: &std::path::Path) -> std::io::Result<()> {
        for (name, bytes) in self.android_qf() {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, bytes)?;
        }
        Ok(())
    }
}

fn set(pairs: &mut Vec<(String, String)>, key: &str, value: &str) {
    pairs.retain(|(known, _)| known != key);
    pairs.push((key.to_owned(), value.to_owned()));
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for (name, bytes) in files {
        zip.start_file(*name, options).expect("the name is short and new");
        zip.write_all(bytes).expect("writing into memory");
    }
    zip.finish().expect("writing into memory").into_inner()
}
