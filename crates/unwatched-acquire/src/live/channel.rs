//! A channel to one service of the phone: bytes in both directions, with an end to every wait.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::clock::Deadline;
use super::trouble::Trouble;

/// One service's bytes, whatever carries them.
pub(super) trait Channel {
    /// What came, at most as much as fits; 0 at its end.
    fn read(&mut self, buffer: &mut [u8], deadline: &Deadline) -> Result<usize, Trouble>;

    /// Sends all of it.
    fn send(&mut self, bytes: &[u8], deadline: &Deadline) -> Result<(), Trouble>;

    /// Exactly as much as fits.
    fn fill(&mut self, buffer: &mut [u8], deadline: &Deadline) -> Result<(), Trouble> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..], deadline)? {
                0 => return Err(Trouble::Cut),
                count => filled += count,
            }
        }
        Ok(())
    }

    /// As much as fits, or nothing where it ended before; an end in the middle is a cut.
    fn fill_or_end(&mut self, buffer: &mut [u8], deadline: &Deadline) -> Result<bool, Trouble> {
        match self.read(buffer, deadline)? {
            0 => Ok(false),
            count => self.fill(&mut buffer[count..], deadline).map(|()| true),
        }
    }
}

/// No wait is longer in one piece: the clock has the last word on how long it is in all.
pub(super) const PIECE: Duration = Duration::from_millis(200);

impl Channel for TcpStream {
    fn read(&mut self, buffer: &mut [u8], deadline: &Deadline) -> Result<usize, Trouble> {
        use std::io::ErrorKind as Kind;
        let io = |error| Trouble::of_io(error, deadline.patience());
        loop {
            self.set_read_timeout(Some(deadline.left()?.min(PIECE))).map_err(io)?;
            match Read::read(self, buffer) {
                Err(error)
                    if matches!(
                        error.kind(),
                        Kind::Interrupted | Kind::WouldBlock | Kind::TimedOut
                    ) => {}
                read => return read.map_err(io),
            }
        }
    }

    fn send(&mut self, bytes: &[u8], deadline: &Deadline) -> Result<(), Trouble> {
        let io = |error| Trouble::of_io(error, deadline.patience());
        self.set_write_timeout(Some(deadline.left()?)).map_err(io)?;
        self.write_all(bytes).map_err(io)
    }
}
