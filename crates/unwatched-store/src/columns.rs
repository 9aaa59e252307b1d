//! How values stand in columns, and what a text must be to stand there at all.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;

use crate::{Result, StoreError};

/// The longest name, label, note's key or other short text, in bytes.
pub(crate) const SHORT_BYTES: usize = 1_000;
/// The longest value of an indicator, as the model has it, with room for what surrounds it.
pub(crate) const VALUE_BYTES: usize = 4_000;
/// The longest free text, in bytes.
pub(crate) const LONG_BYTES: usize = 100_000;

/// A time as it stands in a column: microseconds, what is finer cut off.
pub(crate) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A time as it comes out of a column.
pub(crate) fn time(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros)
        .map_err(|_| StoreError::Corrupt(format!("a column holds {micros}, which is no time")))
}

/// A word, slug, digest or id as it comes out of a column.
pub(crate) fn read<T: FromStr<Err: Display>>(text: &str) -> Result<T> {
    text.parse().map_err(|error| StoreError::Corrupt(format!("a column does not read: {error}")))
}

/// A number as it comes out of a column.
pub(crate) fn number<T: TryFrom<i64>>(value: i64) -> Result<T> {
    T::try_from(value)
        .map_err(|_| StoreError::Corrupt(format!("a column holds the impossible number {value}")))
}

/// A number as it stands in a column.
pub(crate) fn count(value: u64, what: &str) -> Result<i64> {
    i64::try_from(value).map_err(|_| StoreError::Invalid(format!("{what} is too large: {value}")))
}

/// JSON as it stands in a column.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Invalid(format!("this cannot be written as JSON: {error}")))
}

/// JSON as it comes out of a column.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Corrupt(format!("a column's JSON does not read: {error}")))
}

/// A text that may stand in a column. PostgreSQL cannot keep a NUL, and SQLite's own tools cut
/// the text there, so neither gets one.
pub(crate) fn text<'a>(text: &'a str, what: &str, max_bytes: usize) -> Result<&'a str> {
    if text.contains('\0') {
        return Err(StoreError::Invalid(format!("{what} holds a NUL character: remove it")));
    }
    if text.len() > max_bytes {
        let found = text.len();
        return Err(StoreError::Invalid(format!(
            "{what} is {found} bytes long: shorten it to {max_bytes}"
        )));
    }
    Ok(text)
}

/// [`text`], where there may be none.
pub(crate) fn optional<'a>(
    value: Option<&'a str>,
    what: &str,
    max_bytes: usize,
) -> Result<Option<&'a str>> {
    value.map(|value| text(value, what, max_bytes)).transpose()
}

/// Text from a file that its maker may have forged, made fit for a column.
pub(crate) fn tamed(text: &str) -> String {
    text.chars().take(300).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The form in which names are the same whatever their case.
pub(crate) fn key(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A row that points at a row that is not there is `NotFound`; a second of what may be there
/// once is `Conflict`.
pub(crate) fn explained(error: sqlx::Error, what: impl FnOnce() -> String) -> StoreError {
    match error.as_database_error() {
        Some(refused) if refused.is_foreign_key_violation() => StoreError::NotFound(what()),
        Some(refused) if refused.is_unique_violation() => {
            StoreError::Conflict(format!("there is already such a {}", what()))
        }
        _ => StoreError::Database(error),
    }
}
