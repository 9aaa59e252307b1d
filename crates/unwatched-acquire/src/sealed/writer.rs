//! Making a package out of a case, and making one anew with one custody entry more. Nothing of it is
//! ever written but encrypted.

use std::io::{self, Cursor, Read, Write};

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tar::Builder;

use super::archive::{self, append};
use super::custody::{CustodyEntry, Role, link, words_of_end};
use super::manifest::{
    Acquired, FORMAT, FileKind, FileSealed, IndicatorsSealed, LeftOut, Manifest, VERSION,
};
use super::reader::Package;
use super::signature::{sign_once, words_of_key};
use super::{Lock, SealedError};
use crate::case::{Case, Entry, Held, Outcome};

/// What goes into a package beside what the case holds.
#[derive(Debug)]
pub struct Content<'a> {
    /// The program and its version.
    pub tool: String,
    /// When it is sealed.
    pub at: Timestamp,
    /// Who seals it.
    pub by: Role,
    /// What was judged with.
    pub indicators: Option<IndicatorsContent<'a>>,
    /// For every acquisition of the case.
    pub judged: Vec<Judged>,
}

/// The indicators that were judged with.
#[derive(Debug)]
pub struct IndicatorsContent<'a> {
    /// The release's number.
    pub sequence: u64,
    /// When it was published.
    pub published: Timestamp,
    /// Whether it is known who signed it.
    pub signature_checked: bool,
    /// The compiled set.
    pub set: &'a [u8],
    /// What earlier releases listed by mistake, as JSON.
    pub recalls: &'a [u8],
}

/// What was made of one acquisition.
#[derive(Debug)]
pub struct Judged {
    /// Which.
    pub acquisition: u32,
    /// The facts.
    pub facts: Vec<u8>,
    /// The findings.
    pub findings: Vec<u8>,
}

/// What to write down about a package that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The words for the key that signed it.
    pub words: String,
    /// The words for its last custody entry.
    pub words_of_custody: String,
    /// How many files it holds.
    pub files: usize,
    /// What could not be put in, or is not as the journal says.
    pub problems: Vec<String>,
}

/// Seals a case into `out`.
///
/// # Errors
/// [`SealedError`] when the case cannot be read or `out` cannot be written. What of the case is
/// missing or damaged is said in the package and in what is handed back.
pub fn seal(
    case: &Case,
    content: &Content<'_>,
    lock: &Lock,
    out: impl Write,
) -> Result<Seal, SealedError> {
    let mut sealing =
        Sealing { archive: Builder::new(lock.encrypt(out)?), files: vec![], left_out: vec![] };
    sealing.add(archive::README, FileKind::Readme, None, README.as_bytes())?;
    for held in case.acquisitions().iter().flat_map(|acquisition| &acquisition.streams) {
        sealing.add_stream(case, held)?;
    }
    sealing.add(archive::JOURNAL, FileKind::Journal, None, &lines(case.journal()))?;
    sealing.add(archive::COMMANDS, FileKind::Commands, None, &lines(&commands(case)))?;
    if let Some(indicators) = &content.indicators {
        sealing.add(archive::SET, FileKind::Indicators, None, indicators.set)?;
        sealing.add(archive::RECALLS, FileKind::Recalls, None, indicators.recalls)?;
    }
    for judged in &content.judged {
        let of = judged.acquisition;
        sealing.add(&archive::facts(of), FileKind::Facts, None, &judged.facts)?;
        sealing.add(&archive::findings(of), FileKind::Findings, None, &judged.findings)?;
    }
    sealing.end(case, content, lock)
}

struct Sealing<W: Write> {
    archive: Builder<W>,
    files: Vec<FileSealed>,
    left_out: Vec<LeftOut>,
}

impl<W: Write> Sealing<W> {
    fn add(
        &mut self,
        path: &str,
        kind: FileKind,
        of: Option<String>,
        bytes: &[u8],
    ) -> io::Result<()> {
        append(&mut self.archive, path, bytes.len() as u64, bytes)?;
        let (path, size_bytes) = (path.to_owned(), bytes.len() as u64);
        let sha256 = hex::encode(Sha256::digest(bytes));
        self.files.push(FileSealed { path, kind, size_bytes, sha256, of, problem: None });
        Ok(())
    }

