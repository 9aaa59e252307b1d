//! The job `publish_release`: publishes in the name of the person who asked for it. Where there is
//! little, the request itself does it; where there is much, nobody waits for it at a page. Whether
//! they may is asked again when it runs: a role, a standing or a key may have ended meanwhile.

use anyhow::Context as _;
use serde_json::{Value, json};
use unwatched_model::access::{self, Action, Member, Object, may};
use unwatched_model::partner::PartnerSlug;
use unwatched_store::{Actor, Priority, StoreError, UserId, Via, Viewer};

use super::{Ended, Failed, Kind, Outcome, Work};
use crate::refusal::Refusal;
use crate::release::publish;
use crate::state::AppState;

/// Its name; it is also what it is about: one release is published at a time.
pub const PUBLISH_RELEASE: &str = "publish_release";

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new(PUBLISH_RELEASE, "publish a release", |work| Box::pin(run(work))).tries(3);

/// Asks for a release to be published while nobody waits for it.
pub async fn ask(state: &AppState, viewer: &Viewer) -> Result<(), StoreError> {
    let now = state.clock.now();
    let (kind, payload) = (PUBLISH_RELEASE, payload(viewer));
    state.store.enqueue(kind, Some(kind), &payload, Priority::Fresh, now).await?;
    state.changes.job.notify_waiters();
    Ok(())
}

/// What says who asked; of a key, what it is known again by.
fn payload(viewer: &Viewer) -> Value {
    let by = viewer.actor();
    json!({
        "partner": by.partner, "user": by.user.map(|user| user.0), "via": by.via.to_string(),
        "scopes": viewer.scopes.as_ref().map(ToString::to_string),
        "until": viewer.until.map(|until| until.to_string()),
    })
}

async fn run(work: &Work) -> Outcome {
    let by = asker(&work.job.payload)?;
    if let Some(why) = refused_now(&work.state, &by, &work.job.payload).await? {
        return Err(Failed::for_good(why));
    }
    match publish::publish(&work.state, &by).await {
        Ok(_) => Ok(Ended::Done),
        Err(error) => Err(match error.downcast_ref::<Refusal>() {
            Some(refused) => Failed::for_good(refused),
            None => error.into(),
        }),
    }
}

fn asker(payload: &Value) -> anyhow::Result<Actor> {
    let text = |key| payload.get(key).and_then(Value::as_str);
    let partner = text("partner").map(str::parse).transpose().context("read who asked")?;
    let user = payload.get("user").and_then(Value::as_i64).map(UserId);
    let via = text("via").map(str::parse).transpose().map_err(anyhow::Error::msg)?;
    Ok(Actor { partner, user, via: via.unwrap_or(Via::Person) })
}

/// Why whoever asked may not publish any more; `None` while they may.
async fn refused_now(
    state: &AppState,
    by: &Actor,
    payload: &Value,
) -> anyhow::Result<Option<String>> {
    let Some(slug) = &by.partner else { return Ok(None) };
    let member = match by.user {
        Some(user) => person_now(state, slug, user).await?,
        None => key_now(state, slug, payload).await?,
    };
    let Some(member) = member else {
        return Ok(Some(format!(
            "whoever asked for it at {slug} was shut out since, or their key ended: \
             a coordinator asks for it again"
        )));
    };
    let decision = may(&access::Viewer::Member(member), Action::PublishReleases, Object::Open);
    Ok((!decision.allowed)
        .then(|| format!("whoever asked for it may not publish any more: {}", decision.why)))
}

/// The person as they stand now, unless they were shut out.
async fn person_now(
    state: &AppState,
    slug: &PartnerSlug,
    id: UserId,
) -> anyhow::Result<Option<Member>> {
    let Some(partner) = state.store.partner(slug).await? else { return Ok(None) };
    let users = state.store.users(Some(slug)).await?;
    let Some(user) = users.into_iter().find(|user| user.id == id && !user.disabled) else {
        return Ok(None);
    };
    Ok(Some(Member {
        category: partner.category,
        standing: partner.standing_at(state.clock.now()),
        groups: state.store.groups_of(slug).await?,
        partner: partner.slug,
        role: user.role,
        scopes: None,
    }))
}

/// A key of the partner's that still opens what the one that asked did, until the same day.
async fn key_now(
    state: &AppState,
    slug: &PartnerSlug,
    payload: &Value,
) -> anyhow::Result<Option<Member>> {
    let now = state.clock.now();
    let text = |key| payload.get(key).and_then(Value::as_str).map(str::to_owned);
    for key in state.store.tokens(Some(slug)).await? {
        let until = key.expires.map(|until| until.to_string());
        let same = text("scopes") == Some(key.scopes.to_string()) && text("until") == until;
        if !same || !key.is_good(now) {
            continue;
        }
        let viewer = state.store.viewer_by_token(&key.sha256, now).await?;
        if let Some(access::Viewer::Member(member)) = viewer.map(|viewer| viewer.who()) {
            let who = access::Viewer::Member(member.clone());
            if may(&who, Action::PublishReleases, Object::Open).allowed {
                return Ok(Some(member));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
pub(crate) async fn refused(state: &AppState, payload: &Value) -> Option<String> {
    refused_now(state, &asker(payload).unwrap(), payload).await.unwrap()
}
