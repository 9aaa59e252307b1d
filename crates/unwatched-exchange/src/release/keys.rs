//! The key that signs releases, in the data folder: readable by this user only, without a
//! password, because a server has nobody to ask for one.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use anyhow::Context as _;
use minisign::{KeyPair, PublicKey, PublicKeyBox, SecretKey, SecretKeyBox};

use crate::state::DataFolder;

const SECRET: &str = "release.key";
const PUBLIC: &str = "key.pub";
const NOTE: &str = "README";
const NOTE_TEXT: &str = "release.key signs the releases of this exchange and is not protected by \
a password: whoever reads it can\npublish in its name. Keep this folder out of ordinary backups, \
keep one copy offline. Checkers pin the key they\nsaw first: a new key means telling every helper \
how to verify it. key.pub is public.\n";

/// The public key's file, as it is served; `None` before the first release.
pub fn public(data: &DataFolder) -> anyhow::Result<Option<String>> {
    let path = data.keys().join(PUBLIC);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

/// Signs bytes, making the key first where there is none. `trusted_comment` is covered by the
/// signature.
pub fn sign(data: &DataFolder, bytes: &[u8], trusted_comment: &str) -> anyhow::Result<String> {
    let secret = secret(data)?;
    let public = PublicKey::from_secret_key(&secret).context("read the release key")?;
    let signature = minisign::sign(
        Some(&public),
        &secret,
        bytes,
        Some(trusted_comment),
        Some("signature of an Unwatched release's index.json"),
    )
    .context("sign the release")?;
    Ok(signature.into_string())
}

fn secret(data: &DataFolder) -> anyhow::Result<SecretKey> {
    let path = data.keys().join(SECRET);
    if !path.exists() {
        create(data)?;
    }
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    SecretKeyBox::from_string(&text)
        .and_then(SecretKeyBox::into_unencrypted_secret_key)
        .with_context(|| format!("read the key in {}: restore it from its copy", path.display()))
}

fn create(data: &DataFolder) -> anyhow::Result<()> {
    let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().context("make a key")?;
    let secret = sk.to_box(Some("unwatched release key: secret")).context("write the key")?;
    let public: PublicKeyBox = pk.to_box().context("write the key")?;
    // The public half first: a folder with both files has a key that works.
    write_private(data, PUBLIC, &public.into_string())?;
    write_private(data, NOTE, NOTE_TEXT)?;
    write_private(data, SECRET, &secret.into_string())
}

fn write_private(data: &DataFolder, name: &str, text: &str) -> anyhow::Result<()> {
    let path = data.keys().join(name);
    let text = text.trim_end().to_owned() + "\n";
    OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("write {}", path.display()))
}
