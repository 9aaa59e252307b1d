//! A phone's own side of the protocol.

use std::io;
use std::net::TcpStream;

use unwatched_fixtures::phone::population::Answer;

use super::Answers;
use super::mischief::{Lie, Mischief, Wire};

/// How the phone lets a computer in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// At once, as one whose owner ticked "Always allow".
    Open,
    /// It asks, and its owner allows.
    Allowed,
    /// It asks, and its owner refuses.
    Refused,
    /// It asks, and nobody answers.
    Unanswered,
    /// It wants the pairing of newer Androids.
    Pairing,
    /// It has started into its recovery.
    Recovery,
    /// It is so old that it knows no shell protocol, and adds up its payloads.
    Old,
}

const MOST_IN_MESSAGE: usize = 4_096;

struct Message {
    kind: [u8; 4],
    first: u32,
    second: u32,
    payload: Vec<u8>,
}

fn receive(wire: &mut Wire<'_>) -> io::Result<Message> {
    let mut head = [0; 24];
    wire.fill(&mut head)?;
    let word = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().expect("four bytes"));
    let mut payload = vec![0; word(12).min(1 << 20) as usize];
    wire.fill(&mut payload)?;
    let kind = head[..4].try_into().expect("four bytes");
    Ok(Message { kind, first: word(4), second: word(8), payload })
}

fn send(
    wire: &mut Wire<'_>,
    kind: [u8; 4],
    first: u32,
    second: u32,
    payload: &[u8],
) -> io::Result<()> {
    let word = u32::from_le_bytes(kind);
    let claimed = if wire.lies(Lie::LongMessages) && &kind == b"WRTE" {
        u32::MAX
    } else {
        u32::try_from(payload.len()).expect("short")
    };
    let sum = payload.iter().fold(0, |sum: u32, byte| sum.wrapping_add((*byte).into()));
    let head: Vec<u8> =
        [word, first, second, claimed, sum, !word].iter().flat_map(|w| w.to_le_bytes()).collect();
    wire.send(&[&head, payload].concat())
}

/// One client.
pub(super) fn serve(
    stream: TcpStream,
    answers: &Answers,
    lock: Lock,
    mischief: &Mischief,
) -> io::Result<()> {
    let mut wire = Wire::new(stream, mischief)?;
    receive(&mut wire)?;
    if lock == Lock::Pairing {
        return send(&mut wire, *b"STLS", 0x0100_0000, 0, b"");
    }
    if matches!(lock, Lock::Allowed | Lock::Refused | Lock::Unanswered) {
        send(&mut wire, *b"AUTH", 1, 0, &[7; 20])?;
        let key = receive(&mut wire)?;
        assert_eq!((&key.kind, key.first), (b"AUTH", 3), "a public key, and nothing signed");
        assert!(key.payload.ends_with(b" unknown@unknown\0"), "nothing of this computer");
        match lock {
            Lock::Refused => return Ok(()),
            Lock::Unanswered => return receive(&mut wire).map(drop),
            _ => {}
        }
    }
    let (banner, version): (&[u8], _) = match lock {
        Lock::Recovery => (b"recovery::ro.product.name=x;", 0x0100_0001),
        Lock::Old => (b"device::ro.product.name=x;ro.product.model=y;\0", 0x0100_0000),
        _ => (b"device::ro.product.name=x;features=cmd,shell_v2,stat_v2", 0x0100_0001),
    };
    while wire.lies(Lie::Greetings) {
        send(&mut wire, *b"OKAY", 9, 9, b"")?;
    }
    send(&mut wire, *b"CNXN", version, 1 << 20, banner)?;
    loop {
        let message = receive(&mut wire)?;
        if &message.kind == b"OPEN" {
            service(&mut wire, answers, &message)?;
        }
    }
}

fn service(wire: &mut Wire<'_>, answers: &Answers, open: &Message) -> io::Result<()> {
    let name = String::from_utf8_lossy(&open.payload).trim_end_matches('\0').to_owned();
    let mut stream = Stream { wire, theirs: open.first, ours: open.first + 100, closed: false };
    if let Some(line) = name.strip_prefix("shell,v2,raw:") {
        stream.okay()?;
        let answer = answers.answer(line);
        stream.write_all(&packets(stream.wire, &answer))?;
        while stream.wire.lies(Lie::Endless) && !stream.closed {
            stream.write_all(&packet(stream.wire, 1, &vec![b'x'; 60_000]))?;
        }
        stream.write_all(&exit(stream.wire, answer.code))?;
    } else if let Some(line) = name.strip_prefix("shell:") {
        stream.okay()?;
        let (line, marker) = line.split_once("; echo \"").expect("a marker is asked for");
        let answer = answers.answer(line);
        let marker = marker.replace("$?\"", &answer.code.to_string());
        stream.write_all(format!("{}{}{marker}\n", answer.out, answer.aside).as_bytes())?;
    } else if name == "sync:" {
        stream.okay()?;
        stream.sync(answers)?;
    } else {
        return send(stream.wire, *b"CLSE", 0, open.first, b"");
    }
    if stream.closed {
        Ok(())
    } else {
        send(stream.wire, *b"CLSE", stream.ours, stream.theirs, b"")
    }
}

pub(super) fn packet(wire: &Wire<'_>, id: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("short");
    let claimed = if wire.lies(Lie::LongPackets) { u32::MAX } else { length };
    [&[id][..], &claimed.to_le_bytes(), bytes].concat()
}

pub(super) fn packets(wire: &Wire<'_>, answer: &Answer) -> Vec<u8> {
    let escapes = "\u{1b}]0;title\u{7}\u{1b}[2J\u{202e}\u{0}\r".repeat(200);
    let out = if wire.lies(Lie::Escapes) { &escapes } else { &answer.out };
    let out = out.as_bytes().chunks(32 << 10).flat_map(|part| packet(wire, 1, part));
    let aside = answer.aside.as_bytes().chunks(32 << 10).flat_map(|part| packet(wire, 2, part));
    out.chain(aside).collect()
}

pub(super) fn exit(wire: &Wire<'_>, code: u8) -> Vec<u8> {
    if wire.lies(Lie::LongExit) { packet(wire, 3, &[0; 1_000]) } else { packet(wire, 3, &[code]) }
}

struct Stream<'w, 'm> {
    wire: &'w mut Wire<'m>,
    ours: u32,
    theirs: u32,
    closed: bool,
}

impl Stream<'_, '_> {
    fn okay(&mut self) -> io::Result<()> {
        send(self.wire, *b"OKAY", self.ours, self.theirs, b"")
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.chunks(MOST_IN_MESSAGE.max(bytes.len() / 64)) {
            while self.wire.lies(Lie::OthersServices) {
                send(self.wire, *b"WRTE", 77, 4_711, b"not yours")?;
            }
            if self.closed {
                return Ok(());
            }
            send(self.wire, *b"WRTE", self.ours, self.theirs, part)?;
            self.wait_for_okay()?;
        }
        Ok(())
    }

    fn wait_for_okay(&mut self) -> io::Result<()> {
        loop {
            let message = receive(self.wire)?;
            match (&message.kind, message.second == self.ours) {
                (b"OKAY", true) => return Ok(()),
                (b"CLSE", true) => {
                    self.closed = true;
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    fn sync(&mut self, answers: &Answers) -> io::Result<()> {
        let request = receive(self.wire)?;
        self.okay()?;
        let reply =
            super::server::file(self.wire, answers, request.payload.get(8..).unwrap_or(b""));
        self.write_all(&reply)?;
        // The farewell, or the end.
        if !self.closed {
            receive(self.wire)?;
        }
        Ok(())
    }
}
