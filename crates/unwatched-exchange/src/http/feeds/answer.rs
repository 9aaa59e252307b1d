//! One document as HTTP answers it: known already, a part of it, packed, or whole.
//!
//! Each coding is a representation with a tag of its own. A part is always a part of the plain
//! bytes: whoever asks for one gets those, whatever codings they take besides.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use unwatched_model::digest::Sha256;
use unwatched_store::{Blob, Store};

use super::coded::Coded;
use super::coding::Coding;
use super::range::{Part, range_of};
use crate::http::problem::Problem;

/// Larger files are sent as they lie.
const MAX_CODED_BYTES: u64 = 64 << 20;
/// Packing a few lines costs more than it saves.
const MIN_CODED_BYTES: u64 = 512;

/// Says of an answer that its coding was chosen here.
#[derive(Debug, Clone, Copy)]
pub struct Chosen;

/// What is to be answered.
pub(super) struct Document {
    /// What tells it from every other version of it.
    pub(super) tag: String,
    /// What it is.
    pub(super) media_type: &'static str,
    /// Where its bytes are.
    pub(super) source: Source,
}

/// Where bytes are.
pub(super) enum Source {
    /// Here.
    Memory(Bytes),
    /// In a blob.
    Blob { sha256: Sha256, size_bytes: u64 },
}

impl Source {
    fn size_bytes(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Blob { size_bytes, .. } => *size_bytes,
        }
    }
}

/// What of a request matters.
pub(super) struct Asked<'h> {
    headers: &'h HeaderMap,
    /// Only whoever gets something gets a part of it.
    is_get: bool,
}

impl<'h> Asked<'h> {
    pub(super) fn new(method: &Method, headers: &'h HeaderMap) -> Self {
        Self { headers, is_get: method == Method::GET }
    }

    fn word(&self, name: HeaderName) -> Option<&'h str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The codings taken, of however many headers.
    fn accepts(&self) -> String {
        let values = self.headers.get_all(header::ACCEPT_ENCODING).into_iter();
        values.filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",")
    }

    /// The tag that the asker has, if it is one of this document's.
    fn known(&self, document: &Document) -> Option<String> {
        let known = self.word(header::IF_NONE_MATCH)?;
        let tags: Vec<String> =
            Coding::ALL.into_iter().map(|coding| document.tag_of(coding)).collect();
        known.split(',').find_map(|known| {
            let known = known.trim();
            let known = known.strip_prefix("W/").unwrap_or(known);
            if known == "*" { tags.first() } else { tags.iter().find(|tag| *tag == known) }.cloned()
        })
    }

    /// The part asked for, unless the document has changed since the asker had the rest.
    fn part(&self, document: &Document) -> Option<Part> {
        let asked = self.word(header::RANGE).filter(|_| self.is_get)?;
        let condition = self.word(header::IF_RANGE);
        if condition.is_some_and(|tag| tag != document.tag_of(Coding::Identity)) {
            return None;
        }
        range_of(asked, document.source.size_bytes())
    }
}

impl Document {
    fn tag_of(&self, coding: Coding) -> String {
        match coding.word() {
            None => format!("\"{}\"", self.tag),
            Some(word) => format!("\"{}-{word}\"", self.tag),
        }
    }

    /// Hashes and archives grow no smaller.
    fn is_worth_coding(&self) -> bool {
        let size_bytes = self.source.size_bytes();
        !matches!(self.media_type, "application/zip" | "application/octet-stream")
            && (MIN_CODED_BYTES..=MAX_CODED_BYTES).contains(&size_bytes)
    }
}

