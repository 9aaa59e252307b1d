//! Signing blocks made piece by piece: what apksigner cannot or will not write. Signatures are made
//! by Java, so that nothing of the verifier under test takes part.

use sha2::{Digest, Sha256, Sha512};

use super::rig::{Key, Rig};

pub(crate) const V2: u32 = 0x7109_871a;
pub(crate) const V3: u32 = 0xf053_68c0;
pub(crate) const V31: u32 = 0x1b93_ad61;
pub(crate) const STRIPPING_PROTECTION: u32 = 0xbeef_f00d;
pub(crate) const ROTATION: u32 = 0x3ba0_6f8c;
pub(crate) const ROTATION_MIN_SDK: u32 = 0x559f_8b02;
pub(crate) const ALL_APIS: (u32, u32) = (28, 0x7fff_ffff);

pub(crate) fn word(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

/// Bytes behind their length.
pub(crate) fn sized(bytes: &[u8]) -> Vec<u8> {
    [&word(bytes.len())[..], bytes].concat()
}

/// A number and sized bytes, sized.
fn pair(id: u32, bytes: &[u8]) -> Vec<u8> {
    sized(&[&id.to_le_bytes()[..], &sized(bytes)].concat())
}

/// Java's name of an algorithm.
fn java(algorithm: u32) -> &'static str {
    match algorithm {
        0x0101 => "PSS256",
        0x0102 => "PSS512",
        0x0103 | 0x0421 => "SHA256withRSA",
        0x0104 => "SHA512withRSA",
        0x0201 | 0x0423 => "SHA256withECDSA",
        0x0202 => "SHA512withECDSA",
        0x0301 | 0x0425 => "SHA256withDSA",
        other => panic!("{other:#x}"),
    }
}

/// The parts of a file around its signing block.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) files: Vec<u8>,
    /// From the first to the last byte of the block; empty without one.
    pub(crate) block: Vec<u8>,
    pub(crate) directory: Vec<u8>,
    pub(crate) end: Vec<u8>,
}

impl Parts {
    pub(crate) fn of(apk: &[u8]) -> Self {
        let end = apk.len() - 22;
        assert_eq!(&apk[end..end + 4], b"PK\x05\x06");
        let directory = u32::from_le_bytes(apk[end + 16..end + 20].try_into().unwrap()) as usize;
        let signed = apk.get(directory.wrapping_sub(16)..directory) == Some(b"APK Sig Block 42");
        let block = if signed {
            let size = u64::from_le_bytes(apk[directory - 24..directory - 16].try_into().unwrap());
            directory - usize::try_from(size).unwrap() - 8
        } else {
            directory
        };
        Self {
            files: apk[..block].to_vec(),
            block: apk[block..directory].to_vec(),
            directory: apk[directory..end].to_vec(),
            end: apk[end..].to_vec(),
        }
    }

    /// The file of these parts, with the directory's place made right.
    pub(crate) fn join(&self) -> Vec<u8> {
        let mut end = self.end.clone();
        end[16..20].copy_from_slice(&word(self.files.len() + self.block.len()));
        [&self.files[..], &self.block, &self.directory, &end].concat()
    }

    /// The block's pieces.
    pub(crate) fn pairs(&self) -> Vec<(u32, Vec<u8>)> {
        let mut rest = &self.block[8..self.block.len() - 24];
        let mut pairs = Vec::new();
        while !rest.is_empty() {
            let size = usize::try_from(u64::from_le_bytes(rest[..8].try_into().unwrap())).unwrap();
            let id = u32::from_le_bytes(rest[8..12].try_into().unwrap());
            pairs.push((id, rest[12..8 + size].to_vec()));
            rest = &rest[8 + size..];
        }
        pairs
    }

    /// The same file with these pieces in its block.
    pub(crate) fn with(&self, pairs: &[(u32, Vec<u8>)]) -> Self {
        let mut pieces = Vec::new();
        for (id, value) in pairs {
            pieces.extend((value.len() as u64 + 4).to_le_bytes());
            pieces.extend(id.to_le_bytes());
            pieces.extend(value);
        }
        let size = (pieces.len() as u64 + 24).to_le_bytes();
        let block = [&size[..], &pieces, &size, b"APK Sig Block 42"].concat();
        Self { block, ..self.clone() }
    }

    fn digest(&self, algorithm: u32) -> Vec<u8> {
        let mut end = self.end.clone();
        end[16..20].copy_from_slice(&word(self.files.len()));
        let parts = [&self.files[..], &self.directory, &end];
        match algorithm {
            0x0102 | 0x0104 | 0x0202 => chunked::<Sha512>(&parts),
            _ => chunked::<Sha256>(&parts),
        }
    }
}

