//! What others speak, in both directions: the community's indicator files, STIX 2.1, and the
//! release that the exchange publishes and the checker verifies.
//!
//! Everything here is pure: bytes in, values or bytes out. There are no files, no sockets, no
//! clock, and no secret key: signing is the exchange's.

pub mod community;
pub mod feed;
pub mod notice;
pub mod release;
pub mod stix;
pub mod taxii;
