//! Adding objects. Each is looked at by itself: one bad object fails alone, and the status says
//! why. The body is read up to what the root takes, however it is sent.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use futures_util::StreamExt as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use unwatched_formats::taxii::envelope::{head, objects};
use unwatched_formats::taxii::{EnvelopeError, Head, Refused, Strictness, media, time};
use unwatched_store::{TaxiiAdded, TaxiiCollection, TaxiiObject, TaxiiRoot, TaxiiStatus};
use uuid::Uuid;

use super::caller::Caller;
use super::error::TaxiiError;
use super::own::Purpose;
use crate::collections::sightings::Known;
use crate::http::bodies::{LARGE_BYTES, Seat};
use crate::state::AppState;

/// Of a body that is too long, so much more is read before it is refused: a sender that is cut off
/// in the middle never reads why.
const READ_ON: u64 = 64 << 20;

/// `POST objects/`.
pub(super) async fn add(
    state: &AppState,
    caller: &Caller,
    root: &TaxiiRoot,
    collection: &TaxiiCollection,
    request: &Parts,
    body: Body,
) -> Result<Response, TaxiiError> {
    if !media::is_envelope(super::text(&request.headers, header::CONTENT_TYPE)) {
        return Err(TaxiiError::unsupported());
    }
    let coding = super::text(&request.headers, header::CONTENT_ENCODING).trim();
    if !coding.is_empty() && !coding.eq_ignore_ascii_case("identity") {
        return Err(TaxiiError::packed());
    }
    let now = state.clock.now();
    let mut seat = state.bodies.take(caller.name())?;
    let body = read(body, root.max_content_length, &mut seat).await?;
    let objects = objects(&body).map_err(|error| match error {
        EnvelopeError::NotJson(_) => TaxiiError::bad_request(error.to_string()),
        EnvelopeError::NotAnEnvelope(_) => TaxiiError::unprocessable(error.to_string()),
    })?;
    let mut heads: Vec<_> = objects.iter().map(|json| taken(json, collection)).collect();
    let is_counting = collection.purpose.as_deref() == Some(Purpose::Sightings.as_str());
    // What is counted is held against all that was counted before, until it is kept.
    let _alone = if is_counting { Some(state.sightings.lock().await) } else { None };
    if is_counting {
        let known = known(state, caller, collection, &objects, now).await?;
        heads = harmless(known, heads, &objects);
    }
    let accepted: Vec<TaxiiObject<'_>> = heads
        .iter()
        .zip(&objects)
        .filter_map(|(found, json)| Some(object(found.as_ref().ok()?, json)))
        .collect();
    let id = Uuid::from_bytes(uuid_bytes(state.randomness.bytes())).to_string();
    let mut document = String::new();
    let status = |added: &[TaxiiAdded]| {
        let said = said(&id, &time::write(now), &heads, added).to_string();
        document.clone_from(&said);
        Some(TaxiiStatus { id: id.clone(), document: said, whose: Some(caller.name()) })
    };
    let (number, by) = (collection.number, caller.actor());
    state.store.add_taxii_objects(number, &accepted, &by, now, status).await?;
    drop(seat);
    if super::own::came_in(state, caller, collection).await {
        document = super::status::with_outcomes(state, caller, root, document).await?;
    }
    let mut response = super::json(document);
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

/// The version and variant of a random UUID.
fn uuid_bytes(mut bytes: [u8; 16]) -> [u8; 16] {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

/// An object that the collection takes.
fn taken(json: &str, collection: &TaxiiCollection) -> Result<Head, Refused> {
    let head = head(json, Strictness::Stix)?;
    let media_type = format!("application/stix+json;version={}", head.spec_version);
    let types = &collection.media_types;
    let is_any = |listed: &String| *listed == media_type || listed == "application/stix+json";
    if types.is_empty() || types.iter().any(is_any) {
        return Ok(head);
    }
    let why = format!("the collection takes no STIX {}", head.spec_version);
    Err(Refused { id: Some(head.id), version: head.version, why })
}

/// What sightings are held against.
async fn known(
    state: &AppState,
    caller: &Caller,
    collection: &TaxiiCollection,
    objects: &[&str],
    now: Timestamp,
) -> Result<Known, TaxiiError> {
    let partner = caller.viewer().map(|viewer| &viewer.partner);
    let said: Vec<Value> =
        objects.iter().filter_map(|json| serde_json::from_str(json).ok()).collect();
    let texts = |key: &str| -> Vec<&str> {
        said.iter().filter_map(|object| object.get(key)?.as_str()).collect()
    };
    let (things, ids) = (texts("sighting_of_ref"), texts("id"));
    Ok(Known::of(&state.store, collection, partner, &things, &ids, now).await?)
}

/// Of sightings, those that point at nobody.
fn harmless(
    mut known: Known,
    heads: Vec<Result<Head, Refused>>,
    objects: &[&str],
) -> Vec<Result<Head, Refused>> {
    let looked_at = heads.into_iter().zip(objects);
    looked_at.map(|(head, json)| head.and_then(|head| known.looks_at(json, head))).collect()
}

fn object<'a>(head: &'a Head, json: &'a str) -> TaxiiObject<'a> {
    TaxiiObject {
        id: &head.id,
        object_type: &head.object_type,
        version: head.version.as_deref(),
        version_key: head.version_key.as_deref(),
        spec: &head.spec_version,
        json,
    }
}

/// The status: what became of each object, in the order in which they came.
fn said(id: &str, at: &str, heads: &[Result<Head, Refused>], added: &[TaxiiAdded]) -> Value {
    let (mut successes, mut failures) = (Vec::new(), Vec::new());
    let mut added = added.iter();
    for (position, head) in heads.iter().enumerate() {
        match head {
            Ok(head) => {
                let Some(added) = added.next() else { continue };
                let mut details = json!({ "id": head.id, "version": added.version });
                if !added.is_new {
                    details["message"] = json!("it was here already, and stays as it was");
                }
                successes.push(details);
            }
            Err(refused) => {
                let nameless = || format!("objects[{position}]");
                failures.push(json!({
                    "id": refused.id.clone().unwrap_or_else(nameless),
                    "version": refused.version.clone().unwrap_or_else(|| at.to_owned()),
                    "message": refused.why,
                }));
            }
        }
    }
    let mut status = json!({
        "id": id,
        "status": "complete",
        "request_timestamp": at,
        "total_count": heads.len(),
        "success_count": successes.len(),
        "failure_count": failures.len(),
        "pending_count": 0,
    });
    for (key, list) in [("successes", successes), ("failures", failures)] {
        if !list.is_empty() {
            status[key] = Value::Array(list);
        }
    }
    status
}

async fn read(body: Body, most: u64, seat: &mut Seat) -> Result<Vec<u8>, TaxiiError> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut length) = (Vec::new(), 0_u64);
    let broken =
        |_| TaxiiError::bad_request("the body ended before it was complete, or came too slowly");
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(broken)?;
        length += piece.len() as u64;
        if length <= most {
            if bytes.len() + piece.len() > LARGE_BYTES {
                seat.is_large().await?;
            }
            bytes.extend_from_slice(&piece);
        } else {
            bytes = Vec::new();
        }
        if length > most.saturating_add(READ_ON) {
            break;
        }
    }
    if length > most { Err(TaxiiError::too_large(most)) } else { Ok(bytes) }
}
