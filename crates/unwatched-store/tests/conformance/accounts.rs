//! Partners, users, sessions, tokens.

use std::collections::BTreeSet;

use unwatched_model::access::Scopes;
use unwatched_model::partner::{PartnerCategory, Standing, UserRole};
use unwatched_store::{Expiring, NewPartner, NewToken, NewUser, StoreError, UserId, Viewer};

use crate::stand::{Stand, at, operator, sha256};

crate::both!(
    partners_are_kept_by_slug,
    an_address_is_one_user_whatever_its_case,
    a_session_ends_and_expires,
    sessions_that_expired_are_removed,
    a_token_acts_for_its_partner_until_revoked,
    nothing_belongs_to_an_unknown_partner,
    a_closed_group_keeps_its_members_and_takes_none,
);

fn user(partner: &str, email: &str) -> NewUser {
    NewUser {
        partner: partner.parse().unwrap(),
        email: email.to_owned(),
        role: UserRole::Analyst,
        password_hash: "$argon2id$made-up".to_owned(),
    }
}

async fn partners_are_kept_by_slug(stand: &Stand) {
    stand.partner("watch-b").await;
    stand.partner("watch-a").await;
    stand.partner("watch").await;
    stand.partner("watch0").await;
    let slugs: Vec<_> =
        stand.partners().await.unwrap().into_iter().map(|p| p.slug.to_string()).collect();
    assert_eq!(slugs, ["watch", "watch-a", "watch-b", "watch0"], "byte by byte");

    let again = NewPartner {
        slug: "watch-a".parse().unwrap(),
        name: "Another".to_owned(),
        category: PartnerCategory::Support,
        standing: Standing::Full,
    };
    let refused = stand.add_partner(&again, &operator(), at(1)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    let kept = stand.store.partner(&"watch-a".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((kept.name.as_str(), kept.added_at), ("Partner watch-a", at(0)));
    assert_eq!(stand.store.partner(&"nobody".parse().unwrap()).await.unwrap(), None);
}

async fn an_address_is_one_user_whatever_its_case(stand: &Stand) {
    stand.partner("alpha").await;
    let id = stand.add_user(&user("alpha", "Ána@Alpha.example"), &operator(), at(1)).await.unwrap();
    let found = stand.user_by_email("áNA@alpha.EXAMPLE").await.unwrap().unwrap();
    assert_eq!((found.id, found.email.as_str()), (id, "Ána@Alpha.example"));
    assert_eq!(found.password_hash, "$argon2id$made-up");
    assert!(!format!("{found:?}").contains("argon2id"), "a hash is not for logs");
    let refused = stand.add_user(&user("alpha", "ána@ALPHA.example"), &operator(), at(2)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert_eq!(stand.user_by_email("ana@alpha.example").await.unwrap(), None);
}

async fn a_session_ends_and_expires(stand: &Stand) {
    let partner = stand.partner("alpha").await;
    let user =
        stand.add_user(&user("alpha", "ana@alpha.example"), &operator(), at(0)).await.unwrap();
    let (first, second) = (sha256("first"), sha256("second"));
    stand.add_session(&first, user, at(0), at(60)).await.unwrap();
    stand.add_session(&second, user, at(0), at(60)).await.unwrap();
    let viewer = Viewer {
        partner,
        category: PartnerCategory::Vendor,
        standing: Standing::Full,
        groups: BTreeSet::new(),
        role: UserRole::Analyst,
        scopes: None,
        until: None,
        user: Some(user),
        maker: Some(user),
        email: Some("ana@alpha.example".to_owned()),
    };
    assert_eq!(stand.session(&first, at(59)).await.unwrap(), Some(viewer));
    assert_eq!(stand.session(&first, at(60)).await.unwrap(), None, "expired");
    stand.end_session(&first, at(9)).await.unwrap();
    stand.end_session(&first, at(9)).await.unwrap();
    assert_eq!(stand.session(&first, at(1)).await.unwrap(), None, "ended");
    assert!(stand.session(&second, at(1)).await.unwrap().is_some());
    assert_eq!(stand.session(&sha256("third"), at(1)).await.unwrap(), None);
}

async fn sessions_that_expired_are_removed(stand: &Stand) {
    stand.partner("alpha").await;
    let user =
        stand.add_user(&user("alpha", "ana@alpha.example"), &operator(), at(0)).await.unwrap();
    for n in 0..5 {
        stand.add_session(&sha256(&n.to_string()), user, at(0), at(10 * n)).await.unwrap();
    }
    let lines = stand.audit_head().await.unwrap().seq;
    assert_eq!(stand.expire(Expiring::Sessions, at(20), at(30)).await.unwrap(), 3);
    assert_eq!(stand.expire(Expiring::Sessions, at(20), at(30)).await.unwrap(), 0);
    assert_eq!(stand.audit_head().await.unwrap().seq, lines + 1, "one line, with the count");
    assert!(stand.session(&sha256("3"), at(20)).await.unwrap().is_some());
}

async fn a_token_acts_for_its_partner_until_revoked(stand: &Stand) {
    let partner = stand.partner("alpha").await;
    let token = NewToken {
        sha256: sha256("token"),
        partner: partner.clone(),
        role: UserRole::Uploader,
        scopes: Scopes::all(),
        expires: None,
        made_by: None,
        label: "nightly upload".to_owned(),
    };
    stand.add_token(&token, &operator(), at(0)).await.unwrap();
    let refused = stand.add_token(&token, &operator(), at(0)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    let viewer = Viewer {
        partner,
        category: PartnerCategory::Vendor,
        standing: Standing::Full,
        groups: BTreeSet::new(),
        role: UserRole::Uploader,
        scopes: Some(Scopes::all()),
        until: None,
        user: None,
        maker: None,
        email: None,
    };
    assert_eq!(stand.viewer_by_token(&token.sha256, at(1)).await.unwrap(), Some(viewer));
    assert_eq!(stand.viewer_by_token(&sha256("other"), at(1)).await.unwrap(), None);
    stand.revoke_token(&token.sha256, &operator(), at(5)).await.unwrap();
    stand.revoke_token(&token.sha256, &operator(), at(9)).await.unwrap();
    assert_eq!(stand.viewer_by_token(&token.sha256, at(5)).await.unwrap(), None);
    let unknown = stand.revoke_token(&sha256("other"), &operator(), at(5)).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))), "{unknown:?}");
}

