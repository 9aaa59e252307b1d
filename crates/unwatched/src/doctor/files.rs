//! Whether this computer lets the program keep files as they are written: an antivirus takes away
//! what names the apps that it looks for, and folders can be closed to programs it does not know.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use super::Line;
use crate::windows_names::{is_refused_by_antivirus, of_any_length};

/// What was tried, and how it went.
#[derive(Debug)]
pub(super) struct Files {
    /// Bytes that mean nothing, written where the data lies and read back.
    pub(super) probe: io::Result<ReadBack>,
    /// Our own file, read to its end.
    pub(super) program: Option<io::Result<()>>,
    /// A key is remembered, so a release was installed, and there is none.
    pub(super) release_is_gone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadBack {
    Same,
    Changed,
}

/// Tries it. What is written is gone again at once.
pub(super) fn look(folder: &Path, program: Option<&Path>, release_is_gone: bool) -> Files {
    let program = program.map(|program| {
        let mut file = File::open(program)?;
        io::copy(&mut file, &mut io::sink()).map(|_| ())
    });
    Files { probe: probe(folder), program, release_is_gone }
}

fn probe(folder: &Path) -> io::Result<ReadBack> {
    // Nothing is made that was not there: before the first update that is the folder above.
    let there = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let written: Vec<u8> = (0..4096_u32).flat_map(u32::to_le_bytes).collect();
    let mut file = tempfile::NamedTempFile::new_in(of_any_length(there))?;
    file.write_all(&written)?;
    file.as_file().sync_all()?;
    file.rewind()?;
    let mut open = Vec::new();
    file.as_file_mut().read_to_end(&mut open)?;
    // By its name, too: what is taken away is still there for who has it open.
    let named = fs::read(file.path())?;
    file.close()?;
    Ok(if open == written && named == written { ReadBack::Same } else { ReadBack::Changed })
}

const LET_IT: &str = "let the antivirus leave this program and its folder alone, or ask whoever looks \
                      after this computer to; until then nothing that is kept here can be relied on";

/// What that means.
pub(super) fn judge(files: &Files) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |said: String, next: &'static str| {
        lines.push(Line { about: "files", said, next: vec![next.to_owned()] });
    };
    match &files.program {
        Some(Err(error)) if is_refused_by_antivirus(error) => {
            say("an antivirus does not let this program read its own file".to_owned(), LET_IT);
        }
        Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => say(
            "this program's own file is gone while it runs: an antivirus may have taken it, or the stick was pulled"
                .to_owned(),
            LET_IT,
        ),
        Some(Err(error)) => say(format!("this program's own file cannot be read: {error}"), LET_IT),
        Some(Ok(())) | None => {}
    }
    match &files.probe {
        Ok(ReadBack::Same) => {}
        Ok(ReadBack::Changed) => say(
            "what is written to this folder is not what is read from it: a program such as an antivirus changes it, or the disk is failing"
                .to_owned(),
            "evidence would be changed, too: use another computer, or a folder that is left alone",
        ),
        Err(error) if is_refused_by_antivirus(error) => {
            say("an antivirus refuses what is written to this folder".to_owned(), LET_IT);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => say(
            "what was written to this folder was gone at once: a program such as an antivirus took it"
                .to_owned(),
            LET_IT,
        ),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => say(
            format!("this folder cannot be written to: {error}"),
            "name another with --home, or make a folder unwatched-data beside the program; on Windows, \
             the protection called controlled folder access closes Documents and Desktop to programs",
        ),
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => say(
            format!("this folder cannot be written to: {error}"),
            "is the stick's lock on? to update indicators it must be open, or name another folder with --home",
        ),
        Err(error) => say(
            format!("this folder cannot be written to: {error}"),
            "name another with --home, or make a folder unwatched-data beside the program",
        ),
    }
    if files.release_is_gone {
        say(
            "a key is remembered, but the release that came with it is gone: the update was interrupted, or an antivirus took it, for it names the apps that one looks for"
                .to_owned(),
            "install it again; if it goes again, let the antivirus leave this folder alone",
        );
    }
    if lines.is_empty() {
        let said = "what is written to this folder is read back unchanged".to_owned();
        lines.push(Line { about: "files", said, next: Vec::new() });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &Files, says: &[&str]) {
        let said = judge(files);
        assert_eq!(said.len(), says.len(), "{said:?}");
        for (line, expected) in said.iter().zip(says) {
            assert!(line.said.contains(expected), "{line:?}");
            assert!(!line.next.is_empty(), "what is wrong says what to do: {line:?}");
        }
    }

    fn of(probe: io::Result<ReadBack>) -> Files {
        Files { probe, program: Some(Ok(())), release_is_gone: false }
    }

    #[test]
    fn what_stands_in_the_way_is_named_with_a_next_step() {
        check(&of(Ok(ReadBack::Changed)), &["is not what is read from it"]);
        check(&of(Err(io::ErrorKind::NotFound.into())), &["gone at once"]);
        check(&of(Err(io::ErrorKind::PermissionDenied.into())), &["cannot be written to"]);
        check(&of(Err(io::ErrorKind::ReadOnlyFilesystem.into())), &["cannot be written to"]);
        check(&of(Err(io::ErrorKind::StorageFull.into())), &["cannot be written to"]);
        let gone = Some(Err(io::ErrorKind::NotFound.into()));
        let gone = Files { program: gone, release_is_gone: true, ..of(Ok(ReadBack::Same)) };
        check(&gone, &["own file is gone", "names the apps that one looks for"]);
    }

    #[test]
    fn a_folder_that_keeps_what_is_written_is_said_to_and_left_as_it_was() {
        let desk = tempfile::tempdir().unwrap();
        let files = look(&desk.path().join("not/there/yet"), None, false);
        let said = judge(&files);
        assert_eq!(said.len(), 1);
        assert!(said[0].said.contains("unchanged") && said[0].next.is_empty(), "{said:?}");
        assert_eq!(fs::read_dir(desk.path()).unwrap().count(), 0);
    }
}
