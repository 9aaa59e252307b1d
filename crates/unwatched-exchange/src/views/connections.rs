//! What each partner pulls and pushes, when it last worked, and the lines that connect a client.

use askama::Template;
use jiff::Timestamp;
use unwatched_store::{InboxOutcome, TokenRow, Use, Webhook};

use crate::views::forms::Refusal;
use crate::views::frame::Frame;
use crate::views::words;

/// One part of a surface that a program uses.
pub(crate) struct UseLine {
    pub(crate) partner: String,
    pub(crate) surface: &'static str,
    pub(crate) what: String,
    pub(crate) who: String,
    pub(crate) last_ok: String,
    pub(crate) count: String,
    pub(crate) error: Option<String>,
}

impl UseLine {
    pub(crate) fn of(one: &Use, keys: &[TokenRow]) -> Self {
        let called = one.who.strip_prefix("key ").and_then(|id| {
            let key = keys.iter().find(|key| key.id() == id)?;
            (!key.label.is_empty()).then(|| words::shown(&key.label))
        });
        let failed = one.last_failed.filter(|failed| one.last_ok.is_none_or(|ok| ok <= *failed));
        let why = one.last_error.as_deref().unwrap_or("refused");
        Self {
            partner: one.partner.to_string(),
            surface: surface(&one.surface),
            what: words::shown(&one.what),
            who: called.unwrap_or_else(|| one.who.clone()),
            last_ok: one.last_ok.map_or_else(|| "not yet".to_owned(), minute),
            count: match one.failed {
                0 => one.ok.to_string(),
                failed => format!("{}, and {failed} refused", one.ok),
            },
            error: failed.map(|at| format!("{}: {}", minute(at), words::shown(why))),
        }
    }
}

fn surface(word: &str) -> &'static str {
    match word {
        "changes" => "feed of changes",
        "feeds" => "released files",
        "taxii" => "TAXII",
        "misp" => "MISP",
        _ => "API",
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// An object that was handed in by TAXII, and what became of it.
pub(crate) struct HandedInLine {
    pub(crate) at: String,
    pub(crate) what: String,
    pub(crate) id: String,
    pub(crate) became: &'static str,
    /// Whether it needs somebody to do something.
    pub(crate) lacks: bool,
    pub(crate) why: String,
}

impl HandedInLine {
    pub(crate) fn of(one: &InboxOutcome) -> Self {
        let (became, lacks) = match one.outcome.as_deref() {
            Some("taken") => ("taken", false),
            Some("kept") => ("kept", false),
            Some("refused") => ("refused", true),
            Some("waits") => ("waits", true),
            _ => ("not looked at yet", false),
        };
        Self {
            at: minute(one.at),
            what: words::shown(&one.object_type),
            id: words::shown(&one.id),
            became,
            lacks,
            why: one.why.as_deref().map(words::shown).unwrap_or_default(),
        }
    }
}

/// One webhook.
pub(crate) struct WebhookLine {
    pub(crate) id: i64,
    pub(crate) partner: String,
    pub(crate) url: String,
    pub(crate) label: String,
    pub(crate) kinds: String,
    pub(crate) last_ok: String,
    pub(crate) error: Option<String>,
    pub(crate) off: Option<String>,
    /// Whether this person may change it.
    pub(crate) own: bool,
}

impl WebhookLine {
    pub(crate) fn of(one: &Webhook, own: bool) -> Self {
        let tried = match one.failures {
            0 => String::new(),
            1 => " (tried once)".to_owned(),
            failures => format!(" (tried {failures} times)"),
        };
        let error = one.last_error.as_deref();
        Self {
            id: one.id,
            partner: one.partner.to_string(),
            url: words::shown(&one.url),
            label: words::shown(&one.label),
            kinds: if one.kinds.is_empty() {
                "everything".to_owned()
            } else {
                one.kinds.join(", ")
            },
            last_ok: one.last_ok_at.map_or_else(|| "not yet".to_owned(), minute),
            error: error.map(|why| format!("{}{tried}", words::shown(why))),
            off: one
                .off
                .as_ref()
                .map(|(at, why)| format!("{}: {}", minute(*at), words::shown(why))),
            own,
        }
    }
}

/// How one client is connected: its name, what it gets, and the lines.
pub(crate) struct Recipe {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) gets: &'static str,
    pub(crate) lines: String,
}

#[derive(Default)]
pub(crate) struct WebhookFields {
    pub(crate) url: String,
    pub(crate) label: String,
    pub(crate) kinds: String,
}

#[derive(Template)]
#[template(path = "portal/connections.html")]
pub(crate) struct ConnectionsPage {
    pub(crate) frame: Frame,
    /// Whether it is everybody's that is shown.
    pub(crate) all: bool,
    /// Whether webhooks may be made.
    pub(crate) may_manage: bool,
    pub(crate) error: Option<Refusal>,
    pub(crate) form: WebhookFields,
    pub(crate) uses: Vec<UseLine>,
    /// The own partner's, whoever looks: what a partner hands in is not for others.
    pub(crate) handed_in: Vec<HandedInLine>,
    pub(crate) webhooks: Vec<WebhookLine>,
    pub(crate) recipes: Vec<Recipe>,
}

#[derive(Template)]
#[template(path = "portal/webhook_made.html")]
pub(crate) struct MadeWebhookPage {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) secret: String,
}
