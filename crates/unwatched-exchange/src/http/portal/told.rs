//! What was just done, told once on the page that follows: a cookie with a code, never with text,
//! so that nobody can put words into the portal's mouth.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use unwatched_model::class::Class;

use crate::outward::NotSent;
use crate::views::words;

const COOKIE: &str = "unwatched_told";

/// Something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    FamilyCreated,
    OpinionGiven,
    /// An opinion that changed the coalition's class.
    VerdictChanged(Class),
    IndicatorAdded,
    IndicatorKnown,
    QuestionPut,
    NobodyToAsk,
    IndicatorWithdrawn,
    ValueDeclared,
    ValueDecided,
    ValueConfirmed,
    SharedReviewed,
    /// A release of this number.
    Published(u64),
    /// A release of this number that waits for signatures.
    Waits(u64),
    PublishingAsked,
    DraftAsked,
    Recalled,
    RecallLifted,
    /// So many new samples, and so many that were known.
    SamplesTaken(u32, u32),
    Triaged,
    TriageTakenBack,
    SearchSaved,
    SearchDeleted,
    JobRetried,
    KeyWithdrawn,
    PingArrived,
    /// A ping that did not arrive.
    PingLost(NotSent),
    WebhookOn,
    WebhookRemoved,
    GroupChanged,
    SignedOut,
}

impl Told {
    fn code(self) -> String {
        match self {
            Self::FamilyCreated => "family".to_owned(),
            Self::OpinionGiven => "opinion".to_owned(),
            Self::VerdictChanged(class) => format!("verdict.{class}"),
            Self::IndicatorAdded => "indicator".to_owned(),
            Self::IndicatorKnown => "indicator-known".to_owned(),
            Self::QuestionPut => "question".to_owned(),
            Self::NobodyToAsk => "nobody-to-ask".to_owned(),
            Self::IndicatorWithdrawn => "indicator-withdrawn".to_owned(),
            Self::ValueDeclared => "declared".to_owned(),
            Self::ValueDecided => "decided".to_owned(),
            Self::ValueConfirmed => "confirmed".to_owned(),
            Self::SharedReviewed => "shared".to_owned(),
            Self::Published(sequence) => format!("published.{sequence}"),
            Self::Waits(sequence) => format!("waits.{sequence}"),
            Self::PublishingAsked => "publishing".to_owned(),
            Self::DraftAsked => "draft".to_owned(),
            Self::Recalled => "recalled".to_owned(),
            Self::RecallLifted => "recall-lifted".to_owned(),
            Self::SamplesTaken(new, known) => format!("samples.{new}.{known}"),
            Self::Triaged => "triaged".to_owned(),
            Self::TriageTakenBack => "triage-taken-back".to_owned(),
            Self::SearchSaved => "search-saved".to_owned(),
            Self::SearchDeleted => "search-deleted".to_owned(),
            Self::JobRetried => "job".to_owned(),
            Self::KeyWithdrawn => "key-withdrawn".to_owned(),
            Self::PingArrived => "ping-arrived".to_owned(),
            Self::PingLost(why) => format!("ping-lost.{}", ping_code(why)),
            Self::WebhookOn => "webhook-on".to_owned(),
            Self::WebhookRemoved => "webhook-removed".to_owned(),
            Self::GroupChanged => "group".to_owned(),
            Self::SignedOut => "signed-out".to_owned(),
        }
    }

    fn of_code(code: &str) -> Option<Self> {
        let mut parts = code.split('.');
        let told = match parts.next()? {
            "family" => Self::FamilyCreated,
            "opinion" => Self::OpinionGiven,
            "verdict" => Self::VerdictChanged(parts.next()?.parse().ok()?),
            "indicator" => Self::IndicatorAdded,
            "indicator-known" => Self::IndicatorKnown,
            "question" => Self::QuestionPut,
            "nobody-to-ask" => Self::NobodyToAsk,
            "indicator-withdrawn" => Self::IndicatorWithdrawn,
            "declared" => Self::ValueDeclared,
            "decided" => Self::ValueDecided,
            "confirmed" => Self::ValueConfirmed,
            "shared" => Self::SharedReviewed,
            "published" => Self::Published(parts.next()?.parse().ok()?),
            "waits" => Self::Waits(parts.next()?.parse().ok()?),
            "publishing" => Self::PublishingAsked,
            "draft" => Self::DraftAsked,
            "recalled" => Self::Recalled,
            "recall-lifted" => Self::RecallLifted,
            "samples" => {
                Self::SamplesTaken(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?)
            }
            "triaged" => Self::Triaged,
            "triage-taken-back" => Self::TriageTakenBack,
            "search-saved" => Self::SearchSaved,
            "search-deleted" => Self::SearchDeleted,
            "job" => Self::JobRetried,
            "key-withdrawn" => Self::KeyWithdrawn,
            "ping-arrived" => Self::PingArrived,
            "ping-lost" => Self::PingLost(ping_lost(parts.next()?)?),
            "webhook-on" => Self::WebhookOn,
            "webhook-removed" => Self::WebhookRemoved,
            "group" => Self::GroupChanged,
            "signed-out" => Self::SignedOut,
            _ => return None,
        };
        parts.next().is_none().then_some(told)
    }

