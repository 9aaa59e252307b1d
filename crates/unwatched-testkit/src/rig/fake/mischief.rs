//! What a cable or a hostile phone does to the bytes that it sends.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What goes wrong, and when.
#[derive(Debug, Clone, Default)]
pub struct Mischief {
    /// The cable comes off after so many bytes in all.
    pub cut_after: Option<u64>,
    /// The byte at this place is another.
    pub flipped_at: Option<u64>,
    /// After so many bytes nothing more comes, and the connection stays.
    pub silent_after: Option<u64>,
    /// It says what is not true.
    pub lie: Option<Lie>,
    sent: Arc<AtomicU64>,
}

/// What is not true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Every command prints without end.
    Endless,
    /// Packets of a shell claim four gigabytes.
    LongPackets,
    /// Pieces of files claim four gigabytes.
    LongPieces,
    /// Messages, or answers of a server, claim more than they may.
    LongMessages,
    /// An exit code of a thousand bytes.
    LongExit,
    /// It answers for services that nobody asked for, without end.
    OthersServices,
    /// Every answer is control characters.
    Escapes,
    /// It greets without end.
    Greetings,
}

impl Mischief {
    /// How many bytes it let through so far.
    pub fn sent(&self) -> usize {
        usize::try_from(self.sent.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }

    /// So many bytes, then nothing: the cable is off.
    pub fn cut_after(bytes: usize) -> Self {
        Self { cut_after: Some(bytes as u64), ..Self::default() }
    }

    /// One byte is another.
    pub fn flipped_at(place: usize) -> Self {
        Self { flipped_at: Some(place as u64), ..Self::default() }
    }

    /// It stops answering.
    pub fn silent_after(bytes: usize) -> Self {
        Self { silent_after: Some(bytes as u64), ..Self::default() }
    }

    /// It lies.
    pub fn lie(lie: Lie) -> Self {
        Self { lie: Some(lie), ..Self::default() }
    }
}

/// A socket whose bytes pass through the mischief.
pub(super) struct Wire<'m> {
    stream: TcpStream,
    mischief: &'m Mischief,
}

impl<'m> Wire<'m> {
    pub(super) fn new(stream: TcpStream, mischief: &'m Mischief) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        // A client that is gone must not keep a thread.
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Ok(Self { stream, mischief })
    }

    pub(super) fn lies(&self, lie: Lie) -> bool {
        self.mischief.lie == Some(lie)
    }

    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.stream.read_exact(buffer)
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = bytes.len() as u64;
        let before = self.mischief.sent.fetch_add(length, Ordering::Relaxed);
        let mut bytes = bytes.to_vec();
        if let Some(place) = self.mischief.flipped_at.and_then(|at| at.checked_sub(before))
            && let Some(byte) = usize::try_from(place).ok().and_then(|at| bytes.get_mut(at))
        {
            *byte ^= 0x55;
        }
        let room = |most: Option<u64>| {
            let left = most?.saturating_sub(before);
            (left < length).then(|| usize::try_from(left).unwrap_or(usize::MAX))
        };
        if let Some(left) = room(self.mischief.cut_after) {
            let _ = self.stream.write_all(&bytes[..left]);
            let _ = self.stream.shutdown(Shutdown::Both);
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if let Some(left) = room(self.mischief.silent_after) {
            self.stream.write_all(&bytes[..left])?;
            // Until the client has had enough.
            let _ = io::copy(&mut self.stream, &mut io::sink());
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.write_all(&bytes)
    }
}
