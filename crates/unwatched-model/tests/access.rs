//! `may` against the rule as its own words say it: who an action is for (the capability matrix),
//! how far a thing travels (TLP 2.0, sharing groups), what is public (PAP, held values). Written
//! here a second time, and differently, so that a slip in one of the two is seen.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use unwatched_model::access::{
    Action, Decision, Member, Object, Scope, Scopes, Shared, Sharing, Viewer, may,
};
use unwatched_model::pap::Pap;
use unwatched_model::partner::{GroupSlug, PartnerCategory, PartnerSlug, Standing, UserRole};
use unwatched_model::tlp::Tlp;

/// What is asked of the thing.
#[derive(PartialEq)]
enum Of {
    Nothing,
    HowItIsShared,
    WhoseItIs,
}

/// action: roles (A org admin, N analyst, U uploader, R reader, S statistics editor, H helper,
/// T trainer, C coordinator), categories kept out, whether on probation too, scope.
const MATRIX: &str = "
    read_families        ANURSHTC  -                          yes  read
    read_indicators      ANURHTC   -                          yes  read
    read_opinions        ANRC      police                     yes  read
    read_samples         ANURC     police                     yes  read
    read_submitters      ANURC     police                     yes  read
    download_samples     ANC       police,support,rights,individual,other  no  samples:download
    upload_samples       ANUC      police                     yes  samples:upload
    triage_samples       ANC       police                     yes  write
    write_families       ANC       police                     yes  write
    add_indicators       ANC       police                     yes  write
    withdraw_indicators  ANC       -                          yes  write
    give_opinions        ANC       police                     yes  write
    decide_values        ANC       police,individual,other    no   write
    confirm_values       ANC       police,individual,other    no   write
    review_shared        ANC       police,individual,other    no   write
    list_known_good      ANC       -                          yes  write
    publish_releases     C         -                          no   coordinate
    recall_values        CN        -                          no   coordinate
    read_jobs            ANC       -                          yes  read
    retry_jobs           ANC       -                          no   write
    read_own_audit       ANC       -                          yes  read
    read_audit           C         -                          no   coordinate
    manage_keys          ANC       -                          yes  manage
    manage_people        AC        -                          yes  manage
    manage_groups        C         -                          no   coordinate
";

fn letter(role: UserRole) -> char {
    match role {
        UserRole::OrgAdmin => 'A',
        UserRole::Analyst => 'N',
        UserRole::Uploader => 'U',
        UserRole::Reader => 'R',
        UserRole::StatisticsEditor => 'S',
        UserRole::Helper => 'H',
        UserRole::Trainer => 'T',
        UserRole::Coordinator => 'C',
    }
}

fn asks(action: Action) -> Of {
    match action {
        Action::ReadIndicators
        | Action::ReadSamples
        | Action::ReadSubmitters
        | Action::DownloadSamples
        | Action::TriageSamples
        | Action::DecideValues
        | Action::ConfirmValues => Of::HowItIsShared,
        Action::WithdrawIndicators
        | Action::ReadOwnAudit
        | Action::ManageKeys
        | Action::ManagePeople => Of::WhoseItIs,
        _ => Of::Nothing,
    }
}

/// Whether somebody like this may do such a thing at all.
fn for_somebody_like(member: &Member, action: Action) -> bool {
    let line = MATRIX.lines().find(|line| line.split_whitespace().next() == Some(action.as_str()));
    let words: Vec<_> = line.expect("every action has its line").split_whitespace().collect();
    let [_, roles, kept_out, on_probation, scope] = words[..] else { panic!("{words:?}") };
    let stands = match member.standing {
        Standing::Full => true,
        Standing::Probation => on_probation == "yes",
        Standing::Suspended | Standing::Left => false,
    };
    let scope = Scope::ALL.into_iter().find(|known| known.as_str() == scope).expect("a scope");
    stands
        && roles.contains(letter(member.role))
        && !kept_out.split(',').any(|category| category == member.category.as_str())
        && member.scopes.as_ref().is_none_or(|scopes| scopes.has(scope))
}

/// Whether a thing travels from its partner to this one, in the words of TLP 2.0 and ours.
fn travels(by: Option<&PartnerSlug>, sharing: &Sharing, to: &Member) -> bool {
    // A partner always knows what it gave.
    if by == Some(&to.partner) {
        return true;
    }
    let is_person = to.scopes.is_none();
    match (&sharing.group, sharing.tlp) {
        // "Limited to the participants": people, never programs.
        (Some(group), Tlp::Red) => to.groups.contains(group) && is_person,
        // Whatever the label, a group is where it ends.
        (Some(group), _) => to.groups.contains(group),
        // "For the eyes and ears of individual recipients only", "to your organization only".
        (None, Tlp::Red | Tlp::AmberStrict) => false,
        // "Within your community", "need-to-know within your organization and its clients": the
        // coalition's partners.
        (None, Tlp::Amber | Tlp::Green | Tlp::Clear) => true,
    }
}

