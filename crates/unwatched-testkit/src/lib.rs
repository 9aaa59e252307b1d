//! Processes for tests: a ready exchange, the checker, a temporary PostgreSQL, and the community's
//! data. Tests that use them see what an operator and a helper would see, and nothing of the inside.
//!
//! What fails here panics with what the process said: a test has nobody to hand an error to.

pub mod checker;
pub mod client;
pub mod community;
pub mod exchange;
pub mod notices;
pub mod patience;
pub mod postgres;
pub mod programs;
pub mod rig;
mod upload;

pub use checker::Checker;
pub use client::{Answer, Client};
pub use community::community_data;
pub use exchange::Exchange;
pub use postgres::TemporaryPostgres;
