//! A plan and a simulation for a terminal: plain lines, no colour, as the report's.

use std::fmt::Write as _;

use super::checkpoint::Wording;
use super::seen::{Certainty, Told, how_soon};
use super::{Choice, Done, Plan, PlannedStep, Prediction, Simulation};
use crate::report::{paragraph, section};

const ASSUME: &str = "Every action may be noticed. What nobody knows is taken as told at once, and what is not listed here may be noticed too.";

/// The plan.
pub fn plan_text(plan: &Plan) -> String {
    let mut out = String::new();
    section(&mut out, "What can be done");
    paragraph(&mut out, "", ASSUME);
    paragraph(
        &mut out,
        "",
        "These choices stand side by side. None is the right one in general, and nothing must be done today: the person whose phone it is chooses, with the advocate.",
    );
    paragraph(&mut out, "", &Wording::here().reviewed());
    for remark in &plan.remarks {
        paragraph(&mut out, "- ", remark);
    }
    for (number, choice) in plan.choices.iter().enumerate() {
        one_choice(&mut out, number + 1, choice);
    }
    section(&mut out, "What other actions would tell");
    let in_a_choice = |prediction: &&Prediction| {
        let mut steps = plan.choices.iter().flat_map(|choice| &choice.steps);
        !steps.any(|step| step.id == prediction.step)
    };
    let others: Vec<&Prediction> = plan.actions.iter().filter(in_a_choice).collect();
    predictions(&mut out, &others);
    out
}

fn one_choice(out: &mut String, number: usize, choice: &Choice) {
    section(out, &format!("Choice {number}: {}", choice.words));
    paragraph(out, "", &format!("What it gives: {}", choice.gives));
    for risk in choice.risks {
        paragraph(out, "- Risk: ", risk);
    }
    its_steps(out, choice);
}

/// How soon the first of a choice's steps may be told, and all of them in their order.
pub fn steps_text(choice: &Choice) -> String {
    let mut out = String::new();
    its_steps(&mut out, choice);
    out
}

fn its_steps(out: &mut String, choice: &Choice) {
    let first = how_soon(choice.how_soon);
    paragraph(out, "", &format!("The first of it may be told {first}."));
    let mut stage = 0;
    for step in &choice.steps {
        if step.stage != stage {
            stage = step.stage;
            let _ = writeln!(out, "\nStage {stage}");
        }
        one_step(out, step);
    }
}

/// One step, with everybody who would notice it.
pub fn step_text(step: &PlannedStep) -> String {
    let mut out = String::new();
    one_step(&mut out, step);
    out
}

fn one_step(out: &mut String, step: &PlannedStep) {
    let place = match step.done {
        Done::Cable => "by cable",
        Done::Phone => "by hand, on the phone",
        Done::Elsewhere => "on another device",
    };
    paragraph(out, "* ", &format!("{} ({place})", step.words));
    for told in &step.told {
        paragraph(out, "  - Told ", &said(told));
    }
    for hand in &step.by_hand {
        let lead = if step.done == Done::Cable { "Or by hand: " } else { "By hand: " };
        paragraph(out, &format!("  - {lead}"), hand);
    }
    let mut whys: Vec<&str> = step.after.iter().map(|before| before.why.as_str()).collect();
    whys.sort_unstable();
    whys.dedup();
    for why in whys {
        paragraph(out, "  - Why not before: ", why);
    }
    let undo = step.undo.unwrap_or("Nothing brings it back.");
    paragraph(out, "  - Taking it back: ", undo);
}

/// One telling, after "Told ".
fn said(told: &Told) -> String {
    let (when, who) = (how_soon(told.how_soon), told.seen_by.words());
    format!("{when}, to {who} ({}): {}", told.certainty.words(), told.sentence)
}

/// The simulation.
pub fn simulation_text(simulation: &Simulation) -> String {
    let mut out = String::new();
    section(&mut out, "Simulation: what each action would tell");
    paragraph(&mut out, "", simulation.note);
    paragraph(&mut out, "", ASSUME);
    let about = match simulation.apps.as_slice() {
        [] => "No app was found that it could be about.".to_owned(),
        apps => format!("About: {}.", apps.join(", ")),
    };
    paragraph(&mut out, "", &about);
    let all: Vec<&Prediction> = simulation.actions.iter().collect();
    predictions(&mut out, &all);
    out
}

/// Each action with what it would tell; those of which nobody knows anything together at the end.
fn predictions(out: &mut String, all: &[&Prediction]) {
    let mut unknown: Vec<&Prediction> = Vec::new();
    for step in all.chunk_by(|one, next| one.step == next.step) {
        if let [only] = step
            && only.told.certainty == Certainty::Assumed
            && only.told.evidence.is_empty()
        {
            unknown.push(only);
            continue;
        }
        paragraph(out, "* ", &step[0].words);
        for prediction in step {
            paragraph(out, "  - Told ", &said(&prediction.told));
        }
    }
    for alike in unknown.chunk_by(|one, next| one.told == next.told) {
        paragraph(out, "* ", &said(&alike[0].told).replacen("at once", "At once", 1));
        for prediction in alike {
            paragraph(out, "  - ", &prediction.words);
        }
    }
}
