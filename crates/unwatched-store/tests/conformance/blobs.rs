//! Blobs, plain and sealed.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use jiff::ToSpan;
use object_store::ObjectStoreExt;
use object_store::path::Path as Location;
use unwatched_model::digest::Sha256;
use unwatched_store::{
    Actor, BlobKey, ReleaseFile, ReleaseRow, SealedFile, Sealer, Store, StoreConfig, StoreError,
};

use crate::stand::{Stand, at, new_sample, operator, sha256};

crate::both! {
    bytes_are_kept_once_under_their_digest,
    what_is_not_there_is_not_found,
    a_sealed_blob_reads_as_its_plain_bytes,
    one_blob_sealed_by_many_at_once_is_whole,
    bytes_that_never_came_under_a_kept_key_are_put_again,
    bytes_that_went_bad_are_an_error_and_are_written_again,
    a_forgotten_blob_is_unreadable_wherever_it_lies,
    what_is_published_is_not_forgotten,
    what_uploads_left_without_a_sample_is_deleted,
    plain_bytes_from_before_are_sealed,
    a_sample_that_is_an_age_file_reads_as_itself,
}

const HEADER: &[u8] = b"age-encryption.org/v1\n";

fn place(id: &Sha256) -> Location {
    let name = id.to_string();
    Location::from(format!("{}/{}/{name}", &name[..2], &name[2..4]))
}

async fn raw(stand: &Stand, id: &Sha256) -> Option<Bytes> {
    let found = stand.objects().get(&place(id)).await.ok()?;
    Some(found.bytes().await.unwrap())
}

async fn overwrite(stand: &Stand, id: &Sha256, bytes: impl Into<Bytes>) {
    stand.objects().put(&place(id), bytes.into().into()).await.unwrap();
}

async fn listed(stand: &Stand) -> usize {
    stand.list_blobs().try_collect::<Vec<_>>().await.unwrap().len()
}

fn key(number: u8) -> BlobKey {
    BlobKey::of([number; 32])
}

fn sealed(stand: &Stand, bytes: &[u8], number: u8) -> SealedFile {
    let mut sealer = Sealer::begin(key(number), stand.folder.path()).unwrap();
    for piece in bytes.chunks(100_000) {
        sealer.take(piece).unwrap();
    }
    sealer.finish().unwrap()
}

async fn read(stand: &Stand, id: &Sha256) -> Result<Bytes, StoreError> {
    stand.get_bytes(id, 1 << 30).await
}

/// Bytes of an app with no row among them twice.
fn app(size: usize) -> Vec<u8> {
    (0u32..).flat_map(u32::to_le_bytes).take(size).collect()
}

async fn bytes_are_kept_once_under_their_digest(stand: &Stand) {
    let id = stand.put_bytes("Watch Alpha").await.unwrap();
    assert_eq!(id, sha256("Watch Alpha"));
    assert_eq!(stand.put_bytes("Watch Alpha").await.unwrap(), id);
    assert_eq!(stand.get_bytes(&id, 11).await.unwrap(), "Watch Alpha");
    let refused = stand.get_bytes(&id, 10).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    let all: Vec<_> = stand.list_blobs().try_collect().await.unwrap();
    let all: Vec<_> = all.iter().map(|blob| (blob.sha256, blob.stored_bytes)).collect();
    assert_eq!(all, [(id, 11)]);
    assert_eq!(raw(stand, &id).await.unwrap(), "Watch Alpha", "what anybody may read lies plain");
}

async fn what_is_not_there_is_not_found(stand: &Stand) {
    let id = sha256("never put");
    assert!(!stand.exists(&id).await.unwrap());
    assert!(!stand.has_blob_key(&id).await.unwrap());
    assert!(matches!(stand.get(&id).await.err(), Some(StoreError::NotFound(_))));
    assert!(matches!(stand.check_blob(&id).await, Err(StoreError::NotFound(_))));
}

