//! AndroidQF's `hashes.csv`: the SHA-256 of every file as it was when the acquisition was made, and
//! whether the files are still the same. A file is compared as it is read for what it says; what
//! nobody reads is read for this alone, at the end.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use unwatched_device::Progress;
use unwatched_device::evidence::Compared;

use crate::container::Container;
use crate::layout::{self, file_name};

/// The list.
pub(crate) const LIST: &str = "hashes.csv";
/// Older versions go on writing into their log after they have listed it.
const NOT_COMPARED: [&str; 2] = [LIST, "command.log"];
const MAX_LIST_BYTES: u64 = 64 << 20;
const MAX_LISTED: usize = 200_000;

type Hash = [u8; 32];
/// What was read to its end so far.
type Seen = Arc<Mutex<BTreeMap<String, Hash>>>;

/// What the list says, and what was seen of it.
pub(crate) struct Listed {
    hashes: BTreeMap<String, Hash>,
    seen: Seen,
    damaged: Option<String>,
}

impl Listed {
    /// Reads the list where there is one.
    pub(crate) fn of(container: &mut Container) -> Option<Self> {
        if !container.names().contains(&LIST) {
            return None;
        }
        let mut rows = Vec::new();
        let mut damaged = None;
        match container.open(LIST) {
            Ok(list) => match read(list.take(MAX_LIST_BYTES), &mut rows) {
                Ok(()) => {}
                Err(why) => damaged = Some(why),
            },
            Err(error) => damaged = Some(error.to_string()),
        }
        if rows.is_empty() {
            damaged.get_or_insert_with(|| "it lists no files".to_owned());
        }
        let seen = Seen::default();
        Some(Self { hashes: below_their_folder(rows), seen, damaged })
    }

    /// The reader, such that what passes through it is compared when it ends.
    pub(crate) fn watch<'r>(&self, name: &str, bytes: Box<dyn Read + 'r>) -> Box<dyn Read + 'r> {
        if !self.hashes.contains_key(name) {
            return bytes;
        }
        let (name, seen) = (name.to_owned(), Arc::clone(&self.seen));
        Box::new(Hashed { bytes, hasher: Sha256::new(), name, seen })
    }

    /// Reads what was not read yet, and says what came of it all. `used` is what was read for what
    /// it says.
    pub(crate) fn compare(
        &self,
        container: &mut Container,
        used: &[&str],
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Compared {
        let (mut changed, mut missing, mut unread) = (Vec::new(), Vec::new(), Vec::new());
        for (name, listed) in &self.hashes {
            let total_bytes = container.size_bytes(name);
            progress(Progress { place: LIST, read_bytes: 0, total_bytes });
            match self.hash_of(container, name, progress) {
                Ok(hash) if hash == *listed => {}
                // Half a file has other bytes, but nobody changed it.
                Ok(_) if container.is_cut() => unread.push(name.as_str()),
                Ok(_) => changed.push(name.as_str()),
                Err(error) if error.kind() == io::ErrorKind::NotFound && !container.is_cut() => {
                    missing.push(name.as_str());
                }
                Err(_) => unread.push(name.as_str()),
            }
        }
        let is_new = |name: &&&str| !self.hashes.contains_key(**name) && self.damaged.is_none();
        let added: Vec<_> = used.iter().filter(is_new).copied().collect();
        Compared {
            listed: self.hashes.len(),
            changed: told(&changed),
            missing: told(&missing),
            added: told(&added),
            unread: told(&unread),
            damaged: self.damaged.clone(),
        }
    }

    fn hash_of(
        &self,
        container: &mut Container,
        name: &str,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> io::Result<Hash> {
        if let Some(hash) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(*hash);
        }
        let total_bytes = container.size_bytes(name);
        let mut bytes = container.open_any(name)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        let mut read_bytes = 0;
        loop {
            match bytes.read(&mut buffer) {
                Ok(0) => return Ok(hasher.finalize().into()),
                Ok(count) => {
                    hasher.update(&buffer[..count]);
                    read_bytes += count as u64;
                    progress(Progress { place: LIST, read_bytes, total_bytes });
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A reader whose bytes are hashed as they pass.
struct Hashed<'r> {
    bytes: Box<dyn Read + 'r>,
    hasher: Sha256,
    name: String,
    seen: Seen,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        if count > 0 {
            self.hasher.update(&buffer[..count]);
        } else if !buffer.is_empty() {
            let hash = std::mem::take(&mut self.hasher).finalize().into();
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.entry(std::mem::take(&mut self.name)).or_insert(hash);
        }
        Ok(count)
    }
}

/// `NAME,SHA-256`, without a heading.
fn read(list: impl Read, rows: &mut Vec<(String, Hash)>) -> Result<(), String> {
    let mut csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(list);
    for (number, row) in (1..).zip(csv.byte_records()) {
        if rows.len() >= MAX_LISTED {
            return Err(format!("it lists more than {MAX_LISTED} files"));
        }
        let row = row.map_err(|error| error.to_string())?;
        let (Some(name), Some(digest)) = (row.get(0), row.get(1)) else {
            return Err(format!("line {number} holds no name and digest"));
        };
        let mut hash = [0; 32];
        if hex::decode_to_slice(digest.trim_ascii(), &mut hash).is_err() {
            // A heading, which some version may write.
            if number == 1 {
                continue;
            }
            return Err(format!("line {number} holds no SHA-256"));
        }
        rows.push((String::from_utf8_lossy(name).replace('\\', "/"), hash));
    }
    Ok(())
}

/// Older versions list whole paths of the computer that they ran on: what the acquisition's own
/// description lies in is its folder.
fn below_their_folder(rows: Vec<(String, Hash)>) -> BTreeMap<String, Hash> {
    let description = rows.iter().map(|(name, _)| name.as_str());
    let folder = description
        .filter(|name| ["acquisition.json", LIST].contains(&file_name(name)))
        .map(|name| name[..name.len() - file_name(name).len()].to_owned())
        .min_by_key(String::len)
        .unwrap_or_default();
    rows.into_iter()
        .map(|(name, hash)| {
            let below = name.strip_prefix(folder.as_str()).map(str::to_owned);
            (below.unwrap_or(name), hash)
        })
        .filter(|(name, _)| !NOT_COMPARED.contains(&name.as_str()))
        .collect()
}

/// The acquisition's own files by their names; how many others, for their names are anybody's.
fn told(names: &[&str]) -> Vec<String> {
    let mut told = Vec::new();
    let mut others: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for name in names {
        if layout::is_file_of_its_own(name) {
            told.push((*name).to_owned());
            continue;
        }
        let words = match name.split('/').next().unwrap_or_default() {
            "apks" => ("file of an app", "files of apps"),
            "logs" | "intrusion_logs" => ("log", "logs"),
            "tmp" => ("temporary file", "temporary files"),
            _ => ("other file", "other files"),
        };
        *others.entry(words).or_default() += 1;
    }
    told.extend(others.into_iter().map(|((one, many), count)| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }));
    told
}
