//! The log of releases: an append-only Merkle tree as in RFC 6962, its checkpoint, and the proofs
//! that travel in a bundle. Where the leaves are kept, and who signs, is the exchange's business.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use unwatched_model::digest::Sha256;

use super::key::PublicKey;

/// The proofs' name in the bundle.
pub const LOG_NAME: &str = "log.json";

/// How long a checkpoint speaks for what is newest.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// More releases than anybody could publish; it bounds what a proof may ask of a reader.
const MOST_LEAVES: u64 = 1 << 32;

/// What the log says of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The release's number.
    pub sequence: u64,
    /// The SHA-256 of its `index.json`.
    pub index: Sha256,
    /// The SHA-256 of the key set it was signed under.
    pub key_set: Sha256,
}

impl Leaf {
    /// The bytes that are hashed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { sequence, index, key_set } = self;
        format!("unwatched release {sequence}\nindex.json {index}\nkeys {key_set}\n").into_bytes()
    }
}

/// The state of a log at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log, such as `exchange.example/unwatched`.
    pub origin: String,
    /// How many releases it holds.
    pub size: u64,
    /// The tree's hash.
    pub root: Sha256,
    /// When this was said.
    pub time: Timestamp,
    /// Until when it speaks for what is newest.
    pub until: Timestamp,
}

/// Text that is no checkpoint, or proofs that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the log's part of the bundle cannot be read: {0}; download the file named bundle again")]
pub struct NotALog(pub String);

impl Checkpoint {
    /// The text to sign: the three lines of a C2SP tlog-checkpoint, and two of ours.
    pub fn text(&self) -> String {
        let Self { origin, size, root, time, until } = self;
        let root = STANDARD.encode(root.0);
        format!("{origin}\n{size}\n{root}\ntime {time}\nuntil {until}\n")
    }

    /// Reads exactly what [`Checkpoint::text`] writes.
    ///
    /// # Errors
    /// [`NotALog`] when it is something else, or ends before it begins.
    pub fn from_text(text: &str) -> Result<Self, NotALog> {
        let refused = || NotALog("its checkpoint is not written as one is".to_owned());
        let lines: Vec<_> = text.lines().collect();
        let [origin, size, root, time, until] = lines[..] else { return Err(refused()) };
        let moment = |line: &str, word: &str| line.strip_prefix(word)?.parse().ok();
        let read = || {
            let root = STANDARD.decode(root).ok()?;
            Some(Self {
                origin: origin.to_owned(),
                size: size.parse().ok()?,
                root: Sha256(root.try_into().ok()?),
                time: moment(time, "time ")?,
                until: moment(until, "until ")?,
            })
        };
        let read = read().filter(|read| read.text() == text).ok_or_else(refused)?;
        if read.size == 0 || read.size > MOST_LEAVES || read.until <= read.time {
            return Err(NotALog("its checkpoint makes no sense".to_owned()));
        }
        Ok(read)
    }
}

/// What a bundle says of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPart {
    /// The checkpoint's text.
    pub checkpoint: String,
    /// The server's signature over it.
    pub signature: String,
    /// Where in the log the release stands, from 0.
    pub leaf: u64,
    /// That it stands there: RFC 6962's audit path.
    pub inclusion: Vec<Sha256>,
    /// For each earlier size, 1 first: that the log was only ever added to since.
    pub consistency: Vec<Vec<Sha256>>,
}

