//! Signatures that the operator hands in as files: those that fit are taken, and each other is named
//! with its reason.

use std::path::PathBuf;

use crate::refusal::{Refusal, refused};
use crate::release::key_sets::NotTaken;

/// What was read of the files.
pub(super) struct HandedIn {
    /// The signatures.
    pub(super) texts: Vec<String>,
    /// Where each lay.
    files: Vec<PathBuf>,
    /// Files that did not read, each with its reason.
    unread: Vec<String>,
}

impl HandedIn {
    /// Reads them.
    pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let (mut texts, mut files, mut unread) = (Vec::new(), Vec::new(), Vec::new());
        for path in paths {
            match std::fs::read_to_string(path) {
                Ok(text) => {
                    texts.push(text);
                    files.push(path.clone());
                }
                Err(error) => unread.push(format!("{} cannot be read: {error}", path.display())),
            }
        }
        match unread.first() {
            Some(first) if texts.is_empty() => Err(refused(first)),
            _ => Ok(Self { texts, files, unread }),
        }
    }

    /// What became of them; where it was refused as a whole, which files it was about.
    pub(super) fn explained<T>(&self, signed: anyhow::Result<T>) -> anyhow::Result<T> {
        if signed.is_err() {
            let named = self.files.iter().map(|file| format!("not taken: {}", file.display()));
            for line in named.chain(self.unread.iter().cloned()) {
                eprintln!("{line}");
            }
        }
        signed
    }

    /// Names those that were not taken.
    ///
    /// # Errors
    /// [`Refusal::SomeFailed`] where there is one.
    pub(super) fn end(self, not_taken: Vec<NotTaken>) -> anyhow::Result<()> {
        let why = not_taken
            .into_iter()
            .map(|one| format!("{}: {}", self.files[one.place].display(), one.why));
        let lines: Vec<_> = self.unread.iter().cloned().chain(why).collect();
        for line in &lines {
            eprintln!("not taken: {line}");
        }
        if lines.is_empty() {
            return Ok(());
        }
        let all = self.files.len() + self.unread.len();
        let message =
            format!("{} of {all} signatures were not taken; the others were", lines.len());
        Err(Refusal::SomeFailed(message).into())
    }
}
