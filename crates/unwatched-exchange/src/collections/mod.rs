//! What the exchange's own TAXII collections hold, and what is made of what comes in. How they are
//! asked for is `http/taxii`'s; what a release holds, `release::sift`'s.

pub mod fill;
pub mod inbox;
pub mod partners;
pub mod released;
pub mod sightings;
