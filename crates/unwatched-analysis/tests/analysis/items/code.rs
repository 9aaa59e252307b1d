//! Code made from the catalogue's own items: every form that an item stands for, and forms that are
//! nearly one. Like all fixtures it stands where nothing runs.

use std::collections::HashMap;

use unwatched_analysis::catalogue::{CodePattern, CodeTable, Listed, catalogue};
use unwatched_fixtures::dex::{Argument, DexBuilder};

/// The class of the entry among the apps, as code names it.
const ENTRY: &str = "com.example.made.MainActivity";

/// What an item asks, written so that it asks for one thing alone: of each list every entry once,
/// beside the first entries of the other lists.
pub(super) fn forms(item: &CodePattern) -> Vec<CodePattern> {
    let table = match item {
        CodePattern::Plain(_) => return vec![item.clone()],
        CodePattern::Table(table) => table,
    };
    let first = only_first(table);
    let mut forms = vec![first.clone()];
    let mut vary = |change: &dyn Fn(&mut CodeTable)| {
        let mut form = first.clone();
        change(&mut form);
        forms.push(form);
    };
    for call in table.call.as_slice().iter().skip(1) {
        vary(&|form| form.call = Listed::One(call.clone()));
    }
    for number in table.constant.iter().skip(1) {
        vary(&|form| form.constant = vec![*number]);
    }
    for (place, numbers) in &table.arguments {
        for number in numbers.iter().skip(1) {
            vary(&|form| drop(form.arguments.insert(place.clone(), vec![*number])));
        }
    }
    for text in table.text.iter().skip(1) {
        vary(&|form| form.text = vec![text.clone()]);
    }
    for origin in classes(&table.from).iter().skip(1) {
        vary(&|form| form.from = Listed::One(origin.clone()));
    }
    for text in table.says.iter().skip(1) {
        vary(&|form| form.says = vec![text.clone()]);
    }
    for name in table.inside.as_slice().iter().skip(1) {
        vary(&|form| form.inside = Listed::One(name.clone()));
    }
    for number in table.returns.iter().skip(1) {
        vary(&|form| form.returns = vec![*number]);
    }
    for parts in together(table) {
        vary(&|form| form.same_class.clone_from(&parts));
    }
    forms.into_iter().map(|form| CodePattern::Table(Box::new(form))).collect()
}

fn only_first(table: &CodeTable) -> CodeTable {
    let one = |listed: &Listed<String>| match listed.as_slice().first() {
        Some(first) => Listed::One(first.clone()),
        None => Listed::default(),
    };
    let mut first = table.clone();
    first.call = one(&table.call);
    first.from = one(&Listed::Many(classes(&table.from)));
    first.inside = one(&table.inside);
    first.says.truncate(1);
    first.constant.truncate(1);
    first.text.truncate(1);
    first.returns.truncate(1);
    first.arguments.values_mut().for_each(|numbers| numbers.truncate(1));
    first.same_class = enough(table, 0);
    first
}

/// What names stand for, and the rest as it is.
fn classes(listed: &Listed<String>) -> Vec<String> {
    let all = listed.as_slice().iter();
    all.flat_map(|one| match catalogue().places.get(one) {
        Some(classes) => classes.clone(),
        None => vec![one.clone()],
    })
    .collect()
}

/// Parts enough, beginning with one of them.
fn enough(table: &CodeTable, from: usize) -> Vec<CodePattern> {
    let parts = &table.same_class;
    let count = table.at_least.unwrap_or(parts.len());
    (0..count).map(|step| parts[(from + step) % parts.len()].clone()).collect()
}

/// Every form of every part, beside enough others.
fn together(table: &CodeTable) -> Vec<Vec<CodePattern>> {
    let parts = table.same_class.iter().enumerate();
    let all = parts.flat_map(|(place, part)| {
        forms(part).into_iter().map(move |form| {
            let mut parts = enough(table, place);
            parts[0] = form;
            parts
        })
    });
    all.collect()
}

/// Code that is nearly an item.
pub(super) struct Near {
    pub(super) is: String,
    pub(super) item: CodePattern,
    pub(super) twist: Twist,
}

