//! Many short texts looked for at once, wherever they stand in another one.
//!
//! Each is known by four letters of it that are rare in programs; a text that is searched is asked
//! at every second or third place whether such four stand there. That takes microseconds to build,
//! where an automaton takes milliseconds: every analysis is a process of its own and builds it anew.

/// What is looked up of a text at a place, at most.
const GRAM_BYTES: usize = 4;
/// The longest way from one place to the next.
const MOST_STEP: usize = 4;
const SLOT_BITS: u32 = 16;

/// The texts that are looked for.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    all: Vec<Box<[u8]>>,
    /// From this one on, the cases of a to z are alike.
    either_case_from: usize,
    /// How many letters are looked up: fewer than four where a text has no more.
    gram_bytes: usize,
    /// From one place that is looked at to the next: each text is known by as many grams in a row,
    /// so that one of them stands where it is looked.
    step: usize,
    /// One bit for each hash of letters that a text is known by.
    slots: Box<[u64]>,
    /// By these letters: the text, and where in it they stand.
    grams: Vec<Gram>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Gram {
    letters: u32,
    literal: usize,
    at: usize,
}

impl Literals {
    /// Some are found letter by letter, and those that come after them with the cases of a to z
    /// alike: one search costs little more than the other alone. An empty text is found nowhere.
    pub(crate) fn new<T: AsRef<[u8]>>(
        exact: impl IntoIterator<Item = T>,
        either_case: impl IntoIterator<Item = T>,
    ) -> Self {
        let mut all: Vec<Box<[u8]>> = exact.into_iter().map(|text| text.as_ref().into()).collect();
        let either_case_from = all.len();
        all.extend(either_case.into_iter().map(|text| Box::from(text.as_ref())));
        let lengths = all.iter().map(|text| text.len()).filter(|length| *length > 0);
        let shortest = lengths.min().unwrap_or(0);
        let gram_bytes = shortest.min(GRAM_BYTES);
        let step = (shortest - gram_bytes + 1).min(MOST_STEP);
        let mut slots = vec![0; (1 << SLOT_BITS) / 64].into_boxed_slice();
        let mut grams = Vec::with_capacity(all.len() * step);
        for (literal, text) in all.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            let windows = text.windows(gram_bytes + step - 1).enumerate();
            let rarest = windows.max_by_key(|(_, window)| rarity_of(window));
            let Some((first, window)) = rarest else { continue };
            for (behind, gram) in window.windows(gram_bytes).enumerate() {
                let letters = folded(gram);
                let slot = slot(letters);
                slots[slot / 64] |= 1 << (slot % 64);
                grams.push(Gram { letters, literal, at: first + behind });
            }
        }
        grams.sort_unstable();
        Self { all, either_case_from, gram_bytes, step, slots, grams }
    }

    /// Whether one of them stands somewhere.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        self.find(text, |_, _| true)
    }

    /// Every place of each of them: which one, and where it begins. They may overlap.
    pub(crate) fn each_in(&self, text: &[u8], mut on: impl FnMut(usize, usize)) {
        self.find(text, |literal, at| {
            on(literal, at);
            false
        });
    }

    /// How long one of them is.
    pub(crate) fn len_of(&self, literal: usize) -> usize {
        self.all[literal].len()
    }

    /// Whether `enough` said so of a place.
    fn find(&self, text: &[u8], enough: impl FnMut(usize, usize) -> bool) -> bool {
        match self.gram_bytes {
            0 => false,
            GRAM_BYTES => self.find_by::<GRAM_BYTES>(text, enough),
            3 => self.find_by::<3>(text, enough),
            2 => self.find_by::<2>(text, enough),
            _ => self.find_by::<1>(text, enough),
        }
    }

    fn find_by<const LETTERS: usize>(
        &self,
        text: &[u8],
        mut enough: impl FnMut(usize, usize) -> bool,
    ) -> bool {
        for (place, window) in text.windows(LETTERS).enumerate().step_by(self.step) {
            let letters = folded(window);
            let slot = slot(letters);
            if self.slots[slot / 64] >> (slot % 64) & 1 == 0 {
                continue;
            }
            let first = self.grams.partition_point(|gram| gram.letters < letters);
            for gram in self.grams[first..].iter().take_while(|gram| gram.letters == letters) {
                let Some(start) = place.checked_sub(gram.at) else { continue };
                if self.stands(gram.literal, text, start) && enough(gram.literal, start) {
                    return true;
                }
            }
        }
        false
    }

    fn stands(&self, literal: usize, text: &[u8], start: usize) -> bool {
        let either_case = literal >= self.either_case_from;
        let literal = &*self.all[literal];
        let there = text.get(start..start + literal.len());
        there.is_some_and(|there| {
            if either_case { there.eq_ignore_ascii_case(literal) } else { there == literal }
        })
    }
}

