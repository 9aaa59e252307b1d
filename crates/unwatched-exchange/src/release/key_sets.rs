//! The key sets of this exchange: which one signs now, what a change would be, and taking it into
//! force once enough of the old keys and of the new ones signed it.

use std::collections::BTreeSet;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use unwatched_formats::release::{
    KeyChain, KeySet, PublicKey, SignedSet, change_is_signed, signer_id,
};
use unwatched_store::{Actor, Awaiting, KeySetRow};

use super::keys;
use crate::refusal::refused;
use crate::state::AppState;

/// The kind of what waits for signatures.
const KEYS: &str = "keys";

/// Every set up to one, and that one.
#[derive(Debug, Clone)]
pub struct Signing {
    /// All of them.
    pub chain: KeyChain,
    /// The one that signs.
    pub set: KeySet,
}

impl Signing {
    /// The sets up to this number.
    pub fn up_to(rows: &[KeySetRow], sequence: u64) -> anyhow::Result<Self> {
        let rows: Vec<_> = rows.iter().filter(|row| row.sequence <= sequence).collect();
        let last = rows.last().with_context(|| format!("find key set {sequence}"))?;
        let set = KeySet::from_bytes(last.document.as_bytes())
            .with_context(|| format!("read key set {}", last.sequence))?;
        let sets = rows
            .iter()
            .map(|row| SignedSet { set: row.document.clone(), signatures: row.signatures.clone() });
        Ok(Self { chain: KeyChain { sets: sets.collect() }, set })
    }
}

/// What signs now. A new data folder starts as 1 of 1 with the server's key.
pub async fn current(state: &AppState) -> anyhow::Result<Signing> {
    let mut rows = state.store.key_sets().await.context("read the key sets")?;
    if rows.is_empty() {
        let server = keys::begin(&state.data)?;
        let set = KeySet { sequence: 1, threshold: 1, keys: vec![server.clone()], server };
        let signature = keys::sign(&state.data, &set.to_bytes(), &comment(&set))?;
        let row = row(&set, vec![signature]);
        let line = Actor::system().did("keys.begin", "key_set", 1, told(&set));
        match state.store.add_key_set(&row, &line, state.clock.now()).await {
            // Somebody else began at the same moment, with the same key.
            Ok(()) | Err(unwatched_store::StoreError::Conflict(_)) => {}
            Err(error) => return Err(anyhow::Error::new(error).context("keep the first key set")),
        }
        rows = state.store.key_sets().await.context("read the key sets")?;
    }
    let last = rows.last().map_or(1, |row| row.sequence);
    Signing::up_to(&rows, last)
}

/// The server's key, if it is the one that the set names; another one is refused, since no checker
/// would believe what it says.
pub fn require_server(state: &AppState, set: &KeySet) -> anyhow::Result<()> {
    if keys::server(&state.data)?.as_ref() == Some(&set.server) {
        return Ok(());
    }
    let (id, folder) = (set.server.id(), state.data.keys());
    Err(refused(format!(
        "the server's key {id}, which key set {} names, is not in {}: restore that folder from its \
         copy; where it is lost, `admin keys propose --new-server-key` names another",
        set.sequence,
        folder.display()
    )))
}

/// A change of keys, as somebody asks for it.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Keys to add.
    pub add: Vec<PublicKey>,
    /// Keys to take away, by id or line.
    pub remove: Vec<String>,
    /// How many must sign then; none: as many as now.
    pub threshold: Option<u32>,
    /// Whether the server gets a new key.
    pub new_server_key: bool,
}

/// A change that waits for signatures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proposal {
    /// The set's bytes.
    pub document: String,
    /// The signatures so far.
    pub signatures: Vec<String>,
}

/// Where a change stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The set before.
    pub before: KeySet,
    /// The one that was proposed.
    pub set: KeySet,
    /// Its bytes, which are to be signed.
    pub document: String,
    /// Who of the set before signed.
    pub old: Vec<PublicKey>,
    /// Who of the new set signed.
    pub new: Vec<PublicKey>,
}

