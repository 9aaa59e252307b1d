//! What `adb backup` writes: a head of lines, then a tar, deflated and perhaps encrypted.
//!
//! The form is that of `BackupManagerService` in Android's sources (versions 1 to 5): the head
//! holds the file's own key, encrypted by one that PBKDF2 makes of the passphrase. Data are
//! decrypted as they are read. Of the apps' own data only the text messages are handed on; besides
//! them what Android says of each app, and the app's file where the backup holds it.

use std::io::{self, BufRead as _, BufReader, Read};

use age::secrecy::ExposeSecret as _;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use flate2::read::ZlibDecoder;
use sha1::Sha1;
use tar::{EntryType, PaxExtensions};

use crate::bounds::Bounded;
use crate::keys::Keys;
use crate::source::{Bytes, Source};

type Decryptor = cbc::Decryptor<aes::Aes256>;
type Block = cbc::cipher::Block<Decryptor>;

const MAGIC: &[u8] = b"ANDROID BACKUP\n";
/// Android asks for 10,000 rounds; a head that asks for more than this is made to hurt.
const MAX_ROUNDS: u32 = 1_000_000;
/// A head's longest line is an encrypted key in hexadecimal.
const MAX_LINE_BYTES: u64 = 1_024;
/// More files than a backup ever holds.
const MAX_FILES: usize = 2_000_000;
const MAX_MANIFESTS: usize = 20_000;
const MAX_MANIFEST_BYTES: u64 = 64 << 10;
/// What all packed messages together may take.
const MAX_MESSAGES_BYTES: u64 = 64 << 20;
/// An extended header holds a path and a size.
const MAX_EXTENDED_BYTES: u64 = 64 << 10;
/// What all manifests together may take.
const MAX_MANIFESTS_BYTES: usize = 32 << 20;

/// Why a backup stays closed.
#[derive(Debug, thiserror::Error)]
pub enum Locked {
    /// No passphrase was given.
    #[error("it is encrypted: give the passphrase that was typed on the phone when it was made")]
    NeedsPassphrase,
    /// Another passphrase was given.
    #[error("the passphrase is not the one that it was made with: try again, capitals count")]
    OtherPassphrase,
    /// The head is not what Android writes.
    #[error("its head is damaged ({0}): copy it again from where it was made")]
    Damaged(&'static str),
    /// The file could not be read.
    #[error("it could not be read: {0}")]
    Io(#[from] io::Error),
}

pub(crate) fn is_backup(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// A backup whose head was read.
pub(crate) struct Backup {
    source: Source,
    /// Where the data begin.
    offset: u64,
    compressed: bool,
    key: Option<DataKey>,
}

#[derive(Clone)]
struct DataKey {
    key: [u8; 32],
    iv: [u8; 16],
}

impl Backup {
    /// Reads the head, and opens the data's key where there is one.
    pub(crate) fn open(source: Source, keys: &Keys) -> Result<Self, Locked> {
        let mut head = Head { lines: BufReader::new(source.open()?), read_bytes: 0 };
        if head.line()? != "ANDROID BACKUP" {
            return Err(Locked::Damaged("its first line"));
        }
        let version = head.number("its version")?;
        let compressed = head.number("whether it is compressed")? != 0;
        let key = match head.line()?.as_str() {
            "none" => None,
            "AES-256" => {
                let lock = Lock::read(&mut head)?;
                let passphrase = keys.passphrase().ok_or(Locked::NeedsPassphrase)?;
                Some(lock.open(passphrase.expose_secret(), version)?)
            }
            _ => return Err(Locked::Damaged("how it is encrypted")),
        };
        let offset = head.read_bytes;
        Ok(Self { source, offset, compressed, key })
    }

    /// How long the file is.
    pub(crate) fn size_bytes(&self) -> Option<u64> {
        self.source.size_bytes()
    }

    /// The tar, bounded; `told` hears how much of the file was read.
    fn tar<'t>(
        &self,
        told: &'t mut dyn FnMut(u64),
    ) -> io::Result<tar::Archive<Box<dyn Read + 't>>> {
        let mut data = self.source.open()?;
        data.seek(io::SeekFrom::Start(self.offset))?;
        let data =
            Box::new(Told { bytes: data, read_bytes: self.offset, said_bytes: 0, hear: told });
        let packed_bytes = self.source.size_bytes();
        let data: Box<dyn Read + 't> = match &self.key {
            Some(key) => Box::new(Decrypted::new(data, key)),
            None => Box::new(BufReader::new(data)),
        };
        let data: Box<dyn Read + 't> = if self.compressed {
            let bound = Bounded::new(ZlibDecoder::new(data), packed_bytes);
            Box::new(bound.of_any_length())
        } else {
            data
        };
        Ok(tar::Archive::new(data))
    }

    /// Goes over the files once, and hands on those that `wanted` names by their path, as long as
    /// it says. What was wrong ends the pass and is said.
    pub(crate) fn each(
        &self,
        told: &mut dyn FnMut(u64),
        mut wanted: impl FnMut(&str, u64) -> bool,
        mut take: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut archive = self.tar(told)?;
        // Raw: long names are read here, within a bound.
        let mut long_name = None;
        for (number, entry) in archive.entries()?.raw(true).enumerate() {
            if number >= MAX_FILES {
                return Err(io::Error::other("it holds more files than any backup does"));
            }
            let mut entry = entry?;
            match entry.header().entry_type() {
                EntryType::XHeader => long_name = name_in(&mut entry)?,
                EntryType::Regular | EntryType::Continuous => {
                    let name = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
                    let path = String::from_utf8_lossy(&name).into_owned();
                    if wanted(&path, entry.size()) {
                        take(&path, &mut entry)?;
                    }
                }
                _ => long_name = None,
            }
        }
        Ok(())
    }
}

