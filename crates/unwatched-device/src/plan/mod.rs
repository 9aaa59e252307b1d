//! What can be done, who would notice it and how soon, and in which order.
//!
//! Everything that shows a plan or changes a phone takes the [`Proof`] of the safety checkpoint. A
//! [`Simulation`] takes none: it says what each action would tell and holds no choice and no order.
//! Nothing here reaches a phone.

mod actions;
mod checkpoint;
mod order;
mod phone;
mod seen;
mod standing;
mod steps;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use unwatched_model::report::HowSoon;

pub use actions::{Action, Actions, Done, There};
pub use checkpoint::{Answer, Checkpoint, Next, Opens, Proof, Question, Wording};
pub use phone::{Code, FamilyNote, FoundApp, Held, Phone};
pub use seen::{Certainty, Seen, SeenBy, Told, how_soon};
pub use standing::{Asks, Standing, asks, standing};
pub use steps::Step;
pub use text::{plan_text, simulation_text, step_text, steps_text};

use actions::{About, OptionWords};
use order::order;

/// An action and one of those who would notice it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prediction {
    /// The action's id in `catalogue/actions.toml`.
    pub action: String,
    /// The step's id.
    pub step: String,
    /// About which app, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// What is done, in words.
    pub words: String,
    /// Who, how soon, how sure, and what says so.
    #[serde(flatten)]
    pub told: Told,
    /// How it is taken back, where it can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<&'static str>,
}

/// A step that comes before another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Before {
    /// Its id.
    pub step: String,
    /// Why it comes before.
    pub why: String,
}

/// A step in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedStep {
    /// The same when the plan is made again.
    pub id: String,
    /// The action's id.
    pub action: &'static str,
    /// About which app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// What is done, in words.
    pub words: String,
    /// Where.
    pub done: Done,
    /// What to tap, with this version of Android.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<String>,
    /// Counted from 1: steps of one stage can be done in any order, an earlier stage comes first.
    pub stage: usize,
    /// What comes before it, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Before>,
    /// Everybody who would notice, the soonest first.
    pub told: Vec<Told>,
    /// How it is taken back, where it can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<&'static str>,
    /// What is taken away.
    #[serde(skip)]
    pub there: There,
    /// Which of several, in words.
    #[serde(skip)]
    pub detail: Option<String>,
    /// As the phone names what is taken.
    #[serde(skip)]
    pub names: Vec<String>,
    /// For which users of the phone.
    #[serde(skip)]
    pub users: Vec<u32>,
}

/// One of the choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// `leave`, `limit`, `new_phone`, `remove`, `reset`.
    pub id: &'static str,
    /// In words.
    pub words: &'static str,
    /// What it gives.
    pub gives: &'static str,
    /// What it risks.
    pub risks: &'static [String],
    /// How soon the first of its steps may be told.
    pub how_soon: HowSoon,
    /// Its steps, an earlier stage first.
    pub steps: Vec<PlannedStep>,
}

/// The choices side by side, and what every action would tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Always false: this is about a phone.
    pub simulation: bool,
    /// Android's version.
    pub android: Option<u32>,
    /// What must be known before choosing.
    pub remarks: Vec<String>,
    /// Each worth as much as the others.
    pub choices: Vec<Choice>,
    /// What every action would tell, also those that are part of no choice.
    pub actions: Vec<Prediction>,
}

/// What each action would tell, without a checkpoint and without a phone at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Simulation {
    /// Always true.
    pub simulation: bool,
    /// What that means.
    pub note: &'static str,
    /// Android's version, where the evidence says.
    pub android: Option<u32>,
    /// The apps that it is about.
    pub apps: Vec<String>,
    /// What every action would tell.
    pub actions: Vec<Prediction>,
}

const SIMULATION: &str = "This is a simulation. It says what each action would tell, as far as the evidence shows; it is no plan, and nothing was done to any phone. What is not listed here may be noticed too.";

/// Every permission that a plan can take back, as Android writes it.
pub fn taken_back() -> impl Iterator<Item = String> {
    let names = Actions::here().permission.iter().flat_map(|group| &group.names);
    names.map(|name| format!("android.permission.{name}"))
}

/// The plan for this phone, against the proof that the checkpoint was answered.
pub fn plan(phone: &Phone, proof: &Proof) -> Plan {
    let actions = Actions::here();
    let steps: BTreeMap<&str, Vec<Step>> =
        actions.all().iter().map(|action| (action.id.as_str(), steps::of(action, phone))).collect();
    let choices = actions.option.iter().map(|option| choice(option, &steps, phone, proof));
    let choices = choices.collect();
    let told = actions.all().iter().filter_map(|action| steps.get(action.id.as_str())).flatten();
    let told: Vec<&Step> = told.collect();
    Plan {
        simulation: false,
        android: phone.android,
        remarks: remarks(phone, proof),
        choices,
        actions: predictions(told),
    }
}

