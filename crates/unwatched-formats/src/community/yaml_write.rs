//! Entries as YAML that every parser reads back as the same text, be it one that guesses types.
//!
//! Quotes appear only where a value needs them. Keys come in one fixed order.

use super::dataset::{Entry, Field};
use super::yaml::Verbatim;

pub(super) fn write<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<u8> {
    let mut lines = Vec::new();
    for entry in entries {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        write_entry(entry, &mut lines);
    }
    if lines.is_empty() {
        lines.push("[]".to_owned());
    }
    lines.push(String::new());
    lines.join("\n").into_bytes()
}

fn write_entry(entry: &Entry, lines: &mut Vec<String>) {
    lines.push(format!("- name: {}", scalar(&entry.name)));
    match entry.names.as_deref() {
        None => {}
        Some([]) => lines.push("  names: []".to_owned()),
        Some(names) => list("  names", names, lines),
    }
    if let Some(word) = &entry.type_word {
        lines.push(format!("  type: {}", scalar(word)));
    }
    for field in Field::ALL {
        if !field.as_str().starts_with("c2.") && !entry.values(field).is_empty() {
            list(&format!("  {}", field.as_str()), entry.values(field), lines);
        }
    }
    for (key, value) in &entry.unknown {
        lines.push(verbatim("  ", key, value));
    }
    let c2 = c2_lines(entry);
    if !c2.is_empty() {
        lines.push("  c2:".to_owned());
        lines.extend(c2);
    }
}

fn c2_lines(entry: &Entry) -> Vec<String> {
    let mut lines = Vec::new();
    for field in Field::ALL {
        if let Some(key) = field.as_str().strip_prefix("c2.")
            && !entry.values(field).is_empty()
        {
            list(&format!("    {key}"), entry.values(field), &mut lines);
        }
    }
    lines.extend(entry.unknown_c2.iter().map(|(key, value)| verbatim("    ", key, value)));
    lines
}

fn list(indented_key: &str, values: &[String], lines: &mut Vec<String>) {
    lines.push(format!("{indented_key}:"));
    let indent = indented_key.len() - indented_key.trim_start().len();
    lines.extend(values.iter().map(|value| format!("{:indent$}- {}", "", scalar(value))));
}

/// A part not understood: keys and lists in flow style, which nests without counting columns.
fn verbatim(indent: &str, key: &str, value: &Verbatim) -> String {
    format!("{indent}{}: {}", scalar(key), flow(value, false))
}

fn flow(value: &Verbatim, inside: bool) -> String {
    match value {
        Verbatim::Scalar { text, plain: true } if !inside && stays_plain(text) => text.clone(),
        Verbatim::Scalar { text, plain: true } if is_word_or_number(text) => text.clone(),
        Verbatim::Scalar { text, .. } => quoted(text),
        Verbatim::List(items) => {
            let items: Vec<_> = items.iter().map(|item| flow(item, true)).collect();
            format!("[{}]", items.join(", "))
        }
        Verbatim::Map(pairs) => {
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), flow(value, true)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

/// Text that came without quotes at the end of a line and can go back there.
fn stays_plain(text: &str) -> bool {
    !text.contains(|c: char| c.is_control())
}

fn is_word_or_number(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-' | '~');
    !text.is_empty() && text.chars().all(allowed) && text != "-"
}

/// The value plain where no parser could take it for anything but this text, else in quotes.
fn scalar(text: &str) -> String {
    if reads_as_text(text) { text.to_owned() } else { quoted(text) }
}

fn reads_as_text(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '+');
    let bare = text.strip_prefix("https://").or(text.strip_prefix("http://")).unwrap_or(text);
    bare.starts_with(|c: char| c.is_ascii_alphanumeric())
        && bare.split(' ').all(|word| !word.is_empty() && word.chars().all(allowed))
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
        && !looks_like_a_number(text)
}

/// Words that one version of YAML or another takes for a truth value or for nothing.
const RESERVED: [&str; 11] =
    ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"];

/// Numbers in any base, with exponents and underscores, and dates. Addresses and most digests are
/// none, but a digest such as `12E4...` whose only letter is an E is.
fn looks_like_a_number(text: &str) -> bool {
    let digits = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.'))
    };
    let lower = text.to_ascii_lowercase();
    let based = ["0x", "0o", "0b"].iter().any(|prefix| {
        lower.strip_prefix(prefix).is_some_and(|rest| {
            rest.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'_' | b'.'))
        })
    });
    let decimal = digits(&lower) && lower.matches('.').count() < 2;
    let exponential = lower
        .split_once('e')
        .is_some_and(|(left, right)| digits(left) && digits(right.trim_start_matches(['+', '-'])));
    let date = lower.len() >= 8
        && lower.starts_with(|c: char| c.is_ascii_digit())
        && lower.get(4..5) == Some("-");
    based || decimal || exponential || date
}

/// Single quotes where the text is one printable line, else double quotes with escapes.
fn quoted(text: &str) -> String {
    let printable = |c: char| {
        matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
            && !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
    };
    if text.chars().all(printable) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        '\n' => "\\n".to_owned(),
        c if printable(c) => c.to_string(),
        c => format!("\\U{:08X}", u32::from(c)),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}
