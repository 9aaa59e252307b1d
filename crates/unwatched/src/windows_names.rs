//! What Windows makes of names and paths: names that are devices, or that its own programs can
//! neither open nor delete, and paths longer than most of its calls take. Pure but for one look at
//! where a folder lies, so that every system tests it.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// What a file of one of these names reaches is a device, whatever follows the dot.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// Why a file of this name could not be kept on Windows; `None` for a name that is fine.
pub(crate) fn unusable(name: &OsStr) -> Option<&'static str> {
    let name = name.to_string_lossy();
    if name.contains(|c: char| c < ' ' || r#"<>:"|?*"#.contains(c)) {
        return Some("Windows allows none of < > : \" | ? * in a name");
    }
    if name.ends_with(['.', ' ']) {
        return Some("on Windows a name ends neither in a dot nor in a space");
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let is_port = numbered.is_some_and(|number| {
        let mut digits = number.chars();
        digits.next().is_some_and(|digit| "0123456789¹²³".contains(digit))
            && digits.next().is_none()
    });
    if is_port || DEVICES.contains(&stem.as_str()) {
        return Some("on Windows that is the name of a device; choose another");
    }
    None
}

/// The folder as it may be written to however long its path is. Windows itself takes more than 260
/// characters only where an administrator switched that on; this way of writing a path is always
/// taken. A name must be looked at by [`unusable`] first: in such a path, nothing is interpreted.
pub(crate) fn of_any_length(folder: &Path) -> Cow<'_, Path> {
    if cfg!(windows)
        && let Ok(whole) = folder.canonicalize()
    {
        return Cow::Owned(whole);
    }
    // Elsewhere any path is taken, and some drives of Windows cannot say where they lie.
    Cow::Borrowed(folder)
}

/// Whether another program keeps a file open, as an antivirus does for a moment: Windows says
/// "access denied" (5), "sharing violation" (32) or "lock violation" (33).
pub(crate) fn is_held_open(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(5 | 32 | 33))
}

/// Whether it was an antivirus that refused a file: Windows has two errors for that, "contains a
/// virus or potentially unwanted software" (225) and "was deleted for it" (226).
pub(crate) fn is_refused_by_antivirus(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(225 | 226))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_cannot_keep_are_told() {
        let check = |name: &str, expected: bool| {
            assert_eq!(unusable(OsStr::new(name)).is_some(), expected, "{name:?}");
        };
        for fine in ["report.html", "звіт.html", "con-report.html", "COM10.html", "communion.html"]
        {
            check(fine, false);
        }
        check("a report, 'quoted'.html", false);
        for device in ["NUL", "con", "Con.html", "aux.tar.gz", "COM1", "lpt9.html", "com².html"] {
            check(device, true);
        }
        check("CON .html", true);
        for character in ["report.html:hidden", "what?.html", "\"quoted\".html", "a\tb.html"] {
            check(character, true);
        }
        check("report.", true);
        check("report ", true);
    }
}
