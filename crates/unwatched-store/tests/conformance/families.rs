//! Families and indicators.

use unwatched_model::family::{FamilyId, Platform};
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::tlp::Tlp;
use unwatched_store::{Handling, NewFamily, StoreError};

use crate::stand::{Stand, at, everything, indicator, new_family, operator};

crate::both!(
    a_family_comes_back_as_created,
    slugs_are_numbered_when_taken,
    families_are_found_by_what_people_write,
    the_same_name_is_a_conflict_whatever_its_case,
    families_created_at_once_get_different_slugs,
    pages_of_families_meet,
    one_value_from_two_sources_is_two_rows,
    a_statement_repeated_is_one_row,
    partners_who_say_the_same_have_a_row_each,
    a_partner_may_change_its_rows_tlp,
    values_are_found_in_the_form_compared,
    indicators_need_a_family_a_partner_and_a_value,
);

async fn a_family_comes_back_as_created(stand: &Stand) {
    let family = NewFamily {
        platform: Some(Platform::Android),
        ..new_family("Watch Alpha", &["Alpha Watch", "Watch Alpha", "'; DROP TABLE x; --"])
    };
    let id = stand.create_family(&family, &operator(), at(3)).await.unwrap();
    let row = stand.family(&id).await.unwrap().unwrap();
    assert_eq!(row.family.id.as_str(), "watch-alpha");
    assert_eq!(row.family.name, family.name);
    assert_eq!(row.family.aliases, family.aliases, "in order, the name repeated");
    assert_eq!(row.family.platform, Some(Platform::Android));
    assert_eq!((row.attributed.as_slice(), row.added_at), (&[][..], at(3)));
    assert_eq!(stand.family(&"watch".parse().unwrap()).await.unwrap(), None);
}

async fn families_are_found_by_what_people_write(stand: &Stand) {
    let create = async |name: &str, aliases: &[&str]| {
        stand.create_family(&new_family(name, aliases), &operator(), at(1)).await.unwrap()
    };
    let phone = create("مراقب الهاتف", &["Наблюдатель"]).await;
    let other = create("Шпион", &[]).await;
    assert_ne!(phone, other);
    let latin = create("Family", &["Shared"]).await;
    let watch = create("Watch!", &["shared", "Family"]).await;
    let check = async |text: &str, expected: &[&FamilyId]| {
        let found = stand.families_called(text).await.unwrap();
        let found: Vec<_> = found.iter().map(|row| &row.family.id).collect();
        assert_eq!(found, expected, "{text}");
    };
    check("مراقب الهاتف", &[&phone]).await;
    check(phone.as_str(), &[&phone]).await;
    check(" шпион ", &[&other]).await;
    check("НАБЛЮДАТЕЛЬ", &[&phone]).await;
    check("Совсем другое", &[]).await;
    check("family", &[&latin]).await;
    check("WATCH!", &[&watch]).await;
    check("Shared", &[&latin, &watch]).await;
    check("", &[]).await;
}

async fn slugs_are_numbered_when_taken(stand: &Stand) {
    let mut slugs = Vec::new();
    for name in ["Watch Alpha", "Watch+Alpha", "watch!!alpha", "Слежка", "مراقب"] {
        slugs.push(stand.named(name).await.to_string());
    }
    assert_eq!(
        slugs,
        ["watch-alpha", "watch-alpha-2", "watch-alpha-3", "family-582a1ddc", "family-97bb619e"]
    );
}

