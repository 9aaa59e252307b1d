//! What the exchange keeps: rows in SQLite or PostgreSQL, blobs, and the job queue.
//!
//! One [`Store`] over two engines; every function behaves the same on both, and one conformance
//! suite holds them to it. The store keeps and finds; it never judges, never reads a clock and
//! never makes randomness: times, ids and tokens are arguments.

mod audit;
mod audit_pages;
mod blob_keys;
mod blobs;
mod blobs_read;
#[cfg(feature = "s3")]
mod blobs_s3;
mod blobs_sealed;
mod blobs_sweep;
mod columns;
mod community;
mod conflicts;
mod engine;
mod error;
mod families;
mod groups;
mod indicators;
mod integrity;
mod jobs;
mod jobs_board;
mod judging;
mod migrations;
mod opinions;
mod partners;
mod periodic;
mod popular;
mod postgres;
mod questions;
mod reanalysis;
mod recalls;
mod releases;
mod reports;
mod samples;
mod search;
mod search_index;
mod sessions;
mod sqlite;
mod store;
mod tokens;
mod users;
mod values;
mod viewer;
mod visible;

pub use audit::{Actor, AuditHead, AuditRow, BEFORE_THE_FIRST, NewAudit, Via, chained};
pub use audit_pages::{AuditQuery, Lines, READS};
pub use blob_keys::BlobKeyRow;
pub use blobs::{Blob, BlobStream, StoredBlob};
pub use blobs_sealed::{BlobKey, SealedFile, Sealer};
pub use community::{ImportBatch, Imported, ListedIndicator, ListedSample, Listing};
pub use conflicts::Conflict;
pub use error::{Result, StoreError};
pub use families::{FamilyRow, NewFamily};
pub use groups::Group;
pub use indicators::{AddedIndicator, Handling, IndicatorRow};
pub use integrity::{KeptOpinion, KeptVerdict, NeededBlob, Newest};
pub use jobs::{Job, JobId, JobState, Priority, Progress, Take};
pub use jobs_board::{JobCount, JobReason, JobRow};
pub use opinions::Given;
pub use partners::{NewPartner, Partner, PartnerChange};
pub use popular::{Confirmations, KnownGood};
pub use questions::Question;
pub use reanalysis::{REANALYZE, Reanalysis};
pub use recalls::Recall;
pub use releases::{ReleaseFile, ReleaseRow};
pub use samples::{ANALYZE_SAMPLE, AddedSample, NewSample, SampleRow, SampleState, Submission};
pub use search::{Facet, Hit, HitKind, SearchPage};
pub use store::{Engine, Store, StoreConfig};
pub use tokens::{NewToken, TokenRow};
pub use users::{NewUser, User, UserId};
pub use values::{HeldValues, Value, ValueWord, value_id};
pub use viewer::Viewer;
pub use visible::Visible;
