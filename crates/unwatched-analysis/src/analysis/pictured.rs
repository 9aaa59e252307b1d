//! How the app shows itself: its name in every language, and the picture beside it. A picture made
//! of layers is looked at layer by layer.

use unwatched_model::report::Icon;

use super::Analysis;
use crate::axml::{self, Value};
use crate::findings::{guarded, shortened};
use crate::manifest::Manifest;
use crate::picture;
use crate::resources::Resources;
use crate::zip::Archive;

/// A layer may stand for another one; more is a loop.
const MAX_LAYERS: usize = 6;
/// The longest file of a picture.
const MAX_PICTURE_BYTES: usize = 4 << 20;
const MAX_LABEL_CHARS: usize = 200;
/// Resources of Android itself have this package.
const PLATFORM: u32 = 0x01;
/// `@android:color/transparent`.
const PLATFORM_TRANSPARENT: u32 = 0x0106_000d;

/// What was seen of a picture or one of its layers.
enum Seen {
    Nothing,
    Something { digest: Option<u64> },
    Unknown,
}

impl<'a> Analysis<'a> {
    pub(super) fn pictured(
        &mut self,
        archive: &Archive<'a>,
        manifest: &Manifest,
        resources: Option<&Resources<'_>>,
    ) {
        let Some(resources) = resources else { return };
        if let Some(id) = manifest.label_id {
            let labels = resources.translations(id).into_iter();
            self.report.labels = labels
                .map(|(language, label)| (language, shortened(&label, MAX_LABEL_CHARS)))
                .collect();
        }
        let Some(id) = manifest.icon_id else { return };
        if id >> 24 == PLATFORM {
            self.report.icon = Some(Icon {
                path: format!("@android:{id:#010x}"),
                invisible: false,
                look: None,
                resembles: Some("a picture of Android itself".to_owned()),
            });
            return;
        }
        let Some(path) = resources.files(id).into_iter().next() else { return };
        let seen = self.seen(archive, resources, id, &mut 0);
        let (invisible, digest) = match seen {
            Seen::Nothing => (true, None),
            Seen::Something { digest } => (false, digest),
            Seen::Unknown => (false, None),
        };
        let look = digest.map(|digest| format!("{digest:016x}"));
        self.report.icon = Some(Icon { path: path.to_string(), invisible, look, resembles: None });
    }

    fn seen(
        &mut self,
        archive: &Archive<'a>,
        resources: &Resources<'_>,
        id: u32,
        layers: &mut usize,
    ) -> Seen {
        *layers += 1;
        if *layers > MAX_LAYERS {
            return Seen::Unknown;
        }
        if id == PLATFORM_TRANSPARENT {
            return Seen::Nothing;
        }
        if let Some(colour) = resources.colour(id) {
            return seen_colour(colour);
        }
        let files = resources.files(id);
        let is_picture = |path: &str| matches!(path.rsplit('.').next(), Some("png" | "webp"));
        // A picture in points says more than a drawing of layers.
        let path = files.iter().find(|path| is_picture(path)).or_else(|| files.first());
        let Some(entry) = path.and_then(|path| archive.find(path)).cloned() else {
            return Seen::Unknown;
        };
        let Some(data) = self.read_entry(archive, &entry, MAX_PICTURE_BYTES) else {
            return Seen::Unknown;
        };
        if let Some(look) = guarded(|| picture::look(&data)).flatten() {
            let shown = Seen::Something { digest: look.digest };
            return if look.invisible { Seen::Nothing } else { shown };
        }
        match guarded(|| axml::read(&data, &entry.name)) {
            Some(Ok(drawing)) => self.drawn(archive, resources, &drawing, layers),
            _ => Seen::Unknown,
        }
    }

    /// A drawing in XML: nothing is seen where none of its layers shows anything.
    fn drawn(
        &mut self,
        archive: &Archive<'a>,
        resources: &Resources<'_>,
        drawing: &axml::Document,
        layers: &mut usize,
    ) -> Seen {
        let root = drawing.elements.first().map(|root| root.name.to_string()).unwrap_or_default();
        if root == "vector" {
            let draws = drawing.elements.iter().any(|element| &*element.name == "path");
            return if draws { Seen::Something { digest: None } } else { Seen::Nothing };
        }
        let mut all = Seen::Nothing;
        let mut any_layer = false;
        for element in &drawing.elements {
            let Some(Value::Resource(id)) =
                element.attribute("drawable").or_else(|| element.attribute("src"))
            else {
                continue;
            };
            any_layer = true;
            // The upper layer comes later and says more of how the whole looks.
            match self.seen(archive, resources, *id, layers) {
                Seen::Nothing => {}
                Seen::Something { digest: None } => {
                    if !matches!(all, Seen::Something { digest: Some(_) }) {
                        all = Seen::Something { digest: None };
                    }
                }
                seen => all = seen,
            }
        }
        let nested = drawing.elements.len() > 1 && !any_layer;
        if nested || drawing.elements.is_empty() { Seen::Unknown } else { all }
    }
}

fn seen_colour(colour: u32) -> Seen {
    if colour >> 24 < 12 { Seen::Nothing } else { Seen::Something { digest: None } }
}
