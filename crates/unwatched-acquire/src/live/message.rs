//! One message of the protocol between a computer and a phone's debugging service: six words of
//! four bytes, then a payload of the length that they claim (Android's `protocol.txt`).

use super::clock::Deadline;
use super::trouble::Trouble;
use super::wire::Wire;

/// What a message does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Connect,
    StartTls,
    Authorise,
    Open,
    Okay,
    Close,
    Write,
}

impl Kind {
    const ALL: [(Self, [u8; 4]); 7] = [
        (Self::Connect, *b"CNXN"),
        (Self::StartTls, *b"STLS"),
        (Self::Authorise, *b"AUTH"),
        (Self::Open, *b"OPEN"),
        (Self::Okay, *b"OKAY"),
        (Self::Close, *b"CLSE"),
        (Self::Write, *b"WRTE"),
    ];

    fn word(self) -> u32 {
        let (_, name) = Self::ALL.iter().find(|(kind, _)| *kind == self).expect("all are there");
        u32::from_le_bytes(*name)
    }

    fn of_word(word: u32) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, name)| u32::from_le_bytes(*name) == word);
        found.map(|(kind, _)| *kind)
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) kind: Kind,
    pub(super) first: u32,
    pub(super) second: u32,
    pub(super) payload: Vec<u8>,
}

/// A longer payload is not offered to the phone, and not taken from it.
pub(super) const MOST_BYTES: u32 = 256 << 10;
const HEAD_BYTES: usize = 24;

impl Message {
    pub(super) fn new(kind: Kind, first: u32, second: u32, payload: &[u8]) -> Self {
        Self { kind, first, second, payload: payload.to_vec() }
    }

    pub(super) fn send(&self, wire: &mut dyn Wire, deadline: &Deadline) -> Result<(), Trouble> {
        let length = u32::try_from(self.payload.len()).expect("payloads are short");
        let word = self.kind.word();
        let words = [word, self.first, self.second, length, sum(&self.payload), !word];
        let head: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        wire.send(&head, &self.payload, deadline)
    }
}

/// Puts messages together from what comes. What came of one before patience ran out is kept, so
/// that the next is not looked for in the middle of it.
#[derive(Default)]
pub(super) struct Incoming {
    bytes: Vec<u8>,
}

impl Incoming {
    /// Reads the next one. `summed` is whether the phone is so old that it adds its payloads' bytes
    /// up.
    pub(super) fn next(
        &mut self,
        wire: &mut dyn Wire,
        summed: bool,
        deadline: &Deadline,
    ) -> Result<Message, Trouble> {
        self.fill(HEAD_BYTES, wire, deadline)?;
        let mut words = [0; 6];
        for (word, bytes) in words.iter_mut().zip(self.bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes(bytes.try_into().expect("four bytes"));
        }
        let [word, first, second, length, claimed_sum, magic] = words;
        if magic != !word {
            return Err(Trouble::Nonsense("a message whose head is damaged"));
        }
        let kind = Kind::of_word(word).ok_or(Trouble::Nonsense("a message of no known kind"))?;
        if length > MOST_BYTES {
            return Err(Trouble::Nonsense("a message longer than was agreed"));
        }
        self.fill(HEAD_BYTES + length as usize, wire, deadline)?;
        let payload = self.bytes.split_off(HEAD_BYTES);
        self.bytes.clear();
        if summed && sum(&payload) != claimed_sum {
            return Err(Trouble::Nonsense("a message that was changed on its way"));
        }
        Ok(Message { kind, first, second, payload })
    }

    fn fill(
        &mut self,
        wanted: usize,
        wire: &mut dyn Wire,
        deadline: &Deadline,
    ) -> Result<(), Trouble> {
        while self.bytes.len() < wanted {
            let there = self.bytes.len();
            self.bytes.resize(wanted, 0);
            let read = wire.read(&mut self.bytes[there..], deadline);
            self.bytes.truncate(there + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                return Err(Trouble::Cut);
            }
        }
        Ok(())
    }
}

fn sum(payload: &[u8]) -> u32 {
    payload.iter().fold(0, |sum: u32, byte| sum.wrapping_add(u32::from(*byte)))
}
