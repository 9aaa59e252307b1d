//! The published table of exit codes.

use unwatched_store::StoreError;

use crate::config::ConfigError;
use crate::refusal::Refusal;

/// What a command's end means. `docs/reference/exit-codes-exchange.md` holds this table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Something failed that is none of the following.
    Failed,
    /// The command line was not understood.
    Usage,
    /// At least one file could not be analysed, or one signature was not taken; the others were.
    SomeFailed,
    /// The configuration was refused.
    Config,
    /// What was named does not exist, exists already, or is not what was asked for.
    Refused,
    /// `doctor`, `audit verify`, `verdict recompute`, `admin release`: something is not as it
    /// should be.
    NotAsItShouldBe,
    /// `doctor`: nothing was found, and at least one check could not run.
    NotAllSeen,
}

impl Exit {
    /// Every code with its meaning, as published.
    pub const TABLE: [(Self, &'static str); 8] = [
        (Self::Done, "done"),
        (Self::Failed, "something failed that is none of the following"),
        (Self::Usage, "the command line was not understood"),
        (
            Self::SomeFailed,
            "`analyze`: at least one file could not be analysed; the others were. `admin release \
             sign`, `admin keys sign`: at least one signature was not taken; the others were",
        ),
        (Self::Config, "the configuration was refused"),
        (
            Self::Refused,
            "what was named does not exist, exists already, or is not what was asked for",
        ),
        (
            Self::NotAsItShouldBe,
            "`doctor`, `audit verify`, `backup`, `restore`, `verdict recompute`, `admin release`: \
             something that is kept is not as it should be",
        ),
        (Self::NotAllSeen, "`doctor`: nothing was found, and at least one check could not run"),
    ];

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::SomeFailed => 3,
            Self::Config => 4,
            Self::Refused => 5,
            Self::NotAsItShouldBe => 6,
            Self::NotAllSeen => 7,
        }
    }

    /// What an error means.
    pub fn of(error: &anyhow::Error) -> Self {
        for cause in error.chain() {
            match cause.downcast_ref::<Refusal>() {
                Some(Refusal::Refused(_)) => return Self::Refused,
                Some(Refusal::SomeFailed(_)) => return Self::SomeFailed,
                Some(Refusal::NotAsItShouldBe(_)) => return Self::NotAsItShouldBe,
                Some(Refusal::NotAllSeen(_)) => return Self::NotAllSeen,
                None => {}
            }
            if cause.is::<ConfigError>() {
                return Self::Config;
            }
            match cause.downcast_ref::<StoreError>() {
                Some(StoreError::Config(_)) => return Self::Config,
                Some(
                    StoreError::NotFound(_)
                    | StoreError::Conflict(_)
                    | StoreError::Invalid(_)
                    | StoreError::SourceTaken(_),
                ) => return Self::Refused,
                _ => {}
            }
        }
        Self::Failed
    }
}
