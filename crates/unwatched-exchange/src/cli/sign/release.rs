//! What a release is said to be before somebody signs it: its files as they lie beside the index,
//! by format, and what changed against the release before, where that lies beside, too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use anyhow::Context as _;
use serde_json::Value;
use unwatched_formats::feed::delta::{self, Side};
use unwatched_formats::feed::lines::FILE_NAME;
use unwatched_formats::release::{Index, IndexFile};
use unwatched_model::text::shown;

use crate::refusal::refused;
use crate::release::{INDEX, sha256};

/// Where `admin release draft` puts what is needed of the release before.
pub(in crate::cli) const PREVIOUS: &str = "previous";

/// How many changes of each kind are shown; with `--list` all are.
const SHOWN: usize = 10;

/// How a release is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Whether each file and each change is named.
    pub(super) list: bool,
    /// Whether files that are not beside are passed over.
    pub(super) without_files: bool,
}

/// The lines to read before signing. The first goes into the signature.
///
/// # Errors
/// A refusal where a file that the index lists is another one beside it, or is not there.
pub(super) fn described(file: &Path, index: &Index, look: Look) -> anyhow::Result<Vec<String>> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let absent = absent(file, folder, index)?;
    if let Some(first) = absent.first().filter(|_| !look.without_files) {
        let more = match absent.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        return Err(refused(format!(
            "{}{more}, which {} lists, is not there: fetch the whole folder that `admin release \
             draft` writes, and look at it; --without-files signs the index alone",
            folder.join(first).display(),
            file.display()
        )));
    }
    let mut lines = vec![
        format!("unwatched release {}, made {}", index.sequence, index.published),
        format!("  good until {}, {} recalls", index.expires, index.recalls.len()),
        by_format(&index.files),
    ];
    if !absent.is_empty() {
        lines.push(format!("  {} of them not looked at: they are not beside", absent.len()));
    }
    if look.list {
        lines.extend(index.files.iter().map(|listed| {
            let found = if absent.contains(&listed.name.as_str()) {
                "not looked at"
            } else {
                "as it lies beside"
            };
            format!("  {} ({} bytes, {found})", listed.name, listed.size_bytes)
        }));
    }
    lines.extend(changes(folder, index, look.list)?);
    if !look.list {
        lines.push("  --list names every file and every change".to_owned());
    }
    Ok(lines)
}

/// Files that the index lists and that are not beside it.
fn absent<'i>(file: &Path, folder: &Path, index: &'i Index) -> anyhow::Result<Vec<&'i str>> {
    let mut absent = Vec::new();
    for listed in &index.files {
        // A file of the release lies below the index, whatever the index calls it.
        let inside =
            Path::new(&listed.name).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            let (file, name) = (file.display(), &listed.name);
            return Err(refused(format!("{file} lists {name:?}, which is no file's name")));
        }
        let beside = folder.join(&listed.name);
        match fs::read(&beside) {
            Ok(bytes) if sha256(&bytes) == listed.sha256 => {}
            Ok(_) => {
                return Err(refused(format!(
                    "{} is not the file that {} lists: fetch both anew, and ask why they differ \
                     before you sign",
                    beside.display(),
                    file.display()
                )));
            }
            Err(_) => absent.push(listed.name.as_str()),
        }
    }
    Ok(absent)
}

/// How many files of each form: by folder where they lie in one, by ending where not.
fn by_format(files: &[IndexFile]) -> String {
    let mut forms: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files {
        let form = match (file.name.split_once('/'), file.name.rsplit_once('.')) {
            (Some((folder, _)), _) => folder,
            (None, Some((_, ending))) => ending,
            (None, None) => "without an ending",
        };
        *forms.entry(form).or_default() += 1;
    }
    let size_bytes: u64 = files.iter().map(|file| file.size_bytes).sum();
    let forms: Vec<_> = forms.iter().map(|(form, count)| format!("{count} {form}")).collect();
    format!("  {} files, {size_bytes} bytes: {}", files.len(), forms.join(", "))
}