fn chunked<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let digests: Vec<_> = parts
        .iter()
        .flat_map(|part| part.chunks(1024 * 1024))
        .map(|chunk| D::digest([&[0xa5][..], &word(chunk.len()), chunk].concat()))
        .collect();
    let all: Vec<u8> = digests.iter().flat_map(|digest| digest.to_vec()).collect();
    D::digest([&[0x5a][..], &word(digests.len()), &all].concat()).to_vec()
}

/// A signer to be written, right in everything that is not set otherwise.
#[derive(Clone)]
pub(crate) struct Forged<'k> {
    pub(crate) key: &'k Key,
    pub(crate) algorithms: Vec<u32>,
    /// Listed beside the signatures that hold, with signatures of zeros.
    pub(crate) unknown: Vec<u32>,
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) public: Vec<u8>,
    pub(crate) apis: Option<(u32, u32)>,
    /// Beside the signed data, where it differs from within.
    pub(crate) outer_apis: Option<(u32, u32)>,
    pub(crate) attributes: Vec<(u32, Vec<u8>)>,
    pub(crate) spoil_digest: bool,
    pub(crate) spoil_signature: bool,
    pub(crate) digest_ids: Option<Vec<u32>>,
}

impl<'k> Forged<'k> {
    pub(crate) fn new(key: &'k Key, algorithms: &[u32]) -> Self {
        Self {
            key,
            algorithms: algorithms.to_vec(),
            unknown: Vec::new(),
            certificates: vec![key.certificate.clone()],
            public: key.public.clone(),
            apis: None,
            outer_apis: None,
            attributes: Vec::new(),
            spoil_digest: false,
            spoil_signature: false,
            digest_ids: None,
        }
    }

    pub(crate) fn apis(mut self, apis: (u32, u32)) -> Self {
        self.apis = Some(apis);
        self
    }

    pub(crate) fn attribute(mut self, id: u32, value: impl Into<Vec<u8>>) -> Self {
        self.attributes.push((id, value.into()));
        self
    }

    /// The signer's bytes, with their length.
    pub(crate) fn write(&self, rig: &Rig, parts: &Parts) -> Vec<u8> {
        let known = self.digest_ids.as_ref().unwrap_or(&self.algorithms);
        let mut digests: Vec<u8> = Vec::new();
        for algorithm in known {
            let mut digest = parts.digest(*algorithm);
            digest[0] ^= u8::from(self.spoil_digest);
            digests.extend(pair(*algorithm, &digest));
        }
        digests.extend(self.unknown.iter().flat_map(|id| pair(*id, &[0; 32])));
        let certificates: Vec<u8> = self.certificates.iter().flat_map(|der| sized(der)).collect();
        let apis = |apis: Option<(u32, u32)>| {
            apis.map_or_else(Vec::new, |(low, high)| {
                [low.to_le_bytes(), high.to_le_bytes()].concat()
            })
        };
        let attributes: Vec<u8> = self
            .attributes
            .iter()
            .flat_map(|(id, value)| sized(&[&id.to_le_bytes()[..], value].concat()))
            .collect();
        let signed =
            [sized(&digests), sized(&certificates), apis(self.apis), sized(&attributes)].concat();
        let mut signatures: Vec<u8> = Vec::new();
        for algorithm in &self.algorithms {
            let mut signature = rig.sign(self.key, java(*algorithm), &signed);
            let last = signature.len() - 1;
            signature[last] ^= u8::from(self.spoil_signature);
            signatures.extend(pair(*algorithm, &signature));
        }
        signatures.extend(self.unknown.iter().flat_map(|id| pair(*id, &[0; 16])));
        let outer = apis(self.outer_apis.or(self.apis));
        sized(&[sized(&signed), outer, sized(&signatures), sized(&self.public)].concat())
    }
}

/// A scheme's value: the list of its signers.
pub(crate) fn signers(rig: &Rig, parts: &Parts, signers: &[Forged<'_>]) -> Vec<u8> {
    let all: Vec<u8> = signers.iter().flat_map(|signer| signer.write(rig, parts)).collect();
    sized(&all)
}

/// A proof of rotation through these keys, the oldest first; each is named with its algorithm.
pub(crate) fn lineage(rig: &Rig, keys: &[(&Key, u32)]) -> Vec<u8> {
    let mut out = 1u32.to_le_bytes().to_vec();
    for (at, (key, algorithm)) in keys.iter().enumerate() {
        let parent = at.checked_sub(1).map(|at| keys[at]);
        let by = parent.map_or(0, |(_, algorithm)| algorithm);
        let signed = [sized(&key.certificate), by.to_le_bytes().to_vec()].concat();
        let signature = parent.map_or_else(Vec::new, |(key, by)| rig.sign(key, java(by), &signed));
        let next = if at + 1 == keys.len() { 0 } else { *algorithm };
        let node = [
            sized(&signed),
            0x17u32.to_le_bytes().to_vec(),
            next.to_le_bytes().to_vec(),
            sized(&signature),
        ];
        out.extend(sized(&node.concat()));
    }
    out
}
