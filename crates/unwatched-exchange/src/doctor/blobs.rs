//! Every blob: there, whole, and what its name says; none that nobody needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures_util::TryStreamExt as _;
use jiff::SignedDuration;
use unwatched_store::{StoreError, StoredBlob};

use super::{Check, Exam};

/// A younger blob may be one whose row is still being written.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_hours(1);

pub(super) async fn check(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("blobs");
    let store = &exam.state.store;
    let lying: Vec<StoredBlob> = match store.list_blobs().try_collect().await {
        Ok(lying) => lying,
        Err(error) => {
            check.could_not(format!("the blobs cannot be listed: {error}"));
            return check;
        }
    };
    // Asked after the blobs were listed: what a row needs by now was listed or is found missing
    // by name below.
    let mut needed = BTreeMap::new();
    match store.needed_blobs().await {
        Ok(blobs) => blobs.into_iter().for_each(|blob| {
            needed.entry(blob.sha256).or_insert(blob.by);
        }),
        Err(error) => {
            check.could_not(format!("what blobs are needed: {error}"));
            return check;
        }
    }
    let there: BTreeSet<_> = lying.iter().map(|blob| blob.sha256).collect();
    check.looked_at = format!("{} needed, {} there", needed.len(), there.len());
    for (sha256, by) in &needed {
        if !there.contains(sha256) && !matches!(store.exists(sha256).await, Ok(true)) {
            check.found(
                format!("the blob {sha256} is missing, which {by} needs"),
                "blobs.url",
                "copy it from a backup's blobs/, or have the file uploaded again",
            );
        }
    }
    orphans(exam, &mut check, &lying, &needed);
    half_written(exam, &mut check);
    if exam.quick {
        check.left_out.push("the blobs' bytes compared with their names (--quick)".to_owned());
        return check;
    }
    for (done, blob) in lying.iter().enumerate() {
        exam.progress("blobs read", done, lying.len());
        let sha256 = &blob.sha256;
        match store.check_blob(sha256).await {
            // Somebody deleted it since it was listed: missing ones were told above.
            Ok(()) | Err(StoreError::NotFound(_)) => {}
            Err(error @ (StoreError::Database(_) | StoreError::File { .. })) => {
                check.could_not(format!("blob {sha256}: {error}"));
            }
            Err(error) => check.found(
                format!("the blob {sha256} does not read back as what was written: {error}"),
                needed.get(sha256).map_or("needed by nothing", String::as_str),
                "copy it from a backup's blobs/, or have the file uploaded again",
            ),
        }
    }
    check
}

fn orphans(
    exam: &Exam<'_>,
    check: &mut Check,
    lying: &[StoredBlob],
    needed: &BTreeMap<unwatched_model::digest::Sha256, String>,
) {
    let now = exam.state.clock.now();
    let old = |blob: &&StoredBlob| now.duration_since(blob.written_at) > ON_ITS_WAY;
    let unneeded = lying.iter().filter(|blob| !needed.contains_key(&blob.sha256));
    for blob in unneeded.filter(old) {
        check.mind(
            format!("nothing needs the blob {}", blob.sha256),
            "blobs.url",
            "nothing: the server removes blobs that nothing needs",
        );
    }
}

/// What killed processes left, among local blobs and uploads.
fn half_written(exam: &Exam<'_>, check: &mut Check) {
    let tmp = exam.state.data.tmp();
    let config = exam.state.config.store(exam.state.data.path());
    let now = exam.state.clock.now();
    let mut left = 0;
    let blobs = config.blobs_url.strip_prefix("file://").map(Path::new);
    for path in files_below(&tmp).into_iter().chain(blobs.map(files_below).unwrap_or_default()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let changed = path.metadata().and_then(|file| file.modified()).ok();
        let changed = changed.and_then(|time| jiff::Timestamp::try_from(time).ok());
        let is_old = changed.is_some_and(|changed| now.duration_since(changed) > ON_ITS_WAY * 24);
        if is_old && (path.starts_with(&tmp) || name.contains('#')) {
            left += 1;
        }
    }
    if left > 0 {
        check.mind(
            format!("{left} half-written files are older than a day"),
            "tmp/ and blobs/ of the data folder",
            "start the server: it removes them",
        );
    }
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(_) => files.push(entry.path()),
                Err(_) => {}
            }
        }
    }
    files
}
