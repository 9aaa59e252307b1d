//! What a row keeps of whether its value is held is what the rule says by the rows, after any
//! writes; and the list of what is held is cut into pages by it.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use unwatched_model::class::Class;
use unwatched_model::held::Held;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::partner::{PartnerSlug, Standing};
use unwatched_model::report::Endpoint;
use unwatched_model::tlp::Tlp;
use unwatched_store::{Handling, ImportBatch, ListedIndicator, Listing, PartnerChange, Value};

use crate::stand::{
    Stand, acting, at, everything, indicator, new_sample, operator, report, seen_by, sha256,
};

crate::both!(
    what_is_kept_is_what_follows,
    pages_of_what_is_held,
    what_is_not_kept_as_it_follows_is_mended,
);

const HOST: IndicatorKind = IndicatorKind::Domain;
const PARTNERS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];
const HOSTS: [&str; 3] = ["one.watch.example", "two.watch.example", "three.watch.example"];
const SAMPLES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Something that changes what is known of values.
#[derive(Debug, Clone)]
enum Write {
    Add { partner: usize, value: usize, declared: bool, narrow: bool },
    Withdraw { partner: usize, value: usize },
    Declare { partner: usize, value: usize },
    Submit { partner: usize, sample: usize, declared: bool, narrow: bool },
    Analyse { sample: usize, package: usize, hosts: Vec<usize> },
    Decide { partner: usize, value: usize },
    Change { partner: usize, probation: bool, owned: bool },
    Import { hosts: Vec<usize> },
}

fn writes() -> impl Strategy<Value = Write> {
    let (partner, value, sample) = (0..PARTNERS.len(), 0..values().len(), 0..SAMPLES.len());
    let hosts = prop::collection::vec(0..HOSTS.len(), 0..3);
    prop_oneof![
        4 => (partner.clone(), value.clone(), prop::bool::weighted(0.1), prop::bool::weighted(0.3))
            .prop_map(|(partner, value, declared, narrow)|
                Write::Add { partner, value, declared, narrow }),
        3 => (partner.clone(), value.clone())
            .prop_map(|(partner, value)| Write::Withdraw { partner, value }),
        1 => (partner.clone(), value.clone())
            .prop_map(|(partner, value)| Write::Declare { partner, value }),
        3 => (partner.clone(), sample.clone(), prop::bool::weighted(0.1), prop::bool::weighted(0.3))
            .prop_map(|(partner, sample, declared, narrow)|
                Write::Submit { partner, sample, declared, narrow }),
        3 => (sample, 0..4_usize, hosts.clone())
            .prop_map(|(sample, package, hosts)| Write::Analyse { sample, package, hosts }),
        1 => (partner.clone(), value).prop_map(|(partner, value)| Write::Decide { partner, value }),
        1 => (partner, any::<bool>(), any::<bool>())
            .prop_map(|(partner, probation, owned)| Write::Change { partner, probation, owned }),
        1 => hosts.prop_map(|hosts| Write::Import { hosts }),
    ]
}

/// Hosts, packages and a file.
fn values() -> Vec<Value> {
    let hosts = HOSTS.map(|host| (HOST, host.to_owned()));
    let packages = ["com.watch.p0", "com.watch.p1"];
    let packages = packages.map(|package| (IndicatorKind::Package, package.to_owned()));
    let file = (IndicatorKind::FileSha256, sha256("a").to_string());
    hosts.into_iter().chain(packages).chain([file]).collect()
}

fn listing(hosts: &[usize]) -> Listing {
    let indicators = hosts.iter().zip(0..).map(|(host, position)| ListedIndicator {
        field: "websites".to_owned(),
        position,
        kind: HOST,
        value: HOSTS[*host].to_owned(),
        role: Role::Website,
    });
    Listing {
        source: "watch-list/ioc.yaml".to_owned(),
        list: "ioc.yaml".to_owned(),
        position: 0,
        class: Class::Stalkerware,
        name: "Watch Alpha".to_owned(),
        names: Vec::new(),
        names_given: false,
        indicators: indicators.collect(),
    }
}

