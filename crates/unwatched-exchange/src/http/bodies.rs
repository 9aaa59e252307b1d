//! How many bodies one caller sends at once, and the few places for those that are long and kept in
//! memory.
//!
//! A sender who stalls holds up nobody but themselves: a place is taken when a body has proved long,
//! never for what it announces, and one caller has few of them. How slowly a body may come is
//! looked after elsewhere (`pace.rs`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use unwatched_model::partner::PartnerSlug;

/// A body that is longer, and kept in memory, needs a place.
pub const LARGE_BYTES: usize = 1 << 20;

/// A partner's programs together stay below it.
const MOST_OF_ONE: usize = 32;
const LARGE: usize = 8;
const LARGE_OF_ONE: usize = 2;
/// Whoever waits longer for a place is told to come back.
const WAITING_LASTS: Duration = Duration::from_secs(30);

/// The bodies under way.
#[derive(Debug, Clone)]
pub struct Bodies {
    callers: Arc<Mutex<HashMap<String, Caller>>>,
    large: Arc<Semaphore>,
    waiting_lasts: Duration,
}

#[derive(Debug)]
struct Caller {
    bodies: usize,
    large: Arc<Semaphore>,
}

/// One body of a caller's; dropped when it was read and dealt with.
#[derive(Debug)]
pub struct Seat {
    bodies: Bodies,
    whose: String,
    /// The caller's own place, and one of all.
    place: Option<[OwnedSemaphorePermit; 2]>,
}

/// The caller sends too many at once already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

impl TooMany {
    /// In words.
    pub const WORDS: &str = "too much is being sent with this account at once: let some of it end, \
                             then send this again";
}

impl Default for Bodies {
    fn default() -> Self {
        let large = Arc::new(Semaphore::new(LARGE));
        Self { callers: Arc::default(), large, waiting_lasts: WAITING_LASTS }
    }
}

impl Bodies {
    /// Counts one more body of this partner's, or refuses.
    pub fn of(&self, partner: &PartnerSlug) -> Result<Seat, TooMany> {
        self.take(format!("partner {partner}"))
    }

    /// Counts one more body of this caller's, or refuses.
    pub fn take(&self, whose: String) -> Result<Seat, TooMany> {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Caller { bodies: 0, large: Arc::new(Semaphore::new(LARGE_OF_ONE)) };
        let caller = callers.entry(whose.clone()).or_insert_with(fresh);
        if caller.bodies >= MOST_OF_ONE {
            return Err(TooMany);
        }
        caller.bodies += 1;
        drop(callers);
        Ok(Seat { bodies: self.clone(), whose, place: None })
    }
}

impl Seat {
    /// Waits for a place for a body that has proved long. The caller's own come first: whoever sends
    /// many waits for themselves, and keeps no place from others meanwhile.
    pub async fn is_large(&mut self) -> Result<(), TooMany> {
        if self.place.is_some() {
            return Ok(());
        }
        let own = {
            let callers = self.bodies.callers.lock().unwrap_or_else(PoisonError::into_inner);
            callers.get(&self.whose).map(|caller| Arc::clone(&caller.large)).ok_or(TooMany)?
        };
        let shared = Arc::clone(&self.bodies.large);
        let places = async {
            let own = own.acquire_owned().await.map_err(|_| TooMany)?;
            Ok([own, shared.acquire_owned().await.map_err(|_| TooMany)?])
        };
        self.place = Some(timeout(self.bodies.waiting_lasts, places).await.map_err(|_| TooMany)??);
        Ok(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut callers = self.bodies.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(caller) = callers.get_mut(&self.whose) {
            caller.bodies -= 1;
            if caller.bodies == 0 {
                callers.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_holds_places_holds_up_themselves_alone() {
        let bodies = Bodies { waiting_lasts: Duration::from_millis(20), ..Bodies::default() };
        let of = |whose: &str| bodies.take(whose.to_owned());
        let mut held = Vec::new();
        for _ in 0..LARGE_OF_ONE {
            let mut seat = of("one").unwrap();
            seat.is_large().await.unwrap();
            held.push(seat);
        }
        let mut third = of("one").unwrap();
        assert_eq!(third.is_large().await, Err(TooMany));
        let mut others = of("another").unwrap();
        others.is_large().await.unwrap();
        // A body that was ended leaves its place to the next of its caller's.
        held.pop();
        third.is_large().await.unwrap();
        let seats: Vec<_> = (0..MOST_OF_ONE - 2).map(|_| of("one").unwrap()).collect();
        assert!(of("one").is_err());
        assert!(of("another").is_ok());
        drop((seats, third, others, held));
        assert!(bodies.callers.lock().unwrap().is_empty(), "nothing is remembered");
    }
}
