//! Opening a package: all of it is read once, from front to back, before anything in it is
//! believed, and whatever differs from what was sealed is told with its place.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex};

use age::{DecryptError, Decryptor};
use sha2::{Digest as _, Sha256};
use unwatched_device::evidence::Evidence;

use super::SealedError;
use super::archive;
use super::custody::{Link, follow, words_of_end};
use super::manifest::{FORMAT, FileSealed, Manifest, VERSION};
use super::packed::{Packed, Plain};
use super::signature;
use crate::case::{Acquisition, Contents, Extent, Outcome, Record, acquisitions};
use crate::keys::{Keys, MAX_WORK_FACTOR, Sealed};
use crate::source::{Bytes, Source};

/// More files than any case has streams.
const MOST_FILES: usize = 200_000;
const MOST_CUSTODY: u32 = 10_000;
const MOST_MANIFEST_BYTES: u64 = 64 << 20;
/// A signature, a key, a custody entry.
const MOST_SMALL_BYTES: u64 = 64 << 10;
/// Facts, findings, the journal, the indicators: what is read whole.
const MOST_BYTES: u64 = 512 << 20;
/// age encrypts this much at a time; what is changed is known to within it.
const CHUNK_BYTES: u64 = 64 << 10;
/// What encryption adds to each.
const TAG_BYTES: u64 = 16;
/// What stands between the header and the first chunk.
const NONCE_BYTES: u64 = 16;
/// Where the header of a file of age must have ended.
const MOST_HEADER_BYTES: usize = 64 << 10;

/// Something in a package that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The file in the package, or what else is meant.
    pub place: String,
    /// What is wrong, a lowercase fragment.
    pub what: String,
}

impl Trouble {
    fn at(place: &str, what: impl Into<String>) -> Self {
        Self { place: place.to_owned(), what: what.into() }
    }
}

/// An open package.
pub struct Package {
    plain: Arc<Mutex<Plain>>,
    members: Vec<Member>,
    manifest: Manifest,
    key: Option<String>,
    custody: Vec<Link>,
    /// The bytes of the last custody entry, or the manifest's.
    end: Vec<u8>,
    troubles: Vec<Trouble>,
}

/// A file as it was found.
struct Member {
    path: String,
    offset: u64,
    size_bytes: u64,
    sha256: [u8; 32],
}

/// Opens the package at `path` and reads all of it once.
///
/// # Errors
/// [`SealedError`] when it stays closed or is too damaged for its manifest to be read. What else
/// differs from what was sealed is told by [`Package::troubles`].
pub fn open(path: &Path, keys: &Keys) -> Result<Package, SealedError> {
    let mut file = File::open(path)?;
    let length_bytes = file.metadata()?.len();
    let mut head = Vec::new();
    file.by_ref().take(MOST_HEADER_BYTES as u64).read_to_end(&mut head)?;
    if !head.starts_with(b"age-encryption.org/") {
        return Err(SealedError::NoPackage);
    }
    let header_bytes = header_length(&head).unwrap_or(head.len()) as u64;
    let changed = || SealedError::BeginningChanged { header_bytes };
    file.seek(SeekFrom::Start(0))?;
    let sealed = Decryptor::new_buffered(BufReader::new(file)).map_err(|error| match error {
        DecryptError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => error.into(),
        _ => changed(),
    })?;
    let to_passphrase = sealed.is_scrypt();
    match (to_passphrase, keys.passphrase(), keys.identities().next()) {
        (true, None, _) => return Err(Sealed::NeedsPassphrase.into()),
        (false, _, None) => return Err(Sealed::NeedsKey.into()),
        _ => {}
    }
    let by_passphrase = keys.passphrase().filter(|_| to_passphrase).map(|passphrase| {
        let mut identity = age::scrypt::Identity::new(passphrase.clone());
        identity.set_max_work_factor(MAX_WORK_FACTOR);
        identity
    });
    let of_passphrase = by_passphrase.iter().map(|key| -> &dyn age::Identity { key });
    let plain = match sealed.decrypt(keys.identities().chain(of_passphrase)) {
        Ok(plain) => plain,
        Err(DecryptError::Io(error)) if error.kind() != io::ErrorKind::UnexpectedEof => {
            return Err(error.into());
        }
        Err(
            DecryptError::InvalidHeader
            | DecryptError::InvalidMac
            | DecryptError::UnknownFormat
            | DecryptError::ExcessiveWork { .. }
            | DecryptError::Io(_),
        ) => return Err(changed()),
        Err(_) => return Err(SealedError::OtherPassphrase { header_bytes }),
    };
    let cipher = Cipher { payload_at: header_bytes + NONCE_BYTES, length_bytes };
    read(Box::new(plain), Some(cipher))
}

