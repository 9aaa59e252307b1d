//! What is found by way of something else is what the rule allows, too: samples by a value they
//! hold, families by what partners said of a sample and of its relatives, jobs, what is held, and
//! the figures beside a search.

use std::collections::{BTreeMap, BTreeSet};

use unwatched_model::access::{self, Action, Member, Scopes, Shared, Sharing};
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::held::{Build, ValueFacts, held};
use unwatched_model::indicator::{Indicator, IndicatorKind};
use unwatched_model::partner::{PartnerCategory, PartnerSlug, Standing, UserRole};
use unwatched_model::tlp::Tlp;
use unwatched_store::{
    Handling, HitKind, JobId, Kinship, NewSample, SampleFilter, SearchPage, Value, Visible,
};

use super::world::{
    Dice, Population, all_analysed, how, partner, population, reads, regroup, viewer,
};
use crate::stand::{Stand, acting, at, indicator, new_sample, report, sha256};

crate::both!(what_is_found_by_way_of_something_else_is_what_the_rule_allows);

const ROUNDS: usize = 5;
const SAMPLES_EACH: usize = 9;
const INDICATORS_EACH: usize = 24;
const VIEWERS_EACH: usize = 14;
/// Of so many packages are the samples of one round.
const PACKAGES_EACH: usize = 3;
const HOSTS: usize = 40;
/// Submissions lie some years apart.
const SECONDS: usize = 90_000_000;

/// Somebody put a sample in.
struct Put {
    by: PartnerSlug,
    sharing: Sharing,
    second: i64,
    job: JobId,
    /// Whether it waited for an analysis of its own.
    apart: bool,
}

/// Somebody said which family a sample is of.
struct Word {
    by: PartnerSlug,
    family: Option<FamilyId>,
    second: i64,
    stands: bool,
}

#[derive(Default)]
struct OfSample {
    package: String,
    puts: Vec<Put>,
    words: Vec<Word>,
}

struct Told {
    by: PartnerSlug,
    sharing: Sharing,
    declared: bool,
    value: Value,
    family: FamilyId,
}

#[derive(Default)]
struct Known {
    samples: BTreeMap<Sha256, OfSample>,
    indicators: BTreeMap<i64, Told>,
    families: Vec<FamilyId>,
}

async fn what_is_found_by_way_of_something_else_is_what_the_rule_allows(stand: &Stand) {
    let mut dice = Dice(11);
    let mut people = population(stand).await;
    let mut known = Known::default();
    for name in ["Watch Alpha", "Watch Beta", "Watch Gamma"] {
        known.families.push(stand.named(name).await);
    }
    let mut asked = Asked::default();
    for round in 0..ROUNDS {
        regroup(stand, &mut people, &mut dice).await;
        put_samples(stand, &people, &mut known, &mut dice, round).await;
        all_analysed(stand).await;
        sort(stand, &people, &mut known, &mut dice).await;
        tell(stand, &people, &mut known, &mut dice).await;
        for _ in 0..VIEWERS_EACH {
            let viewer = viewer(&people, &mut dice);
            Eyes { stand, people: &people, known: &known, to: Visible::to(&viewer), viewer }
                .compare(&mut asked)
                .await;
        }
    }
    let Asked { pairs, held, suggested, unheard, jobs } = asked;
    assert!(pairs > 10_000, "{pairs} pairs of a viewer and a row");
    // Each way shows something to somebody, and hides something that somebody else said.
    assert!(held > 100 && suggested > 100 && unheard > 100 && jobs > 100, "the world is poor");
}

/// How much was held against the rule, and of what there was something to see.
#[derive(Default)]
struct Asked {
    pairs: usize,
    held: usize,
    suggested: usize,
    unheard: usize,
    jobs: usize,
}

