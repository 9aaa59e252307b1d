//! The names in the catalogue against Android's own: a class or method that does not exist is never
//! found in an app, and no fixture made from the catalogue would tell.

use std::collections::{BTreeMap, HashMap, HashSet};

use unwatched_analysis::catalogue::{CodePattern, catalogue};

/// What begins like this is Android's or comes with it, and stands in `platform_api.txt`.
const LISTED: [&str; 7] =
    ["android.", "androidx.", "dalvik.", "java.", "javax.crypto.", "javax.net.", "javax.security."];

/// What a class extends, and its own methods.
struct Class {
    extends: &'static str,
    methods: HashSet<&'static str>,
}

fn is_listed(class: &str) -> bool {
    LISTED.iter().any(|start| class.starts_with(start))
}

struct Api(HashMap<&'static str, Class>);

impl Api {
    fn read() -> Self {
        let text: String = include_str!("platform_api.txt").replace("\n  ", " ");
        // Read once for a test, and kept as long as it runs.
        let lines = text.leak().lines().filter(|line| !line.starts_with('#'));
        let classes = lines.map(|line| {
            let (head, methods) = line.split_once(':').expect("class extends: methods");
            let (class, extends) = head.split_once(' ').expect("class extends: methods");
            (class, Class { extends, methods: methods.split_whitespace().collect() })
        });
        Self(classes.collect())
    }

    /// The class and those that it extends, as far as they are listed.
    fn lineage<'a>(&'a self, class: &'a str) -> impl Iterator<Item = &'a Class> {
        let next = |class: &&Class| self.0.get(class.extends);
        std::iter::successors(self.0.get(class), move |class| next(class))
    }

    fn extends(&self, class: &str, parent: &str) -> bool {
        self.lineage(class).any(|class| class.extends == parent)
    }

    /// What is wrong with a name as the catalogue writes it.
    fn wrong(&self, written: &str) -> Option<String> {
        let (_, rest) = written.split_once(' ').unwrap_or(("", written));
        let (class, method) = match rest.split_once("->") {
            Some((class, method)) => (class, Some(method)),
            None => (rest, None),
        };
        if !is_listed(class) {
            return None;
        }
        if let Some(beginning) = class.strip_suffix('*') {
            let known = self.0.keys().any(|class| class.starts_with(beginning));
            return (!known).then(|| "no listed class begins so".to_owned());
        }
        if !self.0.contains_key(class) {
            return Some("the class is not in platform_api.txt".to_owned());
        }
        let method = method?;
        let has = self.lineage(class).any(|class| class.methods.contains(method));
        (!has).then(|| format!("the class has no method {method}"))
    }
}

/// Every name of a class or method in an item.
fn names(item: &CodePattern) -> Vec<String> {
    let table = match item {
        CodePattern::Plain(written) if written.starts_with("text:") => return Vec::new(),
        CodePattern::Plain(written) => return vec![written.clone()],
        CodePattern::Table(table) => table,
    };
    let overrides = table.overrides.iter().map(|method| format!("overrides {method}"));
    let listed = [&table.call, &table.from, &table.not_from, &table.not_in];
    let listed = listed.into_iter().flat_map(|listed| listed.as_slice().iter().cloned());
    // A name for several classes is looked at where it is given.
    let listed = listed.filter(|name| !catalogue().places.contains_key(name));
    table.same_class.iter().flat_map(names).chain(overrides).chain(listed).collect()
}

#[test]
fn every_class_and_method_of_android_is_one() {
    let api = Api::read();
    let of_rules = catalogue().rules.iter().flat_map(|rule| {
        let items = rule.code.iter().flat_map(|need| &need.any);
        items.flat_map(names).map(|name| (rule.id.as_str(), name))
    });
    let of_signals = catalogue().signals.iter().flat_map(|signal| {
        let items =
            signal.ways.iter().flat_map(|way| way.code.iter().flatten().chain(&way.its_class));
        items.flat_map(names).map(|name| (signal.id.as_str(), name))
    });
    let of_places = catalogue().places.iter().flat_map(|(name, classes)| {
        classes.iter().map(move |class| (name.as_str(), class.clone()))
    });
    let switching = catalogue().switching.on.iter().chain(&catalogue().switching.perhaps);
    let of_switching = switching.flat_map(names).map(|name| ("switching", name));
    let wrong: Vec<String> = of_rules
        .chain(of_signals)
        .chain(of_places)
        .chain(of_switching)
        .filter_map(|(id, name)| Some(format!("{id}: {name}: {}", api.wrong(&name)?)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(api.wrong("android.app.job.JobInfos$Builder->setPeriodic").is_some());
    assert!(api.wrong("android.app.job.JobInfo$Builder->setPeriod").is_some());
}

#[test]
fn what_platform_classes_extend_is_true() {
    let api = Api::read();
    let file = include_str!("../../../../../catalogue/platform_classes.toml");
    let file: BTreeMap<String, BTreeMap<String, Vec<String>>> = toml::from_str(file).unwrap();
    let mut wrong = Vec::new();
    for (parent, classes) in &file["extended"] {
        let listed = classes.iter().filter(|class| is_listed(class));
        for class in listed.filter(|class| !api.extends(class, parent)) {
            wrong.push(format!("{class} does not extend {parent}, or is not in platform_api.txt"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
