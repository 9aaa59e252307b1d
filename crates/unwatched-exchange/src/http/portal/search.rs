//! Search over everything that the asking partner may see.

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use unwatched_model::access::Action;

use super::visitor::Visitor;
use crate::http::auth::require;
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::search::{HitLine, SearchPageView};

const PAGE: u32 = 40;
const MAX_QUERY_CHARS: usize = 400;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    after: Option<String>,
}

pub(super) async fn search(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(Asked { q, after }): Query<Asked>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadFamilies)?;
    let query: String = q.trim().chars().take(MAX_QUERY_CHARS).collect();
    let mut frame = visitor.frame("Search", Section::Search);
    frame.query.clone_from(&query);
    let mut results = Vec::new();
    let mut next = None;
    if !query.is_empty() {
        let to = visitor.viewer.visible();
        let found = state.store.search(&query, &to, after.as_deref(), PAGE).await?;
        results = found.results.into_iter().filter_map(HitLine::of).collect();
        next = found.next.map(|next| further(&query, &next));
    }
    visitor.page(&SearchPageView { frame, results, next })
}

fn further(query: &str, after: &str) -> String {
    format!("/portal/search?q={}&after={}", quoted(query), quoted(after))
}

/// Percent-encoded for a query.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            quoted.push(char::from(byte));
        } else {
            quoted.push('%');
            quoted.push_str(&hex::encode_upper([byte]));
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_its_link() {
        assert_eq!(quoted("spy & hide+ é"), "spy%20%26%20hide%2B%20%C3%A9");
    }
}
