//! What the portal's pages show, made from rows: words, times, marks, and one type per page.
//!
//! Nothing here asks the store or the clock, and nothing decides: whoever calls hands the rows in.

pub(crate) mod account;
pub(crate) mod api;
pub(crate) mod audit;
pub(crate) mod class;
pub(crate) mod connections;
pub(crate) mod differences;
pub(crate) mod download;
pub(crate) mod families;
pub(crate) mod family;
mod family_history;
pub(crate) mod forms;
pub(crate) mod frame;
pub(crate) mod groups;
pub(crate) mod history;
pub(crate) mod identity;
pub(crate) mod indicator;
pub(crate) mod inside;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod overview;
pub(crate) mod pages;
pub(crate) mod plainly;
pub(crate) mod queue;
pub(crate) mod recipes;
pub(crate) mod releases;
pub(crate) mod report_changes;
pub(crate) mod sample;
pub(crate) mod samples;
pub(crate) mod search;
pub(crate) mod shared;
pub(crate) mod signature;
pub(crate) mod triage;
pub(crate) mod uploads;
pub(crate) mod verdict;
pub(crate) mod who;
pub(crate) mod words;
pub(crate) mod wrong;

#[cfg(test)]
pub(crate) mod tests;
