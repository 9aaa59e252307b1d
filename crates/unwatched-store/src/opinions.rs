//! Opinions and verdicts, both append-only. Nothing here judges: the rule is in the model.

use jiff::Timestamp;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::Opinion;
use unwatched_model::verdict::Verdict;

use crate::{Result, Store, StoreError};

impl Store {
    /// Appends an opinion and returns it as kept: its time is cut to microseconds, and a verdict
    /// hashes the opinions as kept. `Conflict` when its id is taken, `NotFound` when the family
    /// or partner is unknown.
    pub async fn add_opinion(&self, opinion: &Opinion) -> Result<Opinion> {
        let _ = opinion;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Every opinion on a family, by time and id.
    pub async fn opinions_of(&self, family: &FamilyId) -> Result<Vec<Opinion>> {
        let _ = family;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Appends a verdict unless it equals the family's latest; says whether it did.
    pub async fn save_verdict(&self, verdict: &Verdict, now: Timestamp) -> Result<bool> {
        let _ = (verdict, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// A family's latest verdict.
    pub async fn verdict(&self, family: &FamilyId) -> Result<Option<Verdict>> {
        let _ = family;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Every verdict a family ever had, oldest first, with the time it was saved.
    pub async fn verdict_history(&self, family: &FamilyId) -> Result<Vec<(Timestamp, Verdict)>> {
        let _ = family;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// The latest verdict of every family that has one, by family.
    pub async fn verdicts(&self) -> Result<Vec<Verdict>> {
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }
}
