//! What is known of an app's signatures: each scheme by itself, and what Android makes of them all.
//!
//! Only the words; the verifier is in the analysis.

use serde::{Deserialize, Serialize};

use crate::digest::Sha256;

/// One of the ways in which an app can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scheme {
    /// The files under `META-INF/` of a signed JAR.
    #[serde(rename = "v1")]
    V1,
    /// The whole file, from Android 7.
    #[serde(rename = "v2")]
    V2,
    /// The whole file with changes of the key, from Android 9.
    #[serde(rename = "v3")]
    V3,
    /// As 3, for a key that only newer Androids are to see, from Android 13.
    #[serde(rename = "v3.1")]
    V31,
    /// The `.idsig` file beside the app.
    #[serde(rename = "v4")]
    V4,
    /// A shop's mark of where the file came from; no identity of the app.
    #[serde(rename = "source_stamp")]
    SourceStamp,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 6] =
        [Self::V1, Self::V2, Self::V3, Self::V31, Self::V4, Self::SourceStamp];

    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
            Self::V31 => "v3.1",
            Self::V4 => "v4",
            Self::SourceStamp => "source_stamp",
        }
    }
}

/// Something wrong with a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureProblem {
    /// A stable id, such as `v2_digest_mismatch`.
    pub id: String,
    /// What is wrong, in words.
    pub what: String,
}

/// An earlier certificate of the same app, which vouched for the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ancestor {
    /// SHA-256 of the certificate.
    pub certificate_sha256: Sha256,
    /// What the app still lets it do: `installed_data`, `shared_uid`, `permission`, `rollback`,
    /// `auth`.
    pub capabilities: Vec<String>,
}

/// One signer within a scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemeSigner {
    /// SHA-256 of its certificate.
    pub certificate_sha256: Sha256,
    /// The signature algorithms that were used, such as `rsa_pkcs1_sha256`.
    pub algorithms: Vec<String>,
    /// The lowest and highest API level it signs for, where the scheme says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_levels: Option<[u32; 2]>,
    /// Certificates before this one, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ancestors: Vec<Ancestor>,
}

/// One scheme, looked at by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemeResult {
    /// Which one.
    pub scheme: Scheme,
    /// Whether the file says it is signed so.
    pub present: bool,
    /// Whether every signature and digest of it was recomputed and holds.
    pub verified: bool,
    /// Its signers, as far as they could be read; only those of a verified scheme are proven.
    pub signers: Vec<SchemeSigner>,
    /// Why it does not hold.
    pub problems: Vec<SignatureProblem>,
}

/// Whether Android accepts the app's signatures, from an API level on to the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedAt {
    /// Android 7 and all later ones.
    #[serde(rename = "24")]
    pub api_24: bool,
    /// Android 9 and all later ones.
    #[serde(rename = "28")]
    pub api_28: bool,
    /// Android 13 and all later ones.
    #[serde(rename = "33")]
    pub api_33: bool,
}

/// An app's signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Every scheme, present or not.
    pub schemes: Vec<SchemeResult>,
    /// What Android makes of them.
    pub accepted_at: AcceptedAt,
    /// What else stands in the signing block: `dependency_info`, `play_frosting`, `padding`, or the
    /// number of a block that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_blocks: Vec<String>,
    /// What is wrong with the file as a whole, or with the schemes together.
    pub problems: Vec<SignatureProblem>,
}

impl Signature {
    /// What is known of one scheme.
    pub fn scheme(&self, wanted: Scheme) -> Option<&SchemeResult> {
        self.schemes.iter().find(|result| result.scheme == wanted)
    }
}
