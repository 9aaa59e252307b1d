//! Our own connection to a phone's debugging service, without an adb server: the greeting, the
//! question on the phone's screen, and one service after the other.

use std::time::Duration;

use super::channel::Channel;
use super::clock::{Clock, Deadline};
use super::key::PublicKey;
use super::message::{Incoming, Kind, MOST_BYTES, Message};
use super::states::State;
use super::trouble::Trouble;
use super::wire::Wire;

/// The protocol's version since which payloads need no sum.
const WITHOUT_SUMS: u32 = 0x0100_0001;
/// What is said to be understood here; it decides what the phone offers.
const GREETING: &[u8] = b"host::features=shell_v2,cmd";
/// A token to sign, and the answer with a public key.
const AUTH_TOKEN: u32 = 1;
const AUTH_PUBLIC_KEY: u32 = 3;
/// A phone that asks nobody answers at once.
const GREETING_PATIENCE: Duration = Duration::from_secs(15);
/// Somebody must take the phone and read a question.
const DIALOG_PATIENCE: Duration = Duration::from_mins(2);
/// To say that a service is over.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(2);
/// What is left over of a service that ended before.
const MOST_STALE: usize = 4_096;

/// A connection that was let in.
pub(super) struct Link {
    wire: Box<dyn Wire>,
    incoming: Incoming,
    clock: Clock,
    summed: bool,
    last_id: u32,
    /// What the phone said of itself: `device::...;features=a,b`.
    banner: String,
}

impl Link {
    /// Greets the phone. Where it asks its owner, `key` makes the public key that it is shown, and
    /// `asked` is told that the question is on the screen.
    pub(super) fn greet(
        mut wire: Box<dyn Wire>,
        clock: Clock,
        key: &mut dyn FnMut() -> PublicKey,
        asked: &mut dyn FnMut(),
    ) -> Result<Self, Trouble> {
        let mut deadline = Deadline::of(clock, GREETING_PATIENCE);
        Message::new(Kind::Connect, WITHOUT_SUMS, MOST_BYTES, GREETING)
            .send(wire.as_mut(), &deadline)?;
        let (mut incoming, mut has_asked) = (Incoming::default(), false);
        for _ in 0..MOST_STALE {
            let received = incoming.next(wire.as_mut(), false, &deadline);
            let message = match received {
                Err(Trouble::Slow(_)) if has_asked => {
                    return Err(Trouble::State(State::Unauthorised));
                }
                // Refusing the question ends the connection, too.
                Err(Trouble::Cut) if has_asked => return Err(Trouble::State(State::Unauthorised)),
                other => other?,
            };
            match message.kind {
                Kind::Connect => {
                    let banner = String::from_utf8_lossy(&message.payload).into_owned();
                    let banner = banner.trim_end_matches('\0').to_owned();
                    let summed = message.first < WITHOUT_SUMS;
                    let is_phone = banner.starts_with("device");
                    if !is_phone {
                        return Err(Trouble::State(State::OtherMode));
                    }
                    return Ok(Self { wire, incoming, clock, summed, last_id: 0, banner });
                }
                Kind::StartTls => return Err(Trouble::State(State::NeedsPairing)),
                Kind::Authorise if message.first == AUTH_TOKEN && !has_asked => {
                    has_asked = true;
                    // Nothing is signed: no phone knows this key, so it asks whoever holds it.
                    let text = key().text();
                    // Making it takes a moment, which is not the phone's.
                    deadline = Deadline::of(clock, DIALOG_PATIENCE);
                    Message::new(Kind::Authorise, AUTH_PUBLIC_KEY, 0, text.as_bytes())
                        .send(wire.as_mut(), &deadline)?;
                    asked();
                }
                // Asked again, it was not let in.
                Kind::Authorise if message.first == AUTH_TOKEN => {
                    return Err(Trouble::State(State::Unauthorised));
                }
                // Left over from a connection before this one.
                _ => {}
            }
        }
        Err(Trouble::Nonsense("no end of messages before a greeting"))
    }

    /// What the phone's side can do.
    pub(super) fn features(&self) -> &str {
        let part = self.banner.split(';').find_map(|part| part.strip_prefix("features="));
        // The first part of the banner has no semicolon before it.
        part.or_else(|| self.banner.split_once("features=").map(|(_, rest)| rest)).unwrap_or("")
    }

