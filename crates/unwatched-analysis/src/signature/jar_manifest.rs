//! The text of `MANIFEST.MF` and `.SF` files: sections of attributes, with the place of each
//! section, for its bytes are digested. Lines are folded at 72 bytes; ends of lines are of any kind.

use std::borrow::Cow;

/// Attributes up to an empty line.
#[derive(Debug)]
pub(super) struct Section<'a> {
    /// The section's bytes, its empty line included.
    pub(super) bytes: &'a [u8],
    attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl Section<'_> {
    /// What it is about; `None` where its first attribute is no name.
    pub(super) fn name(&self) -> Option<&str> {
        let (first, name) = self.attributes.first()?;
        first.eq_ignore_ascii_case("Name").then_some(name)
    }

    /// The first attribute of this name, in any case.
    pub(super) fn get(&self, wanted: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_ref())
    }

    /// As [`Self::get`], with a name in two parts.
    pub(super) fn get_joined(&self, first: &str, second: &str) -> Option<&str> {
        let is_wanted = |name: &str| {
            name.split_at_checked(first.len()).is_some_and(|(begins, ends)| {
                begins.eq_ignore_ascii_case(first) && ends.eq_ignore_ascii_case(second)
            })
        };
        let found = self.attributes.iter().find(|(name, _)| is_wanted(name));
        found.map(|(_, value)| value.as_ref())
    }
}

/// Splits the text; the first section speaks of the whole, those behind it of one file each. `room`
/// is how many attributes may still come; `None` where more do.
pub(super) fn sections<'a>(text: &'a [u8], room: &mut usize) -> Option<Vec<Section<'a>>> {
    let mut sections = Vec::new();
    let mut at = 0;
    while let Some(section) = section(text, &mut at, *room) {
        *room = room.checked_sub(section.attributes.len())?;
        sections.push(section);
    }
    Some(sections)
}

/// The next section, with at most one attribute more than `most`.
fn section<'a>(text: &'a [u8], at: &mut usize, most: usize) -> Option<Section<'a>> {
    let mut start = *at;
    let mut attributes = Vec::new();
    let mut open: Option<Cow<'a, [u8]>> = None;
    loop {
        let line = line(text, at);
        match line {
            Some([]) if open.is_none() && attributes.is_empty() => start = *at,
            Some([b' ', more @ ..]) if open.is_some() => {
                open.as_mut().expect("it was asked").to_mut().extend_from_slice(more);
            }
            Some(line) if !line.is_empty() && attributes.len() <= most => {
                attributes.extend(open.replace(Cow::Borrowed(line)).map(attribute));
            }
            _ => {
                attributes.extend(open.take().map(attribute));
                if attributes.is_empty() {
                    return None;
                }
                return Some(Section { bytes: &text[start..*at], attributes });
            }
        }
    }
}

/// The next line without its end; `None` behind the last.
fn line<'a>(text: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let rest = text.get(*at..).filter(|rest| !rest.is_empty())?;
    let length = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
    let end = match rest.get(length..length + 2) {
        Some(b"\r\n") => length + 2,
        _ => (length + 1).min(rest.len()),
    };
    *at += end;
    Some(&rest[..length])
}

/// Name and value at the first colon that a space follows; without one, all is the name.
fn attribute(line: Cow<'_, [u8]>) -> (Cow<'_, str>, Cow<'_, str>) {
    let split = memchr::memmem::find(&line, b": ");
    match (line, split) {
        (Cow::Borrowed(line), Some(at)) => {
            (String::from_utf8_lossy(&line[..at]), String::from_utf8_lossy(&line[at + 2..]))
        }
        (Cow::Borrowed(line), None) => (String::from_utf8_lossy(line), Cow::Borrowed("")),
        (Cow::Owned(line), split) => {
            let text = |bytes: &[u8]| Cow::Owned(String::from_utf8_lossy(bytes).into_owned());
            match split {
                Some(at) => (text(&line[..at]), text(&line[at + 2..])),
                None => (text(&line), Cow::Borrowed("")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, Option<&str>)]) {
        let sections = sections(text.as_bytes(), &mut 100).unwrap();
        let found: Vec<(&str, Option<&str>)> = sections
            .iter()
            .map(|section| (std::str::from_utf8(section.bytes).unwrap(), section.name()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn sections_keep_their_bytes() {
        check(
            "A: 1\r\n\r\nName: x\r\nB: 2\r\n\r\n",
            &[("A: 1\r\n\r\n", None), ("Name: x\r\nB: 2\r\n\r\n", Some("x"))],
        );
        check("\n\nA: 1\n\n\nName: x", &[("A: 1\n\n", None), ("Name: x", Some("x"))]);
        check("Name: a\r b\rC: 1\r\r", &[("Name: a\r b\rC: 1\r\r", Some("ab"))]);
        check("", &[]);
    }

    #[test]
    fn attributes_are_found_in_any_case() {
        let text = b"SHA-256-digest: abc\nsha-256-digest: other\nX:none\n";
        let sections = sections(text, &mut 3).unwrap();
        assert!(super::sections(text, &mut 2).is_none());
        assert_eq!(sections[0].get("SHA-256-Digest"), Some("abc"));
        assert_eq!(sections[0].get_joined("SHA-256", "-Digest"), Some("abc"));
        assert_eq!(sections[0].get_joined("SHA-256", "-Dig"), None);
        assert_eq!(sections[0].get_joined("SHA-256-Digest-of-all", "it"), None);
        assert_eq!(sections[0].get("X"), None);
        assert_eq!(sections[0].get("X:none"), Some(""));
    }
}
