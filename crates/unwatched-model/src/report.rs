//! What an analysis says of one file: the words that the analysis, the exchange's pages and the
//! checker share. The report explains; it never labels.

use serde::{Deserialize, Serialize};

use crate::criterion::Criterion;
use crate::digest::{Md5, Sha1, Sha256};
use crate::signature::Signature;

/// How strongly a capability's evidence hangs together.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// Declared, and referenced or called as well.
    Supported,
    /// Declared only: the app may do it.
    Possible,
    /// Referenced or mentioned only: libraries reference much that is never used.
    #[default]
    Weak,
}

impl Support {
    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Possible => "possible",
            Self::Weak => "weak",
        }
    }

    /// What [`as_str`](Self::as_str) wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Supported, Self::Possible, Self::Weak].into_iter().find(|one| one.as_str() == word)
    }
}

/// How near a piece of evidence is to the deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// In the manifest.
    Declared,
    /// Among the method, field or class references of the code.
    Referenced,
    /// Called in a class's code.
    Called,
    /// A string.
    String,
}

impl Tier {
    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Referenced => "referenced",
            Self::Called => "called",
            Self::String => "string",
        }
    }
}

/// One piece of evidence and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// How near it is to the deed.
    pub tier: Tier,
    /// What it is: `permission`, `service`, `receiver`, `activity`, `action`, `meta_data`,
    /// `attribute`, `method`, `class`, `string`, `label`, `icon`.
    pub kind: String,
    /// The permission, method or string itself.
    pub value: String,
    /// The file inside the app and the place in it, such as
    /// `AndroidManifest.xml: service com.example.Watch` or `classes2.dex: Lcom/example/Watch;`.
    pub place: String,
}

/// One thing the app can do to somebody, and why we say so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capability {
    /// The rule's id in `catalogue/capabilities.toml`.
    pub id: String,
    /// A plain name, such as "reads what is typed on the screen".
    pub name: String,
    /// What it belongs to: `messages`, `calls`, `location`, `stealth`, ...
    pub group: String,
    /// How strongly the evidence hangs together.
    pub support: Support,
    /// What it means for the person who carries the phone, in whole sentences for a helper, no
    /// stronger than the evidence; empty in reports of older engines, as are the next three.
    #[serde(default)]
    pub sentence: String,
    /// Why it matters.
    #[serde(default)]
    pub why: String,
    /// Which harmless apps show the same.
    #[serde(default)]
    pub innocent: String,
    /// The criteria it bears on.
    #[serde(default)]
    pub criteria: Vec<Criterion>,
    /// At least one piece.
    pub evidence: Vec<Evidence>,
}

/// How soon the other side would notice, as far as the code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HowSoon {
    /// In the moment of the action, while there is a connection.
    AtOnce,
    /// When a report that comes at regular intervals stays away: one such interval.
    AfterSeconds(u64),
    /// When a report that comes at regular intervals stays away; the interval could not be read.
    AfterItsInterval,
    /// When the phone is next switched on.
    AtNextStart,
    /// When the phone has a connection again.
    WhenConnected,
    /// When the other side next sends a command and gets no answer.
    AtTheNextCommand,
}

/// Something a helper or the person might do, and by which the other side would notice.
///
/// What is not listed may be noticed as well: nothing ever says that an action goes unnoticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observable {
    /// What is done: a stable id, such as `take_away_admin`.
    pub action: String,
    /// By which signal: the id in `catalogue/observable.toml`.
    pub signal: String,
    /// How soon.
    pub how_soon: HowSoon,
    /// How strongly the evidence hangs together: the signal, and a way to report it.
    pub support: Support,
    /// At least one piece.
    pub evidence: Vec<Evidence>,
    /// What the other side would notice and when, for a helper.
    pub sentence: String,
}

/// A certificate found in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-1 of the DER bytes.
    pub sha1: Sha1,
    /// SHA-256 of the DER bytes.
    pub sha256: Sha256,
    /// The subject, for reading; never an identity.
    pub subject: Option<String>,
    /// Whether our verifier checked the signature over the file. `false` means *claimed*: anybody
    /// can put anybody's certificate into a file.
    pub verified: bool,
}

/// An address the file mentions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// `url`, `domain` or `address`.
    pub kind: String,
    /// As written in the file.
    pub value: String,
    /// Where it stands.
    pub place: String,
}

/// Something malformed or unusual that a well-made app does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anomaly {
    /// A stable id, such as `zip_duplicate_name`.
    pub id: String,
    /// What is unusual, in words.
    pub what: String,
    /// Where it stands.
    pub place: String,
}

/// Something that could not be read or was cut short; what the report lacks because of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What could not be done.
    pub what: String,
    /// Where.
    pub place: String,
}

/// What a file is, by its bytes and never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// An Android package.
    Apk,
    /// A ZIP that is no Android package.
    Zip,
    /// A bare DEX.
    Dex,
    /// Nothing.
    Empty,
    /// Anything else.
    Unrecognised,
}

impl FileFormat {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Apk, Self::Zip, Self::Dex, Self::Empty, Self::Unrecognised];

    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apk => "apk",
            Self::Zip => "zip",
            Self::Dex => "dex",
            Self::Empty => "empty",
            Self::Unrecognised => "unrecognised",
        }
    }
}

/// What an analysis says of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The file's name as the analyst gave it; `None` for a sample known by its hash only.
    pub file: Option<String>,
    /// The sample's id.
    pub sha256: Sha256,
    /// For older lists.
    pub sha1: Sha1,
    /// For older lists.
    pub md5: Md5,
    /// The file's length.
    pub size_bytes: u64,
    /// What it is.
    pub format: FileFormat,
    /// The package name.
    pub package: Option<String>,
    /// The name shown under the icon.
    pub label: Option<String>,
    /// The version for people.
    pub version_name: Option<String>,
    /// The version for machines.
    pub version_code: Option<u64>,
    /// Certificates, claimed or verified.
    pub certificates: Vec<Certificate>,
    /// Who signed an app and how, and whether it holds; `None` for what is no app, and in reports
    /// older than our verifier.
    #[serde(default)]
    pub signature: Option<Signature>,
    /// Requested permissions, full names, sorted.
    pub permissions: Vec<String>,
    /// What it can do, in the catalogue's order.
    pub capabilities: Vec<Capability>,
    /// Which actions the app's own code would report; no list is ever complete.
    #[serde(default)]
    pub observable_by: Vec<Observable>,
    /// Addresses it mentions, sorted.
    pub endpoints: Vec<Endpoint>,
    /// What is unusual about the file.
    pub anomalies: Vec<Anomaly>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Report {
    /// What is known of a file before anything in it was read: its digests and its length.
    pub fn of_digests(sha256: Sha256, sha1: Sha1, md5: Md5, size_bytes: u64) -> Self {
        Self {
            file: None,
            sha256,
            sha1,
            md5,
            size_bytes,
            format: FileFormat::Unrecognised,
            package: None,
            label: None,
            version_name: None,
            version_code: None,
            certificates: Vec::new(),
            signature: None,
            permissions: Vec::new(),
            capabilities: Vec::new(),
            observable_by: Vec::new(),
            endpoints: Vec::new(),
            anomalies: Vec::new(),
            problems: Vec::new(),
        }
    }
}