    /// Opens a service of the phone.
    pub(super) fn open(
        &mut self,
        service: &str,
        deadline: &Deadline,
    ) -> Result<Service<'_>, Trouble> {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        let ours = self.last_id;
        let name = [service.as_bytes(), b"\0"].concat();
        Message::new(Kind::Open, ours, 0, &name).send(self.wire.as_mut(), deadline)?;
        for _ in 0..MOST_STALE {
            let message = self.incoming.next(self.wire.as_mut(), self.summed, deadline)?;
            if message.second != ours {
                self.turn_away(&message, deadline)?;
                continue;
            }
            return match message.kind {
                Kind::Okay => Ok(Service {
                    link: self,
                    ours,
                    theirs: message.first,
                    pending: Vec::new(),
                    read: 0,
                    ended: false,
                }),
                Kind::Close => {
                    Err(Trouble::Refused("the phone does not offer this service".to_owned()))
                }
                _ => Err(Trouble::Nonsense("an answer to what was not asked yet")),
            };
        }
        Err(Trouble::Nonsense("no end of messages for what is over"))
    }

    /// A message for a service that is over, or that the phone would open here: it is told so.
    fn turn_away(&mut self, message: &Message, deadline: &Deadline) -> Result<(), Trouble> {
        match message.kind {
            Kind::Write => Message::new(Kind::Close, message.second, message.first, b"")
                .send(self.wire.as_mut(), deadline),
            Kind::Open => {
                Message::new(Kind::Close, 0, message.first, b"").send(self.wire.as_mut(), deadline)
            }
            Kind::Okay | Kind::Close => Ok(()),
            Kind::Connect | Kind::StartTls | Kind::Authorise => Err(Trouble::Cut),
        }
    }
}

/// One open service.
pub(super) struct Service<'l> {
    link: &'l mut Link,
    ours: u32,
    theirs: u32,
    pending: Vec<u8>,
    read: usize,
    ended: bool,
}

impl Service<'_> {
    /// The next message of this service.
    fn next(&mut self, deadline: &Deadline) -> Result<Message, Trouble> {
        for _ in 0..MOST_STALE {
            let link = &mut *self.link;
            let message = link.incoming.next(link.wire.as_mut(), link.summed, deadline)?;
            if message.second == self.ours && message.first == self.theirs {
                return Ok(message);
            }
            // A service that closes may forget its own number.
            if message.second == self.ours && message.kind == Kind::Close {
                return Ok(message);
            }
            link.turn_away(&message, deadline)?;
        }
        Err(Trouble::Nonsense("no end of messages for what is over"))
    }

    fn take(&mut self, message: &Message, deadline: &Deadline) -> Result<(), Trouble> {
        match message.kind {
            Kind::Write => {
                let unread = self.pending.len() - self.read;
                if unread > MOST_BYTES as usize {
                    return Err(Trouble::Nonsense("more than was asked for at once"));
                }
                self.pending.drain(..self.read);
                self.read = 0;
                self.pending.extend_from_slice(&message.payload);
                Message::new(Kind::Okay, self.ours, self.theirs, b"")
                    .send(self.link.wire.as_mut(), deadline)
            }
            Kind::Close => {
                self.ended = true;
                Ok(())
            }
            Kind::Okay => Ok(()),
            _ => Err(Trouble::Cut),
        }
    }
}

impl Channel for Service<'_> {
    fn read(&mut self, buffer: &mut [u8], deadline: &Deadline) -> Result<usize, Trouble> {
        while self.read == self.pending.len() && !self.ended {
            let message = self.next(deadline)?;
            self.take(&message, deadline)?;
        }
        let unread = &self.pending[self.read..];
        let count = unread.len().min(buffer.len());
        buffer[..count].copy_from_slice(&unread[..count]);
        self.read += count;
        Ok(count)
    }

    fn send(&mut self, bytes: &[u8], deadline: &Deadline) -> Result<(), Trouble> {
        for part in bytes.chunks(MOST_BYTES as usize) {
            Message::new(Kind::Write, self.ours, self.theirs, part)
                .send(self.link.wire.as_mut(), deadline)?;
            loop {
                let message = self.next(deadline)?;
                let is_taken = message.kind == Kind::Okay;
                self.take(&message, deadline)?;
                if is_taken {
                    break;
                }
                if self.ended {
                    return Err(Trouble::Cut);
                }
            }
        }
        Ok(())
    }
}

impl Drop for Service<'_> {
    /// A service that was left before its end is closed, so that the phone stops.
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let deadline = Deadline::of(self.link.clock, FAREWELL_PATIENCE);
        let _ = Message::new(Kind::Close, self.ours, self.theirs, b"")
            .send(self.link.wire.as_mut(), &deadline);
    }
}
