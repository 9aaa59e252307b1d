//! What the analysis says of the apps' own files, and what a backup or a list of packages says of
//! an app. Kept is what a rule asks; the reports themselves are dropped one by one.

use serde::{Deserialize, Serialize};
use unwatched_model::digest::{Sha1, Sha256};
use unwatched_model::report::{FileFormat, Observable, Report, Support, Tier};

use super::{Coverage, Facts, Part, Seen};
use crate::android::aqf_packages::attribute;
use crate::android::backup_manifest::BackupManifest;
use crate::android::package_list::ListedPackage;
use crate::evidence::{AppReport, Problem};

/// A certificate in an app's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCertificate {
    /// Of the certificate (DER).
    pub sha1: Sha1,
    /// Of the certificate (DER).
    pub sha256: Sha256,
    /// The subject's organisations.
    pub organisations: Vec<String>,
    /// The subject's common names.
    pub common_names: Vec<String>,
    /// Whether our verifier checked its signature over the file.
    pub verified: bool,
}

/// Something that the app's code can do, as far as the analysis found support for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ability {
    /// The rule's id in `catalogue/capabilities/`.
    pub id: String,
    /// In plain words.
    pub name: String,
    /// What it belongs to, such as `messages`.
    pub group: String,
    /// How strongly the evidence hangs together.
    pub support: Support,
    /// Whether the manifest itself declares it.
    pub declared: bool,
}

/// One file of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppFile {
    /// Of the file.
    pub sha256: Sha256,
    /// Its certificates.
    pub certificates: Vec<FileCertificate>,
    /// The name under its icon.
    pub label: Option<String>,
    /// What its code can do.
    pub abilities: Vec<Ability>,
    /// Whether there is code in it that could not be read.
    pub unread_code: bool,
    /// Whether anything in it could not be read.
    pub unread: bool,
    /// Of which actions its code would tell, as far as it was read.
    pub observable: Vec<Observable>,
    /// Where.
    pub seen: Seen,
}

impl AppFile {
    /// The ability of this id, if the analysis found more than a mention of it.
    pub fn ability(&self, id: &str) -> Option<&Ability> {
        let strong = |ability: &&Ability| ability.support != Support::Weak;
        self.abilities.iter().filter(strong).find(|ability| ability.id == id)
    }

    fn new(report: Report, seen: Seen) -> Self {
        let certificates = report.certificates.into_iter().map(|certificate| {
            let subject = certificate.subject.unwrap_or_default();
            FileCertificate {
                sha1: certificate.sha1,
                sha256: certificate.sha256,
                organisations: attribute(&subject, "O"),
                common_names: attribute(&subject, "CN"),
                verified: certificate.verified,
            }
        });
        let own = report.capabilities.into_iter().filter(|one| one.inside.is_none());
        let abilities = own.map(|capability| Ability {
            declared: capability.evidence.iter().any(|piece| piece.tier == Tier::Declared),
            id: capability.id,
            name: capability.name,
            group: capability.group,
            support: capability.support,
        });
        Self {
            sha256: report.sha256,
            certificates: certificates.collect(),
            label: report.label,
            unread: !report.unread.is_empty(),
            observable: report.observable_by,
            unread_code: report.unread.contains(&unwatched_model::report::Unread::Code),
            abilities: abilities.collect(),
            seen,
        }
    }
}

/// A file of no app costs a line among what could not be read.
impl Facts {
    pub(crate) fn add_app_report(&mut self, AppReport { place, report }: AppReport) {
        let is_app = matches!(report.format, FileFormat::Apk | FileFormat::ApkBundle);
        let Some(package) = report.package.clone().filter(|_| is_app) else {
            let what = "it is no app that can be read".to_owned();
            self.app_files_unread += 1;
            self.problems.push(Problem { place, what });
            return;
        };
        let index = self.places.iter().position(|known| *known == place).unwrap_or_else(|| {
            self.places.push(place);
            self.places.len() - 1
        });
        let seen = Seen { place: index, part: Part::AppFiles, line: 0 };
        let file = AppFile::new(report, seen);
        self.app(&package).files.push(file);
        self.app_files_read += 1;
    }

    /// All files were handed over; `problems` says which could not be read.
    pub(crate) fn end_app_files(&mut self, problems: Vec<Problem>) {
        self.app_files_unread += problems.len();
        self.problems.extend(problems);
        let (read, unread) = (self.app_files_read, self.app_files_unread);
        match (read, unread) {
            (0, 0) => {}
            (_, 0) => self.cover(Part::AppFiles, Coverage::Whole),
            (0, _) => self.cover(
                Part::AppFiles,
                Coverage::Unreadable("none of the files could be read".to_owned()),
            ),
            (_, unread) => self.cover(
                Part::AppFiles,
                Coverage::Cut(format!("{unread} of {} files could not be read", read + unread)),
            ),
        }
    }

    pub(crate) fn add_backup_manifest(&mut self, place: usize, manifest: BackupManifest) {
        let seen = Seen { place, part: Part::BackupManifest, line: 1 };
        self.app(&manifest.package.clone()).backup.get_or_insert((manifest, seen));
    }

    pub(crate) fn add_package_list(&mut self, place: usize, list: Vec<ListedPackage>) {
        for listed in list {
            let seen = Seen { place, part: Part::PackageList, line: listed.line };
            match &mut self.app(&listed.package.clone()).listed {
                Some((known, _)) => known.merge(listed),
                slot => *slot = Some((listed, seen)),
            }
        }
    }
}