    /// A tar archive holds a file's length before the file, so a stream is read twice.
    fn add_stream(&mut self, case: &Case, held: &Held) -> Result<(), SealedError> {
        let of = held.name.clone();
        let (size_bytes, first) = match case.stream(held).map_err(|error| error.to_string()) {
            Ok(mut bytes) => count(&mut bytes),
            Err(why) => {
                self.left_out.push(LeftOut { of, why });
                return Ok(());
            }
        };
        let path = archive::stream(held.number);
        let mut hashed = Hashed { bytes: case.stream(held)?, hasher: Sha256::new() };
        append(&mut self.archive, &path, size_bytes, &mut hashed)?;
        let sha256 = hex::encode(hashed.hasher.finalize());
        let problem = match &held.ended {
            None => Some("it was cut off: the acquisition ended in its middle".to_owned()),
            Some((Outcome::Cut(why), ..)) => Some(format!("it was cut off: {why}")),
            Some((_, length, noted)) if (*length, noted) != (size_bytes, &sha256) => Some(format!(
                "the case's journal noted {length} bytes with the digest {noted}{}",
                first.map(|error| format!("; reading it stopped: {error}")).unwrap_or_default()
            )),
            Some(_) => None,
        };
        let kind = FileKind::Stream;
        self.files.push(FileSealed { path, kind, size_bytes, sha256, of: Some(of), problem });
        Ok(())
    }
}

impl<W: Write> Sealing<age::stream::StreamWriter<W>> {
    fn end(mut self, case: &Case, content: &Content<'_>, lock: &Lock) -> Result<Seal, SealedError> {
        let digest = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
        let indicators = content.indicators.as_ref().map(|indicators| IndicatorsSealed {
            sequence: indicators.sequence,
            published: indicators.published,
            signature_checked: indicators.signature_checked,
            set_sha256: digest(indicators.set),
        });
        let acquisitions = content.judged.iter().filter_map(|judged| {
            let of = case.acquisitions().iter().find(|one| one.number == judged.acquisition)?;
            Some(Acquired {
                number: of.number,
                began: of.began,
                ended: of.ended.as_ref().map(|(at, _)| *at),
                facts_sha256: digest(&judged.facts),
                findings_sha256: digest(&judged.findings),
            })
        });
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            tool: content.tool.clone(),
            sealed_at: content.at,
            time_zone: "UTC".to_owned(),
            opens_with: lock.opens_with(),
            indicators,
            acquisitions: acquisitions.collect(),
            problems: case.problems(),
            left_out: self.left_out,
            files: self.files,
        };
        let mut bytes = serde_json::to_vec_pretty(&manifest).expect("plain data serialises");
        bytes.push(b'\n');
        let (key, signature) = sign_once(&bytes).map_err(io::Error::other)?;
        let what = "sealed this package".to_owned();
        let entry = CustodyEntry { at: content.at, by: content.by, what };
        let custody = link(1, &bytes, &entry)?;
        let custody_path = archive::custody(1);
        for (path, bytes) in [
            (archive::MANIFEST, bytes.as_slice()),
            (archive::SIGNATURE, signature.as_bytes()),
            (archive::KEY, key.as_bytes()),
            (&custody_path, &custody),
        ] {
            append(&mut self.archive, path, bytes.len() as u64, bytes)?;
        }
        self.archive.into_inner()?.finish()?.flush()?;
        let of_files = manifest
            .files
            .iter()
            .filter_map(|file| Some(format!("{}: {}", file.of.as_ref()?, file.problem.as_ref()?)));
        let left_out = manifest.left_out.iter().map(|one| format!("{}: {}", one.of, one.why));
        Ok(Seal {
            words: words_of_key(&key).unwrap_or_default(),
            words_of_custody: words_of_end(&custody),
            files: manifest.files.len(),
            problems: manifest.problems.iter().cloned().chain(of_files).chain(left_out).collect(),
        })
    }
}

