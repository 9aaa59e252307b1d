//! `/api/v1/`

mod batches;
mod changes;
mod families;
mod hidden;
mod idempotency;
mod indicators;
mod jobs;
mod keys;
mod lookup;
mod opinions;
mod recalls;
mod samples;
mod search;
mod shared_values;
mod sharing;
mod sightings;
mod tokens;
mod uses;
mod values;
pub(crate) mod webhooks;
