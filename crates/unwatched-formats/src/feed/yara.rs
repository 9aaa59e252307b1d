//! `unwatched.yar`: rules made of what is released, and of nothing else.
//!
//! Two kinds. Rules of *files* name each released file by its SHA-256. Rules of *code* look in a
//! DEX file for the hosts that stalkerware talks to: makers change packages and files from build to
//! build and their servers seldom. A host in a DEX file needs an expert's look (a scanner's own
//! list holds it too), and the rule says so. The rules that a community's list carries are not
//! passed on: what stands in their strings went through no gate, and nothing could recall it.

use std::fmt::Write as _;

use unwatched_model::indicator::{IndicatorKind, Role};

use super::{Feed, FeedFamily, FeedRow};

/// The file's name.
pub const FILE_NAME: &str = "unwatched.yar";

/// A rule holds at most so many: compilers have limits.
const IN_ONE_RULE: usize = 500;

/// The file.
pub fn render(feed: &Feed<'_>) -> Vec<u8> {
    let mut text = String::new();
    for line in feed.notice_lines() {
        let _ = writeln!(text, "// {line}");
    }
    text.push_str("import \"hash\"\n");
    let mut rest = feed.rows.as_slice();
    while let Some(first) = rest.first() {
        let end = rest.iter().position(|row| row.family != first.family).unwrap_or(rest.len());
        let (rows, after) = rest.split_at(end);
        rest = after;
        let family = feed.family_of(first);
        let files: Vec<_> =
            rows.iter().filter(|row| row.kind == IndicatorKind::FileSha256).collect();
        for (part, files) in (1..).zip(files.chunks(IN_ONE_RULE)) {
            of_files(&mut text, family, part, files);
        }
        let hosts: Vec<_> = rows.iter().filter(|row| is_host(family, row)).collect();
        for (part, hosts) in (1..).zip(hosts.chunks(IN_ONE_RULE)) {
            of_code(&mut text, family, part, hosts);
        }
    }
    text.into_bytes()
}

fn is_host(family: &FeedFamily<'_>, row: &FeedRow<'_>) -> bool {
    row.kind == IndicatorKind::Domain
        && row.role == Role::C2
        && row.may_be_blocked()
        && family.is_alarmed_about()
}

fn of_files(text: &mut String, family: &FeedFamily<'_>, part: usize, files: &[&FeedRow<'_>]) {
    head(text, family, "file", part, files);
    text.push_str("  condition:\n");
    for (at, row) in files.iter().enumerate() {
        let or = if at == 0 { "   " } else { " or" };
        let _ =
            writeln!(text, "   {or} hash.sha256(0, filesize) == \"{}\" // {}", row.value, row.id);
    }
    text.push_str("}\n");
}

fn of_code(text: &mut String, family: &FeedFamily<'_>, part: usize, hosts: &[&FeedRow<'_>]) {
    head(text, family, "host_in_code", part, hosts);
    text.push_str("  strings:\n");
    for (at, row) in hosts.iter().enumerate() {
        let _ =
            writeln!(text, "    $h{at} = \"{}\" ascii nocase fullword // {}", row.value, row.id);
    }
    text.push_str("  condition:\n    uint32(0) == 0x0a786564 and any of them\n}\n");
}

fn head(text: &mut String, family: &FeedFamily<'_>, of: &str, part: usize, rows: &[&FeedRow<'_>]) {
    let id = &family.family.id;
    let mut sources: Vec<&str> = rows.iter().flat_map(|row| row.sources.iter().copied()).collect();
    sources.sort_unstable();
    sources.dedup();
    let roles = rows.first().map_or("", |row| row.role.as_str());
    let identifier = id.as_str().replace('-', "_");
    let looked_at = if of == "file" { "identity" } else { "needs an expert's look" };
    let _ = write!(
        text,
        "\nrule unwatched_{identifier}_{of}_{part} : {class}\n{{\n  meta:\n    family = \"{id}\"\n    \
         name = \"{name}\"\n    class = \"{class}\"\n    role = \"{roles}\"\n    tlp = \"CLEAR\"\n    \
         source = \"{source}\"\n    weight = \"{looked_at}\"\n",
        class = family.class,
        name = quoted(&family.family.name),
        source = quoted(&sources.join(", ")),
    );
}

/// What may stand between quotation marks of a rule.
fn quoted(text: &str) -> String {
    super::printable(text).replace('\\', r"\\").replace('"', "\\\"")
}