/// What is wrong with the log's part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// It does not read.
    #[error(transparent)]
    Damaged(#[from] NotALog),
    /// Somebody else's checkpoint, or a changed one.
    #[error(
        "the log's checkpoint in the bundle is not signed with the exchange's server key: it was changed or made up; do not use it, download it again"
    )]
    NotSigned,
    /// The release is not in it.
    #[error(
        "release {sequence} is not in the exchange's public log: it may have been made for you alone; do not use it, and tell the people who run the exchange"
    )]
    NotInTheLog {
        /// The release.
        sequence: u64,
    },
    /// An older release under the word for a newer one: whoever stands between can put the two
    /// together, for the log is public, and needs no key.
    #[error(
        "release {sequence} is in the exchange's public log, and so is what came after it ({later} more): somebody put an old release under today's word; do not use it, download the newest one, and tell the people who run the exchange"
    )]
    NotTheNewest {
        /// The release.
        sequence: u64,
        /// How many stand behind it.
        later: u64,
    },
    /// A word that is to hold for longer than the exchange's program ever gives one.
    #[error(
        "the exchange's word of {time} is to hold until {until}, and no word holds for more than a week: do not use it, and tell the people who run the exchange"
    )]
    HoldsTooLong {
        /// When it was said.
        time: Timestamp,
        /// Until when it is to hold.
        until: Timestamp,
    },
    /// Another log than before.
    #[error(
        "the bundle is of another log ({found}) than this computer has seen ({known}): do not use it before you have asked the people who run the exchange"
    )]
    OtherLog {
        /// Whose log was seen.
        known: String,
        /// Whose this is.
        found: String,
    },
    /// A log that lost something.
    #[error(
        "the log in the bundle holds {found} releases, and this computer has seen one of {known}: it is an old file, or releases were taken out; download the newest one"
    )]
    Shorter {
        /// How many were seen.
        known: u64,
        /// How many it holds.
        found: u64,
    },
    /// Two histories.
    #[error(
        "the log in the bundle does not continue the one that this computer has seen: two different histories were shown; do not use it, keep the file, and tell the people who run the exchange"
    )]
    Forked,
    /// Nobody said for long that this is the newest.
    #[error(
        "the exchange last said on {time} that this is its newest release, and its word held until {until}: the file is old, or somebody holds newer releases back; download the newest one, and if it says the same again tell the people who run the exchange"
    )]
    Frozen {
        /// When it was said.
        time: Timestamp,
        /// Until when it held.
        until: Timestamp,
    },
}

impl LogPart {
    /// The bytes of `log.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("plain data serialises");
        bytes.push(b'\n');
        bytes
    }

    /// Reads it. Nothing is verified yet.
    ///
    /// # Errors
    /// [`NotALog`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotALog> {
        serde_json::from_slice(bytes).map_err(|error| NotALog(error.to_string()))
    }

    /// Checks that the server signed the checkpoint, and that the release is the log's last.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn verify(&self, server: &PublicKey, leaf: &Leaf) -> Result<Checkpoint, LogError> {
        let signature =
            minisign_verify::Signature::decode(&self.signature).map_err(|_| LogError::NotSigned)?;
        server
            .inner
            .verify(self.checkpoint.as_bytes(), &signature, false)
            .map_err(|_| LogError::NotSigned)?;
        let checkpoint = Checkpoint::from_text(&self.checkpoint)?;
        let proof = InclusionProof::<sha2::Sha256>::from_bytes(joined(&self.inclusion));
        root(checkpoint.size, &checkpoint.root)
            .verify_inclusion(&leaf.to_bytes(), self.leaf, &proof)
            .map_err(|_| LogError::NotInTheLog { sequence: leaf.sequence })?;
        let later = checkpoint.size.saturating_sub(self.leaf.saturating_add(1));
        if later > 0 {
            return Err(LogError::NotTheNewest { sequence: leaf.sequence, later });
        }
        let Checkpoint { time, until, .. } = checkpoint;
        if until.duration_since(time) > FRESH_FOR {
            return Err(LogError::HoldsTooLong { time, until });
        }
        Ok(checkpoint)
    }

    /// Checks that the log of this checkpoint, which [`LogPart::verify`] handed out, only adds to
    /// the one that was seen.
    ///
    /// # Errors
    /// [`LogError::OtherLog`], [`LogError::Shorter`] or [`LogError::Forked`].
    pub fn continues(&self, now: &Checkpoint, seen: &Checkpoint) -> Result<(), LogError> {
        if now.origin != seen.origin {
            let (known, found) = (seen.origin.clone(), now.origin.clone());
            return Err(LogError::OtherLog { known, found });
        }
        if now.size < seen.size {
            return Err(LogError::Shorter { known: seen.size, found: now.size });
        }
        if now.size == seen.size {
            return if now.root == seen.root { Ok(()) } else { Err(LogError::Forked) };
        }
        if seen.size == 0 || now.size > MOST_LEAVES {
            return Err(LogError::Forked);
        }
        let at = usize::try_from(seen.size - 1).map_err(|_| LogError::Forked)?;
        let proof = self.consistency.get(at).ok_or(LogError::Forked)?;
        let proof = ConsistencyProof::<sha2::Sha256>::try_from_bytes(joined(proof))
            .map_err(|_| LogError::Forked)?;
        root(now.size, &now.root)
            .verify_consistency(&root(seen.size, &seen.root), &proof)
            .map_err(|_| LogError::Forked)
    }
}

