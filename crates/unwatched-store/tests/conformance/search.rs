//! Search.

use unwatched_model::digest::Sha256;
use unwatched_model::indicator::{Indicator, IndicatorKind};
use unwatched_model::tlp::Tlp;
use unwatched_store::{Handling, Hit, HitKind, SampleState, SearchPage, StoreError};

use crate::stand::{
    Stand, at, indicator, new_family, new_sample, operator, report, seen_by, sha256, somebody,
};

crate::both!(
    exact_values_come_first,
    values_are_found_however_they_are_written,
    samples_are_found_by_what_is_known_of_them,
    words_are_found_by_their_beginning,
    what_cannot_be_searched_gives_an_empty_page,
    pages_meet_and_repeat,
    a_cursor_that_is_not_ours_is_refused,
    above_amber_a_value_is_found_by_its_partner_only,
    what_one_may_not_see_leaves_no_trace_in_pages,
    values_are_found_by_their_beginning,
    beginnings_and_words_page_without_gaps,
    fields_keep_what_they_say,
    facets_say_what_a_field_would_keep,
    a_phrase_is_its_words_in_order,
    names_given_to_files_find_them_for_their_partner_only,
    a_hostile_question_ends,
);

async fn ids(stand: &Stand, q: &str) -> Vec<String> {
    let page = stand.search(q, &somebody(), None, 50).await.unwrap();
    assert_eq!(page.next, None, "{q}");
    page.results.into_iter().map(|hit| format!("{} {}", hit.kind.as_str(), hit.title)).collect()
}

async fn fill(stand: &Stand) {
    let by = stand.partner("alpha").await;
    let family =
        stand.create_family(&new_family("Watch Alpha", &["AlphaSpy"]), &operator(), at(0)).await;
    let family = family.unwrap();
    let values = [
        (IndicatorKind::Domain, "alphaspy.example"),
        (IndicatorKind::Package, "com.example.AlphaSpy"),
        (IndicatorKind::CertificateSha1, "7F5C0D54A813BA9B87A91420CA2C3DE5E7948F09"),
        (IndicatorKind::Url, "https://Files.example/alpha/"),
    ];
    for (kind, value) in values {
        stand
            .add_indicator(&indicator(&family, kind, value), &Handling::default(), &by, at(0))
            .await
            .unwrap();
    }
    stand.add_sample(&new_sample("one", &by), &operator(), at(0)).await.unwrap();
    let report = report("one", "com.example.alphaspy");
    stand.save_report(&sha256("one"), &report, "e", at(1)).await.unwrap();
}

async fn exact_values_come_first(stand: &Stand) {
    fill(stand).await;
    assert_eq!(
        ids(stand, "alphaspy").await,
        [
            "family Watch Alpha",
            "sample Label one (com.example.alphaspy)",
            "indicator com.example.AlphaSpy (package, app; seen by us)",
            "indicator alphaspy.example (domain, app; seen by us)",
        ],
        "the alias is exact, the rest holds the word"
    );
    assert_eq!(
        ids(stand, "com.example.alphaspy").await,
        [
            "sample Label one (com.example.alphaspy)",
            "indicator com.example.AlphaSpy (package, app; seen by us)",
        ]
    );
    let page = stand.search("watch-alpha", &somebody(), None, 1).await.unwrap();
    let family = Some("watch-alpha".parse().unwrap());
    let hit = Hit {
        kind: HitKind::Family,
        id: "watch-alpha".to_owned(),
        title: "Watch Alpha".to_owned(),
        family,
    };
    assert_eq!(page.results, [hit]);
}

async fn values_are_found_however_they_are_written(stand: &Stand) {
    fill(stand).await;
    let certificate =
        "indicator 7F5C0D54A813BA9B87A91420CA2C3DE5E7948F09 (certificate_sha1, app; seen by us)";
    for q in [
        "7f5c0d54a813ba9b87a91420ca2c3de5e7948f09",
        "7F:5C:0D:54:A8:13:BA:9B:87:A9:14:20:CA:2C:3D:E5:E7:94:8F:09",
        "7f5c0d54",
    ] {
        assert_eq!(ids(stand, q).await, [certificate], "{q}");
    }
    let url = "indicator https://Files.example/alpha/ (url, app; seen by us)";
    for q in ["https://files.example/alpha", "HTTPS://FILES.example:443/alpha/#x"] {
        assert_eq!(ids(stand, q).await, [url], "{q}");
    }
    let first = &ids(stand, " AlphaSpy.Example. ").await[0];
    assert_eq!(first, "indicator alphaspy.example (domain, app; seen by us)");
}

