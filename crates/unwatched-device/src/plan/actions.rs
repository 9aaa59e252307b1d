//! `catalogue/actions.toml`, read: what can be done, what the platform tells of it, the choices, and
//! why one step stands before another. The wording stands there and nowhere else.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use unwatched_model::report::HowSoon;

use crate::android::appops::Op;

/// Who would notice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenBy {
    /// Whoever receives what this app reports.
    App(String),
    /// Whoever installed what was found, by whatever way.
    WhoeverInstalledIt,
    /// Whoever can sign in to an account of the phone.
    Account,
    /// Whoever manages the phone or a profile on it.
    Manager,
    /// Whoever holds a device or runs a server at the other end.
    OtherDevice,
    /// Whoever sees the phone, or tries to reach the person.
    SomebodyNear,
}

/// Where an action is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// By this program, over the cable.
    Cable,
    /// By hand, on the phone.
    Phone,
    /// On another device.
    Elsewhere,
}

/// What an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum About {
    /// Each app that was found.
    App,
    /// The phone.
    Phone,
}

/// What must be there for a plan to hold an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum There {
    /// Nothing: it is always a part of the choices that name it.
    Always,
    /// It is part of no choice; people do it, or ask about it.
    Everyday,
    /// An app that was found.
    App,
    /// A finding of the kinds that the action names.
    Finding,
    /// A device administrator.
    Admin,
    /// An accessibility service that is on.
    Accessibility,
    /// A notification listener that is on.
    NotificationAccess,
    /// A VPN.
    Vpn,
    /// The app for text messages.
    SmsApp,
    /// The app for calls, or for sending them elsewhere.
    PhoneApp,
    /// The keyboard.
    Keyboard,
    /// The assistant.
    Assistant,
    /// An exemption from battery optimisation.
    Exempt,
    /// A link to another device.
    Companion,
    /// A permission that watching needs.
    Permission,
    /// Access that is given app by app.
    SpecialAccess,
}

/// A step that must come before.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    pub(super) step: String,
    pub(super) why: String,
}

/// How something is done by hand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hands {
    from: Option<u32>,
    to: Option<u32>,
    pub(super) words: String,
}

/// Who notices by the platform itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Platform {
    pub(super) seen_by: SeenBy,
    pub(super) how_soon: HowSoon,
    from: Option<u32>,
    to: Option<u32>,
    pub(super) sentence: String,
    source: Option<String>,
    checked: Option<String>,
}

impl Platform {
    /// Where it is documented: a page that somebody read and found it on. One that nobody read
    /// documents nothing.
    pub(super) fn source(&self) -> Option<&String> {
        self.source.as_ref().filter(|_| self.checked.is_some())
    }
}

/// Whether it holds for this version of Android; where that is unknown, everything does.
fn holds(from: Option<u32>, to: Option<u32>, android: Option<u32>) -> bool {
    android.is_none_or(|version| {
        from.is_none_or(|from| from <= version) && to.is_none_or(|to| version <= to)
    })
}

/// Something that can be done.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Stable.
    pub id: String,
    pub(super) words: String,
    pub(super) about: About,
    /// Where it is done.
    pub done: Done,
    /// What must be there.
    pub there: There,
    #[serde(default)]
    pub(super) findings: Vec<String>,
    #[serde(default = "yes")]
    pub(super) changes: bool,
    #[serde(default)]
    pub(super) removes: bool,
    #[serde(default)]
    pub(super) shows_codes: bool,
    /// How it is taken back.
    pub undo: Option<String>,
    pub(super) seen_through: Vec<String>,
    #[serde(default)]
    pub(super) seen_by_others: Vec<String>,
    #[serde(default)]
    pub(super) by_hand: Vec<String>,
    #[serde(default)]
    pub(super) after: Vec<After>,
    #[serde(default)]
    hands: Vec<Hands>,
    #[serde(default)]
    told: Vec<Platform>,
}

fn yes() -> bool {
    true
}

impl Action {
    /// What is asked for, with the names filled in.
    pub(super) fn words(&self, app: Option<&str>, detail: Option<&str>) -> String {
        filled(&self.words, app, detail)
    }

    /// How it is done by hand with this version of Android.
    pub(super) fn hands(&self, android: Option<u32>, app: Option<&str>) -> Vec<String> {
        let fits = |hands: &&Hands| holds(hands.from, hands.to, android);
        self.hands.iter().filter(fits).map(|hands| filled(&hands.words, app, None)).collect()
    }

    /// What the platform itself tells, with this version of Android.
    pub(super) fn told(&self, android: Option<u32>) -> impl Iterator<Item = &Platform> {
        self.told.iter().filter(move |told| holds(told.from, told.to, android))
    }
}

/// The sentence with its names.
pub(super) fn filled(sentence: &str, app: Option<&str>, detail: Option<&str>) -> String {
    // The detail is the catalogue's own: it fills no braces of a name that comes from a phone.
    sentence.replace("{detail}", detail.unwrap_or_default()).replace("{app}", app.unwrap_or("it"))
}

/// Permissions that are taken back together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PermissionGroup {
    pub(super) title: String,
    pub(super) names: Vec<String>,
}

/// Access that is given app by app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpecialAccess {
    pub(super) op: Op,
    pub(super) title: String,
    pub(super) name: String,
}