async fn a_sealed_blob_reads_as_its_plain_bytes(stand: &Stand) {
    for size in [1, 64 << 10, (64 << 10) + 1, 8 << 20, 9 << 20] {
        let bytes = app(size);
        let file = sealed(stand, &bytes, 1);
        let id = file.sha256();
        assert!(stand.put_sealed(&file, at(0)).await.unwrap(), "{size}");
        assert!(!stand.put_sealed(&file, at(0)).await.unwrap(), "{size} is there");
        let lies = raw(stand, &id).await.unwrap();
        assert!(lies.starts_with(HEADER), "{size}");
        let is_plain = |piece: &[u8]| bytes.starts_with(piece);
        assert!(!(32..100_000).contains(&size) || !lies.windows(32).any(is_plain), "{size}");

        let blob = stand.get(&id).await.unwrap();
        assert_eq!(blob.size_bytes, size as u64);
        let pieces: Vec<Bytes> = blob.bytes.map(Result::unwrap).collect().await;
        assert!(pieces.concat() == bytes, "{size}");
        // The release's own file of the same bytes is found as it is.
        assert_eq!(stand.put_bytes(bytes).await.unwrap(), id);
        assert!(raw(stand, &id).await.unwrap().starts_with(HEADER), "{size} stays sealed");
    }
    let rows = stand.blob_keys(None, 2).await.unwrap();
    let more = stand.blob_keys(Some(&rows[1].sha256), 10).await.unwrap();
    assert_eq!((rows.len(), more.len()), (2, 3));
    assert!(rows.iter().chain(&more).all(|row| row.sealed && row.added_at == at(0)));
}

async fn one_blob_sealed_by_many_at_once_is_whole(stand: &Stand) {
    let bytes = app(1_200_000);
    let puts: Vec<_> = (0..8)
        .map(|number| {
            let (store, file) = (stand.store.clone(), sealed(stand, &bytes, number));
            tokio::spawn(async move {
                store.put_sealed(&file, at(0)).await.unwrap();
                // Whoever has been answered can read it, whatever the others still do.
                store.check_blob(&file.sha256()).await.unwrap();
                file.sha256()
            })
        })
        .collect();
    for put in puts {
        let id = put.await.unwrap();
        assert!(read(stand, &id).await.unwrap() == bytes);
    }
    assert_eq!(listed(stand).await, 1);
    assert_eq!(stand.blob_keys(None, 10).await.unwrap().len(), 1);
}

async fn bytes_that_never_came_under_a_kept_key_are_put_again(stand: &Stand) {
    let bytes = app(70_000);
    let file = sealed(stand, &bytes, 1);
    stand.put_sealed(&file, at(0)).await.unwrap();
    // As if the process had been killed between the key and the bytes.
    stand.objects().delete(&place(&file.sha256())).await.unwrap();
    let other = sealed(stand, &bytes, 2);
    assert!(stand.put_sealed(&other, at(1)).await.unwrap());
    assert!(read(stand, &file.sha256()).await.unwrap() == bytes);
    assert!(!stand.put_sealed(&file, at(2)).await.unwrap(), "it lies there under the first key");
}

async fn bytes_that_went_bad_are_an_error_and_are_written_again(stand: &Stand) {
    let bytes = app(200_000);
    let file = sealed(stand, &bytes, 1);
    let id = file.sha256();
    stand.put_sealed(&file, at(0)).await.unwrap();
    let whole = raw(stand, &id).await.unwrap();
    for place in [30, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.to_vec();
        flipped[place] ^= 1;
        overwrite(stand, &id, flipped).await;
        let refused = read(stand, &id).await;
        assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{place}: {refused:?}");
        assert!(stand.put_sealed(&sealed(stand, &bytes, 2), at(1)).await.unwrap(), "{place}");
        assert!(read(stand, &id).await.unwrap() == bytes, "{place}");
    }
    overwrite(stand, &id, whole.slice(..whole.len() - 20)).await;
    assert!(matches!(stand.check_blob(&id).await, Err(StoreError::Corrupt(_))), "cut short");

    let id = stand.put_bytes("Watch Alpha").await.unwrap();
    overwrite(stand, &id, "Watch Alphb").await;
    let pieces: Vec<_> = stand.get(&id).await.unwrap().bytes.collect().await;
    assert!(matches!(pieces[..], [Err(StoreError::Corrupt(_))]), "{pieces:?}");
    stand.put_bytes("Watch Alpha").await.unwrap();
    assert_eq!(read(stand, &id).await.unwrap(), "Watch Alpha");
}

