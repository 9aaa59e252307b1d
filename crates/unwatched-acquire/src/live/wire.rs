//! What carries our own connection's messages: a socket, or a USB cable. An end to every wait.

use std::net::TcpStream;

use super::channel::Channel;
use super::clock::Deadline;
use super::trouble::Trouble;

/// Bytes to and from the phone's debugging service itself.
pub(super) trait Wire: Send {
    /// What came, at most as much as fits; 0 at its end.
    fn read(&mut self, buffer: &mut [u8], deadline: &Deadline) -> Result<usize, Trouble>;

    /// Sends one message: a head, and what follows it. A cable carries them as two transfers.
    fn send(&mut self, head: &[u8], payload: &[u8], deadline: &Deadline) -> Result<(), Trouble>;
}

impl Wire for TcpStream {
    fn read(&mut self, buffer: &mut [u8], deadline: &Deadline) -> Result<usize, Trouble> {
        Channel::read(self, buffer, deadline)
    }

    fn send(&mut self, head: &[u8], payload: &[u8], deadline: &Deadline) -> Result<(), Trouble> {
        Channel::send(self, &[head, payload].concat(), deadline)
    }
}
