//! What a file with an app in pieces says of itself: `manifest.json` of an `.xapk`, `info.json` of an
//! `.apkm`. It helps to find the app among the pieces and is believed no further: who the app is
//! follows from the pieces.

use serde::Deserialize;

use super::Analysis;
use crate::findings::{anomaly, shortened};
use crate::zip::Archive;

const XAPK: &str = "manifest.json";
const APKM: &str = "info.json";
/// A list names some dozens of pieces; it is not longer.
const MAX_LIST_BYTES: usize = 1 << 20;
const MAX_NAME_CHARS: usize = 200;

/// What the list says; nothing where there is none.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Where it stands.
    place: &'static str,
    pub(super) package: Option<String>,
    /// The path of the app itself.
    pub(super) base: Option<String>,
}

/// The parts of both lists that are asked for.
#[derive(Deserialize)]
struct List {
    #[serde(alias = "pname")]
    package_name: Option<String>,
    #[serde(default)]
    split_apks: Vec<Split>,
}

#[derive(Deserialize)]
struct Split {
    id: Option<String>,
    file: Option<String>,
}

impl<'a> Analysis<'a> {
    /// Reads the list; what is wrong with it is told.
    pub(super) fn bundle_list(&mut self, archive: &Archive<'a>) -> Listed {
        for place in [XAPK, APKM] {
            let Some(entry) = archive.find(place).cloned() else { continue };
            let Some(data) = self.read_entry(archive, &entry, MAX_LIST_BYTES) else { continue };
            match serde_json::from_slice::<List>(&data) {
                Ok(list) => {
                    let mut splits = list.split_apks.into_iter();
                    let base = splits.find(|split| split.id.as_deref() == Some("base"));
                    let package = list.package_name;
                    return Listed { place, package, base: base.and_then(|split| split.file) };
                }
                Err(error) => {
                    let what = format!("the list of the app's pieces could not be read: {error}");
                    self.problem(&what, place);
                }
            }
        }
        Listed::default()
    }

    /// Says where the list and the pieces are at odds.
    pub(super) fn note_list_differs(&mut self, listed: &Listed, base: &str, package: Option<&str>) {
        let mut differs = |what: String| {
            self.report.anomalies.push(anomaly("bundle_list_differs", what, listed.place));
        };
        let short = |text: &str| shortened(text, MAX_NAME_CHARS);
        if let Some(named) = listed.package.as_deref().filter(|named| Some(*named) != package) {
            let is = package.map_or_else(|| "one without a name".to_owned(), short);
            differs(format!("it says that the app is {}, and the app is {is}", short(named)));
        }
        if let Some(named) = listed.base.as_deref().filter(|named| *named != base) {
            let (named, is) = (short(named), short(base));
            differs(format!("it says that the app is in {named}, and the app was found in {is}"));
        }
    }
}
