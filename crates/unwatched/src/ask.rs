//! The safety checkpoint at a terminal. What is asked and what follows is the device crate's; here
//! is only the asking.

use std::io::{BufRead, Write};

use unwatched_device::plan::{Answer, Checkpoint, Next, Proof, Question, Wording};
use unwatched_model::text::shown;

use crate::Surroundings;
use crate::exit::{Exit, Failure};

/// Nobody types more.
const MOST_BYTES: u64 = 1_000;
/// How often a question is asked again before it counts as not answered.
const TRIES: usize = 5;

/// Asks everything. Without a terminal, and with an answer that does not open, it stays closed.
pub(crate) fn checkpoint(surroundings: &mut Surroundings<'_>) -> Result<Proof, Failure> {
    let Surroundings { answers, talk, .. } = surroundings;
    let Some(typed) = answers.as_mut() else {
        return Err(Failure::said(Exit::Closed, "there is no terminal to ask at").with_hint(
            "A plan is locked behind questions that are answered with an advocate. Run it where \
             somebody can answer them.\nplan --simulate shows what each action would tell, and asks nothing.",
        ));
    };
    let wording = Wording::here();
    for line in &wording.intro {
        writeln!(talk, "{line}")?;
    }
    writeln!(talk, "{}", wording.reviewed())?;
    let all = wording.questions().len();
    let mut checkpoint = Checkpoint::new();
    for number in 1.. {
        let question = checkpoint.question();
        writeln!(talk, "\n{number} of {all}. {}\n   {}", question.ask, question.why)?;
        let Some(answer) = answer(talk, typed)? else { return Err(closed(None)) };
        match checkpoint.answer(answer) {
            Next::Ask(next) => checkpoint = next,
            Next::Closed(question) => return Err(closed(Some(question))),
            Next::Open(proof) => {
                writeln!(talk)?;
                return Ok(proof);
            }
        }
    }
    unreachable!("the questions end")
}

fn closed(at: Option<&Question>) -> Failure {
    let otherwise = at.map(|question| format!("{}\n", question.otherwise)).unwrap_or_default();
    let words = format!("{otherwise}{}", Wording::here().closed);
    Failure::said(Exit::Closed, "the safety checkpoint stays closed").with_hint(words)
}

/// `None` where nothing more is typed, or nothing that is an answer.
fn answer(talk: &mut dyn Write, typed: &mut dyn BufRead) -> Result<Option<Answer>, Failure> {
    for _ in 0..TRIES {
        forget_typed_ahead();
        write!(talk, "   y, n or s: ")?;
        talk.flush()?;
        let Some(line) = line(typed)? else { return Ok(None) };
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(Some(Answer::Yes)),
            "n" | "no" => return Ok(Some(Answer::No)),
            "s" | "not sure" => return Ok(Some(Answer::NotSure)),
            other => writeln!(talk, "   {} is no answer to this.", shown(other))?,
        }
    }
    Ok(None)
}

/// A question of yes or no; `None` where nothing more is typed, or nothing that is an answer.
pub(crate) fn yes_or_no(
    talk: &mut dyn Write,
    typed: &mut dyn BufRead,
) -> Result<Option<bool>, Failure> {
    for _ in 0..TRIES {
        forget_typed_ahead();
        write!(talk, "   y or n: ")?;
        talk.flush()?;
        let Some(line) = line(typed)? else { return Ok(None) };
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(Some(true)),
            "n" | "no" => return Ok(Some(false)),
            other => writeln!(talk, "   {} is no answer to this.", shown(other))?,
        }
    }
    Ok(None)
}

/// What somebody says to a step.
pub(crate) enum Word {
    Yes,
    LeaveOut,
    Stop,
}

/// Yes, leave it out, or stop. Nothing typed stops.
pub(crate) fn word(surroundings: &mut Surroundings<'_>, question: &str) -> Result<Word, Failure> {
    let Surroundings { answers, talk, .. } = surroundings;
    let Some(typed) = answers.as_mut() else {
        return Err(Failure::said(Exit::Closed, "there is no terminal to ask at"));
    };
    loop {
        forget_typed_ahead();
        write!(talk, "{question} y, n to leave it out, q to stop: ")?;
        talk.flush()?;
        let Some(line) = line(*typed)? else { return Ok(Word::Stop) };
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(Word::Yes),
            "n" | "no" => return Ok(Word::LeaveOut),
            "q" | "quit" | "stop" => return Ok(Word::Stop),
            _ => {}
        }
    }
}

/// What was typed before a question stood on the screen is no answer to it: nobody has read it, and
/// a key pressed twice must not confirm the next step. A terminal hands on one line at a time, so
/// that nothing waits behind what the system holds. On Windows nothing is forgotten.
fn forget_typed_ahead() {
    #[cfg(target_os = "linux")]
    {
        use std::io::IsTerminal as _;

        let input = std::io::stdin();
        if input.is_terminal() {
            // A terminal that is gone ends the next reading.
            let _ = rustix::termios::tcflush(&input, rustix::termios::QueueSelector::IFlush);
        }
    }
}

/// One line; `None` at the end.
pub(crate) fn line(typed: &mut dyn BufRead) -> Result<Option<String>, Failure> {
    let mut bytes = Vec::new();
    loop {
        let buffer = typed.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(buffer.len(), |end| end + 1);
        let room = usize::try_from(MOST_BYTES).unwrap_or(usize::MAX).saturating_sub(bytes.len());
        bytes.extend_from_slice(&buffer[..taken.min(room)]);
        typed.consume(taken);
        if end.is_some() {
            return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok((!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned()))
}
