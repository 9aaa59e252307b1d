//! The catalogue as a page for people: `docs/reference/capabilities.md`.

use std::fmt::Write as _;

use super::{Catalogue, ComponentPattern, Declaration, Requirement};

/// The reference page, in Markdown.
pub fn reference_page(catalogue: &Catalogue) -> String {
    let mut page = String::from(INTRODUCTION);
    for rule in &catalogue.rules {
        let _ = writeln!(page, "\n## `{}`\n", rule.id);
        let _ = writeln!(page, "This app {}.\n", rule.name);
        let _ = writeln!(page, "{}\n", rule.why);
        let criteria: Vec<String> =
            rule.criteria.iter().map(|criterion| format!("`{criterion}`")).collect();
        let bears = if criteria.is_empty() { "none".to_owned() } else { criteria.join(", ") };
        let _ = writeln!(
            page,
            "Group `{}` · design row {} · bears on: {bears}\n",
            rule.group.as_str(),
            rule.reference
        );
        requirements(&mut page, "Declared", &rule.declared, declaration);
        requirements(&mut page, "Code", &rule.code, |written| format!("`{written}`"));
        list(&mut page, "Listed beside", rule.beside.iter().map(declaration));
        list(&mut page, "Strings", rule.strings.iter().map(|text| format!("`{text}`")));
        if rule.needs_declaration {
            let _ = writeln!(page, "- Without a declaration nothing is reported.");
        }
        list(&mut page, "Words", rule.words.iter().map(|text| format!("“{text}”")));
    }
    page
}

const INTRODUCTION: &str = "\
# Capabilities

<!-- Generated from catalogue/capabilities.toml; `UPDATE_EXPECT=1 cargo test -p unwatched-analysis` writes it anew. -->

What an analysis can find in an app, and what counts as evidence. A report explains; it never
labels: the same evidence stands in helpful apps.

- **supported**: every *declared* block and every *code* block is met.
- **possible**: declared only; the app may do it.
- **weak**: code, strings or words only. Here code that belongs to a known library
  (`catalogue/library_prefixes.toml`) counts for nothing, for nearly every app carries it.

A block is met by any of its items. `overrides` stands for a class that extends the named one and
defines the method, `extends` for one that extends it, `uses` for any reference to it; a plain
`Class->method` for a call, also through a class that extends the named one; `text:` for a text
that the code loads. An item in braces asks for more: a number or a text at the call, who calls, what
a method returns, or that one class does several things.
";

fn requirements<T>(
    page: &mut String,
    title: &str,
    blocks: &[Requirement<T>],
    write: impl Fn(&T) -> String + Copy,
) {
    for (index, block) in blocks.iter().enumerate() {
        let title = match index {
            0 => format!("{title}, any of"),
            _ => format!("{title}, and any of"),
        };
        list(page, &title, block.any.iter().map(write));
    }
}

fn list(page: &mut String, title: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.collect();
    if !items.is_empty() {
        let _ = writeln!(page, "- {title}: {}", items.join(", "));
    }
}

fn declaration(item: &Declaration) -> String {
    match item {
        Declaration::Permission(name) => format!("permission `{name}`"),
        Declaration::Service(pattern) => format!("service with {}", component(pattern)),
        Declaration::Receiver(pattern) => format!("receiver with {}", component(pattern)),
        Declaration::Activity(pattern) => format!("activity with {}", component(pattern)),
        Declaration::MetaData(name) => format!("meta-data `{name}` (either case)"),
        Declaration::Launcher(_) => "no entry among the phone's apps".to_owned(),
        Declaration::Config(config) => {
            let what = match (&config.attribute, config.bit) {
                (Some(attribute), Some(bit)) => format!("`{attribute}` with bit {bit:#x}"),
                (Some(attribute), None) => format!("`{attribute}` true"),
                _ => "present".to_owned(),
            };
            format!("`{}` {what} in the XML of `{}`", config.element, config.meta_data)
        }
    }
}

fn component(pattern: &ComponentPattern) -> String {
    let parts = [
        ("action", &pattern.action),
        ("permission", &pattern.permission),
        ("scheme", &pattern.scheme),
        ("foreground type", &pattern.foreground_type),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} `{value}`")))
        .collect();
    let hidden = pattern.hidden_from_recents.map(|hidden| {
        let place = if hidden { "no place" } else { "a place" };
        format!("{place} in the list of recent apps")
    });
    parts.into_iter().chain(hidden).collect::<Vec<_>>().join(" and ")
}
