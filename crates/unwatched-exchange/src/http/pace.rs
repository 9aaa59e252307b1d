//! How slowly a body may come. A sender who stalls, or lets one byte follow another for hours, holds
//! a connection and whatever is kept of the body: whoever is slower than any line that is in use is
//! sent away, wherever the body is read.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

const PACE: Pace = Pace {
    silence: Duration::from_mins(1),
    grace: Duration::from_mins(1),
    slowest_bytes_per_second: 8 << 10,
};

/// What a sender may take.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Whoever says nothing for so long has gone.
    silence: Duration,
    /// What a body has before its speed is looked at.
    grace: Duration,
    /// No line that is in use is slower.
    slowest_bytes_per_second: u32,
}

/// Looks after the body of every request.
pub async fn kept(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    next.run(request.map(|body| Body::new(Paced::of(body, PACE)))).await
}

/// The sender said nothing for too long, or too little.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

/// A body with the time that it has: some at first, and more with every byte.
struct Paced {
    body: Body,
    pace: Pace,
    /// Bytes that have not lengthened the time yet.
    came: usize,
    /// When all of it that has come should have come.
    due: Option<Pin<Box<Sleep>>>,
    /// When the sender has said nothing for too long.
    silent: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    fn of(body: Body, pace: Pace) -> Self {
        Self { body, pace, came: 0, due: None, silent: None }
    }

    /// Whether a sender for whom is waited has had the time that they get.
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        let Pace { silence, grace, slowest_bytes_per_second } = self.pace;
        let due = self.due.get_or_insert_with(|| Box::pin(sleep(grace)));
        let came = u32::try_from(std::mem::take(&mut self.came)).unwrap_or(u32::MAX);
        let more = Duration::from_secs(1) * came / slowest_bytes_per_second;
        if !more.is_zero() {
            let deadline = due.deadline();
            due.as_mut().reset(deadline.checked_add(more).unwrap_or(deadline));
        }
        let silent = self.silent.get_or_insert_with(|| Box::pin(sleep(silence)));
        let is_due = due.as_mut().poll(cx).is_ready();
        is_due || silent.as_mut().poll(cx).is_ready()
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            // Only who is waited for is slow: what lies ready was sent in time.
            Poll::Pending if self.is_over(cx) => {
                return Poll::Ready(Some(Err(axum::Error::new(TooSlow))));
            }
            Poll::Ready(Some(Ok(frame))) => {
                self.silent = None;
                self.came += frame.data_ref().map_or(0, Bytes::len);
            }
            Poll::Pending | Poll::Ready(_) => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{Stream, StreamExt as _, stream};

    use super::*;

    type Piece = Result<Bytes, std::io::Error>;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_hours(1);

    /// How many of a sender's pieces are read before they are sent away.
    async fn pieces(sender: impl Stream<Item = Piece> + Send + 'static, pace: Pace) -> usize {
        let body = Body::new(Paced::of(Body::from_stream(sender), pace));
        body.into_data_stream().take_while(|piece| std::future::ready(piece.is_ok())).count().await
    }

    fn piece(bytes: usize) -> Bytes {
        Bytes::from(vec![0; bytes])
    }

    #[tokio::test]
    async fn a_silent_sender_is_sent_away() {
        let sender = stream::iter([Ok(piece(1 << 20))]).chain(stream::pending());
        let pace = Pace { silence: SHORT, grace: LONG, slowest_bytes_per_second: 1 };
        assert_eq!(pieces(sender, pace).await, 1);
    }

    #[tokio::test]
    async fn a_sender_that_trickles_is_sent_away() {
        // Never silent, and without end.
        let sender = stream::repeat(()).then(|()| async {
            sleep(Duration::from_millis(1)).await;
            Ok(piece(1))
        });
        let pace = Pace { silence: LONG, grace: SHORT, slowest_bytes_per_second: 1 << 20 };
        assert!(pieces(sender, pace).await > 0);
    }

    #[tokio::test]
    async fn what_lies_ready_was_sent_in_time() {
        let sender = stream::iter((0..1_000).map(|_| Ok(piece(1))));
        let none = Pace {
            silence: Duration::ZERO,
            grace: Duration::ZERO,
            slowest_bytes_per_second: u32::MAX,
        };
        assert_eq!(pieces(sender, none).await, 1_000);
    }
}