/// What is new, gone, changed and recalled against the release before.
fn changes(folder: &Path, index: &Index, all: bool) -> anyhow::Result<Vec<String>> {
    let before = folder.join(PREVIOUS);
    let (Ok(then), Ok(old), Ok(new)) = (
        fs::read(before.join(INDEX)),
        fs::read(before.join(FILE_NAME)),
        fs::read(folder.join(FILE_NAME)),
    ) else {
        let why = format!("  what changed is not told: {} is not beside", before.display());
        return Ok(vec![why]);
    };
    let odd = |what: &str| refused(format!("{} {what}: fetch the folder anew", before.display()));
    let then = Index::from_bytes(&then).map_err(|_| odd("holds no release's index.json"))?;
    let is_its = |listed: &IndexFile| listed.name == FILE_NAME && listed.sha256 == sha256(&old);
    if then.sequence >= index.sequence || !then.files.iter().any(is_its) {
        return Err(odd("is not an earlier release as its index.json lists it"));
    }
    let sides = (
        Side { sequence: then.sequence, lines: &old },
        Side { sequence: index.sequence, lines: &new },
    );
    let delta = delta::between(sides.0, sides.1).map_err(|error| refused(error.to_string()))?;
    let mut parts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let gone = values(&old)?;
    for line in delta.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).skip(1) {
        let line: Value = serde_json::from_slice(line).context("read what changed")?;
        let (part, said) = match line["change"].as_str() {
            Some("added") => ("new", value(&line)),
            Some("changed") => ("changed", value(&line)),
            // A delta says the id alone of what is gone.
            _ => (
                "gone",
                gone.get(line["id"].as_str().unwrap_or_default()).cloned().unwrap_or_default(),
            ),
        };
        parts.entry(part).or_default().push(said);
    }
    let recalled = index.recalls.iter().filter(|one| !then.recalls.contains(one)).map(|one| {
        format!("{} {} ({}): {}", one.kind, shown(&one.value), one.family, shown(&one.why))
    });
    parts.insert("recalled", recalled.collect());
    Ok(told(then.sequence, &parts, all))
}

fn told(before: u64, parts: &BTreeMap<&str, Vec<String>>, all: bool) -> Vec<String> {
    let order = ["new", "gone", "changed", "recalled"];
    let of = |part: &str| parts.get(part).map_or(&[][..], Vec::as_slice);
    let counts: Vec<_> = order.iter().map(|part| format!("{} {part}", of(part).len())).collect();
    let mut lines = vec![format!("  against release {before}: {}", counts.join(", "))];
    for part in order {
        let most = if all { usize::MAX } else { SHOWN };
        lines.extend(of(part).iter().take(most).map(|one| format!("    {part}: {one}")));
        if of(part).len() > most {
            lines.push(format!("    {part}: and {} more", of(part).len() - most));
        }
    }
    lines
}

/// What each line says, by its id.
fn values(lines: &[u8]) -> anyhow::Result<BTreeMap<String, String>> {
    lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| {
            let line: Value = serde_json::from_slice(line).context("read the release before")?;
            Ok((line["id"].as_str().unwrap_or_default().to_owned(), value(&line)))
        })
        .collect()
}

