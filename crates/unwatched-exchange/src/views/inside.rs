//! What a file is made of: its names and icon, the apps inside it, what it was made and packed
//! with, its native libraries.

use unwatched_model::report::{Icon, NativeLibrary, Part, PartKind, Report, Trace};

use crate::views::words;

/// More names, libraries and methods than these are counted.
const MOST_SHOWN: usize = 12;

/// An app inside the file.
pub(crate) struct PartView {
    pub(crate) kind: &'static str,
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) size: String,
    pub(crate) sha256: String,
    /// What another app can do, in the rules' ids.
    pub(crate) capabilities: String,
}

/// A native library.
pub(crate) struct NativeView {
    pub(crate) path: String,
    pub(crate) abi: String,
    pub(crate) implements: Vec<String>,
    pub(crate) more: usize,
}

/// What a file is made of.
pub(crate) struct InsideView {
    /// `language: name`, where languages have names of their own.
    pub(crate) labels: Vec<String>,
    pub(crate) more_labels: usize,
    /// What is to be said of the icon; empty when there is none.
    pub(crate) icon: String,
    pub(crate) icon_path: String,
    pub(crate) parts: Vec<PartView>,
    /// `framework: name`, with the place.
    pub(crate) traces: Vec<(String, String)>,
    pub(crate) native: Vec<NativeView>,
    pub(crate) more_native: usize,
}

impl InsideView {
    /// `None` when the report says nothing of the kind.
    pub(crate) fn of(report: &Report) -> Option<Self> {
        let labels = report.labels.iter();
        let labels = labels.map(|(language, name)| words::shown(&format!("{language}: {name}")));
        let native = report.native.iter().map(native);
        let view = Self {
            labels: labels.take(MOST_SHOWN).collect(),
            more_labels: report.labels.len().saturating_sub(MOST_SHOWN),
            icon: report.icon.as_ref().map(icon).unwrap_or_default(),
            icon_path: report.icon.as_ref().map(|one| words::shown(&one.path)).unwrap_or_default(),
            parts: report.parts.iter().map(part).collect(),
            traces: report.traces.iter().map(trace).collect(),
            native: native.take(MOST_SHOWN).collect(),
            more_native: report.native.len().saturating_sub(MOST_SHOWN),
        };
        (!view.is_empty()).then_some(view)
    }

    fn is_empty(&self) -> bool {
        self.labels.is_empty()
            && self.icon.is_empty()
            && self.parts.is_empty()
            && self.traces.is_empty()
            && self.native.is_empty()
    }
}

fn icon(icon: &Icon) -> String {
    match (&icon.resembles, icon.invisible) {
        (_, true) => "Nothing of its icon can be seen.".to_owned(),
        (Some(what), false) => format!("Its icon looks like the system’s: {}.", words::shown(what)),
        (None, false) => "It has an icon of its own.".to_owned(),
    }
}

fn part(part: &Part) -> PartView {
    let kind = match part.kind {
        PartKind::Base => "the app itself",
        PartKind::Split => "a piece of it",
        PartKind::App => "another app",
    };
    let name = part.label.as_deref().or(part.package.as_deref()).unwrap_or_default();
    PartView {
        kind,
        path: words::shown(&part.path),
        name: words::shown(name),
        size: words::size(part.size_bytes),
        sha256: part.sha256.to_string(),
        capabilities: words::list(
            &part.capabilities.iter().map(|id| words::plain(id)).collect::<Vec<_>>(),
        ),
    }
}

fn trace(trace: &Trace) -> (String, String) {
    let what = format!("{}: {}", words::plain(&trace.kind), trace.name);
    (words::shown(&what), words::shown(&trace.place))
}

fn native(library: &NativeLibrary) -> NativeView {
    let shown = library.implements.iter().take(MOST_SHOWN);
    let cut = library.implements.len().saturating_sub(MOST_SHOWN);
    NativeView {
        path: words::shown(&library.path),
        abi: words::shown(&library.abi),
        implements: shown.map(|method| words::shown(method)).collect(),
        more: cut + library.implements_left_out,
    }
}
