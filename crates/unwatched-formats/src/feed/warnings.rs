//! `warnings/{lang}.json`: what a security product may say on a phone when it meets an indicator,
//! per class and per role, in words of one language. The words are the catalogue's; whether
//! somebody reviewed them stands in the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The words of one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Warnings {
    /// The language, as in BCP 47.
    pub language: String,
    /// Grows with every change of the words.
    pub version: u32,
    /// Who went over these words with survivors' safety in mind, and when; none while nobody has.
    #[serde(default)]
    pub review: Option<Review>,
    /// What a product must keep to, whatever it says.
    pub rules: Vec<String>,
    /// By class: stalkerware, watchware, dual_use, disputed.
    pub classes: BTreeMap<String, Words>,
    /// By role, where it changes what is said: a visit is no app.
    pub roles: BTreeMap<String, Words>,
}

/// A review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The organisation.
    pub by: String,
    /// The day, such as `2026-11-23`.
    pub on: String,
}

/// What to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// One line that does not tell more than a lock screen may.
    pub discreet: String,
    /// The heading inside the product.
    pub title: String,
    /// What it means, and what to think of first.
    pub text: String,
}

#[derive(Serialize)]
struct Document<'a> {
    language: &'a str,
    version: u32,
    licence: &'a str,
    /// Whether a product may show these words.
    reviewed: bool,
    review: Option<&'a Review>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_reviewed: Option<&'static str>,
    rules: &'a [String],
    classes: &'a BTreeMap<String, Words>,
    roles: &'a BTreeMap<String, Words>,
}

/// The name of the file.
pub fn file_name(language: &str) -> String {
    format!("warnings/{language}.json")
}

/// The file.
pub fn render(warnings: &Warnings, licence: &str) -> Vec<u8> {
    let document = Document {
        language: &warnings.language,
        version: warnings.version,
        licence,
        reviewed: warnings.review.is_some(),
        review: warnings.review.as_ref(),
        not_reviewed: warnings.review.is_none().then_some(
            "Nobody has reviewed these words yet: do not show them to people before somebody who \
             works with survivors and speaks this language has.",
        ),
        rules: &warnings.rules,
        classes: &warnings.classes,
        roles: &warnings.roles,
    };
    let mut bytes = serde_json::to_vec_pretty(&document).expect("plain data serialises");
    bytes.push(b'\n');
    bytes
}