/// A reader that says now and then how much was read.
struct Told<'t> {
    bytes: Box<dyn Bytes>,
    read_bytes: u64,
    said_bytes: u64,
    hear: &'t mut dyn FnMut(u64),
}

impl Read for Told<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const TELL_EVERY_BYTES: u64 = 1 << 20;
        let count = self.bytes.read(buffer)?;
        self.read_bytes += count as u64;
        if self.read_bytes - self.said_bytes >= TELL_EVERY_BYTES {
            self.said_bytes = self.read_bytes;
            (self.hear)(self.read_bytes);
        }
        Ok(count)
    }
}

/// The path in an extended header, which Android writes where a name is long.
fn name_in(header: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    header.take(MAX_EXTENDED_BYTES).read_to_end(&mut text)?;
    let pairs = PaxExtensions::new(&text).take(100).flatten();
    let mut paths = pairs.filter(|pair| pair.key_bytes() == b"path");
    Ok(paths.next().map(|pair| pair.value_bytes().to_vec()))
}

/// What a backup holds that is read.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// What Android says of each app.
    pub(crate) manifests: Vec<Vec<u8>>,
    /// Text messages, still packed as Android packs them.
    pub(crate) messages: Vec<Vec<u8>>,
    /// What ended the pass before its end.
    pub(crate) error: Option<String>,
}

impl Contents {
    /// One pass over the whole backup. `app_file` gets each app's file.
    pub(crate) fn read(
        backup: &Backup,
        told: &mut dyn FnMut(u64),
        mut app_file: impl FnMut(&str, &mut dyn Read),
    ) -> Self {
        let mut contents = Self::default();
        let (mut taken_bytes, mut messages_bytes) = (0, 0);
        let outcome = backup.each(
            told,
            |path, size_bytes| {
                is_app_file(path)
                    || (is_manifest(path) && size_bytes <= MAX_MANIFEST_BYTES)
                    || (are_messages(path) && size_bytes <= MAX_MESSAGES_BYTES)
            },
            |path, file| {
                if is_app_file(path) {
                    app_file(path, file);
                } else if are_messages(path) {
                    let mut messages = Vec::new();
                    file.take(MAX_MESSAGES_BYTES - messages_bytes).read_to_end(&mut messages)?;
                    messages_bytes += messages.len() as u64;
                    contents.messages.push(messages);
                } else if contents.manifests.len() < MAX_MANIFESTS
                    && taken_bytes < MAX_MANIFESTS_BYTES
                {
                    let mut manifest = Vec::new();
                    file.take(MAX_MANIFEST_BYTES).read_to_end(&mut manifest)?;
                    taken_bytes += manifest.len();
                    contents.manifests.push(manifest);
                }
                Ok(())
            },
        );
        contents.error = outcome.err().map(|error| error.to_string());
        contents
    }
}