/// A choice, with its words and the actions it may hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionWords {
    pub(super) id: String,
    pub(super) words: String,
    pub(super) gives: String,
    pub(super) risks: Vec<String>,
    pub(super) steps: Vec<String>,
}

/// Why one step stands before another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whys {
    pub(super) record_first: String,
    pub(super) told_later_first: String,
    pub(super) its_codes_pass_here: String,
    pub(super) access_first: String,
    pub(super) watcher_first: String,
    pub(super) play_protect_last: String,
    pub(super) close_last: String,
    pub(super) obstructs: String,
    pub(super) new_phone_first: String,
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actions {
    pub(super) why: Whys,
    action: Vec<Action>,
    pub(super) permission: Vec<PermissionGroup>,
    pub(super) special_access: Vec<SpecialAccess>,
    pub(super) option: Vec<OptionWords>,
}

impl Actions {
    /// What the catalogue says.
    pub fn here() -> &'static Self {
        static ACTIONS: LazyLock<Actions> = LazyLock::new(|| {
            toml::from_str(include_str!("../../../../catalogue/actions.toml"))
                .expect("catalogue/actions.toml is well-formed")
        });
        &ACTIONS
    }

    /// Every action, in the file's order.
    pub fn all(&self) -> &[Action] {
        &self.action
    }

    /// The action of this id, which the catalogue holds: a test proves it.
    pub(super) fn action(&self, id: &str) -> &Action {
        let found = self.action.iter().find(|action| action.id == id);
        found.unwrap_or_else(|| panic!("catalogue/actions.toml holds {id}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The actions that an app's code can tell of.
    fn observable() -> BTreeSet<String> {
        #[derive(Deserialize)]
        struct Signal {
            action: String,
        }
        #[derive(Deserialize)]
        struct File {
            signal: Vec<Signal>,
        }
        let file: File =
            toml::from_str(include_str!("../../../../catalogue/observable.toml")).unwrap();
        file.signal.into_iter().map(|signal| signal.action).collect()
    }

    #[test]
    fn whatever_an_apps_code_can_tell_of_belongs_to_an_action() {
        let used: BTreeSet<String> = Actions::here()
            .all()
            .iter()
            .flat_map(|one| [&one.seen_through, &one.seen_by_others, &one.by_hand])
            .flatten()
            .cloned()
            .collect();
        assert_eq!(used, observable());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let actions = Actions::here();
        let mut ids = BTreeSet::new();
        for action in actions.all() {
            assert!(ids.insert(&action.id), "{}", action.id);
            for after in &action.after {
                let _ = actions.action(&after.step);
            }
            assert_eq!(
                action.there == There::Finding,
                !action.findings.is_empty(),
                "{}",
                action.id
            );
            let by_hand = action.done == Done::Phone && action.changes;
            if by_hand && action.there != There::Everyday {
                assert!(
                    !action.hands.is_empty() || action.id == "set_up_as_new",
                    "{}: say how it is done",
                    action.id
                );
            }
            assert_eq!(action.about == About::App, action.words.contains("{app}"), "{}", action.id);
        }
        for option in &actions.option {
            for step in &option.steps {
                let _ = actions.action(step);
            }
        }
    }

    /// Documented is what somebody read; of the rest nobody knows how soon it is told.
    #[test]
    fn every_source_was_read_and_what_has_none_is_told_at_once() {
        for action in Actions::here().all() {
            for told in &action.told {
                let Some(source) = &told.source else {
                    assert!(told.checked.is_none(), "{}", action.id);
                    assert_eq!(told.how_soon, HowSoon::AtOnce, "{}: {}", action.id, told.sentence);
                    continue;
                };
                assert!(source.starts_with("https://"), "{}: {source}", action.id);
                let (day, found) =
                    told.checked.as_deref().and_then(|checked| checked.split_once(": ")).unwrap();
                assert!(day.parse::<jiff::civil::Date>().is_ok(), "{}: {day}", action.id);
                assert!(found.len() > 10, "{}: {found}", action.id);
            }
        }
    }

    #[test]
    fn a_page_that_nobody_read_documents_nothing() {
        let told = |checked: &str| -> Platform {
            toml::from_str(&format!(
                "seen_by = \"account\"\nhow_soon = \"at_once\"\nsentence = \"It is told.\"\nsource = \"https://example.org\"\n{checked}"
            ))
            .unwrap()
        };
        assert!(told("").source().is_none());
        assert!(told("checked = \"2026-11-23: it says so\"").source().is_some());
    }

    #[test]
    fn every_version_is_told_how() {
        for action in Actions::here().all().iter().filter(|action| !action.hands.is_empty()) {
            for android in 5..=20 {
                assert!(!action.hands(Some(android), None).is_empty(), "{} {android}", action.id);
            }
        }
    }

    #[test]
    fn a_name_fills_no_other_braces() {
        assert_eq!(
            filled("take {detail} of {app}", Some("{detail}"), Some("a")),
            "take a of {detail}"
        );
    }

    /// Sides with equal weight: each says what it gives and what it risks.
    #[test]
    fn the_choices_stand_side_by_side() {
        let options = &Actions::here().option;
        let ids: Vec<&str> = options.iter().map(|option| option.id.as_str()).collect();
        assert_eq!(ids, ["leave", "limit", "new_phone", "remove", "reset"]);
        for option in options {
            assert!(!option.gives.is_empty() && option.risks.len() >= 2, "{}", option.id);
            assert!(!option.steps.is_empty());
        }
    }
}
