//! How a phone on a cable can stand, in words: what it means, what to do next, and what that may
//! show to somebody. Pure: what is seen is handed in.
//!
//! No text here asks for "Always allow from this computer", and none says that something stays
//! unseen.

use std::net::SocketAddr;

use super::listed::Listed;

/// Why a phone cannot be read, or not wholly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing that could be a phone is seen.
    NoPhone,
    /// A phone is seen on the cable, and it offers no debugging.
    DebuggingOff,
    /// A phone is seen that only charges.
    ChargeOnly,
    /// This computer's system does not let this program open it.
    NoPermission,
    /// Windows has no driver for it.
    NoDriver,
    /// The phone waits for somebody to allow it.
    Unauthorised,
    /// The phone is being asked.
    Asking,
    /// It is listed, and does not answer.
    Offline,
    /// It has started into another mode than its ordinary one.
    OtherMode,
    /// More than one phone.
    Several(Vec<Listed>),
    /// The one that was named is not there.
    NotAmong(Vec<Listed>),
    /// Another program holds it.
    Held,
    /// No adb server runs, and there is no other way to it here.
    NoServer,
    /// On the adb server's port is something else.
    OtherServer(u16),
    /// Nobody answers at that address.
    NoAnswer(SocketAddr),
    /// The address is none of a network nearby.
    FarAway(SocketAddr),
    /// The phone wants the pairing of newer Androids.
    NeedsPairing,
    /// The screen is locked.
    Locked,
    /// It was not unlocked since it was switched on: most of it cannot be read by anybody.
    LockedSinceStart,
    /// A profile that an employer or school manages.
    WorkProfile,
    /// More users or spaces than one.
    SeveralUsers(usize),
    /// Samsung's protection that blocks commands by cable.
    AutoBlocker,
    /// Android's protection for people at risk.
    AdvancedProtection,
    /// Somebody who manages the phone forbids debugging.
    ForbiddenByAdministrator,
}

/// What is said of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// What is the case, a lowercase fragment.
    pub headline: &'static str,
    /// What to do next, in order.
    pub next: &'static [&'static str],
    /// What that, or the state itself, may show to the person who installed something.
    pub may_show: &'static str,
}

const DIALOG: &str = "The phone asks whether to allow USB debugging from this computer. Leave \"Always allow from this computer\" without its tick, then tap Allow: so nothing of this computer stays on the phone.";
const UNLOCK: &str = "Unlock the phone and leave its screen on.";
const SETTINGS_SHOW: &str = "Changing a setting on the phone can be seen by an app that watches the screen, and some apps report it. Whether this one does is not known: assume they are told at once.";
const NOTHING_NEW: &str = "A phone shows a notice while debugging is on, and apps that read notifications or settings can pass that on. Assume that whoever reads along sees that a computer is connected.";

