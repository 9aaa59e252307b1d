//! Importing lists.

use unwatched_model::class::{Attribution, Class};
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::tlp::Tlp;
use unwatched_store::{
    Handling, ImportBatch, Imported, ListedIndicator, ListedSample, Listing, StoreError,
};

use crate::stand::{Stand, at, everything, indicator, operator, sha256, somebody};

crate::both!(
    lists_come_back_as_listed,
    importing_again_changes_nothing,
    one_name_in_two_lists_is_one_family_with_two_attributions,
    samples_belong_by_name_then_by_alias,
    what_a_list_no_longer_says_is_gone_and_may_come_back,
    partners_statements_survive_an_import,
    a_partner_cannot_stand_in_a_lists_place,
    what_is_no_value_is_kept_as_listed_and_told,
    an_import_that_fails_leaves_nothing,
    two_imports_at_once_are_one,
    a_large_import_fits_and_repeats,
);

const STALKERWARE: &str = "watch-list/ioc.yaml";
const WATCHWARE: &str = "watch-list/watchware.yaml";
const SAMPLES: &str = "watch-list/samples.csv";

fn listing(source: &str, position: u32, name: &str, values: &[(&str, &str)]) -> Listing {
    let class = if source == WATCHWARE { Class::Watchware } else { Class::Stalkerware };
    let indicators = values.iter().zip(0..).map(|((field, value), position)| {
        let (kind, role) = match *field {
            "packages" => (IndicatorKind::Package, Role::App),
            "certificates" => (IndicatorKind::CertificateSha1, Role::App),
            "c2.ips" | "c2.ip" => (IndicatorKind::Address, Role::C2),
            "websites" => (IndicatorKind::Domain, Role::Website),
            other => panic!("{other}"),
        };
        ListedIndicator {
            field: (*field).to_owned(),
            position,
            kind,
            value: (*value).to_owned(),
            role,
        }
    });
    Listing {
        source: source.to_owned(),
        list: source.trim_start_matches("watch-list/").to_owned(),
        position,
        class,
        name: name.to_owned(),
        names: Vec::new(),
        names_given: false,
        indicators: indicators.collect(),
    }
}

fn sample(position: u32, of: &str, app: &str) -> ListedSample {
    ListedSample {
        position,
        sha256: sha256(of).to_string().to_uppercase(),
        app: app.to_owned(),
        version: "1,0".to_owned(),
        ..ListedSample::default()
    }
}

/// Two lists, one app in both, one alias, one sample with all its fields.
fn batch() -> ImportBatch {
    let certificate = "7F5C0D54A813BA9B87A91420CA2C3DE5E7948F09";
    let mut alpha = listing(
        STALKERWARE,
        0,
        "Watch Alpha",
        &[
            ("packages", "com.watch.alpha"),
            ("certificates", certificate),
            ("websites", "Watch-Alpha.example"),
            ("c2.ips", "192.0.2.7"),
            ("c2.ip", "192.0.2.7"),
        ],
    );
    alpha.names = ["AlphaSpy", "Watch Alpha", "AlphaSpy"].map(str::to_owned).into();
    alpha.names_given = true;
    let beta = listing(STALKERWARE, 1, "Watch Beta", &[("packages", "com.watch.beta")]);
    let both = listing(WATCHWARE, 0, "watch beta", &[("packages", "com.watch.beta")]);
    let whole = ListedSample {
        package: "com.watch.other".to_owned(),
        certificate: certificate.to_owned(),
        ..sample(0, "one", "Watch Alpha")
    };
    ImportBatch {
        listings: vec![alpha, beta, both],
        samples_source: SAMPLES.to_owned(),
        samples: vec![whole, sample(1, "two", "alphaspy")],
        raw_files: vec![("ioc.yaml".to_owned(), sha256("raw"))],
    }
}

async fn import(stand: &Stand, batch: &ImportBatch, when: i64) -> Imported {
    stand.import_community(batch, at(when)).await.unwrap()
}

