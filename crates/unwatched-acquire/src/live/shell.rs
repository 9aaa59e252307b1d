//! What a command on the phone printed: the packets of Android's second shell protocol, and for
//! phones that do not speak it, plain text with a marker at its end.
//!
//! A length that a packet claims is never believed further than the bytes that come.

use super::channel::Channel;
use super::clock::Deadline;
use super::trouble::Trouble;

/// How a command ended, as the phone said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitMarker {
    /// The shell protocol carried its exit code.
    Code(u8),
    /// The phone is old: the code stood in a marker behind the output.
    Written(u8),
    /// Nobody said.
    None,
}

impl ExitMarker {
    /// The code, where one was said.
    pub fn code(self) -> Option<u8> {
        match self {
            Self::Code(code) | Self::Written(code) => Some(code),
            Self::None => None,
        }
    }
}

/// What comes behind a command on a phone without the second protocol.
pub(super) const MARKER: &str = "__unwatched_exit=";
/// What else a command said is kept up to this.
const MOST_SAID: usize = 4 << 10;
const CHUNK: usize = 64 << 10;
/// The marker, three digits and line ends.
const TAIL: usize = MARKER.len() + 8;

/// Receives what a command printed.
pub(super) trait Take {
    /// The next bytes of its output.
    fn take(&mut self, bytes: &[u8]) -> Result<(), Trouble>;
}

/// Reads packets: one byte says what it is, four its length. Gives back the exit code, and the
/// beginning of what was said on the side.
pub(super) fn packets(
    channel: &mut dyn Channel,
    deadline: &Deadline,
    out: &mut dyn Take,
) -> Result<(ExitMarker, String), Trouble> {
    let mut buffer = vec![0; CHUNK];
    let mut said = Vec::new();
    let mut head = [0; 5];
    while channel.fill_or_end(&mut head, deadline)? {
        let [id, length @ ..] = head;
        let mut left = u32::from_le_bytes(length) as usize;
        match id {
            1 | 2 => {
                while left > 0 {
                    let wanted = left.min(CHUNK);
                    let count = channel.read(&mut buffer[..wanted], deadline)?;
                    if count == 0 {
                        return Err(Trouble::Cut);
                    }
                    left -= count;
                    if id == 1 {
                        out.take(&buffer[..count])?;
                    } else {
                        let room = MOST_SAID - said.len();
                        said.extend_from_slice(&buffer[..count.min(room)]);
                    }
                }
            }
            3 if left == 1 => {
                let mut code = [0];
                channel.fill(&mut code, deadline)?;
                return Ok((ExitMarker::Code(code[0]), text(&said)));
            }
            3 => return Err(Trouble::Nonsense("an exit code of a wrong length")),
            _ => return Err(Trouble::Nonsense("a packet of no known kind")),
        }
    }
    // A shell that ends without saying how was cut off.
    Err(Trouble::Cut)
}

/// Reads plain output until its end, and takes the marker off.
pub(super) fn plain(
    channel: &mut dyn Channel,
    deadline: &Deadline,
    out: &mut dyn Take,
) -> Result<ExitMarker, Trouble> {
    let mut held: Vec<u8> = Vec::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = channel.read(&mut buffer, deadline)?;
        if count == 0 {
            break;
        }
        held.extend_from_slice(&buffer[..count]);
        if held.len() > TAIL {
            let ready = held.len() - TAIL;
            out.take(&held[..ready])?;
            held.drain(..ready);
        }
    }
    let place = held.windows(MARKER.len()).rposition(|part| part == MARKER.as_bytes());
    let code = place.and_then(|place| {
        let digits = std::str::from_utf8(&held[place + MARKER.len()..]).ok()?;
        digits.trim_end().parse().ok()
    });
    let (Some(place), Some(code)) = (place, code) else {
        out.take(&held)?;
        return Err(Trouble::Cut);
    };
    out.take(&held[..place])?;
    Ok(ExitMarker::Written(code))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
