//! Taking a sample's bytes in: sealed and hashed as they come, so that they never lie plain on a
//! disk.
//!
//! What is large goes to a file without a name, which is gone unless it is kept, whatever ends the
//! request: a caller who hangs up, a body that is too large, a full disk, a killed server. Nothing
//! here looks at what the bytes are.

use std::time::Duration;

use anyhow::Context as _;
use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Request};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use md5::Md5 as Md5Hasher;
use sha1::Sha1 as Sha1Hasher;
use sha2::Digest as _;
use unwatched_model::digest::{Md5, Sha1};
use unwatched_store::{BlobKey, SealedFile, Sealer, StoreError};

use crate::http::forms::{FILE, FileForm};
use crate::http::problem::{FieldProblem, Problem};
use crate::http::sharing::Asked;
use crate::state::AppState;

/// Enough at a time that handing it to a blocking thread costs little beside hashing it.
const PIECE_BYTES: usize = 256 * 1024;

/// What is no longer is hashed and sealed sooner than another thread is woken for it.
const SMALL_BYTES: usize = 64 * 1024;

/// A sender that says nothing for this long has gone.
const PIECE_LASTS: Duration = Duration::from_mins(1);

/// How much is read away, and for how long, before a refusal.
const MAX_READ_AWAY_BYTES: usize = 1 << 30;
const READ_AWAY_LASTS: Duration = Duration::from_secs(30);

/// The longest word of a form.
const MAX_WORD_BYTES: usize = 200;
const MAX_FILE_NAME_CHARS: usize = 200;

/// A file that came in whole.
#[derive(Debug)]
pub struct Received {
    /// Its bytes, sealed, with its id and length.
    pub file: SealedFile,
    /// For older lists.
    pub sha1: Sha1,
    /// For older lists.
    pub md5: Md5,
    /// The name the sender gave it.
    pub file_name: Option<String>,
    /// How the sender asks for it to be shared.
    pub asked: Asked,
}

/// Takes the one file of a request, sent as the body or as the field `file` of a form.
pub async fn receive(state: &AppState, request: Request) -> Result<Received, Problem> {
    let length = header_text(&request, "content-length").and_then(|text| text.parse::<u64>().ok());
    // A form's boundaries add a little; its file is counted as it comes.
    if length.is_some_and(|length| length > state.max_sample_bytes + (1 << 20)) {
        // A caller who asks first sends nothing once it is refused.
        if header_text(&request, "expect").is_none() {
            read_away(request.into_body().into_data_stream()).await;
        }
        return Err(too_large(state.max_sample_bytes));
    }
    let content_type = header_text(&request, "content-type").unwrap_or("").to_ascii_lowercase();
    // Any other type is the file itself: `curl --data-binary` calls every body a form.
    if content_type.starts_with("multipart/form-data") {
        receive_form(state, request).await
    } else {
        receive_body(state, request).await
    }
}

fn header_text<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

async fn receive_body(state: &AppState, request: Request) -> Result<Received, Problem> {
    let file_name = header_text(&request, "x-file-name").and_then(bare_file_name);
    let body: Body = request.into_body();
    receive_stream(state, body.into_data_stream(), file_name).await
}

async fn receive_form(state: &AppState, request: Request) -> Result<Received, Problem> {
    let mut form = FileForm::from_request(request, state).await?;
    let (mut received, mut asked) = (None, Asked::default());
    while let Some(field) = form.next().await? {
        if field.name() != Some(FILE) {
            take_asked(&mut asked, field).await?;
        } else if received.is_none() {
            received = Some(receive_field(state, field).await?);
        } else {
            // Its sender would think that all of them were taken.
            let second = "more than one: send each file in a request of its own; none was kept";
            return Err(Problem::invalid(vec![FieldProblem::new(FILE, second)]));
        }
    }
    let missing = || FieldProblem::new(FILE, "missing: the form has no such field");
    let received = received.ok_or_else(|| Problem::invalid(vec![missing()]))?;
    Ok(Received { asked, ..received })
}

/// Takes a field of a form that says how its file is to be shared. Any other is refused: it may be
/// one of these misspelt, and the file would be shared more widely than its sender thinks.
pub async fn take_asked(asked: &mut Asked, mut field: Field<'_>) -> Result<(), Problem> {
    let name = field.name().unwrap_or("").to_owned();
    let mut text = Vec::new();
    let broken_off = |error: MultipartError| Problem::malformed(error.body_text());
    while let Some(piece) = field.chunk().await.map_err(broken_off)? {
        if text.len() + piece.len() > MAX_WORD_BYTES {
            return Err(Problem::invalid(vec![FieldProblem::new(name, "longer than any word")]));
        }
        text.extend_from_slice(&piece);
    }
    if asked.said(&name).is_some() {
        // One of the two would share the file otherwise than its sender thinks.
        return Err(Problem::invalid(vec![FieldProblem::new(name, "said twice in the form")]));
    }
    if asked.take(&name, &String::from_utf8_lossy(&text)) {
        return Ok(());
    }
    Err(Problem::invalid(vec![FieldProblem::new(name, "the form has no such field")]))
}

