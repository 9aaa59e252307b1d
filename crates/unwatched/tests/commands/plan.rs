//! `plan`: closed until the checkpoint is answered, the choices side by side, and simulations of
//! apps that would tell in every way there is.

use serde_json::Value;
use unwatched_fixtures::apk::pairs;

use crate::desk::Desk;

/// A phone with one app: from outside, hidden, a device administrator.
const BUGREPORT: &str = include_str!("bugreport.txt");

const FOUND: &str = "com.watch.alpha.example";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("bugreport.txt", BUGREPORT);
    desk
}

/// Yes to everything, as often as it is asked.
fn yes() -> String {
    "y\n".repeat(20)
}

#[test]
fn nothing_opens_it_but_the_checkpoint() {
    let mut desk = desk();
    for line in ["plan @bugreport.txt", "plan @bugreport.txt --json"] {
        let said = desk.run_for_refusal(line, 7);
        assert!(!said.contains(FOUND), "{said}");
    }
    for typed in ["", "n\n", "y\ns\n", "perhaps\nsome day\n\n\nok\nsure\n", "y\ny\ny\ny\ny\ny\n"] {
        desk.answers(typed);
        let said = desk.run_for_refusal("plan @bugreport.txt", 7);
        assert!(!said.contains(FOUND), "{said}");
    }
    desk.expect("plan_stays_closed.txt");
}

#[test]
fn the_choices_stand_side_by_side() {
    let mut desk = desk();
    desk.answers(&yes());
    let text = desk.run("plan @bugreport.txt", 0);
    let json: Value =
        serde_json::from_str(&desk.run_for_talk("plan @bugreport.txt --json", 0)).unwrap();
    desk.expect("plan_of_a_bugreport.txt");
    assert_eq!(json["simulation"], false);
    for choice in json["choices"].as_array().unwrap() {
        assert!(text.contains(choice["words"].as_str().unwrap()), "{choice}");
    }
    let remove = &json["choices"][3]["steps"];
    let stage = |action: &str| {
        let steps = remove.as_array().unwrap().iter();
        let of_it = steps.filter(|step| step["action"] == action);
        of_it.map(|step| step["stage"].as_u64().unwrap()).max()
    };
    assert!(stage("keep_a_record") < stage("take_away_admin"), "{remove:#}");
    assert!(stage("take_away_admin") < stage("uninstall"), "{remove:#}");
    assert!(stage("uninstall") < stage("switch_play_protect_on"), "{remove:#}");
}

#[test]
fn a_simulation_asks_nothing_and_says_that_it_is_one() {
    let mut desk = desk();
    let text = desk.run_for_talk("plan @bugreport.txt --simulate", 0);
    assert!(text.starts_with("Simulation"), "{text}");
    assert!(!text.contains("Choice"), "{text}");
    let json: Value =
        serde_json::from_str(&desk.run_for_talk("plan @bugreport.txt --simulate --json", 0))
            .unwrap();
    assert_eq!(json["simulation"], true);
    assert!(json.get("choices").is_none());
    assert_eq!(json["apps"][0], FOUND);
}

/// For each way to each signal, an app that goes it: what it would tell is predicted for an action,
/// with who, how soon, how sure and on what evidence; and of the app that nearly does, it is not.
#[test]
fn every_signal_is_predicted() {
    let desk = Desk::new();
    let mut wrong = Vec::new();
    for pair in pairs::signals() {
        let name = format!("{} ({})", pair.signal, pair.way);
        let predicted = |apk: Vec<u8>| {
            desk.put("app.apk", apk);
            let text = desk.run_quietly_for_data("plan @app.apk --simulate --json");
            let json: Value = serde_json::from_str(&text).unwrap();
            let rows = json["actions"].as_array().unwrap().clone();
            rows.into_iter().find(|row| row["signal"] == pair.signal)
        };
        match predicted(pair.has.build()) {
            None => wrong.push(format!("{name} is not predicted")),
            Some(row) => {
                let by_code = ["seen_in_code", "possible_by_code"];
                let certainty = row["certainty"].as_str().unwrap();
                let evidence = row["evidence"].as_array().unwrap();
                if !by_code.contains(&certainty)
                    || evidence.is_empty()
                    || row["seen_by"]["app"].is_null()
                {
                    wrong.push(format!("{name}: {row}"));
                }
            }
        }
        if let Some(row) = predicted(pair.near.build()) {
            wrong.push(format!("{name}: {} is predicted: {row}", pair.near_is));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