async fn put_samples(
    stand: &Stand,
    people: &Population,
    known: &mut Known,
    dice: &mut Dice,
    round: usize,
) {
    for n in 0..SAMPLES_EACH {
        let name = format!("k{round}x{n}");
        let package = format!("com.example.r{round}p{}", n % PACKAGES_EACH);
        let of = known.samples.entry(sha256(&name)).or_default();
        of.package.clone_from(&package);
        for _ in 0..=dice.below(3) {
            let (by, sharing) = how(people, dice);
            let second = i64::try_from(dice.below(SECONDS)).unwrap();
            let key = of_partner(people, &by, Some(Scopes::all()));
            // Nobody learns that others had it: who sees nothing of it waits by themselves.
            let seen = of.puts.iter().any(|put| !put.apart && put.is_seen(&key));
            let apart = !of.puts.is_empty() && !seen;
            let sample = NewSample { sharing: sharing.clone(), ..new_sample(&name, &by) };
            let added = stand.add_sample(&sample, &acting(&by), at(second)).await.unwrap();
            of.puts.push(Put { by, sharing, second, job: added.job, apart });
        }
        let report = report(&name, &package);
        stand.save_report(&report.sha256.clone(), &report, "e", at(2_000)).await.unwrap();
    }
}

/// Partners say of samples, old ones too, which family they are of, and take it back.
async fn sort(stand: &Stand, people: &Population, known: &mut Known, dice: &mut Dice) {
    for (sha256, of) in &mut known.samples {
        if dice.below(2) == 0 {
            continue;
        }
        let by = dice.of(&people.partners).clone();
        let second = i64::try_from(dice.below(SECONDS)).unwrap();
        let before = of.words.iter_mut().filter(|word| word.by == by);
        before.for_each(|word| word.stands = false);
        if dice.below(5) == 0 {
            stand.take_back_triage(sha256, &by, &acting(&by), at(second)).await.unwrap();
            continue;
        }
        let family = (dice.below(5) > 0).then(|| dice.of(&known.families).clone());
        stand.triage(sha256, family.as_ref(), None, &by, &acting(&by), at(second)).await.unwrap();
        of.words.push(Word { by, family, second, stands: true });
    }
}

/// Partners add indicators: hosts that nobody else has, or two, and what names samples.
async fn tell(stand: &Stand, people: &Population, known: &mut Known, dice: &mut Dice) {
    let samples: Vec<_> = known.samples.iter().map(|(id, of)| (*id, of.package.clone())).collect();
    for _ in 0..INDICATORS_EACH {
        let (by, sharing) = how(people, dice);
        let (sample, package) = dice.of(&samples);
        let (kind, text) = match dice.below(5) {
            0 => (IndicatorKind::FileSha256, sample.to_string()),
            1 => (IndicatorKind::Package, package.clone()),
            2 => (IndicatorKind::CertificateSha256, certificate(package).to_string()),
            _ => (IndicatorKind::Domain, format!("h{}.watch.example", dice.below(HOSTS))),
        };
        let family = dice.of(&known.families).clone();
        let declared = dice.below(8) == 0;
        let of = Indicator { tlp: sharing.tlp, ..indicator(&family, kind, &text) };
        let Sharing { pap, group, .. } = sharing.clone();
        let handling = Handling { pap, group, declared_public: declared };
        let added = stand.add_indicator(&of, &handling, &by, at(3_000)).await.unwrap();
        // What is said again takes over how it is shared; that it was declared stays.
        let declared =
            declared || known.indicators.get(&added.id).is_some_and(|told| told.declared);
        let told = Told { by, sharing, declared, value: (kind, text), family };
        known.indicators.insert(added.id, told);
    }
}

fn certificate(package: &str) -> Sha256 {
    sha256(&format!("certificate of {package}"))
}

fn reaches_all(sharing: &Sharing) -> bool {
    sharing.group.is_none() && sharing.tlp <= Tlp::Amber
}

/// A partner's analyst, or its key.
fn of_partner(people: &Population, slug: &PartnerSlug, scopes: Option<Scopes>) -> access::Viewer {
    access::Viewer::Member(Member {
        partner: slug.clone(),
        category: PartnerCategory::Vendor,
        standing: Standing::Full,
        groups: people.members[slug].clone(),
        role: UserRole::Analyst,
        scopes,
    })
}

