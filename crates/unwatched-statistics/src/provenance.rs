//! Who typed a row: a partner, signed, or somebody who transcribed a publication and says exactly where it
//! stands.
//!
//! Not here: checking signatures; whoever takes a submission in does that and hands on the key's name.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Where a row comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "provenance", rename_all = "snake_case")]
pub enum Provenance {
    /// A partner handed it in.
    PartnerSubmission {
        /// The name of the key that signed it, or how else the partner was known.
        signed_by: String,
    },
    /// Somebody read it in a publication.
    Transcribed {
        /// Author, title, publisher, date, address.
        citation: String,
        /// When it was read.
        retrieved: Date,
        /// Page, table, paragraph: exact enough that somebody else finds the figure.
        locator: String,
        /// Where the original was not seen: the text that quotes it.
        as_quoted_in: Option<String>,
    },
}
