//! Which values of the latest release begin with a prefix, as `/api/v1/lookup/` tells it: digests,
//! padded so that every answer is as long as every other.
//!
//! What fills an answer up is made from a key that stays here, looks as digests do and is the same
//! for as long as the key is: whoever asks twice, or after two releases, sees nothing change but
//! what was released. `docs/reference/lookup.md` says what this protects from, and what it does not.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use anyhow::Context as _;
use futures_util::TryStreamExt as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256 as Hasher};
use tokio::sync::RwLock;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::set::IndicatorSet;
use unwatched_store::ReleaseRow;

use super::INDICATORS;
use crate::clock::Randomness;
use crate::state::{AppState, DataFolder};

/// An answer holds at least so many digests.
pub const LEAST: usize = 64;
const KEY_FILE: &str = "lookup.key";

/// A digest of `kind:value`.
pub type Digest = [u8; 32];

/// The first two bytes of a digest: four hexadecimal digits.
pub type Prefix = [u8; 2];

/// The digest that a value is looked up by.
pub fn digest(kind: IndicatorKind, normalised: &str) -> Digest {
    Hasher::digest(format!("{kind}:{normalised}")).into()
}

/// Whether values of this kind can be looked up: a pattern is no value that a phone shows.
pub fn can_be_looked_up(kind: IndicatorKind) -> bool {
    kind != IndicatorKind::CertificateCommonNamePattern
}

/// The digests of a release, and what answers are filled up with.
pub struct Table {
    /// Of which release.
    pub sequence: u64,
    by_kind: BTreeMap<&'static str, Vec<Digest>>,
    length: usize,
    key: Digest,
}

impl Table {
    fn new(sequence: u64, set: &IndicatorSet, key: Digest) -> Self {
        let mut by_kind: BTreeMap<_, Vec<Digest>> = BTreeMap::new();
        for (kind, value) in set.pairs().filter(|(kind, _)| can_be_looked_up(*kind)) {
            by_kind.entry(kind.as_str()).or_default().push(digest(kind, value));
        }
        for digests in by_kind.values_mut() {
            digests.sort_unstable();
            digests.dedup();
        }
        let fullest = by_kind.values().map(|digests| fullest(digests)).max().unwrap_or(0);
        Self { sequence, by_kind, length: length(fullest), key }
    }

    /// The digests of a kind that begin so, and as many others as it takes, in their order.
    pub fn answer(&self, kind: IndicatorKind, prefix: Prefix) -> Vec<Digest> {
        let digests = self.by_kind.get(kind.as_str()).map_or(&[][..], Vec::as_slice);
        let from = digests.partition_point(|digest| digest[..2] < prefix[..]);
        let found = digests[from..].iter().take_while(|digest| digest[..2] == prefix);
        let mut answer: Vec<Digest> = found.copied().collect();
        let missing = self.length.saturating_sub(answer.len());
        answer.extend((0..missing).map(|place| self.filler(kind, prefix, place)));
        answer.sort_unstable();
        answer
    }

    /// A digest of nothing: nobody knows a value that has it.
    fn filler(&self, kind: IndicatorKind, prefix: Prefix, place: usize) -> Digest {
        let mac = Hmac::<Hasher>::new_from_slice(&self.key);
        let Ok(mut mac) = mac else { return self.key };
        mac.update(format!("{kind}:{}:{place}", hex::encode(prefix)).as_bytes());
        let mut filler: Digest = mac.finalize().into_bytes().into();
        filler[..2].copy_from_slice(&prefix);
        filler
    }
}

/// How many digests every answer holds: the next power of two that the fullest one fits in, so that
/// no answer of a release is longer than another.
fn length(fullest: usize) -> usize {
    fullest.next_power_of_two().max(LEAST)
}

/// How many of sorted digests begin alike at most.
fn fullest(digests: &[Digest]) -> usize {
    digests.chunk_by(|a, b| a[..2] == b[..2]).map(<[Digest]>::len).max().unwrap_or(0)
}

/// The table of the latest release, made when it is first asked for.
#[derive(Clone, Default)]
pub struct Lookups(Arc<RwLock<Option<Arc<Table>>>>);

impl std::fmt::Debug for Lookups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lookups")
    }
}

impl Lookups {
    /// The latest release's; `None` before the first.
    pub async fn latest(&self, state: &AppState) -> anyhow::Result<Option<Arc<Table>>> {
        let Some(sequence) = state.store.latest_sequence().await? else { return Ok(None) };
        if let Some(table) = self.0.read().await.as_ref().filter(|t| t.sequence == sequence) {
            return Ok(Some(table.clone()));
        }
        let mut kept = self.0.write().await;
        if let Some(table) = kept.as_ref().filter(|table| table.sequence >= sequence) {
            return Ok(Some(table.clone()));
        }
        let Some(release) = state.store.latest_release().await? else { return Ok(None) };
        let key = key(&state.data, &state.randomness)?;
        let table = Arc::new(Table::new(release.sequence, &set(state, &release).await?, key));
        *kept = Some(table.clone());
        Ok(Some(table))
    }
}

