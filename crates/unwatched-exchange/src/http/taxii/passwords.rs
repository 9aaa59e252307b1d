//! Passwords of TAXII's users. A password's hash takes tens of milliseconds by design, and a client
//! sends its password with every request: so what was right, or wrong, is known again for a while
//! by a keyed digest of name, password and hash, whose key lives as long as the process.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use super::error::TaxiiError;
use crate::clock::Randomness;
use crate::http::auth;

/// How long an answer is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(15);
/// So many wrong passwords from one address within that time are looked at.
const MAX_WRONG: usize = 300;
/// So many answers are remembered.
const MAX_KNOWN: usize = 10_000;

type Digest = [u8; 32];

/// What was found out about passwords lately.
pub struct Passwords {
    key: Digest,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    answers: HashMap<Digest, (bool, Timestamp)>,
    wrong: HashMap<Option<IpAddr>, Vec<Timestamp>>,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords")
    }
}

impl Passwords {
    /// Nothing known yet.
    pub fn new(randomness: &Randomness) -> Self {
        Self { key: randomness.bytes(), known: Mutex::default() }
    }

    /// Whether the password goes with the hash; `None` is the hash of nobody.
    pub(super) async fn is_right(
        &self,
        name: &str,
        password: &str,
        hash: Option<&str>,
        peer: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<bool, TaxiiError> {
        let digest = self.digest(&[name, password, hash.unwrap_or_default()]);
        if let Some(is_right) = self.remembered(&digest, now) {
            return Ok(is_right);
        }
        if !self.may_try(peer, now) {
            return Err(TaxiiError::too_many("too many wrong passwords: wait some minutes"));
        }
        let is_right = auth::is_password(password, hash).await?;
        self.remember(digest, is_right, peer, now);
        Ok(is_right)
    }

    fn digest(&self, parts: &[&str]) -> Digest {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    fn remembered(&self, digest: &Digest, now: Timestamp) -> Option<bool> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (is_right, at) = known.answers.get(digest)?;
        (now.duration_since(*at) < REMEMBERED).then_some(*is_right)
    }

    fn may_try(&self, peer: Option<IpAddr>, now: Timestamp) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(wrong) = known.wrong.get_mut(&peer) else { return true };
        wrong.retain(|at| now.duration_since(*at) < REMEMBERED);
        wrong.len() < MAX_WRONG
    }

    fn remember(&self, digest: Digest, is_right: bool, peer: Option<IpAddr>, now: Timestamp) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.answers.len() >= MAX_KNOWN {
            known.answers.clear();
        }
        if known.wrong.len() >= MAX_KNOWN {
            known.wrong.clear();
        }
        known.answers.insert(digest, (is_right, now));
        if !is_right {
            known.wrong.entry(peer).or_default().push(now);
        }
    }
}
