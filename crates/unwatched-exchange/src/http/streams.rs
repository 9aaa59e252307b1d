//! How many streams of events one viewer holds open at once: a program that forgets to close them
//! must not take the server's connections from the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use unwatched_store::Viewer;

use crate::http::problem::Problem;

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
    }
}
