//! What the exchange keeps, looked at without the exchange.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::runtime::Runtime;
use unwatched_store::{Store, StoreConfig};
use unwatched_testkit::exchange::Operator;

/// The rows, looked at without the exchange.
pub(crate) struct Database {
    runtime: Runtime,
    url: String,
}

impl Database {
    pub(crate) fn at(url: String) -> Self {
        Self { runtime: Runtime::new().unwrap(), url }
    }

    /// The one text column of what a query finds.
    pub(crate) fn rows(&self, query: &str) -> Vec<String> {
        let query = sqlx::AssertSqlSafe(query.to_owned());
        self.runtime.block_on(async {
            if self.is_sqlite() {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
            } else {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
            }
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Ends every connection of the exchange's to PostgreSQL. SQLite has none to be ended.
    pub(crate) fn cut_off(&self) {
        if !self.is_sqlite() {
            self.rows(
                "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            );
        }
    }

    /// A day and more after the last write, by the store's clock.
    pub(crate) fn tomorrow(&self) -> String {
        let last = &self.rows("SELECT CAST(MAX(changed_at) AS TEXT) FROM jobs")[0];
        let micros: i64 = last.parse().unwrap();
        jiff::Timestamp::from_microsecond(micros + 26 * 3_600_000_000).unwrap().to_string()
    }

    /// The plain bytes of samples.
    pub(crate) fn bytes_of(
        &self,
        operator: &Operator,
        samples: &BTreeSet<String>,
    ) -> BTreeMap<String, Vec<u8>> {
        let blobs_url = format!("file://{}", operator.data().join("blobs").display());
        let config =
            StoreConfig { database_url: self.url.clone(), blobs_url, blobs_endpoint: None };
        self.runtime.block_on(async {
            let store = Store::open(&config).await.unwrap();
            let mut all = BTreeMap::new();
            for sha256 in samples {
                let bytes = store.get_bytes(&sha256.parse().unwrap(), 1 << 30).await.unwrap();
                all.insert(sha256.clone(), bytes.to_vec());
            }
            store.close().await;
            all
        })
    }
}
