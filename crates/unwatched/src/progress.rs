//! How far reading has come, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use unwatched_device::Progress;

/// One line that is gone when the check is done.
pub(crate) struct ProgressLine {
    bar: ProgressBar,
}

impl ProgressLine {
    pub(crate) fn new(shown: bool) -> Self {
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bar: ProgressBar::with_draw_target(None, target).with_style(style(false)) }
    }

    pub(crate) fn update(&self, progress: Progress<'_>) {
        if self.bar.message() != progress.place {
            // The style first: whatever is set draws.
            self.bar.set_style(style(progress.total_bytes.is_some()));
            self.bar.set_message(progress.place.to_owned());
        }
        if let Some(total) = progress.total_bytes {
            self.bar.set_length(total);
        }
        self.bar.set_position(progress.read_bytes);
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// One line that says what is being done, and is gone when it is done.
pub(crate) struct StepLine {
    bar: ProgressBar,
}

impl StepLine {
    pub(crate) fn new(shown: bool) -> Self {
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{msg} ({elapsed})").expect("it is well formed");
        Self { bar: ProgressBar::with_draw_target(None, target).with_style(style) }
    }

    pub(crate) fn update(&self, words: &str) {
        self.bar.set_message(words.to_owned());
        self.bar.tick();
    }
}

impl Drop for StepLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(knows_total: bool) -> ProgressStyle {
    let template = if knows_total {
        "reading {msg} {wide_bar} {bytes} of {total_bytes}"
    } else {
        "reading {msg} {bytes}"
    };
    ProgressStyle::with_template(template).expect("the templates are well formed")
}
