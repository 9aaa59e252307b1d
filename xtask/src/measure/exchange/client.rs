//! One connection that asks and reads the whole answer. What it costs is its own, not the server's.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::super::cost::now;

/// A connection, opened when first needed.
pub(in crate::measure) struct Client {
    address: String,
    stream: Option<BufReader<TcpStream>>,
}

/// An answer.
pub(in crate::measure) struct Answer {
    pub(in crate::measure) status: u16,
    pub(in crate::measure) headers: Vec<(String, String)>,
    pub(in crate::measure) body: Vec<u8>,
    /// From the first byte of the question to the last of the answer.
    pub(in crate::measure) took: Duration,
}

impl Answer {
    pub(in crate::measure) fn expect(self, status: u16) -> Result<Self> {
        if self.status != status {
            bail!("expected {status}, found {}: {}", self.status, self.text());
        }
        Ok(self)
    }

    pub(in crate::measure) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(in crate::measure) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

type Headers = [(String, String)];

impl Client {
    pub(in crate::measure) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), stream: None }
    }

    pub(in crate::measure) fn get(&mut self, path: &str, headers: &Headers) -> Result<Answer> {
        self.ask("GET", path, headers, &[])
    }

    pub(in crate::measure) fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &Headers,
        body: &[u8],
    ) -> Result<Answer> {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: identity\r\n\
             Content-Length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        let started = now();
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_mins(1)))?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut().context("it was just opened")?;
        stream.get_mut().write_all(head.as_bytes())?;
        stream.get_mut().write_all(body)?;
        let (status, headers) = read_head(stream)?;
        let body = read_body(stream, status, &headers)?;
        let answer = Answer { status, headers, body, took: started.elapsed() };
        if answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            self.stream = None;
        }
        Ok(answer)
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        bail!("the exchange closed the connection");
    }
    Ok(line.trim_end().to_owned())
}

fn read_head(stream: &mut BufReader<TcpStream>) -> Result<(u16, Vec<(String, String)>)> {
    let status = line(stream)?;
    let code = status.split(' ').nth(1).context("a status line")?.parse()?;
    let mut headers = Vec::new();
    loop {
        let line = line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    Ok((code, headers))
}

fn read_body(stream: &mut BufReader<TcpStream>, status: u16, headers: &Headers) -> Result<Vec<u8>> {
    let header = |name: &str| {
        headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    };
    let mut body = Vec::new();
    if status == 204 || status == 304 {
        return Ok(body);
    }
    if header("transfer-encoding").is_some() {
        loop {
            let size = usize::from_str_radix(line(stream)?.trim(), 16)?;
            let mut part = vec![0; size];
            stream.read_exact(&mut part)?;
            body.extend(part);
            line(stream)?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    let size: u64 = header("content-length").context("an answer says how long it is")?.parse()?;
    stream.by_ref().take(size).read_to_end(&mut body)?;
    Ok(body)
}

/// An address with a question.
pub(in crate::measure) fn path(page: &str, q: &str) -> String {
    format!("{page}?q={}", quoted(q))
}

/// Percent-encoded.
pub(in crate::measure) fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            quoted.push(char::from(byte));
        } else {
            let _ = write!(quoted, "%{byte:02X}");
        }
    }
    quoted
}
