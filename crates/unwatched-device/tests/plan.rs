//! The plan over made-up phones and apps of every kind: no action is ever said to go unnoticed, and
//! the order keeps to what each step tells.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;
use unwatched_device::plan::{
    Actions, Answer, Certainty, Checkpoint, Choice, Code, Done, FamilyNote, FoundApp, Held, Next,
    Phone, Plan, Proof, There, Wording, plan, plan_text, simulate, simulation_text,
};
use unwatched_fixtures::never_said::found_in;
use unwatched_model::report::{Evidence, HowSoon, Observable, Support, Tier};

const OBSERVABLE: &str = include_str!("../../../catalogue/observable.toml");

/// Every signal and its action.
fn signals() -> Vec<(String, String)> {
    let file: toml::Value = toml::from_str(OBSERVABLE).unwrap();
    let signals = file["signal"].as_array().unwrap().iter();
    let word = |signal: &toml::Value, key: &str| signal[key].as_str().unwrap().to_owned();
    signals.map(|signal| (word(signal, "id"), word(signal, "action"))).collect()
}

fn proof(keeps_a_record: bool, looked: bool) -> Proof {
    let mut checkpoint = Checkpoint::new();
    loop {
        let yes = match checkpoint.question().id.as_str() {
            "keep_a_record" => keeps_a_record,
            "other_ways_looked_at" => looked,
            _ => true,
        };
        match checkpoint.answer(if yes { Answer::Yes } else { Answer::No }) {
            Next::Ask(next) => checkpoint = next,
            Next::Open(proof) => return proof,
            Next::Closed(question) => unreachable!("{}", question.id),
        }
    }
}

fn how_soon() -> impl Strategy<Value = HowSoon> {
    prop_oneof![
        Just(HowSoon::AtOnce),
        Just(HowSoon::AfterItsInterval),
        Just(HowSoon::AtNextStart),
        Just(HowSoon::WhenConnected),
        Just(HowSoon::AtTheNextCommand),
        (1_u64..10_000_000).prop_map(HowSoon::AfterSeconds),
    ]
}

fn observable() -> impl Strategy<Value = Observable> {
    let support =
        prop_oneof![Just(Support::Supported), Just(Support::Possible), Just(Support::Weak)];
    let signal = proptest::sample::select(signals());
    (signal, how_soon(), support, any::<bool>()).prop_map(
        |((signal, action), how_soon, support, inside)| Observable {
            action,
            signal,
            how_soon,
            support,
            inside: inside.then(|| "assets/other.apk".to_owned()),
            evidence: vec![Evidence {
                tier: Tier::Called,
                kind: "method".to_owned(),
                value: "onDisabled".to_owned(),
                place: "classes.dex: Lcom/example/Watch;".to_owned(),
            }],
            sentence: "It can report this.".to_owned(),
        },
    )
}

fn held() -> impl Strategy<Value = Held> {
    let there = proptest::sample::select(vec![
        There::Admin,
        There::Accessibility,
        There::NotificationAccess,
        There::Vpn,
        There::SmsApp,
        There::PhoneApp,
        There::Keyboard,
        There::Assistant,
        There::Exempt,
        There::Companion,
        There::Permission,
        There::SpecialAccess,
    ]);
    there.prop_map(|there| {
        let texts = there == There::Permission;
        Held {
            there,
            detail: texts.then(|| "text messages".to_owned()),
            names: if texts { vec!["android.permission.READ_SMS".to_owned()] } else { vec![] },
        }
    })
}

fn code() -> impl Strategy<Value = Code> {
    let read = (proptest::collection::vec(observable(), 0..6), any::<bool>())
        .prop_map(|(signals, partly)| Code::Read { signals, partly });
    prop_oneof![1 => Just(Code::Unread), 2 => read]
}

prop_compose! {
    fn app()(
        number in 0_u32..4,
        came_with_the_phone in any::<bool>(),
        manages in proptest::bool::weighted(0.2),
        held in proptest::collection::btree_set(held(), 0..8),
        code in code(),
        noted in proptest::option::of((proptest::sample::select(
            Actions::here().all().iter().map(|one| one.id.clone()).collect::<Vec<_>>(),
        ), how_soon())),
    ) -> FoundApp {
        let notes = noted.map(|(action, how_soon)| FamilyNote {
            family: "watch-alpha".to_owned(),
            action,
            how_soon,
            sentence: "Its console shows this.".to_owned(),
            source: "a note".to_owned(),
        });
        FoundApp {
            package: format!("com.example.watch{number}"),
            family: None,
            came_with_the_phone,
            manages,
            users: BTreeSet::from([0]),
            switched_on: BTreeSet::from([0]),
            held: held.into_iter().collect(),
            code,
            notes: notes.into_iter().collect(),
        }
    }
}

