//! The community's dataset goes in and comes back: through the exchange's own commands, its store
//! and its release, nothing is lost on the way.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tempfile::TempDir;
use unwatched_formats::community::{CommunityFormat, Parsed, Sources, parse, render};
use unwatched_formats::release::{Limits, open_bundle};
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::set::IndicatorSet;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::{community, community_data};

/// The dataset as it is read from its source files, and what the exchange gives back.
struct Both {
    source: Parsed,
    operator: Operator,
    folder: TempDir,
}

fn imported() -> Both {
    let data = community_data();
    let file = |name: &str| fs::read(data.join(name)).unwrap();
    let (ioc, watchware, samples) = (file("ioc.yaml"), file("watchware.yaml"), file("samples.csv"));
    let source = parsed(&ioc, &watchware, &samples);
    let folder = TempDir::new().unwrap();
    let operator = Operator::new(&folder.path().join("data"));
    operator.run(&["import", "community", data.to_str().unwrap()]).ok();
    Both { source, operator, folder }
}

fn parsed(ioc: &[u8], watchware: &[u8], samples: &[u8]) -> Parsed {
    let sources = Sources { ioc: Some(ioc), watchware: Some(watchware), samples: Some(samples) };
    parse(&sources).expect("they are the community's files")
}

#[test]
fn every_file_comes_back() {
    let Both { source, operator, folder } = imported();
    let out = folder.path().join("out");
    let exported = |format: CommunityFormat| {
        let name = format.file_name();
        operator.run(&["export", name, "--out", out.to_str().unwrap()]).ok();
        fs::read(out.join(name)).unwrap()
    };
    // As their makers' own tools would write them from the source files, byte for byte.
    for format in [
        CommunityFormat::Hosts,
        CommunityFormat::HostsFull,
        CommunityFormat::Quad9Blocklist,
        CommunityFormat::NetworkCsv,
    ] {
        let expected = render(format, &source.dataset);
        assert!(!expected.is_empty());
        assert_eq!(text(&exported(format)), text(&expected));
    }
    assert_eq!(operator.run(&["export", "hosts"]).ok(), text(&exported(CommunityFormat::Hosts)));
    // The lists with every value, in order; comments are not values.
    let samples = exported(CommunityFormat::SamplesCsv);
    assert_eq!(text(&samples), text(&render(CommunityFormat::SamplesCsv, &source.dataset)));
    let (ioc, watchware) =
        (exported(CommunityFormat::IocYaml), exported(CommunityFormat::WatchwareYaml));
    let again = parsed(&ioc, &watchware, &samples);
    assert_eq!(again.dataset, source.dataset);
    let notice = fs::read_to_string(out.join("NOTICE")).unwrap();
    assert!(notice.contains("CC-BY-4.0") || notice.contains("CC-BY 4.0"), "{notice}");
}

#[test]
fn importing_twice_changes_nothing() {
    let Both { operator, folder: _folder, .. } = imported();
    let before = operator.run(&["export", "ioc.yaml"]).ok();
    operator.run(&["import", "community", community_data().to_str().unwrap()]).ok();
    assert_eq!(operator.run(&["export", "ioc.yaml"]).ok(), before);
}

#[test]
fn the_release_holds_every_listed_pair() {
    let Both { source, operator, folder } = imported();
    operator.run(&["admin", "release", "publish"]).ok();
    let set = released(&operator, folder.path());
    let released: BTreeSet<_> =
        set.iter().map(|entry| (entry.kind, entry.value.to_owned())).collect();
    let listed: BTreeSet<_> = source
        .dataset
        .listed_pairs()
        .into_iter()
        .filter(|pair| !pair.is_derived())
        .filter_map(|pair| Some((pair.kind, pair.kind.normalise(pair.value).ok()?)))
        .collect();
    assert_eq!(listed.difference(&released).collect::<Vec<_>>(), Vec::<&Pair>::new());
    // What only a sample shows is released as a package, which matches by name only; a certificate
    // that nobody verified is not.
    let more: Vec<_> = released.difference(&listed).collect();
    assert!(more.iter().all(|(kind, _)| *kind == IndicatorKind::Package), "{more:?}");
    if community::is_real() {
        assert_eq!((listed.len(), more.len()), (5_995, 57));
    }
}

type Pair = (IndicatorKind, String);

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("these files are text")
}

fn released(operator: &Operator, folder: &Path) -> IndicatorSet {
    let out = folder.join("release");
    operator.run(&["export", "release", "--out", out.to_str().unwrap()]).ok();
    let bundle = fs::read(out.join("bundle")).unwrap();
    let (_, indicators) = open_bundle(&bundle, &Limits::default()).unwrap().into_unverified();
    IndicatorSet::from_bytes(&indicators).unwrap()
}