async fn lists_come_back_as_listed(stand: &Stand) {
    let batch = batch();
    let imported = import(stand, &batch, 0).await;
    assert_eq!(
        imported,
        Imported { families: 2, listings: 3, samples: 2, indicators: 10, ..Imported::default() },
        "4 of alpha (an address in two fields), 2 of beta, 4 of samples"
    );
    assert_eq!(stand.community_listings().await.unwrap(), batch.listings);
    assert_eq!(stand.community_samples().await.unwrap(), batch.samples);
    let needed = stand.needed_blobs().await.unwrap();
    let needed: Vec<_> = needed.into_iter().map(|blob| (blob.by, blob.sha256)).collect();
    let lists = batch.raw_files.iter();
    let lists: Vec<_> =
        lists.map(|(name, blob)| (format!("imported list {name}"), *blob)).collect();
    assert_eq!(needed, lists);
    let alpha = stand.family(&"watch-alpha".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(alpha.family.aliases, batch.listings[0].names, "in order, repeats and all");
    assert_eq!(alpha.added_at, at(0));
    let rows = stand.indicators_of(&alpha.family.id, &everything()).await.unwrap();
    let site = rows.iter().find(|row| row.indicator.role == Role::Website).unwrap();
    assert_eq!(site.indicator.value, "Watch-Alpha.example");
    assert_eq!(site.normalised, "watch-alpha.example");
    assert_eq!((site.indicator.tlp, site.by.as_ref()), (Tlp::Clear, None));
    assert_eq!((site.field.as_deref(), site.position), (Some("websites"), Some(2)));
    assert_eq!(site.indicator.source, STALKERWARE);
    let observed: Vec<_> = rows
        .iter()
        .filter(|row| row.indicator.source == SAMPLES)
        .map(|row| (row.indicator.kind, row.indicator.role, row.position))
        .collect();
    assert_eq!(
        observed,
        [
            (IndicatorKind::FileSha256, Role::Sample, Some(0)),
            (IndicatorKind::Package, Role::Sample, Some(0)),
            (IndicatorKind::CertificateSha1, Role::Sample, Some(0)),
            (IndicatorKind::FileSha256, Role::Sample, Some(1)),
        ]
    );
}

async fn importing_again_changes_nothing(stand: &Stand) {
    import(stand, &batch(), 0).await;
    let before = (
        stand.all_families().await.unwrap(),
        stand.all_indicators(&everything()).await.unwrap(),
        stand.search("watch", &somebody(), None, 100).await.unwrap(),
    );
    let again = import(stand, &batch(), 9).await;
    assert_eq!(again, Imported { unchanged: 12, ..Imported::default() });
    let after = (
        stand.all_families().await.unwrap(),
        stand.all_indicators(&everything()).await.unwrap(),
        stand.search("watch", &somebody(), None, 100).await.unwrap(),
    );
    assert_eq!(before, after);
}

async fn one_name_in_two_lists_is_one_family_with_two_attributions(stand: &Stand) {
    import(stand, &batch(), 0).await;
    let families = stand.all_families().await.unwrap();
    let ids: Vec<_> = families.iter().map(|row| row.family.id.as_str()).collect();
    assert_eq!(ids, ["watch-alpha", "watch-beta"]);
    let attribution = |source: &str, class| Attribution { source: source.to_owned(), class };
    assert_eq!(
        families[1].attributed,
        [attribution(STALKERWARE, Class::Stalkerware), attribution(WATCHWARE, Class::Watchware)]
    );
    assert_eq!(families[0].attributed, [attribution(STALKERWARE, Class::Stalkerware)]);
    let packages = stand.indicators_matching(None, "com.watch.beta", &everything()).await.unwrap();
    let sources: Vec<_> = packages.iter().map(|row| row.indicator.source.as_str()).collect();
    assert_eq!(sources, [STALKERWARE, WATCHWARE], "provenance is not merged");
}

async fn samples_belong_by_name_then_by_alias(stand: &Stand) {
    stand.named("Watch Gamma").await;
    let mut batch = batch();
    // An alias of one entry that is the name of another: the name decides.
    batch.listings[0].names.push("Watch Beta".to_owned());
    let with_name = ListedSample {
        family_name: Some("Watch Beta".to_owned()),
        ..sample(3, "four", "not called so")
    };
    batch.samples = vec![
        sample(0, "one", "ALPHASPY"),
        sample(1, "two", "Watch Beta"),
        sample(2, "three", "Watch Gamma"),
        with_name,
        sample(4, "five", "Watch Nobody"),
        sample(5, "six", ""),
    ];
    let imported = import(stand, &batch, 0).await;
    assert_eq!(imported.problems.len(), 2, "{:?}", imported.problems);
    assert!(imported.problems[0].contains("row 4") && imported.problems[0].contains("Nobody"));
    assert_eq!(stand.community_samples().await.unwrap(), batch.samples, "kept all the same");
    let family_of = async |of: &str| {
        let rows =
            stand.indicators_matching(None, &sha256(of).to_string(), &everything()).await.unwrap();
        rows.into_iter().map(|row| row.indicator.family.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(family_of("one").await, ["watch-alpha"]);
    assert_eq!(family_of("two").await, ["watch-beta"]);
    assert_eq!(family_of("three").await, ["watch-gamma"], "a partner's family");
    assert_eq!(family_of("four").await, ["watch-beta"]);
    assert_eq!(family_of("five").await, [""; 0]);
}

async fn what_a_list_no_longer_says_is_gone_and_may_come_back(stand: &Stand) {
    import(stand, &batch(), 0).await;
    let mut shorter = batch();
    shorter.listings.remove(2);
    shorter.listings[0].indicators.retain(|listed| listed.field != "packages");
    shorter.listings[0].names = vec!["AlphaSpy".to_owned()];
    shorter.samples.pop();
    // Every entry of a list gone is a list not there: keep one of the other.
    shorter.listings.push(listing(WATCHWARE, 0, "Watch Delta", &[]));
    let imported = import(stand, &shorter, 1).await;
    assert_eq!((imported.gone, imported.families, imported.indicators), (3, 1, 0));
    assert_eq!(
        stand.indicators_matching(None, "com.watch.alpha", &everything()).await.unwrap(),
        []
    );
    assert_eq!(stand.search("com.watch.alpha", &somebody(), None, 9).await.unwrap().results, []);
    let beta = stand.family(&"watch-beta".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(beta.attributed.len(), 1, "only the list that still names it");
    let alpha = stand.family(&"watch-alpha".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(alpha.family.aliases, ["AlphaSpy"]);
    assert_eq!(stand.community_listings().await.unwrap(), shorter.listings);
    assert_eq!(stand.community_samples().await.unwrap(), shorter.samples);

    let imported = import(stand, &batch(), 2).await;
    assert_eq!((imported.gone, imported.families, imported.indicators), (0, 0, 3));
    let back = stand.indicators_matching(None, "com.watch.alpha", &everything()).await.unwrap();
    assert_eq!((back.len(), back[0].added_at), (1, at(0)), "the same row");
    assert_eq!(
        stand.search("com.watch.alpha", &somebody(), None, 9).await.unwrap().results.len(),
        1
    );
    assert_eq!(stand.community_listings().await.unwrap(), batch().listings);
}

async fn partners_statements_survive_an_import(stand: &Stand) {
    let by = stand.partner("alpha").await;
    let beta = stand
        .create_family(&crate::stand::new_family("WATCH BETA", &["Bee"]), &operator(), at(0))
        .await
        .unwrap();
    let package = indicator(&beta, IndicatorKind::Package, "com.watch.beta");
    stand.add_indicator(&package, &Handling::default(), &by, at(0)).await.unwrap();
    import(stand, &batch(), 1).await;
    import(stand, &ImportBatch { listings: batch().listings[..1].into(), ..batch() }, 2).await;
    let row = stand.family(&beta).await.unwrap().unwrap();
    assert_eq!(
        (row.family.name.as_str(), &row.family.aliases[..]),
        ("WATCH BETA", &["Bee".to_owned()][..])
    );
    let rows = stand.indicators_of(&beta, &everything()).await.unwrap();
    assert!(rows.iter().any(|row| row.indicator == package && row.by.as_ref() == Some(&by)));
}

async fn a_partner_cannot_stand_in_a_lists_place(stand: &Stand) {
    let by = stand.partner("alpha").await;
    let beta = stand.named("Watch Beta").await;
    // Before the list is known, its name is one like any other.
    let package = indicator(&beta, IndicatorKind::Package, "com.watch.beta");
    let posing = Indicator { tlp: Tlp::Red, source: STALKERWARE.to_owned(), ..package };
    stand.add_indicator(&posing, &Handling::default(), &by, at(0)).await.unwrap();
    assert_eq!(import(stand, &batch(), 1).await.indicators, 10);
    let rows = stand.indicators_matching(None, "com.watch.beta", &everything()).await.unwrap();
    let kept: Vec<_> = rows
        .iter()
        .map(|row| (row.by.as_ref(), row.indicator.source.as_str(), row.indicator.tlp))
        .collect();
    assert_eq!(
        kept,
        [
            (Some(&by), STALKERWARE, Tlp::Red),
            (None, STALKERWARE, Tlp::Clear),
            (None, WATCHWARE, Tlp::Clear)
        ]
    );
    assert_eq!(import(stand, &batch(), 2).await.unchanged, 12);
    let without = ImportBatch { listings: batch().listings[..1].into(), ..batch() };
    assert_eq!(import(stand, &without, 3).await.gone, 1, "of the list, not the partner's");
    assert!(
        stand
            .all_indicators(&everything())
            .await
            .unwrap()
            .iter()
            .any(|row| row.indicator == posing)
    );

    for source in [STALKERWARE, SAMPLES, "Watch-List/IOC.yaml"] {
        let posing = Indicator { source: source.to_owned(), ..posing.clone() };
        let refused = stand.add_indicator(&posing, &Handling::default(), &by, at(4)).await;
        assert!(matches!(refused, Err(StoreError::SourceTaken(_))), "{source}: {refused:?}");
    }
}

async fn what_is_no_value_is_kept_as_listed_and_told(stand: &Stand) {
    let mut batch = batch();
    batch.listings[0].indicators[0].value = String::from("not/a package");
    batch.listings[1].indicators[0].value = String::from("com.nul.\0");
    batch.samples[0].certificate = String::from("ZZ");
    let imported = import(stand, &batch, 0).await;
    assert_eq!(imported.problems.len(), 3, "{:?}", imported.problems);
    let first = &imported.problems[0];
    assert!(first.contains(STALKERWARE) && first.contains("Watch Alpha"), "{first}");
    assert_eq!(stand.community_listings().await.unwrap(), batch.listings);
    assert_eq!(stand.community_samples().await.unwrap(), batch.samples);
}

async fn an_import_that_fails_leaves_nothing(stand: &Stand) {
    let mut twice = batch();
    twice.listings[1].position = 0;
    let mut nul = batch();
    nul.samples[1].version = String::from("1\0");
    let mut nameless = batch();
    nameless.listings[2].name = String::from(" ");
    for broken in [twice, nul, nameless] {
        let refused = stand.import_community(&broken, at(0)).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    }
    assert_eq!(stand.all_families().await.unwrap(), []);
    assert_eq!(stand.all_indicators(&everything()).await.unwrap(), []);
    assert_eq!(stand.community_listings().await.unwrap(), []);
}

async fn two_imports_at_once_are_one(stand: &Stand) {
    let tasks: Vec<_> = (0..3)
        .map(|n| {
            let store = stand.store.clone();
            tokio::spawn(async move { store.import_community(&batch(), at(n)).await.unwrap() })
        })
        .collect();
    let mut families = 0;
    for task in tasks {
        families += task.await.unwrap().families;
    }
    assert_eq!((families, stand.all_indicators(&everything()).await.unwrap().len()), (2, 10));
}

async fn a_large_import_fits_and_repeats(stand: &Stand) {
    // As many entries and values as the community's lists have.
    let large = ImportBatch {
        listings: (0..174u32)
            .map(|n| {
                let values: Vec<_> =
                    (0..16).map(|m| ("websites", format!("w{m}.watch-{n}.example"))).collect();
                let values: Vec<_> = values.iter().map(|(f, v)| (*f, v.as_str())).collect();
                listing(STALKERWARE, n, &format!("Watch {n}"), &values)
            })
            .collect(),
        samples_source: SAMPLES.to_owned(),
        samples: (0..3_228)
            .map(|n| ListedSample {
                package: format!("com.watch.app{}", n % 700),
                ..sample(n, &n.to_string(), &format!("Watch {}", n % 174))
            })
            .collect(),
        raw_files: Vec::new(),
    };
    let imported = import(stand, &large, 0).await;
    assert_eq!((imported.families, imported.listings, imported.samples), (174, 174, 3_228));
    let indicators = stand.all_indicators(&everything()).await.unwrap().len() as u64;
    assert_eq!((imported.indicators, imported.problems.len()), (indicators, 0));
    assert!(indicators > 174 * 16 + 3_228);
    let again = import(stand, &large, 1).await;
    assert_eq!(again, Imported { unchanged: indicators + 3_228, ..Imported::default() });
    assert_eq!(
        stand.search("w3.watch-99.example", &somebody(), None, 5).await.unwrap().results.len(),
        1
    );
}
