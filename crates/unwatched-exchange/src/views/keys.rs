//! The partner's keys, and the page that shows a new one once.

use askama::Template;
use jiff::Timestamp;
use unwatched_store::TokenRow;

use crate::views::forms::{Choice, Refusal};
use crate::views::frame::Frame;
use crate::views::words;

/// What was typed.
#[derive(Default)]
pub(crate) struct KeyFields {
    pub(crate) label: String,
    pub(crate) role: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires_days: String,
}

impl KeyFields {
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Self {
        let mut fields = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "label" => fields.label = value,
                "role" => fields.role = value,
                "scope" => fields.scopes.push(value),
                "expires_days" => fields.expires_days = value,
                _ => {}
            }
        }
        fields
    }
}

pub(crate) struct KeyLine {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) role: &'static str,
    pub(crate) scopes: String,
    pub(crate) expires: String,
    pub(crate) last_used: String,
    pub(crate) state: &'static str,
    pub(crate) good: bool,
}

impl KeyLine {
    pub(crate) fn of(row: &TokenRow, now: Timestamp) -> Self {
        let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
        let good = row.is_good(now);
        Self {
            id: row.id(),
            label: words::shown(&row.label),
            role: words::user_role(row.role),
            scopes: row.scopes.to_string(),
            expires: row.expires.map_or_else(|| "never".to_owned(), day),
            last_used: row.last_used_day.map_or_else(|| "not yet".to_owned(), day),
            state: match (good, row.revoked_at) {
                (true, _) => "in use",
                (false, Some(_)) => "withdrawn",
                (false, None) => "ended",
            },
            good,
        }
    }
}

#[derive(Template)]
#[template(path = "portal/keys.html")]
pub(crate) struct KeysPage {
    pub(crate) frame: Frame,
    pub(crate) error: Option<Refusal>,
    pub(crate) form: KeyFields,
    pub(crate) roles: Vec<Choice>,
    pub(crate) scopes: Vec<String>,
    pub(crate) keys: Vec<KeyLine>,
}

#[derive(Template)]
#[template(path = "portal/key_made.html")]
pub(crate) struct MadeKeyPage {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) expires: String,
}
