//! In which order the steps of a choice are done: a partial order, from what each step tells and
//! whom, and from what Android asks. Never a fixed list.
//!
//! What is told later stands before what is told at once, so that what tells comes last, and
//! together: a step that Android puts behind one that tells at once belongs to the same sitting.

use std::collections::BTreeMap;

use super::actions::{Actions, Done, There, filled};
use super::phone::{Code, FoundApp, Phone};
use super::seen::rank;
use super::steps::Step;

/// A step that comes before another, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) before: usize,
    pub(super) after: usize,
    pub(super) why: String,
}

/// The order.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Steps of one stage can be done in any order; an earlier stage is done first.
    pub(super) stages: Vec<usize>,
    /// Between which steps it comes from.
    pub(super) edges: Vec<Edge>,
}

/// Orders the steps.
pub(super) fn order(steps: &[Step], phone: &Phone) -> Order {
    let mut edges = asked_by_android(steps);
    edges.extend(watchers(steps, phone));
    edges.extend(obstructed(steps, phone));
    edges.extend(codes_and_accounts(steps, phone));
    edges.extend(last(steps));
    edges.extend(first(steps));
    let stages = stages(steps, &edges);
    Order { stages, edges }
}

fn position(steps: &[Step], id: &str) -> Option<usize> {
    steps.iter().position(|step| step.action.id == id)
}

/// Steps that change the phone itself: of these what is told later comes first.
fn changes_the_phone(step: &Step) -> bool {
    step.action.changes && step.action.done != Done::Elsewhere && !closes(step)
}

fn closes(step: &Step) -> bool {
    step.action.id == "disconnect_the_phone"
}

fn asked_by_android(steps: &[Step]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (after, step) in steps.iter().enumerate() {
        for rule in &step.action.after {
            let before = steps.iter().enumerate().filter(|(_, other)| {
                let same = other.app.is_none() || step.app.is_none() || other.app == step.app;
                other.action.id == rule.step && same
            });
            edges.extend(before.map(|(before, _)| Edge { before, after, why: rule.why.clone() }));
        }
    }
    edges
}

/// Of several apps, the one that is told when another goes is removed first. Where both are told,
/// they go together.
fn watchers(steps: &[Step], phone: &Phone) -> Vec<Edge> {
    let why = &Actions::here().why.watcher_first;
    let removals = || steps.iter().enumerate().filter(|(_, one)| one.action.removes);
    let mut edges = Vec::new();
    for (before, watcher) in removals().filter(|(_, one)| tells(phone, one, "remove_other_app")) {
        for (after, _) in removals()
            .filter(|(_, one)| one.app.is_some() && !tells(phone, one, "remove_other_app"))
        {
            edges.push(Edge { before, after, why: filled(why, watcher.app.as_deref(), None) });
        }
    }
    edges
}

fn app<'p>(phone: &'p Phone, step: &Step) -> Option<&'p FoundApp> {
    phone.apps.iter().find(|app| Some(&app.package) == step.app.as_ref())
}

/// Whether the step's app would tell of this action.
fn tells(phone: &Phone, step: &Step, action: &str) -> bool {
    let Some(app) = app(phone, step) else { return false };
    matches!(&app.code, Code::Read { signals, .. } if signals.iter().any(|one| one.action == action))
}

/// An accessibility service sees the pages on which something is taken by hand, and can press their
/// buttons.
fn obstructed(steps: &[Step], phone: &Phone) -> Vec<Edge> {
    let why = &Actions::here().why.obstructs;
    let services = steps.iter().enumerate();
    let services = services.filter(|(_, one)| one.action.there == There::Accessibility);
    let mut edges = Vec::new();
    for (before, service) in services {
        let unread = app(phone, service)
            .is_some_and(|app| !matches!(app.code, Code::Read { partly: false, .. }));
        let watches_all = unread || tells(phone, service, "open_its_settings");
        let by_hand = steps.iter().enumerate().filter(|(_, one)| {
            one.action.done == Done::Phone
                && changes_the_phone(one)
                && (one.app == service.app || watches_all)
        });
        let why = filled(why, service.app.as_deref(), None);
        edges.extend(by_hand.map(|(after, _)| Edge { before, after, why: why.clone() }));
    }
    edges
}

/// New codes and passwords wait until nothing found reads them any more. Where nothing does, they
/// come first: whoever can sign in could put back what is removed.
fn codes_and_accounts(steps: &[Step], phone: &Phone) -> Vec<Edge> {
    let whys = &Actions::here().why;
    let readers: Vec<&FoundApp> = phone.apps.iter().filter(|app| app.reads_codes()).collect();
    let mut edges = Vec::new();
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.action.shows_codes) {
        for reader in &readers {
            let why = filled(&whys.its_codes_pass_here, Some(&reader.package), None);
            let takes = steps.iter().enumerate().filter(|(_, one)| {
                let of_it = one.app.as_ref() == Some(&reader.package);
                of_it && changes_the_phone(one) && takes_reading(one)
            });
            edges.extend(takes.map(|(before, _)| Edge { before, after: at, why: why.clone() }));
        }
        let elsewhere = step.action.done == Done::Elsewhere;
        if elsewhere && readers.is_empty() {
            let removals = steps.iter().enumerate().filter(|(_, one)| one.action.removes);
            let why = &whys.access_first;
            edges.extend(removals.map(|(after, _)| Edge { before: at, after, why: why.clone() }));
        }
    }
    // A phone that nobody else can reach is what accounts are changed from.
    if let Some(before) = position(steps, "new_phone_and_number") {
        let accounts = position(steps, "change_passwords_elsewhere");
        let why = whys.new_phone_first.clone();
        edges.extend(accounts.map(|after| Edge { before, after, why }));
    }
    edges
}

