//! The lines of a dump that say where its parts begin and end. What the parts hold is not known
//! here.

/// What a line that begins with dashes is.
pub(super) enum Mark<'l> {
    /// 79 dashes: a service's dump may follow.
    Separator,
    /// `--------- 0.05s was the duration of dumpsys NAME, ending at: ..`.
    EndOfService(&'l str),
    /// `------ 0.05s was the duration of 'TITLE' ------`: of some part, not of the one around it.
    EndOfPart(&'l str),
    /// `------ SYSTEM PROPERTIES (getprop) ------`.
    Properties,
    /// Another `------ .. ------`.
    Heading(&'l str),
    /// A line of a log or a dump.
    Line(&'l str),
}

/// The title of the properties.
pub(super) const PROPERTIES: &str = "SYSTEM PROPERTIES";
const DURATION: &str = " was the duration of ";

pub(super) fn mark(line: &str) -> Mark<'_> {
    if !line.starts_with("------") {
        return Mark::Line(line);
    }
    if line.len() >= 60 && line.bytes().all(|byte| byte == b'-') {
        return Mark::Separator;
    }
    if let Some((_, of)) = line.split_once(DURATION) {
        return match of.strip_prefix("dumpsys ") {
            Some(rest) => {
                let end = rest.find([',', ' ']).unwrap_or(rest.len());
                Mark::EndOfService(&rest[..end])
            }
            None => Mark::EndOfPart(title(of)),
        };
    }
    if line.starts_with("------ SYSTEM PROPERTIES") {
        Mark::Properties
    } else if line.starts_with("------ ") && line.ends_with(" ------") {
        Mark::Heading(line)
    } else {
        Mark::Line(line)
    }
}

/// What stands between the dashes, or the quotes, without the command behind it.
pub(super) fn title(text: &str) -> &str {
    let text = text.trim_matches(['-', ' ']).trim_matches('\'');
    text.split(" (").next().unwrap_or(text)
}

/// The service's name in `DUMP OF SERVICE [CRITICAL|HIGH|NORMAL] name:`.
pub(super) fn service(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("DUMP OF SERVICE ")?;
    let name = rest.split(':').next()?.trim();
    Some(name.rsplit(' ').next().unwrap_or(name))
}

/// The one service in a heading such as `DUMPSYS (/system/bin/dumpsys -T 30000 lock_settings)`,
/// which some makers write instead of a service's own heading. Options of the service's own print
/// something else.
pub(super) fn service_of_heading(heading: &str) -> Option<&str> {
    let command = heading.split_once(" (")?.1.split(')').next()?;
    let mut words = command.split_whitespace();
    let program = words.next()?;
    if program != "dumpsys" && !program.ends_with("/dumpsys") {
        return None;
    }
    let mut service = None;
    while let Some(word) = words.next() {
        match word {
            "-T" | "-t" | "--priority" => drop(words.next()),
            option if option.starts_with('-') => return None,
            name if service.is_none() => service = Some(name),
            _ => return None,
        }
    }
    service
}
