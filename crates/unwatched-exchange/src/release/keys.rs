//! The key that signs releases, in the data folder: readable by this user only, without a
//! password, because a server has nobody to ask for one.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Context as _;
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};

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
    let secret = SecretKeyBox::from_string(&text)
        .and_then(SecretKeyBox::into_unencrypted_secret_key)
        .with_context(|| format!("read the key in {}: restore it from its copy", path.display()))?;
    if !data.keys().join(PUBLIC).exists() {
        // It follows from the secret half: whoever else writes it now writes the same.
        let public = PublicKey::from_secret_key(&secret).context("read the release key")?;
        let public = public.to_box().context("write the key")?.into_string();
        write_private(data, PUBLIC, &public, true)?;
    }
    Ok(secret)
}

/// Makes a key unless somebody else does at the same moment: then theirs is the key.
fn create(data: &DataFolder) -> anyhow::Result<()> {
    let KeyPair { sk, .. } = KeyPair::generate_unencrypted_keypair().context("make a key")?;
    let secret = sk.to_box(Some("unwatched release key: secret")).context("write the key")?;
    write_private(data, NOTE, NOTE_TEXT, true)?;
    write_private(data, SECRET, &secret.into_string(), false)
}

/// Whole or not at all: nobody reads half a key. Without `replace`, what is there stays.
fn write_private(data: &DataFolder, name: &str, text: &str, replace: bool) -> anyhow::Result<()> {
    let path = data.keys().join(name);
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o600))
            .tempfile_in(data.keys())?;
        file.write_all((text.trim_end().to_owned() + "\n").as_bytes())?;
        file.as_file().sync_all()?;
        if replace {
            file.persist(&path).map(drop).map_err(|error| error.error)
        } else {
            match file.persist_noclobber(&path) {
                Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => {
                    Err(error.error)
                }
                _ => Ok(()),
            }
        }
    };
    write().with_context(|| format!("write {}", path.display()))
}