async fn a_forgotten_blob_is_unreadable_wherever_it_lies(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let file = sealed(stand, b"watch", 1);
    let id = file.sha256();
    stand.put_sealed(&file, at(0)).await.unwrap();
    stand.add_sample(&new_sample("watch", &lab), &operator(), at(0)).await.unwrap();
    let copy = raw(stand, &id).await.unwrap();

    stand.forget_blob(&id, at(1)).await.unwrap();
    assert!(!stand.has_blob_key(&id).await.unwrap());
    assert!(matches!(read(stand, &id).await, Err(StoreError::NotFound(_))));
    assert!(stand.needed_blobs().await.unwrap().is_empty(), "the sample does without");
    assert!(stand.plain_samples(None, 10).await.unwrap().is_empty());
    overwrite(stand, &id, copy).await;
    assert!(matches!(read(stand, &id).await, Err(StoreError::Corrupt(_))), "a copy put back");
    stand.forget_blob(&id, at(2)).await.unwrap();
    assert_eq!(listed(stand).await, 0);

    assert!(stand.put_sealed(&sealed(stand, b"watch", 2), at(3)).await.unwrap());
    assert_eq!(read(stand, &id).await.unwrap(), "watch");
    assert_eq!(stand.needed_blobs().await.unwrap().len(), 1, "the sample has its bytes again");
}

