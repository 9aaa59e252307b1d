//! Releases for the desk, signed with keys made for one test.

use std::io::Cursor;

use jiff::Timestamp;
use minisign::KeyPair;
use sha2::Digest as _;
use unwatched_formats::release::{INDICATORS_NAME, Index, IndexFile, write_bundle};
use unwatched_model::class::Class;
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::recall::Recalled;
use unwatched_model::set::{SetBuilder, SetFamily};

/// Somebody who publishes releases.
pub(crate) struct Publisher {
    keys: KeyPair,
}

impl Publisher {
    pub(crate) fn new() -> Self {
        Self { keys: KeyPair::generate_unencrypted_keypair().unwrap() }
    }

    /// The file `key.pub`.
    pub(crate) fn key(&self) -> String {
        self.keys.pk.to_box().unwrap().into_string()
    }

    /// The line in it that people compare.
    pub(crate) fn key_line(&self) -> String {
        self.keys.pk.to_base64()
    }

    /// A bundle that lists `package`, good for thirty days.
    pub(crate) fn bundle(&self, sequence: u64, published: &str, package: &str) -> Vec<u8> {
        self.bundle_recalling(sequence, published, package, Vec::new())
    }

    /// The same, that takes something back.
    pub(crate) fn bundle_recalling(
        &self,
        sequence: u64,
        published: &str,
        package: &str,
        recalls: Vec<Recalled>,
    ) -> Vec<u8> {
        let published: Timestamp = format!("{published}T08:00:00Z").parse().unwrap();
        let indicators = indicators(package);
        let file = IndexFile {
            name: INDICATORS_NAME.to_owned(),
            size_bytes: indicators.len() as u64,
            sha256: Sha256(sha2::Sha256::digest(&indicators).into()),
            media_type: String::new(),
        };
        let index = Index {
            sequence,
            published,
            expires: published + jiff::SignedDuration::from_hours(30 * 24),
            licence: "CC-BY-4.0".to_owned(),
            attribution: Vec::new(),
            files: vec![file],
            recalls,
            warnings: Vec::new(),
        };
        let json = index.to_bytes();
        let signature =
            minisign::sign(None, &self.keys.sk, Cursor::new(&json), Some("a release"), None)
                .unwrap();
        write_bundle(&json, &signature.into_string(), &indicators)
    }
}

pub(crate) fn indicators(package: &str) -> Vec<u8> {
    let id: FamilyId = "watch-alpha".parse().unwrap();
    let mut builder = SetBuilder::new();
    builder.family(SetFamily {
        id: id.clone(),
        name: "Watch Alpha".to_owned(),
        class: Class::Stalkerware,
        judged: true,
        attributed: Vec::new(),
    });
    builder.indicator(&id, IndicatorKind::Package, package, Role::App).unwrap();
    builder.build().to_bytes()
}
