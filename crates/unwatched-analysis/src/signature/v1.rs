//! Signature scheme 1, that of signed JARs: a list of all files with their digests
//! (`MANIFEST.MF`), a list of that list's digests per signer (`.SF`), and a signature over the
//! latter (`.RSA`, `.DSA`, `.EC`). Read as Android 7 and later do; older ones differ.

use std::collections::{HashMap, HashSet};

use unwatched_model::signature::{SchemeSigner, SignatureProblem};

use super::certificate::Certificate;
use super::container::{Container, Record, shown};
use super::hashes::Hash;
use super::jar_manifest::{Section, sections};
use super::pkcs7::{Checked, SignedData};
use super::trouble;
use super::work::Work;

const FOLDER: &str = "META-INF/";
const MANIFEST: &str = "META-INF/MANIFEST.MF";
/// All lists together may be twice as long as that of 65,535 files with plausible names, and hold
/// as many statements as ten signers of so many files make.
const MAX_LIST_BYTES: usize = 40 << 20;
const MAX_ATTRIBUTES: usize = 2_000_000;
const MAX_BLOCK_BYTES: usize = 1 << 20;
const MAX_SIGNERS: usize = 50;
/// What all files together may inflate to: so much, and so many times the file's own size.
const MAX_INFLATED_BYTES: u64 = 512 << 20;
const MAX_INFLATED_RATIO: u64 = 8;

/// The digests a list may name, best first; the best one that is there counts.
const DIGESTS: [(&str, Hash); 4] = [
    ("SHA-512", Hash::Sha512),
    ("SHA-384", Hash::Sha384),
    ("SHA-256", Hash::Sha256),
    ("SHA1", Hash::Sha1),
];

/// What came of it.
#[derive(Default)]
pub(super) struct V1 {
    /// Whether the file has a list or a signer's block.
    pub(super) present: bool,
    pub(super) signers: Vec<SchemeSigner>,
    /// The bytes of each signer's certificate.
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) problems: Vec<SignatureProblem>,
    /// SHA-256 of the list, which a source stamp signs.
    pub(super) manifest_digest: Option<Vec<u8>>,
}

