//! The configuration: a TOML file, then `UNWATCHED_<SECTION>__<KEY>` from the environment.
//!
//! A key that nobody knows is refused, with the known key it may have meant: a misspelt setting
//! that is silently ignored is a setting that is silently off. What `--listen` and `--data` say
//! on the command line stands above both and is not read here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::{Deserialize, Serialize};
use unwatched_store::StoreConfig;

use crate::http::taxii::own;
use crate::jobs::retention;
use crate::suggest;

/// Everything that can be configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where and how the server listens.
    pub server: Server,
    /// The public site.
    pub site: Site,
    /// Where rows are kept.
    pub database: Database,
    /// Where samples and released files are kept.
    pub blobs: Blobs,
    /// From where samples' bytes are fetched.
    pub samples: Samples,
    /// How mail leaves.
    pub mail: Mail,
    /// How samples are analysed.
    pub analysis: Analysis,
    /// How work is handed out.
    pub jobs: Jobs,
    /// The TAXII server.
    pub taxii: Taxii,
    /// Whom the exchange tells of changes.
    pub webhooks: Webhooks,
    /// `[retention]`: days by kind of data, where they are not those of the catalogue.
    pub retention: BTreeMap<String, u32>,
}

/// `[server]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port; port 0 picks a free one.
    pub listen: String,
    /// The address partners see, such as `https://exchange.example`; cookies are sent over TLS
    /// only when it starts with `https://`.
    pub public_url: Option<String>,
    /// Addresses of reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8080".to_owned(), public_url: None, trusted_proxies: Vec::new() }
    }
}

/// `[site]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Site {
    /// The public site's own host name.
    pub host: Option<String>,
    /// Whether the site hides what it is about from history and window titles.
    pub neutral: bool,
}

/// `[database]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://...`; without it, `DATA/exchange.sqlite`.
    pub url: Option<String>,
}

/// `[blobs]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Blobs {
    /// `file:///folder` or `s3://bucket/prefix`; without it, `DATA/blobs/`.
    pub url: Option<String>,
    /// The address of an S3 service that is not the usual one.
    pub endpoint: Option<String>,
}

/// `[samples]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Samples {
    /// The address that samples' bytes are fetched from, such as `https://samples.example`: a host
    /// name of its own, where nothing else is answered. Without it, the server's own.
    pub url: Option<String>,
}

impl Samples {
    /// The host name, and the port where one is named.
    pub fn host(&self) -> Option<&str> {
        self.url.as_deref()?.split_once("://").map(|(_, host)| host)
    }
}

/// `[mail]`: one of the two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// An SMTP server.
    pub smtp: Option<String>,
    /// A folder that mail is written to instead of being sent.
    pub dir: Option<PathBuf>,
}

/// `[analysis]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Analysis {
    /// How many samples are analysed at once; 0 leaves it to `worker` processes.
    pub workers: usize,
    /// After this long an analysis is ended.
    pub timeout_s: u64,
    /// No analysis gets more memory than this.
    pub memory_mib: u64,
    /// Whether nothing is analysed where the filter of system calls does not hold.
    pub sandbox_required: bool,
}

impl Default for Analysis {
    fn default() -> Self {
        // Only Linux has the filter.
        let sandbox_required = cfg!(target_os = "linux");
        Self { workers: 1, timeout_s: 120, memory_mib: 2048, sandbox_required }
    }
}

/// `[jobs]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Jobs {
    /// After this long without a word from its worker, a job is given to another.
    pub lease_s: u32,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { lease_s: 60 }
    }
}

/// `[taxii]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Taxii {
    /// Where the API root that is everybody's is served.
    pub public_root: String,
    /// Where the partners' API root is served.
    pub partners_root: String,
}

impl Default for Taxii {
    fn default() -> Self {
        Self { public_root: "public".to_owned(), partners_root: "partners".to_owned() }
    }
}

