//! A screen with its contents, before it becomes a page or lines on a terminal. What differs between
//! languages comes from the catalogue; what is said of findings and plans is English so far, and
//! stands in parts of its own so that a page can say so.

use super::screen::{Act, Screen};
use super::words::{Language, Words};
use crate::plan::{Choice, Plan, Wording, steps_text};
use crate::report::{UNSAID_RULE, indicators_used, recalled, said_of_finding, still_open};
use crate::result::{CheckResult, Outcome};

/// What a screen may have to show.
#[derive(Debug, Clone, Copy, Default)]
pub struct Content<'a> {
    /// What was seen.
    pub result: Option<&'a CheckResult>,
    /// What can be done.
    pub plan: Option<&'a Plan>,
    /// What a command said, in English.
    pub said: &'a str,
    /// Something that must be said first, by its word in the catalogue.
    pub remark: Option<&'static str>,
    /// Which indicators are installed, in English; `None` without any.
    pub indicators: Option<&'a str>,
    /// Where what comes from a phone is kept.
    pub folder: &'a str,
    /// Whether the sealed package was chosen.
    pub seals: bool,
}

/// A piece of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A sentence in the screen's language.
    Text(String),
    /// A sentence in the screen's language that must not be overlooked.
    Notice(String),
    /// Why something is asked.
    Why(String, String),
    /// One finding or choice: a heading in English, and lines with their label in the screen's
    /// language; a line without one has an empty label.
    Article(String, Vec<(String, String)>),
    /// Sentences in English.
    List(Vec<String>),
    /// Lines in English, as a terminal has them.
    Lines(String),
    /// What else can be opened: its words.
    Sheet(String),
}

/// What is to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Stable.
    pub name: &'static str,
    /// Its label.
    pub label: String,
    /// What can be filled in.
    pub kind: FieldKind,
}

/// What can be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// A line.
    Line,
    /// A line that is not shown.
    Hidden,
    /// One of these: value and words. The first is chosen.
    One(Vec<(&'static str, String)>),
    /// Yes or nothing.
    Mark,
    /// A file.
    File,
}

/// Something that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What.
    pub act: Act,
    /// In words.
    pub words: String,
    /// Whether it is the screen's main action. Where choices are worth as much as each other, none is.
    pub is_main: bool,
}

/// A screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its heading.
    pub title: String,
    /// What it says.
    pub parts: Vec<Part>,
    /// What is to be filled in.
    pub fields: Vec<Field>,
    /// What can be done.
    pub buttons: Vec<Button>,
}

impl View {
    /// Whether something on it is in English whatever the language.
    pub fn holds_english(&self) -> bool {
        let is_english =
            |part: &Part| matches!(part, Part::Article(..) | Part::List(_) | Part::Lines(_));
        self.parts.iter().any(is_english)
    }
}

/// The screen, in this language.
pub fn view(screen: Screen, acts: &[Act], language: Language, content: &Content<'_>) -> View {
    let words = Words::of(language);
    let says = words.screen(screen.name());
    let mut parts: Vec<Part> = Vec::new();
    parts.extend(content.remark.map(|key| Part::Notice(words.word(key).to_owned())));
    parts.extend(says.text.iter().cloned().map(Part::Text));
    parts.extend(of_screen(screen, words, content));
    let worth_the_same = matches!(screen, Screen::Plan | Screen::Keep(_) | Screen::Ahead);
    let button = |(place, act): (usize, &Act)| Button {
        act: *act,
        words: says.acts[act.as_str()].clone(),
        is_main: place == 0 && !worth_the_same,
    };
    View {
        title: says.title.clone(),
        parts,
        fields: fields(screen, words),
        buttons: acts.iter().enumerate().map(button).collect(),
    }
}

fn of_screen(screen: Screen, words: &'static Words, content: &Content<'_>) -> Vec<Part> {
    let said = || Part::Lines(content.said.trim().to_owned());
    match screen {
        Screen::First => {
            let review = words.review().is_none().then(|| words.word("unreviewed").to_owned());
            review.into_iter().map(Part::Text).collect()
        }
        Screen::Safety(at) => {
            let question = &words.safety[at];
            asked(words, at, words.safety.len(), &question.ask, &question.why)
        }
        Screen::Checkpoint(at) => {
            let (question, of) = (words.checkpoint(at), Wording::here().questions().len());
            asked(words, at, of, &question.ask, &question.why)
        }
        Screen::Source | Screen::Indicators => vec![match content.indicators {
            Some(installed) => Part::Article(
                words.word("indicators").to_owned(),
                vec![(String::new(), installed.to_owned())],
            ),
            None => Part::Notice(words.word("no_indicators").to_owned()),
        }],
        Screen::Phone => vec![Part::Text(filled(words.word("kept_in"), "folder", content.folder))],
        Screen::Asked(_) | Screen::Failed(_) | Screen::Installed | Screen::Differs => vec![said()],
        Screen::Findings => content.result.map_or_else(Vec::new, |result| findings(result, words)),
        Screen::StillOpen => content.result.map_or_else(Vec::new, |result| {
            let used = Part::List(vec![indicators_used(result)]);
            left_out(result, words).into_iter().chain([used]).collect()
        }),
        Screen::NotChecked => content.result.map(not_checked).into_iter().collect(),
        Screen::Plan => {
            let remarks = content.plan.map(|plan| plan.remarks.clone()).unwrap_or_default();
            if remarks.is_empty() { Vec::new() } else { vec![Part::List(remarks)] }
        }
        Screen::Leave | Screen::Limit | Screen::NewPhone | Screen::Remove | Screen::Reset => {
            let all = content.plan.iter().flat_map(|plan| &plan.choices);
            let chosen = all.into_iter().find(|choice| choice.id == screen.name());
            chosen.map_or_else(Vec::new, |choice| one_choice(choice, words))
        }
        Screen::Report => {
            let sheet = Part::Sheet(words.word("open_report").to_owned());
            let sealed = filled(words.word("next_command"), "folder", content.folder);
            [sheet].into_iter().chain(content.seals.then_some(Part::Text(sealed))).collect()
        }
        _ => Vec::new(),
    }
}

