//! The crate as its users see it: bytes in, values or bytes out.

mod community;
mod expect;
mod feed;
mod properties;
mod release;
mod release_log;
mod stix;
