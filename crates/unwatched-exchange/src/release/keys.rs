//! The server's key, in the data folder: readable by this user only, without a password, because a
//! server has nobody to ask for one. It dates, and signs the log and drafts; whether it signs
//! releases, too, the key set says (`key_sets`).

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Context as _;
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};
use unwatched_formats::release;

use crate::state::DataFolder;

const SECRET: &str = "release.key";
/// A key that takes the place of the other once a key set names it.
const NEXT: &str = "release.key.next";
const PUBLIC: &str = "key.pub";
const NOTE: &str = "README";
const NOTE_TEXT: &str = "release.key is the server's key and is not protected by a password. It \
dates the log of releases and signs\ndrafts; as long as `unwatched-exchange admin keys list` shows \
it among the keys that sign, whoever reads it can\npublish in this exchange's name. Keep this folder \
out of ordinary backups, keep one copy offline. Checkers know\nthe keys they saw first and follow \
changes that those signed. key.pub is public.\nwebhooks.key opens the secrets that messages to \
webhooks are signed with; without it they are made anew.\n";

/// The public half, making the key first where there is none: for an exchange that begins.
pub fn begin(data: &DataFolder) -> anyhow::Result<release::PublicKey> {
    create(data, SECRET)?;
    public(&secret(data, SECRET)?)
}

/// The public half; `None` where the key is not there.
pub fn server(data: &DataFolder) -> anyhow::Result<Option<release::PublicKey>> {
    if !data.keys().join(SECRET).exists() {
        return Ok(None);
    }
    public(&secret(data, SECRET)?).map(Some)
}

/// The public half of the key that is to take the server's place, made where there is none.
pub fn next(data: &DataFolder) -> anyhow::Result<release::PublicKey> {
    create(data, NEXT)?;
    public(&secret(data, NEXT)?)
}

fn public(secret: &SecretKey) -> anyhow::Result<release::PublicKey> {
    let public = PublicKey::from_secret_key(secret).context("read the server's key")?;
    public.to_base64().parse().context("read the server's key")
}

/// Signs bytes. `trusted_comment` is covered by the signature.
pub fn sign(data: &DataFolder, bytes: &[u8], trusted_comment: &str) -> anyhow::Result<String> {
    signed(&secret(data, SECRET)?, bytes, trusted_comment)
}

/// Signs with the key that is to take the server's place.
pub fn sign_with_next(
    data: &DataFolder,
    bytes: &[u8],
    trusted_comment: &str,
) -> anyhow::Result<String> {
    signed(&secret(data, NEXT)?, bytes, trusted_comment)
}

/// A signature as minisign writes it.
pub fn signed(secret: &SecretKey, bytes: &[u8], trusted_comment: &str) -> anyhow::Result<String> {
    let public = PublicKey::from_secret_key(secret).context("read the key")?;
    let comment = Some("signature for an Unwatched exchange");
    let signature = minisign::sign(Some(&public), secret, bytes, Some(trusted_comment), comment)
        .context("sign")?;
    Ok(signature.into_string())
}

/// Puts the next key in the server's place, where it is this one. The old one is kept beside it:
/// what it signed stays signed.
pub fn promote(data: &DataFolder, server: &release::PublicKey) -> anyhow::Result<()> {
    let next = data.keys().join(NEXT);
    if !next.exists() || self::next(data)? != *server {
        return Ok(());
    }
    let path = data.keys().join(SECRET);
    if let Some(old) = self::server(data)? {
        let old = data.keys().join(format!("{SECRET}.{}", old.id()));
        fs::copy(&path, &old).with_context(|| format!("keep the old key as {}", old.display()))?;
    }
    fs::rename(&next, &path).with_context(|| format!("replace {}", path.display()))?;
    write_public(data, &secret(data, SECRET)?)
}

fn secret(data: &DataFolder, name: &str) -> anyhow::Result<SecretKey> {
    let path = data.keys().join(name);
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let secret = SecretKeyBox::from_string(&text)
        .and_then(SecretKeyBox::into_unencrypted_secret_key)
        .with_context(|| format!("read the key in {}: restore it from its copy", path.display()))?;
    if name == SECRET && !data.keys().join(PUBLIC).exists() {
        write_public(data, &secret)?;
    }
    Ok(secret)
}

/// It follows from the secret half: whoever else writes it now writes the same.
fn write_public(data: &DataFolder, secret: &SecretKey) -> anyhow::Result<()> {
    let public = PublicKey::from_secret_key(secret).context("read the server's key")?;
    let public = public.to_box().context("write the key")?.into_string();
    write_private(data, PUBLIC, &public, true)
}

/// Makes a key where there is none; where somebody else does at the same moment, theirs is the key.
fn create(data: &DataFolder, name: &str) -> anyhow::Result<()> {
    if data.keys().join(name).exists() {
        return Ok(());
    }
    let KeyPair { sk, .. } = KeyPair::generate_unencrypted_keypair().context("make a key")?;
    let secret = sk.to_box(Some("unwatched server key: secret")).context("write the key")?;
    write_private(data, NOTE, NOTE_TEXT, true)?;
    write_private(data, name, &secret.into_string(), false)
}

/// Whole or not at all: nobody reads half a key. Without `replace`, what is there stays.
pub fn write_private(
    data: &DataFolder,
    name: &str,
    text: &str,
    replace: bool,
) -> anyhow::Result<()> {
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

/// Whether a signature of this key stands over the bytes.
pub fn is_signed(key: &release::PublicKey, bytes: &[u8], signature: &str) -> bool {
    let (keys, server) = (vec![key.clone()], key.clone());
    let set = release::KeySet { sequence: 1, threshold: 1, keys, server };
    !set.signers(bytes, &[signature]).is_empty()
}