fn asked(words: &'static Words, at: usize, of: usize, ask: &str, why: &str) -> Vec<Part> {
    let number = filled(words.word("question"), "number", &(at + 1).to_string());
    let number = filled(&number, "of", &of.to_string());
    let why = Part::Why(words.word("why").to_owned(), why.to_owned());
    vec![Part::Text(number), Part::Notice(ask.to_owned()), why]
}

fn filled(line: &str, slot: &str, with: &str) -> String {
    line.replace(&format!("{{{slot}}}"), with)
}

fn findings(result: &CheckResult, words: &'static Words) -> Vec<Part> {
    let article = |finding| {
        let said = said_of_finding(finding, result.indicators.is_some());
        let mut lines = vec![(words.word("sure").to_owned(), said.how_sure)];
        lines.extend(said.class.map(|class| (String::new(), class)));
        let signals = finding.signals.iter().filter(|signal| signal.rule != UNSAID_RULE);
        for signal in signals {
            lines.push((words.word("seen").to_owned(), signal.fact.clone()));
            lines.push((words.word("matters").to_owned(), signal.why.clone()));
            lines.push((words.word("innocent").to_owned(), signal.innocent.clone()));
        }
        Part::Article(said.heading, lines)
    };
    let listed = |said: Vec<String>| (!said.is_empty()).then_some(Part::List(said));
    let open = still_open(result).into_iter().map(ToOwned::to_owned).collect();
    let used = Part::List(vec![indicators_used(result)]);
    let mut parts: Vec<Part> = listed(open).into_iter().collect();
    parts.extend(result.findings.iter().map(article));
    parts.extend(listed(recalled(result)));
    parts.extend(left_out(result, words));
    parts.push(used);
    parts
}

fn left_out(result: &CheckResult, words: &'static Words) -> Vec<Part> {
    match result.background_count {
        0 => Vec::new(),
        count => vec![Part::Text(filled(words.word("left_out"), "number", &count.to_string()))],
    }
}

fn not_checked(result: &CheckResult) -> Part {
    let open = result.checks.iter().filter(|check| check.outcome == Outcome::CouldNotCheck);
    let open = open.map(|check| format!("{}: {}", check.title, check.why));
    let problems = result.problems.iter().map(|one| format!("{}: {}", one.place, one.what));
    Part::List(open.chain(problems).collect())
}

fn one_choice(choice: &Choice, words: &'static Words) -> Vec<Part> {
    let gives = (words.word("gives").to_owned(), choice.gives.to_owned());
    let risks = choice.risks.iter().map(|risk| (words.word("risk").to_owned(), risk.clone()));
    let lines = [gives].into_iter().chain(risks).collect();
    vec![Part::Article(choice.words.to_owned(), lines), Part::Lines(steps_text(choice))]
}

fn fields(screen: Screen, words: &'static Words) -> Vec<Field> {
    let field = |name, word, kind| Field { name, label: words.word(word).to_owned(), kind };
    let one = |key: &'static str, word| (key, words.word(word).to_owned());
    match screen {
        Screen::Phone => vec![
            field("passphrase", "new_passphrase", FieldKind::Hidden),
            field("again", "again", FieldKind::Hidden),
            field("serial", "serial", FieldKind::Line),
            field("address", "address", FieldKind::Line),
        ],
        Screen::File => vec![
            field("path", "path", FieldKind::Line),
            field("passphrase", "passphrase", FieldKind::Hidden),
        ],
        Screen::Indicators => {
            vec![field("bundle", "bundle", FieldKind::File), field("key", "key", FieldKind::File)]
        }
        Screen::Close => vec![
            field(
                "debugging",
                "debugging",
                FieldKind::One(vec![one("keep", "debugging_keep"), one("off", "debugging_off")]),
            ),
            field(
                "case_key",
                "case_key",
                FieldKind::One(vec![one("keep", "key_keep"), one("destroy", "key_destroy")]),
            ),
            field("without_phone", "without_phone", FieldKind::Mark),
        ],
        _ => Vec::new(),
    }
}