/// Whether the step ends that an app reads what arrives or is typed.
fn takes_reading(step: &Step) -> bool {
    let ends = [There::Accessibility, There::NotificationAccess, There::SmsApp, There::Keyboard];
    let texts = || step.names.iter().any(|name| name.ends_with("_SMS"));
    step.action.removes || ends.contains(&step.action.there) || texts()
}

/// Play Protect after everything that removes, and the close after everything.
fn last(steps: &[Step]) -> Vec<Edge> {
    let whys = &Actions::here().why;
    let mut edges = Vec::new();
    if let Some(after) = position(steps, "switch_play_protect_on") {
        let others = steps
            .iter()
            .enumerate()
            .filter(|(at, one)| *at != after && one.app.is_some() && changes_the_phone(one));
        let why = &whys.play_protect_last;
        edges.extend(others.map(|(before, _)| Edge { before, after, why: why.clone() }));
    }
    if let Some(after) = position(steps, "disconnect_the_phone") {
        let others = steps
            .iter()
            .enumerate()
            .filter(|(at, one)| *at != after && one.action.done != Done::Elsewhere);
        let why = &whys.close_last;
        edges.extend(others.map(|(before, _)| Edge { before, after, why: why.clone() }));
    }
    edges
}

/// The record before everything that changes something.
fn first(steps: &[Step]) -> Vec<Edge> {
    let Some(before) = position(steps, "keep_a_record") else { return Vec::new() };
    let why = &Actions::here().why.record_first;
    let others =
        steps.iter().enumerate().filter(|(at, one)| *at != before && changes_the_phone(one));
    others.map(|(after, _)| Edge { before, after, why: why.clone() }).collect()
}

/// Which stage each step belongs to: as early as what comes before it allows, and behind what is
/// told later than it.
fn stages(steps: &[Step], edges: &[Edge]) -> Vec<usize> {
    let mut graph = Graph::of(steps.len(), edges.iter().map(|edge| (edge.before, edge.after)));
    // Between two groups that are told at different times stands a gate: the later group before it,
    // the sooner one behind it.
    let mut groups: BTreeMap<(u8, u64), Vec<usize>> = BTreeMap::new();
    for (at, told) in told_with_what_comes_before(steps, &graph).into_iter().enumerate() {
        if let Some(told) = told.filter(|_| changes_the_phone(&steps[at])) {
            groups.entry(told).or_default().push(at);
        }
    }
    let mut gate = None;
    for group in groups.values().rev() {
        let next = graph.gate();
        for &at in group {
            graph.connect(at, next);
            if let Some(gate) = gate {
                graph.connect(gate, at);
            }
        }
        if let Some(gate) = gate {
            graph.connect(gate, next);
        }
        gate = Some(next);
    }
    let mut stages = vec![0; graph.then.len()];
    for at in graph.sorted() {
        let end = stages[at] + usize::from(at < steps.len());
        for &next in &graph.then[at] {
            stages[next] = stages[next].max(end);
        }
    }
    stages.truncate(steps.len());
    stages
}

/// How soon each step is told, counting what must be done before it: that belongs to the same
/// sitting. `None` where nothing up to here changes the phone.
fn told_with_what_comes_before(steps: &[Step], graph: &Graph) -> Vec<Option<(u8, u64)>> {
    let own = |step: &Step| changes_the_phone(step).then(|| rank(step.seen.soonest().how_soon));
    let mut told: Vec<_> = steps.iter().map(own).collect();
    for at in graph.sorted() {
        let Some(before) = told[at] else { continue };
        for &next in &graph.then[at] {
            told[next] = Some(told[next].map_or(before, |after| after.min(before)));
        }
    }
    told
}

/// What stands before what.
struct Graph {
    then: Vec<Vec<usize>>,
}

impl Graph {
    fn of(count: usize, edges: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut graph = Self { then: vec![Vec::new(); count] };
        edges.for_each(|(before, after)| graph.connect(before, after));
        graph
    }

    fn connect(&mut self, before: usize, after: usize) {
        self.then[before].push(after);
    }

    fn gate(&mut self) -> usize {
        self.then.push(Vec::new());
        self.then.len() - 1
    }

    /// Each behind everything that stands before it.
    fn sorted(&self) -> Vec<usize> {
        let mut waits = vec![0_usize; self.then.len()];
        self.then.iter().flatten().for_each(|next| waits[*next] += 1);
        let mut ready: Vec<usize> = (0..waits.len()).filter(|at| waits[*at] == 0).collect();
        let mut sorted = Vec::with_capacity(waits.len());
        while let Some(at) = ready.pop() {
            sorted.push(at);
            for &next in &self.then[at] {
                waits[next] -= 1;
                if waits[next] == 0 {
                    ready.push(next);
                }
            }
        }
        debug_assert_eq!(sorted.len(), self.then.len(), "a step would wait for itself");
        sorted
    }
}
