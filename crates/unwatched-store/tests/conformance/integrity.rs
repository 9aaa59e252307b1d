//! What an examination of the whole store reads.

use unwatched_model::criterion::Criterion;
use unwatched_store::Engine;

use crate::stand::{Stand, at, new_sample, operator, sha256};

crate::both!(
    a_fresh_store_stands_as_its_schema_has_it,
    blobs_are_needed_by_the_rows_that_name_them,
    a_copy_of_the_database_opens_and_holds_the_same,
);

async fn a_fresh_store_stands_as_its_schema_has_it(stand: &Stand) {
    assert_eq!(stand.broken_guards().await.unwrap(), [""; 0]);
    let faults = stand.database_faults(false).await.unwrap();
    let expected = (stand.engine() == Engine::Sqlite).then(Vec::<String>::new);
    assert_eq!(faults, expected);
    assert!(stand.schema_version().await.unwrap() >= 2);
    stand.named("Watch").await;
    let newest = stand.newest_rows().await.unwrap();
    assert!(newest.iter().any(|newest| newest.table == "families" && newest.at == at(0)));
}

async fn blobs_are_needed_by_the_rows_that_name_them(stand: &Stand) {
    let by = stand.partner("alpha").await;
    let sample = new_sample("one", &by);
    crate::audit::put(stand, &sample).await;
    let release = crate::releases::release(3);
    stand.add_release(&release, &operator(), at(0)).await.unwrap();
    let needed = stand.needed_blobs().await.unwrap();
    let said: Vec<_> = needed.iter().map(|blob| (blob.sha256, blob.by.as_str())).collect();
    assert_eq!(
        said,
        [
            (sample.sha256, "sample"),
            (sha256("z kept"), "release 3, z"),
            (sha256("a kept"), "release 3, a"),
            (sha256("m kept"), "release 3, m"),
        ]
    );
}

async fn a_copy_of_the_database_opens_and_holds_the_same(stand: &Stand) {
    let family = stand.named("Watch").await;
    let by = stand.partner("alpha").await;
    let opinion = crate::opinions::opinion(1, &family, &by, Criterion::Tracks);
    crate::opinions::give(stand, &opinion).await;
    let kept = stand.kept_opinions().await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].opinion.as_ref().unwrap().id, opinion.id);
    assert_eq!(kept[0].rewritten, [""; 0]);
    let copy = stand.folder.path().join("copy.db");
    let copied = stand.copy_database(&copy).await;
    if stand.engine() == Engine::Postgres {
        assert!(copied.unwrap_err().to_string().contains("pg_dump"));
        return;
    }
    copied.unwrap();
    let config = unwatched_store::StoreConfig {
        database_url: format!("sqlite:{}", copy.display()),
        ..stand.config.clone()
    };
    let copy = unwatched_store::Store::open(&config).await.unwrap();
    assert_eq!(copy.kept_opinions().await.unwrap(), kept);
    assert_eq!(copy.audit_head().await.unwrap(), stand.audit_head().await.unwrap());
    assert_eq!(copy.broken_guards().await.unwrap(), [""; 0]);
    copy.close().await;
}
