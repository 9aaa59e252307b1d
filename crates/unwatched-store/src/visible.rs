//! What a viewer may see, as lists are cut by it in SQL: `access::may` in another form, and a
//! property test holds the two to one answer.
//!
//! Every list takes a [`Visible`] and every query puts the fragment in, so that nothing is counted,
//! paged or ordered by what its reader must not know of. What the rule says, the model decides.

use unwatched_model::access::{self, Action, Object, Shared, Sharing, may};
use unwatched_model::partner::PartnerSlug;

/// Whom a list is for. Made from a viewer, or by a name that says who needs to see everything.
#[derive(Debug, Clone)]
pub struct Visible(Whom);

#[derive(Debug, Clone)]
enum Whom {
    Viewer(access::Viewer),
    Everything,
}

/// What the fragments compare with: how much of one kind of thing is seen at all.
#[derive(Debug, Clone, Copy)]
enum Sight {
    /// Nothing: the role, category, standing or key does not read it.
    Nothing = 0,
    /// What reaches a key.
    Key = 1,
    /// What reaches a person: in a group, TLP:RED too.
    Person = 2,
    /// Everything.
    Everything = 9,
}

/// The sight of a partner's programs: what any of its people sees as well.
pub(crate) const OF_A_KEY: i64 = Sight::Key as i64;

impl Visible {
    /// What this viewer may see. Somebody without an account sees no list: what is public is in
    /// the release.
    pub fn to(viewer: &access::Viewer) -> Self {
        Self(Whom::Viewer(viewer.clone()))
    }

    /// Everything, for a release: what is public of it is decided there, row by row.
    pub fn everything_for_the_release() -> Self {
        Self(Whom::Everything)
    }

    /// Everything, for a job, whose work does not depend on who reads its result.
    pub fn everything_for_a_job() -> Self {
        Self(Whom::Everything)
    }

    /// The partner that the fragments take; of nobody's name when there is none.
    pub(crate) fn partner(&self) -> &str {
        match &self.0 {
            Whom::Viewer(access::Viewer::Member(member)) => member.partner.as_str(),
            _ => "",
        }
    }

    /// What [`sample_seen`] and [`submission_seen`] take.
    pub(crate) fn of_samples(&self) -> i64 {
        self.sight(Action::ReadSamples)
    }

    /// What [`indicator_seen`] takes.
    pub(crate) fn of_indicators(&self) -> i64 {
        self.sight(Action::ReadIndicators)
    }

    /// How much is seen of families, their verdicts and releases.
    pub(crate) fn of_families(&self) -> i64 {
        self.sight(Action::ReadFamilies)
    }

    /// How much is seen of opinions.
    pub(crate) fn of_opinions(&self) -> i64 {
        self.sight(Action::ReadOpinions)
    }

    /// Whether questions that wait for the partner are seen.
    pub(crate) fn of_questions(&self) -> i64 {
        self.sight(Action::GiveOpinions)
    }

    fn sight(&self, action: Action) -> i64 {
        let sight = match &self.0 {
            Whom::Everything => Sight::Everything,
            Whom::Viewer(viewer @ access::Viewer::Member(member)) => {
                match (may(viewer, action, Object::Open).allowed, member.is_person()) {
                    (false, _) => Sight::Nothing,
                    (true, false) => Sight::Key,
                    (true, true) => Sight::Person,
                }
            }
            Whom::Viewer(access::Viewer::Anybody) => Sight::Nothing,
        };
        sight as i64
    }

    /// Whether it is cut by nothing.
    pub(crate) fn is_everything(&self) -> bool {
        matches!(self.0, Whom::Everything)
    }

    /// Whether a submission shared in this way may be known of.
    pub(crate) fn shows_submission(&self, by: &PartnerSlug, sharing: &Sharing) -> bool {
        self.allows(Action::ReadSubmitters, Some(by), sharing)
    }

    /// Whether it may be known who shares an indicator in this way.
    pub(crate) fn shows_source(&self, by: &PartnerSlug, sharing: &Sharing) -> bool {
        self.is_own(by) || self.allows(Action::ReadSubmitters, Some(by), sharing)
    }

    /// Whether it is the viewer's own partner's.
    pub(crate) fn is_own(&self, by: &PartnerSlug) -> bool {
        match &self.0 {
            Whom::Everything => true,
            Whom::Viewer(access::Viewer::Member(member)) => member.partner == *by,
            Whom::Viewer(access::Viewer::Anybody) => false,
        }
    }

    fn allows(&self, action: Action, by: Option<&PartnerSlug>, sharing: &Sharing) -> bool {
        match &self.0 {
            Whom::Everything => true,
            Whom::Viewer(viewer) => {
                let shared = [Shared { by, sharing, held: false }];
                may(viewer, action, Object::Shared(&shared)).allowed
            }
        }
    }
}

/// Whether a row (its alias) with `tlp` and `group_slug` reaches every partner. What everybody is
/// told of a value, held, popular or named, follows from such rows alone: from any other, its
/// reader would learn that there is one.
macro_rules! reaches_all {
    ($row:literal) => {
        concat!("(", $row, ".group_slug IS NULL AND ", $row, ".tlp IN ('CLEAR', 'GREEN', 'AMBER'))")
    };
}

