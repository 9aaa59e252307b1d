//! Every state that can be reached, by every way of acting and every way in which work can go: no way
//! to a phone or a file around the safety questions, none to a change around the checkpoint, a way out
//! of each.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use unwatched_fixtures::never_said::found_in;

use super::*;
use crate::plan::{Opens, Wording};

/// One thing that happens to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Does(Act),
    Happens(Happened),
}

/// What tells two sessions apart, as far as anything can come of it.
type State = (Screen, bool, bool, Option<Source>);

fn state(session: &Session) -> State {
    (session.at(), session.agreed().is_some(), session.proof().is_some(), session.source())
}

fn steps(session: &Session) -> Vec<Step> {
    let mut all: Vec<Step> = session.acts().iter().map(|act| Step::Does(*act)).collect();
    if matches!(session.at(), Screen::Working(_)) {
        let read = |source, found| Happened::Read { source, found };
        all.extend(
            [
                Happened::Asks,
                Happened::Done,
                Happened::Failed,
                read(Source::Case, true),
                read(Source::Case, false),
                read(Source::File, true),
                read(Source::File, false),
            ]
            .map(Step::Happens),
        );
    }
    all
}

/// Does it; `None` where it leads nowhere. What is handed on to a worker is taken, as the page does.
fn go(session: &mut Session, step: Step) -> Option<()> {
    match step {
        Step::Does(act) => {
            if let Some(work) = session.act(act).ok()?
                && work.changes()
            {
                session.take_proof().expect("a change has its proof");
            }
        }
        Step::Happens(happened) => session.happened(happened).ok()?,
    }
    Some(())
}

fn at_the_end_of(path: &[Step]) -> Session {
    let mut session = Session::new();
    for step in path {
        go(&mut session, *step).expect("the path was gone before");
    }
    session
}

/// Every state with the shortest path to it, and every screen with those that follow it.
fn walked() -> (BTreeMap<State, Vec<Step>>, BTreeMap<Screen, BTreeSet<Screen>>) {
    let mut known = BTreeMap::from([(state(&Session::new()), Vec::new())]);
    let mut follow: BTreeMap<Screen, BTreeSet<Screen>> = BTreeMap::new();
    let mut waiting = VecDeque::from([Vec::new()]);
    while let Some(path) = waiting.pop_front() {
        let here = at_the_end_of(&path);
        for step in steps(&here) {
            let mut session = at_the_end_of(&path);
            if go(&mut session, step).is_none() {
                continue;
            }
            follow.entry(here.at()).or_default().insert(session.at());
            let mut longer = path.clone();
            longer.push(step);
            if let std::collections::btree_map::Entry::Vacant(new) = known.entry(state(&session)) {
                new.insert(longer.clone());
                waiting.push_back(longer);
            }
        }
    }
    (known, follow)
}

/// Whether one can be reached from the other without passing a screen of `around`.
fn leads_around(
    follow: &BTreeMap<Screen, BTreeSet<Screen>>,
    to: impl Fn(Screen) -> bool,
    around: impl Fn(Screen) -> bool,
) -> bool {
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![Screen::First]);
    while let Some(screen) = waiting.pop() {
        if around(screen) || !seen.insert(screen) {
            continue;
        }
        if to(screen) {
            return true;
        }
        waiting.extend(follow.get(&screen).into_iter().flatten());
    }
    false
}

fn reads(screen: Screen) -> bool {
    matches!(screen, Screen::Source | Screen::Phone | Screen::File | Screen::Working(_))
}

fn changes(screen: Screen) -> bool {
    matches!(screen, Screen::Working(work) | Screen::Asked(work) if work.changes())
}

#[test]
fn every_screen_is_reached_and_none_that_is_not_listed() {
    let (known, follow) = walked();
    let reached: BTreeSet<Screen> = known.keys().map(|(screen, ..)| *screen).collect();
    let listed: BTreeSet<Screen> = Screen::all().into_iter().collect();
    assert_eq!(reached, listed);
    for screen in listed {
        let is_end = screen == Screen::End;
        assert_eq!(!follow.contains_key(&screen), is_end, "{screen:?} leads nowhere");
    }
}

#[test]
fn no_way_leads_to_a_phone_around_a_safety_question() {
    let (known, follow) = walked();
    for at in 0..Safety::count() {
        assert!(!leads_around(&follow, reads, |screen| screen == Screen::Safety(at)), "{at}");
    }
    assert!(!leads_around(&follow, reads, |screen| screen == Screen::Consent));
    // The walk itself sees ways where there are some.
    assert!(leads_around(&follow, reads, |screen| screen == Screen::NotNow));
    for ((screen, agreed, ..), path) in &known {
        assert!(!reads(*screen) || *agreed, "{screen:?} by {path:?}");
    }
}

