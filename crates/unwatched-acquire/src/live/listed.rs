//! A list of phones as an adb server gives it: `SERIAL  state  usb:1-1 model:...`.

use super::names::Serial;
use super::states::State;

/// A phone on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// By which it is addressed.
    pub serial: Serial,
    /// What the server calls its model, for somebody who must choose between two.
    pub model: Option<String>,
    /// The server's word for how it stands.
    word: Word,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Ready,
    Unauthorised,
    Asking,
    Offline,
    NoPermission,
    OtherMode,
    Unknown,
}

/// More phones than hang on one computer.
const MOST: usize = 64;

/// Reads the list.
pub(super) fn listed(text: &str) -> Vec<Listed> {
    text.lines().filter_map(line).take(MOST).collect()
}

fn line(line: &str) -> Option<Listed> {
    let (serial, rest) = line.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    // The serial of a phone that may not be opened is question marks.
    let serial = serial.parse().ok()?;
    let word = match rest.split_whitespace().next()? {
        "device" => Word::Ready,
        "unauthorized" => Word::Unauthorised,
        "authorizing" | "connecting" => Word::Asking,
        "offline" | "detached" => Word::Offline,
        "no" if rest.starts_with("no permissions") => Word::NoPermission,
        "bootloader" | "recovery" | "sideload" | "rescue" | "host" => Word::OtherMode,
        _ => Word::Unknown,
    };
    let model = rest.split_whitespace().find_map(|word| word.strip_prefix("model:"));
    let model = model.map(|model| model.replace('_', " ").chars().take(60).collect());
    Some(Listed { serial, model, word })
}

impl Listed {
    /// One that was seen on our own cable.
    pub(super) fn ready(serial: Serial, model: Option<String>) -> Self {
        Self { serial, model, word: Word::Ready }
    }

    /// Why it cannot be talked to as it stands; `None` when it can.
    pub fn state(&self) -> Option<State> {
        Some(match self.word {
            Word::Ready => return None,
            Word::Unauthorised => State::Unauthorised,
            Word::Asking => State::Asking,
            Word::Offline | Word::Unknown => State::Offline,
            Word::NoPermission => State::NoPermission,
            Word::OtherMode => State::OtherMode,
        })
    }
}

/// The phone to talk to: the one that was named, or the only one.
pub(super) fn chosen(phones: Vec<Listed>, wanted: Option<&Serial>) -> Result<Listed, State> {
    let phone = match wanted {
        Some(serial) => {
            let found = phones.iter().find(|phone| phone.serial == *serial).cloned();
            let missing =
                || if phones.is_empty() { State::NoPhone } else { State::NotAmong(phones) };
            found.ok_or_else(missing)?
        }
        None if phones.len() > 1 => return Err(State::Several(phones)),
        None => phones.into_iter().next().ok_or(State::NoPhone)?,
    };
    match phone.state() {
        Some(state) => Err(state),
        None => Ok(phone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
0123456789ABCDEF       device usb:1-1 product:x model:Pixel_7a device:lynx transport_id:1
R58M                   unauthorized usb:1-2 transport_id:2
????????????           no permissions (user in plugdev group; are your udev rules wrong?); see [http://developer.android.com/tools/device.html] usb:1-3
192.168.1.7:5555       offline product:y
FA77                   recovery usb:1-4
";

    #[test]
    fn every_word_of_the_server_is_understood() {
        let phones = listed(LIST);
        let states: Vec<_> = phones.iter().map(Listed::state).collect();
        assert_eq!(
            states,
            [
                None,
                Some(State::Unauthorised),
                Some(State::NoPermission),
                Some(State::Offline),
                Some(State::OtherMode),
            ]
        );
        assert_eq!(phones[0].model.as_deref(), Some("Pixel 7a"));
    }

    #[test]
    fn with_several_phones_nobody_guesses() {
        let of = |text: &str, wanted: Option<&str>| {
            chosen(listed(text), wanted.map(|serial| serial.parse().unwrap()).as_ref())
                .map(|phone| phone.serial.to_string())
        };
        assert_eq!(of("", None), Err(State::NoPhone));
        assert!(matches!(of(LIST, None), Err(State::Several(phones)) if phones.len() == 5));
        assert_eq!(of(LIST, Some("0123456789ABCDEF")), Ok("0123456789ABCDEF".to_owned()));
        assert_eq!(of(LIST, Some("R58M")), Err(State::Unauthorised));
        assert!(matches!(of(LIST, Some("other")), Err(State::NotAmong(_))));
        // One that cannot be used is not passed over for want of another.
        assert_eq!(of("R58M unauthorized\n", None), Err(State::Unauthorised));
    }

    #[test]
    fn what_is_no_list_lists_nothing() {
        assert_eq!(listed("\u{1b}[2Jxy device\n\n\tdevice\nserial\n"), []);
    }
}
