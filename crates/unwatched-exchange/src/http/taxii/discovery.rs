//! What is said of the server and of each API root.

use axum::response::Response;
use serde_json::{Map, Value, json};
use unwatched_formats::taxii::media;
use unwatched_store::{Audience, TaxiiRoot};

use super::caller::Caller;
use super::error::TaxiiError;
use super::place::{HOW, Reach};
use crate::state::AppState;

const TITLE: &str = "Unwatched: a coalition's indicators of stalkerware";

/// `/taxii2/`.
pub(super) async fn server(state: &AppState, caller: &Caller) -> Result<Response, TaxiiError> {
    let server = state.store.taxii_server().await?;
    if server.as_ref().is_some_and(|server| server.asks) && matches!(caller, Caller::Nobody) {
        return Err(TaxiiError::unauthorised(HOW));
    }
    let said = server.map(|server| server.discovery).unwrap_or_default();
    let roots = state.store.taxii_roots().await?;
    let reach = Reach::of(state, caller, Audience::Users).await?;
    let listed = roots.iter().filter(|root| is_listed(caller, &reach, root));
    let urls: Vec<String> = listed.map(|root| format!("/{}/", root.path)).collect();
    let mut answer = Map::new();
    let title = said.get("title").and_then(Value::as_str).unwrap_or(TITLE);
    answer.insert("title".to_owned(), json!(title));
    for key in ["description", "contact"] {
        if let Some(text) = said.get(key).and_then(Value::as_str) {
            answer.insert(key.to_owned(), json!(text));
        }
    }
    let named = said.get("default").and_then(Value::as_str).map(str::to_owned);
    if let Some(default) = named.or_else(|| urls.first().cloned()).filter(|it| urls.contains(it)) {
        answer.insert("default".to_owned(), json!(default));
    }
    if !urls.is_empty() {
        answer.insert("api_roots".to_owned(), json!(urls));
    }
    Ok(super::value(&Value::Object(answer)))
}

/// Somebody without a partner is shown what they came for; the rest is open to them as to
/// everybody.
fn is_listed(caller: &Caller, reach: &Reach, root: &TaxiiRoot) -> bool {
    let is_for_them = !matches!(caller, Caller::User(_)) || root.audience == Audience::Users;
    is_for_them && reach.covers(root)
}

/// `/{root}/`.
pub(super) fn root(root: &TaxiiRoot) -> Response {
    let mut versions = root.versions.clone();
    if !versions.iter().any(|version| version == media::TAXII) {
        versions.push(media::TAXII.to_owned());
    }
    let mut answer = json!({
        "title": root.title,
        "versions": versions,
        "max_content_length": root.max_content_length,
    });
    if let Some(description) = &root.description {
        answer["description"] = json!(description);
    }
    super::value(&answer)
}
