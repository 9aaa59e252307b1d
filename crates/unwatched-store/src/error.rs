//! What can go wrong in the store, with a variant only where a caller does something about it.

/// A result of the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What was asked for, or what the new row would point at, is not there.
    #[error("no such {0}")]
    NotFound(String),
    /// Something else already stands where this would go.
    #[error("{0}")]
    Conflict(String),
    /// The caller's value cannot be kept: a NUL in a text, a name longer than the store holds.
    #[error("{0}")]
    Invalid(String),
    /// A partner's statement names an imported list as its source.
    #[error("{0:?} is the name of an imported list: name who observed it instead")]
    SourceTaken(String),
    /// The database was written by a later version of this program.
    #[error(
        "the database has schema {found} and this program knows schemas up to {known}: use the later program that wrote it"
    )]
    Newer {
        /// The schema found.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// The configuration names no database or blob store.
    #[error("{0}")]
    Config(String),
    /// What the database or blob store holds does not read back as what was written.
    #[error("{0}: restore it from a backup, or remove it and import again")]
    Corrupt(String),
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Database(sqlx::Error),
    /// The blob store refused or could not be reached.
    #[error("blob store: {0}")]
    Blob(object_store::Error),
    /// A local file could not be read.
    #[error("file {path}: {why}")]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        why: std::io::Error,
    },
}

// No variant names its cause as a source: its own words hold it already, and a chain of causes
// would say it twice.

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        Self::Blob(error)
    }
}
