//! A store for one case, and the made-up rows that cases start from.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{Timestamp, ToSpan};
use sha2::Digest;
use sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};
use tempfile::TempDir;
use unwatched_model::access::{self, Member, Sharing};
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::partner::{PartnerCategory, PartnerSlug, Standing, UserRole};
use unwatched_model::report::{Capability, Certificate, Endpoint, FileFormat, Report, Support};
use unwatched_model::tlp::Tlp;
use unwatched_store::{
    Actor, AddedIndicator, Handling, NewFamily, NewPartner, NewSample, Store, StoreConfig,
    StoreError, Via, Visible,
};
use unwatched_testkit::postgres::{TemporaryPostgres, available};

/// A store and what it stands on.
pub(crate) struct Stand {
    pub(crate) store: Store,
    pub(crate) config: StoreConfig,
    pub(crate) folder: TempDir,
}

/// Where a stand's blobs lie.
pub(crate) enum Blobs {
    /// In the stand's folder.
    Folder,
    /// In a bucket, under a prefix of their own.
    #[cfg(feature = "s3")]
    S3 { url: String, endpoint: String },
}

impl Deref for Stand {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Stand {
    pub(crate) async fn sqlite() -> Self {
        Self::sqlite_with(Blobs::Folder).await
    }

    /// Rows in SQLite.
    pub(crate) async fn sqlite_with(blobs: Blobs) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        Self::open(folder, url, blobs).await
    }

    pub(crate) async fn postgres() -> Option<Self> {
        Self::postgres_with(Blobs::Folder).await
    }

    /// Rows in a schema of their own in a database that the whole run shares: a database for each
    /// case takes PostgreSQL a quarter of a second to make and to remove.
    pub(crate) async fn postgres_with(blobs: Blobs) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let url = database()?;
        let schema = format!("case_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(url).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
        raw_sql(create).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{separator}options[search_path]={schema}");
        Some(Self::open(tempfile::tempdir().unwrap(), url, blobs).await)
    }

    async fn open(folder: TempDir, database_url: String, blobs: Blobs) -> Self {
        let (blobs_url, blobs_endpoint) = match blobs {
            Blobs::Folder => (format!("file://{}", folder.path().join("blobs").display()), None),
            #[cfg(feature = "s3")]
            Blobs::S3 { url, endpoint } => (url, Some(endpoint)),
        };
        let config = StoreConfig { database_url, blobs_url, blobs_endpoint };
        let store = Store::open(&config).await.unwrap();
        Self { store, config, folder }
    }

    /// Another handle on the same database and blobs, as another process would have.
    pub(crate) async fn again(&self) -> Store {
        Store::open(&self.config).await.unwrap()
    }

    pub(crate) async fn remove(self) {
        self.store.close().await;
    }

    /// Adds a partner of this slug.
    pub(crate) async fn partner(&self, slug: &str) -> PartnerSlug {
        let partner = NewPartner {
            slug: slug.parse().unwrap(),
            name: format!("Partner {slug}"),
            category: PartnerCategory::Vendor,
            standing: Standing::Full,
        };
        self.add_partner(&partner, &operator(), at(0)).await.unwrap();
        partner.slug
    }

    /// Adds an indicator, as one of the partner's programs would.
    pub(crate) async fn add_indicator(
        &self,
        indicator: &Indicator,
        handling: &Handling,
        by: &PartnerSlug,
        now: Timestamp,
    ) -> Result<AddedIndicator, StoreError> {
        self.store.add_indicator(indicator, handling, &acting(by), now).await
    }

    /// Adds a family of this name.
    pub(crate) async fn named(&self, name: &str) -> FamilyId {
        self.create_family(&new_family(name, &[]), &operator(), at(0)).await.unwrap()
    }
}