impl V1 {
    pub(super) fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    /// Checks the scheme; `found` lists the newer ones whose signatures are in the file.
    pub(super) fn check(
        container: &Container<'_>,
        records: &[Record<'_>],
        found: &[u32],
        work: &Work,
    ) -> Self {
        let mut result = Self {
            present: records.iter().any(|record| record.name == MANIFEST || is_block(&record.name)),
            ..Self::default()
        };
        if let Err(problem) = result.read(container, records, found, work) {
            result.problems.push(problem);
        }
        result
    }

    fn read(
        &mut self,
        container: &Container<'_>,
        records: &[Record<'_>],
        found: &[u32],
        work: &Work,
    ) -> Result<(), SignatureProblem> {
        let mut names = HashSet::with_capacity(records.len());
        if let Some(twice) = records.iter().find(|record| !names.insert(&*record.name)) {
            let what = format!("two files are called {:?}", shown(&twice.name));
            return Err(trouble("v1_duplicate_entry", what));
        }
        let manifest = records.iter().find(|record| record.name == MANIFEST);
        let manifest = manifest
            .ok_or_else(|| trouble("v1_no_manifest", "there is no list of signed files"))?;
        let mut room = MAX_LIST_BYTES;
        let manifest = list_entry(container, manifest, &mut room)?;
        self.manifest_digest = Some(Hash::Sha256.digest(&manifest));
        let mut statements = MAX_ATTRIBUTES;
        let all = sections(&manifest, &mut statements).ok_or_else(too_long)?;
        let (main, files) = match all.split_first() {
            Some((main, files)) => (Some(main), files),
            None => (None, &[][..]),
        };
        let listed = by_name(files, &names)?;

        let blocks = signer_files(records)?;
        let mut texts = Vec::new();
        for (block, list) in &blocks {
            texts.push((
                list_entry(container, list, &mut room)?,
                entry(container, block, MAX_BLOCK_BYTES)?,
            ));
        }
        let mut proofs = Vec::new();
        for ((block, _), (list, pkcs7)) in blocks.iter().zip(&texts) {
            proofs.push(signature(&block.name, pkcs7, list, work)?);
        }
        let mut lists = Vec::new();
        for (((_, list), (text, _)), proof) in blocks.iter().zip(&texts).zip(&proofs) {
            let sections = sections(text, &mut statements).ok_or_else(too_long)?;
            let list = SignerList { name: &list.name, sections };
            if let Some(names) = list.check(&manifest, main, &listed, found)? {
                lists.push((names, proof));
            }
        }
        if lists.is_empty() {
            return Err(trouble("v1_no_signers", "no signer's list can be used"));
        }
        let names: Vec<&HashSet<String>> = lists.iter().map(|(names, _)| names).collect();
        let used = files_signed(container, records, &listed, &names)?;
        for index in used {
            let (_, (signer, certificate)) = &lists[index];
            self.signers.push(signer.clone());
            self.certificates.push(certificate.clone());
        }
        Ok(())
    }
}

fn is_block(name: &str) -> bool {
    name.starts_with(FOLDER) && [".RSA", ".DSA", ".EC"].iter().any(|end| name.ends_with(end))
}

fn entry(
    container: &Container<'_>,
    record: &Record<'_>,
    limit: usize,
) -> Result<Vec<u8>, SignatureProblem> {
    container.read(record, limit).map_err(|why| trouble("v1_unreadable_entry", why))
}

/// A list, whose length is taken from what all lists may have.
fn list_entry(
    container: &Container<'_>,
    record: &Record<'_>,
    room: &mut usize,
) -> Result<Vec<u8>, SignatureProblem> {
    let list = entry(container, record, *room)?;
    *room -= list.len();
    Ok(list)
}

fn too_long() -> SignatureProblem {
    trouble("v1_not_checked", "its lists of files are longer than this analysis reads")
}

/// The sections of the list by the files they are about.
fn by_name<'s, 'a>(
    files: &'s [Section<'a>],
    names: &HashSet<&str>,
) -> Result<HashMap<&'s str, &'s Section<'a>>, SignatureProblem>
where
    'a: 's,
{
    let mut listed = HashMap::with_capacity(files.len());
    for section in files {
        let Some(name) = section.name() else {
            return Err(trouble(
                "v1_unnamed_section",
                "the list of files has a part without a name",
            ));
        };
        if listed.insert(name, section).is_some() {
            let what = format!("the list of files names {:?} twice", shown(name));
            return Err(trouble("v1_duplicate_section", what));
        }
        if !names.contains(name) {
            let what = format!("the list of files names {:?}, which is not there", shown(name));
            return Err(trouble("v1_missing_entry", what));
        }
    }
    Ok(listed)
}

/// Each signer's block with its list; blocks without one are ignored.
fn signer_files<'r, 'a>(
    records: &'r [Record<'a>],
) -> Result<Vec<(&'r Record<'a>, &'r Record<'a>)>, SignatureProblem> {
    let mut pairs = Vec::new();
    let lists: HashMap<&str, &Record<'a>> = records
        .iter()
        .filter(|record| record.name.starts_with(FOLDER))
        .filter_map(|record| Some((record.name.strip_suffix(".SF")?, record)))
        .collect();
    for block in records.iter().filter(|record| is_block(&record.name)) {
        let stem = block.name.rsplit_once('.').map_or("", |(stem, _)| stem);
        if let Some(list) = lists.get(stem) {
            pairs.push((block, *list));
        }
        if pairs.len() > MAX_SIGNERS {
            let what = format!("there are more than {MAX_SIGNERS} signers");
            return Err(trouble("v1_too_many_signers", what));
        }
    }
    if pairs.is_empty() {
        return Err(trouble("v1_no_signatures", "no signature over a list of files is there"));
    }
    Ok(pairs)
}

/// The first signature of the block that holds over the signer's list.
fn signature(
    name: &str,
    pkcs7: &[u8],
    list: &[u8],
    work: &Work,
) -> Result<(SchemeSigner, Vec<u8>), SignatureProblem> {
    let refused = |id: &str, what: &str| trouble(id, format!("{:?}: {what}", shown(name)));
    let data = SignedData::read(pkcs7)
        .ok_or_else(|| refused("v1_malformed_block", "it is no PKCS #7 signature"))?;
    let certificates: Vec<Certificate<'_>> = data
        .certificates
        .iter()
        .map(|der| Certificate::read(der))
        .collect::<Option<_>>()
        .ok_or_else(|| refused("v1_malformed_certificate", "a certificate in it is malformed"))?;
    let mut first = None;
    for signer in &data.signers {
        match signer.check(&data, &certificates, list, work) {
            Checked::Holds(certificate, algorithm) => {
                first.get_or_insert_with(|| {
                    let signer = SchemeSigner {
                        certificate_sha256: certificate.sha256(),
                        algorithms: vec![algorithm],
                        api_levels: None,
                        ancestors: Vec::new(),
                    };
                    (signer, certificate.der.to_vec())
                });
            }
            Checked::DoesNotHold => {}
            Checked::Refused(why) => return Err(refused("v1_block_refused", why)),
        }
    }
    first.ok_or_else(|| refused("v1_signature_wrong", "its signature does not hold"))
}