/// Writes a package anew with one custody entry more, and says the words for it.
///
/// # Errors
/// [`SealedError`] when it cannot be read or written, or the entry is empty or too long.
pub fn add_custody(
    package: &Package,
    entry: &CustodyEntry,
    lock: &Lock,
    out: impl Write,
) -> Result<String, SealedError> {
    let number = u32::try_from(package.custody().len()).unwrap_or(u32::MAX).saturating_add(1);
    let bytes = link(number, package.end(), entry)?;
    let mut archive = Builder::new(lock.encrypt(out)?);
    for (path, packed) in package.files() {
        append(&mut archive, path, packed.length_bytes, packed.open())?;
    }
    append(&mut archive, &archive::custody(number), bytes.len() as u64, Cursor::new(&bytes))?;
    archive.into_inner()?.finish()?.flush()?;
    Ok(words_of_end(&bytes))
}

/// How many bytes can be read, and why no more.
fn count(bytes: &mut impl Read) -> (u64, Option<io::Error>) {
    let (mut length, mut buffer) = (0, vec![0; 64 << 10]);
    loop {
        match bytes.read(&mut buffer) {
            Ok(0) => return (length, None),
            Ok(count) => length += count as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (length, Some(error)),
        }
    }
}

struct Hashed<R> {
    bytes: R,
    hasher: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

fn lines(of: &[impl Serialize]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for one in of {
        serde_json::to_writer(&mut bytes, one).expect("plain data serialises");
        bytes.push(b'\n');
    }
    bytes
}

/// One command or copy, as a reader of a command log expects it.
#[derive(Serialize)]
struct Asked<'a> {
    began: Timestamp,
    ended: Option<Timestamp>,
    command: &'a str,
    changes_the_phone: bool,
    file: Option<String>,
    outcome: Option<&'a Outcome>,
    length_bytes: Option<u64>,
    sha256: Option<&'a str>,
}

/// What was asked of the phone, in its order.
fn commands(case: &Case) -> Vec<Asked<'_>> {
    let mut all: Vec<Asked<'_>> = Vec::new();
    for record in case.journal() {
        let began = |command, changes_the_phone, file| Asked {
            began: record.at,
            ended: None,
            command,
            changes_the_phone,
            file,
            outcome: None,
            length_bytes: None,
            sha256: None,
        };
        match &record.entry {
            Entry::StreamBegan { stream, name, .. } => {
                all.push(began(name, false, Some(archive::stream(*stream))));
            }
            Entry::CommandBegan(command) => {
                all.push(began(&command.command, command.changes, None));
            }
            Entry::StreamEnded { stream, outcome, length_bytes, sha256, .. } => {
                let file = Some(archive::stream(*stream));
                if let Some(asked) = all.iter_mut().rfind(|asked| asked.file == file) {
                    asked.ended = Some(record.at);
                    asked.outcome = Some(outcome);
                    asked.length_bytes = Some(*length_bytes);
                    asked.sha256 = Some(sha256);
                }
            }
            Entry::CommandEnded { command, outcome, sha256, .. } => {
                let open = |asked: &&mut Asked<'_>| {
                    asked.file.is_none() && asked.ended.is_none() && asked.command == command
                };
                if let Some(asked) = all.iter_mut().rfind(open) {
                    asked.ended = Some(record.at);
                    asked.outcome = Some(outcome);
                    asked.sha256 = sha256.as_deref();
                }
            }
            _ => {}
        }
    }
    all
}

/// How to read a package without this program.
const README: &str = "\
This is a sealed package of evidence about one phone. It was a file of age over a tar archive:
  age -d FILE | tar -x          opens it (do so on an encrypted disk alone)
  manifest.json                 names every file with its size and SHA-256, and how it came about
  manifest.json.minisig         signs the manifest; the key, package.pub, was made for this package
                                alone and forgotten: minisign -V -p package.pub -m manifest.json
  custody/                      who had it; each entry holds the SHA-256 of the file before it, the
                                first that of manifest.json
  streams/                      what the phone answered, byte for byte; manifest.json says to what
  commands.jsonl, journal.jsonl what was asked of the phone, and when (all times are UTC)
  acquisitions/N/facts.json     what was observed at the Nth look at the phone
  acquisitions/N/findings.json  what was made of it, with the indicators in indicators/
It holds far more than any report: names of apps that nobody needs to know, too. Findings are no
legal conclusion, and what was not found can be there all the same.
";
