//! Addresses that indicators list, looked for in every line of a text as it is read: nine tenths
//! of a bugreport are logs that no parser takes. Only listed addresses are kept; no other address
//! that a phone's log holds ever becomes a fact.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Read};
use std::net::Ipv4Addr;

use memchr::{memchr, memchr_iter, memmem};
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::set::IndicatorSet;

/// A host name has at most 253 bytes.
const MAX_TOKEN_BYTES: usize = 256;
const MAX_FOUND: usize = 2_000;
const FILTER_BITS: usize = 1 << 17;

/// The addresses to look for.
#[derive(Debug)]
pub struct Watch {
    hosts: HashSet<String>,
    addresses: HashSet<Ipv4Addr>,
    /// A bit for each listed host's last two labels: nearly all words of a log stop here.
    filter: Vec<u64>,
}

/// Enough to tell most words from each other; upper and lower case are one.
fn filter_bit(labels: &[u8]) -> usize {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in labels {
        hash = (hash ^ u32::from(byte | 0x20)).wrapping_mul(0x0100_0193);
    }
    (hash ^ (hash >> 15)) as usize % FILTER_BITS
}

/// Where the last two labels of a name begin; `None` without a dot inside.
fn last_two(name: &[u8]) -> Option<usize> {
    let last = name.iter().rposition(|byte| *byte == b'.')?;
    if last == 0 || last + 1 == name.len() {
        return None;
    }
    Some(name[..last].iter().rposition(|byte| *byte == b'.').map_or(0, |at| at + 1))
}

impl Watch {
    /// Everything of a set that is a host name or an IPv4 address.
    pub fn of(set: &IndicatorSet) -> Self {
        let mut watch = Self {
            hosts: HashSet::new(),
            addresses: HashSet::new(),
            filter: vec![0; FILTER_BITS / 64],
        };
        for found in set.iter() {
            match found.kind {
                IndicatorKind::Domain => watch.add(found.value),
                IndicatorKind::Address => watch.addresses.extend(found.value.parse::<Ipv4Addr>()),
                _ => {}
            }
        }
        watch
    }

    fn add(&mut self, host: &str) {
        if let Some(at) = last_two(host.as_bytes()) {
            let bit = filter_bit(&host.as_bytes()[at..]);
            self.filter[bit / 64] |= 1 << (bit % 64);
            self.hosts.insert(host.to_owned());
        }
    }

    /// The listed address that a word of a text is, or lies below.
    fn listed(&self, word: &[u8]) -> Option<String> {
        let from = word.iter().position(u8::is_ascii_alphanumeric)?;
        let to = word.iter().rposition(u8::is_ascii_alphanumeric)? + 1;
        let word = &word[from..to];
        if word.last().is_some_and(u8::is_ascii_digit) {
            return self.listed_address(word);
        }
        let bit = filter_bit(&word[last_two(word)?..]);
        if self.filter[bit / 64] & (1 << (bit % 64)) == 0 {
            return None;
        }
        let host = std::str::from_utf8(word).ok()?.to_ascii_lowercase();
        let mut rest = host.as_str();
        loop {
            if self.hosts.contains(rest) {
                return Some(rest.to_owned());
            }
            rest = rest.split_once('.')?.1;
        }
    }

    fn listed_address(&self, word: &[u8]) -> Option<String> {
        if self.addresses.is_empty() || !word.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let address: Ipv4Addr = std::str::from_utf8(word).ok()?.parse().ok()?;
        self.addresses.contains(&address).then(|| address.to_string())
    }
}

/// A text that goes by in pieces.
#[derive(Debug)]
pub(crate) struct Scan<'w> {
    watch: &'w Watch,
    /// The line in which the next piece begins.
    line: u64,
    /// A word that the last piece broke off.
    broken: Vec<u8>,
    /// By address: lines, and the first of them.
    found: BTreeMap<String, (u64, u64)>,
    /// The whole of it went by.
    ended: bool,
    /// A log was in it.
    log: bool,
    /// The end of the last piece, where the heading of a log may begin.
    tail: Vec<u8>,
}

/// What `dumpstate` writes above every log of a bugreport.
const LOG_HEADING: &[u8] = b" LOG (logcat ";

/// What a text held.
pub(crate) struct Scanned {
    /// By address: how many times it stands there, and the first line.
    pub(crate) found: BTreeMap<String, (u64, u64)>,
    /// The whole of the text went by.
    pub(crate) ended: bool,
    /// A bugreport's log was in it.
    pub(crate) log: bool,
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

impl<'w> Scan<'w> {
    pub(crate) fn new(watch: &'w Watch) -> Self {
        Self {
            watch,
            line: 1,
            broken: Vec::new(),
            found: BTreeMap::new(),
            ended: false,
            log: false,
            tail: Vec::new(),
        }
    }

    fn word(&mut self, word: &[u8], line: u64) {
        if word.len() > MAX_TOKEN_BYTES {
            return;
        }
        if let Some(address) = self.watch.listed(word)
            && (self.found.len() < MAX_FOUND || self.found.contains_key(&address))
        {
            self.found.entry(address).or_insert((0, line)).0 += 1;
        }
    }

