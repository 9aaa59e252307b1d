//! Streams of events: something is looked at again and again, and told when it looks otherwise.
//!
//! A stream ends when the server drains, and when whoever follows it may no longer: a session that
//! ended, a key that was withdrawn. One viewer holds so many open at once and no more: a program
//! that forgets to close them must not take the server's connections from the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::OptionFuture;
use futures_util::{FutureExt as _, Stream, stream};
use tokio::sync::Notify;
use unwatched_model::access::Action;
use unwatched_store::Viewer;

use crate::http::auth::Credential;
use crate::http::problem::Problem;
use crate::state::{AppState, Changes};

/// Another process may be the one that changes it: looked at this often.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A person with many tabs stays below it, and so do all programs of a partner together.
const MOST: usize = 32;

/// The streams that are open.
#[derive(Debug, Clone, Default)]
pub struct Streams(Arc<Mutex<HashMap<String, usize>>>);

/// One open stream; dropped with it.
#[derive(Debug)]
pub struct Seat {
    streams: Streams,
    whose: String,
}

impl Streams {
    /// Counts one more stream of this viewer's, or refuses.
    pub fn take(&self, viewer: &Viewer) -> Result<Seat, Problem> {
        let whose = match viewer.user {
            Some(user) => format!("person {}", user.0),
            None => format!("keys of {}", viewer.partner),
        };
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(whose.clone()).or_default();
        if *count >= MOST {
            return Err(Problem::too_many(format!(
                "{MOST} streams of events are open already: close one, or ask without a stream"
            )));
        }
        *count += 1;
        drop(open);
        Ok(Seat { streams: self.clone(), whose })
    }

    /// How many are open, of all viewers.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.whose) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.whose);
            }
        }
    }
}

/// Which of the things that a process tells itself.
pub type WokenBy = fn(&Changes) -> &Notify;

/// Somebody who follows something.
#[derive(Debug)]
pub struct Follower {
    state: AppState,
    credential: Credential,
    action: Action,
    _seat: Seat,
}

/// What is seen of it now.
#[derive(Debug)]
pub struct Look<T> {
    /// What is told when it is not what was told before.
    pub seen: T,
    /// Whether nothing comes after it.
    pub is_final: bool,
}

impl Follower {
    /// Who came in by this, as long as they may do this; a refusal when they hold too many streams.
    pub fn new(
        state: &AppState,
        viewer: &Viewer,
        credential: Credential,
        action: Action,
    ) -> Result<Self, Problem> {
        let seat = state.streams.take(viewer)?;
        Ok(Self { state: state.clone(), credential, action, _seat: seat })
    }

    /// What `look` sees, once at first and then whenever it is something else. It ends when `look`
    /// sees nothing. `woken_by` is what this process tells itself; others are looked after.
    pub fn changes<T, L, F>(
        self,
        woken_by: Option<WokenBy>,
        look: L,
    ) -> impl Stream<Item = T> + Send
    where
        T: PartialEq + Clone + Send + Sync + 'static,
        L: Fn(AppState, Viewer) -> F + Send + Sync + 'static,
        F: Future<Output = Option<Look<T>>> + Send + 'static,
    {
        stream::unfold((Some((self, None)), look), move |(following, look)| async move {
            let (follower, told): (Self, Option<T>) = following?;
            let next = follower.change(woken_by, &look, told.as_ref()).await?;
            let following = (!next.is_final).then(|| (follower, Some(next.seen.clone())));
            Some((next.seen, (following, look)))
        })
    }

    /// Waits for what was not told yet; `None` when the stream ends.
    async fn change<T, L, F>(
        &self,
        woken_by: Option<WokenBy>,
        look: &L,
        told: Option<&T>,
    ) -> Option<Look<T>>
    where
        T: PartialEq,
        L: Fn(AppState, Viewer) -> F,
        F: Future<Output = Option<Look<T>>>,
    {
        let changes = self.state.changes.clone();
        loop {
            // Registered before looking, so that a change in between is not slept through.
            let woken = woken_by.map(|by| by(&changes).notified());
            let viewer = self.credential.holder(&self.state, self.action).await.ok()??;
            let now = look(self.state.clone(), viewer).await?;
            if told != Some(&now.seen) {
                return Some(now);
            }
            tokio::select! {
                () = OptionFuture::from(woken).map(drop), if woken_by.is_some() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                () = self.state.shutdown.cancelled() => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use unwatched_model::partner::{PartnerCategory, Standing, UserRole};

    use super::*;

    #[test]
    fn a_viewer_holds_so_many_streams_and_no_more() {
        let [lab, shelter] = ["example-lab", "example-shelter"].map(|partner| Viewer {
            partner: partner.parse().unwrap(),
            category: PartnerCategory::Vendor,
            standing: Standing::Full,
            groups: BTreeSet::new(),
            role: UserRole::Reader,
            scopes: None,
            user: None,
            maker: None,
            until: None,
            email: None,
        });
        let streams = Streams::default();
        let mut seats: Vec<_> = (0..MOST).map(|_| streams.take(&lab).unwrap()).collect();
        assert!(streams.take(&lab).is_err());
        assert!(streams.take(&shelter).is_ok(), "another's are counted apart");
        seats.pop();
        assert!(streams.take(&lab).is_ok());
        drop(seats);
        assert!(streams.0.lock().unwrap().is_empty(), "nothing is remembered of who left");
        assert_eq!(streams.count(), 0);
    }
}