async fn samples_are_found_by_what_is_known_of_them(stand: &Stand) {
    fill(stand).await;
    let sample = new_sample("one", &"alpha".parse().unwrap());
    let certificate = report("one", "com.example.alphaspy").certificates[0].clone();
    for q in [
        sample.sha256.to_string(),
        sample.sha1.to_string().to_uppercase(),
        sample.md5.to_string(),
        certificate.sha1.to_string(),
        certificate.sha256.to_string(),
        sample.sha256.to_string()[..10].to_owned(),
        "panel.watch-alpha.example".to_owned(),
        "text messages".to_owned(),
    ] {
        let found = stand.search(&q, &somebody(), None, 50).await.unwrap().results;
        let samples: Vec<_> = found.iter().filter(|hit| hit.kind == HitKind::Sample).collect();
        assert_eq!(samples.len(), 1, "{q}");
        assert_eq!(
            (samples[0].id.as_str(), &samples[0].family),
            (&*sample.sha256.to_string(), &None)
        );
    }
}

async fn words_are_found_by_their_beginning(stand: &Stand) {
    for name in ["Слежка Один", "שלום Watch", "Bücher-Spy+", "Spy 24", "日本語アプリ"]
    {
        stand.named(name).await;
    }
    let check = async |q: &str, expected: &[&str]| {
        let found = ids(stand, q).await;
        let found: Vec<_> = found.iter().map(|hit| hit.trim_start_matches("family ")).collect();
        assert_eq!(found, expected, "{q}");
    };
    check("сле", &["Слежка Один"]).await;
    check("один СЛЕЖКА", &["Слежка Один"]).await;
    check("שלו", &["שלום Watch"]).await;
    check("bücher", &["Bücher-Spy+"]).await;
    check("spy", &["Spy 24", "Bücher-Spy+"]).await;
    check("spy 2", &["Spy 24"]).await;
    check("日本", &["日本語アプリ"]).await;
    check("ежка", &[]).await;
    check("spy nothing", &[]).await;
}

async fn what_cannot_be_searched_gives_an_empty_page(stand: &Stand) {
    fill(stand).await;
    let long = "x".repeat(100_000);
    let odd = ["", " ", "\"", "*", "'", "\0", "---", "(", "!&|<->:*", "\\", "\u{345}", "؟", &long];
    for q in odd {
        assert_eq!(ids(stand, q).await, [""; 0], "{q:.40}");
    }
    for q in ["alpha\"", "alpha AND", "\"alpha", "alpha*", "NOT alpha", "alpha:*", "alpha' OR '"] {
        let page = stand.search(q, &somebody(), None, 50).await;
        assert!(page.is_ok(), "{q}");
    }
    assert!(!ids(stand, "\"Watch\" *alpha*").await.is_empty());
}

