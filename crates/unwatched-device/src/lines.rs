//! Lines of a large text in one pass with one fixed buffer, and a fast way over what nobody
//! reads (a bugreport's logs are nine tenths of it).

use std::io::Read;

use memchr::{memchr, memchr_iter, memmem};

const BUFFER_BYTES: usize = 256 * 1024;

/// What a dump's section marks begin with.
const MARK: &[u8] = b"------";

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'b> {
    /// From 1.
    pub number: u64,
    /// Without its end.
    pub bytes: &'b [u8],
    /// Whether the text ended in the middle of it.
    pub open: bool,
}

/// A reader of lines. A line longer than the buffer is cut to its beginning.
pub struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Lines handed out or skipped so far.
    number: u64,
    read_bytes: u64,
    at_end: bool,
    error: Option<String>,
    last_line_open: bool,
    /// Whether `start` is where a line begins.
    at_line_start: bool,
    /// The beginning of a line that did not fit.
    overlong: Vec<u8>,
    finder: memmem::Finder<'static>,
}

impl<R: Read> Lines<R> {
    /// Reads lines of `source`.
    pub fn new(source: R) -> Self {
        Self {
            source,
            buffer: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            number: 0,
            read_bytes: 0,
            at_end: false,
            error: None,
            last_line_open: false,
            at_line_start: true,
            overlong: Vec::new(),
            finder: memmem::Finder::new(b"\n------"),
        }
    }

    /// How much was read from the source.
    pub fn read_bytes(&self) -> u64 {
        self.read_bytes
    }

    /// Why the source ended, where it did not end by itself.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Whether the text ended in the middle of a line.
    pub fn last_line_open(&self) -> bool {
        self.last_line_open
    }

    /// Reads more behind what is left; false when there is no more, or no room.
    fn fill(&mut self) -> bool {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.at_end || self.end == self.buffer.len() {
            return false;
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.at_end = true;
                    return false;
                }
                Ok(count) => {
                    self.end += count;
                    self.read_bytes += count as u64;
                    return true;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.error = Some(error.to_string());
                    self.at_end = true;
                    return false;
                }
            }
        }
    }

    /// The next line.
    pub fn next_line(&mut self) -> Option<Line<'_>> {
        self.at_line_start = true;
        let mut searched = 0;
        loop {
            let rest = &self.buffer[self.start + searched..self.end];
            if let Some(at) = memchr(b'\n', rest) {
                let from = self.start;
                let to = from + searched + at;
                self.start = to + 1;
                self.number += 1;
                let bytes = trimmed(&self.buffer[from..to]);
                return Some(Line { number: self.number, bytes, open: false });
            }
            searched = self.end - self.start;
            if self.fill() {
                continue;
            }
            if self.end == self.start {
                return None;
            }
            self.number += 1;
            if self.at_end {
                self.last_line_open = true;
                let from = self.start;
                self.start = self.end;
                let bytes = trimmed(&self.buffer[from..self.end]);
                return Some(Line { number: self.number, bytes, open: true });
            }
            let number = self.number;
            return Some(Line { number, bytes: self.overlong_line(), open: false });
        }
    }

    /// The buffer is one line without an end: hands out its beginning and drops the rest.
    fn overlong_line(&mut self) -> &[u8] {
        const KEPT_BYTES: usize = 4 * 1024;
        self.overlong.clear();
        self.overlong.extend_from_slice(&self.buffer[..KEPT_BYTES]);
        self.start = self.end;
        while self.fill() {
            if let Some(at) = memchr(b'\n', &self.buffer[..self.end]) {
                self.start = at + 1;
                break;
            }
            self.start = self.end;
        }
        &self.overlong
    }

    /// Goes to the next line that begins with six dashes; false at the end.
    pub fn skip_to_mark(&mut self) -> bool {
        loop {
            let rest = &self.buffer[self.start..self.end];
            if rest.len() < MARK.len() {
                if self.fill() {
                    continue;
                }
                return self.skip_rest();
            }
            if self.at_line_start && rest.starts_with(MARK) {
                return true;
            }
            if let Some(at) = self.finder.find(rest) {
                self.number += memchr_iter(b'\n', &rest[..=at]).count() as u64;
                self.start += at + 1;
                self.at_line_start = true;
                return true;
            }
            // The line end and the mark may straddle two fillings.
            let cut = rest.len() - MARK.len();
            self.number += memchr_iter(b'\n', &rest[..cut]).count() as u64;
            self.start += cut;
            self.at_line_start = self.at_line_start && cut == 0;
            if !self.fill() {
                return self.skip_rest();
            }
        }
    }

    fn skip_rest(&mut self) -> bool {
        let rest = &self.buffer[self.start..self.end];
        self.last_line_open = rest.last().is_some_and(|&byte| byte != b'\n');
        self.start = self.end;
        false
    }
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands its bytes out in pieces of one size, as a slow source may.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn next<R: Read>(lines: &mut Lines<R>) -> Option<(u64, &str, bool)> {
        let line = lines.next_line()?;
        Some((line.number, std::str::from_utf8(line.bytes).unwrap(), line.open))
    }

    #[test]
    fn marks_are_found_wherever_the_pieces_break() {
        let text = b"a ------ no\nlog\nlog ------\n------ ONE ------\nx\ny\n-------- TWO\n";
        for size in 1..text.len() {
            let mut lines = Lines::new(Pieces(text, size));
            assert!(lines.skip_to_mark(), "{size}");
            assert_eq!(next(&mut lines), Some((4, "------ ONE ------", false)), "{size}");
            assert!(lines.skip_to_mark(), "{size}");
            assert_eq!(next(&mut lines), Some((7, "-------- TWO", false)), "{size}");
            assert!(!lines.skip_to_mark(), "{size}");
            assert_eq!(next(&mut lines), None, "{size}");
            assert!(!lines.last_line_open());
        }
    }

    #[test]
    fn an_overlong_line_is_cut_and_the_next_one_is_whole() {
        let mut text = vec![b'x'; BUFFER_BYTES * 2 + 17];
        text.extend_from_slice(b"\nnext\nopen");
        let mut lines = Lines::new(&text[..]);
        let (number, line, _) = next(&mut lines).unwrap();
        assert_eq!((number, line.len()), (1, 4096));
        assert_eq!(next(&mut lines), Some((2, "next", false)));
        assert_eq!(next(&mut lines), Some((3, "open", true)));
        assert!(lines.last_line_open());
    }
}
