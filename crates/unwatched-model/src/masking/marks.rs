//! What a text must hold for a rule to find anything in it, told by a look at its letters: most
//! texts of an app hold none of it, and a search for each form in each of them would cost more than
//! the rest of an analysis.
//!
//! It only says where a search is in vain; what is masked is the rules' business.

/// The marks of one text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks<'t> {
    text: &'t str,
    pub(super) digits: usize,
    pub(super) hyphens: usize,
    pub(super) colons: usize,
}

impl<'t> Marks<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut marks = Self { text, digits: 0, hyphens: 0, colons: 0 };
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => marks.digits += 1,
                b'-' => marks.hyphens += 1,
                b':' => marks.colons += 1,
                _ => {}
            }
        }
        marks
    }

    pub(super) fn holds(&self, part: &str) -> bool {
        self.text.contains(part)
    }

    /// As [`Self::holds`], of letters of either case; `part` is of small ones.
    pub(super) fn holds_in_any_case(&self, part: &str) -> bool {
        let (text, part) = (self.text.as_bytes(), part.as_bytes());
        text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
    }

    pub(super) fn has_space(&self) -> bool {
        self.text.contains(char::is_whitespace)
    }

    /// Whether what parts a word from its value follows a word that ends in one of these letters.
    pub(super) fn parts_word(&self, last_letters: &str) -> bool {
        self.text.match_indices([':', '=', '#']).any(|(at, _)| {
            let before = &self.text[..at];
            let before = before.strip_suffix(char::is_whitespace).unwrap_or(before);
            let before = before.strip_suffix(['"', '\'']).unwrap_or(before);
            let last = before.chars().next_back().map(|last| last.to_ascii_lowercase());
            last.is_some_and(|last| last_letters.contains(last))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Marks;

    #[test]
    fn a_word_is_parted_from_its_value_through_space_and_quotes() {
        let check = |text: &str, expected: bool| {
            assert_eq!(Marks::of(text).parts_word("id"), expected, "{text}");
        };
        check("imei=1", true);
        check("\"IMEI\" : 1", true);
        check("device id#1", true);
        check("classes.dex: 1", false);
        check("id 1", false);
        check(": 1", false);
        check("é: 1", false);
    }
}