/// Where the header ends: behind the line that begins with three hyphens.
fn header_length(head: &[u8]) -> Option<usize> {
    let mark = b"\n--- ";
    let at = head.windows(mark.len()).position(|window| window == mark)? + mark.len();
    Some(at + head[at..].iter().position(|byte| *byte == b'\n')? + 1)
}

/// Reads what a package decrypts to, which may be anything.
///
/// # Errors
/// As [`open`].
pub fn read_plain(plain: Vec<u8>) -> Result<Package, SealedError> {
    read(Box::new(io::Cursor::new(plain)), None)
}

/// Where the encrypted bytes lie in the file.
#[derive(Clone, Copy)]
struct Cipher {
    payload_at: u64,
    length_bytes: u64,
}

impl Cipher {
    /// What is wrong where decryption stopped, and between which bytes of the file.
    fn stopped_at(self, plain_at: u64) -> String {
        let from = self.payload_at + plain_at / CHUNK_BYTES * (CHUNK_BYTES + TAG_BYTES);
        let to = from + CHUNK_BYTES + TAG_BYTES;
        if from >= self.length_bytes {
            return format!("the file is cut off at byte {}, and more followed", self.length_bytes);
        }
        if to >= self.length_bytes {
            return format!(
                "between byte {from} and its end at byte {} the file was changed, or it is cut off there",
                self.length_bytes
            );
        }
        format!("the file was changed between byte {from} and byte {to}")
    }
}

/// Counts what was read.
struct Counted<'a> {
    bytes: &'a mut dyn Bytes,
    at: &'a std::cell::Cell<u64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        self.at.set(self.at.get() + count as u64);
        Ok(count)
    }
}

/// What one pass over the archive gives.
#[derive(Default)]
struct Walk {
    members: Vec<Member>,
    manifest: Option<Vec<u8>>,
    signature: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
    custody: Vec<(String, Vec<u8>)>,
    troubles: Vec<Trouble>,
}

impl Walk {
    /// Reads every file once. `Err` is the place where reading stopped, and what was said.
    fn over(&mut self, bytes: Counted<'_>) -> Result<(), (String, io::Error)> {
        let mut archive = tar::Archive::new(bytes);
        let mut place = "its beginning".to_owned();
        let entries = archive.entries().map_err(|error| (place.clone(), error))?.raw(true);
        for entry in entries {
            let mut entry = entry.map_err(|error| (format!("what follows {place}"), error))?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let is_file = entry.header().entry_type() == tar::EntryType::Regular;
            if !is_file || !archive::is_plain(&path) || self.members.len() >= MOST_FILES {
                let what = "it holds something that no package holds";
                let error = io::Error::new(io::ErrorKind::InvalidData, what);
                return Err((format!("what follows {place}"), error));
            }
            let (offset, size_bytes) = (entry.raw_file_position(), entry.size());
            place.clone_from(&path);
            let mut hasher = Sha256::new();
            let kept = kept_bytes(&path).map(|most| size_bytes.min(most + 1));
            let mut content = Vec::new();
            let mut buffer = vec![0; 64 << 10];
            loop {
                let count = match entry.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) => count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err((place, error)),
                };
                hasher.update(&buffer[..count]);
                let room = kept.unwrap_or(0).saturating_sub(content.len() as u64);
                let room = usize::try_from(room).unwrap_or(usize::MAX);
                content.extend_from_slice(&buffer[..count.min(room)]);
            }
            let sha256 = hasher.finalize().into();
            self.members.push(Member { path: path.clone(), offset, size_bytes, sha256 });
            self.keep(path, content, size_bytes);
        }
        Ok(())
    }

    fn keep(&mut self, path: String, content: Vec<u8>, size_bytes: u64) {
        let Some(most_bytes) = kept_bytes(&path) else { return };
        if size_bytes > most_bytes {
            let what =
                format!("it is longer than {most_bytes} bytes, more than any that is written");
            self.troubles.push(Trouble { place: path, what });
            return;
        }
        let slot = match path.as_str() {
            archive::MANIFEST => &mut self.manifest,
            archive::SIGNATURE => &mut self.signature,
            archive::KEY => &mut self.key,
            _ => return self.custody.push((path, content)),
        };
        if slot.replace(content).is_some() {
            self.troubles.push(Trouble::at(&path, "it is there more than once"));
        }
    }
}