async fn of_partner(stand: &Stand, partner: &PartnerSlug, value: &Value) -> Option<i64> {
    let rows = stand.indicators_matching(Some(value.0), &value.1, &everything()).await.unwrap();
    rows.into_iter().find(|row| row.by.as_ref() == Some(partner)).map(|row| row.id)
}

async fn write(stand: &Stand, write: &Write, partners: &[PartnerSlug], seconds: i64) {
    let (values, now) = (values(), at(seconds));
    let family = "watch-alpha".parse().unwrap();
    match write {
        Write::Add { partner, value, declared, narrow } => {
            let (kind, text) = &values[*value];
            let mut statement = indicator(&family, *kind, text);
            if *narrow {
                statement.tlp = Tlp::Red;
            }
            let handling = Handling { declared_public: *declared, ..Handling::default() };
            let by = &partners[*partner];
            stand.add_indicator(&statement, &handling, by, now).await.unwrap();
        }
        Write::Withdraw { partner, value } => {
            let by = &partners[*partner];
            if let Some(id) = of_partner(stand, by, &values[*value]).await {
                stand.withdraw_indicator(id, "a mistake", &acting(by), now).await.unwrap();
            }
        }
        Write::Declare { partner, value } => {
            let by = &partners[*partner];
            if let Some(id) = of_partner(stand, by, &values[*value]).await {
                stand.declare_public(id, &acting(by), now).await.unwrap();
            }
        }
        Write::Submit { partner, sample, declared, narrow } => {
            let by = &partners[*partner];
            let mut new = new_sample(SAMPLES[*sample], by);
            new.declared_public = *declared;
            if *narrow {
                new.sharing.tlp = Tlp::Red;
            }
            stand.add_sample(&new, &acting(by), now).await.unwrap();
        }
        Write::Analyse { sample, package, hosts } => {
            let of = SAMPLES[*sample];
            let mut said = report(of, &format!("com.watch.p{package}"));
            let endpoint = |host: &usize| Endpoint {
                kind: "domain".to_owned(),
                value: HOSTS[*host].to_owned(),
                place: "classes.dex".to_owned(),
                ..Endpoint::default()
            };
            said.endpoints = hosts.iter().map(endpoint).collect();
            // A sample that nobody has put in yet is not there.
            let _ = stand.save_report(&sha256(of), &said, "test", now).await;
        }
        Write::Decide { partner, value } => {
            let by = acting(&partners[*partner]);
            stand.decide_value(&values[*value], "the maker's", &by, now).await.unwrap();
        }
        Write::Change { partner, probation, owned } => {
            let change = PartnerChange {
                standing: Some(if *probation { Standing::Probation } else { Standing::Full }),
                owner: Some(owned.then(|| "Holding".to_owned())),
                ..PartnerChange::default()
            };
            stand.change_partner(&partners[*partner], &change, &operator(), now).await.unwrap();
            all_again(stand).await;
        }
        Write::Import { hosts } => {
            let batch = ImportBatch { listings: vec![listing(hosts)], ..ImportBatch::default() };
            stand.import_community(&batch, now).await.unwrap();
        }
    }
}

/// As the job does that a partner's change asks for.
async fn all_again(stand: &Stand) -> usize {
    let (mut after, mut changed) = (None, 0);
    loop {
        let again = stand.keep_held_again(after.as_ref(), 2, at(90)).await.unwrap();
        changed += again.differed.len();
        after = again.next;
        if after.is_none() {
            return changed;
        }
    }
}

