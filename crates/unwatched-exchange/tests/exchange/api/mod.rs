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
mod sharing;
mod tokens;
mod values;
