//! The TAXII server's rows: API roots, collections, versions of objects, statuses, and users that
//! come with a password.
//!
//! An object's JSON is kept as it came and copied out as it is. Within a collection no two rows
//! have one `date_added`, and it grows from commit to commit: what was added after a moment is
//! found by that moment alone.

mod add;
mod delete;
mod grants;
mod handed_in;
mod holdings;
mod load;
mod naming;
mod pages;
mod roots;
mod rows;
mod statuses;
mod users;

pub use add::{TaxiiAdded, TaxiiObject, TaxiiStatus};
pub use delete::TaxiiDeleted;
pub use grants::TaxiiGrant;
pub use handed_in::{HandedIn, InboxOutcome};
pub use load::{LoadedCollection, LoadedObject, LoadedRoot, LoadedServer, LoadedUser};
pub use naming::TaxiiLatest;
pub use pages::{TaxiiObjects, TaxiiRecord, TaxiiVersions, TaxiiWanted, TaxiiWindow};
pub use roots::{
    Audience, NewCollection, NewRoot, TaxiiCollection, TaxiiPlace, TaxiiRights, TaxiiRoot,
    TaxiiServer,
};
pub use users::{NewTaxiiUser, TaxiiUser};
