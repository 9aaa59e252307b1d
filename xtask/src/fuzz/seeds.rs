//! Well-formed inputs to start from, written by the same builders as the tests' fixtures, so that
//! no binary lies in the repository. Seeds that are text lie in `fuzz/seeds/`.

use std::borrow::Cow;
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;

use anyhow::{Context, Result};
use sha2::Digest as _;
use unwatched_fixtures::apk::gallery;
use unwatched_formats::feed::filter::key;
use unwatched_formats::release::{
    INDICATORS_NAME, Index, IndexFile, KeyChain, KeySet, Leaf, Log, Proofs, PublicKey, SignedSet,
    write_bundle, write_proven_bundle,
};
use unwatched_model::class::Class;
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::set::{IndicatorSet, SetBuilder, SetFamily};

use super::phones;
use crate::house;

/// Puts the seeds of one target beside what earlier runs have found.
pub(super) fn write(target: &str, corpus: &Path) -> Result<()> {
    for (number, seed) in of(target)?.iter().enumerate() {
        fs::write(corpus.join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}

fn of(target: &str) -> Result<Vec<Vec<u8>>> {
    let apps = || (0..4).map(|seed| gallery::unknown_stalkerware_like(seed).bytes());
    match target {
        "artefact" => Ok(phones::artefacts()),
        "container" => Ok(phones::containers()),
        "case" => case(),
        "sealed" => sealed(),
        "apk" => Ok(apps().chain([gallery::plain_game().bytes()]).collect()),
        "axml" => apps().map(|app| inside(&app, "AndroidManifest.xml")).collect(),
        "dex" => apps().map(|app| inside(&app, "classes.dex")).collect(),
        "resources" => Ok(vec![inside(&translated(), "resources.arsc")?]),
        "pkcs7" => Ok(vec![inside(&translated(), &signature_name(&translated())?)?]),
        "signing_block" => apps().map(|app| pairs(&app)).collect(),
        "nested" => Ok(apps().take(1).chain([inside(&translated(), "classes.dex")?]).collect()),
        "elf" => Ok(vec![library()]),
        "icons" => Ok(vec![ICON.to_vec(), BLANK_WEBP.to_vec()]),
        "hermes" => Ok(vec![[&HERMES.to_le_bytes()[..], &[0; 120], b"https://a.example"].concat()]),
        "splits" => Ok(vec![
            br#"{"package_name": "com.example", "split_apks": [{"file": "base.apk"}]}"#.to_vec(),
        ]),
        "indicators_bin" => Ok(vec![set()?.to_bytes()]),
        "filter_bin" => Ok(vec![filter()]),
        "bundle" => bundles(&set()?.to_bytes()),
        _ => Ok(Vec::new()),
    }
}

/// A filter that holds one name.
fn filter() -> Vec<u8> {
    let key = key(IndicatorKind::Domain, "watch-alpha.example").to_be_bytes();
    [b"UNWFLT01", &1_u32.to_be_bytes()[..], &key, &[1, 1]].concat()
}

/// What a package of version 1 decrypts to.
fn sealed() -> Result<Vec<Vec<u8>>> {
    let path = house::root().join("crates/unwatched-acquire/tests/golden/sealed/version-1.tar");
    Ok(vec![fs::read(&path).with_context(|| path.display().to_string())?])
}

/// The parts of a case of version 1, each behind the number that says which it is.
fn case() -> Result<Vec<Vec<u8>>> {
    const ENTRIES: &[u8] = br#"{"kind":"created","tool":"x"}
{"kind":"acquisition_began","acquisition":1,"tool":"x"}
{"kind":"stream_began","stream":1,"acquisition":1,"name":"getprop","what":"getprop"}
{"kind":"stream_ended","stream":1,"outcome":{"exit":0},"length_bytes":27,"sha256":"00","duration_ms":1}
{"kind":"step","part":"remove","step":"x","state":"intended","detail":{"a":"b"}}
{"kind":"acquisition_ended","acquisition":1,"end":{"stopped":"x"}}"#;
    let folder = house::root().join("crates/unwatched-acquire/tests/golden/case/version-1");
    let part = |number: u8, name: &str| {
        let bytes = fs::read(folder.join(name)).with_context(|| format!("read {name}"))?;
        Ok([&[number], bytes.as_slice()].concat())
    };
    let content =
        [&[5, 0, 0, 0, 0, 0, 0, 0, 1][..], b"[ro.product.model]: [TC-1]\n\x80\0\0"].concat();
    let parts = [part(0, "case"), part(1, "key"), part(2, "journal"), part(4, "000001")];
    let mut seeds = parts.into_iter().collect::<Result<Vec<_>>>()?;
    seeds.extend([[&[3], ENTRIES].concat(), content]);
    Ok(seeds)
}

/// A picture of four points to each side.
const ICON: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 4, 0, 0, 0, 4, 8, 6, 0,
    0, 0, 169, 241, 158, 126, 0, 0, 0, 43, 73, 68, 65, 84, 120, 218, 21, 200, 49, 1, 0, 48, 12,
    195, 176, 0, 43, 146, 33, 49, 176, 240, 235, 220, 67, 143, 146, 188, 29, 161, 42, 25, 67, 168,
    115, 129, 33, 84, 46, 106, 8, 85, 31, 234, 41, 32, 209, 214, 195, 155, 192, 0, 0, 0, 0, 73, 69,
    78, 68, 174, 66, 96, 130,
];
/// A WebP of the same size whose points break off.
const BLANK_WEBP: &[u8] = &[
    82, 73, 70, 70, 54, 0, 0, 0, 87, 69, 66, 80, 86, 80, 56, 76, 42, 0, 0, 0, 47, 3, 192, 0, 16, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0,
];

/// What a compiled script begins with.
const HERMES: u64 = 0x1f19_03c1_03bc_1fc6;

/// An app with texts in two languages, signed in the oldest scheme too.
fn translated() -> Vec<u8> {
    let app = gallery::unknown_stalkerware_like(1).builder().clone();
    app.resource_label("Watch Alpha", &[("de", "Wache")]).with_scheme_1().build()
}

/// The file with the signature of the oldest scheme.
fn signature_name(app: &[u8]) -> Result<String> {
    let archive = zip::ZipArchive::new(Cursor::new(app))?;
    let mut names = archive.file_names().flatten().map(Cow::into_owned);
    let found = names.find(|name| {
        let kind = name.strip_prefix("META-INF/").and_then(|name| name.rsplit_once('.'));
        matches!(kind, Some((_, "RSA" | "EC" | "DSA")))
    });
    found.context("no signature of the oldest scheme")
}

/// What stands in a signing block between its two sizes.
fn pairs(app: &[u8]) -> Result<Vec<u8>> {
    let magic = b"APK Sig Block 42";
    let end = app.windows(magic.len()).rposition(|window| window == magic);
    let end = end.context("no signing block")? - 8;
    let size = usize::try_from(u64::from_le_bytes(app[end..end + 8].try_into()?))?;
    Ok(app[end + 16 + 8 - size..end].to_vec())
}

/// The head of a 64-bit library, with one name in a table of strings.
fn library() -> Vec<u8> {
    let mut library = b"\x7fELF\x02\x01\x01".to_vec();
    library.resize(64, 0);
    library[0x10..0x14].copy_from_slice(&[3, 0, 0xb7, 0]);
    library[0x28] = 64;
    library[0x34] = 64;
    library[0x3a] = 64;
    library[0x3c] = 1;
    library.resize(128, 0);
    library.extend(b"\0Java_com_example_Watch_start\0https://panel.watch-alpha.example/\0");
    library
}

/// One file of an app.
fn inside(app: &[u8], name: &str) -> Result<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(app))?;
    let mut bytes = Vec::new();
    archive.by_name(name).with_context(|| format!("no {name}"))?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn set() -> Result<IndicatorSet> {
    let id: FamilyId = "watch-alpha".parse()?;
    let mut builder = SetBuilder::new();
    builder.family(SetFamily {
        id: id.clone(),
        name: "Watch Alpha".to_owned(),
        class: Class::Stalkerware,
        judged: false,
        attributed: Vec::new(),
    });
    for (kind, value, role) in [
        (IndicatorKind::Package, "com.watch.alpha.example", Role::App),
        (IndicatorKind::Domain, "watch-alpha.example", Role::Website),
        (IndicatorKind::Address, "192.0.2.1", Role::C2),
        (IndicatorKind::Url, "https://watch-alpha.example/get", Role::Distribution),
        (IndicatorKind::CertificateCommonNamePattern, "^Alpha [0-9]+$", Role::App),
    ] {
        builder.indicator(&id, kind, value, role)?;
    }
    Ok(builder.build())
}

