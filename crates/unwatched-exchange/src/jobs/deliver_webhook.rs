//! The job `deliver_webhook`: tells one address of a partner what changed since it was last told.
//!
//! A message holds ids and kinds, never above what its partner may see at the moment it is sent.
//! Its extent is kept before it goes out, so that what is sent again is the same message under the
//! same id, by which whoever takes it knows it again. What does not arrive is tried again after
//! growing pauses for days; then the webhook is switched off, and its partner told.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256 as Hasher};
use unwatched_model::partner::Standing;
use unwatched_store::{Change, Priority, Telling, Told};

use super::{Ended, Failed, Kind, Lane, Outcome, Work};
use crate::http::api::changes::ChangeDocument;
use crate::outward::{self, NotSent};
use crate::state::AppState;
use crate::webhook_secrets;

const NAME: &str = "deliver_webhook";
/// So many changes are in one message.
const MOST: u32 = 100;
/// What begins a secret, as Standard Webhooks have it.
pub const SECRET_PREFIX: &str = "whsec_";
/// How often it is looked whether somebody is to be told.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// 10 s, 20 s, ... up to 6 h: the last of so many tries comes about five days after the first.
const TRIES: u32 = 30;

/// Registers it.
pub(super) const KIND: Kind = Kind {
    first_pause: Duration::from_secs(10),
    max_pause: Duration::from_hours(6),
    lasts_at_most: Duration::from_mins(10),
    ..Kind::new(NAME, "tell a partner's address what changed", |work| Box::pin(run(work)))
        .in_lane(Lane::Outward)
        .tries(TRIES)
        .on_failure(|work, why, is_last| Box::pin(failed(work, why, is_last)))
};

async fn run(work: &Work) -> Outcome {
    let id = subject(work)?;
    let state = &work.state;
    loop {
        let telling = match state.store.webhook_telling(id, state.clock.now()).await? {
            Told::Yes(telling) => telling,
            Told::No => return Ok(Ended::Done),
            Told::Orphan => {
                let why = "whoever made it has left, or may no longer read what it is told";
                state.store.switch_webhook_off(id, why, state.clock.now()).await?;
                return Ok(Ended::Done);
            }
        };
        // A partner that is shut out is told nothing, and goes on from there when it comes back.
        if !matches!(telling.viewer.standing, Standing::Probation | Standing::Full) {
            return Ok(Ended::Done);
        }
        let extent = extent(state, &telling).await?;
        if extent.changes.is_empty() {
            let through = extent.through;
            state.store.webhook_told(id, through, false, state.clock.now()).await?;
            if extent.is_all {
                return Ok(Ended::Done);
            }
            continue;
        }
        state.store.webhook_begins(id, extent.through, state.clock.now()).await?;
        send(state, id, &telling, &extent).await?;
        state.store.webhook_told(id, extent.through, true, state.clock.now()).await?;
    }
}

fn subject(work: &Work) -> Result<i64, Failed> {
    let id = work.job.payload.get("webhook").and_then(serde_json::Value::as_i64);
    id.ok_or_else(|| Failed::for_good("the job names no webhook"))
}

/// What the next message tells of.
struct Extent {
    changes: Vec<Change>,
    through: i64,
    /// Whether there is nothing after it.
    is_all: bool,
}

async fn extent(state: &AppState, telling: &Telling) -> Result<Extent, Failed> {
    // Counted first: what is committed later comes with the next message.
    let counted = state.store.last_change().await?;
    let to = telling.viewer.visible();
    let mut changes = state.store.changes_after(telling.after, MOST, &to).await?;
    let is_all = changes.len() < MOST as usize;
    let last = changes.last().map_or(telling.after, |change| change.seq);
    let found = if is_all { counted.max(last) } else { last };
    // What was sent in vain is sent again as it was, unless more has become visible than fits.
    let through = telling.through.map_or(found, |through| through.min(found));
    changes.retain(|change| change.seq <= through && is_asked_for(&telling.kinds, &change.kind));
    Ok(Extent { changes, through, is_all: is_all && telling.through.is_none() })
}

/// Whether somebody wants to be told of this kind; `indicator` stands for all of `indicator.*`.
fn is_asked_for(kinds: &[String], kind: &str) -> bool {
    let noun = kind.split_once('.').map_or(kind, |(noun, _)| noun);
    kinds.is_empty() || kinds.iter().any(|asked| asked == kind || asked == noun)
}

#[derive(Serialize)]
struct Message<'a, D> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: String,
    data: D,
}

