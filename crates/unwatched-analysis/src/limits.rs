//! How much an analysis may take; every figure bounds memory or time on hostile input.

/// The bounds of one analysis. The defaults hold a real app of 500 MB and stop a ZIP bomb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A longer file is hashed only.
    pub max_file_bytes: u64,
    /// The longest entry that is inflated.
    pub max_entry_bytes: usize,
    /// What all inflated entries together may take.
    pub max_total_inflated_bytes: usize,
    /// The longest manifest or other binary XML that is read.
    pub max_xml_bytes: usize,
    /// The longest resource table that is read.
    pub max_resources_bytes: usize,
    /// The longest DEX that is read.
    pub max_dex_bytes: usize,
    /// How many DEX files are read.
    pub max_dex_files: usize,
    /// How many files outside the usual places are looked at for code.
    pub max_looked_at: usize,
    /// How many strings of one DEX or of the resources are looked at.
    pub max_strings: usize,
    /// The longest string that is searched for addresses and words.
    pub max_string_bytes: usize,
    /// How many addresses a report lists.
    pub max_endpoints: usize,
    /// How many pieces of evidence a capability lists.
    pub max_evidence: usize,
    /// How many problems a report lists.
    pub max_problems: usize,
    /// How many anomalies a report lists.
    pub max_anomalies: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file_bytes: 1 << 30,
            max_entry_bytes: 256 << 20,
            max_total_inflated_bytes: 1 << 30,
            max_xml_bytes: 16 << 20,
            max_resources_bytes: 96 << 20,
            max_dex_bytes: 96 << 20,
            max_dex_files: 200,
            max_looked_at: 100_000,
            max_strings: 2_000_000,
            max_string_bytes: 16 << 10,
            max_endpoints: 500,
            max_evidence: 20,
            max_problems: 300,
            max_anomalies: 100,
        }
    }
}