async fn what_is_kept_is_what_follows(stand: &Stand) {
    stand.named("Watch Alpha").await;
    let mut partners = Vec::new();
    for slug in PARTNERS {
        partners.push(stand.partner(slug).await);
    }
    let mut runner = TestRunner::deterministic();
    let (mut held, mut free) = (0, 0);
    for seconds in 1..=250 {
        let next = writes().new_tree(&mut runner).unwrap().current();
        write(stand, &next, &partners, seconds).await;
        let again = stand.held_differing(None, 100).await.unwrap();
        assert_eq!(again.differed, [], "after {seconds} writes, the last {next:?}");
        let listed = stand.held_indicators(0, 100, &everything()).await.unwrap();
        let mut rows = stand.all_indicators(&everything()).await.unwrap();
        rows.retain(|row| row.by.is_some());
        let asked = rows.iter().map(|row| (row.indicator.kind, row.normalised.clone()));
        let follows = stand.held(asked).await.unwrap();
        let follows: Vec<_> = rows
            .into_iter()
            .map(|row| (follows.of(row.indicator.kind, &row.normalised), row))
            .map(|(held, row)| (row, held))
            .collect();
        free += follows.iter().filter(|(_, held)| !held.is_held()).count();
        held += listed.len();
        let follows: Vec<_> = follows.into_iter().filter(|(_, held)| held.is_held()).collect();
        assert_eq!(listed, follows, "after {seconds} writes, the last {next:?}");
    }
    assert!(held > 50 && free > 50, "{held} held and {free} free are not both tried");
}

async fn pages_of_what_is_held(stand: &Stand) {
    let (lab, line) = (stand.partner("lab").await, stand.partner("line").await);
    let family = stand.named("Watch Alpha").await;
    for number in 0..7 {
        let host = indicator(&family, HOST, &format!("h{number}.watch.example"));
        stand.add_indicator(&host, &Handling::default(), &lab, at(1)).await.unwrap();
        if number % 3 == 0 {
            stand.add_indicator(&host, &Handling::default(), &line, at(2)).await.unwrap();
        }
    }
    let own = Indicator { tlp: Tlp::Red, ..indicator(&family, HOST, "own.watch.example") };
    stand.add_indicator(&own, &Handling::default(), &lab, at(3)).await.unwrap();
    stand
        .decide_value(&(HOST, "h1.watch.example".to_owned()), "x", &acting(&line), at(4))
        .await
        .unwrap();
    let to = seen_by(&line);
    let values = |page: &[(unwatched_store::IndicatorRow, Held)]| -> Vec<(String, Held)> {
        page.iter().map(|(row, held)| (row.normalised.clone(), *held)).collect()
    };
    let held = |number: u8, decisions: usize| {
        (format!("h{number}.watch.example"), Held::Yes { decisions })
    };
    let first = stand.held_indicators(0, 3, &to).await.unwrap();
    assert_eq!(values(&first), [held(1, 1), held(2, 0), held(4, 0)]);
    let rest = stand.held_indicators(first[2].0.id, 3, &to).await.unwrap();
    assert_eq!(values(&rest), [held(5, 0)], "what is above its reader is not in it");
    assert_eq!(stand.held_indicators(0, 100, &seen_by(&lab)).await.unwrap().len(), 5);
}

async fn what_is_not_kept_as_it_follows_is_mended(stand: &Stand) {
    let (lab, line) = (stand.partner("lab").await, stand.partner("line").await);
    let family = stand.named("Watch Alpha").await;
    let host = indicator(&family, HOST, "own.watch.example");
    for partner in [&lab, &line] {
        stand.add_indicator(&host, &Handling::default(), partner, at(1)).await.unwrap();
    }
    let probation =
        PartnerChange { standing: Some(Standing::Probation), ..PartnerChange::default() };
    stand.change_partner(&line, &probation, &operator(), at(2)).await.unwrap();
    let differed = stand.held_differing(None, 10).await.unwrap().differed;
    assert_eq!(differed, [(HOST, "own.watch.example".to_owned())]);
    let asked = stand.is_claimable(&[unwatched_store::KEEP_HELD], at(3)).await.unwrap();
    assert!(asked, "a job is to look again");
    assert_eq!(all_again(stand).await, 1);
    assert_eq!(all_again(stand).await, 0);
    assert_eq!(stand.held_indicators(0, 10, &everything()).await.unwrap().len(), 2);
}
