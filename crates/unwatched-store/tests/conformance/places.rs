//! Where a stand's blobs lie, seen past the store: what a disk, or somebody with a copy, holds.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use crate::stand::Stand;

impl Stand {
    /// The blobs' place itself.
    pub(crate) fn objects(&self) -> Arc<dyn ObjectStore> {
        match self.config.blobs_url.strip_prefix("file://") {
            Some(folder) => Arc::new(LocalFileSystem::new_with_prefix(folder).unwrap()),
            None => s3::objects(&self.config),
        }
    }
}

#[cfg(not(feature = "s3"))]
mod s3 {
    pub(super) fn objects(
        config: &unwatched_store::StoreConfig,
    ) -> std::sync::Arc<dyn object_store::ObjectStore> {
        panic!("{} names no folder", config.blobs_url)
    }
}

#[cfg(feature = "s3")]
mod s3 {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use object_store::ObjectStore;
    use object_store::aws::AmazonS3Builder;
    use object_store::path::Path as Location;
    use object_store::prefix::PrefixStore;
    use unwatched_store::StoreConfig;

    use crate::stand::Blobs;

    const ENDPOINT_VARIABLE: &str = "UNWATCHED_TEST_S3";

    impl Blobs {
        /// A prefix of their own; `None` where no endpoint is named, which is a failure with `CI`
        /// set.
        pub(crate) fn in_s3() -> Option<Self> {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let Ok(endpoint) = std::env::var(ENDPOINT_VARIABLE) else {
                let notice = format!("tests on S3 are left out: {ENDPOINT_VARIABLE} is not set");
                assert!(std::env::var_os("CI").is_none(), "CI is set, and {notice}");
                eprintln!("{notice}");
                return None;
            };
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let url = format!("s3://watch/run-{}/case-{number}", std::process::id());
            Some(Self::S3 { url, endpoint })
        }
    }

    pub(super) fn objects(config: &StoreConfig) -> Arc<dyn ObjectStore> {
        let endpoint = config.blobs_endpoint.clone().unwrap();
        let bucket = AmazonS3Builder::from_env()
            .with_url(&config.blobs_url)
            .with_endpoint(endpoint)
            .with_allow_http(true)
            .build()
            .unwrap();
        let prefix = config.blobs_url.trim_start_matches("s3://watch/");
        Arc::new(PrefixStore::new(bucket, Location::from(prefix)))
    }
}