impl State {
    /// The headline alone.
    pub fn headline(&self) -> &'static str {
        self.words().headline
    }

    /// Whether the phone can be read all the same.
    pub fn still_answers(&self) -> bool {
        matches!(
            self,
            Self::Locked
                | Self::LockedSinceStart
                | Self::WorkProfile
                | Self::SeveralUsers(_)
                | Self::AutoBlocker
                | Self::AdvancedProtection
                | Self::ForbiddenByAdministrator
        )
    }

    /// What to say.
    pub fn words(&self) -> Words {
        match self {
            Self::NoPhone => Words {
                headline: "no phone is seen on this computer",
                next: &[
                    "Look whether the cable sits firmly at both ends, and try another: many cables carry power only.",
                    UNLOCK,
                    "If the phone charges and is still not seen, debugging is probably off. Whether to switch it on is a choice of its own: talk about it first, away from the phone.",
                    "Without debugging, a bugreport or a backup that was made elsewhere can be checked instead.",
                ],
                may_show: "A phone on a cable shows that it charges from a computer. Assume that an app that reads its state can pass that on.",
            },
            Self::DebuggingOff => Words {
                headline: "a phone is connected, but USB debugging is off, or is blocked",
                next: &[
                    "Whether to switch debugging on is a choice with a risk of its own: talk about it first, away from the phone.",
                    "If it is to be on: Settings, About phone, tap Build number seven times, then Developer options, USB debugging.",
                    "Where the switch is grey: on a Samsung look whether Auto Blocker is on (Settings, Security and privacy); on Android 16 and later whether Advanced Protection is; on a phone of an employer or a school whoever manages it may forbid it.",
                    "Write down that it was off: the close switches it off again.",
                ],
                may_show: SETTINGS_SHOW,
            },
            Self::ChargeOnly => Words {
                headline: "a phone is connected that only takes power",
                next: &[
                    UNLOCK,
                    "Pull down the notices, tap the one about USB, and choose to transfer files.",
                    "If there is no such notice, try another cable: many carry power only.",
                ],
                may_show: SETTINGS_SHOW,
            },
            Self::NoPermission => Words {
                headline: "a phone is connected, but this computer does not let programs open it",
                next: &[
                    "On Linux, install the rules for Android phones (on Debian and Ubuntu the package android-sdk-platform-tools-common), pull the cable and plug it in again.",
                    "If you may not install anything: ask whoever looks after this computer. This program needs no administrator's right itself.",
                ],
                may_show: NOTHING_NEW,
            },
            Self::NoDriver => Words {
                headline: "a phone is connected, but Windows has no driver for its debugging",
                next: &[
                    "Install the maker's USB driver, or Google's, then pull the cable and plug it in again.",
                    "If you may not install anything: ask whoever looks after this computer.",
                ],
                may_show: NOTHING_NEW,
            },
            Self::Unauthorised => Words {
                headline: "the phone waits for somebody to allow this computer",
                next: &[
                    UNLOCK,
                    DIALOG,
                    "If no question is seen: pull the cable and plug it in again. On a phone with more than one user, only the first can allow it.",
                ],
                may_show: "The question is on the screen until it is answered: an app that watches the screen sees it, and sees the answer.",
            },
            Self::Asking => Words {
                headline: "the phone is being asked whether to allow this computer",
                next: &[UNLOCK, DIALOG],
                may_show: "The question is on the screen until it is answered: an app that watches the screen sees it, and sees the answer.",
            },
            Self::Offline => Words {
                headline: "the phone is known, but does not answer",
                next: &[
                    UNLOCK,
                    "Pull the cable, wait a moment and plug it in again.",
                    "If that does not help: restart the phone. Some apps report a restart: assume they are told at once.",
                ],
                may_show: NOTHING_NEW,
            },
            Self::OtherMode => Words {
                headline: "the phone has started into its recovery or boot loader, where nothing can be checked",
                next: &["Start it again in its ordinary way, and ask how it came to be there."],
                may_show: "Some apps report that a phone was started: assume they are told at once.",
            },
            Self::Several(_) => Words {
                headline: "more than one phone is connected",
                next: &[
                    "Leave only the phone that is to be checked, or name it with --serial. Make sure whose it is: only its owner can agree to a check.",
                ],
                may_show: NOTHING_NEW,
            },
            Self::NotAmong(_) => Words {
                headline: "the phone that was named is not among those that are connected",
                next: &["Compare the serial numbers, and look at the cable."],
                may_show: NOTHING_NEW,
            },
            Self::Held => Words {
                headline: "another program on this computer holds the phone",
                next: &[
                    "Close what else talks to phones: the maker's program, Android Studio, a program that shows the phone's screen.",
                    "If you do not know of any: somebody may have set this computer up to do so. Use another computer.",
                ],
                may_show: NOTHING_NEW,
            },
            Self::NoServer => Words {
                headline: "no adb server runs on this computer, and the phone cannot be reached without one",
                next: &[
                    "Start one with `adb start-server`. It makes a key for this computer in the folder .android of your home folder (adbkey, adbkey.pub) and leaves it there: delete both afterwards if nobody is to see that phones were read here.",
                    "Or reach the phone over the network: --address.",
                ],
                may_show: NOTHING_NEW,
            },
            Self::OtherServer(_) => Words {
                headline: "on the port of the adb server listens something that is none",
                next: &[
                    "Find out what it is before going on; on a computer that somebody else set up, use another one.",
                ],
                may_show: NOTHING_NEW,
            },
            Self::NoAnswer(_) => Words {
                headline: "nobody answers at that address",
                next: &[
                    "Compare the address and the port with what the phone shows under wireless debugging; the port changes.",
                    "Both must be in the same network. A shelter's network shows its name and address to the phone: do not use it.",
                ],
                may_show: "A phone in a network shows that network's name and address to every app that may see them.",
            },
            Self::FarAway(_) => Words {
                headline: "that is no address of a network nearby, and nothing else is ever connected to",
                next: &[
                    "Give the address that the phone shows in its own network, such as 192.168.1.7:5555.",
                ],
                may_show: NOTHING_NEW,
            },
            Self::NeedsPairing => Words {
                headline: "the phone wants the pairing of newer Androids, which this program does not do itself",
                next: &[
                    "Use the cable.",
                    "Or pair with `adb pair` and `adb connect`, and go on through the adb server. The phone keeps a paired computer on a list: take it off that list at the close.",
                ],
                may_show: "Wireless debugging and every paired computer stand in the phone's settings. Assume that whoever looks there, or an app that does, sees them.",
            },
            Self::Locked => Words {
                headline: "the phone's screen is locked",
                next: &[
                    "It can be read so. If the connection ends, unlock it and leave the screen on.",
                ],
                may_show: NOTHING_NEW,
            },
            Self::LockedSinceStart => Words {
                headline: "the phone was not unlocked since it was switched on, so parts of what it knows cannot be read yet",
                next: &[
                    "Unlock it once and acquire again: what is missing must not be read as not there.",
                ],
                may_show: "Many apps begin their work, and some report, when a phone is unlocked for the first time: assume they are told at once.",
            },
            Self::WorkProfile => Words {
                headline: "part of the phone is a work profile",
                next: &[
                    "Ask who set it up, and whether an employer or a school is known. Whoever manages it may see what happens in it.",
                    "What lies in the profile can be read only in part.",
                ],
                may_show: "Whoever manages the profile may be told of changes in it: assume they are told at once.",
            },
            Self::SeveralUsers(_) => Words {
                headline: "the phone has more users or spaces than one",
                next: &[
                    "Ask whose they are. An app can be in one and not in the other; what is in a locked space cannot be read.",
                ],
                may_show: NOTHING_NEW,
            },
            Self::AutoBlocker => Words {
                headline: "Samsung's Auto Blocker is on: it blocks commands by cable",
                next: &[
                    "It protects the phone. Switching it off is a choice with a risk of its own, for as long as it is off; talk about it first, away from the phone.",
                    "If it is switched off (Settings, Security and privacy, Auto Blocker), newer phones can switch it on again by themselves after half an hour, and debugging may go off with it: an acquisition that runs then is cut, and what came until then is kept.",
                    "Write down that it was on: the close looks whether it is on again.",
                ],
                may_show: SETTINGS_SHOW,
            },
            Self::AdvancedProtection => Words {
                headline: "Android's Advanced Protection is on",
                next: &[
                    "It protects the phone, and may refuse a new cable while the screen is locked: unlock it before plugging in.",
                    "Switching it off is a choice with a risk of its own, and is seldom needed; a bugreport can be checked instead.",
                    "Write down that it was on: the close looks whether it is on again.",
                ],
                may_show: SETTINGS_SHOW,
            },
            Self::ForbiddenByAdministrator => Words {
                headline: "somebody who manages the phone forbids debugging on it",
                next: &[
                    "Ask who manages it: an employer, a school, a parent, or somebody who set it up by themselves. That is a finding of its own.",
                    "Do not take the management away for this: whoever manages the phone may be told, and some set-ups delete the phone then.",
                ],
                may_show: "Whoever manages the phone may see what is changed on it: assume they are told at once.",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<State> {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        vec![
            State::NoPhone,
            State::DebuggingOff,
            State::ChargeOnly,
            State::NoPermission,
            State::NoDriver,
            State::Unauthorised,
            State::Asking,
            State::Offline,
            State::OtherMode,
            State::Several(vec![]),
            State::NotAmong(vec![]),
            State::Held,
            State::NoServer,
            State::OtherServer(1),
            State::NoAnswer(address),
            State::FarAway(address),
            State::NeedsPairing,
            State::Locked,
            State::LockedSinceStart,
            State::WorkProfile,
            State::SeveralUsers(2),
            State::AutoBlocker,
            State::AdvancedProtection,
            State::ForbiddenByAdministrator,
        ]
    }

    #[test]
    fn every_state_says_what_to_do_and_what_it_may_show() {
        for state in every() {
            let words = state.words();
            assert!(!words.next.is_empty() && !words.may_show.is_empty(), "{state:?}");
            assert!(words.headline.starts_with(|c: char| c.is_lowercase() || c == 'S' || c == 'A'));
            assert!(!words.headline.ends_with('.'), "{state:?}");
            for text in words.next.iter().chain([&words.may_show]) {
                assert!(text.ends_with('.'), "{text}");
            }
        }
    }

    #[test]
    fn no_text_calms_or_promises() {
        for state in every() {
            let words = state.words();
            let mut text =
                format!("{} {} {}", words.headline, words.next.join(" "), words.may_show);
            text.make_ascii_lowercase();
            for word in
                ["clean", " safe", "hacked", "remove now", "unnoticed", "nobody sees", "cannot see"]
            {
                assert!(!text.contains(word), "{word}: {text}");
            }
            assert!(
                !text.contains("always allow") || text.contains("without its tick"),
                "it is never asked for: {text}"
            );
        }
    }
}
