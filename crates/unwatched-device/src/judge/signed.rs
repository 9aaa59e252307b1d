//! Who signed an app, whatever the evidence is that says so, and whether anybody verified it.

use unwatched_model::digest::{Sha1, Sha256};

use crate::facts::{AppFacts, Seen};

/// Who verified a certificate against the app's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VerifiedBy {
    /// Our own verifier, on the file in the evidence.
    Us,
    /// AndroidQF, when it made the acquisition.
    AndroidQf,
}

impl VerifiedBy {
    pub(crate) fn said(self) -> &'static str {
        match self {
            Self::Us => "Unwatched verified the certificate against the app's file",
            Self::AndroidQf => "AndroidQF verified the certificate against the app's file",
        }
    }
}

/// A certificate, and who verified it or why it is a trace only.
#[derive(Debug)]
pub(crate) struct SignedBy<'f> {
    pub(crate) sha1: Option<Sha1>,
    pub(crate) sha256: Option<Sha256>,
    pub(crate) organisations: &'f [String],
    pub(crate) common_names: &'f [String],
    pub(crate) verified: Result<VerifiedBy, &'static str>,
}

/// A file of an app, as somebody describes it.
#[derive(Debug)]
pub(crate) struct SignedFile<'f> {
    pub(crate) sha256: Option<Sha256>,
    pub(crate) certificate: Option<SignedBy<'f>>,
    pub(crate) seen: Seen,
}

const NOT_BY_ANDROID_QF: &str = "AndroidQF could not verify the certificate against the app's file, so it counts as a trace only";
const NOT_BY_US: &str =
    "The signature over the app's file does not hold, so the certificate counts as a trace only";
const OF_A_BACKUP: &str = "The phone wrote it into the backup, and the app's file is not there to verify it, so it counts as a trace only";

/// Every file and certificate of an app. What we read ourselves comes first: of two that match
/// alike, the first is named.
pub(crate) fn files_of(app: &AppFacts) -> impl Iterator<Item = SignedFile<'_>> {
    let ours = app.files.iter().flat_map(|file| {
        let alone = SignedFile { sha256: Some(file.sha256), certificate: None, seen: file.seen };
        std::iter::once(alone).chain(file.certificates.iter().map(|certificate| SignedFile {
            sha256: None,
            certificate: Some(SignedBy {
                sha1: Some(certificate.sha1),
                sha256: Some(certificate.sha256),
                organisations: &certificate.organisations,
                common_names: &certificate.common_names,
                verified: if certificate.verified { Ok(VerifiedBy::Us) } else { Err(NOT_BY_US) },
            }),
            seen: file.seen,
        }))
    });
    let of_android_qf = app.aqf.iter().flat_map(|(package, seen)| {
        package.files.iter().map(|file| SignedFile {
            sha256: file.sha256,
            certificate: file.certificate.as_ref().map(|certificate| SignedBy {
                sha1: certificate.sha1,
                sha256: certificate.sha256,
                organisations: &certificate.organisations,
                common_names: &certificate.common_names,
                verified: if certificate.verified {
                    Ok(VerifiedBy::AndroidQf)
                } else {
                    Err(NOT_BY_ANDROID_QF)
                },
            }),
            seen: *seen,
        })
    });
    let of_backup = app.backup.iter().flat_map(|(manifest, seen)| {
        manifest.certificates.iter().map(|certificate| SignedFile {
            sha256: None,
            certificate: Some(SignedBy {
                sha1: Some(certificate.sha1),
                sha256: Some(certificate.sha256),
                organisations: &[],
                common_names: &[],
                verified: Err(OF_A_BACKUP),
            }),
            seen: *seen,
        })
    });
    ours.chain(of_android_qf).chain(of_backup)
}
