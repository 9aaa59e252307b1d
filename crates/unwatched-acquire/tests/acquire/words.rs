//! Every text that somebody may read, by whatever way it comes about: the catalogue's, and what is
//! said of generated phones. None says that an action goes unnoticed, that a phone is well, or has
//! another word for the person who installed it.

use proptest::prelude::*;
use unwatched_device::plan::{
    Answer, Checkpoint, Next, Proof, Wording, plan, plan_text, simulate, simulation_text, step_text,
};
use unwatched_device::{check_for_plan, report};
use unwatched_fixtures::never_said::found_in;
use unwatched_fixtures::phone::population::phone_of;

use super::{now, tool};

/// Every list of the catalogue that holds sentences which a checker prints.
const CATALOGUE: [(&str, &str); 8] = [
    ("actions.toml", include_str!("../../../../catalogue/actions.toml")),
    ("checkpoint.toml", include_str!("../../../../catalogue/checkpoint.toml")),
    ("observable.toml", include_str!("../../../../catalogue/observable.toml")),
    ("findings.toml", include_str!("../../../../catalogue/findings.toml")),
    ("dual_use.toml", include_str!("../../../../catalogue/dual_use.toml")),
    ("managers.toml", include_str!("../../../../catalogue/managers.toml")),
    ("known_apps.toml", include_str!("../../../../catalogue/known_apps.toml")),
    ("questions.toml", include_str!("../../../../catalogue/questions.toml")),
];

/// All sentences of a file: what is one word names something.
fn sentences(value: &toml::Value, into: &mut Vec<String>) {
    match value {
        toml::Value::String(text) if text.contains(' ') => into.push(text.clone()),
        toml::Value::Array(all) => all.iter().for_each(|one| sentences(one, into)),
        toml::Value::Table(all) => all.values().for_each(|one| sentences(one, into)),
        _ => {}
    }
}

#[test]
fn no_sentence_of_the_catalogue_says_what_is_never_said() {
    let language = &Wording::here().language;
    let mut said = Vec::new();
    for (name, file) in CATALOGUE {
        let mut all = Vec::new();
        sentences(&toml::Value::Table(file.parse().unwrap()), &mut all);
        assert!(all.len() > 5, "{name}: {}", all.len());
        let found = all.iter().filter_map(|sentence| found_in(sentence, language));
        said.extend(found.map(|found| format!("{name}: {found}")));
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn the_checkpoint_says_whether_anybody_reviewed_its_words() {
    let wording = Wording::here();
    let said = wording.reviewed();
    match &wording.review {
        Some(by) => assert!(said.contains(by.as_str()), "{said}"),
        None => assert!(said.contains("not yet been reviewed"), "{said}"),
    }
    assert_eq!(found_in(&said, &wording.language), None);
}

fn proof(record: bool, looked: bool) -> Proof {
    let mut checkpoint = Checkpoint::new();
    loop {
        let yes = match checkpoint.question().id.as_str() {
            "keep_a_record" => record,
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

/// A made-up phone of any seed: nobody watches it, an app of two uses, a watcher, or an engineer.
fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..10_u8).prop_map(|number| format!("clean-{number:02}")),
        (0..10_u8).prop_map(|number| format!("dual-use-{number:02}")),
        (0..20_u8).prop_map(|number| format!("watcher-{number:02}")),
        (0..6_u8).prop_map(|number| format!("engineer-{number:02}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_said_of_a_phone_is_what_is_never_said(
        seed in 0_u64..100_000,
        label in label(),
        cut in proptest::option::weighted(0.2, 1_usize..100),
        record in any::<bool>(),
        looked in any::<bool>(),
    ) {
        let text = phone_of(seed, &label).unwrap().bugreport_text();
        let end = cut.map_or(text.len(), |hundredths| text.len() / 100 * hundredths);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text.as_bytes()[..end]).unwrap();
        // What is cut before anything of it can be recognised is refused.
        let Ok(mut evidence) = unwatched_acquire::open(file.path()) else { return Ok(()) };
        let (result, phone) =
            check_for_plan(evidence.as_mut(), None, &[], now(), tool(), &mut |_| {});
        let (plan, simulation) = (plan(&phone, &proof(record, looked)), simulate(&phone));
        let mut said = vec![
            report::text(&result),
            report::html(&result),
            serde_json::to_string_pretty(&result).unwrap(),
            plan_text(&plan),
            serde_json::to_string_pretty(&plan).unwrap(),
            simulation_text(&simulation),
            serde_json::to_string_pretty(&simulation).unwrap(),
        ];
        said.extend(plan.choices.iter().flat_map(|choice| &choice.steps).map(step_text));
        for text in said {
            prop_assert_eq!(found_in(&text, &Wording::here().language), None);
        }
        prop_assert!(plan_text(&plan).contains(&Wording::here().reviewed()[..40]));
    }
}
