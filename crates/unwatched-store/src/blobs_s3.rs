//! Blobs in S3, or in what speaks like it. Its keys come from the environment, as AWS's own tools
//! read them, never from our configuration.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Location;
use object_store::prefix::PrefixStore;

use crate::{Result, StoreConfig};

pub(crate) fn open(config: &StoreConfig) -> Result<Arc<dyn ObjectStore>> {
    // The program may have chosen a provider already; then that one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = AmazonS3Builder::from_env().with_url(&config.blobs_url);
    if let Some(endpoint) = &config.blobs_endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
    let bucket_and_prefix = config.blobs_url.trim_start_matches("s3://");
    let prefix = bucket_and_prefix.split_once('/').map_or("", |(_, prefix)| prefix);
    Ok(Arc::new(PrefixStore::new(builder.build()?, Location::from(prefix))))
}
