//! Blobs in what speaks like S3. Run with the feature `s3` and `UNWATCHED_TEST_S3` set to an
//! endpoint with a bucket `watch` (a moto server does); its keys come from the environment.

use sha2::Digest;
use unwatched_model::digest::Sha256;
use unwatched_store::{Store, StoreConfig, StoreError};

fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

#[tokio::test]
async fn blobs_are_kept_in_s3_as_in_a_folder() {
    let Ok(endpoint) = std::env::var("UNWATCHED_TEST_S3") else {
        eprintln!("the test of S3 is left out: UNWATCHED_TEST_S3 names no endpoint");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let config = StoreConfig {
        database_url: format!("sqlite:{}", folder.path().join("store.db").display()),
        blobs_url: "s3://watch/some/prefix".to_owned(),
        blobs_endpoint: Some(endpoint),
    };
    let store = Store::open(&config).await.unwrap();
    let id = store.put_bytes("Watch Alpha").await.unwrap();
    assert_eq!(store.get_bytes(&id, 100).await.unwrap(), "Watch Alpha");
    assert_eq!(store.local_path(&id), None);

    for size in [0, 1_000, 20 << 20] {
        let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
        let file = folder.path().join(size.to_string());
        std::fs::write(&file, &bytes).unwrap();
        let refused = store.put_file(&file, &sha256(b"another")).await;
        assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{refused:?}");
        assert!(!store.exists(&sha256(b"another")).await.unwrap());
        assert!(store.put_file(&file, &sha256(&bytes)).await.unwrap());
        assert!(!store.put_file(&file, &sha256(&bytes)).await.unwrap());
        assert_eq!(store.get_bytes(&sha256(&bytes), 1 << 30).await.unwrap(), bytes);
    }
    let missing = store.get(&sha256(b"never put")).await.err();
    assert!(matches!(missing, Some(StoreError::NotFound(_))));
}