/// `apps/<package>/_manifest`.
fn is_manifest(path: &str) -> bool {
    let mut parts = path.split('/');
    (parts.next(), parts.nth(1), parts.next()) == (Some("apps"), Some("_manifest"), None)
}

/// The messages of the phone's own store: `apps/com.android.providers.telephony/d_f/000000_sms_backup`
/// and so on, each a deflated list in JSON.
fn are_messages(path: &str) -> bool {
    let file = path.strip_prefix("apps/com.android.providers.telephony/d_f/").unwrap_or_default();
    file.ends_with("_sms_backup") || file.ends_with("_mms_backup")
}

/// `apps/<package>/a/<file>.apk`.
fn is_app_file(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    matches!(parts[..], ["apps", _, "a", file] if crate::layout::has_extension(file, "apk"))
}

/// The lines before the data.
struct Head {
    lines: BufReader<Box<dyn Bytes>>,
    read_bytes: u64,
}

impl Head {
    fn line(&mut self) -> Result<String, Locked> {
        let mut line = Vec::new();
        let read = (&mut self.lines).take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
        self.read_bytes += read as u64;
        if line.pop() != Some(b'\n') {
            return Err(Locked::Damaged("it ends early"));
        }
        String::from_utf8(line).map_err(|_| Locked::Damaged("it is no text"))
    }

    fn number(&mut self, what: &'static str) -> Result<u32, Locked> {
        self.line()?.trim().parse().map_err(|_| Locked::Damaged(what))
    }

    fn bytes(&mut self, what: &'static str) -> Result<Vec<u8>, Locked> {
        hex::decode(self.line()?.trim()).map_err(|_| Locked::Damaged(what))
    }
}

/// The encrypted key of the data.
struct Lock {
    salt: Vec<u8>,
    checksum_salt: Vec<u8>,
    rounds: u32,
    iv: [u8; 16],
    sealed_key: Vec<u8>,
}

impl Lock {
    fn read(head: &mut Head) -> Result<Self, Locked> {
        let salt = head.bytes("the passphrase's salt")?;
        let checksum_salt = head.bytes("the key's salt")?;
        let rounds = head.number("its rounds")?;
        if rounds == 0 || rounds > MAX_ROUNDS {
            return Err(Locked::Damaged("a number of rounds that Android never asks for"));
        }
        let iv = head.bytes("its first block")?;
        let iv = iv.try_into().map_err(|_| Locked::Damaged("its first block"))?;
        let sealed_key = head.bytes("its key")?;
        Ok(Self { salt, checksum_salt, rounds, iv, sealed_key })
    }

    fn open(&self, passphrase: &str, version: u32) -> Result<DataKey, Locked> {
        let key = self.stretched(&typed(passphrase, version), &self.salt);
        let mut plain = Vec::new();
        Decrypted::new(&self.sealed_key[..], &DataKey { key, iv: self.iv })
            .read_to_end(&mut plain)
            .map_err(|_| Locked::OtherPassphrase)?;
        // Three pieces, each with its length in front.
        let mut rest = plain.as_slice();
        let mut piece = || {
            let (length, after) = rest.split_first()?;
            let (piece, after) = after.split_at_checked(usize::from(*length))?;
            rest = after;
            Some(piece)
        };
        let (Some(iv), Some(key), Some(checksum)) = (piece(), piece(), piece()) else {
            return Err(Locked::OtherPassphrase);
        };
        if self.checksum(key, version) != checksum {
            return Err(Locked::OtherPassphrase);
        }
        let (Ok(key), Ok(iv)) = (key.try_into(), iv.try_into()) else {
            return Err(Locked::Damaged("its key"));
        };
        Ok(DataKey { key, iv })
    }

