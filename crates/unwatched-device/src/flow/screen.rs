//! The screens and what can be done on each. The main action stands first.

use super::safety::Safety;
use crate::plan::Wording;

/// What is being done while a screen waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// A connected phone is read into a case, and the case is checked.
    Acquire,
    /// A file or folder is checked.
    Check,
    /// A release is verified and installed.
    Update,
    /// What was found is removed, step by step.
    Remove,
    /// What it sees is limited, step by step.
    Limit,
    /// The phone is looked at again and put back.
    Close,
}

impl Work {
    /// All.
    pub const ALL: [Self; 6] =
        [Self::Acquire, Self::Check, Self::Update, Self::Remove, Self::Limit, Self::Close];

    /// Whether it changes what was found on a phone.
    pub fn changes(self) -> bool {
        matches!(self, Self::Remove | Self::Limit)
    }
}

/// What can be kept: three choices, each of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// The sheet on paper.
    Sheet,
    /// The sealed package.
    Sealed,
    /// A date.
    Date,
}

/// One state of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Screen {
    /// The phone may be listening, and shows where it is.
    First,
    /// A safety question, counted from 0.
    Safety(usize),
    /// Nothing is checked now.
    NotNow,
    /// What will happen, and whether the person agrees.
    Consent,
    /// A phone, or something that was made of one before.
    Source,
    /// Before the cable.
    Phone,
    /// Which file or folder.
    File,
    /// A release of indicators.
    Indicators,
    /// It goes on by itself.
    Working(Work),
    /// It waits for a decision.
    Asked(Work),
    /// It did not go on.
    Failed(Work),
    /// A release was installed.
    Installed,
    /// What was seen.
    Findings,
    /// Nothing was seen: the question is still open.
    StillOpen,
    /// What could not be looked at.
    NotChecked,
    /// Whether and where something is kept.
    Keep(Thing),
    /// The checkpoint, or the end.
    Ahead,
    /// A question of the checkpoint, counted from 0.
    Checkpoint(usize),
    /// An answer closed the checkpoint.
    Locked,
    /// The choices side by side.
    Plan,
    /// Everything stays.
    Leave,
    /// Less is seen.
    Limit,
    /// A new phone, the old one left.
    NewPhone,
    /// Removal.
    Remove,
    /// A reset.
    Reset,
    /// Looking again and putting back.
    Close,
    /// What differs and what stays.
    Differs,
    /// What can be printed.
    Report,
    /// The end.
    End,
}

/// What somebody does on a screen. To stop is possible on each, and no part of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is what its word in the catalogue says")]
pub enum Act {
    Next,
    Yes,
    No,
    NotSure,
    Again,
    Back,
    Start,
    EndHere,
    Phone,
    File,
    Indicators,
    LeaveOut,
    Quit,
    Nowhere,
    Advocate,
    Person,
    Leave,
    Limit,
    NewPhone,
    Remove,
    Reset,
}

impl Act {
    /// All.
    pub const ALL: [Self; 21] = [
        Self::Next,
        Self::Yes,
        Self::No,
        Self::NotSure,
        Self::Again,
        Self::Back,
        Self::Start,
        Self::EndHere,
        Self::Phone,
        Self::File,
        Self::Indicators,
        Self::LeaveOut,
        Self::Quit,
        Self::Nowhere,
        Self::Advocate,
        Self::Person,
        Self::Leave,
        Self::Limit,
        Self::NewPhone,
        Self::Remove,
        Self::Reset,
    ];

    /// The word in the catalogue and in a form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotSure => "not_sure",
            Self::Again => "again",
            Self::Back => "back",
            Self::Start => "start",
            Self::EndHere => "end_here",
            Self::Phone => "phone",
            Self::File => "file",
            Self::Indicators => "indicators",
            Self::LeaveOut => "leave_out",
            Self::Quit => "quit",
            Self::Nowhere => "nowhere",
            Self::Advocate => "advocate",
            Self::Person => "person",
            Self::Leave => "leave",
            Self::Limit => "limit",
            Self::NewPhone => "new_phone",
            Self::Remove => "remove",
            Self::Reset => "reset",
        }
    }

    /// The act of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == word)
    }
}