    pub(super) fn words(self) -> String {
        match self {
            Self::FamilyCreated => "The family is created. Nothing is judged yet.".to_owned(),
            Self::OpinionGiven => "Your opinion is kept and counted.".to_owned(),
            Self::VerdictChanged(class) => format!(
                "Your opinion is kept. The coalition’s verdict is now: {}.",
                words::class(class)
            ),
            Self::IndicatorAdded => "The indicator is added.".to_owned(),
            Self::QuestionPut => "The question is put to other partners.".to_owned(),
            Self::NobodyToAsk => {
                "Nobody is left to be asked now: others were asked already, or have answered."
                    .to_owned()
            }
            Self::IndicatorKnown => {
                "Your partner had said so already; its TLP is now the one given.".to_owned()
            }
            Self::IndicatorWithdrawn => {
                "The indicator is withdrawn. It leaves the next release.".to_owned()
            }
            Self::ValueDeclared => "Noted: it comes from the maker’s public download.".to_owned(),
            Self::ValueDecided => "Your decision is kept. Two analysts free a value.".to_owned(),
            Self::ValueConfirmed => {
                "Your confirmation is kept. Two kinds of partner and a day let a value out."
                    .to_owned()
            }
            Self::SharedReviewed => {
                "Your decision is kept; the next release follows it.".to_owned()
            }
            Self::Published(sequence) => format!("Release {sequence} is published."),
            Self::Waits(sequence) => format!(
                "Release {sequence} is made. It is published once enough coordinators have signed it."
            ),
            Self::PublishingAsked => {
                "The release is being made. It stands here when it is signed.".to_owned()
            }
            Self::DraftAsked => "It is being worked out.".to_owned(),
            Self::Recalled => {
                "It is recalled. The next release is without it and says so.".to_owned()
            }
            Self::RecallLifted => {
                "The recall is lifted. The value may be released again.".to_owned()
            }
            Self::SamplesTaken(1, 0) => "The sample is taken in.".to_owned(),
            Self::SamplesTaken(0, 1) => {
                "This sample was known; your submission is noted.".to_owned()
            }
            Self::SamplesTaken(new, 0) => format!("{new} samples are taken in."),
            Self::SamplesTaken(new, known) => {
                format!(
                    "{new} new samples are taken in; {known} were known, your submissions are noted."
                )
            }
            Self::Triaged => {
                "The sample is sorted and off the queue. No opinion was given.".to_owned()
            }
            Self::TriageTakenBack => {
                "What your partner said of this sample is taken back.".to_owned()
            }
            Self::SearchSaved => {
                "The search is saved; it stands here and on your overview.".to_owned()
            }
            Self::SearchDeleted => "The saved search is deleted.".to_owned(),
            Self::JobRetried => "The job waits to be tried again.".to_owned(),
            Self::KeyWithdrawn => "The key is withdrawn: it opens nothing from now on.".to_owned(),
            Self::PingArrived => "The ping arrived.".to_owned(),
            Self::PingLost(why) => format!("The ping did not arrive: {}.", ping_words(why)),
            Self::WebhookOn => "The webhook is on. It goes on from where it was.".to_owned(),
            Self::WebhookRemoved => "The webhook is removed. Nothing is sent to it.".to_owned(),
            Self::GroupChanged => "The group is changed.".to_owned(),
            Self::SignedOut => "You are signed out.".to_owned(),
        }
    }

    /// Puts it beside a redirect.
    pub(super) fn cookie(self) -> Cookie<'static> {
        Cookie::build((COOKIE, self.code()))
            .path("/portal")
            .http_only(true)
            .same_site(SameSite::Strict)
            .build()
    }
}

/// Why a ping was lost, as a code: the status, or a word.
fn ping_code(why: NotSent) -> String {
    match why {
        NotSent::Address(_) => "address".to_owned(),
        NotSent::Nowhere => "nowhere".to_owned(),
        NotSent::Status(status) => status.to_string(),
        NotSent::Late => "late".to_owned(),
        NotSent::NoConnection => "no-connection".to_owned(),
        NotSent::Ended => "ended".to_owned(),
    }
}

fn ping_lost(code: &str) -> Option<NotSent> {
    Some(match code {
        "address" => NotSent::Address(""),
        "nowhere" => NotSent::Nowhere,
        "late" => NotSent::Late,
        "no-connection" => NotSent::NoConnection,
        "ended" => NotSent::Ended,
        status => NotSent::Status(status.parse().ok().filter(|status| *status < 1000)?),
    })
}

fn ping_words(why: NotSent) -> String {
    match why {
        NotSent::Address(_) => "the address is none that may be told any more".to_owned(),
        NotSent::Nowhere => "its name does not lead to the open internet. Look for a misspelling; \
            a host inside the operator’s own network must be named by the operator"
            .to_owned(),
        NotSent::Status(status) => format!(
            "the other side answered with status {status}. Anything from 200 to 299 means that it \
             was taken"
        ),
        NotSent::Late => "the other side did not answer in time".to_owned(),
        NotSent::NoConnection => "there was no connection, or the certificate of the other side \
            is none that can be checked"
            .to_owned(),
        NotSent::Ended => "the other side ended the connection without an answer".to_owned(),
    }
}

/// What a request's cookies tell, if anything.
pub(super) fn read(jar: &CookieJar) -> Option<Told> {
    Told::of_code(jar.get(COOKIE)?.value())
}

/// Forgets it: it was shown.
pub(super) fn forget(jar: CookieJar) -> CookieJar {
    jar.remove(Cookie::build((COOKIE, "")).path("/portal").build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_foreign_ones_say_nothing() {
        for told in [
            Told::FamilyCreated,
            Told::VerdictChanged(Class::DualUse),
            Told::SamplesTaken(3, 1),
            Told::Published(7),
            Told::Waits(8),
            Told::PingLost(NotSent::Status(404)),
            Told::PingLost(NotSent::Nowhere),
            Told::SignedOut,
        ] {
            assert_eq!(Told::of_code(&told.code()), Some(told));
        }
        for foreign in ["", "verdict.nonsense", "samples.1", "opinion.more", "<b>", "ping-lost.<b>"]
        {
            assert_eq!(Told::of_code(foreign), None, "{foreign:?}");
        }
    }
}