impl Put {
    fn is_seen(&self, viewer: &access::Viewer) -> bool {
        let shared = Shared { by: Some(&self.by), sharing: &self.sharing, held: false };
        reads(viewer, Action::ReadSamples, &[shared])
    }
}

impl OfSample {
    fn is_seen(&self, viewer: &access::Viewer) -> bool {
        self.puts.iter().any(|put| put.is_seen(viewer))
    }

    /// Whether a viewer may know what was said: where both, reader and speaker, could know of the
    /// sample when it was said.
    fn is_heard(&self, word: &Word, people: &Population, viewer: &access::Viewer) -> bool {
        let speaker = of_partner(people, &word.by, None);
        let both =
            |put: &Put| put.second <= word.second && put.is_seen(viewer) && put.is_seen(&speaker);
        self.is_seen(viewer) && (Some(&word.by) == partner(viewer) || self.puts.iter().any(both))
    }

    fn holds(&self, sha256: &Sha256, (kind, text): &Value) -> bool {
        match kind {
            IndicatorKind::FileSha256 => *text == sha256.to_string(),
            IndicatorKind::Package => *text == self.package,
            IndicatorKind::CertificateSha256 => *text == certificate(&self.package).to_string(),
            _ => *text == "panel.watch-alpha.example",
        }
    }
}

/// One viewer before the store and before what was put in.
struct Eyes<'a> {
    stand: &'a Stand,
    people: &'a Population,
    known: &'a Known,
    viewer: access::Viewer,
    to: Visible,
}