/// Bundles whose parts fit together, of three parts and of six; a signature of any text is opened,
/// and none verifies.
fn bundles(indicators: &[u8]) -> Result<Vec<Vec<u8>>> {
    let sha256 = |bytes: &[u8]| Sha256(sha2::Sha256::digest(bytes).into());
    let file = IndexFile {
        name: INDICATORS_NAME.to_owned(),
        size_bytes: indicators.len() as u64,
        sha256: sha256(indicators),
        media_type: String::new(),
    };
    let published = "2026-01-01T00:00:00Z".parse()?;
    let index = Index {
        sequence: 1,
        published,
        expires: "2026-02-01T00:00:00Z".parse()?,
        licence: "CC-BY-4.0".to_owned(),
        attribution: Vec::new(),
        files: vec![file],
        recalls: Vec::new(),
        warnings: Vec::new(),
    };
    let (index_json, signature) = (index.to_bytes(), "untrusted comment: none\n");
    let server: PublicKey = FUZZ_KEY.parse()?;
    let keys = KeySet { sequence: 1, threshold: 1, keys: vec![server.clone()], server };
    let leaf = Leaf { sequence: 1, index: sha256(&index_json), key_set: keys.sha256() };
    let log = Log::of(&[leaf.clone(), leaf]);
    let checkpoint = log.checkpoint("unwatched/example", published).text();
    let log = log.part(1, checkpoint, signature.to_owned()).context("a place in the log")?;
    let signed =
        SignedSet { set: String::from_utf8(keys.to_bytes())?, signatures: vec![signature.into()] };
    let keys = KeyChain { sets: vec![signed] };
    let proofs = Proofs { signatures: vec![signature.to_owned()], keys, log };
    Ok(vec![
        write_bundle(&index_json, signature, indicators),
        write_proven_bundle(&index_json, signature, indicators, &proofs),
    ])
}

/// The key that the target pins.
const FUZZ_KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_targets_have_seeds() {
        for target in [
            "apk",
            "axml",
            "dex",
            "indicators_bin",
            "bundle",
            "resources",
            "pkcs7",
            "signing_block",
            "nested",
            "elf",
            "hermes",
            "splits",
            "icons",
            "artefact",
            "container",
        ] {
            assert!(of(target).unwrap().iter().all(|seed| seed.len() > 50), "{target}");
            assert!(!of(target).unwrap().is_empty(), "{target}");
        }
    }
}
