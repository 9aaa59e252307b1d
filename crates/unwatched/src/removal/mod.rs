//! What `remove` and `close` share: asking the phone again how a step stands, the commands that a
//! step is made of, and what the journal says of earlier runs.

pub(crate) mod change;
pub(crate) mod desk;
pub(crate) mod earlier;
pub(crate) mod steps;
mod undo;
