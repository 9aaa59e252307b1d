//! `/api/v1/`

mod changes;
mod families;
mod indicators;
mod jobs;
mod keys;
mod opinions;
mod samples;
mod search;
mod sharing;
mod tokens;
mod values;