#[test]
fn no_way_leads_to_a_change_around_a_question_of_the_checkpoint() {
    let (known, follow) = walked();
    for at in 0..Wording::here().questions().len() {
        let is_it = |screen| screen == Screen::Checkpoint(at);
        assert!(!leads_around(&follow, changes, is_it), "{at}");
        assert!(!leads_around(&follow, |screen| screen == Screen::Plan, is_it), "{at}");
    }
    assert!(leads_around(&follow, changes, |screen| screen == Screen::Locked));
    for ((screen, _, proof, source), path) in &known {
        let chooses = matches!(screen, Screen::Plan | Screen::Remove | Screen::Limit);
        assert!(!chooses || *proof, "{screen:?} by {path:?}");
        assert!(!changes(*screen) || *source == Some(Source::Case), "{screen:?} by {path:?}");
    }
}

#[test]
fn an_answer_that_is_no_yes_goes_no_further() {
    for ((screen, ..), path) in walked().0 {
        let closes = match screen {
            Screen::Safety(_) => Screen::NotNow,
            Screen::Checkpoint(at) if Wording::here().questions()[at].opens == Opens::Yes => {
                Screen::Locked
            }
            _ => continue,
        };
        for act in [Act::No, Act::NotSure] {
            let mut session = at_the_end_of(&path);
            session.act(act).unwrap();
            assert_eq!(session.at(), closes, "{screen:?}");
            assert!(session.proof().is_none());
        }
    }
}

#[test]
fn what_belongs_to_another_screen_changes_nothing() {
    for path in walked().0.values() {
        let mut session = at_the_end_of(path);
        let before = state(&session);
        let here = session.acts();
        for act in Act::ALL.into_iter().filter(|act| !here.contains(act)) {
            assert_eq!(at_the_end_of(path).act(act), Err(NotHere));
            assert_eq!(session.act(act), Err(NotHere));
        }
        assert_eq!(state(&session), before);
    }
}

fn said(view: &View) -> String {
    let mut all = vec![view.title.clone()];
    for part in &view.parts {
        match part {
            Part::Text(text) | Part::Notice(text) | Part::Lines(text) | Part::Sheet(text) => {
                all.push(text.clone());
            }
            Part::Why(one, other) => all.extend([one.clone(), other.clone()]),
            Part::Article(title, lines) => {
                all.push(title.clone());
                all.extend(lines.iter().flat_map(|(one, two)| [one.clone(), two.clone()]));
            }
            Part::List(lines) => all.extend(lines.clone()),
        }
    }
    all.extend(view.fields.iter().map(|field| field.label.clone()));
    all.extend(view.buttons.iter().map(|button| button.words.clone()));
    all.join("\n")
}

#[test]
fn no_screen_says_what_must_never_be_said_in_any_language() {
    for language in Language::ALL {
        let words = Words::of(language);
        let mut all: Vec<(String, String)> =
            words.word_keys().map(|key| (key.to_owned(), words.word(key).to_owned())).collect();
        for screen in Screen::all() {
            for has_case in [true, false] {
                let shown = view(screen, screen.acts(has_case), language, &Content::default());
                all.push((format!("{screen:?}"), said(&shown)));
            }
        }
        for question in (0..Wording::here().questions().len()).map(|at| words.checkpoint(at)) {
            all.push((question.id, question.otherwise));
        }
        for (place, text) in &all {
            assert_eq!(found_in(text, language.code()), None, "{language:?} {place}");
        }
    }
}

#[test]
fn the_empty_result_shows_no_tick_no_zero_and_no_relief() {
    for language in Language::ALL {
        let acts = Screen::StillOpen.acts(true);
        let text = said(&view(Screen::StillOpen, acts, language, &Content::default()));
        let odd = |c: &char| c.is_ascii_digit() || "✓✔☑✅🟢👍".contains(*c);
        assert_eq!(text.chars().find(odd), None, "{text}");
        assert!(text.lines().count() >= 5);
    }
}

#[test]
fn each_screen_has_one_main_action_but_where_choices_are_worth_the_same() {
    for screen in Screen::all() {
        for has_case in [true, false] {
            let shown = view(screen, screen.acts(has_case), Language::En, &Content::default());
            let mains = shown.buttons.iter().filter(|button| button.is_main).count();
            let none =
                matches!(screen, Screen::Plan | Screen::Keep(_) | Screen::Ahead | Screen::End);
            assert_eq!(mains, usize::from(!none), "{screen:?}");
        }
    }
}
