//! What an analysis says of one file: the words that the analysis, the exchange's pages and the
//! checker share. The report explains; it never labels.

use std::borrow::Cow;
use std::collections::BTreeMap;

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
    /// Which app inside the file can do it, by its path; `None` for the app itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<String>,
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
    /// Which app inside the file would report it, by its path; `None` for the app itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<String>,
    /// At least one piece.
    pub evidence: Vec<Evidence>,
    /// What the other side would notice and when, for a helper.
    pub sentence: String,
}

/// What is said of an app, with the place of an app inside the file in front of it.
pub fn said_of<'t>(inside: Option<&str>, said: &'t str) -> Cow<'t, str> {
    match inside {
        Some(path) => Cow::Owned(format!("An app inside it ({path}): {said}")),
        None => Cow::Borrowed(said),
    }
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
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Endpoint {
    /// `url`, `domain` or `address`.
    pub kind: String,
    /// As written in the file.
    pub value: String,
    /// Where it stands.
    pub place: String,
    /// What is known of whose it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<EndpointMark>,
    /// On shared infrastructure, the part that belongs to one customer: a database, a bucket, a
    /// page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// What is known of whose an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointMark {
    /// Many unrelated customers rent names or paths here.
    Shared,
    /// A service that many apps build in: counting, crashes, advertisements, sign-in.
    Sdk,
    /// It delivers files for anybody.
    Cdn,
    /// Most phones ask it every day.
    Everyday,
    /// Only library code mentions it.
    Library,
    /// It stands for a network inside a house or company.
    Private,
}

impl EndpointMark {
    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Sdk => "sdk",
            Self::Cdn => "cdn",
            Self::Everyday => "everyday",
            Self::Library => "library",
            Self::Private => "private",
        }
    }
}

/// What a part of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// The app itself, in a file that holds it with its splits.
    Base,
    /// A piece of the app that is installed with it.
    Split,
    /// Another app that the file carries.
    App,
}

impl PartKind {
    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Split => "split",
            Self::App => "app",
        }
    }
}

/// An app inside the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its path in the file; a path inside another one stands behind `!`.
    pub path: String,
    /// What it is.
    pub kind: PartKind,
    /// Its own digest.
    pub sha256: Sha256,
    /// For older lists.
    pub sha1: Sha1,
    /// For older lists.
    pub md5: Md5,
    /// Its length.
    pub size_bytes: u64,
    /// Its package name.
    pub package: Option<String>,
    /// The name shown under its icon.
    pub label: Option<String>,
    /// The version for machines.
    pub version_code: Option<u64>,
    /// Its certificates.
    pub certificates: Vec<Certificate>,
    /// What another app can do, by the rules' ids, as far as it is supported.
    pub capabilities: Vec<String>,
}

/// A sign of what the file was made with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Trace {
    /// `framework` or `packer`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where the sign stands.
    pub place: String,
}

/// A native library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeLibrary {
    /// Its path in the file.
    pub path: String,
    /// The processors it is for, by its own header: `arm64-v8a`, `armeabi-v7a`, `x86`, `x86_64`.
    pub abi: String,
    /// Methods of the app that it implements, by their class and name.
    pub implements: Vec<String>,
    /// How many more it implements.
    pub implements_left_out: usize,
}

/// The picture under which the app is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Icon {
    /// Its path in the file.
    pub path: String,
    /// Nothing of it can be seen.
    pub invisible: bool,
    /// A perceptual digest, for finding pictures that look alike: 16 hexadecimal digits.
    pub look: Option<String>,
    /// The part of the system whose picture it looks like.
    pub resembles: Option<String>,
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

/// A part of a file without which what is not listed may still be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// The manifest, or a part of it.
    Manifest,
    /// Code: it is packed or encrypted, broken, or more than an analysis reads.
    Code,
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
    /// An Android package in pieces: `.apks`, `.xapk`, `.apkm`.
    ApkBundle,
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
    pub const ALL: [Self; 6] =
        [Self::Apk, Self::ApkBundle, Self::Zip, Self::Dex, Self::Empty, Self::Unrecognised];

    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apk => "apk",
            Self::ApkBundle => "apk_bundle",
            Self::Zip => "zip",
            Self::Dex => "dex",
            Self::Empty => "empty",
            Self::Unrecognised => "unrecognised",
        }
    }
}

/// The version of the format in which reports are written. It grows when a field is added or means
/// something else; readers take every version up to it, and what an older one lacks is empty.
/// `docs/reference/report.md` describes it.
pub const REPORT_VERSION: u32 = 2;

/// Reports of the first version do not say their version.
fn first_version() -> u32 {
    1
}

/// What an analysis says of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The version of this format.
    #[serde(default = "first_version")]
    pub report_version: u32,
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
    /// The names that phones in other languages show, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The picture beside the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<Icon>,
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
    /// What it can do, in the catalogue's order; then what the apps inside it can do.
    pub capabilities: Vec<Capability>,
    /// Which actions the app's own code would report; no list is ever complete.
    #[serde(default)]
    pub observable_by: Vec<Observable>,
    /// Addresses that it or an app inside it mentions, sorted.
    pub endpoints: Vec<Endpoint>,
    /// Apps inside the file: the pieces of one, and others that it carries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// What it was made and packed with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<Trace>,
    /// Its native libraries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub native: Vec<NativeLibrary>,
    /// What is unusual about the file.
    pub anomalies: Vec<Anomaly>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Which parts, of the app or of one inside it, were therefore not judged, or not wholly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// What was read and is left out on purpose: masked, or more of the same than is listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<Problem>,
}

impl Report {
    /// What is known of a file before anything in it was read: its digests and its length.
    pub fn of_digests(sha256: Sha256, sha1: Sha1, md5: Md5, size_bytes: u64) -> Self {
        Self {
            report_version: REPORT_VERSION,
            file: None,
            sha256,
            sha1,
            md5,
            size_bytes,
            format: FileFormat::Unrecognised,
            package: None,
            label: None,
            labels: BTreeMap::new(),
            icon: None,
            version_name: None,
            version_code: None,
            certificates: Vec::new(),
            signature: None,
            permissions: Vec::new(),
            capabilities: Vec::new(),
            observable_by: Vec::new(),
            endpoints: Vec::new(),
            parts: Vec::new(),
            traces: Vec::new(),
            native: Vec::new(),
            anomalies: Vec::new(),
            problems: Vec::new(),
            unread: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Whether there is code that was not read: what it does is unknown.
    pub fn has_unread_code(&self) -> bool {
        self.unread.contains(&Unread::Code)
    }
}