/// The answer.
pub(super) async fn answer(
    store: &Store,
    coded: &Coded,
    asked: &Asked<'_>,
    document: Document,
) -> Result<Response, Problem> {
    if let Some(tag) = asked.known(&document) {
        return Ok(finished(StatusCode::NOT_MODIFIED, &document, &tag, Body::empty()));
    }
    let plain_tag = document.tag_of(Coding::Identity);
    match asked.part(&document) {
        Some(Part::Bytes { from, to }) => {
            let size_bytes = document.source.size_bytes();
            let body = plain(store, &document.source, from, to + 1 - from).await?;
            let mut response = finished(StatusCode::PARTIAL_CONTENT, &document, &plain_tag, body);
            let range = format!("bytes {from}-{to}/{size_bytes}");
            say(&mut response, header::CONTENT_RANGE, &range);
            response.headers_mut().insert(header::CONTENT_LENGTH, (to + 1 - from).into());
            return Ok(response);
        }
        Some(Part::Beyond) => {
            let mut response =
                finished(StatusCode::RANGE_NOT_SATISFIABLE, &document, &plain_tag, Body::empty());
            let range = format!("bytes */{}", document.source.size_bytes());
            say(&mut response, header::CONTENT_RANGE, &range);
            return Ok(response);
        }
        None => {}
    }
    let coding =
        if document.is_worth_coding() { Coding::best(&asked.accepts()) } else { Coding::Identity };
    let tag = document.tag_of(coding);
    let (body, size_bytes) = if coding == Coding::Identity {
        let size_bytes = document.source.size_bytes();
        (plain(store, &document.source, 0, size_bytes).await?, size_bytes)
    } else {
        let packed = coded.packed(&tag, coding, || bytes_of(store, &document.source)).await?;
        let size_bytes = packed.len() as u64;
        (Body::from(packed), size_bytes)
    };
    let mut response = finished(StatusCode::OK, &document, &tag, body);
    response.headers_mut().insert(header::CONTENT_LENGTH, size_bytes.into());
    match coding.word() {
        Some(word) => say(&mut response, header::CONTENT_ENCODING, word),
        None => say(&mut response, header::ACCEPT_RANGES, "bytes"),
    }
    Ok(response)
}

fn finished(status: StatusCode, document: &Document, tag: &str, body: Body) -> Response {
    let mut response = (status, body).into_response();
    say(&mut response, header::ETAG, tag);
    say(&mut response, header::CACHE_CONTROL, "public, max-age=300");
    if status != StatusCode::NOT_MODIFIED {
        say(&mut response, header::CONTENT_TYPE, document.media_type);
    }
    if document.is_worth_coding() {
        say(&mut response, header::VARY, "accept-encoding");
    }
    response.extensions_mut().insert(Chosen);
    response
}

fn say(response: &mut Response, name: HeaderName, value: &str) {
    let value = HeaderValue::from_str(value).expect("tags, types and ranges are ASCII");
    response.headers_mut().insert(name, value);
}

/// Some of the plain bytes.
async fn plain(store: &Store, source: &Source, from: u64, count: u64) -> Result<Body, Problem> {
    let sha256 = match source {
        Source::Memory(bytes) => {
            let at = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
            return Ok(Body::from(bytes.slice(at(from)..at(from + count))));
        }
        Source::Blob { sha256, .. } => sha256,
    };
    let blob = store.get(sha256).await?;
    if from == 0 && count == blob.size_bytes {
        return Ok(Body::from_stream(blob.bytes.map_err(std::io::Error::other)));
    }
    Ok(Body::from_stream(cut(blob, from, count)))
}

/// The bytes of a blob from one place on, so many of them.
fn cut(
    blob: Blob,
    from: u64,
    count: u64,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + Send {
    let mut skip = from;
    let mut left = count;
    blob.bytes
        .map_err(std::io::Error::other)
        .map_ok(move |mut piece| {
            let skipped = skip.min(piece.len() as u64);
            skip -= skipped;
            piece = piece.slice(usize::try_from(skipped).unwrap_or(piece.len())..);
            let taken = left.min(piece.len() as u64);
            left -= taken;
            (piece.slice(..usize::try_from(taken).unwrap_or(piece.len())), left == 0)
        })
        // The piece that completes the part is the last.
        .scan(false, |is_done, piece| {
            let before = *is_done;
            if let Ok((_, done)) = &piece {
                *is_done = *done;
            }
            std::future::ready((!before).then_some(piece))
        })
        .map_ok(|(piece, _)| piece)
}

async fn bytes_of(store: &Store, source: &Source) -> Result<Bytes, Problem> {
    match source {
        Source::Memory(bytes) => Ok(bytes.clone()),
        Source::Blob { sha256, .. } => Ok(store.get_bytes(sha256, MAX_CODED_BYTES).await?),
    }
}
