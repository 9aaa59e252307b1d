//! Forms with files in them, read within bounds: whatever a form holds beside its files stays small
//! in memory.
//!
//! The reader of forms itself keeps everything up to the end of a part's head, and takes as much as
//! has come in at once. So the body is handed to it a piece at a time, and beside files only so
//! much of it. Files are as long as whoever reads them allows.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

use crate::http::problem::Problem;
use crate::state::AppState;

/// The field whose content is a file.
pub const FILE: &str = "file";

/// How much may come between two files, with what has come of the second one already.
const MAX_BETWEEN_BYTES: u64 = 2 << 20;
const MAX_FIELDS: usize = 250;
/// A sender that says nothing for this long has gone.
const NEXT_LASTS: Duration = Duration::from_mins(1);

/// A form that came in as `multipart/form-data`.
#[derive(Debug)]
pub struct FileForm {
    form: Multipart,
    left: Left,
    fields: usize,
}

/// How many bytes may be read on before the form is refused.
#[derive(Debug, Clone, Default)]
struct Left(Arc<AtomicU64>);

impl FromRequest<AppState> for FileForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let left = Left(Arc::new(AtomicU64::new(MAX_BETWEEN_BYTES)));
        let (head, body) = request.into_parts();
        let body = Body::from_stream(metered(body.into_data_stream(), left.clone()));
        let form = Multipart::from_request(Request::from_parts(head, body), state).await;
        let form = form.map_err(|error| Problem::malformed(error.body_text()))?;
        Ok(Self { form, left, fields: 0 })
    }
}

impl FileForm {
    /// The next field. What was not read of the one before is read away.
    pub async fn next(&mut self) -> Result<Option<Field<'_>>, Problem> {
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            return Err(Problem::malformed(format!("a form has at most {MAX_FIELDS} fields")));
        }
        self.left.0.store(MAX_BETWEEN_BYTES, Ordering::Relaxed);
        let next = tokio::time::timeout(NEXT_LASTS, self.form.next_field()).await;
        let stalled = |_| Problem::malformed("the form stalled for a minute");
        let field =
            next.map_err(stalled)?.map_err(|error| Problem::malformed(error.body_text()))?;
        if field.as_ref().is_some_and(|field| field.name() == Some(FILE)) {
            self.left.0.store(u64::MAX, Ordering::Relaxed);
        }
        Ok(field)
    }
}

impl Left {
    /// Whether so many bytes may still be read.
    fn take(&self, bytes: usize) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        let rest = left.checked_sub(bytes as u64);
        // Beside files nothing is written here meanwhile: one task reads the form.
        if left != u64::MAX {
            self.0.store(rest.unwrap_or(0), Ordering::Relaxed);
        }
        rest.is_some()
    }
}

/// The body, until it is more than may be read; each piece is looked at before the next comes.
fn metered<E>(
    body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    left: Left,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static
where
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    stream::unfold((Box::pin(body), left, false), async |(mut body, left, later)| {
        if later {
            tokio::task::yield_now().await;
        }
        let piece = body.next().await?.map_err(io::Error::other).and_then(|piece| {
            let refused = || io::Error::other("a form holds little beside its files");
            if left.take(piece.len()) { Ok(piece) } else { Err(refused()) }
        });
        Some((piece, (body, left, true)))
    })
}
