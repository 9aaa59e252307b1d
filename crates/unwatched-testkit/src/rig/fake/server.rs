//! An adb server's side of its protocol.

use std::io;
use std::net::TcpStream;

use super::Answers;
use super::mischief::{Lie, Mischief, Wire};
use super::phone::{exit, packet, packets};

/// One client: requests until a service of a phone is opened.
pub(super) fn serve(
    stream: TcpStream,
    list: &str,
    answers: &Answers,
    mischief: &Mischief,
) -> io::Result<()> {
    let mut wire = Wire::new(stream, mischief)?;
    loop {
        let request = request(&mut wire)?;
        if request == "host:version" {
            return text(&mut wire, "0029");
        } else if request == "host:devices-l" {
            return text(&mut wire, list);
        } else if request.ends_with(":features") {
            return text(&mut wire, "shell_v2,cmd,stat_v2");
        } else if let Some(serial) = request.strip_prefix("host:transport:") {
            let line = list.lines().find(|line| line.split_whitespace().next() == Some(serial));
            match line.and_then(|line| line.split_whitespace().nth(1)) {
                Some("device") => wire.send(b"OKAY")?,
                Some(state) => return fail(&mut wire, &format!("device {state}")),
                None => return fail(&mut wire, &format!("device '{serial}' not found")),
            }
        } else if let Some(line) = request.strip_prefix("shell,v2,raw:") {
            wire.send(b"OKAY")?;
            let answer = answers.answer(line);
            let said = packets(&wire, &answer);
            wire.send(&said)?;
            while wire.lies(Lie::Endless) {
                let more = packet(&wire, 1, &vec![b'x'; 60_000]);
                wire.send(&more)?;
            }
            let end = exit(&wire, answer.code);
            return wire.send(&end);
        } else if request == "sync:" {
            wire.send(b"OKAY")?;
            let mut head = [0; 8];
            wire.fill(&mut head)?;
            let length = u32::from_le_bytes(head[4..].try_into().expect("four bytes"));
            let mut path = vec![0; length.min(4_096) as usize];
            wire.fill(&mut path)?;
            let reply = file(&wire, answers, &path);
            return wire.send(&reply);
        } else {
            return fail(&mut wire, "unknown host service");
        }
    }
}

/// A file, in pieces.
pub(super) fn file(wire: &Wire<'_>, answers: &Answers, path: &[u8]) -> Vec<u8> {
    let path = String::from_utf8_lossy(path);
    let Some(bytes) = answers.file(&path) else {
        let reason = b"open failed: No such file or directory";
        let length = u32::try_from(reason.len()).expect("short");
        return [b"FAIL".as_slice(), &length.to_le_bytes(), reason].concat();
    };
    let piece = |part: &[u8]| {
        let length = u32::try_from(part.len()).expect("short");
        let claimed = if wire.lies(Lie::LongPieces) { u32::MAX } else { length };
        [b"DATA".as_slice(), &claimed.to_le_bytes(), part].concat()
    };
    let pieces = bytes.chunks(64 << 10).flat_map(piece);
    pieces.chain(*b"DONE\0\0\0\0").collect()
}

fn request(wire: &mut Wire<'_>) -> io::Result<String> {
    let mut length = [0; 4];
    wire.fill(&mut length)?;
    let length =
        std::str::from_utf8(&length).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
    let mut text = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
    wire.fill(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn text(wire: &mut Wire<'_>, text: &str) -> io::Result<()> {
    let length = if wire.lies(Lie::LongMessages) {
        "ffff".to_owned()
    } else {
        format!("{:04x}", text.len())
    };
    wire.send(format!("OKAY{length}{text}").as_bytes())
}

fn fail(wire: &mut Wire<'_>, why: &str) -> io::Result<()> {
    wire.send(format!("FAIL{:04x}{why}", why.len()).as_bytes())
}
