//! Answers that are kept so that a repeated request is answered alike and done once. What an
//! answer holds is sealed before it comes here: the credential that opens it is kept nowhere.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;

use crate::columns::{micros, read, time};
use crate::engine::{within, writing};
use crate::{Result, Store};

/// What became of asking to work on a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is the asker's to do; nobody else does it until the hold runs out.
    Yours {
        /// When the key was first seen.
        since: Timestamp,
    },
    /// Somebody else works on it.
    UnderWay,
    /// It was done.
    Done(KeptAnswer),
}

/// An answer as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The digest of the request that it answers.
    pub fingerprint: Sha256,
    /// The answer, sealed.
    pub sealed: Vec<u8>,
    /// When the key was first seen.
    pub since: Timestamp,
}

type Row = (Option<String>, Option<Vec<u8>>, i64, i64);

impl Store {
    /// Asks to work on a request with this key. Whoever worked on it and vanished holds it until
    /// the hold runs out and no longer.
    pub async fn claim_request(
        &self,
        who: &Sha256,
        key: &Sha256,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Claim> {
        let mut tx = self.begin().await?;
        let (who, key) = (who.to_string(), key.to_string());
        let new = within!(&mut tx, db => sqlx::query(
            "INSERT INTO idempotency (who, key_sha256, held_until, added_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT (who, key_sha256) DO NOTHING")
            .bind(&who)
            .bind(&key)
            .bind(micros(until))
            .bind(micros(now))
            .execute(&mut *db).await?.rows_affected());
        if new == 1 {
            tx.commit().await?;
            return Ok(Claim::Yours { since: time(micros(now))? });
        }
        let (fingerprint, sealed, held_until, added_at): Row = within!(&mut tx, db => sqlx::query_as(
            "SELECT fingerprint, sealed, held_until, added_at FROM idempotency
             WHERE who = $1 AND key_sha256 = $2")
            .bind(&who)
            .bind(&key)
            .fetch_one(&mut *db).await?);
        let since = time(added_at)?;
        if let (Some(fingerprint), Some(sealed)) = (fingerprint, sealed) {
            let fingerprint = read(&fingerprint)?;
            return Ok(Claim::Done(KeptAnswer { fingerprint, sealed, since }));
        }
        let taken = within!(&mut tx, db => sqlx::query(
            "UPDATE idempotency SET held_until = $3
             WHERE who = $1 AND key_sha256 = $2 AND held_until = $4 AND held_until <= $5
               AND sealed IS NULL")
            .bind(&who)
            .bind(&key)
            .bind(micros(until))
            .bind(held_until)
            .bind(micros(now))
            .execute(&mut *db).await?.rows_affected());
        tx.commit().await?;
        Ok(if taken == 1 { Claim::Yours { since } } else { Claim::UnderWay })
    }

    /// Goes on holding a request that is worked on.
    pub async fn hold_request(&self, who: &Sha256, key: &Sha256, until: Timestamp) -> Result<()> {
        writing!(self, db => sqlx::query(
            "UPDATE idempotency SET held_until = $3
             WHERE who = $1 AND key_sha256 = $2 AND sealed IS NULL")
            .bind(who.to_string())
            .bind(key.to_string())
            .bind(micros(until))
            .execute(db).await?.rows_affected());
        Ok(())
    }

    /// Keeps what a request was answered; what was kept first stays.
    pub async fn keep_answer(
        &self,
        who: &Sha256,
        key: &Sha256,
        fingerprint: &Sha256,
        sealed: &[u8],
    ) -> Result<()> {
        writing!(self, db => sqlx::query(
            "UPDATE idempotency SET fingerprint = $3, sealed = $4
             WHERE who = $1 AND key_sha256 = $2 AND sealed IS NULL")
            .bind(who.to_string())
            .bind(key.to_string())
            .bind(fingerprint.to_string())
            .bind(sealed)
            .execute(db).await?.rows_affected());
        Ok(())
    }

    /// Lets a request go that came to no answer worth keeping: it may be sent again.
    pub async fn let_request_go(&self, who: &Sha256, key: &Sha256) -> Result<()> {
        writing!(self, db => sqlx::query(
            "DELETE FROM idempotency WHERE who = $1 AND key_sha256 = $2 AND sealed IS NULL")
            .bind(who.to_string())
            .bind(key.to_string())
            .execute(db).await?.rows_affected());
        Ok(())
    }
}