/// How the code stands otherwise.
pub(super) enum Twist {
    Not,
    /// Each part in a class of its own.
    Apart,
    /// A class that extends this one calls it.
    CalledFrom(String),
    /// A class that extends this one does it, in an inner class.
    Within(String),
}

/// What is nearly the item, and is not.
pub(super) fn nears(item: &CodePattern) -> Vec<Near> {
    let table = match item {
        CodePattern::Plain(written) => return plain_nears(written),
        CodePattern::Table(table) => table,
    };
    let mut nears = Vec::new();
    let first = only_first(table);
    let mut vary = |is: &str, twist: Twist, change: &dyn Fn(&mut CodeTable)| {
        let mut near = first.clone();
        change(&mut near);
        let item = CodePattern::Table(Box::new(near));
        nears.push(Near { is: is.to_owned(), item, twist });
    };
    for call in table.call.as_slice() {
        vary("another method", Twist::Not, &|near| near.call = Listed::One(format!("{call}Not")));
    }
    if !table.constant.is_empty() {
        vary("another number", Twist::Not, &|near| {
            near.constant = vec![unlisted(&table.constant)];
        });
    }
    for (place, numbers) in &table.arguments {
        vary("another number in one place", Twist::Not, &|near| {
            near.arguments.insert(place.clone(), vec![unlisted(numbers)]);
        });
    }
    if let Some(place) = table.unknown {
        vary("the number is told", Twist::Not, &|near| {
            near.unknown = None;
            near.arguments.insert(place.to_string(), vec![1]);
        });
    }
    for text in &table.text {
        vary("another text", Twist::Not, &|near| near.text = vec![another_text(text)]);
    }
    if !table.returns.is_empty() {
        vary("another number returned", Twist::Not, &|near| {
            near.returns = vec![unlisted(&table.returns)];
        });
    }
    if table.overrides.is_some() {
        vary("another method returns it", Twist::Not, &|near| {
            near.overrides = table.overrides.as_ref().map(|method| format!("{method}Not"));
        });
    }
    if let Some(about) = &table.about {
        let other = if about == "unnamed" { "launcher_entry" } else { "unnamed" };
        vary("another part is named", Twist::Not, &|near| near.about = Some(other.to_owned()));
    }
    if !table.from.is_empty() {
        vary("from elsewhere", Twist::Not, &|near| near.from = Listed::default());
    }
    for text in &table.says {
        vary("another text", Twist::Not, &|near| near.says = vec![another_text(text)]);
    }
    if !table.inside.is_empty() {
        vary("in another method", Twist::Not, &|near| near.inside = Listed::One("not".to_owned()));
    }
    if table.in_loop {
        vary("not in a loop", Twist::Not, &|near| near.in_loop = false);
    }
    // No `TimeUnit` is written here, and without one nothing is known to be short.
    let in_one_unit = table.unit.as_deref() != Some("beside");
    if let Some(shortest) = table.shortest_seconds.filter(|_| in_one_unit) {
        // An interval that is written as it is asked for is a second too short.
        vary("too short", Twist::Not, &|near| near.shortest_seconds = Some(shortest - 1));
    }
    if table.period.is_some() {
        vary("a method without an interval", Twist::Not, &|near| near.unit = None);
    }
    for class in classes(&table.not_in) {
        let class = class.strip_prefix("extends ").expect("a place is extended").to_owned();
        vary("where it counts for nothing", Twist::Within(class), &|_| {});
    }
    for origin in table.not_from.as_slice() {
        let class = origin.strip_prefix("extends ").expect("an origin is extended").to_owned();
        vary("from where it counts for nothing", Twist::CalledFrom(class), &|_| {});
    }
    if !table.same_class.is_empty() {
        vary("in several classes", Twist::Apart, &|_| {});
        for place in 0..first.same_class.len() {
            for part in self::nears(&first.same_class[place]) {
                let is = format!("{} in one part", part.is);
                vary(&is, part.twist, &|near| near.same_class[place] = part.item.clone());
            }
        }
    }
    nears
}

