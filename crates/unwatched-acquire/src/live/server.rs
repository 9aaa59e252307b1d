//! The protocol of a running adb server on this computer. No server is ever started or ended here,
//! and nothing is asked of one that changes its state.
//!
//! Each request is a connection of its own, to the loopback address alone.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::channel::Channel;
use super::clock::{Clock, Deadline};
use super::listed::{Listed, listed};
use super::names::Serial;
use super::states::State;
use super::trouble::Trouble;

/// Where an adb server listens unless somebody said otherwise.
pub const USUAL_PORT: u16 = 5037;
/// A server on the same computer answers at once, or something is wrong with it.
const PATIENCE: Duration = Duration::from_secs(5);
/// A refusal is a line; the list of phones is short.
const MOST_IN_ANSWER: usize = 64 << 10;

/// A running adb server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Server {
    port: u16,
    clock: Clock,
}

impl Server {
    /// The one on this port, if one runs there.
    pub(super) fn find(port: u16, clock: Clock) -> Result<Option<Self>, Trouble> {
        Ok(Self::find_of_version(port, clock)?.map(|(server, _)| server))
    }

    /// The same, with the version of its protocol.
    pub(super) fn find_of_version(port: u16, clock: Clock) -> Result<Option<(Self, u16)>, Trouble> {
        let server = Self { port, clock };
        let deadline = Deadline::of(clock, PATIENCE);
        let mut channel = match server.connect(&deadline) {
            Ok(channel) => channel,
            Err(Trouble::Io(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        request(&mut channel, "host:version", &deadline)?;
        let version = answer(&mut channel, &deadline)?;
        let is_version = version.len() == 4 && version.iter().all(u8::is_ascii_hexdigit);
        let digits = str::from_utf8(&version).ok().filter(|_| is_version);
        match digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
            Some(version) => Ok(Some((server, version))),
            None => Err(Trouble::State(State::OtherServer(port))),
        }
    }

    fn connect(self, deadline: &Deadline) -> Result<TcpStream, Trouble> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let stream = TcpStream::connect_timeout(&address, deadline.left()?);
        let stream = stream.map_err(|error| Trouble::of_io(error, PATIENCE))?;
        stream.set_nodelay(true).map_err(Trouble::Io)?;
        Ok(stream)
    }

    /// The phones that it knows.
    pub(super) fn phones(self) -> Result<Vec<Listed>, Trouble> {
        let deadline = Deadline::of(self.clock, PATIENCE);
        let mut channel = self.connect(&deadline)?;
        request(&mut channel, "host:devices-l", &deadline)?;
        let text = answer(&mut channel, &deadline)?;
        Ok(listed(&String::from_utf8_lossy(&text)))
    }

    /// What the phone's side can do.
    pub(super) fn features(self, serial: &Serial) -> Result<String, Trouble> {
        let deadline = Deadline::of(self.clock, PATIENCE);
        let mut channel = self.connect(&deadline)?;
        // Servers know this request since 2016; without it a phone is taken for an old one.
        match request(&mut channel, &format!("host-serial:{serial}:features"), &deadline) {
            Err(Trouble::Refused(_)) => return Ok(String::new()),
            other => other?,
        }
        Ok(String::from_utf8_lossy(&answer(&mut channel, &deadline)?).into_owned())
    }

    /// Opens a service of the phone.
    pub(super) fn open(
        self,
        serial: &Serial,
        service: &str,
        deadline: &Deadline,
    ) -> Result<TcpStream, Trouble> {
        let mut channel = self.connect(deadline)?;
        let transport = format!("host:transport:{serial}");
        match request(&mut channel, &transport, deadline) {
            Err(Trouble::Refused(said)) => return Err(self.refusal(serial, said)),
            other => other?,
        }
        match request(&mut channel, service, deadline) {
            Err(Trouble::Refused(said)) => Err(self.refusal(serial, said)),
            Err(error) => Err(error),
            Ok(()) => Ok(channel),
        }
    }

    /// Why the server would not: its list says it better than its words.
    fn refusal(self, serial: &Serial, said: String) -> Trouble {
        let Ok(phones) = self.phones() else { return Trouble::Refused(said) };
        match phones.into_iter().find(|phone| phone.serial == *serial) {
            None => Trouble::Cut,
            Some(phone) => phone.state().map_or(Trouble::Refused(said), Trouble::State),
        }
    }
}

/// Sends a request: its length in four hexadecimal digits, then itself.
fn request(channel: &mut dyn Channel, text: &str, deadline: &Deadline) -> Result<(), Trouble> {
    debug_assert!(text.len() <= 0xffff, "requests are short");
    channel.send(format!("{:04x}{text}", text.len()).as_bytes(), deadline)?;
    let mut status = [0; 4];
    channel.fill(&mut status, deadline)?;
    match &status {
        b"OKAY" => Ok(()),
        b"FAIL" => {
            let said = answer(channel, deadline)?;
            Err(Trouble::Refused(String::from_utf8_lossy(&said).trim().to_owned()))
        }
        _ => Err(Trouble::Nonsense("the adb server's port is held by something else")),
    }
}

/// Reads an answer that says its length.
fn answer(channel: &mut dyn Channel, deadline: &Deadline) -> Result<Vec<u8>, Trouble> {
    let mut length = [0; 4];
    channel.fill(&mut length, deadline)?;
    let length = std::str::from_utf8(&length).ok();
    let length = length.and_then(|digits| usize::from_str_radix(digits, 16).ok());
    let length = length.filter(|length| *length <= MOST_IN_ANSWER);
    let length = length.ok_or(Trouble::Nonsense("an answer without a length"))?;
    let mut text = vec![0; length];
    channel.fill(&mut text, deadline)?;
    Ok(text)
}
