//! What is done after the answer was given. One file per kind of job.

pub mod analyze_sample;
pub mod runner;