impl Eyes<'_> {
    async fn compare(&self, asked: &mut Asked) {
        self.held_indicators(asked).await;
        self.samples_holding().await;
        for sha256 in self.known.samples.keys() {
            self.said_of_sample(sha256, asked).await;
            self.suggested(sha256, asked).await;
            self.jobs(sha256, asked).await;
        }
        for family in &self.known.families {
            self.said_of_family(family).await;
        }
        self.figures().await;
        asked.pairs += self.known.samples.len() * 3 + self.known.indicators.len();
    }

    fn seen(&self) -> impl Iterator<Item = (&Sha256, &OfSample)> {
        self.known.samples.iter().filter(|(_, of)| of.is_seen(&self.viewer))
    }

    fn reads_indicator(&self, told: &Told) -> bool {
        let held = self.facts_hold(&told.value).is_held();
        let shared = Shared { by: Some(&told.by), sharing: &told.sharing, held };
        reads(&self.viewer, Action::ReadIndicators, &[shared])
    }

    /// Whether a value is held, by everything that was put in and reaches every partner.
    fn facts_hold(&self, value: &Value) -> unwatched_model::held::Held {
        let mut facts = ValueFacts::default();
        let said = self.known.indicators.values().filter(|told| told.value == *value);
        for told in said.filter(|told| reaches_all(&told.sharing)) {
            facts.owners.insert(told.by.to_string());
            facts.is_declared |= told.declared;
        }
        for (_, of) in self.known.samples.iter().filter(|(id, of)| of.holds(id, value)) {
            let told: Vec<_> = of.puts.iter().filter(|put| reaches_all(&put.sharing)).collect();
            if told.is_empty() {
                continue;
            }
            facts.owners.extend(told.iter().map(|put| put.by.to_string()));
            let certificates = BTreeSet::from([certificate(&of.package).to_string()]);
            facts.builds.push(Build { package: Some(of.package.clone()), certificates });
        }
        held(value.0, &facts)
    }

    async fn held_indicators(&self, asked: &mut Asked) {
        let expected: Vec<_> = self
            .known
            .indicators
            .iter()
            .map(|(id, told)| (*id, self.facts_hold(&told.value), told))
            .filter(|(_, held, told)| held.is_held() && self.reads_indicator(told))
            .map(|(id, held, _)| (id, held))
            .collect();
        let rows = self.stand.held_indicators(0, 1_000, &self.to).await.unwrap();
        let found: Vec<_> = rows.into_iter().map(|(row, held)| (row.id, held)).collect();
        assert_eq!(found, expected, "{:?}", self.viewer);
        asked.held += found.len();
    }

    async fn samples_holding(&self) {
        let values: BTreeSet<_> =
            self.known.indicators.values().map(|told| told.value.clone()).collect();
        let host = (IndicatorKind::Domain, "panel.watch-alpha.example".to_owned());
        for value in values.into_iter().chain([host]) {
            let holding = self.seen().filter(|(id, of)| of.holds(id, &value));
            let mut expected: Vec<_> = holding.map(|(id, _)| *id).collect();
            expected.sort_by_key(ToString::to_string);
            let found = self.stand.samples_holding(&value, 1_000, &self.to).await.unwrap();
            assert_eq!(found, expected, "{value:?} for {:?}", self.viewer);
        }
    }

    async fn said_of_sample(&self, sha256: &Sha256, asked: &mut Asked) {
        let of = &self.known.samples[sha256];
        let heard = of.words.iter().rev().filter(|word| self.hears(of, word));
        let expected: Vec<_> = heard
            .map(|word| (word.by.clone(), word.family.clone(), at(word.second), word.stands))
            .collect();
        let said = self.stand.families_of_sample(sha256, &self.to).await.unwrap();
        let said: Vec<_> = said
            .into_iter()
            .map(|one| (one.partner, one.family, one.at, one.gone_at.is_none()))
            .collect();
        assert_eq!(said, expected, "{:?}", self.viewer);
        let hidden = of.words.len() - said.len();
        asked.unheard += if of.is_seen(&self.viewer) { hidden } else { 0 };
    }

    fn hears(&self, of: &OfSample, word: &Word) -> bool {
        of.is_heard(word, self.people, &self.viewer)
    }

    async fn suggested(&self, sha256: &Sha256, asked: &mut Asked) {
        let of = &self.known.samples[sha256];
        let mut expected = BTreeSet::new();
        if of.is_seen(&self.viewer) {
            let naming = self.known.indicators.values();
            let naming = naming.filter(|told| told.value.0 != IndicatorKind::Domain);
            let naming = naming.filter(|told| of.holds(sha256, &told.value));
            let named = naming.filter(|told| self.reads_indicator(told));
            expected.extend(named.map(|told| (Kinship::Indicator, told.family.clone())));
            let relatives = self.seen().filter(|(id, _)| *id != sha256);
            for (_, relative) in relatives.filter(|(_, near)| near.package == of.package) {
                let words = relative.words.iter().filter(|word| word.stands);
                for word in words.filter(|word| self.hears(relative, word)) {
                    let Some(family) = &word.family else { continue };
                    for kinship in [Kinship::Package, Kinship::Certificate] {
                        expected.insert((kinship, family.clone()));
                    }
                }
            }
        }
        let found = self.stand.suggested_families(sha256, &self.to).await.unwrap();
        asked.suggested += found.len();
        let ordered =
            found.is_sorted_by_key(|one| (std::cmp::Reverse(one.kinship), one.name.clone()));
        assert!(ordered, "{found:?}");
        let each: Vec<_> = found.into_iter().map(|one| (one.kinship, one.family)).collect();
        assert_eq!((each.len(), each.into_iter().collect()), (expected.len(), expected));
    }

    async fn jobs(&self, sha256: &Sha256, asked: &mut Asked) {
        let of = &self.known.samples[sha256];
        let jobs: BTreeMap<_, _> = of.puts.iter().map(|put| (put.job.0, put.apart)).collect();
        for (job, is_own) in jobs {
            let asked_at = self.stand.job(JobId(job)).await.unwrap().unwrap().added_at;
            let waits = |put: &Put| {
                if is_own { put.apart && put.job.0 == job } else { at(put.second) <= asked_at }
            };
            let expected = of.puts.iter().any(|put| put.is_seen(&self.viewer) && waits(put));
            let seen = self.stand.is_analysis_seen(JobId(job), &self.to).await.unwrap();
            assert_eq!(seen, expected, "job {job} for {:?}", self.viewer);
            asked.jobs += usize::from(seen);
        }
    }

    /// Everything by which samples are found that a family was named for.
    async fn said_of_family(&self, family: &FamilyId) {
        let of_family = |of: &OfSample| {
            let words = of.words.iter().filter(|word| word.stands);
            words
                .filter(|word| word.family.as_ref() == Some(family))
                .any(|word| self.hears(of, word))
        };
        let expected: BTreeSet<_> =
            self.seen().filter(|(_, of)| of_family(of)).map(|(id, _)| *id).collect();
        let said = self.stand.samples_said_of(family, 1_000, &self.to).await.unwrap();
        assert_eq!((said.len(), said.into_iter().collect()), (expected.len(), expected.clone()));
        let filter = SampleFilter { family: Some(family.clone()), ..SampleFilter::default() };
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = self.stand.samples_by(&self.to, &filter, after.as_ref(), 5).await.unwrap();
            after = page.last().map(|row| row.sha256);
            if after.is_none() {
                break;
            }
            listed.extend(page.into_iter().map(|row| row.sha256));
        }
        assert_eq!(
            (listed.len(), listed.into_iter().collect()),
            (expected.len(), expected.clone())
        );
        let page = self.found(&format!("kind:sample family:{family}")).await;
        let found: BTreeSet<_> = page.results.into_iter().map(|hit| hit.id).collect();
        assert_eq!(found, expected.iter().map(ToString::to_string).collect(), "{:?}", self.viewer);
    }

    async fn found(&self, q: &str) -> SearchPage {
        let page = self.stand.search(q, &self.to, None, 500).await.unwrap();
        assert_eq!(page.next, None);
        page
    }

    /// The figures beside what a search found count what is seen of it, and nothing else.
    async fn figures(&self) {
        let mut expected = Figures::default();
        for (_, of) in self.seen() {
            expected.count("kind", HitKind::Sample.as_str());
            expected.count("state", "analysed");
            expected.count("format", "apk");
            let seen = of.puts.iter().filter(|put| put.is_seen(&self.viewer));
            let first = seen.map(|put| put.second).min().unwrap();
            expected.count("year", &year(first));
            let own = of.puts.iter().filter(|put| Some(&put.by) == partner(&self.viewer));
            for tlp in own.map(|put| put.sharing.tlp).collect::<BTreeSet<_>>() {
                expected.count("tlp", &tlp.to_string().to_ascii_lowercase());
            }
        }
        self.check_figures("kind:sample com", &expected).await;
        let mut expected = Figures::default();
        for told in self.known.indicators.values().filter(|told| self.reads_indicator(told)) {
            expected.count("kind", HitKind::Indicator.as_str());
            expected.count("type", told.value.0.as_str());
            if Some(&told.by) == partner(&self.viewer) {
                expected.count("tlp", &told.sharing.tlp.to_string().to_ascii_lowercase());
            }
        }
        self.check_figures("kind:indicator", &expected).await;
    }

    async fn check_figures(&self, q: &str, expected: &Figures) {
        let mut found = Figures::default();
        for facet in self.found(q).await.facets {
            let values = facet.values.into_iter().map(|(value, count, more)| {
                assert!(!more, "everything was counted");
                (value, count)
            });
            found.0.insert(facet.name, values.collect());
        }
        assert_eq!(found, *expected, "{q} for {:?}", self.viewer);
    }
}

fn year(second: i64) -> String {
    at(second).to_zoned(jiff::tz::TimeZone::UTC).year().to_string()
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Figures(BTreeMap<&'static str, BTreeMap<String, u32>>);

impl Figures {
    fn count(&mut self, name: &'static str, value: &str) {
        *self.0.entry(name).or_default().entry(value.to_owned()).or_default() += 1;
    }
}