/// How much of a file is kept while the archive is walked over; `None` for what is not.
fn kept_bytes(path: &str) -> Option<u64> {
    match path {
        archive::MANIFEST => Some(MOST_MANIFEST_BYTES),
        archive::SIGNATURE | archive::KEY => Some(MOST_SMALL_BYTES),
        _ => path.starts_with(archive::CUSTODY).then_some(MOST_SMALL_BYTES),
    }
}

fn read(mut plain: Box<dyn Bytes + Send>, cipher: Option<Cipher>) -> Result<Package, SealedError> {
    let at = std::cell::Cell::new(0);
    let mut walk = Walk::default();
    let walked = walk.over(Counted { bytes: plain.as_mut(), at: &at });
    // The last bytes say that nothing was cut off behind them.
    let rest = walked.and_then(|()| {
        let said = |error| ("its end".to_owned(), error);
        let mut rest = Counted { bytes: plain.as_mut(), at: &at };
        let mut buffer = vec![0; 64 << 10];
        loop {
            match rest.read(&mut buffer).map_err(said)? {
                0 => return Ok(()),
                count if buffer[..count].iter().all(|byte| *byte == 0) => {}
                _ => {
                    let what = "something follows the end of the archive";
                    return Err(said(io::Error::new(io::ErrorKind::InvalidData, what)));
                }
            }
        }
    });
    if let Err((place, error)) = rest {
        let what = match cipher {
            Some(cipher) if is_of_decryption(&error) => cipher.stopped_at(at.get()),
            _ => error.to_string(),
        };
        walk.troubles.push(Trouble { place, what });
    }
    let Some(manifest_bytes) = walk.manifest.take() else {
        let what = walk.troubles.iter().map(|one| format!("{}: {}", one.place, one.what));
        let what = what.collect::<Vec<_>>().join("; ");
        let none = "it is not a package, or its end is missing".to_owned();
        return Err(SealedError::NoManifest(if what.is_empty() { none } else { what }));
    };
    let manifest = manifest(&manifest_bytes)?;
    let mut troubles = walk.troubles;
    let key = walk.key.and_then(|key| String::from_utf8(key).ok());
    match (&key, walk.signature.as_deref().map(String::from_utf8_lossy)) {
        (Some(key), Some(signature)) => {
            if let Err(what) = signature::verify(&manifest_bytes, key, &signature) {
                troubles.push(Trouble::at(archive::SIGNATURE, what));
            }
        }
        (None, _) => troubles.push(Trouble::at(archive::KEY, "it is missing or damaged")),
        (_, None) => troubles.push(Trouble::at(archive::SIGNATURE, "it is missing")),
    }
    compare(&manifest.files, &walk.members, &mut troubles);
    let (mut custody, mut end) = (Vec::new(), manifest_bytes);
    for ((path, bytes), number) in walk.custody.iter().zip(1..=MOST_CUSTODY) {
        let followed = if *path == archive::custody(number) {
            follow(number, &end, bytes)
        } else {
            Err("it is not the next custody entry: one is missing, or this was put there")
        };
        match followed {
            Ok(link) => custody.push(link),
            Err(what) => {
                troubles.push(Trouble::at(path, what));
                break;
            }
        }
        end.clone_from(bytes);
    }
    let members = walk.members;
    Ok(Package { plain: Plain::new(plain), members, manifest, key, custody, end, troubles })
}

