//! Who signed an app and how, and what Android makes of it.

use unwatched_model::signature::{
    AcceptedAt, Scheme, SchemeResult, SchemeSigner, Signature, SignatureProblem,
};

use crate::views::words;

/// One scheme.
pub(crate) struct SchemeView {
    pub(crate) name: &'static str,
    pub(crate) state: &'static str,
    pub(crate) holds: bool,
    pub(crate) signers: Vec<SignerView>,
    pub(crate) problems: Vec<String>,
}

/// One signer within a scheme.
pub(crate) struct SignerView {
    pub(crate) certificate: String,
    pub(crate) algorithms: String,
    /// For which Androids; empty where the scheme does not say.
    pub(crate) levels: String,
    /// Certificates before this one, oldest first.
    pub(crate) ancestors: Vec<String>,
}

/// An app's signatures.
pub(crate) struct SignatureView {
    /// Whether Android takes the app, by its versions.
    pub(crate) accepted: Vec<(&'static str, bool)>,
    pub(crate) schemes: Vec<SchemeView>,
    /// Names of the schemes that the file does not have.
    pub(crate) absent: String,
    pub(crate) problems: Vec<String>,
    pub(crate) other_blocks: String,
}

impl SignatureView {
    pub(crate) fn of(signature: &Signature) -> Self {
        let (present, absent): (Vec<_>, Vec<_>) =
            signature.schemes.iter().partition(|scheme| scheme.present);
        let absent: Vec<_> = absent.iter().map(|one| name(one.scheme).to_owned()).collect();
        let blocks: Vec<_> =
            signature.other_blocks.iter().map(|block| words::plain(&words::shown(block))).collect();
        Self {
            accepted: accepted(signature.accepted_at),
            schemes: present.into_iter().map(scheme).collect(),
            absent: words::list(&absent),
            problems: said(&signature.problems),
            other_blocks: words::list(&blocks),
        }
    }
}

/// Once it is taken by every later Android, too, these are not told one by one.
fn accepted(at: AcceptedAt) -> Vec<(&'static str, bool)> {
    let mut told = vec![
        ("Android 7 and later", at.api_24),
        ("Android 9 and later", at.api_28),
        ("Android 13 and later", at.api_33),
    ];
    while let [.., (_, true), (_, true)] = told[..] {
        told.pop();
    }
    told
}

fn scheme(result: &SchemeResult) -> SchemeView {
    SchemeView {
        name: name(result.scheme),
        state: if result.verified { "verified" } else { "does not hold" },
        holds: result.verified,
        signers: result.signers.iter().map(signer).collect(),
        problems: said(&result.problems),
    }
}

fn signer(signer: &SchemeSigner) -> SignerView {
    let algorithms: Vec<_> = signer.algorithms.iter().map(|one| words::plain(one)).collect();
    let levels = signer.api_levels.map(|[from, to]| {
        if i64::from(to) >= i64::from(i32::MAX) {
            format!("API level {from} and later")
        } else {
            format!("API levels {from} to {to}")
        }
    });
    let ancestors = signer.ancestors.iter().map(|one| one.certificate_sha256.to_string());
    SignerView {
        certificate: signer.certificate_sha256.to_string(),
        algorithms: words::shown(&words::list(&algorithms)),
        levels: levels.unwrap_or_default(),
        ancestors: ancestors.collect(),
    }
}

fn said(problems: &[SignatureProblem]) -> Vec<String> {
    problems.iter().map(|problem| words::shown(&problem.what)).collect()
}

fn name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::V1 => "scheme 1 (JAR)",
        Scheme::V2 => "scheme 2",
        Scheme::V3 => "scheme 3",
        Scheme::V31 => "scheme 3.1",
        Scheme::V4 => "scheme 4",
        Scheme::SourceStamp => "source stamp",
    }
}
