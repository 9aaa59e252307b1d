//! Whether a phone can be reached from here: the adb server, the cable, the driver and the rights. The
//! words for how a phone stands are those that `acquire` uses.

use unwatched_acquire::live::{Desk, OnCable, ServerSeen};

use super::Line;

/// The version of the protocol that adb has had since 2018; servers of another one are ended by
/// programs that bring it, and start their own.
const USUAL_VERSION: u16 = 41;

/// What that means.
pub(super) fn judge(desk: &Desk) -> Vec<Line> {
    let mut lines = vec![server(&desk.server)];
    lines.extend(desk.cables.iter().map(cable));
    lines
}

fn server(seen: &ServerSeen) -> Line {
    let (said, next) = match seen {
        ServerSeen::None => {
            ("no adb server runs: a phone is reached over the cable itself".into(), None)
        }
        ServerSeen::Runs(USUAL_VERSION) => (
            format!(
                "an adb server runs, version 1.0.{USUAL_VERSION}: phones are reached through it"
            ),
            None,
        ),
        ServerSeen::Runs(version) => (
            format!("an adb server of another version than usual runs, 1.0.{version}"),
            Some(
                "A program that brings the usual one ends it and starts its own, in the middle of an acquisition, too: find which program started it, and close it.",
            ),
        ),
        ServerSeen::Other(why) => (
            format!("something else is on the adb server's port: {why}"),
            Some(
                "Find out what it is before a phone is connected; on a computer that somebody else set up, use another one.",
            ),
        ),
    };
    Line { about: "adb", said, next: next.into_iter().map(str::to_owned).collect() }
}

fn cable(seen: &OnCable) -> Line {
    let called = |model: &Option<String>| {
        model.as_deref().map(|model| format!(", {model}")).unwrap_or_default()
    };
    let (said, next) = match seen {
        OnCable::Ready(model) => (format!("a phone with debugging is connected{}, and can be opened", called(model)), vec![]),
        OnCable::OfServer(model) => (format!("a phone with debugging is connected{}; the adb server has it", called(model)), vec![]),
        OnCable::Not(state) => {
            let next = state.words().next.iter().map(|&next| next.to_owned()).collect();
            (state.headline().to_owned(), next)
        }
        OnCable::Unclear(why) => (
            format!("a phone with debugging is connected, and cannot be opened: {why}"),
            vec!["Pull the cable and plug it in again; if that does not help, try another socket of this computer.".to_owned()],
        ),
    };
    Line { about: "phone", said, next }
}

#[cfg(test)]
mod tests {
    use unwatched_acquire::live::State;

    use super::*;

    fn check(server: ServerSeen, cables: Vec<OnCable>, says: &[&str]) {
        let lines = judge(&Desk { server, cables });
        assert_eq!(lines.len(), says.len(), "{lines:?}");
        for (line, says) in lines.iter().zip(says) {
            assert!(line.said.contains(says), "{line:?}");
        }
    }

    #[test]
    fn what_stands_between_is_named() {
        let nothing = "no adb server runs";
        check(ServerSeen::None, vec![OnCable::Not(State::NoDriver)], &[nothing, "no driver"]);
        check(ServerSeen::None, vec![OnCable::Not(State::Held)], &[nothing, "another program"]);
        check(
            ServerSeen::None,
            vec![OnCable::Not(State::NoPermission)],
            &[nothing, "does not let"],
        );
        let model = Some("TestCo TC-1".to_owned());
        check(
            ServerSeen::None,
            vec![OnCable::Ready(model.clone())],
            &[nothing, "TC-1, and can be opened"],
        );
        check(
            ServerSeen::Runs(41),
            vec![OnCable::OfServer(model)],
            &["version 1.0.41", "the adb server has it"],
        );
        check(ServerSeen::Runs(32), vec![], &["another version than usual runs, 1.0.32"]);
        check(ServerSeen::Other("it hums".to_owned()), vec![], &["it hums"]);
    }

    #[test]
    fn what_is_wrong_says_what_to_do() {
        for state in [State::NoDriver, State::Held, State::NoPermission, State::DebuggingOff] {
            assert!(!cable(&OnCable::Not(state)).next.is_empty());
        }
    }
}
