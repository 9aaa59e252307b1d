//! `/api/v1/`

mod batches;
mod changes;
mod families;
mod idempotency;
mod indicators;
mod jobs;
mod keys;
mod opinions;
mod samples;
mod search;
mod shared_values;
mod sharing;
mod tokens;
mod values;
