//! The community's files to a [`Dataset`]. A wrongly typed field costs that field, an unknown key
//! is kept, and a file that breaks off keeps the entries before the break; each is a problem.

use super::dataset::{Dataset, Entry, Field, List, Problem};
use super::samples;
use super::yaml::{self, Node, Value};

/// The bytes of the three files; `None` for one that is not there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// `ioc.yaml`.
    pub ioc: Option<&'a [u8]>,
    /// `watchware.yaml`.
    pub watchware: Option<&'a [u8]>,
    /// `samples.csv`.
    pub samples: Option<&'a [u8]>,
}

/// What was read, and what was not as expected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The values.
    pub dataset: Dataset,
    /// What was odd, file by file in order.
    pub problems: Vec<Problem>,
    /// Whether every file was read to its end. Where not, entries are missing.
    pub complete: bool,
}

/// The bytes are not the community's files at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} is not the community's file of that name: {why}")]
pub struct NotCommunityFiles {
    /// The file.
    pub file: &'static str,
    /// What was found instead.
    pub why: String,
}

/// Reads the files that are there.
///
/// # Errors
/// [`NotCommunityFiles`] when none is given, or when one is something else altogether.
pub fn parse(sources: &Sources<'_>) -> Result<Parsed, NotCommunityFiles> {
    let mut parsed = Parsed { complete: true, ..Parsed::default() };
    if sources.ioc.is_none() && sources.watchware.is_none() && sources.samples.is_none() {
        let why = "neither it nor watchware.yaml nor samples.csv is there".to_owned();
        return Err(NotCommunityFiles { file: List::Stalkerware.file_name(), why });
    }
    for (list, bytes) in [(List::Stalkerware, sources.ioc), (List::Watchware, sources.watchware)] {
        if let Some(bytes) = bytes {
            read_list(list, bytes, &mut parsed)?;
        }
    }
    if let Some(bytes) = sources.samples {
        samples::read(bytes, &mut parsed)?;
    }
    report_values_no_kind_can_hold(&mut parsed);
    Ok(parsed)
}

/// Text without its byte order mark.
pub(super) fn text_of<'a>(
    file: &'static str,
    bytes: &'a [u8],
) -> Result<&'a str, NotCommunityFiles> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| NotCommunityFiles { file, why: "it is not UTF-8 text".to_owned() })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn read_list(list: List, bytes: &[u8], parsed: &mut Parsed) -> Result<(), NotCommunityFiles> {
    let file = list.file_name();
    let tree = yaml::read(text_of(file, bytes)?);
    let mut problems = Problems { file, entry: None, list: &mut parsed.problems };
    for (line, what) in tree.odd {
        problems.add(line, what);
    }
    match tree.root {
        Some(Node { value: Value::List(items), .. }) => {
            let entries = items.into_iter().filter_map(|item| entry(list, item, &mut problems));
            parsed.dataset.entries.extend(entries);
        }
        Some(node) if !node.is_nothing() => {
            let why = "expected a list of entries, each with a name".to_owned();
            return Err(NotCommunityFiles { file, why });
        }
        _ if tree.broken.is_none() => {}
        _ => {
            let why = "it is not YAML".to_owned();
            return Err(NotCommunityFiles { file, why });
        }
    }
    if let Some((line, why)) = tree.broken {
        problems.entry = None;
        problems.add(line, format!("broken off, {why}: the entries from here on are missing"));
        parsed.complete = false;
    }
    Ok(())
}

/// Collects problems of one file, and of one entry at a time.
struct Problems<'a> {
    file: &'static str,
    entry: Option<String>,
    list: &'a mut Vec<Problem>,
}

impl Problems<'_> {
    fn add(&mut self, line: u64, what: impl Into<String>) {
        let entry = self.entry.clone();
        self.list.push(Problem { file: self.file, entry, line: Some(line), what: what.into() });
    }
}

