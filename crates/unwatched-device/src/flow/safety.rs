//! The questions before a phone is connected, and the [`Agreed`] that they were answered. What is
//! asked stands in `catalogue/flow/`.

use super::words::{Language, Words};

/// The questions, as far as they were answered with yes.
#[derive(Debug)]
pub struct Safety {
    yes: usize,
}

/// What an answer leads to.
#[derive(Debug)]
pub enum Answered {
    /// Another question.
    Ask(Safety),
    /// All were answered with yes; whether the person agrees is asked last.
    Consent(Consent),
}

/// Every question was answered with yes.
#[derive(Debug)]
pub struct Consent(());

/// That the safety questions were answered with yes and the person agrees. Whatever reaches a phone
/// to look at it takes it.
///
/// Only the questions make one:
///
/// ```compile_fail
/// let agreed = unwatched_device::flow::Agreed(());
/// ```
#[derive(Debug)]
pub struct Agreed(());

impl Safety {
    /// Nothing answered yet.
    #[expect(
        clippy::new_without_default,
        reason = "questions are begun, never there by themselves"
    )]
    pub fn new() -> Self {
        Self { yes: 0 }
    }

    /// How many there are.
    pub fn count() -> usize {
        Words::of(Language::En).safety.len()
    }

    /// Which is asked now, counted from 0.
    pub fn at(&self) -> usize {
        self.yes
    }

    /// Takes a yes. Every other answer ends the questions: they are begun anew.
    #[must_use]
    pub fn yes(mut self) -> Answered {
        self.yes += 1;
        if self.yes < Self::count() { Answered::Ask(self) } else { Answered::Consent(Consent(())) }
    }
}

impl Consent {
    /// The person agrees, having heard what will happen.
    pub fn agrees(self) -> Agreed {
        Agreed(())
    }
}

impl Agreed {
    /// By the word of whoever runs a command where nobody can be asked: they say that each question
    /// was asked and answered with yes.
    pub fn by_their_word() -> Self {
        Self(())
    }
}
