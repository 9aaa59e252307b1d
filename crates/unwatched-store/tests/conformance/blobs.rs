//! Blobs. They do not depend on the engine, so these cases run once.

use futures_util::StreamExt;
use jiff::ToSpan;
use unwatched_store::{Store, StoreConfig, StoreError};

use crate::stand::{Stand, sha256};

fn files_in(folder: &std::path::Path) -> usize {
    let mut found = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found += 1 }
        }
    }
    found
}

#[tokio::test]
async fn bytes_are_kept_once_under_their_digest() {
    let stand = Stand::sqlite().await;
    let id = stand.put_bytes("Watch Alpha").await.unwrap();
    assert_eq!(id, sha256("Watch Alpha"));
    assert_eq!(stand.put_bytes("Watch Alpha").await.unwrap(), id);
    assert_eq!(files_in(&stand.folder.path().join("blobs")), 1);
    assert_eq!(stand.get_bytes(&id, 11).await.unwrap(), "Watch Alpha");
    let refused = stand.get_bytes(&id, 10).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    let path = stand.local_path(&id).unwrap();
    let name = id.to_string();
    assert!(path.ends_with(format!("{}/{}/{name}", &name[..2], &name[2..4])));
    assert_eq!(std::fs::read(path).unwrap(), b"Watch Alpha");
    stand.remove().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let stand = Stand::sqlite().await;
    let id = sha256("never put");
    assert!(!stand.exists(&id).await.unwrap());
    assert_eq!(stand.local_path(&id), None);
    assert!(matches!(stand.get(&id).await.err(), Some(StoreError::NotFound(_))));
    stand.remove().await;
}

#[tokio::test]
async fn a_large_file_is_streamed_and_its_digest_compared() {
    let stand = Stand::sqlite().await;
    let blobs = stand.folder.path().join("blobs");
    for (name, size) in [("empty", 0), ("small", 3), ("part", 8 << 20), ("large", 20 << 20)] {
        let text: String = name.chars().cycle().take(size).collect();
        let file = stand.folder.path().join(name);
        std::fs::write(&file, &text).unwrap();
        let before = files_in(&blobs);
        let refused = stand.put_file(&file, &sha256("another")).await;
        assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{name}: {refused:?}");
        assert_eq!(files_in(&blobs), before, "{name}: nothing half-written stays");

        let id = sha256(&text);
        assert!(stand.put_file(&file, &id).await.unwrap(), "{name}");
        assert!(!stand.put_file(&file, &id).await.unwrap(), "{name} is there");
        let blob = stand.get(&id).await.unwrap();
        let read: Vec<_> = blob.bytes.map(|bytes| bytes.unwrap().len()).collect().await;
        assert_eq!((blob.size_bytes, read.iter().sum::<usize>()), (size as u64, size));
    }
    let refused = stand.put_file(&stand.folder.path().join("none"), &sha256("x")).await;
    assert!(matches!(refused, Err(StoreError::File { .. })), "{refused:?}");
    stand.remove().await;
}

#[tokio::test]
async fn a_file_cut_short_by_a_crash_is_written_again() {
    let stand = Stand::sqlite().await;
    let id = stand.put_bytes("Watch Alpha").await.unwrap();
    let path = stand.local_path(&id).unwrap();
    std::fs::write(&path, "Wat").unwrap();
    stand.put_bytes("Watch Alpha").await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"Watch Alpha");
    stand.remove().await;
}

#[tokio::test]
async fn bytes_that_went_bad_are_written_again() {
    let stand = Stand::sqlite().await;
    for (name, size) in [("small", 11), ("large", 9 << 20)] {
        let text: String = name.chars().cycle().take(size).collect();
        let file = stand.folder.path().join(name);
        std::fs::write(&file, &text).unwrap();
        let id = sha256(&text);
        stand.put_file(&file, &id).await.unwrap();
        let path = stand.local_path(&id).unwrap();
        let spoil = || std::fs::write(&path, "x".repeat(size)).unwrap();
        spoil();
        assert!(stand.put_file(&file, &id).await.unwrap(), "{name}");
        assert!(std::fs::read(&path).unwrap() == text.as_bytes(), "{name}");
        spoil();
        assert_eq!(stand.put_bytes(text.clone()).await.unwrap(), id);
        assert!(std::fs::read(&path).unwrap() == text.as_bytes(), "{name}");
        assert!(!stand.put_file(&file, &id).await.unwrap(), "{name} is as it was");
    }
    stand.remove().await;
}

#[tokio::test]
async fn what_a_killed_process_left_half_written_is_removed() {
    let stand = Stand::sqlite().await;
    let id = stand.put_bytes("Watch Alpha").await.unwrap();
    let path = stand.local_path(&id).unwrap();
    let half = std::path::PathBuf::from(format!("{}#1", path.display()));
    std::fs::write(&half, "Wat").unwrap();
    let written = std::fs::metadata(&half).unwrap().modified().unwrap();
    let written = jiff::Timestamp::try_from(written).unwrap();
    assert_eq!(stand.sweep_blobs(written + 59.minutes()).await.unwrap(), 0);
    assert!(half.exists(), "another process may be writing it");
    assert_eq!(stand.sweep_blobs(written + 61.minutes()).await.unwrap(), 1);
    assert!(!half.exists() && path.exists());
    stand.remove().await;
}

#[tokio::test]
async fn one_blob_put_by_many_at_once_is_whole() {
    let stand = Stand::sqlite().await;
    let text = "Watch Alpha ".repeat(100_000);
    let puts: Vec<_> = (0..8)
        .map(|_| {
            let (store, text) = (stand.store.clone(), text.clone());
            tokio::spawn(async move { store.put_bytes(text).await.unwrap() })
        })
        .collect();
    for put in puts {
        assert_eq!(put.await.unwrap(), sha256(&text));
    }
    assert_eq!(stand.get_bytes(&sha256(&text), 1 << 30).await.unwrap(), text);
    assert_eq!(files_in(&stand.folder.path().join("blobs")), 1);
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
    assert_eq!(store.local_path(&id), None);
    for url in ["", "file://relative/folder", "/srv/blobs", "http://blobs.example/"] {
        assert!(matches!(open(url).await, Err(StoreError::Config(_))), "{url}");
    }
}