/// `[webhooks]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhooks {
    /// Host names and addresses that may be told although they are not of the open internet.
    pub private_hosts: Vec<String>,
}

impl Webhooks {
    /// Whether the operator named this host.
    pub fn names(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        self.private_hosts.iter().any(|named| named.eq_ignore_ascii_case(host))
    }
}

/// A configuration that was refused. One sentence per thing wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads `file`, if any, then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        if let Some(file) = file.filter(|file| !file.is_file()) {
            return Err(ConfigError(format!("no configuration file at {}", file.display())));
        }
        let mut figment = Figment::new();
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        Self::from_figment(&figment.merge(environment()))
    }

    fn from_figment(figment: &Figment) -> Result<Self, ConfigError> {
        let config: Self = figment.extract().map_err(|error| ConfigError(explain(error)))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.mail.smtp.is_some() && self.mail.dir.is_some() {
            return Err(ConfigError(
                "`mail.smtp` and `mail.dir` are both set: keep the one that mail should take"
                    .to_owned(),
            ));
        }
        self.check_retention()?;
        if let Some(url) = self.samples.url.as_deref().filter(|url| !is_origin(url)) {
            return Err(ConfigError(format!(
                "`samples.url` is {url:?}: give a scheme and a host name and nothing after it, as \
                 in https://samples.example"
            )));
        }
        if self.samples.url.is_some() && self.samples.url == self.server.public_url {
            return Err(ConfigError(
                "`samples.url` is `server.public_url`: give it a host name of its own, or leave it"
                    .to_owned(),
            ));
        }
        let Taxii { public_root, partners_root } = &self.taxii;
        for (key, path) in [("public_root", public_root), ("partners_root", partners_root)] {
            own::check_path(path).map_err(|why| ConfigError(format!("`taxii.{key}`: {why}")))?;
        }
        if public_root == partners_root {
            return Err(ConfigError(format!(
                "`taxii.public_root` and `taxii.partners_root` are both {public_root:?}: give each \
                 a path of its own"
            )));
        }
        let positive = [
            ("analysis.timeout_s", self.analysis.timeout_s),
            ("analysis.memory_mib", self.analysis.memory_mib),
            ("jobs.lease_s", u64::from(self.jobs.lease_s)),
        ];
        for (key, value) in positive {
            if value == 0 {
                return Err(ConfigError(format!("`{key}` is 0: give at least 1")));
            }
        }
        Ok(())
    }

    fn check_retention(&self) -> Result<(), ConfigError> {
        let known: Vec<_> = retention::catalogue().iter().map(|kind| kind.id.as_str()).collect();
        for (kind, days) in &self.retention {
            if !known.contains(&kind.as_str()) {
                let hint = suggest::among(kind, &known);
                return Err(ConfigError(format!("unknown key `retention.{kind}`{hint}")));
            }
            if kind == retention::FOR_GOOD && *days > 0 {
                return Err(ConfigError(format!(
                    "`retention.{kind}` is {days}: they are kept for good, because verdicts are \
                     computed from them"
                )));
            }
        }
        Ok(())
    }

    /// Where the store is, given the data folder.
    pub fn store(&self, data: &Path) -> StoreConfig {
        let database_url = self
            .database
            .url
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", data.join("exchange.sqlite").display()));
        let blobs_url = self
            .blobs
            .url
            .clone()
            .unwrap_or_else(|| format!("file://{}", data.join("blobs").display()));
        StoreConfig { database_url, blobs_url, blobs_endpoint: self.blobs.endpoint.clone() }
    }
}

fn is_origin(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    host.is_some_and(|host| !host.is_empty() && host.chars().all(is_part))
}

/// Only names with a double underscore are ours: `UNWATCHED_COMMUNITY_DATA`, say, belongs to the
/// tests.
fn environment() -> Env {
    Env::prefixed("UNWATCHED_").filter(|key| key.as_str().contains("__")).split("__")
}

