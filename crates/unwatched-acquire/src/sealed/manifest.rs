//! What a package says of itself: every file in it, with size and digest; which program, which
//! indicators, which times; and what could not be put in, and why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The format that is written.
pub(super) const VERSION: u32 = 1;
/// What the manifest begins with.
pub(super) const FORMAT: &str = "unwatched sealed package";

/// The manifest, as it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// What this is.
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// The program that sealed, and its version.
    pub tool: String,
    /// When, by that computer's clock.
    pub sealed_at: Timestamp,
    /// The zone of every time in the package.
    pub time_zone: String,
    /// Who can open it.
    pub opens_with: OpensWith,
    /// What it was judged with; `None` without any.
    pub indicators: Option<IndicatorsSealed>,
    /// Every look at the phone, the first one first.
    pub acquisitions: Vec<Acquired>,
    /// What was wrong with the case it was made of.
    pub problems: Vec<String>,
    /// What the case should hold and could not give.
    pub left_out: Vec<LeftOut>,
    /// Every file, in the order in which they lie here.
    pub files: Vec<FileSealed>,
}

/// What opens a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpensWith {
    /// A passphrase.
    Passphrase,
    /// The private half of any of these public keys of age.
    Keys(Vec<String>),
}

/// The indicators that the findings were made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorsSealed {
    /// The release's number.
    pub sequence: u64,
    /// When it was published.
    pub published: Timestamp,
    /// Whether it was known who signed it.
    pub signature_checked: bool,
    /// Of the compiled set, in hexadecimal.
    pub set_sha256: String,
}

/// One look at the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acquired {
    /// Counted from 1.
    pub number: u32,
    /// When it began.
    pub began: Timestamp,
    /// When it ended; `None` when it was cut off.
    pub ended: Option<Timestamp>,
    /// The digest of its facts, in hexadecimal.
    pub facts_sha256: String,
    /// The digest of its findings, in hexadecimal.
    pub findings_sha256: String,
}

/// What a file of a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// How to read the package without this program.
    Readme,
    /// What one command printed, or one file of the phone, as it came.
    Stream,
    /// The case's journal, one entry a line.
    Journal,
    /// What was asked of the phone, one command a line.
    Commands,
    /// The compiled indicator set.
    Indicators,
    /// What earlier releases listed by mistake.
    Recalls,
    /// What was observed.
    Facts,
    /// What was made of it.
    Findings,
}

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSealed {
    /// Its path in the package.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// Its length.
    pub size_bytes: u64,
    /// Its digest, in hexadecimal.
    pub sha256: String,
    /// Of a stream: the command line, or the file as the phone was asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// What is wrong with it, such as that the case's journal says something else of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What could not be put in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The command line or the file.
    pub of: String,
    /// Why.
    pub why: String,
}
