//! Text from strangers, made fit to be shown: a phone's model, an app's label, a family's name.
//!
//! What is kept stays as it was given; only what is shown, and what may become a name, passes here.

use std::borrow::Cow;

/// Whether a character would be invisible or would turn the text around it: control characters,
/// zero-width characters, and the marks that override the direction of writing (Unicode's
/// bidirectional formatting characters, UAX #9). Letters of right-to-left scripts are ordinary, and
/// so are the joiners that Persian and Indic words are spelt with.
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// The text as it may be shown: every deceptive character is replaced by `U+FFFD`, so that it is
/// seen that something was there.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.contains(is_deceptive) {
        Cow::Owned(text.replace(is_deceptive, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether the text can be a name: it shows at least one letter or digit and nothing deceptive.
pub fn can_be_a_name(text: &str) -> bool {
    !text.contains(is_deceptive) && text.contains(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_deceive_is_seen() {
        assert_eq!(shown("Watch\u{202e}ahplA"), "Watch\u{fffd}ahplA");
        assert_eq!(shown("\u{1b}[2J"), "\u{fffd}[2J");
        assert_eq!(shown("عائلة 2"), "عائلة 2");
        assert_eq!(shown("می\u{200c}خواهم"), "می\u{200c}خواهم");
    }

    #[test]
    fn names_show_something() {
        for good in ["Watch Alpha", "عائلة", "1"] {
            assert!(can_be_a_name(good), "{good}");
        }
        for bad in ["", " ", "\u{200b}", "--", "a\u{202e}b", "a\nb"] {
            assert!(!can_be_a_name(bad), "{bad:?}");
        }
    }
}
