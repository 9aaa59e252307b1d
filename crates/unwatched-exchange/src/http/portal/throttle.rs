//! How often a sign-in may be tried, per process: by address, and by e-mail from one address.
//!
//! It slows guessing; it is no lock on an account. Wrong attempts hold up only whoever comes from
//! the same address, so nobody can lock out a person who signs in from elsewhere. Behind a proxy
//! that is not configured as trusted, everybody comes from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

const WINDOW: SignedDuration = SignedDuration::from_mins(15);
const MAX_BY_EMAIL: usize = 10;
const MAX_BY_ADDRESS: usize = 60;
/// Beyond this many keys those that were quiet longest are forgotten.
const MAX_KEYS: usize = 20_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Email(String, Option<IpAddr>),
    Address(IpAddr),
}

/// An attempt that counts as wrong until it is forgiven.
#[derive(Debug)]
pub(super) struct Attempt {
    keys: Vec<(Key, usize)>,
    at: Timestamp,
}

/// Attempts of the last quarter of an hour that were wrong or are still being checked.
#[derive(Debug, Clone, Default)]
pub(super) struct Throttle(Arc<Mutex<HashMap<Key, Vec<Timestamp>>>>);

impl Throttle {
    /// Counts an attempt before its password is looked at, so that many at once count as many;
    /// `None` when it may not be made now.
    pub(super) fn begin(
        &self,
        email: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Option<Attempt> {
        let keys = keys(email, address);
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may = keys.iter().all(|(key, most)| {
            let Some(times) = counted.get_mut(key) else { return true };
            times.retain(|time| now.duration_since(*time) < WINDOW);
            times.len() < *most
        });
        if !may {
            return None;
        }
        if counted.len() + keys.len() > MAX_KEYS {
            make_room(&mut counted, now);
        }
        for (key, _) in &keys {
            counted.entry(key.clone()).or_default().push(now);
        }
        Some(Attempt { keys, at: now })
    }

    /// Takes an attempt back: its password was right.
    pub(super) fn forgive(&self, attempt: &Attempt) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in &attempt.keys {
            let Some(times) = counted.get_mut(key) else { continue };
            if let Some(at) = times.iter().position(|time| *time == attempt.at) {
                times.swap_remove(at);
            }
            if times.is_empty() {
                counted.remove(key);
            }
        }
    }
}

/// Forgets what is over, and where that is not enough the half that was quiet longest.
fn make_room(counted: &mut HashMap<Key, Vec<Timestamp>>, now: Timestamp) {
    let last = |times: &[Timestamp]| times.iter().max().copied().unwrap_or(Timestamp::MIN);
    counted.retain(|_, times| now.duration_since(last(times)) < WINDOW);
    if counted.len() < MAX_KEYS / 2 {
        return;
    }
    let mut by_time: Vec<_> =
        counted.iter().map(|(key, times)| (last(times), key.clone())).collect();
    by_time.sort_unstable_by_key(|(time, _)| *time);
    for (_, key) in by_time.into_iter().take(MAX_KEYS / 2) {
        counted.remove(&key);
    }
}

fn keys(email: &str, address: Option<IpAddr>) -> Vec<(Key, usize)> {
    let email = email.trim().to_lowercase().chars().take(254).collect();
    let address = address.map(network);
    let mut keys = vec![(Key::Email(email, address), MAX_BY_EMAIL)];
    keys.extend(address.map(|address| (Key::Address(address), MAX_BY_ADDRESS)));
    keys
}

/// One customer has 2^64 addresses of IPv6: they count as one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn from(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn ten_wrong_passwords_in_a_quarter_of_an_hour_are_enough() {
        let throttle = Throttle::default();
        for _ in 0..MAX_BY_EMAIL {
            assert!(throttle.begin("Ana@lab.example ", Some(from("192.0.2.7")), START).is_some());
        }
        let may = |email, address, now| throttle.begin(email, Some(from(address)), now).is_some();
        assert!(!may("ana@lab.example", "192.0.2.7", START));
        assert!(may("ben@lab.example", "192.0.2.7", START), "others are not held up");
        assert!(may("ana@lab.example", "192.0.2.8", START), "nor is she, from elsewhere");
        let later = START.checked_add(WINDOW).unwrap();
        assert!(may("ana@lab.example", "192.0.2.7", later), "nobody is locked out for long");
    }

    #[test]
    fn attempts_count_from_their_beginning_and_right_ones_are_forgiven() {
        let throttle = Throttle::default();
        let begin = || throttle.begin("ana@lab.example", Some(from("192.0.2.7")), START);
        let attempts: Vec<_> = (0..MAX_BY_EMAIL).map(|_| begin().unwrap()).collect();
        assert!(begin().is_none(), "the eleventh at the same time");
        throttle.forgive(&attempts[0]);
        assert!(begin().is_some());
    }

    #[test]
    fn one_address_cannot_try_everybody() {
        let throttle = Throttle::default();
        for n in 0..MAX_BY_ADDRESS {
            let address = Some(from(&format!("2001:db8::{n:x}")));
            assert!(throttle.begin(&format!("{n}@lab.example"), address, START).is_some());
        }
        assert!(throttle.begin("new@lab.example", Some(from("2001:db8::ffff")), START).is_none());
        assert!(throttle.begin("new@lab.example", Some(from("2001:db8:0:1::1")), START).is_some());
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let throttle = Throttle::default();
        for n in 0..MAX_KEYS {
            let now =
                START.checked_add(SignedDuration::from_millis(n.try_into().unwrap())).unwrap();
            let address = Some(from(&format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff)));
            assert!(throttle.begin("ana@lab.example", address, now).is_some());
        }
        assert!(throttle.0.lock().unwrap().len() <= MAX_KEYS);
    }
}
