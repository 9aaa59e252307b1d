//! Patterns that others send: those that say "one of these values" are read; what asks for more
//! than one thing at once, or for an order in time, is refused by its word.

use unwatched_model::indicator::IndicatorKind;

/// No pattern is read further.
const MAX_BYTES: usize = 100_000;
/// So many values in one pattern.
const MAX_VALUES: usize = 1_000;

/// One value that a pattern looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What it is.
    pub kind: IndicatorKind,
    /// The value as written.
    pub value: String,
}

/// Why a pattern is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternProblem(String);

#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// A name, a keyword or a number; quoted steps of a path belong to it.
    Word(String),
    Text(String),
    Sign(char),
}

/// The values that a pattern looks for, any of which is enough for it.
pub fn comparisons(pattern: &str) -> Result<Vec<Comparison>, PatternProblem> {
    let tokens = tokens(pattern)?;
    let mut reader = Reader { tokens: tokens.into_iter().peekable(), found: Vec::new(), depth: 0 };
    reader.observations()?;
    Ok(reader.found)
}

struct Reader<I: Iterator<Item = Token>> {
    tokens: std::iter::Peekable<I>,
    found: Vec<Comparison>,
    depth: usize,
}

fn problem(why: impl Into<String>) -> PatternProblem {
    PatternProblem(why.into())
}

impl<I: Iterator<Item = Token>> Reader<I> {
    fn observations(&mut self) -> Result<(), PatternProblem> {
        loop {
            while self.took('(') {
                self.depth += 1;
            }
            self.expect('[')?;
            self.alternatives()?;
            self.expect(']')?;
            while self.depth > 0 && self.took(')') {
                self.depth -= 1;
            }
            match self.tokens.next() {
                None if self.depth == 0 => return Ok(()),
                None => return Err(problem("a bracket is not closed")),
                Some(Token::Word(word)) if word.eq_ignore_ascii_case("OR") => {}
                Some(other) => return Err(beyond(&other)),
            }
        }
    }

    fn alternatives(&mut self) -> Result<(), PatternProblem> {
        let mut depth = 0;
        loop {
            while self.took('(') {
                depth += 1;
            }
            self.comparison()?;
            while depth > 0 && self.took(')') {
                depth -= 1;
            }
            match self.tokens.peek() {
                Some(Token::Word(word)) if word.eq_ignore_ascii_case("OR") => {
                    self.tokens.next();
                }
                Some(Token::Sign(']')) if depth == 0 => return Ok(()),
                Some(other) => return Err(beyond(other)),
                None => return Err(problem("a bracket is not closed")),
            }
        }
    }

    fn comparison(&mut self) -> Result<(), PatternProblem> {
        let path = match self.tokens.next() {
            Some(Token::Word(word)) if word.contains(':') => word,
            Some(other) => return Err(beyond(&other)),
            None => return Err(problem("a comparison is missing")),
        };
        match self.tokens.next() {
            Some(Token::Sign('=')) => {
                let value = self.text()?;
                self.keep(&path, value)
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("IN") => {
                self.expect('(')?;
                loop {
                    let value = self.text()?;
                    self.keep(&path, value)?;
                    if self.took(')') {
                        return Ok(());
                    }
                    self.expect(',')?;
                }
            }
            Some(other) => Err(beyond(&other)),
            None => Err(problem("a comparison ends early")),
        }
    }

    fn keep(&mut self, path: &str, value: String) -> Result<(), PatternProblem> {
        let kind = kind(path).ok_or_else(|| {
            let path: String = path.chars().take(120).collect();
            problem(format!("{path:?} is nothing that a family is recognised by here"))
        })?;
        if self.found.len() == MAX_VALUES {
            return Err(problem(format!("a pattern looks for at most {MAX_VALUES} values")));
        }
        self.found.push(Comparison { kind, value });
        Ok(())
    }

    fn text(&mut self) -> Result<String, PatternProblem> {
        match self.tokens.next() {
            Some(Token::Text(text)) => Ok(text),
            _ => Err(problem("a value in single quotes is missing")),
        }
    }

    fn took(&mut self, sign: char) -> bool {
        self.tokens.next_if_eq(&Token::Sign(sign)).is_some()
    }

    fn expect(&mut self, sign: char) -> Result<(), PatternProblem> {
        if self.took(sign) { Ok(()) } else { Err(problem(format!("expected {sign:?}"))) }
    }
}

/// What a pattern says beyond "one of these values".
fn beyond(token: &Token) -> PatternProblem {
    let said = match token {
        Token::Word(word) => word.chars().take(40).collect(),
        Token::Text(_) => "a text".to_owned(),
        Token::Sign(sign) => sign.to_string(),
    };
    problem(format!("only `=`, `IN` and `OR` are read, and here stands {said:?}"))
}

fn kind(path: &str) -> Option<IndicatorKind> {
    let (object, property) = path.split_once(':')?;
    let property: String = property.chars().filter(|c| !matches!(c, '\'' | '-')).collect();
    let property = property.to_ascii_lowercase();
    let last = property.rsplit('.').next().unwrap_or_default();
    let is_extended = property.starts_with("extensions.");
    Some(match (object, property.as_str()) {
        ("domain-name", "value") => IndicatorKind::Domain,
        ("ipv4-addr" | "ipv6-addr", "value") => IndicatorKind::Address,
        ("url", "value") => IndicatorKind::Url,
        ("app", "id") => IndicatorKind::Package,
        ("software", _) if is_extended && last == "package_name" => IndicatorKind::Package,
        ("software", _) if is_extended && last == "bundle_id" => IndicatorKind::IosBundle,
        ("app", "cert.sha1") | ("x509-certificate", "hashes.sha1") => {
            IndicatorKind::CertificateSha1
        }
        ("app", "cert.sha256") | ("x509-certificate", "hashes.sha256") => {
            IndicatorKind::CertificateSha256
        }
        ("file", "hashes.sha256") => IndicatorKind::FileSha256,
        _ => return None,
    })
}

fn tokens(pattern: &str) -> Result<Vec<Token>, PatternProblem> {
    if pattern.len() > MAX_BYTES {
        return Err(problem(format!("a pattern has at most {MAX_BYTES} bytes")));
    }
    let mut tokens = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(&c) = chars.peek() {
        match c {
            c if c.is_whitespace() => drop(chars.next()),
            '\'' => {
                chars.next();
                tokens.push(Token::Text(quoted(&mut chars)?));
            }
            c if is_of_word(c) => {
                let mut word = String::new();
                while let Some(c) = chars.next_if(|c| is_of_word(*c) || *c == '\'') {
                    word.push(c);
                    if c == '\'' {
                        word.push_str(&quoted(&mut chars)?);
                        word.push('\'');
                    }
                }
                tokens.push(Token::Word(word));
            }
            c => {
                chars.next();
                tokens.push(Token::Sign(c));
            }
        }
    }
    Ok(tokens)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ':' | '.' | '_' | '-' | '*')
}

