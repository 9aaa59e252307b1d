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
mod blobs_strays;
mod blobs_sweep;
mod bulk;
mod changes;
mod columns;
mod community;
mod conflicts;
mod engine;
mod error;
mod families;
mod groups;
mod idempotency;
mod indicators;
mod integrity;
mod jobs;
mod jobs_board;
mod judging;
mod kept_held;
mod migrations;
mod needs_me;
mod opinions;
mod partners;
mod periodic;
mod popular;
mod postgres;
mod questions;
mod queue;
mod reanalysis;
mod recalls;
mod release_drafts;
mod release_log;
mod releases;
mod report_history;
mod reports;
mod retention;
mod sample_entries;
mod sample_families;
mod sample_list;
mod samples;
mod saved_searches;
mod search;
mod search_facets;
mod search_index;
mod search_query;
mod search_rebuild;
mod search_sql;
mod sessions;
mod shared_reviews;
mod sqlite;
mod store;
mod taxii;
mod tickets;
mod tokens;
mod users;
mod uses;
mod values;
mod viewer;
mod visible;
mod webhooks;

pub use audit::{Actor, AuditHead, AuditRow, BEFORE_THE_FIRST, NewAudit, Via, chained};
pub use audit_pages::{AuditQuery, Lines, READS};
pub use blob_keys::BlobKeyRow;
pub use blobs::{Blob, BlobStream, StoredBlob};
pub use blobs_sealed::{BlobKey, SealedFile, Sealer};
pub use bulk::{Bulk, BulkSample, BulkSubmission, Outcome, Said};
pub use changes::Change;
pub use community::{ImportBatch, Imported, ListedIndicator, ListedSample, Listing};
pub use conflicts::Conflict;
pub use error::{Result, StoreError};
pub use families::{FamilyRow, NewFamily};
pub use groups::Group;
pub use idempotency::{Claim, KeptAnswer};
pub use indicators::{AddedIndicator, Handling, IndicatorRow};
pub use integrity::{KeptOpinion, KeptVerdict, NeededBlob, Newest};
pub use jobs::{Job, JobId, JobState, Priority, Progress, Take};
pub use jobs_board::{JobCount, JobReason, JobRow};
pub use kept_held::{HeldAgain, KEEP_HELD};
pub use needs_me::{ClassChange, Dispute, NamedFamily};
pub use opinions::Given;
pub use partners::{NewPartner, Partner, PartnerChange};
pub use popular::{Confirmations, KnownGood};
pub use questions::Question;
pub use queue::{Capped, QueuedSample};
pub use reanalysis::{REANALYZE, Reanalysis};
pub use recalls::Recall;
pub use release_log::{Awaiting, FreshBundle, KeySetRow, LogEntry, Said as SaidOfLog};
pub use releases::{ReleaseFile, ReleaseRow};
pub use report_history::PastReport;
pub use retention::Expiring;
pub use sample_families::{Kinship, SampleFamily, SuggestedFamily};
pub use sample_list::SampleFilter;
pub use samples::{ANALYZE_SAMPLE, AddedSample, NewSample, SampleRow, SampleState, Submission};
pub use saved_searches::SavedSearch;
pub use search::{Facet, Hit, HitKind, SearchPage};
pub use search_query::is_limit;
pub use shared_reviews::SharedReview;
pub use store::{Engine, Store, StoreConfig};
pub use taxii::{
    Audience, HandedIn, InboxOutcome, LoadedCollection, LoadedObject, LoadedRoot, LoadedServer,
    LoadedUser, NewCollection, NewRoot, NewTaxiiUser, TaxiiAdded, TaxiiCollection, TaxiiDeleted,
    TaxiiGrant, TaxiiLatest, TaxiiObject, TaxiiObjects, TaxiiPlace, TaxiiRecord, TaxiiRights,
    TaxiiRoot, TaxiiServer, TaxiiStatus, TaxiiUser, TaxiiVersions, TaxiiWanted, TaxiiWindow,
};
pub use tickets::Ticket;
pub use tokens::{NewToken, TokenRow};
pub use users::{NewUser, User, UserId};
pub use uses::{NewUse, Use};
pub use values::{HeldValues, Value, ValueWord, value_id};
pub use viewer::Viewer;
pub use visible::Visible;
pub use webhooks::{NewWebhook, Telling, Told, Webhook};