fn explain(errors: figment::Error) -> String {
    errors.into_iter().map(|error| explain_one(&error)).collect::<Vec<_>>().join("; ")
}

fn explain_one(error: &figment::Error) -> String {
    let place = error.metadata.as_ref().map_or_else(String::new, |metadata| {
        let source = metadata.source.as_ref().map(ToString::to_string);
        format!(" in {}", source.unwrap_or_else(|| metadata.name.to_string()))
    });
    match &error.kind {
        figment::error::Kind::UnknownField(field, known) => {
            let mut path = error.path.clone();
            if path.last() != Some(field) {
                path.push(field.clone());
            }
            let hint = in_another_section(field, known).map_or_else(
                || suggest::among(field, known),
                |key| format!(": did you mean `{key}`?"),
            );
            format!("unknown key `{}`{place}{hint}", path.join("."))
        }
        kind if error.path.is_empty() => format!("{kind}{place}"),
        kind => format!("`{}`: {kind}{place}", error.path.join(".")),
    }
}

/// A key of another section that is more like it than any here.
fn in_another_section(field: &str, known_here: &[&str]) -> Option<&'static str> {
    let last = |name: &'static str| name.rsplit('.').next().unwrap_or(name);
    let names: Vec<_> = KEYS.iter().map(|key| last(key.name)).collect();
    let (likeness, meant) = suggest::nearest(field, &names)?;
    let here = suggest::nearest(field, known_here).map_or(0.0, |(likeness, _)| likeness);
    let mut names = KEYS.iter().map(|key| key.name);
    names.find(|name| last(name) == meant).filter(|_| likeness > here)
}

