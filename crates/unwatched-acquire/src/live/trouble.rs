//! Why a phone, or the way to it, did not do what was asked. What to tell a helper about it stands
//! in `states.rs`.

use std::io;
use std::time::Duration;

use super::states::State;

/// What went wrong between here and the phone.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The phone cannot be talked to as it stands.
    #[error("{}", .0.headline())]
    State(State),
    /// The connection ended in the middle.
    #[error("the connection to the phone ended: the cable came off, or the phone let go")]
    Cut,
    /// Nothing came for as long as was waited.
    #[error("the phone did not answer within {} seconds", .0.as_secs())]
    Slow(Duration),
    /// More came than such an answer ever holds.
    #[error("the answer was longer than {} MiB, more than a phone's ever is; the rest was not taken", .0 >> 20)]
    Endless(u64),
    /// What came does not keep to the protocol.
    #[error("what came over the cable is not what a phone says: {0}")]
    Nonsense(&'static str),
    /// The phone, or the adb server, refused.
    #[error("it was refused: {0}")]
    Refused(String),
    /// What was read could not be kept on this computer.
    #[error("what came from the phone could not be kept: {0}")]
    Keeping(#[source] io::Error),
    /// The system's own words.
    #[error("the way to the phone: {0}")]
    Io(#[source] io::Error),
}

impl Trouble {
    /// Whether the way to the phone is gone, so that asking further makes no sense.
    pub fn ends_the_connection(&self) -> bool {
        !matches!(self, Self::Slow(_) | Self::Endless(_) | Self::Refused(_))
    }

    /// What the operating system said while reading or writing, sorted.
    pub(super) fn of_io(error: io::Error, patience: Duration) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::WouldBlock | Kind::TimedOut => Self::Slow(patience),
            Kind::UnexpectedEof
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::BrokenPipe
            | Kind::NotConnected => Self::Cut,
            _ => Self::Io(error),
        }
    }
}
