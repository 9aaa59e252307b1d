//! A live phone: reaching it, asking it what stands in [`commands`], and putting the answers into a
//! case. The only part of the program that talks to a phone (`docs/reference/live.md`).
//!
//! [`Connection`] is a running adb server on this computer, or a connection of its own to the phone
//! over the network or the cable; everything that comes is bounded in time and size. [`State`] puts
//! into words how a phone can stand. [`acquire`] asks all there is to ask. Nothing here judges, and
//! nothing here changes a phone but a removal's step.

mod acquisition;
mod as_found;
mod channel;
mod clock;
pub mod commands;
mod connection;
mod desk;
#[cfg(test)]
mod hostile;
mod key;
mod link;
mod listed;
mod message;
mod names;
mod server;
mod shell;
mod single;
mod states;
mod sync;
mod trouble;
mod usb;
mod wire;

pub use acquisition::{Acquired, Step, Stopped, TakesPart, acquire};
pub use clock::Clock;
pub use connection::{Connection, Ran, Surroundings, Wanted, Way, is_nearby};
pub use desk::{Desk, OnCable, ServerSeen};
pub use listed::Listed;
pub use server::USUAL_PORT;
pub use shell::ExitMarker;
pub use single::{NotDone, Said, ask, change, restore};
pub use states::{State, Words};
pub use trouble::Trouble;
