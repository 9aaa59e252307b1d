//! Searches that a person saved under a name. They are that person's and nobody else reads them.

use jiff::Timestamp;

use crate::columns::{SHORT_BYTES, explained, micros, text, time};
use crate::engine::{reading, writing};
use crate::{Result, Store, StoreError, UserId};

/// The most that one person keeps.
const MOST: i64 = 100;

/// A saved search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its number.
    pub id: i64,
    /// What the person calls it.
    pub name: String,
    /// What is searched for.
    pub query: String,
    /// When it was saved.
    pub added_at: Timestamp,
}

impl Store {
    /// Saves a search; one of the same name is replaced. `Invalid` for an empty name or query and
    /// beyond a hundred searches.
    pub async fn save_search(
        &self,
        user: UserId,
        name: &str,
        query: &str,
        now: Timestamp,
    ) -> Result<()> {
        let name = text(name.trim(), "the search's name", SHORT_BYTES)?;
        let query = text(query.trim(), "the search", SHORT_BYTES)?;
        if name.is_empty() || query.is_empty() {
            let why = "a saved search needs a name and something to search for";
            return Err(StoreError::Invalid(why.to_owned()));
        }
        let kept = writing!(self, db => sqlx::query(
            "INSERT INTO saved_searches (user_id, name, query, added_at)
             SELECT $1, $2, $3, $4
             WHERE (SELECT COUNT(*) FROM saved_searches WHERE user_id = $1 AND name <> $2) < $5
             ON CONFLICT (user_id, name)
             DO UPDATE SET query = excluded.query, added_at = excluded.added_at")
            .bind(user.0)
            .bind(name)
            .bind(query)
            .bind(micros(now))
            .bind(MOST)
            .execute(db).await
            .map_err(|error| explained(error, || "person".to_owned()))?
            .rows_affected());
        if kept == 0 {
            let why = format!("a person keeps at most {MOST} searches: delete one first");
            return Err(StoreError::Invalid(why));
        }
        Ok(())
    }

    /// A person's saved searches, by name.
    pub async fn saved_searches(&self, user: UserId) -> Result<Vec<SavedSearch>> {
        let rows: Vec<(i64, String, String, i64)> = reading!(self, db => sqlx::query_as(
            "SELECT id, name, query, added_at FROM saved_searches WHERE user_id = $1
             ORDER BY name, id")
            .bind(user.0)
            .fetch_all(db).await?);
        rows.into_iter()
            .map(|(id, name, query, at)| Ok(SavedSearch { id, name, query, added_at: time(at)? }))
            .collect()
    }

    /// Forgets a search; `NotFound` when this person has none of this number.
    pub async fn delete_search(&self, user: UserId, id: i64) -> Result<()> {
        let gone = writing!(self, db => sqlx::query(
            "DELETE FROM saved_searches WHERE user_id = $1 AND id = $2")
            .bind(user.0)
            .bind(id)
            .execute(db).await?.rows_affected());
        if gone == 0 {
            return Err(StoreError::NotFound(format!("saved search: {id}")));
        }
        Ok(())
    }
}
