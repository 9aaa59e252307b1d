//! Releases.

use unwatched_model::indicator::{Indicator, IndicatorKind};
use unwatched_model::tlp::Tlp;
use unwatched_store::{Handling, ReleaseFile, ReleaseRow, StoreError};

use crate::stand::{Stand, acting, at, indicator, operator, seen_by, sha256, somebody};

crate::both!(
    a_release_comes_back_to_the_byte,
    a_release_is_later_than_every_other,
    releases_made_at_once_do_not_share_a_number,
    a_release_is_kept_whole_or_not_at_all,
    a_draft_goes_with_what_it_may_not_say_any_more,
);

pub(crate) fn release(sequence: u64) -> ReleaseRow {
    let file = |name: &str| ReleaseFile {
        name: name.to_owned(),
        size_bytes: 1 << 40,
        sha256: sha256(name),
        blob: sha256(&format!("{name} kept")),
    };
    ReleaseRow {
        sequence,
        published: at(0),
        expires: at(1_000),
        index_json: vec![0, 255, b'{', b'}'],
        signature: "untrusted comment: made up\nRW...\n".to_owned(),
        files: vec![file("z"), file("a"), file("m")],
    }
}

async fn a_release_comes_back_to_the_byte(stand: &Stand) {
    assert_eq!(stand.next_sequence().await.unwrap(), 1);
    assert_eq!(stand.latest_release().await.unwrap(), None);
    let none = ReleaseRow { files: Vec::new(), ..release(2) };
    stand.add_release(&release(1), &operator(), at(0)).await.unwrap();
    stand.add_release(&none, &operator(), at(0)).await.unwrap();
    assert_eq!(stand.latest_release().await.unwrap(), Some(none.clone()));
    assert_eq!(stand.releases(9).await.unwrap(), [none.clone(), release(1)]);
    assert_eq!(stand.releases(1).await.unwrap(), [none]);
    assert_eq!(stand.next_sequence().await.unwrap(), 3);
}

async fn a_release_is_later_than_every_other(stand: &Stand) {
    stand.add_release(&release(7), &operator(), at(0)).await.unwrap();
    for sequence in [7, 6, 0] {
        let refused = stand.add_release(&release(sequence), &operator(), at(0)).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    }
    let refused = stand.add_release(&release(u64::MAX), &operator(), at(0)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    assert_eq!(stand.releases(9).await.unwrap().len(), 1);
    assert_eq!(stand.next_sequence().await.unwrap(), 8);
}

async fn releases_made_at_once_do_not_share_a_number(stand: &Stand) {
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let store = stand.store.clone();
            tokio::spawn(async move { store.add_release(&release(1), &operator(), at(0)).await })
        })
        .collect();
    let mut kept = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => kept += 1,
            Err(error) => assert!(matches!(error, StoreError::Conflict(_)), "{error:?}"),
        }
    }
    assert_eq!((kept, stand.releases(9).await.unwrap().len()), (1, 1));
}

async fn a_release_is_kept_whole_or_not_at_all(stand: &Stand) {
    let mut broken = release(1);
    broken.files[2].name = String::from("a\0b");
    let refused = stand.add_release(&broken, &operator(), at(0)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    assert_eq!(stand.releases(9).await.unwrap(), []);
    stand.add_release(&release(1), &operator(), at(0)).await.unwrap();
}

async fn a_draft_goes_with_what_it_may_not_say_any_more(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let family = stand.named("Watch Alpha").await;
    let host = indicator(&family, IndicatorKind::Domain, "own.watch.example");
    let id = stand.add_indicator(&host, &Handling::default(), &lab, at(1)).await.unwrap().id;
    assert!(stand.is_little_to_release().await.unwrap());
    assert_eq!(stand.release_draft().await.unwrap(), None);
    stand.keep_release_draft("{}", at(1)).await.unwrap();
    stand.keep_release_draft("{\"a\": 1}", at(2)).await.unwrap();
    assert_eq!(stand.release_draft().await.unwrap(), Some((at(2), "{\"a\": 1}".to_owned())));
    // Shared with fewer.
    let red = Indicator { tlp: Tlp::Red, ..host };
    stand.add_indicator(&red, &Handling::default(), &lab, at(3)).await.unwrap();
    assert_eq!(stand.release_draft().await.unwrap(), None);
    let seen = stand.indicators_with_ids(&[id, id + 1], &seen_by(&lab)).await.unwrap();
    assert_eq!(seen.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    assert_eq!(stand.indicators_with_ids(&[id], &somebody()).await.unwrap(), []);
    assert_eq!(stand.indicators_with_ids(&[], &seen_by(&lab)).await.unwrap(), []);
    // Withdrawn.
    stand.keep_release_draft("{}", at(4)).await.unwrap();
    stand.withdraw_indicator(id, "a mistake", &acting(&lab), at(5)).await.unwrap();
    assert_eq!(stand.release_draft().await.unwrap(), None);
    // Published.
    stand.keep_release_draft("{}", at(6)).await.unwrap();
    stand.add_release(&release(1), &operator(), at(7)).await.unwrap();
    assert_eq!(stand.release_draft().await.unwrap(), None);
}
