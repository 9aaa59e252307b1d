//! The samples exchange: API, portal, jobs, releases, and the analyst's commands.
//!
//! A library so that tests reach its parts; the program is `main.rs`. Parsing files is the
//! business of `unwatched-analysis` and `unwatched-formats`, rows of `unwatched-store`.

pub mod analysis_child;
pub mod audit_log;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod collections;
pub mod community;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod http;
pub mod jobs;
pub mod outward;
pub mod reads;
pub mod refusal;
pub mod release;
pub mod sandbox;
pub mod state;
mod suggest;
pub mod uses;
pub mod verdicts;
pub mod views;
pub mod webhook_secrets;