async fn the_same_name_is_a_conflict_whatever_its_case(stand: &Stand) {
    stand.named("Слежка Alpha").await;
    let refused = stand.create_family(&new_family(" СЛЕЖКА alpha", &[]), &operator(), at(0)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    let refused = stand.create_family(&new_family("  ", &[]), &operator(), at(0)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    assert_eq!(stand.all_families().await.unwrap().len(), 1);
}

async fn families_created_at_once_get_different_slugs(stand: &Stand) {
    let names = ["Watch 1", "watch+1", "WATCH-1", "watch.1", "watch/1", "watch_1"];
    let tasks = names.map(|name| {
        let store = stand.store.clone();
        tokio::spawn(async move {
            store.create_family(&new_family(name, &[]), &operator(), at(0)).await
        })
    });
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let families = stand.all_families().await.unwrap();
    let slugs: Vec<_> = families.iter().map(|row| row.family.id.as_str()).collect();
    assert_eq!(slugs, ["watch-1", "watch-1-2", "watch-1-3", "watch-1-4", "watch-1-5", "watch-1-6"]);
}

async fn pages_of_families_meet(stand: &Stand) {
    for n in 0..7 {
        stand
            .create_family(&new_family(&format!("F{n}"), &["alias"]), &operator(), at(n))
            .await
            .unwrap();
    }
    let mut seen: Vec<FamilyId> = Vec::new();
    loop {
        let page = stand.families(seen.last(), 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 3);
        assert!(page.iter().all(|row| row.family.aliases == ["alias"]));
        seen.extend(page.into_iter().map(|row| row.family.id));
    }
    let all: Vec<_> =
        stand.all_families().await.unwrap().into_iter().map(|row| row.family.id).collect();
    assert_eq!((seen.len(), seen), (7, all));
}

async fn one_value_from_two_sources_is_two_rows(stand: &Stand) {
    let (by, family) = (stand.partner("alpha").await, stand.named("Watch").await);
    let ours = indicator(&family, IndicatorKind::Domain, "C2.Watch.example");
    let theirs = Indicator { source: "heard from beta".to_owned(), ..ours.clone() };
    let other_role = Indicator { role: Role::C2, ..ours.clone() };
    for statement in [&ours, &theirs, &other_role] {
        assert!(
            stand.add_indicator(statement, &Handling::default(), &by, at(0)).await.unwrap().new
        );
    }
    let rows = stand.indicators_of(&family, &everything()).await.unwrap();
    let kept: Vec<_> = rows.iter().map(|row| &row.indicator).collect();
    assert_eq!(kept, [&ours, &theirs, &other_role]);
    assert_eq!(rows[0].normalised, "c2.watch.example");
    assert_eq!((rows[0].by.as_ref(), rows[0].added_at), (Some(&by), at(0)));
}

async fn a_statement_repeated_is_one_row(stand: &Stand) {
    let (by, family) = (stand.partner("alpha").await, stand.named("Watch").await);
    let upper = indicator(&family, IndicatorKind::Domain, "WATCH.example.");
    let lower = indicator(&family, IndicatorKind::Domain, "watch.example");
    let first = stand.add_indicator(&upper, &Handling::default(), &by, at(0)).await.unwrap();
    let second = stand.add_indicator(&lower, &Handling::default(), &by, at(1)).await.unwrap();
    assert_eq!((first.id, first.new, second.new), (second.id, true, false));
    let rows = stand.all_indicators(&everything()).await.unwrap();
    assert_eq!((rows.len(), &rows[0].indicator), (1, &upper), "as first written");
}

async fn values_are_found_in_the_form_compared(stand: &Stand) {
    let (by, family) = (stand.partner("alpha").await, stand.named("Watch").await);
    let other = stand.named("Other Watch").await;
    for family in [&family, &other] {
        let package = indicator(family, IndicatorKind::Package, "com.Example.watch");
        stand.add_indicator(&package, &Handling::default(), &by, at(0)).await.unwrap();
    }
    let bundle = indicator(&family, IndicatorKind::IosBundle, "com.Example.watch");
    stand.add_indicator(&bundle, &Handling::default(), &by, at(0)).await.unwrap();
    let count = async |kind, value: &str| {
        stand.indicators_matching(kind, value, &everything()).await.unwrap().len()
    };
    assert_eq!(count(None, "com.Example.watch").await, 3);
    assert_eq!(count(Some(IndicatorKind::Package), "com.Example.watch").await, 2);
    assert_eq!(count(Some(IndicatorKind::Domain), "com.Example.watch").await, 0);
    assert_eq!(count(None, "com.example.watch").await, 0, "packages keep their case");
    assert_eq!(count(None, "com.Example.watch\0").await, 0);
}

async fn indicators_need_a_family_a_partner_and_a_value(stand: &Stand) {
    let (by, family) = (stand.partner("alpha").await, stand.named("Watch").await);
    let good = indicator(&family, IndicatorKind::Package, "com.example.watch");
    let nowhere = Indicator { family: "nowhere".parse().unwrap(), ..good.clone() };
    let refused = stand.add_indicator(&nowhere, &Handling::default(), &by, at(0)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    let refused =
        stand.add_indicator(&good, &Handling::default(), &"nobody".parse().unwrap(), at(0)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    let no_value = Indicator { value: "a/b".to_owned(), ..good.clone() };
    let refused = stand.add_indicator(&no_value, &Handling::default(), &by, at(0)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    assert_eq!(stand.all_indicators(&everything()).await.unwrap(), []);
}

async fn partners_who_say_the_same_have_a_row_each(stand: &Stand) {
    let (alpha, beta) = (stand.partner("alpha").await, stand.partner("beta").await);
    let family = stand.named("Watch").await;
    let green = indicator(&family, IndicatorKind::Domain, "watch.example");
    let red = Indicator { tlp: Tlp::Red, ..green.clone() };
    let first = stand.add_indicator(&red, &Handling::default(), &alpha, at(0)).await.unwrap();
    let second = stand.add_indicator(&green, &Handling::default(), &beta, at(1)).await.unwrap();
    assert!(first.new && second.new && first.id != second.id);
    let rows = stand.indicators_of(&family, &everything()).await.unwrap();
    let kept: Vec<_> = rows.iter().map(|row| (row.by.as_ref(), row.indicator.tlp)).collect();
    assert_eq!(kept, [(Some(&alpha), Tlp::Red), (Some(&beta), Tlp::Green)]);
}

async fn a_partner_may_change_its_rows_tlp(stand: &Stand) {
    let (alpha, beta) = (stand.partner("alpha").await, stand.partner("beta").await);
    let family = stand.named("Watch").await;
    let green = indicator(&family, IndicatorKind::Domain, "watch.example");
    let first = stand.add_indicator(&green, &Handling::default(), &alpha, at(0)).await.unwrap();
    stand.add_indicator(&green, &Handling::default(), &beta, at(0)).await.unwrap();
    for tlp in [Tlp::Red, Tlp::Clear] {
        let said = Indicator { tlp, ..green.clone() };
        let again = stand.add_indicator(&said, &Handling::default(), &alpha, at(1)).await.unwrap();
        assert_eq!((again.id, again.new), (first.id, false));
        let rows = stand.indicators_of(&family, &everything()).await.unwrap();
        let kept: Vec<_> = rows.iter().map(|row| (row.by.as_ref(), row.indicator.tlp)).collect();
        assert_eq!(kept, [(Some(&alpha), tlp), (Some(&beta), Tlp::Green)]);
    }
}
