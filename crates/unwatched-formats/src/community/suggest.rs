//! "Did you mean": the nearest of a few known words.

/// The word that `asked` was probably meant for, if one is near enough.
pub(super) fn nearest<'a>(asked: &str, known: &[&'a str]) -> Option<&'a str> {
    let asked = asked.to_lowercase();
    let near = |word: &&&str| {
        let edits = distance(&asked, word);
        (edits <= word.len() / 3 || word.starts_with(&asked) && asked.len() > 2).then_some(edits)
    };
    known
        .iter()
        .filter(|word| near(word).is_some())
        .min_by_key(|word| distance(&asked, word))
        .copied()
}

/// Insertions, deletions and replacements between two short words.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().take(80).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &r) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(l != r);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