async fn nothing_belongs_to_an_unknown_partner(stand: &Stand) {
    let refused = stand.add_user(&user("nobody", "x@nobody.example"), &operator(), at(0)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    let token = NewToken {
        sha256: sha256("token"),
        partner: "nobody".parse().unwrap(),
        role: UserRole::Reader,
        scopes: Scopes::all(),
        expires: None,
        made_by: None,
        label: String::new(),
    };
    let refused = stand.add_token(&token, &operator(), at(0)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    let refused = stand.add_session(&sha256("s"), UserId(7), at(0), at(1)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
}

/// A person, for cases that mind nothing else.
pub(crate) async fn somebody(stand: &Stand) -> UserId {
    let partner = stand.partner("somebodys").await;
    stand
        .add_user(&user(partner.as_str(), "somebody@alpha.example"), &operator(), at(0))
        .await
        .unwrap()
}

async fn a_closed_group_keeps_its_members_and_takes_none(stand: &Stand) {
    let (lab, line) = (stand.partner("lab").await, stand.partner("line").await);
    let circle = "circle".parse().unwrap();
    let unknown = stand.join_group(&circle, &lab, &operator(), at(1)).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))), "{unknown:?}");
    stand.add_group(&circle, "Circle", &operator(), at(1)).await.unwrap();
    stand.join_group(&circle, &lab, &operator(), at(2)).await.unwrap();
    stand.close_group(&circle, &operator(), at(3)).await.unwrap();
    let refused = stand.join_group(&circle, &line, &operator(), at(4)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert_eq!(stand.groups().await.unwrap()[0].members, [lab]);
    let lines = stand.audit_after(0, 100).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.action == "group.join").count(), 1);
}
