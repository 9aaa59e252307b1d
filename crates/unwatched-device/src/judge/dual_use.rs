//! Apps with a legitimate purpose that can be turned against somebody: which class an app belongs
//! to, and what is said of it. Being listed accuses nobody.

use super::view::{Origin, View};
use crate::catalogue::catalogue;
use crate::facts::Facts;
use crate::products::{DualUseClass, class_by_word, class_of};
use crate::result::Signal;

const BY_WORD: &str = " by what its name says, which no list confirms";
const BY_NAME: &str = " by its name only, which anybody can copy";

/// The class of an app and how sure it is. A word in the name counts for what a store that gives
/// a name to one maker installed; with `any_origin` for every app that somebody put on the phone.
pub(super) fn class(
    app: &View<'_>,
    any_origin: bool,
) -> Option<(&'static DualUseClass, &'static str)> {
    let vouched = app.provenance.vouches();
    if let Some(class) = class_of(app.name) {
        let sure = vouched || app.origin == Origin::Preinstalled;
        return Some((class, if sure { "" } else { BY_NAME }));
    }
    let counts = app.origin == Origin::Added && (vouched || any_origin);
    counts.then(|| class_by_word(app.name)).flatten().map(|class| (class, BY_WORD))
}

/// Whether an app is of such a class, and a store that gives a name to one maker installed it.
pub(super) fn is_one(app: &View<'_>) -> bool {
    app.provenance.vouches() && class(app, false).is_some()
}

/// What L4 says of an app. Where an indicator says what it is, that stands alone.
pub(super) fn signal(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    if app.identified {
        return None;
    }
    let (class, by) = class(app, false)?;
    let words = [
        ("title", class.title.as_str()),
        ("by", by),
        ("purpose", class.purpose.as_str()),
        ("turned", class.turned.as_str()),
        ("question", class.question.as_str()),
    ];
    let source = app.seen().map(|seen| facts.place(seen)).unwrap_or_default();
    Some(catalogue().rule("L4").signal(&words, source))
}