/// One key, as the reference describes it.
#[derive(Debug)]
pub struct Key {
    /// `section.key`.
    pub name: &'static str,
    /// What holds without it.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

const fn key(name: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { name, default, meaning }
}

/// Every key; a test holds this and the types equal.
pub const KEYS: &[Key] = &[
    key("server.listen", "`127.0.0.1:8080`", "address and port; port 0 picks a free one"),
    key(
        "server.public_url",
        "none",
        "the address partners see; with `https://`, the session's cookie is sent over TLS only",
    ),
    key(
        "server.trusted_proxies",
        "none",
        "addresses of reverse proxies whose `X-Forwarded-For` is believed",
    ),
    key("site.host", "none", "the public site's host name; read, and not used by this version"),
    key("site.neutral", "`false`", "a site that hides what it is about; not used by this version"),
    key("database.url", "`sqlite:DATA/exchange.sqlite`", "`sqlite:PATH` or `postgres://...`"),
    key(
        "blobs.url",
        "`file://DATA/blobs`",
        "`file:///folder`, or `s3://bucket/prefix` in a program built with `--features s3`",
    ),
    key("blobs.endpoint", "none", "the address of an S3 service that is not the usual one"),
    key(
        "samples.url",
        "none",
        "the address that samples' bytes are fetched from, such as `https://samples.example`: a \
         host name of its own, where nothing else is answered",
    ),
    key("mail.smtp", "none", "an SMTP server; read, and not used by this version"),
    key("mail.dir", "none", "a folder in place of an SMTP server; not used by this version"),
    key(
        "analysis.workers",
        "`1`",
        "how many samples are analysed at once; 0 leaves it to `worker` processes",
    ),
    key("analysis.timeout_s", "`120`", "after this long an analysis is ended"),
    key("analysis.memory_mib", "`2048`", "no analysis gets more memory"),
    key(
        "analysis.sandbox_required",
        "`true` on Linux",
        "nothing is analysed where the filter of system calls (seccomp) does not hold: without it a \
         file that takes its reader over can send signals to the server's processes and speak to \
         the network. With `false` the limits and what the kernel has must do. Landlock is the \
         second wall and never required. What is lacking is said in the log, once, by whoever \
         starts an analysis, and by `doctor`",
    ),
    key(
        "jobs.lease_s",
        "`60`",
        "after this long without a word from its worker, a job is given to another",
    ),
    key("taxii.public_root", "`public`", "the path of the TAXII API root that is everybody's"),
    key("taxii.partners_root", "`partners`", "the path of the partners' TAXII API root"),
    key(
        "webhooks.private_hosts",
        "none",
        "host names and addresses of your own networks that partners' webhooks may lead to, also \
         without TLS; everything else has to be `https://` and of the open internet",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<Config, String> {
        Config::from_figment(&Figment::new().merge(Toml::string(toml)))
            .map_err(|error| error.to_string())
    }

    #[track_caller]
    fn refused(toml: &str, expected: &str) {
        assert_eq!(read(toml).unwrap_err(), expected);
    }

    #[test]
    fn every_section_of_the_reference_is_known() {
        let config = read(
            "[server]\nlisten = '127.0.0.1:0'\npublic_url = 'https://exchange.example'\n\
             trusted_proxies = ['10.0.0.1']\n[site]\nhost = 'site.example'\nneutral = true\n\
             [database]\nurl = 'sqlite:x'\n[blobs]\nurl = 's3://b/p'\nendpoint = 'http://s3.example'\n\
             [samples]\nurl = 'https://samples.example'\n[mail]\nsmtp = 'smtp://mail.example'\n[analysis]\nworkers = 2\ntimeout_s = 9\n\
             memory_mib = 512\nsandbox_required = false\n[jobs]\nlease_s = 5\n[taxii]\n\
             [webhooks]\nprivate_hosts = ['siem.internal.example']\n",
        )
        .unwrap();
        let analysis =
            Analysis { workers: 2, timeout_s: 9, memory_mib: 512, sandbox_required: false };
        assert_eq!(config.analysis, analysis);
        assert_eq!(config.store(Path::new("/d")).blobs_url, "s3://b/p");
    }

    #[test]
    fn without_a_word_everything_lies_in_the_data_folder() {
        let store = read("").unwrap().store(Path::new("/d"));
        assert_eq!(store.database_url, "sqlite:/d/exchange.sqlite");
        assert_eq!(store.blobs_url, "file:///d/blobs");
    }

    #[test]
    fn unknown_keys_are_refused_with_a_suggestion() {
        refused(
            "[analysis]\ntimeout = 5\n",
            "unknown key `analysis.timeout` in TOML source string: did you mean `timeout_s`?",
        );
        refused(
            "[servers]\n",
            "unknown key `servers` in TOML source string: did you mean `server`?",
        );
        refused(
            "listen = '127.0.0.1:0'\n",
            "unknown key `listen` in TOML source string: did you mean `server.listen`?",
        );
        refused(
            "[analysis]\nlease = 5\n",
            "unknown key `analysis.lease` in TOML source string: did you mean `jobs.lease_s`?",
        );
        refused(
            "[mail]\nzebra = 1\n",
            "unknown key `mail.zebra` in TOML source string: known are `smtp`, `dir`",
        );
    }

    #[test]
    fn values_of_the_wrong_kind_and_contradictions_are_refused() {
        refused(
            "[mail]\nsmtp = 'x'\ndir = 'y'\n",
            "`mail.smtp` and `mail.dir` are both set: keep the one that mail should take",
        );
        for url in ["samples.example", "https://samples.example/", "https://", "ftp://a.example"] {
            assert!(read(&format!("[samples]\nurl = '{url}'\n")).is_err(), "{url}");
        }
        refused(
            "[server]\npublic_url = 'https://a.example'\n[samples]\nurl = 'https://a.example'\n",
            "`samples.url` is `server.public_url`: give it a host name of its own, or leave it",
        );
        refused("[analysis]\nmemory_mib = 0\n", "`analysis.memory_mib` is 0: give at least 1");
        assert!(
            read("[analysis]\nworkers = 'many'\n").unwrap_err().starts_with("`analysis.workers`: ")
        );
    }
}