/// One signer's list.
struct SignerList<'a> {
    name: &'a str,
    sections: Vec<Section<'a>>,
}

impl SignerList<'_> {
    /// Compares it with the list of files; hands back which files it is about, or nothing where
    /// Android ignores it.
    fn check(
        &self,
        manifest: &[u8],
        main: Option<&Section<'_>>,
        listed: &HashMap<&str, &Section<'_>>,
        found: &[u32],
    ) -> Result<Option<HashSet<String>>, SignatureProblem> {
        let Some((head, parts)) = self.sections.split_first() else {
            return Err(self.trouble("v1_empty_signer_list", "it is empty"));
        };
        if head.get("Signature-Version").is_none() {
            return Ok(None);
        }
        check_stripped(head, found)?;
        let by_signtool = head.get("Created-By").is_some_and(|by| by.contains("signtool"));
        let suffix = if by_signtool { "-Digest" } else { "-Digest-Manifest" };
        let whole = match self.digest(head, suffix)? {
            Some((hash, stated)) => hash.digest(manifest) == stated,
            None => false,
        };
        if !by_signtool
            && let Some((hash, stated)) = self.digest(head, "-Digest-Manifest-Main-Attributes")?
            && main.is_none_or(|main| hash.digest(main.bytes) != stated)
        {
            let what = "its digest of the head of the list of files is another";
            return Err(self.trouble("v1_manifest_changed", what));
        }
        let mut names = HashSet::with_capacity(parts.len());
        let mut wrong = None;
        let mut ignored = false;
        for part in parts {
            let Some(name) = part.name() else { return Ok(None) };
            if !names.insert(name.to_owned()) {
                return Ok(None);
            }
            if whole {
                continue;
            }
            let Some(section) = listed.get(name) else {
                ignored = true;
                continue;
            };
            wrong = wrong.or(self.check_section(part, section, name, by_signtool)?);
        }
        match wrong {
            _ if ignored => Ok(None),
            Some(problem) => Err(problem),
            None => Ok(Some(names)),
        }
    }

    /// Compares what it says of one section of the list of files with that section.
    fn check_section(
        &self,
        part: &Section<'_>,
        section: &Section<'_>,
        name: &str,
        by_signtool: bool,
    ) -> Result<Option<SignatureProblem>, SignatureProblem> {
        let Some((hash, stated)) = self.digest(part, "-Digest")? else {
            let what = format!("it has no digest for {:?}", shown(name));
            return Ok(Some(self.trouble("v1_no_section_digest", &what)));
        };
        let bytes = match section.bytes {
            [bytes @ .., b'\n', b'\n'] if by_signtool => &section.bytes[..=bytes.len()],
            bytes => bytes,
        };
        Ok((hash.digest(bytes) != stated).then(|| {
            let what = format!("its digest of what is listed of {:?} is another", shown(name));
            self.trouble("v1_manifest_changed", &what)
        }))
    }

    fn digest(
        &self,
        section: &Section<'_>,
        suffix: &str,
    ) -> Result<Option<(Hash, Vec<u8>)>, SignatureProblem> {
        best_digest(section, suffix)
            .map_err(|()| self.trouble("v1_malformed_digest", "a digest in it is malformed"))
    }

    fn trouble(&self, id: &str, what: &str) -> SignatureProblem {
        trouble(id, format!("{:?}: {what}", shown(self.name)))
    }
}

/// Whether a newer signature that it speaks of is gone.
fn check_stripped(head: &Section<'_>, found: &[u32]) -> Result<(), SignatureProblem> {
    let claimed = head.get("X-Android-APK-Signed").unwrap_or_default();
    let gone = claimed
        .split(',')
        .filter_map(|id| id.trim().parse::<u32>().ok())
        .find(|id| [2, 3].contains(id) && !found.contains(id));
    match gone {
        Some(id) => {
            let what =
                format!("the file was signed with scheme {id} too, and that signature is gone");
            Err(trouble(if id == 2 { "v2_stripped" } else { "v3_stripped" }, what))
        }
        None => Ok(()),
    }
}