prop_compose! {
    fn phone()(
        android in proptest::option::of(5_u32..17),
        apps in proptest::collection::vec(app(), 0..4),
        findings in proptest::collection::btree_set(proptest::sample::select(vec![
            "access:device_owner:com.example.watch1",
            "access:work_profile:10",
            "access:second_user:11",
            "access:call_forwarding",
            "setting:accepted_computers",
            "access:user_certificate",
            "access:fingerprint:0",
        ]), 0..4),
        unnamed in 0_usize..2,
        left_out in 0_usize..2,
    ) -> Phone {
        let mut by_name: BTreeMap<String, FoundApp> = BTreeMap::new();
        for app in apps {
            by_name.insert(app.package.clone(), app);
        }
        Phone {
            android,
            apps: by_name.into_values().collect(),
            questions: Vec::new(),
            left_out,
            findings: findings.into_iter().map(ToOwned::to_owned).collect(),
            unnamed,
        }
    }
}

fn says_nothing_of_the_kind(text: &str) {
    if let Some(said) = found_in(text, &Wording::here().language) {
        panic!("{said}");
    }
}

/// Every action of every row is told to somebody, at a time.
fn every_row_is_told(rows: &Value) {
    let rows = rows.as_array().unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        for key in ["action", "seen_by", "how_soon", "certainty", "evidence", "sentence"] {
            assert!(!row[key].is_null(), "{key}: {row}");
        }
        assert!(row["sentence"].as_str().unwrap().len() > 10);
        if row["certainty"] == "assumed" && row["evidence"].as_array().unwrap().is_empty() {
            assert_eq!(row["how_soon"], "at_once", "what nobody knows is told at once: {row}");
        } else {
            assert!(!row["evidence"].as_array().unwrap().is_empty(), "{row}");
        }
    }
}

fn every_choice_tells(plan: &Plan) {
    for choice in &plan.choices {
        assert!(!choice.steps.is_empty(), "{}", choice.id);
        for step in &choice.steps {
            assert!(!step.told.is_empty(), "{}", step.id);
            let rows = plan.actions.iter().filter(|row| row.step == step.id);
            let told: Vec<_> = rows.map(|row| &row.told).collect();
            assert!(told.iter().zip(&step.told).all(|(row, told)| *row == told), "{}", step.id);
        }
    }
}

fn soon_rank(how_soon: HowSoon) -> (u8, u64) {
    match how_soon {
        HowSoon::AtOnce => (0, 0),
        HowSoon::WhenConnected => (1, 0),
        HowSoon::AfterItsInterval => (2, 0),
        HowSoon::AtTheNextCommand => (2, 1),
        HowSoon::AfterSeconds(seconds) => (3, seconds),
        HowSoon::AtNextStart => (4, 0),
    }
}

fn stage_of(choice: &Choice, action: &str) -> Vec<usize> {
    let of_it = choice.steps.iter().filter(|step| step.action == action);
    of_it.map(|step| step.stage).collect()
}

fn the_order_holds(choice: &Choice, phone: &Phone) {
    let stages: BTreeMap<&str, usize> =
        choice.steps.iter().map(|step| (step.id.as_str(), step.stage)).collect();
    let changes = |action: &str| {
        !["keep_a_record", "disconnect_the_phone", "leave_as_it_is", "leave_the_old_phone"]
            .contains(&action)
    };
    for step in &choice.steps {
        for before in &step.after {
            assert!(stages[before.step.as_str()] < step.stage, "{} after {}", step.id, before.step);
            assert!(!before.why.contains('{'), "{}", before.why);
        }
    }
    // What is told at once never stands before what is told later, unless the later one waits for
    // something that is itself told as soon.
    let of_the_phone = |done: Done, action: &str| done != Done::Elsewhere && changes(action);
    for sooner in choice.steps.iter().filter(|one| of_the_phone(one.done, one.action)) {
        for later in choice.steps.iter().filter(|one| of_the_phone(one.done, one.action)) {
            let rank =
                |step: &unwatched_device::plan::PlannedStep| soon_rank(step.told[0].how_soon);
            let waits = waits_for_sooner(choice, &later.id, rank(later));
            if rank(sooner) < rank(later) && !waits {
                assert!(
                    later.stage < sooner.stage,
                    "{} ({:?}) before {} ({:?})",
                    sooner.id,
                    sooner.told[0].how_soon,
                    later.id,
                    later.told[0].how_soon
                );
            }
        }
    }
    let last = choice.steps.iter().map(|step| step.stage).max().unwrap();
    for close in stage_of(choice, "disconnect_the_phone") {
        let by_the_phone = choice.steps.iter().filter(|step| step.done != Done::Elsewhere);
        assert!(
            by_the_phone
                .filter(|step| step.action != "disconnect_the_phone")
                .all(|step| step.stage < close)
        );
        assert!(close <= last);
    }
    for protect in stage_of(choice, "switch_play_protect_on") {
        for removal in ["uninstall", "disable_app"] {
            assert!(stage_of(choice, removal).iter().all(|stage| *stage < protect));
        }
    }
    for record in stage_of(choice, "keep_a_record") {
        assert_eq!(record, 1);
    }
    for app in &phone.apps {
        let admin = format!("take_away_admin:{}", app.package);
        let uninstall = format!("uninstall:{}", app.package);
        if let (Some(admin), Some(uninstall)) =
            (stages.get(admin.as_str()), stages.get(uninstall.as_str()))
        {
            assert!(admin < uninstall);
        }
    }
}

