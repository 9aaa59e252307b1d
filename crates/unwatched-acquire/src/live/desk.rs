//! What stands between this computer and a phone, seen without a word to any phone: whether an adb
//! server runs here, and what the cables show. What to say of it is `doctor`'s.

use super::clock::Clock;
use super::server::Server;
use super::states::State;
use super::trouble::Trouble;
use super::usb::Seen;

/// What was seen.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The adb server's port.
    pub server: ServerSeen,
    /// The phones that offer debugging; where there is none, the one thing that the cables show.
    pub cables: Vec<OnCable>,
}

/// What is on the adb server's port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerSeen {
    /// Nothing.
    None,
    /// A server, of this version of the protocol.
    Runs(u16),
    /// Something else, or a server that does not answer.
    Other(String),
}

/// One phone on a cable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnCable {
    /// It could be opened.
    Ready(Option<String>),
    /// The adb server has it, and others are not let in.
    OfServer(Option<String>),
    /// It could not be opened, or nothing is there that could.
    Not(State),
    /// The system's own words.
    Unclear(String),
}

impl Desk {
    /// Looks. A phone that no adb server has is opened and let go again.
    pub fn look(port: u16, clock: Clock) -> Self {
        let server = match Server::find_of_version(port, clock) {
            Ok(Some((_, version))) => ServerSeen::Runs(version),
            Ok(None) => ServerSeen::None,
            Err(trouble) => ServerSeen::Other(trouble.to_string()),
        };
        let seen = Seen::look();
        let phones = seen.listed();
        let cables = if phones.is_empty() {
            vec![OnCable::Not(seen.without_phones())]
        } else if matches!(server, ServerSeen::Runs(_)) {
            phones.into_iter().map(|phone| OnCable::OfServer(phone.model)).collect()
        } else {
            seen.tried().into_iter().map(|(model, trouble)| on_cable(model, trouble)).collect()
        };
        Self { server, cables }
    }
}

fn on_cable(model: Option<String>, trouble: Option<Trouble>) -> OnCable {
    match trouble {
        None => OnCable::Ready(model),
        Some(Trouble::State(state)) => OnCable::Not(state),
        Some(other) => OnCable::Unclear(other.to_string()),
    }
}
