//! Every release: its index against the key's signature, its files against the index, and the
//! bundle against both. That the files' bytes are what their names say is the blobs' check.

use std::io::Cursor;

use minisign::{PublicKeyBox, SignatureBox};
use unwatched_formats::release::{Index, write_bundle};
use unwatched_store::{ReleaseFile, ReleaseRow, Store};

use super::{Check, Exam};
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
    let key = match keys::public(&exam.state.data) {
        Ok(key) => key,
        Err(error) => {
            check.could_not(format!("signatures: {error:#}"));
            None
        }
    };
    if key.is_none() && !releases.is_empty() {
        check.found(
            "there are releases, and the key that signed them is gone",
            exam.state.data.keys().display().to_string(),
            "restore the keys folder from its copy: a new key means telling every helper",
        );
    }
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
        if let Some(Err(why)) = key.as_deref().map(|key| signed(release, key)) {
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

fn signed(release: &ReleaseRow, key: &str) -> Result<(), String> {
    let key = PublicKeyBox::from_string(key).and_then(PublicKeyBox::into_public_key);
    let key = key.map_err(|error| format!("the public key does not read: {error}"))?;
    let signature = SignatureBox::from_string(&release.signature)
        .map_err(|error| format!("its signature does not read: {error}"))?;
    minisign::verify(&key, &signature, Cursor::new(&release.index_json), true, false, false)
        .map_err(|error| format!("its signature is not that of this exchange's key: {error}"))
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

/// Whether the bundle is what its parts make.
async fn bundled(store: &Store, release: &ReleaseRow) -> anyhow::Result<bool> {
    let file = |name: &str| -> anyhow::Result<&ReleaseFile> {
        let file = release.files.iter().find(|file| file.name == name);
        file.ok_or_else(|| anyhow::anyhow!("it has no file {name}"))
    };
    let set = store.get_bytes(&file(INDICATORS)?.blob, MAX_BYTES).await?;
    let bundle = write_bundle(&release.index_json, &release.signature, &set);
    let kept = file(BUNDLE)?;
    Ok(sha256(&bundle) == kept.blob && bundle.len() as u64 == kept.size_bytes)
}