/// Whether a step waits, by any way, for one that is told sooner than this.
fn waits_for_sooner(choice: &Choice, id: &str, than: (u8, u64)) -> bool {
    let step = choice.steps.iter().find(|step| step.id == id).unwrap();
    step.after.iter().any(|before| {
        let earlier = choice.steps.iter().find(|step| step.id == before.step).unwrap();
        let counts = earlier.done != Done::Elsewhere && earlier.action != "keep_a_record";
        (counts && soon_rank(earlier.told[0].how_soon) < than)
            || waits_for_sooner(choice, &earlier.id, than)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_action_is_ever_said_to_go_unnoticed(phone in phone(), record in any::<bool>(), looked in any::<bool>()) {
        let plan = plan(&phone, &proof(record, looked));
        let json = serde_json::to_value(&plan).unwrap();
        every_row_is_told(&json["actions"]);
        every_choice_tells(&plan);
        says_nothing_of_the_kind(&plan_text(&plan));
        says_nothing_of_the_kind(&json.to_string());
        let simulation = simulate(&phone);
        let json = serde_json::to_value(&simulation).unwrap();
        every_row_is_told(&json["actions"]);
        says_nothing_of_the_kind(&simulation_text(&simulation));
        says_nothing_of_the_kind(&json.to_string());
        // Every action there is is told of, for every app it could be about.
        let told: BTreeSet<&str> = simulation.actions.iter().map(|row| row.action.as_str()).collect();
        for action in Actions::here().all() {
            let of_an_app = !matches!(action.there, There::Always | There::Everyday | There::Finding);
            if !of_an_app && action.there != There::Finding && !action.id.ends_with("_app") && action.id != "open_its_settings" {
                prop_assert!(told.contains(action.id.as_str()), "{}", action.id);
            }
            if of_an_app && phone.apps.iter().any(|app| !app.manages && !app.came_with_the_phone) {
                prop_assert!(told.contains(action.id.as_str()), "{}", action.id);
            }
        }
    }

    #[test]
    fn the_order_keeps_to_what_each_step_tells(phone in phone(), record in any::<bool>()) {
        let plan = plan(&phone, &proof(record, true));
        let ids: Vec<&str> = plan.choices.iter().map(|choice| choice.id).collect();
        prop_assert_eq!(ids, ["leave", "limit", "new_phone", "remove", "reset"]);
        for choice in &plan.choices {
            prop_assert!(choice.risks.len() >= 2 && !choice.gives.is_empty());
            prop_assert!(stage_of(choice, "keep_a_record").is_empty() || record);
            the_order_holds(choice, &phone);
        }
        // Made again it is the same.
        prop_assert_eq!(plan_text(&plan), plan_text(&unwatched_device::plan::plan(&phone, &proof(record, true))));
    }

    /// Where any app that the action is about leaves it open, somebody is assumed to be told at once.
    #[test]
    fn what_nobody_knows_is_told_at_once(phone in phone()) {
        let open = phone.apps.iter().any(|app| !matches!(app.code, Code::Read { partly: false, .. }));
        for rows in simulate(&phone).actions.chunk_by(|one, next| one.step == next.step) {
            let about: Vec<_> = phone.apps.iter().filter(|app| rows[0].app.as_ref().is_none_or(|of| *of == app.package)).collect();
            let unread = about.iter().any(|app| !matches!(app.code, Code::Read { partly: false, .. }));
            let assumed = rows.iter().any(|row| {
                row.told.certainty == Certainty::Assumed && row.told.how_soon == HowSoon::AtOnce
            });
            prop_assert!(assumed || !unread, "{}", rows[0].step);
            prop_assert!(!unread || open);
            prop_assert!(rows.windows(2).all(|two| soon_rank(two[0].told.how_soon) <= soon_rank(two[1].told.how_soon)));
        }
    }
}