fn entry(list: List, item: Node, problems: &mut Problems<'_>) -> Option<Entry> {
    problems.entry = None;
    let Value::Map(pairs) = item.value else {
        problems.add(item.line, "expected an entry with a name: left out");
        return None;
    };
    let name = pairs.iter().find_map(|(key, node)| match &node.value {
        Value::Scalar { text, .. } if key == "name" && !text.is_empty() => Some(text.clone()),
        _ => None,
    });
    let Some(name) = name else {
        problems.add(item.line, "an entry without a name: left out");
        return None;
    };
    problems.entry = Some(name.clone());
    let mut entry = Entry { type_word: None, ..Entry::new(list, name) };
    let mut seen = Vec::new();
    for (key, node) in pairs {
        report_repeated(&mut seen, &key, node.line, problems);
        match key.as_str() {
            "name" => {}
            "names" => {
                let names = strings(&key, node, problems);
                entry.names.get_or_insert_default().extend(names);
            }
            "type" => entry.type_word = type_word(list, node, problems).or(entry.type_word),
            "c2" => c2(node, &mut entry, problems),
            _ => field(&key, &key, node, &mut entry, problems),
        }
    }
    Some(entry)
}

fn type_word(list: List, node: Node, problems: &mut Problems<'_>) -> Option<String> {
    let Value::Scalar { text, .. } = node.value else {
        problems.add(node.line, "type: expected one word, left out");
        return None;
    };
    if text != list.class().as_str() {
        problems.add(node.line, format!("type {text:?} in {}", list.file_name()));
    }
    Some(text)
}

fn c2(node: Node, entry: &mut Entry, problems: &mut Problems<'_>) {
    if node.is_nothing() {
        return;
    }
    let line = node.line;
    let Value::Map(pairs) = node.value else {
        problems.add(line, "c2: expected the keys ips and domains, kept as it stands");
        entry.unknown.push(("c2".to_owned(), node.into_verbatim()));
        return;
    };
    let mut seen = Vec::new();
    for (key, node) in pairs {
        report_repeated(&mut seen, &key, node.line, problems);
        field(&format!("c2.{key}"), &key, node, entry, problems);
    }
}

fn field(path: &str, key: &str, node: Node, entry: &mut Entry, problems: &mut Problems<'_>) {
    let under_c2 = path != key;
    let Some(field) = Field::from_key(path) else {
        problems.add(node.line, format!("unknown key {path:?}: kept as it stands"));
        let kept = if under_c2 { &mut entry.unknown_c2 } else { &mut entry.unknown };
        kept.push((key.to_owned(), node.into_verbatim()));
        return;
    };
    if field == Field::C2Ip {
        problems.add(node.line, "c2.ip is misspelt for c2.ips: read as addresses");
    }
    for value in strings(path, node, problems) {
        entry.push(field, value);
    }
}

fn report_repeated(seen: &mut Vec<String>, key: &str, line: u64, problems: &mut Problems<'_>) {
    if seen.iter().any(|earlier| earlier == key) {
        problems.add(line, format!("key {key:?} a second time: the values of both are taken"));
    } else {
        seen.push(key.to_owned());
    }
}

/// The texts of a list. A single text counts as a list of one.
fn strings(key: &str, node: Node, problems: &mut Problems<'_>) -> Vec<String> {
    if node.is_nothing() {
        return Vec::new();
    }
    match node.value {
        Value::List(items) => {
            items.into_iter().filter_map(|item| string(key, item, problems)).collect()
        }
        Value::Scalar { text, .. } => {
            problems.add(node.line, format!("{key}: expected a list, taken as a list of one"));
            vec![text]
        }
        Value::Map(_) => {
            problems.add(node.line, format!("{key}: expected a list, found keys: left out"));
            Vec::new()
        }
    }
}

fn string(key: &str, item: Node, problems: &mut Problems<'_>) -> Option<String> {
    let nothing = item.is_nothing();
    match item.value {
        Value::Scalar { text, .. } if nothing || text.trim().is_empty() => {
            problems.add(item.line, format!("{key}: an empty value, left out"));
            None
        }
        Value::Scalar { text, .. } => Some(text),
        Value::List(_) | Value::Map(_) => {
            problems.add(item.line, format!("{key}: expected text, left out"));
            None
        }
    }
}

/// Values stay in the dataset all the same; nobody can match them.
fn report_values_no_kind_can_hold(parsed: &mut Parsed) {
    for pair in parsed.dataset.listed_pairs() {
        if pair.is_derived() {
            continue;
        }
        if let Err(error) = pair.kind.normalise(pair.value) {
            let (file, line) = match pair.row {
                Some(row) => (samples::FILE_NAME, Some(row as u64 + 2)),
                None => (parsed.dataset.entries[pair.entry].list.file_name(), None),
            };
            let entry = Some(parsed.dataset.entries[pair.entry].name.clone());
            let what = format!("{error}: kept, but nothing can match it");
            parsed.problems.push(Problem { file, entry, line, what });
        }
    }
}
