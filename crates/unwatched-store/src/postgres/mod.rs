//! What only PostgreSQL says its own way: opening, claiming a job, searching.

mod jobs;
mod open;
mod search;

pub(crate) use jobs::{CLAIM_BY_PRIORITY, CLAIM_OLDEST, IS_CLAIMABLE};
pub(crate) use open::{STEPS, open};
pub(crate) use search::{CANCELED, IN_ORDER, MATCHING, bounded, words_query};
