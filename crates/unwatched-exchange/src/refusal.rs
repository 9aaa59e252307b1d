//! Errors that a command expects: told apart from bugs, with the next step in their words.

/// A refusal, and which of the published exit codes it ends with.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What was named does not exist, exists already, or is not what was asked for.
    #[error("{0}")]
    Refused(String),
    /// Some of what was asked for was done, and some could not be.
    #[error("{0}")]
    SomeFailed(String),
    /// Something that was kept is not as it was written.
    #[error("{0}")]
    NotAsItShouldBe(String),
    /// Nothing was found, and not everything could be looked at.
    #[error("{0}")]
    NotAllSeen(String),
}

/// [`Refusal::Refused`], ready to be returned.
pub fn refused(message: impl Into<String>) -> anyhow::Error {
    Refusal::Refused(message.into()).into()
}
