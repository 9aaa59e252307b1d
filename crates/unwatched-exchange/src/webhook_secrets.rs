//! What messages to webhooks are signed with. It has to be read to sign, so no digest will do: in
//! the database it lies sealed under a key that lies in the data folder alone. Whoever gets hold of
//! a copy of the database can sign nothing.

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Nonce};
use unwatched_model::partner::PartnerSlug;
use unwatched_store::Store;

use crate::clock::Randomness;
use crate::release::keys;
use crate::state::{AppState, DataFolder};

const KEY: &str = "webhooks.key";
const NONCE_BYTES: usize = 12;
/// What begins a secret that is sealed; none that is plain begins so.
const SEALED: &str = "sealed1:";

/// A secret as the database keeps it.
pub fn sealed(state: &AppState, partner: &PartnerSlug, secret: &str) -> anyhow::Result<String> {
    seal(&state.data, &state.randomness, partner, secret)
}

fn seal(
    data: &DataFolder,
    randomness: &Randomness,
    partner: &PartnerSlug,
    secret: &str,
) -> anyhow::Result<String> {
    let key: [u8; 32] = randomness.bytes();
    keys::write_private(data, KEY, &STANDARD.encode(key), false)?;
    let nonce: [u8; NONCE_BYTES] = randomness.bytes();
    let payload = Payload { msg: secret.as_bytes(), aad: partner.as_str().as_bytes() };
    let sealed = cipher(data)?.encrypt(&Nonce::from(nonce), payload);
    let sealed = sealed.map_err(|_| anyhow::anyhow!("a webhook's secret could not be sealed"))?;
    Ok(format!("{SEALED}{}", STANDARD.encode([&nonce[..], &sealed].concat())))
}

/// The secret itself.
pub fn opened(data: &DataFolder, partner: &PartnerSlug, kept: &str) -> anyhow::Result<String> {
    let Some(sealed) = kept.strip_prefix(SEALED) else { return Ok(kept.to_owned()) };
    let why = || {
        format!("a webhook's secret does not open with keys/{KEY}: restore that file from its copy")
    };
    let sealed = STANDARD.decode(sealed).with_context(why)?;
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().with_context(why)?;
    let payload = Payload { msg: sealed, aad: partner.as_str().as_bytes() };
    let opened = cipher(data)?.decrypt(&Nonce::from(*nonce), payload).ok().with_context(why)?;
    String::from_utf8(opened).with_context(why)
}

fn cipher(data: &DataFolder) -> anyhow::Result<ChaCha20Poly1305> {
    let path = data.keys().join(KEY);
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let key = STANDARD.decode(text.trim()).ok().and_then(|key| <[u8; 32]>::try_from(key).ok());
    let key = key.with_context(|| format!("{} is no key: restore its copy", path.display()))?;
    Ok(ChaCha20Poly1305::new(&key.into()))
}

/// Seals what an earlier version kept plain.
pub async fn seal_plain_ones(
    store: &Store,
    data: &DataFolder,
    randomness: &Randomness,
) -> anyhow::Result<()> {
    for (id, partner, secret) in store.webhook_secrets(SEALED).await? {
        let sealed = seal(data, randomness, &partner, &secret)?;
        store.seal_webhook_secret(id, &secret, &sealed).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_where_its_key_is_and_for_its_partner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::at(folder.path()).unwrap();
        std::fs::create_dir(data.keys()).unwrap();
        let [lab, other] = ["example-lab", "example-other"].map(|slug| slug.parse().unwrap());
        let randomness = Randomness::seeded(1);
        let kept = seal(&data, &randomness, &lab, "whsec_YWJj").unwrap();
        assert!(!kept.contains("YWJj"), "{kept}");
        assert_ne!(kept, seal(&data, &randomness, &lab, "whsec_YWJj").unwrap());
        assert_eq!(opened(&data, &lab, &kept).unwrap(), "whsec_YWJj");
        assert!(opened(&data, &other, &kept).is_err());
        // One that was made before they were sealed.
        assert_eq!(opened(&data, &lab, "whsec_YWJj").unwrap(), "whsec_YWJj");
        std::fs::remove_file(data.keys().join(KEY)).unwrap();
        let error = opened(&data, &lab, &kept).unwrap_err();
        assert!(error.to_string().contains(KEY), "{error:#}");
    }
}
