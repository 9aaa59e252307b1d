//! TAXII 2.1 as bytes and values: media types, filters of a query, envelopes, and the token by
//! which a client turns the page. Who may ask, and what is kept, is the exchange's.

pub mod envelope;
pub mod filters;
mod ijson;
pub mod media;
pub mod next;
pub mod time;

pub use envelope::{EnvelopeError, Head, Refused, Strictness};
pub use filters::{Filters, Malformed, Versions};
pub use next::Next;
