//! Whether more than one acquisition lies at a path. Two phones must never be read as one, and a
//! second acquisition must not be passed over: whoever asks says which one is meant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use unwatched_device::android::getprop::GetpropParser;
use unwatched_device::android::parse;
use unwatched_device::evidence::{ArtefactKind, EvidenceKind};

use crate::container::Container;
use crate::layout::{self, AQF_MARKS, Layout, OWN_FOLDERS, file_name, has_extension};
use crate::text::Text;

/// How deep in an archive an acquisition may lie.
const MAX_DEPTH: usize = 4;
/// What names a bugreport's text.
const ENTRY: &str = "main_entry.txt";
/// How much of `getprop`'s output is looked at for what tells phones apart.
const PROPERTIES_BYTES: u64 = 256 << 10;

/// What lies in a container and could be named by itself: folders without a slash at their end
/// (the container itself is empty), bugreports' texts and ZIPs.
pub(crate) fn acquisitions(container: &mut Container, path: &Path) -> Vec<String> {
    let names = container.names();
    let of_aqf = |name: &str| AQF_MARKS.contains(&file_name(name));
    let of_report = |name: &str| layout::is_bugreport_text(name) || file_name(name) == ENTRY;
    let folders = folders(&names, |name| of_aqf(name) || of_report(name));
    let is_own = |name: &str| folders.iter().any(|folder| is_own_file(folder, name));
    let near = names.iter().copied().filter(|name| depth(name) <= MAX_DEPTH && !is_own(name));
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut texts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in near {
        if of_aqf(name) || file_name(name) == ENTRY {
            found.insert(folder_of(name).to_owned());
        } else if layout::is_bugreport_text(name) {
            texts.entry(folder_of(name)).or_default().push(name);
        } else if has_extension(name, "zip") && layout::is_named_like_a_report(name) {
            found.insert(name.to_owned());
        }
    }
    let with_aqf: BTreeSet<_> =
        names.iter().filter(|name| of_aqf(name)).map(|name| folder_of(name)).collect();
    for (folder, texts) in texts {
        if layout::are_of_one(&texts) {
            // Among the files of another acquisition it is a second one.
            let what = if with_aqf.contains(folder) { texts[0] } else { folder };
            found.insert(what.to_owned());
        } else {
            if !with_aqf.contains(folder) {
                found.remove(folder);
            }
            found.extend(texts.iter().map(|text| (*text).to_owned()));
        }
    }
    if container.is_folder() && !found.is_empty() {
        // What lies deeper in a folder is not listed, but could have been meant.
        let inside = layout::evidence_inside(path).into_iter();
        found.extend(inside.filter(|name| name != "bugreport.zip" && !has_extension(name, "age")));
    }
    found.into_iter().collect()
}

/// Folders that hold a file of such a name, but none that lies in another's own folders: a phone's
/// files may be called anything.
fn folders<'n>(names: &[&'n str], is_mark: impl Fn(&str) -> bool) -> Vec<&'n str> {
    let marked = names.iter().filter(|name| depth(name) <= MAX_DEPTH && is_mark(name));
    let mut all: Vec<_> = marked.map(|name| folder_of(name)).collect();
    all.sort_by_key(|folder| (folder.len(), *folder));
    all.dedup();
    let mut kept: Vec<&str> = Vec::new();
    for folder in all {
        let mark = format!("{folder}/x");
        if !kept.iter().any(|outer| *outer != folder && is_own_file(outer, &mark)) {
            kept.push(folder);
        }
    }
    kept
}

/// Whether a file lies where the acquisition in that folder keeps what it copied, or is the
/// bugreport that it had made.
fn is_own_file(folder: &str, name: &str) -> bool {
    let rest = match folder {
        "" => Some(name),
        folder => name.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')),
    };
    let own = |rest: &str| OWN_FOLDERS.contains(&rest.split('/').next().unwrap_or_default());
    rest.is_some_and(|rest| rest == "bugreport.zip" || (rest.contains('/') && own(rest)))
}

fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn depth(name: &str) -> usize {
    name.matches('/').count()
}

/// Single commands' output of more than one phone: what each phone's lies in.
pub(crate) fn mixed(container: &mut Container, layout: &Layout) -> Vec<String> {
    if layout.kind != EvidenceKind::Dumps {
        return Vec::new();
    }
    let mut by_kind: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for member in &layout.members {
        by_kind.entry(format!("{:?}", member.kind)).or_default().push(&member.name);
    }
    let twice = |names: &&Vec<&str>| {
        names.iter().map(|name| folder_of(name)).collect::<BTreeSet<_>>().len() > 1
    };
    if let Some(names) = by_kind.values().find(twice) {
        return names.iter().map(|name| (*name).to_owned()).collect();
    }
    let of = |kind: &ArtefactKind| by_kind.get(&format!("{kind:?}")).cloned().unwrap_or_default();
    let dumps = of(&ArtefactKind::Dump);
    if dumps.len() > 1 {
        return dumps.into_iter().map(str::to_owned).collect();
    }
    let properties = of(&ArtefactKind::Getprop);
    let phones: BTreeSet<_> = properties
        .iter()
        .filter_map(|name| {
            let head = container.head(name, PROPERTIES_BYTES);
            let text = Text::of(&head).head(&head).into_owned();
            let read = parse(GetpropParser::default(), &String::from_utf8_lossy(&text)).value;
            read.model.map(|model| (read.maker, model))
        })
        .collect();
    if phones.len() > 1 {
        return properties.into_iter().map(str::to_owned).collect();
    }
    Vec::new()
}
