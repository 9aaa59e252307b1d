//! A made-up phone as `adb backup` writes it, plain or encrypted: head, deflate, tar.

use std::fmt::Write as _;

use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use sha1::Sha1;

use super::PhoneBuilder;
use crate::random::noise;

type Encryptor = cbc::Encryptor<aes::Aes256>;
type Block = cbc::cipher::Block<Encryptor>;

const ROUNDS: u32 = 1_000;

/// What a backup is made with, besides the phone.
#[derive(Debug, Clone, Default)]
pub struct BackupOptions<'o> {
    /// The passphrase that it is encrypted with.
    pub passphrase: Option<&'o str>,
    /// Apps' files to put into it: package and bytes.
    pub app_files: &'o [(&'o str, &'o [u8])],
    /// Text messages, each by its words.
    pub messages: &'o [&'o str],
    /// The version that the head claims; 5 where none is given.
    pub version: Option<u32>,
}

pub(super) fn bytes(phone: &PhoneBuilder, options: &BackupOptions<'_>) -> Vec<u8> {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&tar(phone, options), 6);
    let version = options.version.unwrap_or(5);
    let mut head = format!("ANDROID BACKUP\n{version}\n1\n");
    let Some(passphrase) = options.passphrase else {
        return [format!("{head}none\n").into_bytes(), packed].concat();
    };
    let salt = noise(1, 64);
    let checksum_salt = noise(2, 64);
    let (user_iv, data_iv, data_key) = (noise(3, 16), noise(4, 16), noise(5, 32));
    // The first version took the lower half of each character.
    let typed: Vec<u8> = match version {
        0 | 1 => passphrase.encode_utf16().map(|unit| unit.to_le_bytes()[0]).collect(),
        _ => passphrase.as_bytes().to_vec(),
    };
    let user_key = stretched(&typed, &salt);
    let checksum = stretched(&as_characters(&data_key, version), &checksum_salt);
    let mut locked = Vec::new();
    for piece in [data_iv.as_slice(), data_key.as_slice(), checksum.as_slice()] {
        locked.push(u8::try_from(piece.len()).expect("all are short"));
        locked.extend_from_slice(piece);
    }
    let hex = hex::encode_upper;
    let locked = encrypted(&locked, &user_key, &user_iv);
    let _ = write!(
        head,
        "AES-256\n{}\n{}\n{ROUNDS}\n{}\n{}\n",
        hex(&salt),
        hex(&checksum_salt),
        hex(&user_iv),
        hex(&locked)
    );
    [head.into_bytes(), encrypted(&packed, &data_key, &data_iv)].concat()
}

fn tar(phone: &PhoneBuilder, options: &BackupOptions<'_>) -> Vec<u8> {
    let mut files = Vec::new();
    for app in &phone.apps {
        let name = &app.package;
        let file = options.app_files.iter().find(|(package, _)| package == name);
        let certificate = app.certificate_der.as_ref();
        let mut manifest = format!(
            "1\n{name}\n7\n34\n{}\n{}\n{}\n",
            app.installer.as_deref().unwrap_or_default(),
            u8::from(file.is_some()),
            u8::from(certificate.is_some()),
        );
        if let Some(der) = certificate {
            manifest.push_str(&hex::encode(der));
            manifest.push('\n');
        }
        files.push((format!("apps/{name}/_manifest"), manifest.into_bytes()));
        if let Some((_, bytes)) = file {
            files.push((format!("apps/{name}/a/base.apk"), bytes.to_vec()));
        }
        files.push((format!("apps/{name}/f/kept"), b"made up".to_vec()));
    }
    if !options.messages.is_empty() {
        let messages: Vec<_> = options.messages.iter().map(|body| serde_json::json!({
            "self_phone": "+15550100", "address": "+15550101", "body": body, "date": "1767600000000",
            "date_sent": "1767600000000", "status": "-1", "type": "1",
        })).collect();
        let list = serde_json::to_vec(&messages).expect("made of strings");
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&list, 6);
        files.push((
            "apps/com.android.providers.telephony/d_f/000000_sms_backup".to_owned(),
            packed,
        ));
    }
    let mut tar = Vec::new();
    for (name, bytes) in files {
        // A long name stands in an extended header, as Android writes it.
        if name.len() > 100 {
            let line = |length: usize| format!("{length} path={name}\n");
            let rest = line(0).len() - 1;
            let digits = (rest + rest.to_string().len()).to_string().len();
            let extended = line(rest + digits).into_bytes();
            tar.extend(entry("apps/long", b'x', &extended));
            tar.extend(entry(&name[..100], b'0', &bytes));
        } else {
            tar.extend(entry(&name, b'0', &bytes));
        }
    }
    tar.extend([0; 1_024]);
    tar
}

fn entry(name: &str, kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut head = [0u8; 512];
    let mut put =
        |at: usize, text: &str| head[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000600\0");
    put(108, "0001750\0");
    put(116, "0001750\0");
    put(124, &format!("{:011o}\0", bytes.len()));
    put(136, "14733062000\0");
    put(148, "        ");
    put(257, "ustar\x0000");
    head[156] = kind;
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let padding = bytes.len().next_multiple_of(512) - bytes.len();
    [&head[..], bytes, &vec![0; padding]].concat()
}

/// Android makes Java characters of the key's bytes, from version 2 on in UTF-8.
fn as_characters(key: &[u8], version: u32) -> Vec<u8> {
    if version < 2 {
        return key.to_vec();
    }
    let widened: Vec<u16> =
        key.iter().map(|byte| i16::from(byte.cast_signed()).cast_unsigned()).collect();
    String::from_utf16(&widened).expect("no byte becomes half a pair").into_bytes()
}

fn stretched(secret: &[u8], salt: &[u8]) -> [u8; 32] {
    pbkdf2::pbkdf2_hmac_array::<Sha1, 32>(secret, salt, ROUNDS)
}

fn encrypted(plain: &[u8], key: &[u8], iv: &[u8]) -> Vec<u8> {
    let padding = 16 - plain.len() % 16;
    let mut bytes = plain.to_vec();
    bytes.resize(plain.len() + padding, u8::try_from(padding).expect("at most 16"));
    let mut cipher = Encryptor::new_from_slices(key, iv).expect("both are of their length");
    for block in bytes.chunks_exact_mut(16) {
        let mut sealed = Block::try_from(&*block).expect("16 bytes");
        cipher.encrypt_block(&mut sealed);
        block.copy_from_slice(&sealed);
    }
    bytes
}