fn plain_nears(written: &str) -> Vec<Near> {
    let near = |is: &str, item: String| Near {
        is: is.to_owned(),
        item: CodePattern::Plain(item),
        twist: Twist::Not,
    };
    if let Some(text) = written.strip_prefix("text:") {
        return vec![near("another text", format!("text:{}", another_text(text)))];
    }
    let (word, rest) = written.split_once(' ').unwrap_or(("", written));
    let space = if word.is_empty() { "" } else { " " };
    match rest.split_once("->") {
        Some((class, method)) => {
            let (_, simple) = class.rsplit_once('.').unwrap_or(("", class));
            vec![
                near("another method", format!("{word}{space}{rest}Not")),
                near(
                    "a class of the same name",
                    format!("{word}{space}org.other.{simple}->{method}"),
                ),
            ]
        }
        None => match rest.strip_suffix('*') {
            Some(open) => {
                let (cut, _) = open.split_at(open.len() - 1);
                vec![near("another beginning", format!("{word} {cut}~"))]
            }
            None => vec![near("another class", format!("{word} {rest}Not"))],
        },
    }
}

fn unlisted(numbers: &[i64]) -> i64 {
    (60..1_000).find(|number| !numbers.contains(number)).expect("a list ends")
}

/// A text that a pattern does not ask for, one letter away.
fn another_text(pattern: &str) -> String {
    let mut letters = pattern.trim_matches('*').chars();
    let first = letters.next().expect("a text is not empty");
    format!("{}{}", if first == 'q' { 'w' } else { 'q' }, letters.as_str())
}

/// Writes items as code.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) dex: DexBuilder,
    parents: HashMap<String, String>,
    classes: usize,
}

impl Writer {
    /// Writes one item in a class of its own.
    pub(super) fn item(&mut self, item: &CodePattern, twist: &Twist) {
        let outer = self.outer();
        self.item_in(&outer, item, twist);
    }

    /// Writes one item in this class.
    pub(super) fn item_in(&mut self, outer: &str, item: &CodePattern, twist: &Twist) {
        if let Twist::Within(parent) = twist {
            self.extending(outer, parent);
        }
        match (item, twist) {
            (CodePattern::Table(table), Twist::Apart) => {
                for part in &table.same_class {
                    self.item(part, &Twist::Not);
                }
            }
            _ => self.within(outer, item),
        }
        if let Twist::CalledFrom(parent) = twist {
            let caller = self.outer();
            let caller = self.extending(&caller, parent);
            self.call(&caller, &format!("{outer};"), "made", "()V", &[]);
        }
    }

    /// The beginning of a new class's descriptor.
    fn outer(&mut self) -> String {
        self.classes += 1;
        format!("Lcom/example/made/C{}", self.classes)
    }

    fn within(&mut self, outer: &str, item: &CodePattern) {
        match item {
            CodePattern::Plain(written) => self.plain(outer, written),
            CodePattern::Table(table) => {
                for part in &table.same_class {
                    self.within(outer, part);
                }
                if let Some(method) = &table.overrides {
                    self.returning(outer, method, table.returns[0]);
                }
                if let Some(text) = table.says.first() {
                    let class = self.calling(outer, table);
                    self.load(&class, text);
                }
                if !table.call.is_empty() {
                    self.call_of(outer, table);
                }
            }
        }
    }

    fn plain(&mut self, outer: &str, written: &str) {
        let class = format!("{outer};");
        if let Some(text) = written.strip_prefix("text:") {
            self.load(&class, text);
            return;
        }
        let (word, rest) = written.split_once(' ').unwrap_or(("", written));
        match (word, rest.split_once("->")) {
            ("", Some((of, method))) => self.call(&class, &descriptor(of), method, "()V", &[]),
            ("overrides", Some((parent, method))) => {
                let class = self.extending(outer, parent);
                self.change(|dex| dex.overrides(&class, method, "()V"));
            }
            ("extends", None) => drop(self.extending(outer, rest)),
            ("uses", None) => {
                let of = rest.replace('*', "Made").replace('~', "Other");
                self.call(&class, &descriptor(&of), "made", "()V", &[]);
            }
            _ => panic!("no code is made for {written:?}"),
        }
    }

    /// The class that does what a table asks.
    fn calling(&mut self, outer: &str, table: &CodeTable) -> String {
        match table.from.as_slice() {
            [origin] => {
                let parent = origin.strip_prefix("extends ").expect("an origin is extended");
                self.extending(outer, parent)
            }
            _ => format!("{outer};"),
        }
    }

