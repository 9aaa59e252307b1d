//! Decisions about values on shared infrastructure; what is told of released files.

use unwatched_model::access::Sharing;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::tlp::Tlp;
use unwatched_store::{Actor, NewSample, ReleaseFile, StoreError};

use crate::stand::{Stand, acting, at, new_sample, operator, sha256};

crate::both!(
    the_latest_decision_counts,
    md5_is_told_of_public_files_alone,
    one_file_of_a_release_is_found_by_its_name,
);

async fn the_latest_decision_counts(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let host = (IndicatorKind::Domain, "watch.platform.example".to_owned());
    assert!(stand.shared_reviews().await.unwrap().is_empty());
    let first = stand.review_shared(&host, true, "its own", &acting(&lab), at(1)).await.unwrap();
    let review = &stand.shared_reviews().await.unwrap()[&host];
    assert_eq!((review.may_block, review.at, review.by.as_ref()), (true, at(1), Some(&lab)));
    let by = Actor::operator();
    let second = stand.review_shared(&host, false, "a shop too", &by, at(2)).await.unwrap();
    assert!(second > first);
    let reviews = stand.shared_reviews().await.unwrap();
    let review = &reviews[&host];
    assert_eq!((review.may_block, review.why.as_str(), &review.by), (false, "a shop too", &None));
    assert_eq!(reviews.len(), 1);
    let long = "x".repeat(1 << 20);
    let refused = stand.review_shared(&host, true, &long, &by, at(3)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    let nobody = acting(&"nobody".parse().unwrap());
    assert!(stand.review_shared(&host, true, "x", &nobody, at(3)).await.is_err());
    assert!(!stand.shared_reviews().await.unwrap()[&host].may_block);
}

async fn md5_is_told_of_public_files_alone(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let clear = Sharing { tlp: Tlp::Clear, ..Sharing::coalition() };
    let open = NewSample { sharing: clear, ..new_sample("open", &lab) };
    stand.add_sample(&open, &operator(), at(1)).await.unwrap();
    stand.add_sample(&new_sample("amber", &lab), &operator(), at(1)).await.unwrap();
    let asked = [sha256("open"), sha256("amber"), sha256("nobody has it")];
    let told = stand.public_md5(&asked).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[&sha256("open")], open.md5);
    let many: Vec<_> = (0..450).map(|n| sha256(&n.to_string())).chain([sha256("open")]).collect();
    assert_eq!(stand.public_md5(&many).await.unwrap().len(), 1);
    assert!(stand.public_md5(&[]).await.unwrap().is_empty());
}

async fn one_file_of_a_release_is_found_by_its_name(stand: &Stand) {
    assert_eq!(stand.latest_file("a").await.unwrap(), None);
    assert_eq!(stand.latest_index().await.unwrap(), None);
    let (first, second) = (crate::releases::release(1), crate::releases::release(2));
    stand.add_release(&first, &operator(), at(0)).await.unwrap();
    stand.add_release(&second, &operator(), at(0)).await.unwrap();
    let found = stand.latest_file("a").await.unwrap();
    let expected: ReleaseFile = second.files[1].clone();
    assert_eq!(found, Some((2, Some(expected))));
    assert_eq!(stand.latest_file("nothing").await.unwrap(), Some((2, None)));
    assert_eq!(stand.file_of_release(1, "z").await.unwrap(), Some(first.files[0].clone()));
    assert_eq!(stand.file_of_release(3, "z").await.unwrap(), None);
    assert_eq!(stand.file_of_release(u64::MAX, "z").await.unwrap(), None);
    let index = stand.latest_index().await.unwrap();
    assert_eq!(index, Some((second.index_json, second.signature)));
}
