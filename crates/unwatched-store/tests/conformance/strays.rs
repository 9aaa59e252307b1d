//! Blobs that belong to nothing.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_store::{BlobKey, ReleaseFile, ReleaseRow};

use crate::stand::{Stand, at, new_sample, operator};

crate::both!(what_no_row_names_goes_once_it_is_old);

/// After whatever the machine's clock says a file was written.
fn later() -> Timestamp {
    "2100-01-01T00:00:00Z".parse().unwrap()
}

async fn what_no_row_names_goes_once_it_is_old(stand: &Stand) {
    let stray = stand.put_bytes("a file of a release that was never published").await.unwrap();
    let published = stand.put_bytes("a file of a release").await.unwrap();
    let file = |blob: Sha256| ReleaseFile {
        name: "index.json".to_owned(),
        size_bytes: 19,
        sha256: blob,
        blob,
    };
    let release = ReleaseRow { files: vec![file(published)], ..super::releases::release(1) };
    stand.add_release(&release, &operator(), at(0)).await.unwrap();
    let by = stand.partner("lab").await;
    let sample = new_sample("put in", &by);
    stand.put_bytes("put in").await.unwrap();
    stand.add_sample(&sample, &operator(), at(0)).await.unwrap();
    let sealed = BlobKey::of([7; 32]);
    let uploading = stand.put_sealed_bytes(b"on its way in", sealed, at(0)).await.unwrap();

    assert_eq!(stand.forget_strays(at(0)).await.unwrap(), 0, "all are younger");
    assert!(stand.exists(&stray).await.unwrap());
    assert_eq!(stand.forget_strays(later()).await.unwrap(), 1);
    assert!(!stand.exists(&stray).await.unwrap());
    for named in [published, sample.sha256, uploading] {
        assert!(stand.exists(&named).await.unwrap(), "{named} belongs to something");
    }
    assert_eq!(stand.put_bytes("put in").await.unwrap(), sample.sha256);
    assert!(!stand.has_blob_key(&stray).await.unwrap(), "nothing holds its place");
    assert_eq!(stand.forget_strays(later()).await.unwrap(), 0);
}
