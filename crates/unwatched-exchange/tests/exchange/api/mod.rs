//! `/api/v1/`

mod families;
mod indicators;
mod jobs;
mod opinions;
mod samples;
mod search;
mod tokens;
