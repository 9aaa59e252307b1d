//! How often a sign-in may be tried: per process, by e-mail and by the asking address.
//!
//! It slows guessing; it is no lock on an account, for that would let anybody lock anybody out for
//! long.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

const WINDOW: SignedDuration = SignedDuration::from_mins(15);
const MAX_BY_EMAIL: usize = 10;
const MAX_BY_ADDRESS: usize = 60;
/// Beyond this many keys the oldest windows are swept; an attacker who sends ever new e-mails is
/// held by their address.
const MAX_KEYS: usize = 20_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Email(String),
    Address(IpAddr),
}

/// Failed attempts of the last quarter of an hour.
#[derive(Debug, Clone, Default)]
pub(super) struct Throttle(Arc<Mutex<HashMap<Key, Vec<Timestamp>>>>);

impl Throttle {
    /// Whether another attempt may be made now.
    pub(super) fn lets(&self, email: &str, address: Option<IpAddr>, now: Timestamp) -> bool {
        let mut failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys(email, address).into_iter().all(|(key, most)| {
            let Some(times) = failed.get_mut(&key) else { return true };
            times.retain(|time| now.duration_since(*time) < WINDOW);
            times.len() < most
        })
    }

    /// Notes that an attempt failed.
    pub(super) fn failed(&self, email: &str, address: Option<IpAddr>, now: Timestamp) {
        let mut failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= MAX_KEYS {
            failed.retain(|_, times| {
                times.last().is_some_and(|time| now.duration_since(*time) < WINDOW)
            });
        }
        for (key, most) in keys(email, address) {
            if failed.len() < MAX_KEYS || failed.contains_key(&key) {
                let times = failed.entry(key).or_default();
                if times.len() < most {
                    times.push(now);
                }
            }
        }
    }
}

fn keys(email: &str, address: Option<IpAddr>) -> Vec<(Key, usize)> {
    let email = email.trim().to_lowercase().chars().take(254).collect();
    let mut keys = vec![(Key::Email(email), MAX_BY_EMAIL)];
    keys.extend(address.map(|address| (Key::Address(address), MAX_BY_ADDRESS)));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_wrong_passwords_in_a_quarter_of_an_hour_are_enough() {
        let throttle = Throttle::default();
        let start = Timestamp::UNIX_EPOCH;
        for _ in 0..MAX_BY_EMAIL {
            assert!(throttle.lets("ana@lab.example", None, start));
            throttle.failed("Ana@lab.example ", None, start);
        }
        assert!(!throttle.lets("ana@lab.example", None, start));
        assert!(throttle.lets("ben@lab.example", None, start), "others are not held up");
        let later = start.checked_add(WINDOW).unwrap();
        assert!(throttle.lets("ana@lab.example", None, later), "nobody is locked out for long");
    }

    #[test]
    fn one_address_cannot_try_everybody() {
        let throttle = Throttle::default();
        let address = Some("192.0.2.7".parse().unwrap());
        for n in 0..MAX_BY_ADDRESS {
            throttle.failed(&format!("{n}@lab.example"), address, Timestamp::UNIX_EPOCH);
        }
        assert!(!throttle.lets("new@lab.example", address, Timestamp::UNIX_EPOCH));
    }
}