/// The URL of a database on one server for the whole run. The server ends with the process.
fn database() -> Option<&'static str> {
    static SERVER: OnceLock<Option<(TemporaryPostgres, String)>> = OnceLock::new();
    let start = || match available() {
        Ok(()) => {
            let server = TemporaryPostgres::start().unwrap();
            let name = format!("store_{}", std::process::id());
            server.create_database(&name).unwrap();
            let url = server.url(&name);
            Some((server, url))
        }
        Err(notice) => {
            eprintln!("{notice}");
            None
        }
    };
    SERVER.get_or_init(start).as_ref().map(|(_, url)| url.as_str())
}

/// A moment, in seconds after the tests' beginning of time.
pub(crate) fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    start + seconds.seconds()
}

/// Whoever has a shell on the server: acts where a case does not mind who does.
pub(crate) fn operator() -> Actor {
    Actor::operator()
}

/// A partner's key.
pub(crate) fn acting(partner: &PartnerSlug) -> Actor {
    Actor { partner: Some(partner.clone()), user: None, via: Via::Key }
}

/// A person of a partner who searches and has added nothing.
pub(crate) fn somebody() -> Visible {
    seen_by(&"somebody".parse().unwrap())
}

/// What an analyst of a vendor sees.
pub(crate) fn seen_by(partner: &PartnerSlug) -> Visible {
    Visible::to(&access::Viewer::Member(Member {
        partner: partner.clone(),
        category: PartnerCategory::Vendor,
        standing: Standing::Full,
        groups: BTreeSet::new(),
        role: UserRole::Analyst,
        scopes: None,
    }))
}

/// For cases that are not about who sees what.
pub(crate) fn everything() -> Visible {
    Visible::everything_for_a_job()
}

pub(crate) fn sha256(of: &str) -> Sha256 {
    Sha256(sha2::Sha256::digest(of.as_bytes()).into())
}

pub(crate) fn new_family(name: &str, aliases: &[&str]) -> NewFamily {
    let aliases = aliases.iter().map(|&alias| alias.to_owned()).collect();
    NewFamily { name: name.to_owned(), aliases, platform: None }
}

pub(crate) fn indicator(family: &FamilyId, kind: IndicatorKind, value: &str) -> Indicator {
    Indicator {
        family: family.clone(),
        kind,
        value: value.to_owned(),
        role: Role::App,
        tlp: Tlp::Green,
        source: "seen by us".to_owned(),
    }
}

pub(crate) fn new_sample(of: &str, by: &PartnerSlug) -> NewSample {
    let digest = sha256(of);
    NewSample {
        sha256: digest,
        sha1: Sha1(digest.0[..20].try_into().unwrap()),
        md5: Md5(digest.0[..16].try_into().unwrap()),
        size_bytes: of.len() as u64,
        file_name: Some(format!("{of}.apk")),
        by: by.clone(),
        sharing: Sharing::coalition(),
        declared_public: false,
    }
}

/// A small report on the sample that [`new_sample`] makes.
pub(crate) fn report(of: &str, package: &str) -> Report {
    let digest = sha256(of);
    let certificate = sha256(&format!("certificate of {package}"));
    let sha1 = Sha1(digest.0[..20].try_into().unwrap());
    let md5 = Md5(digest.0[..16].try_into().unwrap());
    Report {
        format: FileFormat::Apk,
        package: Some(package.to_owned()),
        label: Some(format!("Label {of}")),
        version_name: Some("1.0".to_owned()),
        version_code: Some(u64::MAX),
        certificates: vec![Certificate {
            sha1: Sha1(certificate.0[..20].try_into().unwrap()),
            sha256: certificate,
            subject: Some("CN=Watch".to_owned()),
            verified: false,
        }],
        permissions: vec!["android.permission.READ_SMS".to_owned()],
        capabilities: vec![Capability {
            id: "messages.read".to_owned(),
            name: "reads text messages".to_owned(),
            group: "messages".to_owned(),
            support: Support::Possible,
            ..Capability::default()
        }],
        endpoints: vec![Endpoint {
            kind: "domain".to_owned(),
            value: "panel.watch-alpha.example".to_owned(),
            place: "classes.dex".to_owned(),
            ..Endpoint::default()
        }],
        ..Report::of_digests(digest, sha1, md5, of.len() as u64)
    }
}
