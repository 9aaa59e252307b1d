//! What can be done, who would notice it and how soon, and in which order.
//!
//! Everything that shows a plan or changes a phone takes the [`Proof`] of the safety checkpoint.
//! Nothing here reaches a phone.

mod checkpoint;

pub use checkpoint::{Answer, Checkpoint, Next, Opens, Proof, Question, Wording};