async fn pages_meet_and_repeat(stand: &Stand) {
    let by = stand.partner("alpha").await;
    for n in 0..3 {
        let family = stand
            .create_family(&new_family(&format!("F{n}"), &["watch"]), &operator(), at(0))
            .await;
        let family = family.unwrap();
        for m in 0..4 {
            let domain = indicator(&family, IndicatorKind::Domain, &format!("watch.d{m}.example"));
            stand.add_indicator(&domain, &Handling::default(), &by, at(0)).await.unwrap();
        }
    }
    let whole = stand.search("watch", &somebody(), None, 50).await.unwrap().results;
    assert_eq!(whole.len(), 15, "3 families exactly, 12 indicators by the word");
    for limit in [1, 2, 3, 4, 7, 15] {
        let (mut pages, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = stand.search("watch", &somebody(), after.as_deref(), limit).await.unwrap();
            let again = stand.search("watch", &somebody(), after.as_deref(), limit).await.unwrap();
            assert_eq!(page, again, "the same cursor, the same page");
            assert!(!page.results.is_empty() && page.results.len() <= limit as usize);
            pages.extend(page.results);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(pages, whole, "by {limit}");
    }
}

async fn a_cursor_that_is_not_ours_is_refused(stand: &Stand) {
    fill(stand).await;
    for cursor in ["", "x", "y0.1", "x0", "x0.1", "b0.ff", "'; --"] {
        let refused = stand.search("alpha", &somebody(), Some(cursor), 5).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{cursor}: {refused:?}");
    }
}

async fn above_amber_a_value_is_found_by_its_partner_only(stand: &Stand) {
    let (by, other) = (stand.partner("alpha").await, stand.partner("beta").await);
    let family = stand.named("Watch").await;
    for tlp in Tlp::ALL {
        let value = format!("{}.example", tlp.as_str().replace('+', "-"));
        let of = Indicator { tlp, ..indicator(&family, IndicatorKind::Domain, &value) };
        stand.add_indicator(&of, &Handling::default(), &by, at(0)).await.unwrap();
        // By its exact value, and by the beginning of a word.
        for q in [value.as_str(), "exampl"] {
            let found = async |viewer| {
                let page = stand.search(q, &seen_by(viewer), None, 50).await.unwrap();
                page.results.iter().any(|hit| hit.title.starts_with(&value))
            };
            assert!(found(&by).await, "{q} by its partner");
            assert_eq!(found(&other).await, tlp <= Tlp::Amber, "{q} by another");
        }
    }
    let red =
        Indicator { tlp: Tlp::Red, ..indicator(&family, IndicatorKind::Domain, "opened.example") };
    stand.add_indicator(&red, &Handling::default(), &by, at(0)).await.unwrap();
    let opened = Indicator { tlp: Tlp::Green, ..red };
    stand.add_indicator(&opened, &Handling::default(), &by, at(1)).await.unwrap();
    assert_eq!(
        stand.search("opened.example", &seen_by(&other), None, 5).await.unwrap().results.len(),
        1
    );
}

async fn what_one_may_not_see_leaves_no_trace_in_pages(stand: &Stand) {
    let (by, other) = (stand.partner("alpha").await, stand.partner("beta").await);
    let family = stand.named("Watch").await;
    for n in 0..70 {
        let value = format!("c{n}.secret.example");
        let red = Indicator { tlp: Tlp::Red, ..indicator(&family, IndicatorKind::Domain, &value) };
        stand.add_indicator(&red, &Handling::default(), &by, at(0)).await.unwrap();
    }
    assert_eq!(
        stand.search("secret", &seen_by(&other), None, 50).await.unwrap(),
        SearchPage::default()
    );
    let own = stand.search("secret", &seen_by(&by), None, 50).await.unwrap();
    assert_eq!((own.results.len(), own.next.is_some()), (50, true));
    let green = indicator(&family, IndicatorKind::Domain, "open.secret.example");
    stand.add_indicator(&green, &Handling::default(), &other, at(0)).await.unwrap();
    let page = stand.search("secret", &seen_by(&other), None, 1).await.unwrap();
    assert_eq!((page.results.len(), page.next), (1, None));
}

async fn values_are_found_by_their_beginning(stand: &Stand) {
    fill(stand).await;
    let titles = async |q: &str| ids(stand, q).await;
    let package = "indicator com.example.AlphaSpy (package, app; seen by us)";
    let sample = "sample Label one (com.example.alphaspy)";
    // By the key first, in its order; a thing with two such keys once.
    let mut found = titles("com.exam*").await;
    found.sort();
    assert_eq!(found, [package, sample]);
    let digest = sha256("one").to_string();
    assert_eq!(titles(&digest[..6]).await, [sample]);
    assert_eq!(titles(&digest[..5]).await, [""; 0], "too short for the beginning of a hash");
    assert_eq!(
        titles("AlphaSpy.Ex*").await[0],
        "indicator alphaspy.example (domain, app; seen by us)"
    );
}

async fn beginnings_and_words_page_without_gaps(stand: &Stand) {
    let by = stand.partner("alpha").await;
    let family = stand.named("Watching").await;
    for n in 0..5 {
        for (kind, value) in [
            (IndicatorKind::Domain, format!("watch{n}.example")),
            (IndicatorKind::Package, format!("com.watch{n}")),
        ] {
            stand
                .add_indicator(&indicator(&family, kind, &value), &Handling::default(), &by, at(n))
                .await
                .unwrap();
        }
    }
    let whole = stand.search("watch*", &somebody(), None, 50).await.unwrap().results;
    assert_eq!(whole.len(), 11, "six by a key, five by a word");
    assert!(whole[0].title.starts_with("watch0.example"), "along the keys: {whole:?}");
    for limit in 1..8 {
        let (mut pages, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = stand.search("watch*", &somebody(), after.as_deref(), limit).await.unwrap();
            let again = stand.search("watch*", &somebody(), after.as_deref(), limit).await.unwrap();
            assert_eq!(page, again);
            pages.extend(page.results);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(pages, whole, "by {limit}");
    }
}

async fn fields_keep_what_they_say(stand: &Stand) {
    fill(stand).await;
    stand
        .add_sample(&new_sample("two", &"alpha".parse().unwrap()), &operator(), at(2))
        .await
        .unwrap();
    stand
        .set_sample_state(&sha256("two"), SampleState::Failed, Some("broken"), at(3))
        .await
        .unwrap();
    let two = format!("sample {}", sha256("two"));
    let check = async |q: &str, expected: &[&str]| assert_eq!(ids(stand, q).await, expected, "{q}");
    let one = "sample Label one (com.example.alphaspy)";
    check("state:failed", &[&two]).await;
    check("kind:sample", &[&two, one]).await;
    check("kind:sample state:analysed", &[one]).await;
    check("kind:sample format:apk", &[one]).await;
    check("kind:family", &["family Watch Alpha"]).await;
    check("kind:family alphaspy", &["family Watch Alpha"]).await;
    check("kind:sample package:com.example.*", &[one]).await;
    check("kind:sample package:com.other*", &[]).await;
    check("package:com.example.alphaspy kind:sample year:2026", &[one]).await;
    check("year:2025", &[]).await;
    check("year:soon", &[]).await;
    check("type:url", &["indicator https://Files.example/alpha/ (url, app; seen by us)"]).await;
    check("tlp:red kind:sample", &[]).await;
    let certificate = report("one", "com.example.alphaspy").certificates[0].sha1.to_string();
    check(&format!("certificate:{} kind:sample", &certificate[..8]), &[]).await;
    check(&format!("certificate:{}* kind:sample", &certificate[..8]), &[one]).await;
}

async fn facets_say_what_a_field_would_keep(stand: &Stand) {
    fill(stand).await;
    let page = stand.search("alphaspy", &somebody(), None, 1).await.unwrap();
    let shown = |page: &SearchPage| {
        let one = |(value, count, capped): &(String, u32, bool)| {
            format!("{value} {count}{}", if *capped { "+" } else { "" })
        };
        let facet = |facet: &unwatched_store::Facet| {
            let values: Vec<_> = facet.values.iter().map(one).collect();
            format!("{}: {}", facet.name, values.join(", "))
        };
        page.facets.iter().map(facet).collect::<Vec<_>>()
    };
    let expected = [
        "kind: indicator 2, family 1, sample 1",
        "state: analysed 1",
        "format: apk 1",
        "type: domain 1, package 1",
        "year: 2026 2",
    ];
    assert_eq!(shown(&page), expected, "of the whole, whatever the page");
    let next = stand.search("alphaspy", &somebody(), page.next.as_deref(), 1).await.unwrap();
    assert_eq!(shown(&next), expected);
    let own = seen_by(&"alpha".parse().unwrap());
    let page = stand.search("kind:indicator", &own, None, 50).await.unwrap();
    assert!(
        shown(&page).contains(&"type: certificate_sha1 1, domain 1, package 1, url 1".to_owned())
    );
    let page = stand.search("alphaspy", &own, None, 50).await.unwrap();
    assert!(shown(&page).iter().any(|facet| facet.starts_with("tlp: ")), "{:?}", shown(&page));
    for facet in &page.facets {
        for (value, count, _) in &facet.values {
            let q = format!("alphaspy {}:{value}", facet.name);
            let kept = stand.search(&q, &own, None, 50).await.unwrap().results.len();
            assert_eq!(kept, *count as usize, "{q}");
        }
    }
}

async fn a_phrase_is_its_words_in_order(stand: &Stand) {
    fill(stand).await;
    let sample = "sample Label one (com.example.alphaspy)";
    assert_eq!(ids(stand, "\"reads text messages\"").await, [sample]);
    assert_eq!(ids(stand, "\"text reads\"").await, [""; 0]);
    assert_eq!(ids(stand, "text reads").await, [sample]);
    assert_eq!(ids(stand, "\"watch alpha example\" kind:sample").await, [sample]);
}

async fn names_given_to_files_find_them_for_their_partner_only(stand: &Stand) {
    fill(stand).await;
    let (own, other) = ("alpha".parse().unwrap(), stand.partner("beta").await);
    let found = async |q: &str, by| {
        let page = stand.search(q, &seen_by(by), None, 50).await.unwrap();
        page.results.iter().any(|hit| hit.kind == HitKind::Sample)
    };
    assert!(found("One.apk", &own).await);
    for q in ["one.apk", "one.ap*", "apk", "\u{1f}alpha\u{1f}one.apk"] {
        assert!(!found(q, &other).await, "{q}");
    }
    let nobody: Sha256 = sha256("three");
    stand.add_sample(&new_sample("three", &own), &operator(), at(4)).await.unwrap();
    let page = stand.search(&nobody.to_string(), &seen_by(&other), None, 5).await.unwrap();
    assert_eq!(page.results, [], "a sample is found once its analysis has ended");
    let failed = SampleState::Failed;
    stand.set_sample_state(&nobody, failed, Some("no memory"), at(5)).await.unwrap();
    let page = stand.search(&nobody.to_string(), &seen_by(&other), None, 5).await.unwrap();
    assert_eq!(page.results[0].title, nobody.to_string(), "not the name that its partner gave");
}

async fn a_hostile_question_ends(stand: &Stand) {
    fill(stand).await;
    let letters = "a* b* c* d* e* f* g* h* i* j* k* l* m* n* o* p* q* r*";
    let fields = "year:2025 ".repeat(50);
    let phrases = "\"a b\" ".repeat(200);
    let quotes = "\"".repeat(2_001);
    for q in [letters, &fields, &phrases, &quotes, "package:* certificate:*", "kind:kind: \" :*"] {
        assert!(stand.search(q, &somebody(), None, 50).await.is_ok(), "{q:.60}");
    }
}
