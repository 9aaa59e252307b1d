//! Type descriptors and prototypes as text, taken apart.

/// The parameters' descriptors and the return type's of `(ILjava/lang/String;)V`.
pub(super) fn parameters(proto: &str) -> (Vec<&str>, &str) {
    let (inside, returns) = proto
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .unwrap_or_else(|| panic!("not a prototype: {proto:?}"));
    let mut rest = inside;
    let mut parameters = Vec::new();
    while !rest.is_empty() {
        let length = type_length(rest).unwrap_or_else(|| panic!("not a prototype: {proto:?}"));
        parameters.push(&rest[..length]);
        rest = &rest[length..];
    }
    assert!(returns == "V" || type_length(returns) == Some(returns.len()), "bad return: {proto:?}");
    (parameters, returns)
}

/// Panics unless the text is one whole type descriptor.
pub(super) fn check_type(text: &str) {
    assert_eq!(type_length(text), Some(text.len()), "not a type descriptor: {text:?}");
}

/// How many bytes the first type descriptor of the text takes.
fn type_length(text: &str) -> Option<usize> {
    match text.as_bytes().first()? {
        b'Z' | b'B' | b'S' | b'C' | b'I' | b'J' | b'F' | b'D' => Some(1),
        b'[' => Some(1 + type_length(&text[1..])?),
        b'L' => Some(text.find(';')? + 1).filter(|length| *length > 2),
        _ => None,
    }
}

/// The one-letter-per-type form of a prototype, return type first.
pub(super) fn shorty(proto: &str) -> String {
    let (parameters, returns) = parameters(proto);
    std::iter::once(returns).chain(parameters).map(letter).collect()
}

fn letter(descriptor: &str) -> char {
    match descriptor.as_bytes()[0] {
        b'[' | b'L' => 'L',
        primitive => char::from(primitive),
    }
}

/// How many registers a value of this type takes.
pub(super) fn words(descriptor: &str) -> usize {
    if matches!(descriptor, "J" | "D") { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prototypes_come_apart() {
        let (arguments, returns) = parameters("(I[JLjava/lang/String;[[Lfoo;D)Z");
        assert_eq!(arguments, ["I", "[J", "Ljava/lang/String;", "[[Lfoo;", "D"]);
        assert_eq!(returns, "Z");
        assert_eq!(shorty("(I[JLjava/lang/String;[[Lfoo;D)Z"), "ZILLLD");
    }

    #[test]
    #[should_panic(expected = "not a prototype")]
    fn a_malformed_prototype_is_refused() {
        parameters("(Ljava/lang/String)V");
    }
}
