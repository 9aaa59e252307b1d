//! `serve --demo`: a made-up coalition to look around in. Every name, host and app is invented;
//! the apps are inert.
//!
//! Everything goes in by the ways that partners use, but for the clock: opinions were given over
//! the last days, so that pages have something to sort.

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use sha1::Digest as _;
use unwatched_fixtures::apk::gallery::{self, GalleryApp};
use unwatched_model::access::Sharing;
use unwatched_model::class::Class;
use unwatched_model::consensus;
use unwatched_model::criterion::Criterion;
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::family::{FamilyId, Platform};
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::opinion::{EvidenceKind, Opinion, OpinionEvidence, OpinionId, Scope, Stance};
use unwatched_model::partner::{PartnerCategory, PartnerSlug, Standing, UserRole};
use unwatched_model::tlp::Tlp;
use unwatched_store::{
    Actor, BlobKey, Handling, ImportBatch, ListedIndicator, Listing, NewFamily, NewPartner,
    NewSample, Via,
};

use super::{Person, WayIn, let_in, require_empty};
use crate::release::publish;
use crate::state::AppState;

/// (slug, name, category); the first two have people and tokens.
const PARTNERS: [(&str, &str, PartnerCategory); 4] = [
    ("example-lab", "Example Lab", PartnerCategory::Vendor),
    ("example-shelter-network", "Example Shelter Network", PartnerCategory::Support),
    ("example-university", "Example University", PartnerCategory::Academia),
    ("example-rights-group", "Example Rights Group", PartnerCategory::Rights),
];

/// (partner, e-mail, role); a coordinator signs in and has no token.
const PEOPLE: [(&str, &str, UserRole); 3] = [
    ("example-lab", "analyst@example-lab.example", UserRole::Analyst),
    ("example-shelter-network", "analyst@example-shelter-network.example", UserRole::Analyst),
    ("example-lab", "coordinator@example-lab.example", UserRole::Coordinator),
];

/// Fills an empty store and says how to get in.
pub async fn seed(state: &AppState) -> anyhow::Result<Vec<WayIn>> {
    require_empty(state).await?;
    let now = state.clock.now();
    for (slug, name, category) in PARTNERS {
        let standing = Standing::Full;
        let partner = NewPartner { slug: slug.parse()?, name: name.to_owned(), category, standing };
        state
            .store
            .add_partner(&partner, &Actor::operator(), now)
            .await
            .context("add a partner")?;
    }
    let ways_in = people(state, now).await?;
    let sample = samples(state, now).await?;
    listed(state, now).await?;
    for story in stories(&sample) {
        tell(state, &story, now).await.with_context(|| format!("add {}", story.name))?;
    }
    publish::publish(state, &Actor::system()).await.context("publish the first release")?;
    Ok(ways_in)
}

async fn people(state: &AppState, now: Timestamp) -> anyhow::Result<Vec<WayIn>> {
    let person = |(partner, email, role): &(&str, &str, UserRole)| {
        let partner: PartnerSlug = partner.parse()?;
        let has_token = *role != UserRole::Coordinator;
        Ok(Person { partner, email: (*email).to_owned(), role: *role, has_token })
    };
    let people = PEOPLE.iter().map(person).collect::<anyhow::Result<_>>()?;
    let_in(state, people, now).await
}

/// Puts the gallery in and returns the app that the first story is about. The worker analyses
/// them once the server listens.
async fn samples(state: &AppState, now: Timestamp) -> anyhow::Result<GalleryApp> {
    let hidden = gallery::unknown_stalkerware_like(1);
    let apps = [
        (hidden.clone(), "example-lab", 60),
        (gallery::parental_control_visible(), "example-shelter-network", 40),
        (gallery::device_management_agent(), "example-lab", 30),
        (gallery::hard_benign_automation(), "example-shelter-network", 20),
        (gallery::unknown_stalkerware_like(2), "example-lab", 2),
    ];
    for (app, partner, hours_ago) in apps {
        let bytes = app.bytes();
        let sample = NewSample {
            sha256: Sha256(sha2::Sha256::digest(&bytes).into()),
            sha1: Sha1(sha1::Sha1::digest(&bytes).into()),
            md5: Md5(md5::Md5::digest(&bytes).into()),
            size_bytes: bytes.len() as u64,
            file_name: Some(format!("{}.apk", app.label.to_lowercase().replace(' ', "-"))),
            by: partner.parse()?,
            sharing: Sharing::coalition(),
            declared_public: false,
        };
        let key = BlobKey::of(state.randomness.bytes());
        state.store.put_sealed_bytes(&bytes, key, now).await.context("keep a sample")?;
        let by = Actor { partner: Some(sample.by.clone()), user: None, via: Via::Key };
        state.store.add_sample(&sample, &by, ago(now, hours_ago)).await.context("add a sample")?;
    }
    Ok(hidden)
}