impl Standing {
    fn of(before: &KeySet, proposal: &Proposal) -> anyhow::Result<Self> {
        let bytes = proposal.document.as_bytes();
        let set = KeySet::from_bytes(bytes).context("read the proposed key set")?;
        let signers = |set: &KeySet| -> Vec<PublicKey> {
            set.signers(bytes, &proposal.signatures).into_iter().cloned().collect()
        };
        let (old, new) = (signers(before), signers(&set));
        Ok(Self { before: before.clone(), set, document: proposal.document.clone(), old, new })
    }

    /// Whether it is signed by as many as must.
    pub fn is_enough(&self) -> bool {
        self.before.is_enough(self.old.len()) && self.set.is_enough(self.new.len())
    }
}

/// Proposes a change in the place of what was proposed before. What the server's key signs, it signs
/// at once; a change that needs nobody else holds at once.
pub async fn propose(state: &AppState, change: &Change, by: &Actor) -> anyhow::Result<Standing> {
    let now = current(state).await?.set;
    let mut keys = now.keys.clone();
    for gone in &change.remove {
        let is_it =
            |key: &PublicKey| key.id().eq_ignore_ascii_case(gone) || key.to_string() == *gone;
        let at = keys.iter().position(is_it);
        let at = at.ok_or_else(|| {
            refused(format!("{gone} is none of the keys that sign: `admin keys list` shows them"))
        })?;
        keys.remove(at);
    }
    keys.extend(change.add.iter().cloned());
    let server = if change.new_server_key { keys::next(&state.data)? } else { now.server.clone() };
    if change.new_server_key {
        // Where the old one signed releases, the new one does.
        for key in keys.iter_mut().filter(|key| **key == now.server) {
            *key = server.clone();
        }
    }
    let threshold = change.threshold.unwrap_or(now.threshold);
    let set = KeySet { sequence: now.sequence + 1, threshold, keys, server };
    set.check().map_err(|why| refused(format!("such a key set cannot be: {why}")))?;
    if (set.threshold, &set.keys, &set.server) == (now.threshold, &now.keys, &now.server) {
        return Err(refused("the key set would stay as it is: say what changes"));
    }
    let bytes = set.to_bytes();
    let mut signatures = Vec::new();
    let counts = now.keys.contains(&now.server) || set.keys.contains(&now.server);
    if counts && keys::server(&state.data)?.as_ref() == Some(&now.server) {
        signatures.push(keys::sign(&state.data, &bytes, &comment(&set))?);
    }
    if change.new_server_key {
        signatures.push(keys::sign_with_next(&state.data, &bytes, &comment(&set))?);
    }
    let document = String::from_utf8(bytes).context("write the key set")?;
    settle(state, &now, Proposal { document, signatures }, "keys.propose", by).await
}

/// The change that waits; none when nothing does.
pub async fn standing(state: &AppState) -> anyhow::Result<Option<Standing>> {
    let now = current(state).await?.set;
    match state.store.awaiting_signatures(KEYS).await? {
        Some(waits) => Standing::of(&now, &read(&waits)?).map(Some),
        None => Ok(None),
    }
}

/// Adds the signatures that fit to the change that waits. It holds from the one on with which it is
/// signed by enough.
///
/// # Errors
/// Where none of them fits.
pub async fn sign(
    state: &AppState,
    more: &[String],
    by: &Actor,
) -> anyhow::Result<(Standing, Vec<NotTaken>)> {
    let now = current(state).await?.set;
    let waits = state.store.awaiting_signatures(KEYS).await?.ok_or_else(nothing_waits)?;
    let mut proposal = read(&waits)?;
    let set = KeySet::from_bytes(proposal.document.as_bytes())?;
    let bytes = proposal.document.as_bytes();
    let signs =
        |one: &String| [&now, &set].iter().any(|set| !set.signers(bytes, &[one]).is_empty());
    let (fitting, not_taken) = sorted_out(more, signs, &format!("keys-{}.json", set.sequence))?;
    proposal.signatures.extend(fitting);
    Ok((settle(state, &now, proposal, "keys.sign", by).await?, not_taken))
}

