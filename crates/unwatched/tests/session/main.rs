//! What a session leaves on the helper's computer, and whom it speaks to: a fresh user, a phone full
//! of words that must never lie on a disk in the clear, programs that are finished or killed at any
//! point, and a network that is not there.
//!
//! `strace` shows what a program asks of the system and kills it where it is told to. Where it is
//! missing these tests are left out by name (`UNWATCHED_WITHOUT_STRACE`).

#![cfg(target_os = "linux")]

mod canaries;
mod computer;
mod full;
mod killed;
mod live;
mod network;
mod phone;
mod traced;
mod written;