    fn call_of(&mut self, outer: &str, table: &CodeTable) {
        let class = self.calling(outer, table);
        if let [method] = table.inside.as_slice() {
            self.change(|dex| dex.inert_name(&class, method));
        }
        if table.in_loop {
            self.change(|dex| dex.looping(&class));
        }
        if table.about.as_deref() == Some("launcher_entry") {
            self.load(&class, ENTRY);
        }
        let (proto, arguments) = prototype(table);
        let (of, method) = table.call.as_slice()[0].split_once("->").expect("Class->method");
        self.call(&class, &descriptor(of), method, &proto, &arguments);
    }

    fn returning(&mut self, outer: &str, method: &str, number: i64) {
        let (parent, method) = method.split_once("->").expect("Class->method");
        let class = self.extending(outer, parent);
        let number = i32::try_from(number).expect("a small number");
        self.change(|dex| dex.overrides_returning(&class, method, "()I", number));
    }

    /// The class itself or one in it, extending this one.
    fn extending(&mut self, outer: &str, parent: &str) -> String {
        let names = (0..).map(|inner| match inner {
            0 => format!("{outer};"),
            inner => format!("{outer}${inner};"),
        });
        let mut free = names.filter(|class| self.parents.get(class).is_none_or(|of| of == parent));
        let class = free.next().expect("names do not end");
        self.parents.insert(class.clone(), parent.to_owned());
        self.change(|dex| dex.class(&class, &descriptor(parent)));
        class
    }

    fn load(&mut self, class: &str, pattern: &str) {
        self.change(|dex| dex.string_in(class, &held(pattern)));
    }

    fn call(&mut self, class: &str, of: &str, method: &str, proto: &str, with: &[Argument]) {
        self.change(|dex| dex.call_with(class, of, method, proto, with));
    }

    fn change(&mut self, change: impl FnOnce(DexBuilder) -> DexBuilder) {
        self.dex = change(std::mem::take(&mut self.dex));
    }
}

/// Parameters that take what is asked for: numbers, an interval, a text behind them.
fn prototype(table: &CodeTable) -> (String, Vec<Argument>) {
    let mut places: HashMap<usize, i64> = HashMap::new();
    for (place, numbers) in &table.arguments {
        places.insert(place.parse().expect("a place"), numbers[0]);
    }
    if let Some(number) = table.constant.first() {
        places.insert(table.argument.unwrap_or(1), *number);
    }
    // A method of the same name, which takes no interval anywhere.
    let without = table.period.is_some() && table.unit.is_none();
    let last = places.keys().copied().chain(table.period).chain(table.unknown).max().unwrap_or(0);
    let (mut proto, mut arguments) = ("(".to_owned(), Vec::new());
    for place in 1..=last {
        if without {
            proto.push_str("Ljava/util/Date;");
            continue;
        }
        if table.period == Some(place) {
            let unit = table.unit.as_deref().unwrap_or_default();
            proto.push('J');
            let seconds = table.shortest_seconds.map_or(900, u64::cast_signed);
            let is_long = matches!(unit, "milliseconds" | "from_now");
            arguments.push(Argument::Long(if is_long { seconds * 1000 } else { seconds }));
            continue;
        }
        if table.unknown == Some(place) {
            proto.push('I');
            continue;
        }
        // A number that no item asks for, where none is asked.
        let number = places.get(&place).copied().unwrap_or(55);
        proto.push('I');
        arguments.push(Argument::Int(i32::try_from(number).expect("a small number")));
    }
    for text in &table.text {
        proto.push_str("Ljava/lang/String;");
        arguments.push(Argument::Text(held(text)));
    }
    proto.push_str(")V");
    (proto, arguments)
}

/// A text that holds what a pattern asks for, with something where it is open.
fn held(pattern: &str) -> String {
    let (start, rest) = match pattern.strip_prefix('*') {
        Some(rest) => ("made ", rest),
        None => ("", pattern),
    };
    match rest.strip_suffix('*') {
        Some(rest) => format!("{start}{rest} made"),
        None => format!("{start}{rest}"),
    }
}

fn descriptor(class: &str) -> String {
    format!("L{};", class.replace('.', "/"))
}