/// Drops the change that waits.
pub async fn cancel(state: &AppState, by: &Actor) -> anyhow::Result<()> {
    let line = by.did("keys.cancel", "key_set", "", json!({}));
    if state.store.stop_awaiting(KEYS, &line, state.clock.now()).await? {
        Ok(())
    } else {
        Err(nothing_waits())
    }
}

async fn settle(
    state: &AppState,
    before: &KeySet,
    proposal: Proposal,
    action: &'static str,
    by: &Actor,
) -> anyhow::Result<Standing> {
    let now = state.clock.now();
    let proposal = Proposal { signatures: once_each(proposal.signatures), ..proposal };
    let standing = Standing::of(before, &proposal)?;
    let set = &standing.set;
    if !standing.is_enough() {
        let expected = state.store.awaiting_signatures(KEYS).await?;
        let document = serde_json::to_string(&proposal).context("write the proposal")?;
        let waits = Awaiting { made_at: now, document, blobs: Vec::new() };
        let line = by.did(action, "key_set", set.sequence, told(set));
        state.store.await_signatures(KEYS, expected.as_ref(), &waits, &line, now).await?;
        return Ok(standing);
    }
    let signed =
        SignedSet { set: proposal.document.clone(), signatures: proposal.signatures.clone() };
    change_is_signed(before, set, &signed)?;
    let line = by.did("keys.change", "key_set", set.sequence, told(set));
    state.store.add_key_set(&row(set, proposal.signatures), &line, now).await?;
    keys::promote(&state.data, &set.server)?;
    Ok(standing)
}

/// One signature of each key: the one made last.
pub(super) fn once_each(signatures: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<_> = signatures
        .into_iter()
        .rev()
        .filter(|one| signer_id(one).is_some_and(|id| seen.insert(id)))
        .collect();
    kept.reverse();
    kept
}

/// One of several signatures that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// Which of them, from 0.
    pub place: usize,
    /// Why.
    pub why: String,
}

/// Those that fit, and why the others do not; where none does, it is refused. Somebody who
/// hands in a folder's signatures has those of an earlier release among them.
pub(super) fn sorted_out(
    all: &[String],
    fits: impl Fn(&String) -> bool,
    file: &str,
) -> anyhow::Result<(Vec<String>, Vec<NotTaken>)> {
    let (mut fitting, mut not_taken) = (Vec::new(), Vec::new());
    for (place, one) in all.iter().enumerate() {
        if fits(one) {
            fitting.push(one.clone());
        } else {
            not_taken.push(NotTaken { place, why: does_not_fit(one, file).to_string() });
        }
    }
    if fitting.is_empty() {
        let whys: Vec<_> = not_taken.into_iter().map(|one| one.why).collect();
        return Err(refused(whys.join("; ")));
    }
    Ok((fitting, not_taken))
}

/// What is said of a signature that is none of those that count.
fn does_not_fit(signature: &str, file: &str) -> anyhow::Error {
    match signer_id(signature) {
        Some(id) => refused(format!(
            "the signature of the key {id} does not fit {file}: that key is none of those that sign, \
             or it signed another file; `unwatched-exchange sign` on the file as it is now makes one"
        )),
        None => refused("this is no signature as `unwatched-exchange sign` or minisign makes them"),
    }
}

fn nothing_waits() -> anyhow::Error {
    refused("no change of keys waits for signatures: `admin keys propose` makes one")
}

fn read(waits: &Awaiting) -> anyhow::Result<Proposal> {
    serde_json::from_str(&waits.document).context("read what was proposed")
}

fn row(set: &KeySet, signatures: Vec<String>) -> KeySetRow {
    let document = String::from_utf8(set.to_bytes()).expect("JSON is UTF-8");
    KeySetRow { sequence: set.sequence, document, signatures }
}

fn comment(set: &KeySet) -> String {
    format!("unwatched {set}")
}

fn told(set: &KeySet) -> serde_json::Value {
    let ids: Vec<_> = set.keys.iter().map(PublicKey::id).collect();
    json!({ "threshold": set.threshold, "keys": ids, "sha256": set.sha256().to_string() })
}
