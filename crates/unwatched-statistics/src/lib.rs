//! Statistics that anybody can recompute: observations, what may be derived from them, published claims
//! verified, comparisons answered or refused with reasons.
//!
//! Everything here is pure: no files, no sockets, no clock, no randomness. No survivor's row ever comes here: a
//! row is a count or a share that somebody published or handed in as such.

pub mod area;
pub mod code_lists;
pub mod columns;
pub mod compare;
pub mod observation;
pub mod period;
pub mod provenance;
pub mod reason;
pub mod release;
pub mod value;
