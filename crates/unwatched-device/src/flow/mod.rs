//! From a worried person to a next step, as states: every screen of the helper's page and of the
//! guided terminal, what leads from one to another, and what each says.
//!
//! Nothing here reaches a phone, opens a file or reads a clock. A [`Session`] says what is to be done
//! next; whoever calls does it and says how it went. No way leads to a phone without [`Agreed`], which
//! only the answered safety questions make, and none to a change without the checkpoint's
//! [`Proof`](crate::plan::Proof).

mod safety;
mod screen;
mod session;
mod view;
mod words;

pub use safety::{Agreed, Answered, Consent, Safety};
pub use screen::{Act, Screen, Thing, Work};
pub use session::{Happened, NotHere, Session, Source};
pub use view::{Button, Content, Field, FieldKind, Part, View, view};
pub use words::{Direction, Language, Question, Words};

#[cfg(test)]
mod walk;