    fn look_for_log(&mut self, piece: &[u8]) {
        let around = LOG_HEADING.len() - 1;
        self.tail.extend_from_slice(&piece[..piece.len().min(around)]);
        let across = memmem::find(&self.tail, LOG_HEADING).is_some();
        self.log |= across || memmem::find(piece, LOG_HEADING).is_some();
        if piece.len() >= around {
            self.tail.clear();
            self.tail.extend_from_slice(&piece[piece.len() - around..]);
        } else {
            self.tail.drain(..self.tail.len().saturating_sub(around));
        }
    }

    /// The next piece.
    pub(crate) fn feed(&mut self, piece: &[u8]) {
        if !self.log {
            self.look_for_log(piece);
        }
        let mut at = self.rest_of_broken(piece);
        let (mut line, mut counted) = (self.line, 0);
        while let Some(dot) = memchr(b'.', &piece[at..]) {
            let dot = at + dot;
            let start =
                piece[at..dot].iter().rposition(|b| !is_of_word(*b)).map_or(at, |p| at + p + 1);
            let end = piece[dot..].iter().position(|b| !is_of_word(*b)).map(|p| dot + p);
            let Some(end) = end else {
                at = start;
                break;
            };
            let word = &piece[start..end];
            if self.watch.listed(word).is_some() {
                line += memchr_iter(b'\n', &piece[counted..start]).count() as u64;
                counted = start;
                self.word(word, line);
            }
            at = end;
        }
        self.line = line + memchr_iter(b'\n', &piece[counted..]).count() as u64;
        let tail = &piece[at..];
        let begin = tail.iter().rposition(|byte| !is_of_word(*byte)).map_or(0, |last| last + 1);
        // What is longer than any name is none, and its length need not be remembered.
        let broken = &tail[begin..tail.len().min(begin + MAX_TOKEN_BYTES + 1)];
        self.broken.extend_from_slice(broken);
    }

    /// Ends the word that the last piece began; where this piece's own words begin.
    fn rest_of_broken(&mut self, piece: &[u8]) -> usize {
        if self.broken.is_empty() {
            return 0;
        }
        let end = piece.iter().position(|byte| !is_of_word(*byte));
        let rest = &piece[..end.unwrap_or(piece.len())];
        let room = (MAX_TOKEN_BYTES + 1).saturating_sub(self.broken.len());
        self.broken.extend_from_slice(&rest[..rest.len().min(room)]);
        if end.is_some() {
            let word = std::mem::take(&mut self.broken);
            self.word(&word, self.line);
        }
        rest.len()
    }

    pub(crate) fn end(mut self) -> Scanned {
        let word = std::mem::take(&mut self.broken);
        self.word(&word, self.line);
        Scanned { found: self.found, ended: self.ended, log: self.log }
    }
}

/// A source whose every byte is looked at as somebody reads it.
pub(crate) struct Watched<'r, 'w, R> {
    source: R,
    scan: &'r mut Scan<'w>,
}

impl<'r, 'w, R: Read> Watched<'r, 'w, R> {
    pub(crate) fn new(source: R, scan: &'r mut Scan<'w>) -> Self {
        Self { source, scan }
    }
}

impl<R: Read> Read for Watched<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.scan.feed(&buffer[..count]);
        self.scan.ended |= count == 0 && !buffer.is_empty();
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Watch {
        let mut watch = Watch {
            hosts: HashSet::new(),
            addresses: ["192.0.2.7".parse().unwrap()].into(),
            filter: vec![0; FILTER_BITS / 64],
        };
        watch.add("c2.watch.example");
        watch.add("maker.example");
        watch
    }

    fn found(text: &str, size: usize) -> BTreeMap<String, (u64, u64)> {
        let watch = watch();
        let mut scan = Scan::new(&watch);
        for piece in text.as_bytes().chunks(size) {
            scan.feed(piece);
        }
        scan.end().found
    }

    const TEXT: &str = "01-05 09:12:33.123 I com.watch.example: nothing\n\
        GET https://C2.Watch.Example:443/x\nlookup(shop.maker.example.) ok\n\
        other.watch.example xmaker.example 192.0.2.77\nto 192.0.2.7:80\n\
        again c2.watch.example";

    #[test]
    fn a_listed_address_is_found_wherever_the_pieces_break() {
        let expected: BTreeMap<_, _> = [
            ("192.0.2.7".to_owned(), (1, 5)),
            ("c2.watch.example".to_owned(), (2, 2)),
            ("maker.example".to_owned(), (1, 3)),
        ]
        .into();
        for size in 1..TEXT.len() {
            assert_eq!(found(TEXT, size), expected, "{size}");
        }
    }

    #[test]
    fn a_log_is_noticed_wherever_the_pieces_break() {
        let watch = watch();
        let text = b"== dumpstate\n------ SYSTEM LOG (logcat -v threadtime) ------\nx\n";
        for size in 1..text.len() {
            let mut scan = Scan::new(&watch);
            text.chunks(size).for_each(|piece| scan.feed(piece));
            assert!(scan.end().log, "{size}");
        }
        let mut scan = Scan::new(&watch);
        scan.feed(b"== dumpstate\n------ UPTIME (uptime) ------\n");
        assert!(!scan.end().log);
    }

    #[test]
    fn a_word_without_end_is_no_name_and_hides_nothing() {
        let text = format!("{}.maker.example\nmaker.example\n", "x".repeat(5_000));
        for size in [64, 1_000, 10_000] {
            assert_eq!(found(&text, size)["maker.example"], (1, 2), "{size}");
        }
    }
}
