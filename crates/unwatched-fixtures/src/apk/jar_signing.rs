//! The oldest signature of an app (scheme 1): three files under `META-INF/`.

use sha2::{Digest, Sha256};

use super::archive::Entry;
use crate::signing::Signer;

const LINE_LIMIT: usize = 72;

/// The three files that sign the given ones. `newer_schemes` names those that also sign the app.
pub(super) fn files(entries: &[Entry], signer: &Signer, newer_schemes: &str) -> [Entry; 3] {
    let main = "Manifest-Version: 1.0\r\nCreated-By: 1.0 (Android)\r\n\r\n";
    let sections: Vec<(&str, String)> = entries
        .iter()
        .map(|entry| (entry.name.as_str(), section(&entry.name, &entry.data)))
        .collect();
    let manifest = sections.iter().fold(main.to_owned(), |all, (_, one)| all + one);

    let newer = match newer_schemes {
        "" => String::new(),
        schemes => format!("X-Android-APK-Signed: {schemes}\r\n"),
    };
    let mut listing = format!(
        "Signature-Version: 1.0\r\nCreated-By: 1.0 (Android)\r\n\
         SHA-256-Digest-Manifest: {}\r\n{newer}\r\n",
        digest(manifest.as_bytes())
    );
    for (name, one) in &sections {
        listing += &section(name, one.as_bytes());
    }
    let signature = signer.pkcs7(listing.as_bytes());
    [
        Entry::new("META-INF/MANIFEST.MF", manifest.into_bytes(), true),
        Entry::new("META-INF/CERT.SF", listing.into_bytes(), true),
        Entry::new("META-INF/CERT.EC", signature, true),
    ]
}

fn section(name: &str, data: &[u8]) -> String {
    format!("{}\r\nSHA-256-Digest: {}\r\n\r\n", folded(&format!("Name: {name}")), digest(data))
}

/// A line of at most 72 bytes, what is over on lines that begin with a space.
fn folded(line: &str) -> String {
    assert!(line.is_ascii(), "fixtures sign files with plain names");
    let mut folded = String::new();
    let mut rest = line;
    while rest.len() > LINE_LIMIT - 2 {
        let (first, over) = rest.split_at(LINE_LIMIT - 2);
        folded += first;
        folded += "\r\n ";
        rest = over;
    }
    folded + rest
}

fn digest(bytes: &[u8]) -> String {
    base64(&Sha256::digest(bytes))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = (0..3).fold(0, |n, at| n << 8 | u32::from(*three.get(at).unwrap_or(&0)));
        for sextet in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * sextet) & 0x3f) as usize];
            text.push(if sextet <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads() {
        assert_eq!(base64(b"any"), "YW55");
        assert_eq!(base64(b"an"), "YW4=");
        assert_eq!(base64(b"a"), "YQ==");
    }

    #[test]
    fn long_names_fold() {
        let name = "a".repeat(150);
        for line in folded(&format!("Name: {name}")).split("\r\n") {
            assert!(line.len() <= LINE_LIMIT);
        }
    }
}
