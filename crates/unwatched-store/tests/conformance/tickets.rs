//! Tickets for downloads.

use unwatched_store::{StoreError, Ticket};

use crate::both;
use crate::stand::{Stand, at, new_sample, operator, sha256};

both!(a_ticket_is_taken_once_and_in_time);

async fn a_ticket_is_taken_once_and_in_time(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let sample = new_sample("watch", &lab);
    stand.add_sample(&sample, &operator(), at(0)).await.unwrap();
    let ticket = Ticket {
        sample: sample.sha256,
        partner: lab,
        user: None,
        packing: "age".to_owned(),
        recipient: Some("age1example".to_owned()),
    };
    for name in ["one", "two"] {
        stand.add_ticket(&sha256(name), &ticket, at(0), at(60)).await.unwrap();
    }
    assert_eq!(stand.take_ticket(&sha256("none"), at(1)).await.unwrap(), None);
    let (first, second) = (sha256("one"), sha256("one"));
    let (a, b) =
        tokio::join!(stand.take_ticket(&first, at(59)), stand.take_ticket(&second, at(59)));
    let taken: Vec<_> = [a.unwrap(), b.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken, std::slice::from_ref(&ticket), "of two that come at once one gets it");
    assert_eq!(stand.take_ticket(&sha256("two"), at(60)).await.unwrap(), None, "it ran out");

    let of_nothing = Ticket { sample: sha256("nothing"), ..ticket };
    let refused = stand.add_ticket(&sha256("three"), &of_nothing, at(0), at(60)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
}
