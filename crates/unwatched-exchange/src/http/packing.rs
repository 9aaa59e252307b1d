//! How a sample's bytes leave: as a ZIP with the field's password, or sealed to somebody's age key.
//!
//! Packed as they come, a piece at a time, whatever their length; nothing lies on a disk between.
//! A blob that turns out to be broken breaks the answer off, and what was sent of it opens nowhere.

use std::io::{self, Write};
use std::iter;
use std::mem;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::body::Body;
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _, stream};
use unwatched_model::digest::Sha256;
use unwatched_store::{Blob, BlobStream};
use zip::unstable::write::FileOptionsExt as _;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{AesMode, CompressionMethod, ZipWriter};

/// The password that everybody in the field uses: it keeps scanners and double clicks out, and
/// nobody else.
const PASSWORD: &str = "infected";

/// A way to pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packing {
    /// A ZIP that every tool opens.
    Zip,
    /// A ZIP with AES, which some tools do not open.
    ZipAes,
    /// An age file for this recipient alone.
    Age(Recipient),
}

/// Somebody's age key, the public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient(String);

impl FromStr for Recipient {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let read = text.parse::<age::x25519::Recipient>();
        read.map(|_| Self(text.to_owned()))
            .map_err(|why| format!("not an age recipient, as in age1...: {why}"))
    }
}

impl Packing {
    /// The word in tickets and in the audit log.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::ZipAes => "zip-aes",
            Self::Age(_) => "age",
        }
    }

    /// For whom, where it is for one alone.
    pub fn recipient(&self) -> Option<&str> {
        match self {
            Self::Age(Recipient(recipient)) => Some(recipient),
            Self::Zip | Self::ZipAes => None,
        }
    }

    /// What [`Packing::as_str`] and [`Packing::recipient`] said.
    pub fn of(word: &str, recipient: Option<&str>) -> anyhow::Result<Self> {
        match (word, recipient) {
            ("zip", None) => Ok(Self::Zip),
            ("zip-aes", None) => Ok(Self::ZipAes),
            ("age", Some(recipient)) => {
                Ok(Self::Age(recipient.parse().map_err(anyhow::Error::msg)?))
            }
            _ => anyhow::bail!("no packing is called {word:?}"),
        }
    }

    /// What the packed bytes are.
    pub fn media_type(&self) -> &'static str {
        match self {
            Self::Zip | Self::ZipAes => "application/zip",
            Self::Age(_) => "application/octet-stream",
        }
    }

    /// The packed file's name: nothing that an app could be opened by.
    pub fn file_name(&self, sha256: &Sha256) -> String {
        match self {
            Self::Zip | Self::ZipAes => format!("{sha256}.zip"),
            Self::Age(_) => format!("{sha256}.age"),
        }
    }

    /// The packed bytes as they come.
    pub fn pack(&self, sha256: &Sha256, blob: Blob) -> anyhow::Result<Body> {
        let out = Out::default();
        let packer = self.packer(sha256, &out).context("begin to pack a sample")?;
        Ok(Body::from_stream(packed(blob.bytes, packer, out)))
    }

    fn packer(&self, sha256: &Sha256, out: &Out) -> anyhow::Result<Packer> {
        let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let options = match self {
            Self::Zip => plain.with_deprecated_encryption(PASSWORD.as_bytes())?,
            Self::ZipAes => plain.with_aes_encryption(AesMode::Aes256, PASSWORD),
            Self::Age(Recipient(recipient)) => {
                let recipient: age::x25519::Recipient =
                    recipient.parse().map_err(anyhow::Error::msg)?;
                let recipients = iter::once(&recipient as &dyn age::Recipient);
                let writer =
                    age::Encryptor::with_recipients(recipients)?.wrap_output(out.clone())?;
                return Ok(Packer::Age(writer));
            }
        };
        let mut zip = ZipWriter::new_stream(out.clone());
        zip.start_file(sha256.to_string(), options)?;
        Ok(Packer::Zip(Box::new(zip)))
    }
}

/// What was packed and not sent yet.
#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Out {
    fn take(&self) -> Bytes {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Packer {
    Zip(Box<ZipWriter<StreamWriter<Out>>>),
    Age(age::stream::StreamWriter<Out>),
}

impl Packer {
    fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Self::Zip(zip) => zip.write_all(piece),
            Self::Age(age) => age.write_all(piece),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Zip(zip) => zip.finish().map(drop).map_err(io::Error::other),
            Self::Age(age) => age.finish().map(drop),
        }
    }
}

/// A piece in, what it makes out. Ends with an error, and without an end that any tool takes for
/// one, when the bytes do.
fn packed(
    bytes: BlobStream,
    packer: Packer,
    out: Out,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold((bytes, Some(packer), out), async |(mut bytes, packer, out)| {
        let Some(mut packer) = packer else { return Ok(None) };
        loop {
            let Some(piece) = bytes.try_next().await.map_err(broken)? else {
                packer.finish()?;
                return Ok(Some((out.take(), (bytes, None, out))));
            };
            packer.take(&piece)?;
            let made = out.take();
            if !made.is_empty() {
                return Ok(Some((made, (bytes, Some(packer), out))));
            }
        }
    })
}

fn broken(error: unwatched_store::StoreError) -> io::Error {
    tracing::error!("a download was broken off: {error}");
    io::Error::other(error)
}
