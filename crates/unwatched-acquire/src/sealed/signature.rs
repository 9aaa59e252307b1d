//! The signature of a package, as minisign writes it, and the words that stand for its key.

use std::io::Cursor;

use minisign::{KeyPair, PublicKey, PublicKeyBox, SignatureBox};
use sha2::{Digest as _, Sha256};

/// Signs with a key that is made now and forgotten: the public key's file and the signature's.
pub(super) fn sign_once(manifest: &[u8]) -> Result<(String, String), minisign::PError> {
    let pair = KeyPair::generate_unencrypted_keypair()?;
    let trusted = "the manifest of a sealed package";
    let signature = minisign::sign(
        Some(&pair.pk),
        &pair.sk,
        Cursor::new(manifest),
        Some(trusted),
        Some("by a key made for this package alone"),
    )?;
    Ok((pair.pk.to_box()?.into_string(), signature.into_string()))
}

/// Whether this key signed the manifest; `Err` says what is wrong.
pub(super) fn verify(manifest: &[u8], key: &str, signature: &str) -> Result<(), &'static str> {
    let key = public(key).ok_or("it is no public key of minisign")?;
    let signature = SignatureBox::from_string(signature).map_err(|_| "it is no signature")?;
    minisign::verify(&key, &signature, Cursor::new(manifest), true, false, false)
        .map_err(|_| "it is not of this manifest and this key")
}

fn public(file: &str) -> Option<PublicKey> {
    PublicKeyBox::from_string(file).ok()?.into_public_key().ok()
}

/// The words that stand for a key's file; `None` when it holds none.
pub(super) fn words_of_key(file: &str) -> Option<String> {
    Some(words(&Sha256::digest(public(file)?.to_bytes())[..WORDS_BYTES]))
}

/// What of a digest is said in words: enough that nobody finds a second one.
pub(super) const WORDS_BYTES: usize = 16;

/// Two bytes a word, consonant and vowel by turns, as the field knows them under the name proquint:
/// they can be said over the telephone in any language and written down without a mistake.
pub(super) fn words(bytes: &[u8]) -> String {
    const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
    const VOWELS: &[u8; 4] = b"aiou";
    let word = |pair: &[u8]| -> String {
        let number = usize::from(pair[0]) << 8 | usize::from(pair[1]);
        let letters = [(12, 16), (10, 4), (6, 16), (4, 4), (0, 16)];
        letters
            .iter()
            .map(|&(shift, of)| {
                let at = number >> shift & (of - 1);
                char::from(if of == 16 { CONSONANTS[at] } else { VOWELS[at] })
            })
            .collect()
    };
    bytes.chunks_exact(2).map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_that_the_fields_table_gives() {
        assert_eq!(words(&[127, 0, 0, 1]), "lusab babad");
        assert_eq!(words(&[63, 84, 220, 193]), "gutih tugad");
    }

    #[test]
    fn a_key_signs_one_manifest() {
        let (key, signature) = sign_once(b"one").unwrap();
        assert_eq!(verify(b"one", &key, &signature), Ok(()));
        assert!(verify(b"two", &key, &signature).is_err());
        let (other, _) = sign_once(b"one").unwrap();
        assert!(verify(b"one", &other, &signature).is_err());
        assert_ne!(words_of_key(&key), words_of_key(&other));
        assert!(verify(b"one", "", &signature).is_err() && verify(b"one", &key, "x\ny").is_err());
    }
}