/// The best digest that a section states under names that end so.
fn best_digest(section: &Section<'_>, suffix: &str) -> Result<Option<(Hash, Vec<u8>)>, ()> {
    for (name, hash) in DIGESTS {
        if let Some(text) = section.get_joined(name, suffix) {
            return Ok(Some((hash, base64(text).ok_or(())?)));
        }
    }
    Ok(None)
}

/// Checks each file against the list; hands back which signers signed them all.
fn files_signed(
    container: &Container<'_>,
    records: &[Record<'_>],
    listed: &HashMap<&str, &Section<'_>>,
    signers: &[&HashSet<String>],
) -> Result<Vec<usize>, SignatureProblem> {
    let needed = records.iter().filter(|record| !record.name.starts_with(FOLDER));
    let total: u64 = needed.clone().map(|record| u64::from(record.size)).sum();
    if total > MAX_INFLATED_BYTES + MAX_INFLATED_RATIO * container.bytes.len() as u64 {
        let what = format!("its files inflate to {total} bytes, more than this analysis reads");
        return Err(trouble("v1_not_checked", what));
    }
    let mut used: Option<Vec<usize>> = None;
    for record in needed {
        let name = &*record.name;
        let unsigned =
            |what: &str| trouble("v1_unsigned_entry", format!("{:?}: {what}", shown(name)));
        let section = listed.get(name).ok_or_else(|| unsigned("it is not in the list of files"))?;
        let by: Vec<usize> =
            (0..signers.len()).filter(|index| signers[*index].contains(name)).collect();
        if by.is_empty() {
            return Err(unsigned("no signer's list names it"));
        }
        if used.get_or_insert_with(|| by.clone()) != &by {
            let what = format!("{:?}: other signers signed it than other files", shown(name));
            return Err(trouble("v1_signers_differ", what));
        }
        let stated = best_digest(section, "-Digest")
            .map_err(|()| unsigned("its digest in the list is malformed"))?;
        let (hash, stated) = stated.ok_or_else(|| unsigned("the list has no digest for it"))?;
        let mut digest = hash.start();
        container
            .feed(record, &mut |part| digest.update(part))
            .map_err(|why| trouble("v1_unreadable_entry", why))?;
        if *digest.finalize() != *stated {
            let what = format!("{:?}: it was changed after it was signed", shown(name));
            return Err(trouble("v1_digest_mismatch", what));
        }
    }
    used.ok_or_else(|| trouble("v1_nothing_signed", "no file is signed"))
}

/// Base 64 as Java's strict decoder reads it: no other characters, padding whole or absent.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    let bare = match text {
        [bare @ .., b'=', b'='] | [bare @ .., b'='] if text.len().is_multiple_of(4) => bare,
        _ => text,
    };
    if bare.len() % 4 == 1 || (bare.len() != text.len() && bare.len() % 4 == 0) {
        return None;
    }
    let mut out = Vec::with_capacity(bare.len() * 3 / 4);
    for four in bare.chunks(4) {
        let mut bits = 0u32;
        for at in 0..4 {
            let value = match four.get(at).copied() {
                Some(letter @ b'A'..=b'Z') => letter - b'A',
                Some(letter @ b'a'..=b'z') => letter - b'a' + 26,
                Some(digit @ b'0'..=b'9') => digit - b'0' + 52,
                Some(b'+') => 62,
                Some(b'/') => 63,
                Some(_) => return None,
                None => 0,
            };
            bits = bits << 6 | u32::from(value);
        }
        out.extend_from_slice(&bits.to_be_bytes()[1..four.len()]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_read_strictly() {
        assert_eq!(base64("YW55").as_deref(), Some(&b"any"[..]));
        assert_eq!(base64("YW4=").as_deref(), Some(&b"an"[..]));
        assert_eq!(base64("YW4").as_deref(), Some(&b"an"[..]));
        assert_eq!(base64("YQ==").as_deref(), Some(&b"a"[..]));
        assert_eq!(base64("").as_deref(), Some(&b""[..]));
        for wrong in ["Y", "YW5=5", "YW 5", "YQ=", "YW55=", "====", "YW55YQ= "] {
            assert_eq!(base64(wrong), None, "{wrong}");
        }
    }
}