/// What stands up to the closing quote, with its escapes undone.
fn quoted(chars: &mut impl Iterator<Item = char>) -> Result<String, PatternProblem> {
    let mut text = String::new();
    loop {
        match chars.next() {
            Some('\'') => return Ok(text),
            Some('\\') => text.extend(chars.next()),
            Some(c) => text.push(c),
            None => return Err(problem("a quote is not closed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, expected: &[(IndicatorKind, &str)]) {
        let found = comparisons(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
        let found: Vec<_> = found.iter().map(|one| (one.kind, one.value.as_str())).collect();
        assert_eq!(found, expected, "{pattern}");
    }

    #[test]
    fn one_of_several_values() {
        use IndicatorKind as K;
        check("[domain-name:value = 'a.example']", &[(K::Domain, "a.example")]);
        check(
            r"[ url:value='https://a.example/it\'s\\x' OR ipv4-addr:value = '192.0.2.7' ]",
            &[(K::Url, r"https://a.example/it's\x"), (K::Address, "192.0.2.7")],
        );
        check(
            "([file:hashes.'SHA-256' = 'aa'] OR [app:id IN ('com.a', 'com.b')])",
            &[(K::FileSha256, "aa"), (K::Package, "com.a"), (K::Package, "com.b")],
        );
        check("[(x509-certificate:hashes.'SHA-1' = 'bb')]", &[(K::CertificateSha1, "bb")]);
        let own = "[software:extensions.'extension-definition--5a'.bundle_id = 'com.c']";
        check(own, &[(K::IosBundle, "com.c")]);
    }

    #[test]
    fn what_says_more_is_refused_by_its_word() {
        for (pattern, word) in [
            ("", "expected '['"),
            ("[domain-name:value = 'a' AND url:value = 'b']", "AND"),
            ("[domain-name:value = 'a'] FOLLOWEDBY [url:value = 'b']", "FOLLOWEDBY"),
            ("[domain-name:value = 'a'] WITHIN 5 SECONDS", "WITHIN"),
            ("[domain-name:value LIKE '%a']", "LIKE"),
            ("[domain-name:value != 'a']", "!"),
            ("[NOT domain-name:value = 'a']", "NOT"),
            ("[process:pid = 'a']", "process:pid"),
            ("[domain-name:value = 7]", "single quotes"),
            ("[domain-name:value = 'a", "quote"),
            ("[domain-name:value = 'a'", "bracket"),
            ("([domain-name:value = 'a']", "bracket"),
        ] {
            let why = comparisons(pattern).unwrap_err().to_string();
            assert!(why.contains(word), "{pattern}: {why}");
        }
        assert!(comparisons(&"(".repeat(200_000)).is_err());
        assert!(comparisons(&"(".repeat(99_000)).is_err());
        let many = format!("[app:id IN ({}'a')]", "'a',".repeat(1_000));
        assert!(comparisons(&many).unwrap_err().to_string().contains("at most"));
    }
}
