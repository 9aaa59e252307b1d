//! Bytes of any kind in the place of a phone: every part of the protocols ends with an answer or an
//! error, takes no more memory than it was given, and never panics.

use std::time::Duration;

use unwatched_fixtures::{Random, mutations, noise};

use super::channel::Channel;
use super::clock::{Clock, Deadline};
use super::commands::AppFile;
use super::key::PublicKey;
use super::link::Link;
use super::listed::listed;
use super::shell::{self, Take};
use super::sync;
use super::trouble::Trouble;
use super::wire::Wire;

/// Says what it was given, in pieces of any length, and hears nothing.
struct Says {
    bytes: Vec<u8>,
    at: usize,
    pieces: Random,
}

impl Says {
    fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, at: 0, pieces: Random::new(5) }
    }

    fn some(&mut self, buffer: &mut [u8]) -> usize {
        let left = &self.bytes[self.at..];
        let piece = 1 + self.pieces.below(700);
        let count = left.len().min(buffer.len()).min(piece);
        buffer[..count].copy_from_slice(&left[..count]);
        self.at += count;
        count
    }
}

impl Channel for Says {
    fn read(&mut self, buffer: &mut [u8], _: &Deadline) -> Result<usize, Trouble> {
        Ok(self.some(buffer))
    }

    fn send(&mut self, _: &[u8], _: &Deadline) -> Result<(), Trouble> {
        Ok(())
    }
}

impl Wire for Says {
    fn read(&mut self, buffer: &mut [u8], _: &Deadline) -> Result<usize, Trouble> {
        Ok(self.some(buffer))
    }

    fn send(&mut self, _: &[u8], _: &[u8], _: &Deadline) -> Result<(), Trouble> {
        Ok(())
    }
}

#[derive(Default)]
struct Counts(usize);

impl Take for Counts {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.0 += bytes.len();
        Ok(())
    }
}

fn clock() -> Clock {
    Clock { now: || jiff::Timestamp::UNIX_EPOCH, running: || Duration::ZERO }
}

fn deadline() -> Deadline {
    Deadline::of(clock(), Duration::from_secs(1))
}

fn message(kind: [u8; 4], first: u32, second: u32, payload: &[u8]) -> Vec<u8> {
    let word = u32::from_le_bytes(kind);
    let length = u32::try_from(payload.len()).unwrap();
    let head = [word, first, second, length, 0, !word].map(u32::to_le_bytes).concat();
    [&head, payload].concat()
}

fn packet(id: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    [&[id][..], &length, bytes].concat()
}

/// What a phone says that does all as it should.
fn whole_talk() -> Vec<u8> {
    let said =
        [packet(1, b"package:com.example\n"), packet(2, b"warning"), packet(3, &[0])].concat();
    [
        message(*b"CNXN", 0x0100_0001, 4_096, b"device::features=shell_v2,cmd"),
        message(*b"OKAY", 9, 1, b""),
        message(*b"WRTE", 9, 1, &said[..30]),
        message(*b"WRTE", 9, 1, &said[30..]),
        message(*b"CLSE", 9, 1, b""),
    ]
    .concat()
}

fn talk(bytes: Vec<u8>) -> Result<usize, Trouble> {
    let mut key = || -> PublicKey { unreachable!("no phone here asks") };
    let asks = bytes.windows(4).any(|part| part == b"AUTH");
    if asks {
        return Ok(0);
    }
    let mut link = Link::greet(Box::new(Says::new(bytes)), clock(), &mut key, &mut || {})?;
    let mut counts = Counts::default();
    let mut service = link.open("shell,v2,raw:pm list packages", &deadline())?;
    shell::packets(&mut service, &deadline(), &mut counts)?;
    Ok(counts.0)
}

#[test]
fn a_talk_as_it_should_be_is_understood() {
    assert_eq!(talk(whole_talk()).unwrap(), 20);
}

#[test]
fn any_change_of_a_talk_ends() {
    let whole = whole_talk();
    for end in 0..whole.len() {
        // What follows the end of the answer may be missing.
        let cut = talk(whole[..end].to_vec());
        assert!(cut.is_err() || end >= whole.len() - 24, "cut at {end}: {cut:?}");
    }
    for changed in mutations(&whole, 3_000, 17) {
        let _ = talk(changed);
    }
    for seed in 0..500 {
        let _ = talk(noise(seed, 400));
    }
}

#[test]
fn any_bytes_of_a_shell_or_a_file_end() {
    let path: AppFile = "/data/app/a/base.apk".parse().unwrap();
    let shell_said = [packet(1, &[b'x'; 300]), packet(2, b"aside"), packet(3, &[1])].concat();
    let mut file_said = b"DATA\x05\0\0\0bytesDONE\0\0\0\0".to_vec();
    let plain = b"out\n__unwatched_exit=0\r\n".to_vec();
    for bytes in [&shell_said, &file_said, &plain] {
        for changed in mutations(bytes, 2_000, 23).chain((0..200).map(|seed| noise(seed, 300))) {
            let mut counts = Counts::default();
            let length = changed.len();
            let _ = shell::packets(&mut Says::new(changed.clone()), &deadline(), &mut counts);
            let _ = shell::plain(&mut Says::new(changed.clone()), &deadline(), &mut counts);
            let _ = sync::receive(&mut Says::new(changed.clone()), &path, &deadline(), &mut counts);
            assert!(counts.0 <= 3 * length, "no more than came");
            let _ = listed(&String::from_utf8_lossy(&changed));
        }
    }
    let mut counts = Counts::default();
    sync::receive(&mut Says::new(file_said.clone()), &path, &deadline(), &mut counts).unwrap();
    assert_eq!(counts.0, 5);
    let mut counts = Counts::default();
    let ended = shell::plain(&mut Says::new(plain), &deadline(), &mut counts).unwrap();
    assert_eq!((ended.code(), counts.0), (Some(0), 4));
    file_said.truncate(file_said.len() - 3);
    assert!(sync::receive(&mut Says::new(file_said), &path, &deadline(), &mut counts).is_err());
}
