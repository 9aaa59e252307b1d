//! The catalogue as a page for people: `docs/reference/capabilities.md`.

use std::fmt::Write as _;

use super::{
    Catalogue, Company, ComponentPattern, Declaration, IconLook, LabelList, Launcher, Requirement,
};

/// The reference page, in Markdown.
pub fn reference_page(catalogue: &Catalogue) -> String {
    let mut page = String::from(INTRODUCTION);
    for rule in &catalogue.rules {
        let _ = writeln!(page, "\n## `{}`\n", rule.id);
        let _ = writeln!(page, "This app {}.\n", rule.name);
        let _ = writeln!(page, "{}\n\n{}\n", rule.sentence, rule.why);
        let _ = writeln!(page, "Also in harmless apps: {}\n", rule.innocent);
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
        list(&mut page, "Unless", rule.unless.iter().map(declaration));
        list(&mut page, "Listed beside", rule.beside.iter().map(declaration));
        list(&mut page, "Strings", rule.strings.iter().map(|text| format!("`{text}`")));
        if rule.needs_declaration {
            let _ = writeln!(page, "- Without a declaration nothing is reported.");
        }
        if rule.needs_code {
            let _ = writeln!(page, "- Without code nothing is reported.");
        }
        if rule.own_code_only {
            let _ = writeln!(page, "- Code of libraries counts for nothing.");
        }
        if rule.at_most_possible {
            let _ = writeln!(page, "- Possible, never supported.");
        }
        if let Some(company) = &rule.only_with {
            let _ = writeln!(
                page,
                "- Supported only beside what is supported already: {}",
                with(company)
            );
        }
        if rule.covert_words {
            let count = rule.words.len();
            let _ = writeln!(
                page,
                "- Words: {count} phrases in many languages (`catalogue/covert_words.toml`)"
            );
            continue;
        }
        list(&mut page, "Words", rule.words.iter().map(|text| format!("“{text}”")));
    }
    page.push_str(SIGNALS);
    for signal in &catalogue.signals {
        let _ = writeln!(page, "\n### `{}`\n", signal.id);
        let _ = writeln!(page, "Action `{}`: somebody {}.\n", signal.action, signal.words);
        let _ = writeln!(page, "{}\n", signal.sentence);
        for way in &signal.ways {
            let blocks = way.declared.iter().map(|block| {
                let all: Vec<String> = block.iter().map(declaration).collect();
                format!("declared, any of: {}", all.join(", "))
            });
            let code = way.code.iter().map(|block| {
                let all: Vec<String> = block.iter().map(|item| format!("`{item}`")).collect();
                format!("code, any of: {}", all.join(", "))
            });
            let its_class = (!way.its_class.is_empty()).then(|| {
                let all: Vec<String> =
                    way.its_class.iter().map(|item| format!("`{item}`")).collect();
                format!("the declared component's class, any of: {}", all.join(", "))
            });
            let all: Vec<String> = blocks.chain(its_class).chain(code).collect();
            let most = if way.at_most.is_some() { " (at most possible)" } else { "" };
            let _ = writeln!(page, "- `{}`{most}: {}", way.name, all.join("; and "));
        }
    }
    page
}

const SIGNALS: &str = "
# What the other side would notice

<!-- Generated from catalogue/observable.toml. -->

A report's `observable_by`: actions that the app's own code would report, as far as it tells, and
how soon. Each way to a signal is enough. A signal is *supported* where code that sends was seen as
well, and *possible* where the app may use the network and no such code was seen, or where the way
also stands in much that reports nothing. A component that is off at first counts only where the
code can switch it on; code of libraries counts for nothing. What is not listed may be noticed too:
where nothing is known, expect that the other side is told at once.
";

const INTRODUCTION: &str = "\
# Capabilities

