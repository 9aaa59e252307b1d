//! The files of a release that are ours: from the rows that were sifted to one [`Feed`], and from
//! it to bytes. Which rows those are is `sift`'s to say; how a form looks, `unwatched-formats`'.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::Timestamp;
use unwatched_formats::feed::{
    self, Feed, FeedFamily, Head, PARTNERS, Statement, atom, clamav, filter, lines, misp, rpz,
    suricata, yara,
};
use unwatched_formats::release::{Attribution, SharedValue};
use unwatched_formats::stix;
use unwatched_model::digest::{Md5, Sha256};
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::recall::Recalled;
use unwatched_store::{IndicatorRow, ReleaseRow, Store};

use super::compile::Released;
use super::files::LICENCE;
use super::shared::Shared;
use super::sift::Sifted;
use super::{recall, warnings};

/// How many earlier releases the news say.
const EARLIER: u32 = 20;
/// No manifest of a release is larger.
const MAX_MANIFEST_BYTES: u64 = 64 << 20;

/// What renders a file from the feed.
type Renderer = fn(&Feed<'_>) -> Vec<u8>;

/// Files made of the feed alone.
const FILES: [(&str, Renderer); 10] = [
    (lines::FILE_NAME, lines::render),
    (stix::STRICT_FILE_NAME, stix::strict_bundle),
    (filter::FILE_NAME, filter::render),
    (suricata::FILE_NAME, suricata::render),
    (rpz::FILE_NAME, rpz::render),
    (clamav::SHA256_FILE_NAME, clamav::sha256_signatures),
    (clamav::MD5_FILE_NAME, clamav::md5_signatures),
    (clamav::UNWANTED_SHA256_FILE_NAME, clamav::unwanted_sha256_signatures),
    (clamav::UNWANTED_MD5_FILE_NAME, clamav::unwanted_md5_signatures),
    (yara::FILE_NAME, yara::render),
];

/// The names of the files but those of the MISP feed.
pub fn names() -> Vec<String> {
    let fixed = FILES.into_iter().map(|(name, _)| name.to_owned());
    let languages =
        warnings::languages().iter().map(|words| feed::warnings::file_name(&words.language));
    fixed.chain([atom::FILE_NAME.to_owned()]).chain(languages).collect()
}

/// What is said beside the rows.
#[derive(Debug)]
pub struct Rendering {
    head: Head,
    earlier: Vec<Head>,
    recalls: Vec<Recalled>,
    /// The MISP feed's manifest in the release before.
    manifest: Option<Vec<u8>>,
    shared: Shared,
    md5: BTreeMap<String, Md5>,
    base: String,
}

impl Rendering {
    /// Reads it.
    pub async fn read(store: &Store, sifted: &Sifted, now: Timestamp) -> anyhow::Result<Self> {
        let head = Head { sequence: store.next_sequence().await?, published: now };
        let earlier = store.releases(EARLIER).await?;
        let manifest = match earlier.first() {
            Some(last) => manifest_of(store, last).await?,
            None => None,
        };
        let reviews = store.shared_reviews().await?;
        let earlier = earlier
            .iter()
            .map(|release| Head { sequence: release.sequence, published: release.published });
        Ok(Self {
            head,
            earlier: earlier.collect(),
            recalls: recall::said(&sifted.recalled, now),
            manifest,
            shared: Shared::of(&sifted.public, &sifted.popular, reviews),
            md5: md5_of(store, &sifted.public).await?,
            base: String::new(),
        })
    }

    /// The address that the files are served from.
    pub fn served_at(&mut self, public_url: Option<&str>) {
        self.base = public_url
            .map(|url| format!("{}/feeds/v1/", url.trim_end_matches('/')))
            .unwrap_or_default();
    }

    /// The release's number.
    pub fn sequence(&self) -> u64 {
        self.head.sequence
    }

    /// What the index warns of.
    pub fn warnings(&self) -> Vec<SharedValue> {
        self.shared.warnings()
    }

    /// Values on shared infrastructure.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The rows, brought together.
    pub fn feed<'a>(
        &'a self,
        families: &'a [Released],
        public: &'a [IndicatorRow],
        attributions: &'a [Attribution],
    ) -> Feed<'a> {
        let families = families.iter().map(|family| FeedFamily {
            family: &family.row.family,
            class: family.class,
            judged: family.judged,
            attributed: &family.row.attributed,
            created: family.row.added_at,
        });
        let sharing = |one: &Statement<'_>| self.shared.sharing(one.kind, one.value);
        let statements = public.iter().map(statement);
        let mut feed =
            Feed::new(self.head, LICENCE, attributions, families.collect(), statements, sharing);
        feed.md5 = self.md5.iter().map(|(sha256, md5)| (sha256.as_str(), *md5)).collect();
        feed
    }

    /// One file by its name, but for those of the MISP feed.
    pub fn file(&self, feed: &Feed<'_>, name: &str) -> Option<Vec<u8>> {
        if name == atom::FILE_NAME {
            return Some(atom::render(feed, &self.earlier, &self.recalls, &self.base));
        }
        if let Some((_, render)) = FILES.iter().find(|(known, _)| *known == name) {
            return Some(render(feed));
        }
        let words = warnings::languages()
            .iter()
            .find(|words| feed::warnings::file_name(&words.language) == name)?;
        Some(feed::warnings::render(words, LICENCE))
    }

    /// The files of the MISP feed.
    pub fn misp(&self, feed: &Feed<'_>) -> Vec<(String, Vec<u8>)> {
        misp::render(feed, self.manifest.as_deref())
    }
}

/// A row as every surface states it. Which partner said so stays here.
pub(crate) fn statement(row: &IndicatorRow) -> Statement<'_> {
    Statement {
        family: &row.indicator.family,
        kind: row.indicator.kind,
        value: &row.normalised,
        role: row.indicator.role,
        tlp: row.indicator.tlp,
        pap: row.handling.pap,
        source: if row.by.is_some() { PARTNERS } else { &row.indicator.source },
        added: row.added_at,
    }
}

async fn manifest_of(store: &Store, release: &ReleaseRow) -> anyhow::Result<Option<Vec<u8>>> {
    let Some(file) = release.files.iter().find(|file| file.name == misp::MANIFEST) else {
        return Ok(None);
    };
    let bytes = store.get_bytes(&file.blob, MAX_MANIFEST_BYTES).await;
    let bytes = bytes.with_context(|| format!("read {} of the last release", misp::MANIFEST))?;
    Ok(Some(bytes.to_vec()))
}

/// The MD5 of the released files that somebody shares with everybody.
async fn md5_of(store: &Store, public: &[IndicatorRow]) -> anyhow::Result<BTreeMap<String, Md5>> {
    let files = public.iter().filter(|row| row.indicator.kind == IndicatorKind::FileSha256);
    let files: Vec<Sha256> = files.filter_map(|row| row.normalised.parse().ok()).collect();
    let known = store.public_md5(&files).await.context("look the files' MD5 up")?;
    Ok(known.into_iter().map(|(sha256, md5)| (sha256.to_string(), md5)).collect())
}
