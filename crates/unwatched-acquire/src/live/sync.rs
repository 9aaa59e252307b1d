//! Fetching a file from the phone, by the part of the protocol that `adb pull` uses. Nothing is
//! ever sent to the phone this way.

use super::channel::Channel;
use super::clock::Deadline;
use super::commands::AppFile;
use super::shell::Take;
use super::trouble::Trouble;

/// A chunk is never longer (`SYNC_DATA_MAX`).
const MOST_IN_CHUNK: usize = 64 << 10;
/// A reason is a line.
const MOST_IN_REASON: usize = 4 << 10;

/// Reads one file to its end.
pub(super) fn receive(
    channel: &mut dyn Channel,
    path: &AppFile,
    deadline: &Deadline,
    out: &mut dyn Take,
) -> Result<(), Trouble> {
    let name = path.as_str().as_bytes();
    let length = u32::try_from(name.len()).expect("a path is short");
    let request = [b"RECV".as_slice(), &length.to_le_bytes(), name].concat();
    channel.send(&request, deadline)?;
    let mut buffer = vec![0; MOST_IN_CHUNK];
    let mut head = [0; 8];
    loop {
        channel.fill(&mut head, deadline)?;
        let (id, length) = head.split_at(4);
        let length = u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
        match id {
            b"DATA" if length <= MOST_IN_CHUNK => {
                channel.fill(&mut buffer[..length], deadline)?;
                out.take(&buffer[..length])?;
            }
            b"DATA" => return Err(Trouble::Nonsense("a piece of a file that is too long")),
            b"DONE" => {
                // A polite farewell; the phone may have gone already.
                let _ = channel.send(b"QUIT\0\0\0\0", deadline);
                return Ok(());
            }
            b"FAIL" if length <= MOST_IN_REASON => {
                channel.fill(&mut buffer[..length], deadline)?;
                let reason = String::from_utf8_lossy(&buffer[..length]).into_owned();
                return Err(Trouble::Refused(reason));
            }
            _ => return Err(Trouble::Nonsense("no part of a file")),
        }
    }
}
