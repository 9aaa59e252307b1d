//! "Did you mean": the nearest known word, for refusals of keys and fields.

/// From here on a word may have been meant.
const LIKE: f64 = 0.8;

/// `: did you mean `listen`?`, or the known words when none is near.
pub(crate) fn among(word: &str, known: &[impl AsRef<str>]) -> String {
    match nearest(word, known) {
        Some((_, candidate)) => format!(": did you mean `{candidate}`?"),
        None if known.is_empty() => String::new(),
        None => {
            let words: Vec<_> = known.iter().map(|word| format!("`{}`", word.as_ref())).collect();
            format!(": known are {}", words.join(", "))
        }
    }
}

/// The known word that may have been meant, and how like it is: 1 is the same.
pub(crate) fn nearest<'a>(word: &str, known: &'a [impl AsRef<str>]) -> Option<(f64, &'a str)> {
    known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate.as_ref()), candidate.as_ref()))
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .filter(|(likeness, _)| *likeness > LIKE)
}