fn value(line: &Value) -> String {
    let text = |key: &str| shown(line[key].as_str().unwrap_or_default());
    format!("{} {} ({}, {})", text("kind"), text("value"), text("family"), text("role"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    fn line(id: u8, value: &str, added: &str) -> String {
        let id = format!("00000000-0000-4000-8000-0000000000{id:02}");
        format!(
            "{{\"id\":\"{id}\",\"family\":\"watch-alpha\",\"kind\":\"domain\",\"value\":\"{value}\",\
             \"role\":\"c2\",\"added\":\"{added}\"}}\n"
        )
    }

    /// Writes a release's index and its lines; gives the index.
    fn written(folder: &Path, sequence: u64, lines: &str, recalls: &Value) -> Index {
        fs::create_dir_all(folder.join("misp")).unwrap();
        let files = [
            (FILE_NAME, lines),
            ("hosts", "x.example\n"),
            ("misp/a.json", "{}"),
            ("misp/b.json", "[]"),
        ];
        let listed = files.iter().map(|(name, text)| {
            fs::write(folder.join(name), text).unwrap();
            json!({ "name": name, "size_bytes": text.len(), "sha256": sha256(text.as_bytes()) })
        });
        let index = json!({
            "sequence": sequence, "published": "2026-01-05T09:00:00Z",
            "expires": "2026-02-05T09:00:00Z", "licence": "CC-BY-4.0", "attribution": [],
            "files": listed.collect::<Vec<_>>(), "recalls": recalls,
        });
        let index = Index::from_bytes(index.to_string().as_bytes()).unwrap();
        fs::write(folder.join(INDEX), index.to_bytes()).unwrap();
        index
    }

    fn looked_at(
        folder: &Path,
        index: &Index,
        list: bool,
        without_files: bool,
    ) -> anyhow::Result<String> {
        let look = Look { list, without_files };
        described(&folder.join(INDEX), index, look).map(|lines| lines.join("\n"))
    }

    #[test]
    fn what_changed_is_said_and_each_file_only_when_asked_for() {
        let folder = TempDir::new().unwrap();
        let folder = folder.path();
        let old = line(1, "gone.example", "a")
            + &line(2, "kept.example", "a")
            + &line(3, "x.example", "a");
        written(&folder.join(PREVIOUS), 6, &old, &json!([]));
        let mut new = line(2, "kept.example", "a") + &line(3, "x.example", "b");
        for id in 10..22 {
            new += &line(id, &format!("new-{id}.example"), "b");
        }
        let recall = json!([{
            "kind": "domain", "value": "gone.example", "family": "watch-alpha",
            "recalled": "2026-01-04T09:00:00Z", "why": "it is a bank's",
        }]);
        let index = written(folder, 7, &new, &recall);
        let said = looked_at(folder, &index, false, false).unwrap();
        for part in [
            "unwatched release 7, made 2026-01-05T09:00:00Z\n",
            "\n  4 files, ",
            " bytes: 1 jsonl, 2 misp, 1 without an ending\n",
            "\n  against release 6: 12 new, 1 gone, 1 changed, 1 recalled\n",
            "\n    new: domain new-10.example (watch-alpha, c2)\n",
            "\n    new: and 2 more\n",
            "\n    gone: domain gone.example (watch-alpha, c2)\n",
            "\n    changed: domain x.example (watch-alpha, c2)\n",
            "\n    recalled: domain gone.example (watch-alpha): it is a bank's\n",
        ] {
            assert!(said.contains(part), "{part:?} in {said}");
        }
        assert!(!said.contains("misp/a.json") && !said.contains("new-21"), "{said}");
        let said = looked_at(folder, &index, true, false).unwrap();
        assert!(said.contains("  misp/a.json (2 bytes, as it lies beside)"), "{said}");
        assert!(said.contains("new-21.example") && !said.contains(" more"), "{said}");
    }

    #[test]
    fn what_is_missing_or_another_one_is_named() {
        let folder = TempDir::new().unwrap();
        let folder = folder.path();
        let index = written(folder, 7, &line(1, "x.example", "a"), &json!([]));
        let said = looked_at(folder, &index, false, false).unwrap();
        assert!(said.contains("what changed is not told"), "{said}");
        fs::remove_file(folder.join("hosts")).unwrap();
        let refused = looked_at(folder, &index, false, false).unwrap_err().to_string();
        assert!(
            refused.contains("/hosts, which ") && refused.contains(" is not there"),
            "{refused}"
        );
        let said = looked_at(folder, &index, false, true).unwrap();
        assert!(said.contains("\n  1 of them not looked at: "), "{said}");
        fs::write(folder.join("hosts"), "y.example\n").unwrap();
        let refused = looked_at(folder, &index, false, true).unwrap_err().to_string();
        assert!(refused.contains("/hosts is not the file that"), "{refused}");
        // What stands for the release before is one that came before, as its index lists it.
        written(folder, 7, &line(1, "x.example", "a"), &json!([]));
        written(&folder.join(PREVIOUS), 7, &line(1, "x.example", "a"), &json!([]));
        let refused = looked_at(folder, &index, false, false).unwrap_err().to_string();
        assert!(refused.contains("is not an earlier release"), "{refused}");
    }
}
