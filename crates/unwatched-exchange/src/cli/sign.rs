//! `sign`: a coordinator's signature on a release or on a change of keys, made where the key is:
//! on a computer that has never been the server. Only files are read and written.

pub(super) mod release;

use std::fs::{self, File};
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};
use unwatched_formats::release::{Index, KeySet, PublicKey as Key};

use self::release::Look;
use super::admin::read_stdin;
use crate::refusal::refused;
use crate::release::keys;

/// An index is at most as large as a checker takes.
const MOST_BYTES: u64 = 4 << 20;

/// Sign a release's index.json or a change of keys with a coordinator's key, offline
///
/// Says what the file is before it signs, refuses a release of which a file is missing or another
/// one beside the index.json, and writes FILE.KEYID.minisig beside it, which goes back
/// to the exchange: `admin release sign` or `admin keys sign`. The key is minisign's: one made with
/// `minisign -G` does as well, and `minisign -S` signs as well. Its password is asked for, or read
/// from stdin.
#[derive(Debug, Args)]
pub struct Sign {
    /// The file to sign: index.json of a release that waits, or the document of a change of keys
    #[arg(required_unless_present = "new_key")]
    file: Option<PathBuf>,
    /// The secret key
    #[arg(long, value_name = "FILE", required_unless_present = "new_key")]
    key: Option<PathBuf>,
    /// Where to write the signature
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Name every file of the release and every change against the one before
    #[arg(long)]
    list: bool,
    /// Sign a release although files that it lists are not beside its index.json
    #[arg(long)]
    without_files: bool,
    /// Make a new key instead: the secret half in FILE, the public one in FILE.pub
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "key", "out", "list", "without_files"])]
    new_key: Option<PathBuf>,
    /// The new key gets no password: whoever finds the file can sign
    #[arg(long, requires = "new_key")]
    no_password: bool,
}

impl Sign {
    /// Does it.
    pub fn run(self) -> anyhow::Result<()> {
        let look = Look { list: self.list, without_files: self.without_files };
        match (self.new_key, self.file, self.key) {
            (Some(new_key), _, _) => make_key(&new_key, self.no_password),
            (None, Some(file), Some(key)) => sign(&file, &key, self.out, look),
            _ => Err(refused("name the file to sign and the key to sign it with")),
        }
    }
}

fn sign(file: &Path, key: &Path, out: Option<PathBuf>, look: Look) -> anyhow::Result<()> {
    let bytes = read(file)?;
    let what = described(file, &bytes, look)?;
    let secret = secret(key)?;
    let public = PublicKey::from_secret_key(&secret).context("read the key")?;
    let public: Key = public.to_base64().parse().context("read the key")?;
    for line in &what {
        eprintln!("{line}");
    }
    let signature = keys::signed(&secret, &bytes, &what[0])?;
    let out = out.unwrap_or_else(|| {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{}.minisig", public.id()));
        name.into()
    });
    fs::write(&out, signature).with_context(|| format!("write {}", out.display()))?;
    eprintln!("signed with the key {}", public.id());
    println!("{}", out.display());
    Ok(())
}

/// What the file is, in lines to read before it is signed. The first goes into the signature.
fn described(file: &Path, bytes: &[u8], look: Look) -> anyhow::Result<Vec<String>> {
    if let Ok(set) = KeySet::from_bytes(bytes) {
        let mut lines = vec![format!("unwatched {set}")];
        for key in &set.keys {
            let server = if *key == set.server { " (the server's)" } else { "" };
            lines.push(format!("  signs releases: {} {key}{server}", key.id()));
        }
        lines.push(format!("  dates and logs: {} {}", set.server.id(), set.server));
        return Ok(lines);
    }
    let index = Index::from_bytes(bytes).map_err(|_| {
        refused(format!(
            "{} is neither a release's index.json nor a change of keys: nothing else is signed",
            file.display()
        ))
    })?;
    release::described(file, &index, look)
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| refused(format!("{} cannot be read: {error}", file.display())))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(refused(format!("{} is larger than any index.json", file.display())));
    }
    Ok(bytes)
}

fn secret(path: &Path) -> anyhow::Result<SecretKey> {
    let bytes = read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let no_key =
        |error| refused(format!("{} is not a secret key of minisign: {error}", path.display()));
    let boxed = || SecretKeyBox::from_string(&text).map_err(no_key);
    if let Ok(secret) = boxed()?.into_unencrypted_secret_key() {
        return Ok(secret);
    }
    boxed()?.into_secret_key(password()?).map_err(|error| {
        refused(format!("{} was not opened with this password: {error}", path.display()))
    })
}

/// From stdin, or none where somebody sits at a terminal: then minisign asks, without showing it.
fn password() -> anyhow::Result<Option<String>> {
    if std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let text = read_stdin()?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}

fn make_key(path: &Path, no_password: bool) -> anyhow::Result<()> {
    let pair = if no_password {
        KeyPair::generate_unencrypted_keypair()
    } else {
        KeyPair::generate_encrypted_keypair(password()?)
    };
    let KeyPair { pk, sk } = pair.context("make a key")?;
    let public = path.with_file_name({
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".pub");
        name
    });
    let secret = sk.to_box(Some("unwatched coordinator's key: secret")).context("write the key")?;
    write_new(path, 0o600, &secret.into_string())?;
    write_new(&public, 0o644, &pk.to_box().context("write the key")?.into_string())?;
    let key: Key = pk.to_base64().parse().context("read the key")?;
    eprintln!(
        "key {}: keep {} off every server, and a copy of it elsewhere",
        key.id(),
        path.display()
    );
    println!("{}", public.display());
    Ok(())
}

/// A key is never written over another.
fn write_new(path: &Path, mode: u32, text: &str) -> anyhow::Result<()> {
    let mut options = fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(mode).open(path);
    let mut file =
        opened.map_err(|error| refused(format!("{} was not made: {error}", path.display())))?;
    file.write_all((text.trim_end().to_owned() + "\n").as_bytes())
        .with_context(|| format!("write {}", path.display()))
}
