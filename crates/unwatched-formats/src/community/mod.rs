//! The community's files: `ioc.yaml`, `watchware.yaml`, `samples.csv`, and what is generated from
//! them. Reading keeps every value; writing gives each of them back.
//!
//! Comments in the YAML files are not kept: whoever imports keeps the raw files beside the rows.

mod dataset;
mod pairs;
mod read;
mod render;
mod rows;
mod samples;
mod suggest;
mod tinycheck;
mod yaml;
mod yaml_write;

pub use dataset::{Dataset, Entry, Field, List, Problem, SampleRow};
pub use pairs::{ListedPair, PairOrigin};
pub use read::{NotCommunityFiles, Parsed, Sources, parse};
pub use render::{CommunityFormat, UnknownFormat, render};
pub use yaml::Verbatim;