    /// Android makes characters of the key's bytes first. From version 2 on they are written as
    /// UTF-8; Java widens a byte above 127 to a character far above it.
    fn checksum(&self, key: &[u8], version: u32) -> [u8; 32] {
        let written: Vec<u8> = if version < 2 {
            key.to_vec()
        } else {
            let widened = key.iter().map(|byte| {
                let unit = if *byte > 127 { 0xff00 | u32::from(*byte) } else { u32::from(*byte) };
                char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
            });
            widened.collect::<String>().into_bytes()
        };
        self.stretched(&written, &self.checksum_salt)
    }

    fn stretched(&self, secret: &[u8], salt: &[u8]) -> [u8; 32] {
        pbkdf2::pbkdf2_hmac_array::<Sha1, 32>(secret, salt, self.rounds)
    }
}

/// A passphrase as Android reads it: the first version took the lower half of each character.
fn typed(passphrase: &str, version: u32) -> Vec<u8> {
    if version < 2 {
        return passphrase.encode_utf16().map(|unit| unit.to_le_bytes()[0]).collect();
    }
    passphrase.as_bytes().to_vec()
}

/// Decrypts as it reads; the last block says how much of it is padding.
struct Decrypted<R> {
    source: R,
    cipher: Decryptor,
    /// Blocks not yet decrypted: the last one is held back until it is known not to be the last.
    pending: Vec<u8>,
    plain: Vec<u8>,
    given: usize,
    at_end: bool,
}

const CHUNK_BYTES: usize = 64 * 1024;
const BLOCK_BYTES: usize = 16;

impl<R: Read> Decrypted<R> {
    fn new(source: R, key: &DataKey) -> Self {
        let cipher = Decryptor::new(&key.key.into(), &key.iv.into());
        Self { source, cipher, pending: Vec::new(), plain: Vec::new(), given: 0, at_end: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.given = 0;
        self.plain.clear();
        let wanted = (CHUNK_BYTES + BLOCK_BYTES - self.pending.len()) as u64;
        let read = (&mut self.source).take(wanted).read_to_end(&mut self.pending)?;
        self.at_end = (read as u64) < wanted;
        let whole = self.pending.len() / BLOCK_BYTES * BLOCK_BYTES;
        let now = if self.at_end { whole } else { whole - BLOCK_BYTES };
        for block in self.pending[..now].chunks_exact(BLOCK_BYTES) {
            let mut block = Block::try_from(block).map_err(io::Error::other)?;
            self.cipher.decrypt_block(&mut block);
            self.plain.extend_from_slice(&block);
        }
        self.pending.drain(..now);
        if self.at_end {
            self.unpad()?;
        }
        Ok(())
    }

    fn unpad(&mut self) -> io::Result<()> {
        let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, "its end is missing");
        if !self.pending.is_empty() {
            return Err(cut());
        }
        let padding = self.plain.last().copied().map_or(0, usize::from);
        let kept = self.plain.len().checked_sub(padding).ok_or_else(cut)?;
        let padded = (1..=BLOCK_BYTES).contains(&padding)
            && self.plain[kept..].iter().all(|byte| usize::from(*byte) == padding);
        if !padded {
            return Err(cut());
        }
        self.plain.truncate(kept);
        Ok(())
    }
}

impl<R: Read> Read for Decrypted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.plain.len() {
            if self.at_end {
                return Ok(0);
            }
            self.fill()?;
        }
        let count = buffer.len().min(self.plain.len() - self.given);
        buffer[..count].copy_from_slice(&self.plain[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}
