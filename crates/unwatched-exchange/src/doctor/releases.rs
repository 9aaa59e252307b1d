//! Every release: its index against the server's signature, its files against the index, and the
//! bundle against both. That the files' bytes are what their names say is the blobs' check; who else
//! signed, and the log, is that of `release_log`.

use unwatched_formats::release::{
    Index, Limits, PublicKey, open_bundle, write_bundle, write_proven_bundle,
};
use unwatched_store::{KeySetRow, LogEntry, ReleaseFile, ReleaseRow, Store};

use super::{Check, Exam};
use crate::release::key_sets::Signing;
use crate::release::{BUNDLE, INDICATORS, keys, sha256};

const WHAT_NOW: &str = "do not let helpers install it: publish a new release, and find out what \
                    changed the old one";
const MAX_BYTES: u64 = 256 << 20;

pub(super) async fn check(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("releases");
    let releases = match exam.state.store.releases(u32::MAX).await {
        Ok(releases) => releases,
        Err(error) => {
            check.found(format!("the releases do not read: {error}"), "releases", WHAT_NOW);
            return check;
        }
    };
    check.looked_at = format!("{} releases", releases.len());
    let signed_by = match Signed::read(exam).await {
        Ok(signed_by) => Some(signed_by),
        Err(error) => {
            check.could_not(format!("signatures: {error:#}"));
            None
        }
    };
    match exam.state.store.odd_release_files().await {
        Ok(odd) => {
            for (release, what) in odd {
                check.found(what, format!("release {release}"), WHAT_NOW);
            }
        }
        Err(error) => check.found(format!("the files do not read: {error}"), "releases", WHAT_NOW),
    }
    for release in &releases {
        let place = format!("release {}", release.sequence);
        if let Some(Err(why)) = signed_by.as_ref().map(|signed_by| signed_by.check(release)) {
            check.found(why, place.clone(), WHAT_NOW);
        }
        for why in unlike_index(release) {
            check.found(why, place.clone(), WHAT_NOW);
        }
        if exam.quick {
            continue;
        }
        match bundled(&exam.state.store, release).await {
            Ok(true) => {}
            Ok(false) => {
                check.found("its bundle is not made of its index and set", place, WHAT_NOW);
            }
            // The blobs' check names the blob.
            Err(error) => check.could_not(format!("the bundle of {place}: {error:#}")),
        }
    }
    check
}

/// The server's key as it was when each release was made.
struct Signed {
    sets: Vec<KeySetRow>,
    entries: Vec<LogEntry>,
    /// Of what was published before there was a log.
    now: Option<PublicKey>,
}

impl Signed {
    async fn read(exam: &Exam<'_>) -> anyhow::Result<Self> {
        let store = &exam.state.store;
        let (sets, entries) = (store.key_sets().await?, store.release_log().await?);
        Ok(Self { sets, entries, now: keys::server(&exam.state.data)? })
    }

    fn check(&self, release: &ReleaseRow) -> Result<(), String> {
        let entry = self.entries.iter().find(|entry| entry.sequence == release.sequence);
        let key = match entry {
            Some(entry) => Signing::up_to(&self.sets, entry.key_set)
                .map(|signing| signing.set.server)
                .map_err(|error| format!("the key that signed it does not read: {error:#}"))?,
            None => self.now.clone().ok_or("the key that signed it is gone")?,
        };
        if keys::is_signed(&key, &release.index_json, &release.signature) {
            Ok(())
        } else {
            Err("its signature is not that of this exchange's key".to_owned())
        }
    }
}

/// How the rows of a release differ from its signed index.
fn unlike_index(release: &ReleaseRow) -> Vec<String> {
    let index: Index = match serde_json::from_slice(&release.index_json) {
        Ok(index) => index,
        Err(error) => return vec![format!("its index does not read: {error}")],
    };
    let mut differ = Vec::new();
    if index.to_bytes() != release.index_json {
        differ.push("its index is not as it was written".to_owned());
    }
    let head = (index.sequence, index.published, index.expires);
    if head != (release.sequence, release.published, release.expires) {
        differ.push("its row says another number or day than its signed index".to_owned());
    }
    let mut listed: Vec<_> =
        index.files.iter().map(|file| (&file.name, file.size_bytes, file.sha256)).collect();
    let kept = release.files.iter().filter(|file| file.name != BUNDLE);
    let mut kept: Vec<_> = kept.map(|file| (&file.name, file.size_bytes, file.sha256)).collect();
    // The index is sorted by name, and the rows are in the order of their making.
    listed.sort_unstable();
    kept.sort_unstable();
    if listed != kept {
        differ.push("its files are not those of its signed index".to_owned());
    }
    for file in release.files.iter().filter(|file| file.blob != file.sha256) {
        differ.push(format!("{} is kept in another file's blob", file.name));
    }
    differ
}

/// Whether the bundle holds this release as its parts are.
async fn bundled(store: &Store, release: &ReleaseRow) -> anyhow::Result<bool> {
    let file = |name: &str| -> anyhow::Result<&ReleaseFile> {
        let file = release.files.iter().find(|file| file.name == name);
        file.ok_or_else(|| anyhow::anyhow!("it has no file {name}"))
    };
    let set = store.get_bytes(&file(INDICATORS)?.blob, MAX_BYTES).await?;
    let kept = file(BUNDLE)?;
    let bytes = store.get_bytes(&kept.blob, MAX_BYTES).await?;
    let bundle = open_bundle(&bytes, &Limits::default())?;
    let made = match bundle.proofs() {
        Some(proofs) => write_proven_bundle(&release.index_json, &release.signature, &set, proofs),
        None => write_bundle(&release.index_json, &release.signature, &set),
    };
    Ok(sha256(&made) == kept.blob && made.len() as u64 == kept.size_bytes)
}
