//! YAML as a bounded tree of raw text: no guessing of types, since a name may be `1e5` or `null`.
//!
//! Aliases are expanded within a fixed budget. A file that breaks off keeps the items of its
//! top-level list that were complete. What the keys mean is none of this file's business.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle};

/// A part of a YAML file that is kept without being understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verbatim {
    /// Text; `plain` when the file had it without quotes.
    Scalar {
        /// The text.
        text: String,
        /// Whether it stood without quotes.
        plain: bool,
    },
    /// A list.
    List(Vec<Verbatim>),
    /// Keys with their values, in order.
    Map(Vec<(String, Verbatim)>),
}

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) line: u64,
    pub(super) value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Scalar { text: String, plain: bool },
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(super) fn into_verbatim(self) -> Verbatim {
        match self.value {
            Value::Scalar { text, plain } => Verbatim::Scalar { text, plain },
            Value::List(items) => {
                Verbatim::List(items.into_iter().map(Self::into_verbatim).collect())
            }
            Value::Map(pairs) => Verbatim::Map(
                pairs.into_iter().map(|(key, node)| (key, node.into_verbatim())).collect(),
            ),
        }
    }

    /// `key:` with nothing after it, which the parser reports as a bare `~`.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if text == "~" || text.is_empty())
    }

    /// How many nodes and bytes of text stand here.
    fn cost(&self) -> usize {
        match &self.value {
            Value::Scalar { text, .. } => 1 + text.len(),
            Value::List(items) => 1 + items.iter().map(Self::cost).sum::<usize>(),
            Value::Map(pairs) => {
                1 + pairs.iter().map(|(key, node)| key.len() + node.cost()).sum::<usize>()
            }
        }
    }
}

/// What was read, and where and why reading ended early.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) root: Option<Node>,
    pub(super) broken: Option<(u64, String)>,
    pub(super) odd: Vec<(u64, String)>,
}

/// Bytes of text and nodes together, aliases expanded. The real files cost about 150,000.
const BUDGET: usize = 64 << 20;
const MAX_DEPTH: usize = 64;

struct Frame {
    line: u64,
    anchor: usize,
    contents: Contents,
}

enum Contents {
    List(Vec<Node>),
    Map { pairs: Vec<(String, Node)>, key: Key },
}

enum Key {
    Awaited,
    Text(String),
    Unusable,
}

impl Frame {
    fn finish(self) -> Node {
        let value = match self.contents {
            Contents::List(items) => Value::List(items),
            Contents::Map { pairs, .. } => Value::Map(pairs),
        };
        Node { line: self.line, value }
    }
}

#[derive(Default)]
struct Builder {
    stack: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    spent: usize,
    tree: Tree,
}

pub(super) fn read(text: &str) -> Tree {
    let mut builder = Builder::default();
    let mut documents = 0;
    for next in Parser::new_from_str(text) {
        let (event, span) = match next {
            Ok(event) => event,
            Err(error) => {
                builder.tree.broken = Some((error.marker().line() as u64, error.info()));
                break;
            }
        };
        let line = span.start.line() as u64;
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                builder.tree.odd.push((line, "a second document: left out from here".to_owned()));
                break;
            }
        }
        if let Err(why) = builder.take(event, line) {
            builder.tree.broken = Some((line, why));
            break;
        }
    }
    builder.finish()
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: u64) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let value = Value::Scalar { text: text.into_owned(), plain };
                self.spend(Node { line, value }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open(Frame { line, anchor, contents: Contents::List(Vec::new()) })
            }
            Event::MappingStart(_, anchor, _) => {
                let contents = Contents::Map { pairs: Vec::new(), key: Key::Awaited };
                self.open(Frame { line, anchor, contents })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let frame = self.stack.pop().ok_or("an end without a start")?;
                let anchor = frame.anchor;
                self.place(frame.finish(), anchor)
            }
            Event::Alias(id) => {
                let node = self.anchors.get(&id).cloned().ok_or("an alias of itself")?;
                self.spend(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, frame: Frame) -> Result<(), String> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        self.spent += 1;
        self.stack.push(frame);
        Ok(())
    }

    fn spend(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        self.pay(&node)?;
        self.place(node, anchor)
    }

    fn pay(&mut self, node: &Node) -> Result<(), String> {
        self.spent = self.spent.saturating_add(node.cost());
        if self.spent > BUDGET {
            return Err("too large once its aliases are written out".to_owned());
        }
        Ok(())
    }

    fn place(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        if anchor != 0 {
            self.pay(&node)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut().map(|frame| &mut frame.contents) {
            None => self.tree.root = Some(node),
            Some(Contents::List(items)) => items.push(node),
            Some(Contents::Map { pairs, key }) => {
                match (std::mem::replace(key, Key::Awaited), node.value) {
                    (Key::Text(key), value) => pairs.push((key, Node { line: node.line, value })),
                    (Key::Unusable, _) => {}
                    (Key::Awaited, Value::Scalar { text, .. }) => *key = Key::Text(text),
                    (Key::Awaited, _) => {
                        let what = "a key that is no text: left out with its value".to_owned();
                        self.tree.odd.push((node.line, what));
                        *key = Key::Unusable;
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Tree {
        if self.tree.root.is_none() && !self.stack.is_empty() {
            self.tree.root = Some(self.stack.swap_remove(0).finish());
        }
        self.tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalars(text: &str) -> Vec<String> {
        let Some(Node { value: Value::List(items), .. }) = read(text).root else {
            panic!("no list in {text:?}");
        };
        items
            .into_iter()
            .map(|item| match item.value {
                Value::Scalar { text, .. } => text,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn text_stays_text() {
        let words = ["1e5", "null", "yes", "0x1F", "2001-01-01", "12:30", r"^A\W$", "a  # b"];
        let yaml = "- 1e5\n- null\n- yes\n- 0x1F\n- 2001-01-01\n- 12:30\n- ^A\\W$\n- 'a  # b'\n";
        assert_eq!(scalars(yaml), words);
    }

    #[test]
    fn aliases_are_expanded_and_bombs_are_not() {
        assert_eq!(scalars("- &a one\n- *a\n"), ["one", "one"]);
        let level = |level: usize| {
            let alias = format!("*a{}", level - 1);
            format!("- &a{level} [{}]\n", [alias.as_str(); 9].join(", "))
        };
        let bomb =
            format!("- &a0 [aaaaaaaaaaaaaaaaaaaaaaaa]\n{}", (1..60).map(level).collect::<String>());
        let broken = read(&bomb).broken.expect("a bomb is stopped");
        assert!(broken.1.contains("too large"), "{broken:?}");
    }

    #[test]
    fn hostile_shapes_end_soon() {
        for text in ["[".repeat(100_000), "- ".repeat(50_000), "{a: ".repeat(50_000)] {
            assert!(read(&text).broken.is_some());
        }
        assert!(read("- &a [*a]\n").broken.is_some());
    }

    #[test]
    fn what_stood_before_a_break_is_kept() {
        let tree = read("- one\n- two\n- 'three\n");
        assert!(tree.broken.is_some());
        let Some(Node { value: Value::List(items), .. }) = tree.root else { panic!() };
        assert_eq!(items.len(), 2);
    }
}
