//! How the app shows itself: its name in every language, and the picture beside it, for every icon
//! that opens it and for the list in the settings. A picture made of layers is looked at layer by
//! layer.

use std::collections::BTreeMap;
use std::rc::Rc;

use unwatched_model::report::Icon;

use super::Analysis;
use super::code::Collected;
use crate::findings::{guarded, shortened};
use crate::manifest::{Face, Manifest, Name, Picture};
use crate::resources::Resources;
use crate::zip::{Archive, Entry};
use crate::{axml, drawing, picture};

/// A layer may stand for another one; more is a loop.
const MAX_LAYERS: usize = 6;
/// The longest file of a picture.
const MAX_PICTURE_BYTES: usize = 4 << 20;
const MAX_LABEL_CHARS: usize = 200;
/// More names and pictures than real apps choose between are not looked at.
const MAX_FACES: usize = 40;
const MAX_PICTURES: usize = 4;
/// No picture in points of which nothing is seen takes more, at the size of an icon.
const MAX_BLANK_BYTES: u64 = 2048;
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
    /// The names and pictures of every face; the report tells the first, which is what people see.
    pub(super) fn pictured(
        &mut self,
        archive: &Archive<'a>,
        manifest: &mut Manifest,
        resources: Option<&Resources<'_>>,
    ) {
        let faces = manifest.faces();
        self.report.label = faces.iter().find_map(|face| face.label.clone());
        for (at, face) in faces.iter().take(MAX_FACES).enumerate() {
            let languages = face.label_id.zip(resources);
            let languages = languages.map(|(id, resources)| resources.translations(id));
            let languages: BTreeMap<String, String> = languages
                .into_iter()
                .flatten()
                .map(|(language, label)| (language, shortened(&label, MAX_LABEL_CHARS)))
                .collect();
            let labels = face.label.iter().chain(languages.values());
            for label in labels {
                if !manifest.names.iter().any(|known| known.label == *label) {
                    let (label, place) = (label.clone(), face.place.clone());
                    manifest.names.push(Name { label, place });
                }
            }
            if at == 0 {
                self.report.labels = languages;
            }
        }
        let Some(resources) = resources else { return };
        self.icons(archive, manifest, resources, &faces);
        let first = faces.first().filter(|face| face.icon_id.is_some());
        self.report.icon = first.and(manifest.icons.first()).map(|picture| picture.icon.clone());
    }

    /// The words of its names that stand in the manifest; those of resources are looked at there.
    pub(super) fn name_texts(manifest: &Manifest, collected: &mut Collected<'_>) {
        let Collected { rules, texts, .. } = collected;
        for Name { label, place } in &manifest.names {
            for found in &rules.search(label) {
                texts.add(found, label, place, false);
            }
        }
    }

    /// Each picture once, that of the first face first.
    fn icons(
        &mut self,
        archive: &Archive<'a>,
        manifest: &mut Manifest,
        resources: &Resources<'_>,
        faces: &[Face],
    ) {
        let mut known: Vec<u32> = Vec::new();
        for face in faces {
            let Some(id) = face.icon_id.filter(|id| !known.contains(id)) else { continue };
            if known.len() == MAX_PICTURES {
                return;
            }
            known.push(id);
            let Some(mut icon) = self.picture(archive, resources, id) else { continue };
            if let Some(round) = face.round_id.filter(|round| *round != id)
                && !icon.invisible
                && self.is_blank_round(archive, resources, round)
            {
                let path = resources.files(round).into_iter().next();
                icon.path = path.map_or(icon.path, |path| path.to_string());
                icon.invisible = true;
            }
            // The settings show it as well; it is one of the apps' only without an entry.
            manifest.icons.push(Picture { icon, shown: face.shown });
        }
    }

    /// Whether a round picture is blank: a blank one is a small file, and only such are opened.
    fn is_blank_round(
        &mut self,
        archive: &Archive<'a>,
        resources: &Resources<'_>,
        id: u32,
    ) -> bool {
        let files = resources.files(id);
        let small = |path: &Rc<str>| {
            archive.find(path).is_some_and(|entry| entry.declared <= MAX_BLANK_BYTES)
        };
        let blank = id == PLATFORM_TRANSPARENT || resources.colour(id).is_some();
        (blank || files.first().is_some_and(small))
            && matches!(self.seen(archive, resources, id, &mut 0), Seen::Nothing)
    }

    fn picture(
        &mut self,
        archive: &Archive<'a>,
        resources: &Resources<'_>,
        id: u32,
    ) -> Option<Icon> {
        if id >> 24 == PLATFORM {
            let blank = id == PLATFORM_TRANSPARENT;
            return Some(Icon {
                path: format!("@android:{id:#010x}"),
                invisible: blank,
                look: None,
                resembles: (!blank).then(|| "a picture of Android itself".to_owned()),
            });
        }
        let path = match resources.files(id).into_iter().next() {
            Some(path) => path.to_string(),
            None => format!("{:#010x}", resources.colour(id)?),
        };
        let (invisible, digest) = match self.seen(archive, resources, id, &mut 0) {
            Seen::Nothing => (true, None),
            Seen::Something { digest } => (false, digest),
            Seen::Unknown => (false, None),
        };
        let look = digest.map(|digest| format!("{digest:016x}"));
        Some(Icon { path, invisible, look, resembles: None })
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
            let is_drawing = |path: &&Rc<str>| path.ends_with(".xml");
            let drawing = files.iter().find(is_drawing).and_then(|path| archive.find(path));
            // Newer phones take the drawing: what it does not show, they do not.
            let is_hidden = drawing.cloned().is_some_and(|entry| {
                matches!(self.drawing(archive, resources, &entry, layers), Some(Seen::Nothing))
            });
            let shown = Seen::Something { digest: look.digest };
            return if look.invisible || is_hidden { Seen::Nothing } else { shown };
        }
        match guarded(|| axml::read(&data, &entry.name)) {
            Some(Ok(drawing)) => self.drawn(archive, resources, &drawing, layers),
            _ => Seen::Unknown,
        }
    }

    fn drawing(
        &mut self,
        archive: &Archive<'a>,
        resources: &Resources<'_>,
        entry: &Entry,
        layers: &mut usize,
    ) -> Option<Seen> {
        let data = self.read_entry(archive, entry, MAX_PICTURE_BYTES)?;
        let drawing = guarded(|| axml::read(&data, &entry.name))?.ok()?;
        Some(self.drawn(archive, resources, &drawing, layers))
    }

    /// A drawing in XML: nothing is seen where it shows nothing and none of its layers does.
    fn drawn(
        &mut self,
        archive: &Archive<'a>,
        resources: &Resources<'_>,
        document: &axml::Document,
        layers: &mut usize,
    ) -> Seen {
        let Some(drawing) = guarded(|| drawing::read(document, |id| resources.colour(id))) else {
            return Seen::Unknown;
        };
        let mut all = match (drawing.shows, drawing.known) {
            (true, _) => Seen::Something { digest: None },
            (false, true) => Seen::Nothing,
            (false, false) => Seen::Unknown,
        };
        for id in drawing.layers {
            // The upper layer comes later and says more of how the whole looks.
            match self.seen(archive, resources, id, layers) {
                Seen::Nothing => {}
                Seen::Something { digest: None } => {
                    if !matches!(all, Seen::Something { digest: Some(_) }) {
                        all = Seen::Something { digest: None };
                    }
                }
                seen => all = seen,
            }
        }
        all
    }
}

fn seen_colour(colour: u32) -> Seen {
    if drawing::is_transparent(colour) { Seen::Nothing } else { Seen::Something { digest: None } }
}
