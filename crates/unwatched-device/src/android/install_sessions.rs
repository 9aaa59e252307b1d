//! The sessions of installation inside `dumpsys package`: what was installed when, by whom, and
//! with which options. The list holds the last weeks, apps that are gone included.
//!
//! The dump breaks its lines after a number of characters, inside words too, so a session's lines
//! are put together before they are read.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::component::is_name;
use super::moments::of_millis;

const MAX_SESSIONS: usize = 2_000;
const MAX_TEXT_BYTES: usize = 8 * 1024;
/// From here on a line may have been broken inside a word.
const BROKEN_FROM: usize = 70;

/// What is read of a session.
const KEYS: [&str; 7] = [
    "appPackageName=",
    "mPackageName=",
    "installerPackageName=",
    "createdMillis=",
    "installFlags=",
    "mFinalStatus=",
    "committedMillis=",
];

/// One session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallSession {
    /// What was to be installed.
    pub package: String,
    /// Who the system says installed it.
    pub installer: Option<String>,
    /// When it began, in UTC.
    pub created: Option<DateTime>,
    /// It came from a computer.
    pub from_computer: bool,
    /// Whoever installed it told the phone not to look at it first.
    pub unverified: bool,
    /// Whether it was installed in the end; `None` where the dump does not say.
    pub succeeded: Option<bool>,
    /// Where.
    pub line: u64,
}

/// Takes the section's lines, gives the sessions.
#[derive(Debug, Default)]
pub struct SessionsReader {
    found: Vec<InstallSession>,
    text: String,
    line: u64,
    open: bool,
}

/// `INSTALL_FROM_ADB` and `INSTALL_DISABLE_VERIFICATION` of `PackageManager`.
const FROM_ADB: u64 = 0x20;
const DISABLE_VERIFICATION: u64 = 0x0008_0000;

/// Whether a line opens a session: `Session 123:`, `Active Session 24:`.
pub(super) fn opens(text: &str) -> bool {
    text.strip_suffix(':').is_some_and(|text| {
        text.rsplit_once("Session ")
            .is_some_and(|(_, id)| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
    })
}

impl SessionsReader {
    /// Takes a line as it stands.
    pub fn line(&mut self, number: u64, line: &str) {
        let text = line.trim_start();
        if opens(text.trim_end()) {
            self.close();
            (self.open, self.line) = (true, number);
        } else if self.open && self.text.len() + text.len() < MAX_TEXT_BYTES {
            // The blank behind a line's last word is lost where somebody's editor took it away.
            if KEYS.iter().any(|key| text.starts_with(key)) {
                self.text.push(' ');
            }
            self.text.push_str(text);
            if text.len() < BROKEN_FROM {
                self.text.push(' ');
            }
        }
    }

    fn value(&self, key: &str) -> Option<&str> {
        let at = self.text.match_indices(key).map(|(at, _)| at).find(|at| {
            self.text[..*at].chars().next_back().is_none_or(|c| c.is_whitespace() || c == '{')
        })?;
        let rest = &self.text[at + key.len()..];
        rest.split([' ', ',', '}']).next().filter(|value| !value.is_empty() && *value != "null")
    }

    fn close(&mut self) {
        if self.open && self.found.len() < MAX_SESSIONS {
            let package = ["appPackageName=", "mPackageName="]
                .iter()
                .find_map(|key| self.value(key).filter(|name| is_name(name)).map(str::to_owned));
            if let Some(package) = package {
                let installer = self.value("installerPackageName=").filter(|name| is_name(name));
                let millis = self.value("createdMillis=").and_then(|millis| millis.parse().ok());
                let flags = self
                    .value("installFlags=0x")
                    .and_then(|flags| u64::from_str_radix(flags, 16).ok())
                    .unwrap_or_default();
                let status = self.value("mFinalStatus=").and_then(|s| s.parse::<i64>().ok());
                self.found.push(InstallSession {
                    installer: installer.map(str::to_owned),
                    created: millis.and_then(of_millis),
                    from_computer: flags & FROM_ADB != 0,
                    unverified: flags & DISABLE_VERIFICATION != 0,
                    // 0 stands where it has not ended.
                    succeeded: status.filter(|status| *status != 0).map(|status| status == 1),
                    line: self.line,
                    package,
                });
            }
        }
        self.text.clear();
        self.open = false;
    }

    /// All that were read.
    pub fn end(mut self) -> Vec<InstallSession> {
        self.close();
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_whose_blanks_at_line_ends_were_lost_is_read() {
        let mut reader = SessionsReader::default();
        for (number, line) in (1..).zip([
            "  Active Session 7:",
            "    userId=0 mOriginalInstallerUid=10128 mOriginalInstallerPackageName=com.testco.browser.one",
            "    installerPackageName=com.testco.installer installInitiatingPackageName=com.testco.browser.one",
            "    mode=1 installFlags=0x80002 installLocation=1 installReason=0 installScenario=0 sizeBytes=-1",
            "    appPackageName=com.example.gone appIcon=false",
        ]) {
            reader.line(number, line);
        }
        let sessions = reader.end();
        assert_eq!(sessions[0].installer.as_deref(), Some("com.testco.installer"));
        assert_eq!(
            (sessions[0].package.as_str(), sessions[0].unverified),
            ("com.example.gone", true)
        );
    }

    #[test]
    fn a_session_broken_inside_words_is_read_whole() {
        let mut reader = SessionsReader::default();
        for (number, line) in (1..).zip([
            "  Session 1733822157:",
            "    userId=0 installerPackageName=com.google.android.packageinstaller installerUid=10024 createdMillis=1533799659695 s",
            "    tageDir=/data/app/vmdl1733822157.tmp stageCid=null mode=1 installFlags=0x80012 installLocation=0 appPackageName=com.example.gone a",
            "    ppIcon=false mFinalStatus=1 mFinalMessage=",
        ]) {
            reader.line(number, line);
        }
        let sessions = reader.end();
        let session = &sessions[0];
        assert_eq!(session.package, "com.example.gone");
        assert_eq!(session.installer.as_deref(), Some("com.google.android.packageinstaller"));
        assert_eq!(session.created.unwrap().to_string(), "2018-08-09T07:27:39.695");
        assert_eq!((session.unverified, session.from_computer), (true, false));
        assert_eq!((session.succeeded, session.line), (Some(true), 1));
    }
}
