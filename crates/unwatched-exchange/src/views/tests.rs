//! What readers would miss on the pages. All values are made up.

use std::collections::BTreeSet;

use askama::Template;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use unwatched_model::access::Sharing;
use unwatched_model::class::{Attribution, Class};
use unwatched_model::consensus::{Judging, VoterFacts, judge};
use unwatched_model::criterion::Criterion;
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::family::{Family, FamilyId, Platform};
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::opinion::{EvidenceKind, Opinion, OpinionEvidence, OpinionId, Scope, Stance};
use unwatched_model::partner::{PartnerCategory, Standing, UserRole};
use unwatched_model::report::{
    Capability, Certificate, Endpoint, Evidence, FileFormat, Observable, Problem, Report, Support,
    Tier, Unread,
};
use unwatched_model::tlp::Tlp;
use unwatched_model::verdict::Verdict;
use unwatched_store::{
    FamilyRow, Handling, HeldValues, IndicatorRow, SampleRow, SampleState, Submission, Viewer,
};
use uuid::Uuid;

use crate::collections::sightings::Quarters;
use crate::collections::sightings::told::Added;
use crate::views::family::{FamilyPage, FamilyRows};
use crate::views::frame::{Frame, Section};
use crate::views::sample::SamplePage;
use crate::views::triage::TriageView;