/// Errors of age have these kinds; those of a disk have others.
fn is_of_decryption(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

fn manifest(bytes: &[u8]) -> Result<Manifest, SealedError> {
    #[derive(serde::Deserialize)]
    struct Head {
        format: String,
        version: u32,
    }
    let no = |error: serde_json::Error| SealedError::NoManifest(error.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(no)?;
    if head.format != FORMAT {
        return Err(SealedError::NoManifest("it is the manifest of something else".to_owned()));
    }
    if head.version != VERSION {
        return Err(SealedError::Later(head.version));
    }
    serde_json::from_slice(bytes).map_err(no)
}

/// Every file is as the manifest says, none is missing and none was added.
fn compare(files: &[FileSealed], members: &[Member], troubles: &mut Vec<Trouble>) {
    let own = |path: &str| kept_bytes(path).is_some();
    let mut found = members.iter().filter(|member| !own(&member.path)).peekable();
    for file in files {
        let Some(member) = found.next_if(|member| member.path == file.path) else {
            troubles.push(Trouble::at(&file.path, "it is missing, or not where it was sealed"));
            continue;
        };
        if (member.size_bytes, hex::encode(member.sha256))
            != (file.size_bytes, file.sha256.to_lowercase())
        {
            troubles.push(Trouble::at(&file.path, "it was changed since it was sealed"));
        }
    }
    troubles.extend(found.map(|member| {
        Trouble::at(&member.path, "it is not in the manifest: it was put there, or moved")
    }));
}

impl Package {
    /// What is not as it was sealed; nothing when all is.
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// What it says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Who had it, and what they did with it, as far as the entries follow each other.
    pub fn custody(&self) -> &[Link] {
        &self.custody
    }

    /// The words for the key that signed the manifest.
    pub fn words(&self) -> Option<String> {
        signature::words_of_key(self.key.as_deref()?)
    }

    /// The words for the last custody entry.
    pub fn words_of_custody(&self) -> String {
        words_of_end(&self.end)
    }

    /// The bytes that the next custody entry follows.
    pub(super) fn end(&self) -> &[u8] {
        &self.end
    }

    /// Every file in its order, with its length in bytes.
    pub fn files(&self) -> impl Iterator<Item = (&str, Packed)> {
        self.members.iter().map(|member| (member.path.as_str(), self.packed(member, false)))
    }

    fn packed(&self, member: &Member, is_cut: bool) -> Packed {
        let (offset, length_bytes) = (member.offset, member.size_bytes);
        Packed { plain: Arc::clone(&self.plain), offset, length_bytes, is_cut }
    }

    fn member(&self, path: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.path == path)
    }

    fn whole(&self, path: &str) -> Result<Vec<u8>, SealedError> {
        let member = self.member(path).ok_or_else(|| SealedError::Missing(path.to_owned()))?;
        if member.size_bytes > MOST_BYTES {
            let (place, most_bytes) = (path.to_owned(), MOST_BYTES);
            return Err(SealedError::TooLarge { place, most_bytes });
        }
        let mut bytes = Vec::new();
        self.packed(member, false).open().read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The facts of an acquisition, as they were sealed.
    pub fn facts(&self, acquisition: u32) -> Result<Vec<u8>, SealedError> {
        self.whole(&archive::facts(acquisition))
    }

    /// The findings of an acquisition, as they were sealed.
    pub fn findings(&self, acquisition: u32) -> Result<Vec<u8>, SealedError> {
        self.whole(&archive::findings(acquisition))
    }

    /// The compiled indicator set and the list of recalls that it was judged with.
    pub fn indicators(&self) -> Result<(Vec<u8>, Vec<u8>), SealedError> {
        Ok((self.whole(archive::SET)?, self.whole(archive::RECALLS)?))
    }

    /// One acquisition as evidence, from what came from the phone.
    pub fn evidence_of(&self, number: u32) -> Result<Box<dyn Evidence>, SealedError> {
        let journal = self.whole(archive::JOURNAL)?;
        let lines = journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let records: Result<Vec<Record>, _> = lines.map(serde_json::from_slice).collect();
        let damaged = |error| SealedError::NoManifest(format!("{}: {error}", archive::JOURNAL));
        let all = acquisitions(&records.map_err(damaged)?);
        let missing = || SealedError::Missing(format!("acquisition {number}"));
        let of: &Acquisition = all.iter().find(|one| one.number == number).ok_or_else(missing)?;
        let mut contents = Contents::of(of, self.manifest.problems.clone());
        for held in &of.streams {
            let member = self.member(&archive::stream(held.number));
            let there = member.map_or(0, |member| member.size_bytes);
            let is_cut = !matches!(&held.ended,
                Some((outcome, length, _)) if !matches!(outcome, Outcome::Cut(_)) && *length == there);
            let extent = if is_cut { Extent::Cut(there) } else { Extent::Whole(there) };
            let Some(member) = member else {
                let nothing = Source::Memory(Arc::from([]));
                contents.add(held, false, extent, nothing);
                continue;
            };
            contents.add(held, true, extent, Source::Packed(self.packed(member, is_cut)));
        }
        Ok(contents.evidence(None))
    }
}
