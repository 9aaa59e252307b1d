//! "Did you mean": the nearest known word, for refusals of keys and fields.

/// `: did you mean `listen`?`, or the known words when none is near.
pub(crate) fn among(word: &str, known: &[impl AsRef<str>]) -> String {
    let nearest = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate.as_ref()), candidate.as_ref()))
        .max_by(|left, right| left.0.total_cmp(&right.0));
    match nearest {
        Some((likeness, candidate)) if likeness > 0.8 => format!(": did you mean `{candidate}`?"),
        Some(_) => {
            let words: Vec<_> = known.iter().map(|word| format!("`{}`", word.as_ref())).collect();
            format!(": known are {}", words.join(", "))
        }
        None => String::new(),
    }
}
