//! Search over everything that the asking partner may see, and a person's saved searches.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use unwatched_store::StoreError;

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::search::{HitLine, SavedLine, SearchPageView, facets, href, limits, quoted};
use crate::views::words;
use crate::views::wrong::Wrong;

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
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let page = found(&state, &visitor, &asked, Wrong::default()).await?;
    visitor.page(&page)
}

async fn found(
    state: &AppState,
    visitor: &Visitor,
    Asked { q, after }: &Asked,
    wrong: Wrong,
) -> Result<SearchPageView, Problem> {
    let query: String = q.trim().chars().take(MAX_QUERY_CHARS).collect();
    let mut frame = visitor.frame("Search", Section::Search);
    frame.query.clone_from(&query);
    let mut page = SearchPageView {
        frame,
        wrong,
        limits: limits(&query),
        results: Vec::new(),
        facets: Vec::new(),
        next: None,
        may_save: visitor.viewer.user.is_some(),
        saved: saved(state, visitor).await?,
        name: String::new(),
    };
    if !query.is_empty() {
        let visible = visitor.viewer.visible();
        let found = state.store.search(&query, &visible, after.as_deref(), PAGE).await?;
        page.facets = facets(&found.facets, &query);
        page.next = found.next.map(|next| format!("{}&after={}", href(&query), quoted(&next)));
        let results = found.results.into_iter();
        page.results = results.filter_map(|hit| HitLine::of(hit, &query)).collect();
    }
    Ok(page)
}

/// The person's saved searches, for this page and the overview.
pub(super) async fn saved(state: &AppState, visitor: &Visitor) -> Result<Vec<SavedLine>, Problem> {
    let Some(user) = visitor.viewer.user else { return Ok(Vec::new()) };
    let saved = state.store.saved_searches(user).await?;
    Ok(saved.into_iter().map(SavedLine::from).collect())
}

#[derive(Deserialize)]
pub(super) struct ToSave {
    name: String,
    query: String,
}

pub(super) async fn save(
    State(state): State<AppState>,
    visitor: Visitor,
    Form(ToSave { name, query }): Form<ToSave>,
) -> Result<Response, Problem> {
    let Some(user) = visitor.viewer.user else {
        return Err(Problem::forbidden("only people save searches"));
    };
    match state.store.save_search(user, &name, &query, state.clock.now()).await {
        Ok(()) => Ok(go_on(&href(&query), Told::SearchSaved)),
        Err(StoreError::Invalid(why)) => {
            let wrong = Wrong::field("name", format!("{}.", words::sentence(&why)));
            let asked = Asked { q: query, after: None };
            let mut page = found(&state, &visitor, &asked, wrong).await?;
            page.name = words::shown(&name);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, visitor.page(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn delete(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    let Some(user) = visitor.viewer.user else {
        return Err(Problem::forbidden("only people save searches"));
    };
    state.store.delete_search(user, id).await?;
    Ok(go_on("/portal/search", Told::SearchDeleted))
}
