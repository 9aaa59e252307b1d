//! An exchange as a checker meets it: keys, sets of them, releases in a log. What it signs is signed
//! here as the exchange and its coordinators would, and as somebody would who has some of the keys.

use std::io::Cursor;

use jiff::{SignedDuration, Timestamp};
use minisign::KeyPair;
use sha2::Digest as _;
use unwatched_formats::release::{
    INDICATORS_NAME, Index, IndexFile, KeyChain, KeySet, Leaf, Log, Pin, Proofs, PublicKey,
    SignedSet, write_proven_bundle,
};
use unwatched_model::digest::Sha256;

use crate::releases::indicators;

/// A key and who holds it.
pub(crate) struct Holder(KeyPair);

impl Holder {
    pub(crate) fn new() -> Self {
        Self(KeyPair::generate_unencrypted_keypair().unwrap())
    }

    pub(crate) fn line(&self) -> String {
        self.0.pk.to_base64()
    }

    pub(crate) fn key(&self) -> PublicKey {
        self.line().parse().unwrap()
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> String {
        let signed = minisign::sign(None, &self.0.sk, Cursor::new(bytes), Some("signed"), None);
        signed.unwrap().into_string()
    }
}

/// What is in a bundle, to be changed by whoever attacks.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) index: Vec<u8>,
    pub(crate) minisig: String,
    pub(crate) indicators: Vec<u8>,
    pub(crate) proofs: Proofs,
}

impl Parts {
    pub(crate) fn bundle(&self) -> Vec<u8> {
        write_proven_bundle(&self.index, &self.minisig, &self.indicators, &self.proofs)
    }
}

/// The exchange.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) keys: KeyChain,
    pub(crate) set: KeySet,
    pub(crate) leaves: Vec<Leaf>,
}

impl Exchange {
    /// As a new data folder starts: 1 of 1 with the server's key.
    pub(crate) fn new(server: &Holder) -> Self {
        let set =
            KeySet { sequence: 1, threshold: 1, keys: vec![server.key()], server: server.key() };
        let mut exchange = Self { keys: KeyChain::default(), set, leaves: Vec::new() };
        exchange.change(exchange.set.clone(), &[server]);
        exchange
    }

    /// The set of these keys that would follow.
    pub(crate) fn next_set(&self, threshold: u32, keys: &[&Holder]) -> KeySet {
        let keys = keys.iter().map(|holder| holder.key()).collect();
        let (sequence, server) = (self.set.sequence + 1, self.set.server.clone());
        KeySet { sequence, threshold, keys, server }
    }

    /// Changes the set, whoever signs it.
    pub(crate) fn change(&mut self, set: KeySet, signers: &[&Holder]) {
        let bytes = set.to_bytes();
        let signatures = signers.iter().map(|holder| holder.sign(&bytes)).collect();
        self.keys.sets.push(SignedSet { set: String::from_utf8(bytes).unwrap(), signatures });
        self.set = set;
    }

    /// The file `key.pub`.
    pub(crate) fn key_file(&self) -> String {
        Pin::file(&self.set)
    }

    /// Publishes the next release on a day and hands out its bundle as of that day.
    pub(crate) fn publish(&mut self, day: &str, server: &Holder, signers: &[&Holder]) -> Parts {
        self.publish_listing(day, "com.watch.alpha.example", server, signers)
    }

    pub(crate) fn publish_listing(
        &mut self,
        day: &str,
        package: &str,
        server: &Holder,
        signers: &[&Holder],
    ) -> Parts {
        let published = at(day);
        let indicators = indicators(package);
        let file = IndexFile {
            name: INDICATORS_NAME.to_owned(),
            size_bytes: indicators.len() as u64,
            sha256: sha256(&indicators),
            media_type: String::new(),
        };
        let index = Index {
            sequence: self.leaves.len() as u64 + 1,
            published,
            expires: published + SignedDuration::from_hours(30 * 24),
            licence: "CC-BY-4.0".to_owned(),
            attribution: Vec::new(),
            files: vec![file],
            recalls: Vec::new(),
            warnings: Vec::new(),
        };
        let bytes = index.to_bytes();
        let sequence = index.sequence;
        self.leaves.push(Leaf { sequence, index: sha256(&bytes), key_set: self.set.sha256() });
        let signatures = signers.iter().map(|holder| holder.sign(&bytes)).collect();
        let (minisig, keys) = (server.sign(&bytes), self.keys.clone());
        let log = self.said(day, server, self.leaves.len() - 1);
        Parts { index: bytes, minisig, indicators, proofs: Proofs { signatures, keys, log } }
    }

    /// What the exchange says of its log on a day, for the release at a place in it.
    pub(crate) fn said(
        &self,
        day: &str,
        server: &Holder,
        leaf: usize,
    ) -> unwatched_formats::release::LogPart {
        let log = Log::of(&self.leaves);
        let text = log.checkpoint("unwatched/example", at(day)).text();
        let signature = server.sign(text.as_bytes());
        log.part(leaf as u64, text, signature).unwrap()
    }
}

fn at(day: &str) -> Timestamp {
    format!("{day}T08:00:00Z").parse().unwrap()
}

fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}
