//! The safety checkpoint: questions answered with an advocate, and the [`Proof`] that they were.
//! What is asked stands in `catalogue/checkpoint.toml`.
//!
//! A plan is shown, and anything is changed on a phone, only against a proof, which nothing makes
//! but a checkpoint that was answered to its end. It holds for one run of the program: it can be
//! neither copied nor written down, because what was true this morning need not be true now.
//! Nothing here asks anybody: whoever calls reads the question out and hands on the answer.

use std::sync::LazyLock;

use serde::Deserialize;

/// What somebody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Nobody can say. It opens no more than a no does.
    NotSure,
}

impl Answer {
    /// The word used in a journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotSure => "not sure",
        }
    }
}

/// Which answers go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// Only yes.
    Yes,
    /// Every one: the plan follows it.
    Any,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Stable.
    pub id: String,
    /// To be read aloud.
    pub ask: String,
    /// Why it is asked.
    pub why: String,
    /// Which answers go on.
    pub opens: Opens,
    /// What is said where the answer closes it.
    #[serde(default)]
    pub otherwise: String,
}

/// Everything that is said at the checkpoint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// In which language.
    pub language: String,
    /// Raised with every change of the words.
    pub version: u32,
    /// Who went over the words with survivors' safety in mind, and when.
    pub review: Option<String>,
    /// Said first.
    pub intro: Vec<String>,
    /// Said where an answer closes it.
    pub closed: String,
    question: Vec<Question>,
}

impl Wording {
    /// What the catalogue says.
    pub fn here() -> &'static Self {
        static WORDING: LazyLock<Wording> = LazyLock::new(|| {
            toml::from_str(include_str!("../../../../catalogue/checkpoint.toml"))
                .expect("catalogue/checkpoint.toml is well-formed")
        });
        &WORDING
    }

    /// Every question, in the order in which they are asked.
    pub fn questions(&self) -> &[Question] {
        &self.question
    }

    /// Who went over the words, or that nobody did.
    pub fn reviewed(&self) -> String {
        match &self.review {
            Some(by) => format!("These words were reviewed by {by}."),
            None => "These words have not yet been reviewed by an organisation that supports survivors: let the advocate put them in their own.".to_owned(),
        }
    }
}

/// The questions, as far as they were answered.
#[derive(Debug)]
pub struct Checkpoint {
    given: Vec<Answer>,
}

/// What an answer leads to.
#[derive(Debug)]
pub enum Next {
    /// Another question.
    Ask(Checkpoint),
    /// It stays closed, and why.
    Closed(&'static Question),
    /// All were answered.
    Open(Proof),
}

impl Checkpoint {
    /// Nothing answered yet.
    #[expect(clippy::new_without_default, reason = "a checkpoint is begun, never there by itself")]
    pub fn new() -> Self {
        Self { given: Vec::new() }
    }

    /// What is to be asked now.
    pub fn question(&self) -> &'static Question {
        &Wording::here().questions()[self.given.len()]
    }

    /// Takes the answer. One that does not open ends it: it must be begun anew.
    pub fn answer(mut self, answer: Answer) -> Next {
        let question = self.question();
        if question.opens == Opens::Yes && answer != Answer::Yes {
            return Next::Closed(question);
        }
        self.given.push(answer);
        if self.given.len() < Wording::here().questions().len() {
            return Next::Ask(self);
        }
        Next::Open(Proof { given: self.given })
    }
}

/// That the checkpoint was answered to its end, just now. Whatever shows a plan or changes
/// something on a phone takes it.
///
/// Only a checkpoint makes one:
///
/// ```
/// use unwatched_device::plan::{Answer, Checkpoint, Next, Proof};
///
/// fn change_something(_: &Proof) {}
///
/// let mut checkpoint = Checkpoint::new();
/// loop {
///     match checkpoint.answer(Answer::Yes) {
///         Next::Ask(next) => checkpoint = next,
///         Next::Open(proof) => break change_something(&proof),
///         Next::Closed(question) => unreachable!("{}", question.ask),
///     }
/// }
/// ```
///
/// ```compile_fail
/// use unwatched_device::plan::Proof;
///
/// fn change_something(_: &Proof) {}
///
/// change_something(&Proof { given: Vec::new() });
/// ```
///
/// Nor can one be kept for later, or for another phone:
///
/// ```compile_fail
/// fn copied(proof: &unwatched_device::plan::Proof) -> unwatched_device::plan::Proof {
///     proof.clone()
/// }
/// ```
#[derive(Debug)]
pub struct Proof {
    given: Vec<Answer>,
}

impl Proof {
    /// What was answered, by the ids of the questions.
    pub fn answers(&self) -> impl Iterator<Item = (&'static str, Answer)> {
        let questions = Wording::here().questions().iter();
        questions.map(|question| question.id.as_str()).zip(self.given.iter().copied())
    }

    fn said_yes(&self, id: &str) -> bool {
        self.answers().any(|(asked, given)| asked == id && given == Answer::Yes)
    }

    /// Whether a record is to be kept before anything changes.
    pub fn keeps_a_record(&self) -> bool {
        self.said_yes("keep_a_record")
    }

    /// Whether accounts and other ways in were looked at.
    pub fn looked_at_other_ways(&self) -> bool {
        self.said_yes("other_ways_looked_at")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers yes to everything but this question.
    fn answered(but: usize, answer: Answer) -> Next {
        let mut checkpoint = Checkpoint::new();
        for at in 0.. {
            let given = if at == but { answer } else { Answer::Yes };
            match checkpoint.answer(given) {
                Next::Ask(next) => checkpoint = next,
                end => return end,
            }
        }
        unreachable!("it ends")
    }

    #[test]
    fn one_answer_that_does_not_open_closes_it() {
        for (at, question) in Wording::here().questions().iter().enumerate() {
            for answer in [Answer::No, Answer::NotSure] {
                match (question.opens, answered(at, answer)) {
                    (Opens::Any, Next::Open(_)) => {}
                    (Opens::Yes, Next::Closed(closed)) => assert_eq!(closed.id, question.id),
                    (_, end) => panic!("{}: {end:?}", question.id),
                }
            }
        }
    }

    #[test]
    fn the_proof_says_what_the_plan_follows() {
        let at = |id: &str| Wording::here().questions().iter().position(|q| q.id == id).unwrap();
        let Next::Open(proof) = answered(at("keep_a_record"), Answer::NotSure) else { panic!() };
        assert!(!proof.keeps_a_record() && proof.looked_at_other_ways());
        let Next::Open(proof) = answered(at("other_ways_looked_at"), Answer::No) else { panic!() };
        assert!(proof.keeps_a_record() && !proof.looked_at_other_ways());
    }

    #[test]
    fn a_question_that_can_close_says_what_to_do_then() {
        let wording = Wording::here();
        let can_close = |question: &&Question| question.opens == Opens::Yes;
        assert!(wording.questions().iter().filter(can_close).count() >= 5);
        for question in wording.questions() {
            assert_eq!(question.otherwise.is_empty(), question.opens == Opens::Any);
            assert!(question.ask.ends_with('?') && !question.why.is_empty());
        }
    }
}