fn ago(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now)
}

/// Two apps that a list names and nobody has judged; one of them stands in both of its files.
async fn listed(state: &AppState, now: Timestamp) -> anyhow::Result<()> {
    let value = |field: &str, kind, value: &str, role| ListedIndicator {
        field: field.to_owned(),
        position: 0,
        kind,
        value: value.to_owned(),
        role,
    };
    let listing = |file: &str, class, position, name: &str, indicators| Listing {
        source: format!("example-list/{file}"),
        list: file.to_owned(),
        position,
        class,
        name: name.to_owned(),
        names: Vec::new(),
        names_given: false,
        indicators,
    };
    let delta = vec![
        value("packages", IndicatorKind::Package, "com.example.delta.sync", Role::App),
        value("websites", IndicatorKind::Domain, "watch-delta.example", Role::Website),
        value("c2.domains", IndicatorKind::Domain, "api.watch-delta.example", Role::C2),
    ];
    let both = || vec![value("packages", IndicatorKind::Package, "com.example.near.me", Role::App)];
    let batch = ImportBatch {
        listings: vec![
            listing("ioc.yaml", Class::Stalkerware, 0, "Watch Delta", delta),
            listing("ioc.yaml", Class::Stalkerware, 1, "Near Me", both()),
            listing("watchware.yaml", Class::Watchware, 0, "Near Me", both()),
        ],
        samples_source: "example-list/samples.csv".to_owned(),
        ..ImportBatch::default()
    };
    state.store.import_community(&batch, now).await.context("import the made-up list")?;
    Ok(())
}

/// A family and what partners said of it.
struct Story {
    name: &'static str,
    aliases: &'static [&'static str],
    indicators: Vec<(IndicatorKind, String, Role)>,
    /// (criterion, stance, numbers of the partners who say so)
    said: &'static [(Criterion, Stance, &'static [usize])],
    evidence: OpinionEvidence,
}

const WATCH_ALPHA: &[(Criterion, Stance, &[usize])] = &[
    (Criterion::MarketedCovertly, Stance::Holds, &[0, 1]),
    (Criterion::Tracks, Stance::Holds, &[0, 1]),
    (Criterion::HidesItself, Stance::Holds, &[0, 1]),
    (Criterion::OfferedToIndividuals, Stance::Holds, &[0, 1]),
    (Criterion::ResistsRemoval, Stance::Holds, &[0]),
    (Criterion::LegitimateMainPurpose, Stance::DoesNot, &[1]),
];
const SCREEN_TIME: &[(Criterion, Stance, &[usize])] = &[
    (Criterion::Tracks, Stance::Holds, &[0, 1]),
    (Criterion::HidesItself, Stance::DoesNot, &[0, 1]),
    (Criterion::MarketedCovertly, Stance::CannotSay, &[0]),
];
const FLEET: &[(Criterion, Stance, &[usize])] = &[
    (Criterion::LegitimateMainPurpose, Stance::Holds, &[0, 1]),
    (Criterion::OfferedToIndividuals, Stance::DoesNot, &[0]),
];
const WATCH_BETA: &[(Criterion, Stance, &[usize])] = &[
    (Criterion::Tracks, Stance::Holds, &[0, 1, 2, 3]),
    (Criterion::OfferedToIndividuals, Stance::Holds, &[0, 1]),
    (Criterion::HidesItself, Stance::Holds, &[0, 2]),
    (Criterion::HidesItself, Stance::DoesNot, &[1, 3]),
];
const WATCH_GAMMA: &[(Criterion, Stance, &[usize])] =
    &[(Criterion::Tracks, Stance::Holds, &[0]), (Criterion::HidesItself, Stance::Holds, &[0])];

