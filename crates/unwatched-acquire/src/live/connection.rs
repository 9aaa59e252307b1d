//! A connection to one phone, and the only place from which anything is said to it: what reads
//! takes a [`ReadOnly`] command, what changes takes a [`Removing`] one and the proof that the safety
//! checkpoint was answered.
//!
//! There are three ways: an adb server that runs on this computer already, our own over the
//! network, our own over the cable.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use unwatched_device::plan::Proof;

use super::channel::Channel;
use super::clock::{Clock, Deadline};
use super::commands::{AppFile, Bounds, ReadOnly, Removing, Serial, Switch};
use super::key::PublicKey;
use super::link::Link;
use super::listed::chosen;
use super::server::Server;
use super::shell::{self, ExitMarker, MARKER, Take};
use super::states::State;
use super::sync;
use super::trouble::Trouble;
use super::usb::Seen;

/// How long is waited for somebody to answer at an address.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// A file of an app: half a gigabyte at the slowest cable takes minutes.
const FILE_BOUNDS: Bounds = Bounds { patience: Duration::from_mins(5), bytes: 512 << 20 };

/// How a phone is to be reached.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Which, where there are several.
    pub serial: Option<Serial>,
    /// At this address, by our own connection.
    pub address: Option<SocketAddr>,
    /// Where the adb server listens, on this computer.
    pub server_port: Option<u16>,
}

/// By which way a phone is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// An adb server that was running.
    Server,
    /// Our own connection, over the network.
    Network,
    /// Our own connection, over the cable.
    Cable,
}

impl Way {
    /// How it is named.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "the adb server that runs on this computer",
            Self::Network => "a connection of its own over the network",
            Self::Cable => "a connection of its own over the cable",
        }
    }
}

enum Via {
    Server(Server, Serial),
    Own(Link),
}

/// A phone that can be talked to.
pub struct Connection {
    via: Via,
    way: Way,
    clock: Clock,
    shell_v2: bool,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// How it says that it ended.
    pub exit: ExitMarker,
    /// How much it printed.
    pub bytes: u64,
    /// The digest of that.
    pub sha256: [u8; 32],
    /// The first bytes of what it printed.
    pub head: Vec<u8>,
    /// The beginning of what it said on the side; empty on old phones, which mix both.
    pub said: String,
    /// How long it took.
    pub took: Duration,
}

/// What talking needs besides the phone.
pub struct Surroundings<'a> {
    /// The time.
    pub clock: Clock,
    /// For the key that a phone is shown.
    pub random: &'a mut dyn rand::CryptoRng,
    /// Told when a question stands on the phone's screen.
    pub asked: &'a mut dyn FnMut(),
}

