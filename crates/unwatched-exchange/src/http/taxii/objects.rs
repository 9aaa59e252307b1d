//! Reading a collection: its objects, what is in it, one object, an object's versions. One page at
//! a time; the token for the next one holds all that is needed to give it, whenever it is asked.

use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use unwatched_formats::taxii::{self, Filters, Next, Versions, time};
use unwatched_store::{TaxiiCollection, TaxiiRecord, TaxiiVersions, TaxiiWanted, TaxiiWindow};

use super::error::TaxiiError;
use crate::state::AppState;

/// No page holds more objects, where nobody said otherwise.
pub(super) const PAGE: u32 = 1_000;

/// What a request asks of a collection.
struct Asked {
    wanted: TaxiiWanted,
    window: TaxiiWindow,
    filters: Filters,
}

/// What stands around a page.
struct Around {
    /// When its first and last objects were added; where it ends, when it is empty.
    first: i64,
    last: i64,
    next: Option<Next>,
}

/// `objects/`.
pub(super) async fn list(
    state: &AppState,
    collection: &TaxiiCollection,
    request: &Parts,
) -> Result<Response, TaxiiError> {
    let asked = asked(collection, request, None)?;
    if let Some(known) = known_already(collection, request) {
        return Ok(known);
    }
    envelope(state, collection, &asked).await
}

/// `objects/{object}/`.
pub(super) async fn one(
    state: &AppState,
    collection: &TaxiiCollection,
    id: &str,
    request: &Parts,
) -> Result<Response, TaxiiError> {
    let asked = asked(collection, request, Some(id))?;
    if !state.store.taxii_has_object(collection.number, id).await? {
        return Err(TaxiiError::no_object());
    }
    let names_versions =
        asked.filters.versions.as_ref().is_some_and(|versions| !versions.exact.is_empty());
    let window = TaxiiWindow { after: 0, upto: i64::MAX, limit: 1 };
    if names_versions {
        let found = state.store.taxii_records(collection.number, &asked.wanted, window).await?;
        if found.is_empty() {
            return Err(TaxiiError::no_object());
        }
    }
    if let Some(known) = known_already(collection, request) {
        return Ok(known);
    }
    envelope(state, collection, &asked).await
}

/// `manifest/`.
pub(super) async fn manifest(
    state: &AppState,
    collection: &TaxiiCollection,
    request: &Parts,
) -> Result<Response, TaxiiError> {
    let asked = asked(collection, request, None)?;
    if let Some(known) = known_already(collection, request) {
        return Ok(known);
    }
    let (records, around) = records(state, collection, &asked).await?;
    let listed: Result<Vec<Value>, TaxiiError> = records
        .iter()
        .map(|record| {
            Ok(json!({
                "id": record.id,
                "date_added": written(record.date_added),
                "version": record.version,
                "media_type": format!("application/stix+json;version={}", record.spec),
            }))
        })
        .collect();
    Ok(paged(collection, "objects", listed?, &around))
}

/// `objects/{object}/versions/`.
pub(super) async fn versions(
    state: &AppState,
    collection: &TaxiiCollection,
    id: &str,
    request: &Parts,
) -> Result<Response, TaxiiError> {
    let mut asked = asked(collection, request, Some(id))?;
    if !state.store.taxii_has_object(collection.number, id).await? {
        return Err(TaxiiError::no_object());
    }
    if let Some(known) = known_already(collection, request) {
        return Ok(known);
    }
    asked.wanted.versions = TaxiiVersions { all: true, ..TaxiiVersions::default() };
    let (records, around) = records(state, collection, &asked).await?;
    let listed = records.into_iter().map(|record| json!(record.version)).collect();
    Ok(paged(collection, "versions", listed, &around))
}

fn asked(
    collection: &TaxiiCollection,
    request: &Parts,
    id: Option<&str>,
) -> Result<Asked, TaxiiError> {
    let filters = Filters::read(request.uri.query().unwrap_or_default())?;
    let most = collection.max_page_size.filter(|size| *size > 0).unwrap_or(PAGE);
    let limit = filters.limit.map_or(most, |limit| u32::try_from(limit).unwrap_or(most).min(most));
    let mut window = TaxiiWindow { after: 0, upto: collection.newest, limit };
    if let Some(next) = filters.next {
        if next.collection != collection.number {
            let why = "next: it turns the page of another collection";
            return Err(TaxiiError::bad_request(why));
        }
        window = TaxiiWindow { after: next.after, upto: next.upto, limit };
    }
    if let Some(after) = filters.added_after {
        window.after = window.after.max(after.as_microsecond());
    }
    let wanted = wanted(&filters, id);
    Ok(Asked { wanted, window, filters })
}

