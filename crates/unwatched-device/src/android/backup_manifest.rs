//! `apps/<package>/_manifest` of a backup: what Android says of one app, line by line: the form's
//! version, package, version, Android's version, installer, whether the app's file is in the
//! backup, the number of its certificates and each of them in hexadecimal (Android's
//! `BackupManagerService`, version 1 of the manifest).
//!
//! The certificates are Android's word; nothing here is verified.

use serde::{Deserialize, Serialize};
use sha1::Digest as _;
use unwatched_model::digest::{Sha1, Sha256};

use super::component::is_name;
use super::{LineParser, Parsed};

const MAX_CERTIFICATES: usize = 32;
const MAX_CERTIFICATE_BYTES: usize = 64 << 10;

/// A certificate's two digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedCertificate {
    /// Of the certificate (DER).
    pub sha1: Sha1,
    /// Of the certificate (DER).
    pub sha256: Sha256,
}

/// What a backup says of one app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    /// The app; empty where the manifest could not be read.
    pub package: String,
    /// The app that installed it.
    pub installer: Option<String>,
    /// Who signed it, as Android says.
    pub certificates: Vec<ClaimedCertificate>,
    /// Whether every line was there.
    pub whole: bool,
}

/// Reads one manifest.
#[derive(Debug, Default)]
pub struct BackupManifestParser {
    manifest: BackupManifest,
    lines: usize,
    certificates: Option<usize>,
    problems: Vec<String>,
}

impl BackupManifestParser {
    fn certificate(&mut self, line: &str) {
        let expected = self.certificates.unwrap_or_default().min(MAX_CERTIFICATES);
        if self.manifest.certificates.len() == expected {
            return;
        }
        let bytes = Some(line).filter(|line| line.len() <= MAX_CERTIFICATE_BYTES * 2);
        match bytes.and_then(|line| hex::decode(line).ok()) {
            Some(bytes) if !bytes.is_empty() => {
                self.manifest.certificates.push(ClaimedCertificate {
                    sha1: Sha1(sha1::Sha1::digest(&bytes).into()),
                    sha256: Sha256(sha2::Sha256::digest(&bytes).into()),
                });
            }
            _ => self.problems.push("a certificate in it is damaged".to_owned()),
        }
    }
}

impl LineParser for BackupManifestParser {
    type Value = BackupManifest;

    fn line(&mut self, _: u64, line: &str) {
        let line = line.trim();
        self.lines += 1;
        match self.lines {
            1 if line != "1" => {
                self.problems.push("it is of a version that is not known".to_owned());
            }
            2 if is_name(line) => line.clone_into(&mut self.manifest.package),
            5 => self.manifest.installer = Some(line.to_owned()).filter(|name| is_name(name)),
            7 => self.certificates = line.parse().ok(),
            8.. => self.certificate(line),
            _ => {}
        }
    }

    fn end(mut self, whole: bool) -> Parsed<BackupManifest> {
        let there = self.manifest.certificates.len();
        let all = self.certificates.is_some_and(|number| number.min(MAX_CERTIFICATES) == there);
        self.manifest.whole = whole && all;
        if !self.manifest.whole && self.problems.is_empty() {
            self.problems.push("it ends early".to_owned());
        }
        self.problems.truncate(1);
        Parsed { value: self.manifest, problems: self.problems }
    }
}