/// Whether an address can be a phone's in a network nearby: nothing else is ever connected to.
pub fn is_nearby(address: &SocketAddr) -> bool {
    match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

impl Connection {
    /// Reaches the phone that is wanted. Nothing is changed on it, and no server is started.
    pub fn open(wanted: &Wanted, around: &mut Surroundings<'_>) -> Result<Self, Trouble> {
        let clock = around.clock;
        if let Some(address) = wanted.address {
            return Self::over_network(address, around);
        }
        let port = wanted.server_port.unwrap_or(super::server::USUAL_PORT);
        let server = Server::find(port, clock)?;
        let seen = Seen::look();
        if let Some(server) = server {
            let phone = chosen(server.phones()?, wanted.serial.as_ref());
            let phone = phone.map_err(|state| match state {
                // The server sees only phones with debugging; the cable may tell more.
                State::NoPhone => Trouble::State(seen.without_phones()),
                other => Trouble::State(other),
            })?;
            let features = server.features(&phone.serial)?;
            let shell_v2 = has_shell_v2(&features);
            let via = Via::Server(server, phone.serial);
            return Ok(Self { via, way: Way::Server, clock, shell_v2 });
        }
        if !seen.could_look {
            return Err(Trouble::State(State::NoServer));
        }
        let phone = chosen(seen.listed(), wanted.serial.as_ref());
        let phone = phone.map_err(|state| match state {
            State::NoPhone => Trouble::State(seen.without_phones()),
            other => Trouble::State(other),
        })?;
        let cable = seen.open(&phone.serial)?;
        Self::own(Box::new(cable), Way::Cable, around)
    }

    fn over_network(address: SocketAddr, around: &mut Surroundings<'_>) -> Result<Self, Trouble> {
        if !is_nearby(&address) {
            return Err(Trouble::State(State::FarAway(address)));
        }
        let stream = TcpStream::connect_timeout(&address, CONNECT_PATIENCE)
            .map_err(|_| Trouble::State(State::NoAnswer(address)))?;
        stream.set_nodelay(true).map_err(Trouble::Io)?;
        Self::own(Box::new(stream), Way::Network, around)
    }

    /// Greets a phone over whatever carries its bytes.
    fn own(
        wire: Box<dyn super::wire::Wire>,
        way: Way,
        around: &mut Surroundings<'_>,
    ) -> Result<Self, Trouble> {
        let clock = around.clock;
        let random = &mut *around.random;
        let mut key = || PublicKey::generate(random);
        let link = Link::greet(wire, clock, &mut key, around.asked)?;
        let shell_v2 = has_shell_v2(link.features());
        Ok(Self { via: Via::Own(link), way, clock, shell_v2 })
    }

    /// By which way.
    pub fn way(&self) -> Way {
        self.way
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// Whether the next question may reach the phone all the same: through a server each is a
    /// connection of its own, and one that was cut need not be the cable.
    pub(super) fn may_come_back(&self, trouble: &Trouble) -> bool {
        matches!((&self.via, trouble), (Via::Server(..), Trouble::Cut | Trouble::Nonsense(_)))
    }

    /// Runs one wording of a command that only reads.
    pub(super) fn read(
        &mut self,
        command: &ReadOnly,
        wording: usize,
        out: &mut dyn Write,
    ) -> Result<Ran, Trouble> {
        let line = &command.wordings()[wording];
        self.shell(line, command.bounds(), out)
    }

    /// Runs one wording of a command that changes something. The proof is looked at by its type
    /// alone: nothing but the safety checkpoint makes one.
    pub(super) fn change(
        &mut self,
        _: &Proof,
        command: &Removing,
        wording: usize,
        out: &mut dyn Write,
    ) -> Result<Ran, Trouble> {
        let line = &command.wordings()[wording];
        self.shell(line, command.bounds(), out)
    }

    /// Puts a switch where the close wants it. A switch is no app and no permission: this needs no
    /// proof, so that whoever must leave can close at once.
    pub(super) fn restore(
        &mut self,
        switch: Switch,
        on: Option<bool>,
        wording: usize,
        out: &mut dyn Write,
    ) -> Result<Ran, Trouble> {
        let command = Removing::SetSwitch { switch, on };
        self.shell(&command.wordings()[wording], command.bounds(), out)
    }

    /// Fetches the file of an app.
    pub(super) fn fetch(&mut self, file: &AppFile, out: &mut dyn Write) -> Result<Ran, Trouble> {
        let deadline = Deadline::of(self.clock, FILE_BOUNDS.patience);
        let mut sink = Sink::new(out, FILE_BOUNDS.bytes);
        let began = (self.clock.running)();
        let mut channel = self.service("sync:", &deadline)?;
        sync::receive(channel.as_mut(), file, &deadline, &mut sink)?;
        drop(channel);
        Ok(sink.end(ExitMarker::None, String::new(), (self.clock.running)().saturating_sub(began)))
    }

    fn shell(&mut self, line: &str, bounds: Bounds, out: &mut dyn Write) -> Result<Ran, Trouble> {
        let deadline = Deadline::of(self.clock, bounds.patience);
        let mut sink = Sink::new(out, bounds.bytes);
        let began = (self.clock.running)();
        let v2 = self.shell_v2;
        let service = if v2 {
            format!("shell,v2,raw:{line}")
        } else {
            format!("shell:{line}; echo \"{MARKER}$?\"")
        };
        let mut channel = self.service(&service, &deadline)?;
        let (exit, said) = if v2 {
            shell::packets(channel.as_mut(), &deadline, &mut sink)?
        } else {
            (shell::plain(channel.as_mut(), &deadline, &mut sink)?, String::new())
        };
        drop(channel);
        Ok(sink.end(exit, said, (self.clock.running)().saturating_sub(began)))
    }

    fn service(
        &mut self,
        name: &str,
        deadline: &Deadline,
    ) -> Result<Box<dyn Channel + '_>, Trouble> {
        Ok(match &mut self.via {
            Via::Server(server, serial) => Box::new(server.open(serial, name, deadline)?),
            Via::Own(link) => Box::new(link.open(name, deadline)?),
        })
    }
}

/// Since Android 7 a phone tells a command's exit code, and keeps what is said on the side apart.
fn has_shell_v2(features: &str) -> bool {
    features.split([',', ';']).any(|feature| feature.trim() == "shell_v2")
}

/// What comes goes out, is counted and digested.
struct Sink<'a> {
    out: &'a mut dyn Write,
    hasher: Sha256,
    bytes: u64,
    most: u64,
    head: Vec<u8>,
}

/// A refusal is told by its first words.
const HEAD_BYTES: usize = 512;

impl<'a> Sink<'a> {
    fn new(out: &'a mut dyn Write, most: u64) -> Self {
        Self { out, hasher: Sha256::new(), bytes: 0, most, head: Vec::new() }
    }

    fn end(self, exit: ExitMarker, said: String, took: Duration) -> Ran {
        let sha256 = self.hasher.finalize().into();
        Ran { exit, bytes: self.bytes, sha256, head: self.head, said, took }
    }
}

impl Take for Sink<'_> {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let room = usize::try_from(self.most - self.bytes).unwrap_or(usize::MAX);
        let kept = &bytes[..bytes.len().min(room)];
        self.out.write_all(kept).map_err(Trouble::Keeping)?;
        self.hasher.update(kept);
        self.bytes += kept.len() as u64;
        let head = HEAD_BYTES.saturating_sub(self.head.len()).min(kept.len());
        self.head.extend_from_slice(&kept[..head]);
        if kept.len() < bytes.len() { Err(Trouble::Endless(self.most)) } else { Ok(()) }
    }
}
