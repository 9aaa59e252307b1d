//! The audit log and the retention table, for reading.

use std::fmt::Write as _;

use askama::Template;
use unwatched_store::{AuditRow, Lines, StoreError};

use crate::http::api::audit::Asked;
use crate::jobs::retention::InForce;
use crate::views::frame::Frame;
use crate::views::words::TimeView;

pub(crate) struct AuditView {
    pub(crate) seq: i64,
    pub(crate) at: TimeView,
    pub(crate) who: String,
    pub(crate) action: String,
    pub(crate) object_kind: String,
    pub(crate) object_id: String,
    /// Its page, where it has one.
    pub(crate) href: Option<String>,
    pub(crate) detail: String,
}

#[derive(Template)]
#[template(path = "portal/audit.html")]
pub(crate) struct AuditPage {
    pub(crate) frame: Frame,
    /// Whether every partner's lines are shown.
    pub(crate) all: bool,
    pub(crate) object: String,
    pub(crate) action: String,
    pub(crate) partner: String,
    pub(crate) lines: Vec<AuditView>,
    pub(crate) older: Option<String>,
}

impl AuditPage {
    pub(crate) fn of(
        frame: Frame,
        seen: &Lines,
        asked: &Asked,
        rows: Vec<AuditRow>,
        next: Option<i64>,
    ) -> Result<Self, StoreError> {
        let asked = asked.query();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (object, action, partner) =
            (text(&asked.object), text(&asked.action), text(&asked.partner));
        let older = next.map(|next| {
            let query = [("object", &object), ("action", &action), ("partner", &partner)];
            let query = query.map(|(name, value)| format!("{name}={}", escaped(value))).join("&");
            format!("/portal/audit?{query}&after={next}")
        });
        let lines = rows.into_iter().map(AuditView::of).collect::<Result<_, _>>()?;
        Ok(Self { frame, all: *seen == Lines::All, object, action, partner, lines, older })
    }
}

impl AuditView {
    fn of(row: AuditRow) -> Result<Self, StoreError> {
        let at = row.time()?.into();
        let who = match (row.via.as_str(), &row.partner, row.user_id) {
            ("operator", ..) => "an operator of this exchange".to_owned(),
            ("system", ..) => "the exchange itself".to_owned(),
            (_, Some(partner), Some(user)) => format!("{partner}, person {user}"),
            (via, Some(partner), None) => format!("{partner}, by {via}"),
            (via, None, _) => via.to_owned(),
        };
        let href = match row.object_kind.as_str() {
            "sample" => Some(format!("/portal/samples/{}", escaped(&row.object_id))),
            "family" => Some(format!("/portal/families/{}", escaped(&row.object_id))),
            _ => None,
        };
        let detail = if row.detail == "{}" { String::new() } else { row.detail };
        Ok(Self {
            seq: row.seq,
            at,
            who,
            action: row.action,
            object_kind: row.object_kind,
            object_id: row.object_id,
            href,
            detail,
        })
    }
}

/// A text as a part of an address.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[derive(Template)]
#[template(path = "portal/retention.html")]
pub(crate) struct RetentionPage {
    pub(crate) frame: Frame,
    pub(crate) kinds: Vec<InForce>,
}