fn public(shared: &Shared<'_>) -> bool {
    shared.sharing.tlp == Tlp::Clear
        && matches!(shared.sharing.pap, Pap::Clear | Pap::Green)
        && shared.sharing.group.is_none()
        && !shared.held
}

fn rule(viewer: &Viewer, action: Action, object: Object<'_>) -> bool {
    let Viewer::Member(member) = viewer else {
        // Without an account: public indicators are read, nothing else happens.
        return match object {
            Object::Shared(shared) => action == Action::ReadIndicators && shared.iter().any(public),
            _ => false,
        };
    };
    for_somebody_like(member, action)
        && match object {
            Object::Open => true,
            Object::Of(partner) => *partner == member.partner,
            Object::Shared(shared) => {
                asks(action) != Of::HowItIsShared
                    || shared.iter().any(|one| travels(one.by, one.sharing, member))
            }
        }
}

const PARTNERS: [&str; 4] = ["lab", "shelter", "police-unit", "university"];
const GROUPS: [&str; 3] = ["circle", "mobile-lab", "north"];

fn partner() -> impl Strategy<Value = PartnerSlug> {
    select(&PARTNERS[..]).prop_map(|slug| slug.parse().unwrap())
}

fn group() -> impl Strategy<Value = GroupSlug> {
    select(&GROUPS[..]).prop_map(|slug| slug.parse().unwrap())
}

fn viewer() -> impl Strategy<Value = Viewer> {
    let scopes = subsequence(&Scope::ALL[..], 0..=Scope::ALL.len())
        .prop_map(|scopes| scopes.into_iter().collect::<Scopes>());
    let member = (
        partner(),
        select(PartnerCategory::ALL),
        // Mostly those who take part: what is shared matters for them only.
        prop_oneof![4 => Just(Standing::Full), 2 => Just(Standing::Probation),
            1 => select(Standing::ALL)],
        btree_set(group(), 0..=3),
        select(UserRole::ALL),
        prop_oneof![3 => Just(None), 1 => Just(Some(Scopes::all())), 1 => scopes.prop_map(Some)],
    );
    let member = member.prop_map(|(partner, category, standing, groups, role, scopes)| {
        Viewer::Member(Member { partner, category, standing, groups, role, scopes })
    });
    prop_oneof![1 => Just(Viewer::Anybody), 12 => member]
}

/// Who shares it, how, and whether it is held.
type Path = (Option<PartnerSlug>, Sharing, bool);

fn path() -> impl Strategy<Value = Path> {
    let sharing = (select(&Tlp::ALL[..]), select(&Pap::ALL[..]), proptest::option::of(group()))
        .prop_map(|(tlp, pap, group)| Sharing { tlp, pap, group });
    (proptest::option::weighted(0.9, partner()), sharing, any::<bool>())
}

#[derive(Debug, Clone)]
enum About {
    Open,
    Of(PartnerSlug),
    Paths(Vec<Path>),
}

fn about() -> impl Strategy<Value = About> {
    prop_oneof![
        1 => Just(About::Open),
        1 => partner().prop_map(About::Of),
        6 => vec(path(), 0..4).prop_map(About::Paths),
    ]
}

fn asked(viewer: &Viewer, action: Action, about: &About) -> (Decision, bool) {
    let shared: Vec<_> = match about {
        About::Paths(paths) => paths
            .iter()
            .map(|(by, sharing, held)| Shared { by: by.as_ref(), sharing, held: *held })
            .collect(),
        _ => Vec::new(),
    };
    let object = match about {
        About::Open => Object::Open,
        About::Of(partner) => Object::Of(partner),
        About::Paths(_) => Object::Shared(&shared),
    };
    (may(viewer, action, object), rule(viewer, action, object))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    /// 10,000 share paths, each asked about every action: 240,000 answers.
    #[test]
    fn every_share_path_is_decided_as_the_rule_says(viewer in viewer(), about in about()) {
        for action in Action::ALL {
            let (decision, expected) = asked(&viewer, *action, &about);
            prop_assert_eq!(decision.allowed, expected, "{}: {}", action, decision.why);
            prop_assert!(!decision.why.is_empty());
        }
    }

    /// Another way of sharing the same thing never takes it from somebody who had it.
    #[test]
    fn a_further_submission_only_adds(
        viewer in viewer(),
        paths in vec(path(), 1..4),
        action in select(Action::ALL),
    ) {
        let fewer = About::Paths(paths[1..].to_vec());
        let (before, _) = asked(&viewer, action, &fewer);
        let (after, _) = asked(&viewer, action, &About::Paths(paths));
        prop_assert!(!before.allowed || after.allowed);
    }
}