impl Screen {
    /// Every one.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::First, Self::NotNow, Self::Consent, Self::Source, Self::Phone];
        all.extend((0..Safety::count()).map(Self::Safety));
        all.extend([Self::File, Self::Indicators, Self::Installed, Self::Findings]);
        all.extend(
            Work::ALL.into_iter().flat_map(|work| [Self::Working(work), Self::Failed(work)]),
        );
        all.extend([Work::Remove, Work::Limit, Work::Close].map(Self::Asked));
        all.extend([Self::StillOpen, Self::NotChecked, Self::Ahead, Self::Locked, Self::Plan]);
        all.extend([Thing::Sheet, Thing::Sealed, Thing::Date].map(Self::Keep));
        all.extend((0..Wording::here().questions().len()).map(Self::Checkpoint));
        all.extend([Self::Leave, Self::Limit, Self::NewPhone, Self::Remove, Self::Reset]);
        all.extend([Self::Close, Self::Differs, Self::Report, Self::End]);
        all
    }

    /// Under which name its words stand in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Safety(_) => "safety",
            Self::NotNow => "not_now",
            Self::Consent => "consent",
            Self::Source => "source",
            Self::Phone => "phone",
            Self::File => "file",
            Self::Indicators => "indicators",
            Self::Working(Work::Acquire) => "working_acquire",
            Self::Working(Work::Check) => "working_check",
            Self::Working(Work::Update) => "working_update",
            Self::Working(Work::Remove) => "working_remove",
            Self::Working(Work::Limit) => "working_limit",
            Self::Working(Work::Close) => "working_close",
            Self::Asked(_) => "asked",
            Self::Failed(_) => "failed",
            Self::Installed => "installed",
            Self::Findings => "findings",
            Self::StillOpen => "still_open",
            Self::NotChecked => "not_checked",
            Self::Keep(Thing::Sheet) => "keep_sheet",
            Self::Keep(Thing::Sealed) => "keep_sealed",
            Self::Keep(Thing::Date) => "keep_date",
            Self::Ahead => "ahead",
            Self::Checkpoint(_) => "checkpoint",
            Self::Locked => "locked",
            Self::Plan => "plan",
            Self::Leave => "leave",
            Self::Limit => "limit",
            Self::NewPhone => "new_phone",
            Self::Remove => "remove",
            Self::Reset => "reset",
            Self::Close => "close",
            Self::Differs => "differs",
            Self::Report => "report",
            Self::End => "end",
        }
    }

    /// What can be done here. `has_case`: a case is there, so that the phone can be reached again.
    pub fn acts(self, has_case: bool) -> &'static [Act] {
        use Act::{
            Advocate, Again, Back, EndHere, File, Indicators, LeaveOut, Next, No, NotSure, Nowhere,
            Person, Phone, Quit, Start, Yes,
        };
        match self {
            Self::Safety(_) | Self::Checkpoint(_) => &[Yes, No, NotSure],
            Self::NotNow | Self::Locked => &[EndHere, Again],
            Self::Consent => &[Yes, No],
            Self::Source => &[Phone, File, Indicators, Back],
            Self::Phone | Self::File | Self::Indicators => &[Start, Back],
            Self::Asked(_) => &[Yes, LeaveOut, Quit],
            Self::Failed(_) => &[Again, Back],
            Self::Keep(_) => &[Nowhere, Advocate, Person],
            Self::Ahead => &[Next, EndHere],
            Self::Plan => {
                &[Act::Leave, Act::Limit, Act::NewPhone, Act::Remove, Act::Reset, EndHere]
            }
            Self::Limit | Self::Remove if has_case => &[Start, Next, Back],
            Self::Leave | Self::NewPhone | Self::Reset | Self::Limit | Self::Remove => {
                &[Next, Back]
            }
            Self::Close => &[Start, Next],
            Self::End => &[],
            Self::First
            | Self::Working(_)
            | Self::Installed
            | Self::Findings
            | Self::StillOpen
            | Self::NotChecked
            | Self::Differs
            | Self::Report => &[Next],
        }
    }
}