/// What each action would tell. Where the evidence is an app's file, also what it would tell if the
/// app had been given everything.
pub fn simulate(phone: &Phone) -> Simulation {
    let mut told = Vec::new();
    for action in Actions::here().all() {
        let steps = steps::of(action, phone);
        // What no app of this phone holds is shown as if each did: the question is what would be told.
        let asked = match action.about {
            About::App => phone.apps.iter(),
            About::Phone => [].iter(),
        };
        let held =
            |app: &&FoundApp| steps.iter().any(|step| step.app.as_ref() == Some(&app.package));
        let as_if: Vec<Step> = asked
            .filter(|app| !held(app))
            .map(|app| steps::as_if_held(action, phone, app))
            .collect();
        told.extend(steps.into_iter().chain(as_if));
    }
    Simulation {
        simulation: true,
        note: SIMULATION,
        android: phone.android,
        apps: phone.apps.iter().map(|app| app.package.clone()).collect(),
        actions: predictions(&told),
    }
}

/// What each step tells, each step once: to switch off an app that came with the phone stands for
/// removing it.
fn predictions<'s>(steps: impl IntoIterator<Item = &'s Step>) -> Vec<Prediction> {
    let mut known = BTreeSet::new();
    let once = steps.into_iter().filter(|step| known.insert(step.id.clone()));
    let told = once.flat_map(|step| {
        step.seen.all().map(|told| Prediction {
            action: step.action.id.clone(),
            step: step.id.clone(),
            app: step.app.clone(),
            words: step.words.clone(),
            told: told.clone(),
            undo: step.action.undo.as_deref(),
        })
    });
    told.collect()
}

fn choice(
    option: &'static OptionWords,
    steps: &BTreeMap<&str, Vec<Step>>,
    phone: &Phone,
    proof: &Proof,
) -> Choice {
    let wanted = |id: &&String| *id != "keep_a_record" || proof.keeps_a_record();
    let ids = option.steps.iter().filter(wanted);
    let mine: Vec<Step> = ids.filter_map(|id| steps.get(id.as_str())).flatten().cloned().collect();
    let order = order(&mine, phone);
    let soonest = mine.iter().map(|step| step.seen.soonest().how_soon);
    let how_soon = soonest.min_by_key(|soon| seen::rank(*soon)).unwrap_or(HowSoon::AtOnce);
    let mut planned: Vec<PlannedStep> = mine
        .iter()
        .enumerate()
        .map(|(at, step)| {
            let before = order.edges.iter().filter(|edge| edge.after == at);
            let before = before
                .map(|edge| Before { step: mine[edge.before].id.clone(), why: edge.why.clone() });
            PlannedStep {
                id: step.id.clone(),
                action: &step.action.id,
                app: step.app.clone(),
                words: step.words.clone(),
                done: step.action.done,
                by_hand: step.hands.clone(),
                stage: order.stages[at] + 1,
                after: before.collect(),
                told: step.seen.all().cloned().collect(),
                undo: step.action.undo.as_deref(),
                there: step.action.there,
                detail: step.detail.clone(),
                names: step.names.clone(),
                users: step.users.iter().copied().collect(),
            }
        })
        .collect();
    planned.sort_by_key(|step| step.stage);
    Choice {
        id: &option.id,
        words: &option.words,
        gives: &option.gives,
        risks: &option.risks,
        how_soon,
        steps: planned,
    }
}

/// What must be known before choosing.
fn remarks(phone: &Phone, proof: &Proof) -> Vec<String> {
    let mut remarks = Vec::new();
    if !proof.looked_at_other_ways() {
        remarks.push("Accounts, shared devices and ways back in were not looked at yet. Most watching goes through them: look at them first, from another device.".to_owned());
    }
    if phone.apps.is_empty() {
        remarks.push("No app is among the findings. That answers little, and what somebody knows may come by accounts, by shared devices, or by an app that nobody found.".to_owned());
    }
    for app in &phone.apps {
        let package = &app.package;
        if app.manages {
            remarks.push(format!("{package} manages the phone or a profile on it: it cannot be removed by hand. Whoever set it up can end that, or the phone is reset, and some managers come back after that."));
        } else if app.came_with_the_phone {
            remarks.push(format!("{package} came with the phone, or looks so: it can be switched off, and not removed for good."));
        }
    }
    if !phone.questions.is_empty() {
        remarks.push(format!("Not part of this plan, for they are worth a question and no more, or only hold a way in: {}. To plan for one of them: --app NAME.", phone.questions.join(", ")));
    }
    if phone.unnamed > 0 {
        remarks.push("Something stands out in an app that is not named here, because its name must stay private. The plan does not cover it: look at it together, alone.".to_owned());
    }
    if phone.left_out > 0 {
        remarks.push(format!("{} more apps were found than this plan holds: somebody who knows phones should look, and a reset or another phone may be the shorter way.", phone.left_out));
    }
    if phone.android.is_none() {
        remarks.push(
            "The version of Android is not known: what to tap by hand may be called otherwise."
                .to_owned(),
        );
    }
    remarks
}
