//! Sending a file as a slow and stubborn client would: without holding it in memory, listening
//! while it still sends. A server that has seen enough answers early, and that answer counts.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::thread;

use crate::client::Answer;

/// Whether the server is told beforehand how long a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Told,
    Untold,
}

const CHUNK_BYTES: usize = 1 << 18;

/// `POST`s a file to the server at `base`.
#[track_caller]
pub(crate) fn post(
    base: &str,
    path: &str,
    token: Option<&str>,
    file: &Path,
    length: Length,
) -> Answer {
    let host = base.strip_prefix("http://").expect("the server speaks plain HTTP");
    let mut body = File::open(file).expect("the file is there");
    let size_bytes = body.metadata().expect("it has a size").len();
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n"));
    let length_header = match length {
        Length::Told => format!("content-length: {size_bytes}"),
        Length::Untold => "transfer-encoding: chunked".to_owned(),
    };
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         content-type: application/octet-stream\r\n{length_header}\r\n{}\r\n",
        token.unwrap_or_default()
    );
    let mut connection = TcpStream::connect(host).expect("the server listens");
    let reader = BufReader::new(connection.try_clone().expect("a connection has two ends"));
    let sender = thread::spawn(move || {
        // Cut off by a server that has answered: the answer says why.
        let _ = connection.write_all(head.as_bytes()).and_then(|()| match length {
            Length::Told => io::copy(&mut body, &mut connection).map(drop),
            Length::Untold => copy_chunked(&mut body, &mut connection),
        });
    });
    let answer = answer(reader).expect("the server answers");
    sender.join().expect("the sender ends");
    answer
}

fn copy_chunked(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = from.read(&mut chunk)?;
        write!(to, "{read:x}\r\n")?;
        to.write_all(&chunk[..read])?;
        to.write_all(b"\r\n")?;
        if read == 0 {
            return Ok(());
        }
    }
}

fn answer(mut reader: BufReader<TcpStream>) -> io::Result<Answer> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no status in {line:?}")))?;
    let mut answer = Answer { status, media_type: String::new(), location: None, body: Vec::new() };
    let mut size_bytes = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => size_bytes = value.parse().map_err(io::Error::other)?,
            "content-type" => value.clone_into(&mut answer.media_type),
            "location" => answer.location = Some(value.to_owned()),
            _ => {}
        }
    }
    reader.take(size_bytes).read_to_end(&mut answer.body)?;
    Ok(answer)
}