fn root(size: u64, root: &Sha256) -> RootHash<sha2::Sha256> {
    RootHash::new(root.0.into(), size)
}

fn joined(proof: &[Sha256]) -> Vec<u8> {
    proof.iter().flat_map(|digest| digest.0).collect()
}

/// A log in memory, as whoever keeps it builds it from its leaves.
#[derive(Debug, Clone, Default)]
pub struct Log {
    tree: MemoryBackedTree<sha2::Sha256, Vec<u8>>,
}

impl Log {
    /// The log of these leaves.
    pub fn of<'l>(leaves: impl IntoIterator<Item = &'l Leaf>) -> Self {
        let mut tree = MemoryBackedTree::new();
        for leaf in leaves {
            tree.push(leaf.to_bytes());
        }
        Self { tree }
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.tree.len()
    }

    /// The tree's hash; of an empty log that of nothing.
    pub fn root(&self) -> Sha256 {
        Sha256((*self.tree.root().as_bytes()).into())
    }

    /// The checkpoint said now.
    pub fn checkpoint(&self, origin: &str, now: Timestamp) -> Checkpoint {
        // Whole seconds: what people read, and what every program that reads times can.
        let time = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let until = time.saturating_add(FRESH_FOR).unwrap_or(Timestamp::MAX);
        Checkpoint { origin: origin.to_owned(), size: self.size(), root: self.root(), time, until }
    }

    /// What a bundle of the release at this place says; `None` when the log has no such place.
    pub fn part(&self, leaf: u64, checkpoint: String, signature: String) -> Option<LogPart> {
        let size = usize::try_from(self.size()).ok()?;
        let at = usize::try_from(leaf).ok().filter(|at| *at < size)?;
        let inclusion = split(self.tree.prove_inclusion(at).as_bytes());
        let consistency = (1..size)
            .map(|earlier| split(self.tree.prove_consistency(size - earlier).as_bytes()))
            .collect();
        Some(LogPart { checkpoint, signature, leaf, inclusion, consistency })
    }

    /// The hash of the first so many leaves; `None` when there are fewer, or none is asked for.
    pub fn root_at<'l>(size: u64, leaves: impl IntoIterator<Item = &'l Leaf>) -> Option<Sha256> {
        let log = Self::of(leaves.into_iter().take(usize::try_from(size).ok()?));
        (size > 0 && log.size() == size).then(|| log.root())
    }
}

fn split(proof: &[u8]) -> Vec<Sha256> {
    proof.as_chunks::<32>().0.iter().map(|digest| Sha256(*digest)).collect()
}

/// The log as anybody reads it: a line for each release.
pub fn log_lines<'l>(leaves: impl IntoIterator<Item = &'l Leaf>) -> String {
    let mut text = String::new();
    for Leaf { sequence, index, key_set } in leaves {
        let _ = writeln!(text, "{sequence} {index} {key_set}");
    }
    text
}