/// As the store takes it. Of one object nothing but its versions is asked for.
pub(super) fn wanted(filters: &Filters, id: Option<&str>) -> TaxiiWanted {
    let (ids, types) = match id {
        Some(id) => (vec![id.to_owned()], Vec::new()),
        None => (filters.ids.clone(), filters.types.clone()),
    };
    let versions = filters.versions.clone().unwrap_or_default();
    let Versions { all, first, last, exact } = versions;
    let none = !all && !first && exact.is_empty();
    TaxiiWanted {
        ids,
        types,
        versions: TaxiiVersions {
            all,
            first,
            last: last || none,
            exact: exact.into_iter().map(time::key).collect(),
        },
        specs: filters.spec_versions.clone(),
    }
}

async fn envelope(
    state: &AppState,
    collection: &TaxiiCollection,
    asked: &Asked,
) -> Result<Response, TaxiiError> {
    let page = state.store.taxii_objects(collection, &asked.wanted, asked.window).await?;
    let Some(page) = page else {
        let around = around(state, collection, asked, None, false).await?;
        return Ok(paged(collection, "objects", Vec::new(), &around));
    };
    let around = Around::of(collection, (page.first, page.last), page.has_more);
    let mut body = String::with_capacity(page.json.len() + 200);
    match around.next {
        Some(next) => {
            body.push_str("{\"more\":true,\"next\":\"");
            body.push_str(&next.to_text());
            body.push_str("\",\"objects\":[");
        }
        None => body.push_str("{\"more\":false,\"objects\":["),
    }
    body.push_str(&page.json);
    body.push_str("]}");
    Ok(with_headers(super::json(body), collection, &around))
}

async fn records(
    state: &AppState,
    collection: &TaxiiCollection,
    asked: &Asked,
) -> Result<(Vec<TaxiiRecord>, Around), TaxiiError> {
    let number = collection.number;
    let records = state.store.taxii_records(number, &asked.wanted, asked.window).await?;
    let ends = records.first().zip(records.last());
    let ends = ends.map(|(first, last)| (first.date_added, last.date_added));
    let is_full = records.len() as u64 >= u64::from(asked.window.limit);
    let around = around(state, collection, asked, ends, is_full).await?;
    Ok((records, around))
}

/// What stands around a page: there is a next one where it is full, or where it shows an earlier
/// moment than now, and something wanted comes after it.
async fn around(
    state: &AppState,
    collection: &TaxiiCollection,
    asked: &Asked,
    ends: Option<(i64, i64)>,
    is_full: bool,
) -> Result<Around, TaxiiError> {
    let TaxiiWindow { after, upto, .. } = asked.window;
    let (first, last) = ends.unwrap_or((after, after));
    let number = collection.number;
    let may_have_more = is_full || upto < collection.newest;
    let has_more = may_have_more && state.store.taxii_has_more(number, &asked.wanted, last).await?;
    Ok(Around::of(collection, (first, last), has_more))
}

impl Around {
    fn of(collection: &TaxiiCollection, (first, last): (i64, i64), has_more: bool) -> Self {
        let TaxiiCollection { number, newest, .. } = *collection;
        let next = Next { collection: number, after: last, upto: newest.max(last) };
        Self { first, last, next: has_more.then_some(next) }
    }
}

/// A list that is empty is left out.
fn paged(collection: &TaxiiCollection, key: &str, listed: Vec<Value>, around: &Around) -> Response {
    let mut answer = Map::new();
    if !listed.is_empty() || around.next.is_some() {
        answer.insert("more".to_owned(), json!(around.next.is_some()));
    }
    if let Some(next) = around.next {
        answer.insert("next".to_owned(), json!(next.to_text()));
    }
    if !listed.is_empty() {
        answer.insert(key.to_owned(), Value::Array(listed));
    }
    with_headers(super::value(&Value::Object(answer)), collection, around)
}

fn with_headers(mut response: Response, collection: &TaxiiCollection, around: &Around) -> Response {
    let headers = response.headers_mut();
    let dates =
        [("x-taxii-date-added-first", around.first), ("x-taxii-date-added-last", around.last)];
    for (name, at) in dates {
        if let Ok(value) = HeaderValue::try_from(written(at)) {
            headers.insert(name, value);
        }
    }
    if let Ok(tag) = HeaderValue::try_from(tag(collection)) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// What changes with everything that changes in the collection. An answer depends on nothing else
/// but its address.
fn tag(collection: &TaxiiCollection) -> String {
    let TaxiiCollection { number, newest, changes, .. } = collection;
    format!("W/\"{number}-{changes}-{newest}\"")
}

/// An answer without a body for whoever has it already.
fn known_already(collection: &TaxiiCollection, request: &Parts) -> Option<Response> {
    let tag = tag(collection);
    let known = super::text(&request.headers, header::IF_NONE_MATCH);
    let is_known = known.split(',').map(str::trim).any(|known| known == "*" || known == tag);
    is_known.then(|| (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response())
}

fn written(micros: i64) -> String {
    let at = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    taxii::time::write(at)
}
