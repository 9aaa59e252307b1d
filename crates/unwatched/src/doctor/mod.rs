//! `unwatched doctor`: what is installed, how old it is, what is missing, and what on this computer
//! stands between it and a phone. What was seen is gathered thinly and judged apart.

mod files;
mod phone;
mod programs;

use std::fmt::Write as _;

use jiff::Timestamp;
use unwatched_formats::release::{Checkpoint, Pin};
use unwatched_model::text::shown;

use crate::data_folder::DataFolder;
use crate::exit::Failure;
use crate::update::described;
use crate::words::{ago, day};
use crate::{Surroundings, indicators, key, print};

pub(crate) fn run(folder: &DataFolder, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
    let mut text = String::new();
    let _ = writeln!(text, "program     unwatched {}", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(text, "folder      {}", folder.path().display());
    let release = indicators::installed(folder)?;
    let is_none = release.is_none();
    let _ = match &release {
        Some(release) => writeln!(text, "indicators  {}", described(release, surroundings)),
        None => {
            writeln!(text, "indicators  none: unwatched update FILE --key key.pub installs them")
        }
    };
    let _ = match key::pinned(folder)? {
        Some(Pin::Key(key)) => writeln!(text, "key         {key}"),
        Some(pin) => writeln!(text, "key         {}\nkey set     {pin}", pin.key()),
        None => writeln!(text, "key         none known yet: the first update asks for it"),
    };
    if let Some(word) = release.and_then(|release| release.word) {
        let _ = writeln!(text, "newest      {}", said(&word, surroundings.now));
    }
    let release_is_gone = is_none && folder.key()?.is_some();
    let files = files::look(folder.path(), surroundings.program.as_deref(), release_is_gone);
    let computer = (surroundings.computer)();
    let mut lines = files::judge(&files);
    lines.extend(computer.desk.iter().flat_map(phone::judge));
    lines.extend(programs::judge(computer.running.as_deref()));
    text.extend(lines.iter().map(Line::text));
    Ok(print(surroundings, &text)?)
}

/// One thing that was looked at, and what to do where something is wrong.
#[derive(Debug)]
struct Line {
    about: &'static str,
    said: String,
    next: Vec<String>,
}

impl Line {
    fn text(&self) -> String {
        let mut text = format!("{:<10}  {}\n", self.about, shown(&self.said));
        for next in &self.next {
            let _ = writeln!(text, "{:<12}{}", "", shown(next));
        }
        text
    }
}

fn said(word: &Checkpoint, now: Timestamp) -> String {
    let (day, ago) = (day(word.time), ago(word.time, now));
    if now < word.until {
        format!("as the exchange said on {day} ({ago})")
    } else {
        format!("not known: the exchange last said so on {day} ({ago}); get the newest release")
    }
}
