//! What each file of a release is, as HTTP names it.

/// The media type of a file of a release, by its name.
pub fn media_type(name: &str) -> &'static str {
    if name == "bundle" {
        return "application/zip";
    }
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "csv" => "text/csv; charset=utf-8",
        "json" => "application/json",
        "jsonl" => "application/x-ndjson",
        "yaml" => "application/yaml",
        "stix2" => "application/stix+json;version=2.1",
        "atom" => "application/atom+xml; charset=utf-8",
        "bin" => "application/octet-stream",
        _ => "text/plain; charset=utf-8",
    }
}