/// Takes one field of a form; the portal's upload page comes in here.
pub async fn receive_field(state: &AppState, field: Field<'_>) -> Result<Received, Problem> {
    let file_name = field.file_name().and_then(bare_file_name);
    receive_stream(state, field, file_name).await
}

async fn receive_stream<S, E>(
    state: &AppState,
    stream: S,
    file_name: Option<String>,
) -> Result<Received, Problem>
where
    S: Stream<Item = Result<Bytes, E>>,
{
    let mut intake = Intake::begin(state)?;
    let mut piece = BytesMut::new();
    let mut stream = std::pin::pin!(stream);
    while let Some(chunk) = next_piece(&mut stream).await? {
        let chunk = chunk.map_err(|_| {
            Problem::malformed("the upload ended before it was complete; nothing was kept")
        })?;
        if intake.sealer.size_bytes() + (piece.len() + chunk.len()) as u64 > state.max_sample_bytes
        {
            read_away(stream).await;
            return Err(too_large(state.max_sample_bytes));
        }
        piece.extend_from_slice(&chunk);
        if piece.len() >= PIECE_BYTES {
            intake = intake.take(piece.split().freeze()).await?;
        }
    }
    intake = intake.take(piece.freeze()).await?;
    if intake.sealer.size_bytes() == 0 {
        return Err(Problem::unprocessable(
            "the file is empty",
            "a sample has at least one byte: send the file itself",
        ));
    }
    intake.end(file_name)
}

async fn next_piece<S: Stream + Unpin>(stream: &mut S) -> Result<Option<S::Item>, Problem> {
    let stalled = || Problem::malformed("the upload stalled for a minute; nothing was kept");
    tokio::time::timeout(PIECE_LASTS, stream.next()).await.map_err(|_| stalled())
}

/// Reads what is still sent and forgets it: many clients read the refusal only after they have
/// sent everything, and a connection closed before looks like a broken server.
async fn read_away<E>(stream: impl Stream<Item = Result<Bytes, E>>) {
    let mut stream = std::pin::pin!(stream);
    let mut read_bytes = 0;
    let reading = async {
        while let Some(Ok(chunk)) = stream.next().await {
            read_bytes += chunk.len();
            if read_bytes > MAX_READ_AWAY_BYTES {
                break;
            }
        }
    };
    // Whoever is slower is cut off.
    let _ = tokio::time::timeout(READ_AWAY_LASTS, reading).await;
}

fn too_large(max_bytes: u64) -> Problem {
    Problem::too_large(format!("a sample has at most {} MiB; nothing was kept", max_bytes >> 20))
}

/// A file on its way in.
struct Intake {
    sealer: Sealer,
    sha1: Sha1Hasher,
    md5: Md5Hasher,
}

impl Intake {
    fn begin(state: &AppState) -> Result<Self, Problem> {
        let key = BlobKey::of(state.randomness.bytes());
        let sealer = Sealer::begin(key, &state.data.tmp())?;
        Ok(Self { sealer, sha1: Sha1Hasher::new(), md5: Md5Hasher::new() })
    }

    async fn take(self, piece: Bytes) -> Result<Self, Problem> {
        if piece.len() <= SMALL_BYTES {
            return Ok(self.hash_and_seal(&piece)?);
        }
        let taken = tokio::task::spawn_blocking(move || self.hash_and_seal(&piece));
        Ok(taken.await.context("take a piece of an upload")??)
    }

    fn hash_and_seal(mut self, piece: &[u8]) -> Result<Self, StoreError> {
        self.sha1.update(piece);
        self.md5.update(piece);
        self.sealer.take(piece)?;
        Ok(self)
    }

    fn end(self, file_name: Option<String>) -> Result<Received, Problem> {
        Ok(Received {
            file: self.sealer.finish()?,
            sha1: Sha1(self.sha1.finalize().into()),
            md5: Md5(self.md5.finalize().into()),
            file_name,
            asked: Asked::default(),
        })
    }
}

/// The name without folders and control characters: folders tell who sent it.
fn bare_file_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    let kept: String = last.chars().filter(|c| !c.is_control()).take(MAX_FILE_NAME_CHARS).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_loses_its_folders() {
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(bare_file_name(name).as_deref(), expected);
        };
        check("watch.apk", Some("watch.apk"));
        check("/home/anna/watch.apk", Some("watch.apk"));
        check("C:\\Users\\anna\\watch.apk", Some("watch.apk"));
        check("a\r\nb", Some("ab"));
        check("../", None);
        check(" ", None);
    }
}