<!-- Generated from catalogue/capabilities/; `UPDATE_EXPECT=1 cargo test -p unwatched-analysis` writes it anew. -->

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
        Declaration::MetaData(name) => format!("meta-data `{name}` (however it is spelled; not where its value says no)"),
        Declaration::Provider(pattern) => format!("provider with {}", component(pattern)),
        Declaration::Launcher(Launcher::None) => "no entry among the phone's apps".to_owned(),
        Declaration::Launcher(Launcher::OpenedElsewhere) => {
            "no entry among the phone's apps, in an app that says what else opens it".to_owned()
        }
        Declaration::Launcher(Launcher::Present) => "an entry among the phone's apps".to_owned(),
        Declaration::Launcher(Launcher::Several) => {
            "several entries among the phone's apps".to_owned()
        }
        Declaration::Launcher(Launcher::OutOfRecents) => {
            "its entry among the apps, or without one every activity, has no place in the list of recent apps".to_owned()
        }
        Declaration::TargetSdk(range) => match (range.at_least, range.below) {
            (Some(least), Some(below)) => format!("made for API level {least} to {}", below - 1),
            (Some(least), None) => format!("made for API level {least} or later"),
            (None, Some(below)) => format!("made for an API level below {below}"),
            (None, None) => "made for any API level".to_owned(),
        },
        Declaration::Feature(name) => format!("feature `{name}`"),
        Declaration::Label(LabelList::SystemParts) => {
            "a name of a part of the system (`catalogue/disguises.toml`)".to_owned()
        }
        Declaration::Label(LabelList::LikeSystemParts) => {
            "a name that only looks like one of a part of the system".to_owned()
        }
        Declaration::Label(LabelList::Blank) => "a name of which nothing is seen".to_owned(),
        Declaration::ComponentNamed(prefixes) => {
            let all: Vec<String> = prefixes.iter().map(|prefix| format!("`{prefix}`")).collect();
            format!(
                "a component of no known library whose name begins with {}, in an app whose own does not",
                all.join(" or ")
            )
        }
        Declaration::Icon(IconLook::Invisible) => "a picture of which nothing is seen".to_owned(),
        Declaration::Icon(IconLook::OfTheSystem) => "a picture of the system's own".to_owned(),
        Declaration::Package(prefixes) => {
            let all: Vec<String> = prefixes.iter().map(|prefix| format!("`{prefix}`")).collect();
            format!("a package name that begins with {}", all.join(" or "))
        }
        Declaration::CleartextTraffic(_) => {
            "`usesCleartextTraffic`, and no XML of `networkSecurityConfig`".to_owned()
        }
        Declaration::Config(config) => {
            let what = match (&config.attribute, config.bit, &config.value) {
                (Some(attribute), Some(bit), _) => format!("`{attribute}` with bit {bit:#x}"),
                (Some(attribute), None, Some(value)) => format!("`{attribute}` `{value}`"),
                (Some(attribute), None, None) => format!("`{attribute}` true"),
                _ => "present".to_owned(),
            };
            let outside = match &config.outside {
                Some(outside) => format!(" outside of `{outside}`"),
                None => String::new(),
            };
            format!("`{}` {what} in the XML of `{}`{outside}", config.element, config.meta_data)
        }
    }
}

fn component(pattern: &ComponentPattern) -> String {
    let parts = [
        ("action", &pattern.action),
        ("permission", &pattern.permission),
        ("scheme", &pattern.scheme),
        ("category", &pattern.category),
        ("foreground type", &pattern.foreground_type),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} `{value}`")))
        .collect();
    let flags = [
        (
            pattern.hidden_from_recents,
            "no place in the list of recent apps",
            "a place in the list of recent apps",
        ),
        (pattern.no_history, "`noHistory`", "history"),
        (pattern.invisible, "a theme that shows nothing", "a visible theme"),
        (pattern.direct_boot, "`directBootAware`", "no `directBootAware`"),
    ];
    let flags = flags
        .into_iter()
        .filter_map(|(asked, yes, no)| Some(if asked? { yes } else { no }.to_owned()));
    let early = pattern.priority_at_least.map(|least| format!("priority {least} or higher"));
    parts.into_iter().chain(flags).chain(early).collect::<Vec<_>>().join(" and ")
}

fn with(company: &Company) -> String {
    let groups: Vec<String> =
        company.groups.iter().map(|group| format!("`{}`", group.as_str())).collect();
    let listed = |ids: &mut dyn Iterator<Item = &String>, words: &str| {
        let ids: Vec<String> = ids.map(|id| format!("`{id}`")).collect();
        (!ids.is_empty()).then(|| format!("{words} {}", ids.join(", ")))
    };
    let kinds = (company.kinds > 0)
        .then(|| format!("{} of the groups {}", company.kinds, groups.join(", ")));
    let any = listed(&mut company.any.iter(), "one of");
    let beside = listed(&mut company.beside.iter(), "the evidence of one of");
    let either = match (any, beside) {
        (Some(any), Some(beside)) => Some(format!("{any}, or {beside}")),
        (any, beside) => any.or(beside),
    };
    let also = listed(&mut company.also.iter(), "one of");
    kinds.into_iter().chain(either).chain(also).collect::<Vec<_>>().join("; and ")
}