fn now() -> Timestamp {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

fn viewer() -> Viewer {
    Viewer {
        partner: "example-lab".parse().unwrap(),
        category: PartnerCategory::Vendor,
        standing: Standing::Full,
        groups: BTreeSet::new(),
        role: UserRole::Analyst,
        scopes: None,
        until: None,
        user: None,
        maker: None,
        email: Some("ana@lab.example".to_owned()),
    }
}

pub(crate) fn family_id() -> FamilyId {
    "watch-alpha".parse().unwrap()
}

fn opinion(number: u128, partner: &str, criterion: Criterion, stance: Stance) -> Opinion {
    Opinion {
        id: OpinionId(Uuid::from_u128(number)),
        partner: partner.parse().unwrap(),
        family: family_id(),
        criterion,
        stance,
        evidence: vec![OpinionEvidence {
            kind: EvidenceKind::Capability,
            value: "reads_messages".to_owned(),
            place: Some(format!("sample {}", Sha256([7; 32]))),
        }],
        scope: Scope { platform: Some(Platform::Android), ..Scope::default() },
        note: Some("Seen in the manifest.".to_owned()),
        given_at: now()
            .checked_add(SignedDuration::from_secs(i64::try_from(number).unwrap()))
            .unwrap(),
        expires: None,
    }
}

/// Stalkerware by two partners; one of the opinions is a changed mind.
pub(crate) fn opinions() -> Vec<Opinion> {
    let criteria = [Criterion::Tracks, Criterion::OfferedToIndividuals, Criterion::HidesItself];
    let mut opinions = vec![opinion(1, "example-lab", Criterion::Tracks, Stance::CannotSay)];
    for (number, criterion) in (2..).step_by(2).zip(criteria) {
        opinions.push(opinion(number, "example-lab", criterion, Stance::Holds));
        opinions.push(opinion(number + 1, "example-shelter", criterion, Stance::Holds));
    }
    opinions.push(opinion(20, "example-lab", Criterion::ResistsRemoval, Stance::DoesNot));
    opinions
}

pub(crate) fn judging() -> Judging {
    judging_of(opinions(), Vec::new())
}

fn judging_of(opinions: Vec<Opinion>, attributed: Vec<Attribution>) -> Judging {
    let voter = |slug: &str, category| VoterFacts {
        partner: slug.parse().unwrap(),
        category,
        standing: Standing::Full,
        related_to: None,
        conflict: false,
        conflict_with_family: false,
    };
    let voters = vec![
        voter("example-lab", PartnerCategory::Vendor),
        voter("example-shelter", PartnerCategory::Support),
    ];
    let as_of = now().to_zoned(TimeZone::UTC).date();
    Judging { family: family_id(), opinions, attributed, voters, as_of }
}

fn family_page(opinions: Vec<Opinion>, attributed: Vec<Attribution>) -> String {
    let judging = judging_of(opinions, attributed);
    page_with(judge(&judging), judging)
}

fn page_with(verdict: Verdict, judging: Judging) -> String {
    page_counting(verdict, judging, Some(Vec::new()))
}

#[test]
fn what_was_counted_stands_with_what_it_does_not_say() {
    let page = |sightings| {
        let judging = judging_of(Vec::new(), Vec::new());
        page_counting(judge(&judging), judging, sightings)
    };
    let empty = page(Some(Vec::new()));
    assert!(empty.contains("No organisation has counted this family"));
    assert!(empty.contains("says nothing of how often it is met"));
    let quarters = Quarters::read("2026-Q1", Some("2026-Q2")).unwrap();
    let counted = page(Some(vec![Added { quarters, count: 42, organisations: 2 }]));
    assert!(counted.contains("2026-Q1 to 2026-Q2") && counted.contains(">42<"));
    assert!(counted.contains("this is no number of people"));
    assert!(!page(None).contains("Sightings"), "not to those who read no indicators");
}

fn page_counting(verdict: Verdict, judging: Judging, sightings: Option<Vec<Added>>) -> String {
    let family = Family {
        id: family_id(),
        name: "Watch Alpha".to_owned(),
        aliases: vec!["Watch Alpha".to_owned(), "Alpha <Panel>".to_owned()],
        platform: Some(Platform::Android),
    };
    let indicator = Indicator {
        family: family_id(),
        kind: IndicatorKind::Domain,
        value: "c2.watch-alpha.example".to_owned(),
        role: Role::C2,
        tlp: Tlp::Amber,
        source: "own analysis".to_owned(),
    };
    let row = IndicatorRow {
        id: 1,
        normalised: indicator.value.clone(),
        indicator,
        field: None,
        position: None,
        by: Some("example-lab".parse().unwrap()),
        handling: Handling::default(),
        added_at: now(),
    };
    let rows = FamilyRows {
        family: FamilyRow { family, attributed: judging.attributed.clone(), added_at: now() },
        verdict: Some(verdict),
        judging,
        history: Vec::new(),
        questions: Vec::new(),
        reads_opinions: true,
        samples: [Sha256([7; 32])].into(),
        indicators: vec![row],
        held: HeldValues::default(),
        sightings,
    };
    let frame = Frame::of("Watch Alpha", Section::Families, &viewer());
    let later = now().checked_add(SignedDuration::from_hours(24)).unwrap();
    FamilyPage::of(frame, true, &viewer().partner, rows, later).render().unwrap()
}

fn sample_row(state: SampleState) -> SampleRow {
    SampleRow {
        sha256: Sha256([7; 32]),
        sha1: Sha1([7; 20]),
        md5: Md5([7; 16]),
        size_bytes: 65_536,
        state,
        state_why: (state == SampleState::Failed).then(|| "it ran out of memory".to_owned()),
        first_seen: now(),
        submissions: vec![Submission {
            by: "example-lab".parse().unwrap(),
            file_name: Some("spyware_definitely.apk".to_owned()),
            at: now(),
            sharing: Sharing::coalition(),
            declared_public: false,
        }],
        package: Some("com.example.alpha".to_owned()),
        label: Some("System <b>Service".to_owned()),
    }
}

fn report() -> Report {
    let evidence = |tier, kind: &str, value: &str, place: &str| Evidence {
        tier,
        kind: kind.to_owned(),
        value: value.to_owned(),
        place: place.to_owned(),
    };
    Report {
        format: FileFormat::Apk,
        package: Some("com.example.alpha".to_owned()),
        label: Some("System <b>Service".to_owned()),
        version_name: Some("1.2".to_owned()),
        version_code: Some(3),
        certificates: vec![Certificate {
            sha1: Sha1([9; 20]),
            sha256: Sha256([9; 32]),
            subject: Some("CN=Watch Alpha".to_owned()),
            verified: false,
        }],
        permissions: vec!["android.permission.READ_SMS".to_owned()],
        capabilities: vec![Capability {
            id: "reads_messages".to_owned(),
            name: "reads text messages".to_owned(),
            group: "messages".to_owned(),
            support: Support::Supported,
            evidence: vec![evidence(
                Tier::Declared,
                "permission",
                "android.permission.READ_SMS",
                "AndroidManifest.xml",
            )],
            ..Capability::default()
        }],
        endpoints: vec![Endpoint {
            kind: "domain".to_owned(),
            value: "c2.watch-alpha.example".to_owned(),
            place: "classes.dex".to_owned(),
            ..Endpoint::default()
        }],
        problems: vec![Problem {
            what: "the second code file could not be read".to_owned(),
            place: "classes2.dex".to_owned(),
        }],
        ..Report::of_digests(Sha256([7; 32]), Sha1([7; 20]), Md5([7; 16]), 65_536)
    }
}

fn sample_page(state: SampleState, report: Option<Report>) -> String {
    let frame = Frame::of("System", Section::Samples, &viewer());
    let page = sample_page_of(frame, &sample_row(state), report);
    page.render().unwrap()
}

fn sample_page_of(frame: Frame, row: &SampleRow, report: Option<Report>) -> SamplePage {
    SamplePage::of(frame, true, row, report, Vec::new(), TriageView::default(), Vec::new())
}

#[track_caller]
fn says(html: &str, expected: &[&str]) {
    for text in expected {
        assert!(html.contains(text), "not on the page: {text}");
    }
}

#[test]
fn a_report_explains_and_gives_no_label() {
    let html = sample_page(SampleState::Analysed, Some(report()));
    says(
        &html,
        &[
            "Reads text messages",
            "supported",
            "android.permission.READ_SMS",
            "AndroidManifest.xml",
            "claimed, not verified",
            "What could not be read",
            "classes2.dex",
            "never a judgement",
        ],
    );
    for class in ["stalkerware", "watchware", "malware", "infected", "dangerous"] {
        assert!(!html.contains(class), "the page of an analysis says {class}");
    }
}

#[test]
fn what_an_app_inside_can_do_is_answered_with_its_place() {
    let mut report = report();
    let mut inside = report.capabilities[0].clone();
    inside.inside = Some("assets/<x>.bin".to_owned());
    inside.sentence = "It can read text messages.".to_owned();
    report.capabilities.push(inside);
    let html = sample_page(SampleState::Analysed, Some(report));
    let place = "An app inside it (assets/&#60;x&#62;.bin): ";
    says(&html, &[&format!("{place}It can read text messages."), &format!("{place}Reads text")]);
    for link in html.split("href=\"#reads_messages").skip(1) {
        let id = link.split('"').next().unwrap();
        assert_eq!(html.matches(&format!("id=\"reads_messages{id}\"")).count(), 1, "{id}");
    }
}

#[test]
fn what_was_not_read_is_no_comfort_and_what_was_left_out_no_gap() {
    let mut unread = report();
    unread.unread = vec![Unread::Code];
    let html = sample_page(SampleState::Analysed, Some(unread));
    says(&html, &["assume that the other side is told at once", "it may be there all the same"]);
    let mut masked = report();
    masked.left_out = std::mem::take(&mut masked.problems);
    let html = sample_page(SampleState::Analysed, Some(masked));
    says(&html, &["Left out on purpose", "assume that the other side is told at once"]);
    for gap in ["This report is incomplete", "Not all of its code could be read"] {
        assert!(!html.contains(gap), "{gap}");
    }
}

#[test]
fn a_removal_is_answered_beside_what_else_is_predicted() {
    let mut charged = report();
    charged.unread.clear();
    let cable = serde_json::json!({
        "action": "connect_cable", "signal": "power", "how_soon": "at_once",
        "support": "possible", "evidence": [], "sentence": "A cable is noticed.",
    });
    let cable: Observable = serde_json::from_value(cable).unwrap();
    let removal = Observable { action: "remove_or_stop".to_owned(), ..cable.clone() };
    charged.observable_by = vec![cable.clone()];
    let assume =
        "No code was seen that reports a removal: assume that the other side is told at once.";
    says(
        &sample_page(SampleState::Analysed, Some(charged.clone())),
        &["A cable is noticed.", assume],
    );
    charged.observable_by = vec![cable, removal];
    assert!(!sample_page(SampleState::Analysed, Some(charged)).contains(assume));
}

#[test]
fn hostile_text_stays_text() {
    let html = sample_page(SampleState::Analysed, Some(report()));
    assert!(!html.contains("System <b>Service"));
    assert!(!family_page(opinions(), Vec::new()).contains("Alpha <Panel>"));
}

#[test]
fn what_turns_the_writing_around_is_seen_and_stays_by_itself() {
    let mut row = sample_row(SampleState::Queued);
    row.label = Some("Watch\u{202e}kpa.ahplA".to_owned());
    let frame = Frame::of(crate::views::samples::name(&row), Section::Samples, &viewer());
    let html = sample_page_of(frame, &row, None).render().unwrap();
    says(
        &html,
        &["<h1><bdi>Watch\u{fffd}kpa.ahplA</bdi></h1>", "<bdi>spyware_definitely.apk</bdi>"],
    );
    assert!(!html.contains('\u{202e}'));
}

#[test]
fn a_sample_that_is_not_here_is_not_linked() {
    let mut elsewhere = opinions();
    for opinion in &mut elsewhere {
        opinion.evidence[0].place = Some(format!("sample {}", Sha256([8; 32])));
    }
    let html = family_page(elsewhere, Vec::new());
    assert!(!html.contains("/portal/samples/"), "no link leads to nothing");
}

#[test]
fn a_sample_that_was_not_analysed_does_not_look_empty() {
    let html = sample_page(SampleState::Failed, None);
    says(
        &html,
        &["This file was not analysed", "it ran out of memory", "no finding about the app"],
    );
    assert!(!html.contains("http-equiv=\"refresh\""), "nothing more is to come");
}

#[test]
fn a_sample_under_analysis_is_followed_with_and_without_scripts() {
    let html = sample_page(SampleState::Queued, None);
    says(&html, &["waiting for analysis", "data-follow=", "http-equiv=\"refresh\""]);
}

#[test]
fn a_verdict_is_the_coalitions_and_recomputes() {
    let html = family_page(opinions(), Vec::new());
    says(
        &html,
        &[
            "Stalkerware by the coalition’s verdict, rule version 2.",
            "the same SHA-256",
            "replaced by a later one",
            "one more partner needed",
            "Command and control (C2): domain",
            "TLP:AMBER",
            &format!("/portal/samples/{}#reads_messages", Sha256([7; 32])),
        ],
    );
}

#[test]
fn a_verdict_by_a_rule_that_nobody_knows_here_is_not_said_to_be_recomputed() {
    let mut verdict = judge(&judging());
    verdict.rule_version = 99;
    let html = page_with(verdict, judging());
    says(&html, &["Not recomputed: this server does not know the version"]);
}

#[test]
fn a_listed_family_is_not_shown_as_judged() {
    let listed = |source: &str, class| Attribution { source: source.to_owned(), class };
    let html = family_page(Vec::new(), vec![listed("list-a", Class::Watchware)]);
    says(
        &html,
        &["Listed by list-a as watchware, not judged by the coalition.", "listed: watchware"],
    );
    assert!(!html.contains("by the coalition’s verdict"));
    let html = family_page(
        Vec::new(),
        vec![listed("list-a", Class::Watchware), listed("list-b", Class::Stalkerware)],
    );
    says(&html, &["Sources disagree: listed by list-a as watchware and by list-b as stalkerware"]);
}