fn stories(hidden: &GalleryApp) -> Vec<Story> {
    use IndicatorKind as K;
    let (visible, fleet) =
        (gallery::parental_control_visible(), gallery::device_management_agent());
    let values = |app: &GalleryApp| {
        let mut values = vec![
            (K::Package, app.package.clone(), Role::App),
            (K::CertificateSha1, app.certificate_sha1().to_string(), Role::App),
            (K::CertificateSha256, app.certificate_sha256().to_string(), Role::App),
        ];
        values.extend(app.hosts.iter().map(|host| (K::Domain, host.clone(), Role::C2)));
        values
    };
    let site = |host: &str, role| (K::Domain, host.to_owned(), role);
    let mut alpha = values(hidden);
    alpha.push(site("watch-alpha.example", Role::Website));
    alpha.push(site("get.watch-alpha.example", Role::Distribution));
    let beta = vec![
        (K::Package, "com.example.watch.beta".to_owned(), Role::App),
        site("watch-beta.example", Role::Website),
        site("panel.watch-beta.example", Role::C2),
    ];
    let gamma = vec![(K::Package, "com.example.watch.gamma".to_owned(), Role::App)];
    let capability = |id: &str| OpinionEvidence {
        kind: EvidenceKind::Capability,
        value: id.to_owned(),
        place: None,
    };
    let page = |address: &str, place: &str| OpinionEvidence {
        kind: EvidenceKind::Url,
        value: address.to_owned(),
        place: Some(place.to_owned()),
    };
    let file = Sha256(sha2::Sha256::digest(hidden.bytes()).into()).to_string();
    alpha.push((K::FileSha256, file.clone(), Role::Sample));
    let in_sample = OpinionEvidence {
        kind: EvidenceKind::Sample,
        value: file,
        place: Some("AndroidManifest.xml".to_owned()),
    };
    let story = |name, aliases, indicators, said, evidence| Story {
        name,
        aliases,
        indicators,
        said,
        evidence,
    };
    vec![
        story("Watch Alpha", &["AlphaSee", "Alpha Family"], alpha, WATCH_ALPHA, in_sample),
        story(
            "Family Screen Time",
            &[],
            values(&visible),
            SCREEN_TIME,
            page("https://family-screentime.example/about", "how it works"),
        ),
        story(
            "Fleet Agent",
            &[],
            values(&fleet),
            FLEET,
            page("https://fleet-agent.example/terms", "who may use it"),
        ),
        story(
            "Watch Beta",
            &["Beta Locate"],
            beta,
            WATCH_BETA,
            page("https://watch-beta.example/help", "notification"),
        ),
        story("Watch Gamma", &[], gamma, WATCH_GAMMA, capability("location")),
    ]
}

async fn tell(state: &AppState, story: &Story, now: Timestamp) -> anyhow::Result<()> {
    let family = NewFamily {
        name: story.name.to_owned(),
        aliases: story.aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        platform: Some(Platform::Android),
    };
    let family = state.store.create_family(&family, &Actor::system(), ago(now, 50)).await?;
    let lab = Actor { partner: Some(PARTNERS[0].0.parse()?), user: None, via: Via::Key };
    // One partner's word holds a value back unless it comes from the maker's public download.
    let handling = Handling { declared_public: true, ..Handling::default() };
    for (kind, value, role) in &story.indicators {
        let indicator = Indicator {
            family: family.clone(),
            kind: *kind,
            value: value.clone(),
            role: *role,
            tlp: Tlp::Clear,
            source: "Example Lab, from a sample".to_owned(),
        };
        state.store.add_indicator(&indicator, &handling, &lab, ago(now, 49)).await?;
    }
    let mut hours_ago = 48;
    for (criterion, stance, partners) in story.said {
        for &partner in *partners {
            let partner: PartnerSlug = PARTNERS[partner].0.parse()?;
            let opinion =
                opinion(state, &family, (*criterion, *stance), partner, story, ago(now, hours_ago));
            state.store.add_opinion(&opinion, &Actor::system()).await?;
            hours_ago -= 2;
        }
    }
    state.store.judge(&family, consensus::judge, &Actor::system(), ago(now, hours_ago)).await?;
    Ok(())
}

fn opinion(
    state: &AppState,
    family: &FamilyId,
    (criterion, stance): (Criterion, Stance),
    partner: PartnerSlug,
    story: &Story,
    given_at: Timestamp,
) -> Opinion {
    Opinion {
        id: OpinionId(state.randomness.uuid(given_at)),
        partner,
        family: family.clone(),
        criterion,
        stance,
        evidence: vec![story.evidence.clone()],
        scope: Scope::default(),
        note: None,
        given_at,
        expires: None,
    }
}
