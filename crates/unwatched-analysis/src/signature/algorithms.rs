//! The signature algorithms of the signing block, and which of several signatures Android checks.

use super::hashes::Hash;

/// How a file's content is digested; later ones are preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ContentDigest {
    /// Chunks of 1 MiB with SHA-256.
    Chunked256,
    /// A tree over pages of 4 KiB, as fs-verity reads it.
    Verity256,
    /// Chunks of 1 MiB with SHA-512.
    Chunked512,
}

/// A kind of key with a way of padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    RsaPss,
    RsaPkcs1,
    Ecdsa,
    Dsa,
}

impl Family {
    /// Part of an algorithm's name in a report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RsaPss => "rsa_pss",
            Self::RsaPkcs1 => "rsa_pkcs1",
            Self::Ecdsa => "ecdsa",
            Self::Dsa => "dsa",
        }
    }
}

/// One algorithm that Android knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Algorithm {
    pub(super) id: u32,
    pub(super) family: Family,
    pub(super) hash: Hash,
    pub(super) content: ContentDigest,
    /// The first API level that knows it.
    pub(super) since_api: i32,
}

const fn chunked(id: u32, family: Family, hash: Hash) -> Algorithm {
    let content = match hash {
        Hash::Sha512 => ContentDigest::Chunked512,
        _ => ContentDigest::Chunked256,
    };
    Algorithm { id, family, hash, content, since_api: 24 }
}

const fn verity(id: u32, family: Family) -> Algorithm {
    Algorithm { id, family, hash: Hash::Sha256, content: ContentDigest::Verity256, since_api: 28 }
}

const KNOWN: [Algorithm; 10] = [
    chunked(0x0101, Family::RsaPss, Hash::Sha256),
    chunked(0x0102, Family::RsaPss, Hash::Sha512),
    chunked(0x0103, Family::RsaPkcs1, Hash::Sha256),
    chunked(0x0104, Family::RsaPkcs1, Hash::Sha512),
    chunked(0x0201, Family::Ecdsa, Hash::Sha256),
    chunked(0x0202, Family::Ecdsa, Hash::Sha512),
    chunked(0x0301, Family::Dsa, Hash::Sha256),
    verity(0x0421, Family::RsaPkcs1),
    verity(0x0423, Family::Ecdsa),
    verity(0x0425, Family::Dsa),
];

impl Algorithm {
    /// The algorithm of this number; unknown ones are skipped, as Android does.
    pub(super) fn find(id: u32) -> Option<Self> {
        KNOWN.into_iter().find(|known| known.id == id)
    }

    /// Its name in a report.
    pub(super) fn name(self) -> String {
        let verity = if self.content == ContentDigest::Verity256 { "verity_" } else { "" };
        format!("{verity}{}_{}", self.family.name(), self.hash.name())
    }
}

/// A signature with the algorithm it claims.
pub(super) type Claimed<'a> = (Algorithm, &'a [u8]);

/// The signatures that some Android in the range would check: each version takes the one with the
/// best content digest of those it knows, the first of equals. `None` where the range's lowest
/// version would find none.
pub(super) fn to_check<'a>(
    signatures: &[Claimed<'a>],
    min_api: i32,
    max_api: i32,
) -> Option<Vec<Claimed<'a>>> {
    let mut best: Vec<Claimed<'a>> = Vec::new();
    for signature in signatures.iter().filter(|(algorithm, _)| algorithm.since_api <= max_api) {
        let same = |known: &&mut Claimed<'a>| known.0.since_api == signature.0.since_api;
        match best.iter_mut().find(same) {
            Some(known) if signature.0.content > known.0.content => *known = *signature,
            Some(_) => {}
            None => best.push(*signature),
        }
    }
    let first = best.iter().map(|(algorithm, _)| algorithm.since_api).min()?;
    (min_api >= first).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ids: &[u32], min_api: i32, expected: Option<&[u32]>) {
        let claimed: Vec<Claimed<'_>> =
            ids.iter().map(|id| (Algorithm::find(*id).unwrap(), &[][..])).collect();
        let chosen = to_check(&claimed, min_api, i32::MAX)
            .map(|all| all.iter().map(|(algorithm, _)| algorithm.id).collect::<Vec<_>>());
        assert_eq!(chosen.as_deref(), expected);
    }

    #[test]
    fn each_android_checks_the_best_it_knows() {
        check(&[0x0103, 0x0104], 24, Some(&[0x0104]));
        check(&[0x0103, 0x0201], 24, Some(&[0x0103]));
        check(&[0x0103, 0x0421], 24, Some(&[0x0103, 0x0421]));
        check(&[0x0421], 24, None);
        check(&[0x0421], 28, Some(&[0x0421]));
        check(&[], 28, None);
    }
}