/// Whether a row (alias, its column that names the partner) with `tlp` and `group_slug` reaches
/// whom the parameters name: the partner ([`Visible::partner`]) and the sight.
macro_rules! reaches {
    ($row:literal, $by:literal, $partner:literal, $sight:literal) => {
        concat!(
            "(",
            $sight,
            " = 9 OR (",
            $sight,
            " > 0 AND (",
            $row,
            ".",
            $by,
            " = ",
            $partner,
            " OR ",
            $crate::visible::reaches_all!($row),
            " OR ((",
            $sight,
            " > 1 OR ",
            $row,
            ".tlp <> 'RED') AND ",
            $row,
            ".group_slug IN
                 (SELECT mine.group_slug FROM group_members mine WHERE mine.partner = ",
            $partner,
            ")))))"
        )
    };
}

/// Whether an indicator (its alias) is seen: `indicator_seen!("i", "$5", "$6")` with
/// [`Visible::partner`] and [`Visible::of_indicators`].
macro_rules! indicator_seen {
    ($row:literal, $partner:literal, $sight:literal) => {
        $crate::visible::reaches!($row, "by_partner", $partner, $sight)
    };
}

/// Whether a submission (its alias) is seen, with [`Visible::partner`] and
/// [`Visible::of_samples`].
macro_rules! submission_seen {
    ($row:literal, $partner:literal, $sight:literal) => {
        $crate::visible::reaches!($row, "partner", $partner, $sight)
    };
}

/// Whether some submission of a sample (the column that holds its SHA-256) is seen of which this
/// holds, too.
macro_rules! some_submission_seen {
    ($sha256:literal, $partner:literal, $sight:literal, $and:expr) => {
        concat!(
            "(",
            $sight,
            " = 9 OR EXISTS (SELECT 1 FROM submissions seen WHERE seen.sample = ",
            $sha256,
            " AND ",
            $crate::visible::submission_seen!("seen", $partner, $sight),
            $and,
            "))"
        )
    };
}

/// Whether a sample (the column that holds its SHA-256) is seen: some submission of it is. With
/// [`Visible::partner`] and [`Visible::of_samples`].
macro_rules! sample_seen {
    ($sha256:literal, $partner:literal, $sight:literal) => {
        $crate::visible::some_submission_seen!($sha256, $partner, $sight, "")
    };
}

/// Whether what an analysis said reaches whoever sees a submission (its alias). Whoever put in bytes
/// that were there already, unseen by them, waits for an analysis of their own, or they would learn
/// that the bytes were there.
macro_rules! submission_read {
    ($row:literal) => {
        concat!(
            "(",
            $row,
            ".job IS NULL OR NOT EXISTS (SELECT 1 FROM jobs own WHERE own.id = ",
            $row,
            ".job AND own.state IN ('waiting', 'leased')))"
        )
    };
}

/// Whether what an analysis says of a sample (the column that holds its SHA-256) may be read, found
/// or listed by. With [`Visible::partner`] and [`Visible::of_samples`].
macro_rules! report_seen {
    ($sha256:literal, $partner:literal, $sight:literal) => {
        $crate::visible::some_submission_seen!(
            $sha256,
            $partner,
            $sight,
            concat!(" AND ", $crate::visible::submission_read!("seen"))
        )
    };
}

/// Whether it may be known what a partner said of a sample (the alias of a row of
/// `sample_families`, and its column that names the partner): where both, reader and speaker, could
/// know of the sample when it was said. Otherwise a reader would learn that somebody had it before,
/// or has it in another way. Stands beside [`report_seen`]. With [`Visible::partner`] and [`Visible::of_samples`].
macro_rules! word_heard {
    ($row:literal, $speaker:literal, $partner:literal, $sight:literal) => {
        concat!(
            "(",
            $sight,
            " = 9 OR ",
            $speaker,
            " = ",
            $partner,
            " OR EXISTS (SELECT 1 FROM submissions known WHERE known.sample = ",
            $row,
            ".sample AND known.at <= ",
            $row,
            ".at AND ",
            $crate::visible::submission_seen!("known", $partner, $sight),
            " AND ",
            $crate::visible::submission_seen!("known", $speaker, "2"),
            "))"
        )
    };
}

/// What is heard of samples in a family (`m`), of each sample only what was heard of it last: going
/// along it the latest first needs no sorting and ends with the page. With [`word_heard`]'s two.
macro_rules! said_last {
    ($family:literal, $partner:literal, $sight:literal) => {
        concat!(
            "m.family = ",
            $family,
            " AND m.gone_at IS NULL AND ",
            $crate::visible::word_heard!("m", "m.partner", $partner, $sight),
            " AND NOT EXISTS (
                SELECT 1 FROM sample_families w
                WHERE w.sample = m.sample AND w.family = ",
            $family,
            " AND w.gone_at IS NULL AND (w.at, w.id) > (m.at, m.id) AND ",
            $crate::visible::word_heard!("w", "w.partner", $partner, $sight),
            ")"
        )
    };
}
pub(crate) use {
    indicator_seen, reaches, reaches_all, report_seen, said_last, sample_seen,
    some_submission_seen, submission_read, submission_seen, word_heard,
};