async fn set(state: &AppState, release: &ReleaseRow) -> anyhow::Result<IndicatorSet> {
    let file = release.files.iter().find(|file| file.name == INDICATORS);
    let file = file.with_context(|| format!("release {} has no {INDICATORS}", release.sequence))?;
    let blob = state.store.get(&file.blob).await.context("read the released indicators")?;
    let bytes: Vec<u8> = blob
        .bytes
        .try_fold(Vec::new(), |mut all, piece| async move {
            all.extend_from_slice(&piece);
            Ok(all)
        })
        .await
        .context("read the released indicators")?;
    IndicatorSet::from_bytes(&bytes).context("read the released indicators")
}

/// The key that fillers are made with: made once, kept in the data folder.
fn key(data: &DataFolder, randomness: &Randomness) -> anyhow::Result<Digest> {
    let path = data.keys().join(KEY_FILE);
    if !path.exists() {
        let mut file = tempfile::Builder::new()
            .permissions(std::fs::Permissions::from_mode(0o600))
            .tempfile_in(data.keys())
            .context("make the key of lookups")?;
        writeln!(file, "{}", hex::encode(randomness.bytes::<32>()))
            .and_then(|()| file.as_file().sync_all())
            .context("write the key of lookups")?;
        // Whoever else makes one at the same moment: theirs is the key.
        drop(file.persist_noclobber(&path));
    }
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let mut key = Digest::default();
    hex::decode_to_slice(text.trim(), &mut key)
        .with_context(|| format!("{} holds no key: remove it", path.display()))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use unwatched_model::class::Class;
    use unwatched_model::indicator::Role;
    use unwatched_model::set::{SetBuilder, SetFamily};

    use super::*;

    fn table(sequence: u64, values: &[String]) -> Table {
        let mut builder = SetBuilder::new();
        let id: unwatched_model::family::FamilyId = "watch-alpha".parse().unwrap();
        builder.family(SetFamily {
            id: id.clone(),
            name: "Watch Alpha".to_owned(),
            class: Class::Stalkerware,
            judged: true,
            attributed: Vec::new(),
        });
        for value in values {
            builder.indicator(&id, IndicatorKind::Domain, value, Role::C2).unwrap();
        }
        Table::new(sequence, &builder.build(), [7; 32])
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("w{n}.watch.example")).collect()
    }

    #[test]
    fn every_answer_has_the_same_length_and_holds_what_was_released() {
        let names = names(3_000);
        let table = table(1, &names);
        for name in &names {
            let digest = digest(IndicatorKind::Domain, name);
            let answer = table.answer(IndicatorKind::Domain, [digest[0], digest[1]]);
            assert!(answer.binary_search(&digest).is_ok(), "{name}");
            assert_eq!(answer.len(), LEAST);
        }
        for kind in [IndicatorKind::Domain, IndicatorKind::Package] {
            let answer = table.answer(kind, [0xab, 0xcd]);
            assert_eq!(answer.len(), LEAST);
            assert!(answer.iter().all(|digest| digest[..2] == [0xab, 0xcd]));
            assert!(answer.is_sorted_by(|a, b| a < b), "no two alike");
        }
    }

    #[test]
    fn between_releases_nothing_changes_but_what_was_released() {
        let (before, after) = (table(1, &names(10)), table(2, &names(11)));
        let new = digest(IndicatorKind::Domain, "w10.watch.example");
        let prefix = [new[0], new[1]];
        let (old, now) = (
            before.answer(IndicatorKind::Domain, prefix),
            after.answer(IndicatorKind::Domain, prefix),
        );
        let added: Vec<_> = now.iter().filter(|digest| !old.contains(digest)).collect();
        assert_eq!(added, [&new], "the rest is what it was");
        let elsewhere = [new[0], new[1].wrapping_add(1)];
        assert_eq!(
            before.answer(IndicatorKind::Domain, elsewhere),
            after.answer(IndicatorKind::Domain, elsewhere)
        );
    }

    #[test]
    fn a_prefix_that_many_values_share_makes_every_answer_longer() {
        for (fullest, expected) in [(0, 64), (64, 64), (65, 128), (128, 128), (129, 256)] {
            assert_eq!(length(fullest), expected, "{fullest}");
        }
        let alike = |count: u8| (0..count).map(|n| [n / 3; 32]).collect::<Vec<Digest>>();
        assert_eq!((fullest(&alike(7)), fullest(&[])), (3, 0));
    }
}