async fn what_is_published_is_not_forgotten(stand: &Stand) {
    let blob = stand.put_bytes("hosts").await.unwrap();
    let file = ReleaseFile { name: "hosts".to_owned(), size_bytes: 5, sha256: blob, blob };
    let release = ReleaseRow {
        sequence: 1,
        published: at(0),
        expires: at(9),
        index_json: b"{}".to_vec(),
        signature: String::new(),
        files: vec![file],
    };
    stand.add_release(&release, &Actor::system(), at(0)).await.unwrap();
    let refused = stand.forget_blob(&blob, at(1)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert_eq!(read(stand, &blob).await.unwrap(), "hosts");
}

async fn what_uploads_left_without_a_sample_is_deleted(stand: &Stand) {
    let lab = stand.partner("lab").await;
    for (name, number, seconds) in [("kept", 1, 0), ("left", 2, 0), ("late", 3, 60)] {
        stand.put_sealed(&sealed(stand, name.as_bytes(), number), at(seconds)).await.unwrap();
    }
    stand.add_sample(&new_sample("kept", &lab), &operator(), at(0)).await.unwrap();
    assert_eq!(stand.forget_orphans(at(30)).await.unwrap(), 1);
    assert!(!stand.exists(&sha256("left")).await.unwrap());
    assert_eq!(read(stand, &sha256("kept")).await.unwrap(), "kept");
    assert_eq!(read(stand, &sha256("late")).await.unwrap(), "late");
    // Put again in time, it is somebody's who is about to add the sample.
    stand.put_sealed(&sealed(stand, b"late", 4), at(120)).await.unwrap();
    assert_eq!(stand.forget_orphans(at(90)).await.unwrap(), 0);
    assert_eq!(stand.forget_orphans(at(200)).await.unwrap(), 1);
}

async fn plain_bytes_from_before_are_sealed(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let id = stand.put_bytes("watch").await.unwrap();
    stand.add_sample(&new_sample("watch", &lab), &operator(), at(0)).await.unwrap();
    assert_eq!(stand.plain_samples(None, 10).await.unwrap(), [id]);
    assert!(stand.plain_samples(Some(&id), 10).await.unwrap().is_empty());

    let begun = stand.get(&id).await.unwrap();
    stand.seal_blob(&id, key(1), stand.folder.path(), at(1)).await.unwrap();
    let pieces: Vec<Bytes> = begun.bytes.map(Result::unwrap).collect().await;
    assert_eq!(pieces.concat(), b"watch", "whoever had begun reads on");
    assert!(stand.plain_samples(None, 10).await.unwrap().is_empty());
    assert!(raw(stand, &id).await.unwrap().starts_with(HEADER));
    assert_eq!(read(stand, &id).await.unwrap(), "watch");

    // Killed before the sealed bytes were put: the key is there, and the plain bytes still read.
    overwrite(stand, &id, "watch").await;
    assert_eq!(read(stand, &id).await.unwrap(), "watch");
    stand.seal_blob(&id, key(2), stand.folder.path(), at(2)).await.unwrap();
    assert_eq!(read(stand, &id).await.unwrap(), "watch");
    // Uploaded anew, plain bytes from before are sealed at once.
    let other = stand.put_bytes("other").await.unwrap();
    assert!(stand.put_sealed(&sealed(stand, b"other", 3), at(3)).await.unwrap());
    assert!(raw(stand, &other).await.unwrap().starts_with(HEADER));
    assert!(stand.blob_keys(None, 10).await.unwrap().iter().all(|row| row.sealed));
}

async fn a_sample_that_is_an_age_file_reads_as_itself(stand: &Stand) {
    let inner = sealed(stand, b"watch", 7);
    stand.put_sealed(&inner, at(0)).await.unwrap();
    let age_file = raw(stand, &inner.sha256()).await.unwrap();
    let id = stand.put_bytes(age_file.clone()).await.unwrap();
    assert_eq!(read(stand, &id).await.unwrap(), age_file);
    stand.seal_blob(&id, key(8), stand.folder.path(), at(1)).await.unwrap();
    assert_eq!(read(stand, &id).await.unwrap(), age_file);
    assert_ne!(raw(stand, &id).await.unwrap(), age_file);
    overwrite(stand, &id, age_file.clone()).await;
    assert_eq!(read(stand, &id).await.unwrap(), age_file, "not sealed under the key that is kept");
}

#[tokio::test]
async fn a_deleted_key_is_not_left_in_sqlites_files() {
    let stand = Stand::sqlite().await;
    let file = sealed(&stand, b"watch", 1);
    stand.put_sealed(&file, at(0)).await.unwrap();
    let holds_a_key = || {
        let files = ["store.db", "store.db-wal"].map(|name| stand.folder.path().join(name));
        let bytes = files.iter().flat_map(|file| std::fs::read(file).unwrap_or_default());
        let bytes: Vec<u8> = bytes.collect();
        bytes.windows(16).any(|piece| piece == b"AGE-SECRET-KEY-1")
    };
    assert!(holds_a_key());
    stand.forget_blob(&file.sha256(), at(1)).await.unwrap();
    assert!(!holds_a_key());
    stand.remove().await;
}

#[tokio::test]
async fn what_a_killed_process_left_half_written_is_removed() {
    let stand = Stand::sqlite().await;
    let id = stand.put_bytes("Watch Alpha").await.unwrap();
    let path = stand.folder.path().join("blobs").join(place(&id).as_ref());
    let half = std::path::PathBuf::from(format!("{}#1", path.display()));
    std::fs::write(&half, "Wat").unwrap();
    let written = std::fs::metadata(&half).unwrap().modified().unwrap();
    let written = jiff::Timestamp::try_from(written).unwrap();
    assert_eq!(listed(&stand).await, 1, "it is no blob");
    assert_eq!(stand.sweep_blobs(written + 59.minutes()).await.unwrap(), 0);
    assert!(half.exists(), "another process may be writing it");
    assert_eq!(stand.sweep_blobs(written + 61.minutes()).await.unwrap(), 1);
    assert!(!half.exists() && path.exists());
    stand.remove().await;
}

#[tokio::test]
async fn memory_holds_blobs_too_and_other_places_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let open = async |blobs_url: &str| {
        Store::open(&StoreConfig {
            database_url: format!("sqlite:{}", folder.path().join("store.db").display()),
            blobs_url: blobs_url.to_owned(),
            blobs_endpoint: None,
        })
        .await
    };
    let store = open("memory:///").await.unwrap();
    let id = store.put_bytes("x").await.unwrap();
    assert!(store.exists(&id).await.unwrap());
    for url in ["", "file://relative/folder", "/srv/blobs", "http://blobs.example/"] {
        assert!(matches!(open(url).await, Err(StoreError::Config(_))), "{url}");
    }
    #[cfg(not(feature = "s3"))]
    {
        let refused = open("s3://watch/prefix").await.unwrap_err().to_string();
        assert!(refused.contains("--features s3"), "{refused}");
    }
}