/// Up to four letters as a number that is the same for both cases of a to z, and for some others.
fn folded(letters: &[u8]) -> u32 {
    let mut four = [0; GRAM_BYTES];
    four[..letters.len()].copy_from_slice(letters);
    u32::from_le_bytes(four) | 0x2020_2020
}

fn slot(letters: u32) -> usize {
    (letters.wrapping_mul(0x9e37_79b1) >> (u32::BITS - SLOT_BITS)) as usize
}

fn rarity_of(letters: &[u8]) -> u32 {
    letters.iter().map(|letter| u32::from(RARITY[usize::from(*letter)])).sum()
}

/// How seldom each letter stands in the texts of programs, roughly.
const RARITY: [u8; 256] = {
    let mut all = [0; 256];
    let mut letter = 0;
    while letter < all.len() {
        #[expect(clippy::cast_possible_truncation, reason = "there are no more letters than bytes")]
        let byte = letter as u8;
        all[letter] = rarity(byte);
        letter += 1;
    }
    all
};

const fn rarity(letter: u8) -> u8 {
    match letter.to_ascii_lowercase() {
        b'e' | b'a' | b'i' | b'n' | b'o' | b'r' | b's' | b't' => 0,
        b'c' | b'd' | b'l' | b'm' | b'p' | b'u' | b'.' | b'/' => 1,
        b'b' | b'f' | b'g' | b'h' | b'v' | b'y' | b'_' => 2,
        b'k' | b'w' | b'x' | b' ' | b'-' | b':' => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasickBuilder;

    use super::*;

    fn found(literals: &Literals, text: &[u8]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        literals.each_in(text, |literal, at| found.push((literal, at)));
        found.sort_unstable();
        found
    }

    /// As the automaton finds them that many programs use for it.
    fn check(texts: &[&str], either_case: bool, text: &str) {
        let automaton =
            AhoCorasickBuilder::new().ascii_case_insensitive(either_case).build(texts).unwrap();
        let mut expected: Vec<(usize, usize)> = automaton
            .find_overlapping_iter(text)
            .map(|hit| (hit.pattern().as_usize(), hit.start()))
            .collect();
        expected.sort_unstable();
        let (all, none): (&[&str], &[&str]) = (texts, &[]);
        let (exact, either) = if either_case { (none, all) } else { (all, none) };
        let literals = Literals::new(exact, either);
        assert_eq!(found(&literals, text.as_bytes()), expected, "{texts:?} in {text:?}");
        assert_eq!(literals.is_in(text.as_bytes()), !expected.is_empty(), "{texts:?} in {text:?}");
    }

    #[test]
    fn each_place_of_each_is_found() {
        for either_case in [false, true] {
            check(&["hide icon", "icon", "con", "hide"], either_case, "Hide Icon, hide icon");
            check(&["su -c", "/system/bin/su"], either_case, "/system/bin/su -c id; su -c");
            check(&["aaaa", "aaa"], either_case, "aaaaaaAA");
            check(&["抓姦", "查出轨", "ESPÍA", "app espía"], either_case, "x抓姦查出轨 App espía");
            check(&["{[}]", "[{]}"], either_case, "[{]}{[}]");
            check(&["ab", "c"], either_case, "abcabC");
            check(&["longer than the text"], either_case, "longer");
            check(&["end"], either_case, "the end");
        }
    }

    #[test]
    fn nothing_is_found_nowhere() {
        assert!(!Literals::new([""; 0], []).is_in(b"text"));
        assert!(!Literals::new([""], [""]).is_in(b"text"));
        assert!(Literals::new(["", "text"], []).is_in(b"text"));
    }

    #[test]
    fn only_those_of_either_case_are_found_in_either() {
        let literals = Literals::new(["su -c", "Icon"], ["hide icon"]);
        assert_eq!(found(&literals, b"Su -c, HIDE ICON"), [(2, 7)]);
        assert_eq!(found(&literals, b"su -c, hide Icon"), [(0, 0), (1, 12), (2, 7)]);
    }

    /// All of the catalogue's, in texts made of their pieces.
    #[test]
    fn the_catalogues_texts_are_found_as_an_automaton_finds_them() {
        let rules = &crate::catalogue::catalogue().rules;
        let words: Vec<&str> =
            rules.iter().flat_map(|rule| &rule.words).map(String::as_str).collect();
        let strings: Vec<&str> =
            rules.iter().flat_map(|rule| &rule.strings).map(String::as_str).collect();
        let text = [words.concat(), strings.join(" "), words.join(" ").to_uppercase()].concat();
        check(&words, true, &text);
        check(&strings, false, &text);
    }
}