async fn send(state: &AppState, id: i64, telling: &Telling, extent: &Extent) -> Result<(), Failed> {
    let now = state.clock.now();
    let changes: Vec<_> = extent.changes.iter().cloned().map(ChangeDocument::from).collect();
    let data = json!({ "webhook": id, "changes": changes });
    let body = body("changes", now, data)?;
    let secret = webhook_secrets::opened(&state.data, &telling.viewer.partner, &telling.secret)?;
    let message = message_id(&secret, telling.after, extent.through);
    let sent = deliver(state, &telling.url, &secret, &message, body, now).await;
    sent.map_err(|not_sent| match not_sent {
        // Whoever answers so wants no more.
        NotSent::Status(410) => Failed::for_good(NotSent::Status(410)),
        not_sent => Failed::again(not_sent),
    })
}

fn body(kind: &str, now: Timestamp, data: serde_json::Value) -> Result<Vec<u8>, Failed> {
    let message = Message { kind, timestamp: now.to_string(), data };
    serde_json::to_vec(&message).map_err(Failed::for_good)
}

/// The same for the same message, and nothing by which numbers could be told.
fn message_id(secret: &str, after: i64, through: i64) -> String {
    let digest = Hasher::digest(format!("{secret}\n{after}\n{through}"));
    format!("msg_{}", &hex::encode(digest)[..32])
}

async fn deliver(
    state: &AppState,
    url: &str,
    secret: &str,
    id: &str,
    body: Vec<u8>,
    now: Timestamp,
) -> Result<(), NotSent> {
    let timestamp = now.as_second().to_string();
    let signature = signature(secret, id, &timestamp, &body);
    let headers = [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signature),
    ];
    outward::post(url, &headers, body, &state.config.webhooks).await
}

/// As Standard Webhooks have it: HMAC-SHA256 over id, timestamp and body.
fn signature(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let key = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
    let key = STANDARD.decode(key).unwrap_or_else(|_| key.as_bytes().to_vec());
    // Any key is a key of HMAC.
    let Ok(mut mac) = Hmac::<Hasher>::new_from_slice(&key) else { return String::new() };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// A message that tells of nothing, sent while its partner waits.
pub async fn ping(
    state: &AppState,
    id: i64,
    telling: &Telling,
) -> anyhow::Result<Result<(), NotSent>> {
    let secret = webhook_secrets::opened(&state.data, &telling.viewer.partner, &telling.secret)?;
    let now = state.clock.now();
    let body = body("ping", now, json!({ "webhook": id })).unwrap_or_default();
    let message = format!("msg_{}", hex::encode(state.randomness.bytes::<16>()));
    Ok(deliver(state, &telling.url, &secret, &message, body, now).await)
}

/// The webhook says what became of it.
async fn failed(work: &Work, why: &str, is_last: bool) -> anyhow::Result<()> {
    let Ok(id) = subject(work) else { return Ok(()) };
    let (store, now) = (&work.state.store, work.state.clock.now());
    store.webhook_failed(id, why, now).await?;
    if is_last {
        let tries = work.job.tries;
        let why = match tries {
            TRIES.. => format!("tried {tries} times over days; the last time: {why}"),
            _ => why.to_owned(),
        };
        store.switch_webhook_off(id, &why, now).await?;
    }
    Ok(())
}

/// Asks for the job of every webhook that is behind, until the process drains.
pub async fn watch(state: AppState) {
    let mut looked = 0;
    loop {
        match state.store.last_change().await {
            Ok(last) if last == looked => {}
            Ok(last) => match ask(&state).await {
                Ok(()) => looked = last,
                Err(error) => tracing::error!("webhooks were not looked at: {error}"),
            },
            Err(error) => tracing::error!("the feed of changes does not answer: {error}"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = state.shutdown.cancelled() => return,
        }
    }
}

/// One job at a time for each: while one waits to be tried again, no other is begun.
pub async fn ask(state: &AppState) -> Result<(), unwatched_store::StoreError> {
    for id in state.store.webhooks_behind().await? {
        let (subject, payload) = (id.to_string(), json!({ "webhook": id }));
        let (priority, now) = (Priority::Soon, state.clock.now());
        state.store.enqueue(NAME, Some(&subject), &payload, priority, now).await?;
        state.changes.job.notify_waiters();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn messages_are_signed_as_others_verify_them() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = br#"{"test": 2432232314}"#;
        let signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn kinds_are_asked_for_by_word_or_noun() {
        let kinds =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(is_asked_for(&[], "verdict.changed"));
        assert!(is_asked_for(&kinds(&["verdict"]), "verdict.changed"));
        assert!(is_asked_for(&kinds(&["a", "verdict.changed"]), "verdict.changed"));
        assert!(!is_asked_for(&kinds(&["verdict"]), "indicator.added"));
    }

    #[test]
    fn a_message_that_is_sent_again_has_the_id_it_had() {
        assert_eq!(message_id("s", 1, 2), message_id("s", 1, 2));
        assert_ne!(message_id("s", 1, 2), message_id("t", 1, 2));
        assert_ne!(message_id("s", 1, 2), message_id("s", 1, 3));
    }
}
