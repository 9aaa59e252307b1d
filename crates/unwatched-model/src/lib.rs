//! The vocabulary of Unwatched: families, indicators, opinions, verdicts, reports.
//!
//! Everything here is pure: no files, no sockets, no clock, no randomness. The rule that turns
//! opinions into a verdict lives in [`consensus`]; who may do what in [`access`]; the compiled indicator set that the exchange
//! and the checker share lives in [`set`].

pub mod access;
pub mod changes;
pub mod class;
pub mod consensus;
pub mod criterion;
pub mod digest;
pub mod family;
pub mod held;
pub mod indicator;
pub mod masking;
pub mod opinion;
pub mod pap;
pub mod partner;
pub mod popular;
pub mod queue;
pub mod recall;
pub mod report;
pub mod report_changes;
pub mod set;
pub mod signature;
pub mod text;
pub mod tlp;
pub mod verdict;
