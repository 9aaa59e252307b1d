//! `admin keys`: whose signatures a release needs, and how that changes.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use unwatched_formats::release::{KeySet, PublicKey};
use unwatched_store::Actor;

use super::handed_in::HandedIn;
use crate::refusal::refused;
use crate::release::key_sets::{self, Change, Standing};
use crate::state::AppState;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Show the keys that sign releases, and the change that waits for signatures
    List,
    /// Propose other keys: the change holds once enough of the old ones and of the new ones signed it
    ///
    /// From one key on the server to two of three coordinators':
    /// `admin keys propose --remove server --add a.pub --add b.pub --add c.pub --threshold 2`.
    /// A key that was lost, or whose holder leaves: `--remove ID --add new.pub`.
    Propose {
        /// A public key to add, as minisign writes it
        #[arg(long, value_name = "FILE")]
        add: Vec<PathBuf>,
        /// A key to take away, by its id; `server` is the server's
        #[arg(long, value_name = "ID")]
        remove: Vec<String>,
        /// How many must sign then; without it as many as now
        #[arg(long, value_name = "N")]
        threshold: Option<u32>,
        /// Give the server a new key, too
        #[arg(long)]
        new_server_key: bool,
        /// Where to write the document that is to be signed; without it keys-NUMBER.json here
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Print the document that waits for signatures
    Show,
    /// Add signatures to the change that waits
    ///
    /// Those that fit are taken; each other is named with its reason, and the exit code is 3.
    Sign {
        /// What `unwatched-exchange sign` wrote
        #[arg(required = true)]
        signatures: Vec<PathBuf>,
    },
    /// Drop the change that waits
    Cancel,
}

impl Keys {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        let by = Actor::operator();
        match self {
            Self::List => list(state).await,
            Self::Propose { add, remove, threshold, new_server_key, out } => {
                let add = add.iter().map(|file| public_key(file)).collect::<Result<_, _>>()?;
                let now = key_sets::current(state).await?.set;
                let named = |id: String| if id == "server" { now.server.id() } else { id };
                let remove = remove.into_iter().map(named).collect();
                let change = Change { add, remove, threshold, new_server_key };
                let standing = key_sets::propose(state, &change, &by).await?;
                if !standing.is_enough() {
                    let named = format!("keys-{}.json", standing.set.sequence);
                    let out = out.unwrap_or_else(|| named.into());
                    std::fs::write(&out, &standing.document)
                        .with_context(|| format!("write {}", out.display()))?;
                    println!("{}", out.display());
                }
                tell(&standing);
                Ok(())
            }
            Self::Show => {
                let standing = key_sets::standing(state).await?;
                let standing =
                    standing.ok_or_else(|| refused("no change of keys waits for signatures"))?;
                print!("{}", standing.document);
                tell(&standing);
                Ok(())
            }
            Self::Sign { signatures } => {
                let handed_in = HandedIn::read(&signatures)?;
                let signed = key_sets::sign(state, &handed_in.texts, &by).await;
                let (standing, not_taken) = handed_in.explained(signed)?;
                tell(&standing);
                handed_in.end(not_taken)
            }
            Self::Cancel => {
                key_sets::cancel(state, &by).await?;
                eprintln!("dropped: the keys stay as they are");
                Ok(())
            }
        }
    }
}

async fn list(state: &AppState) -> anyhow::Result<()> {
    let set = key_sets::current(state).await?.set;
    println!("{set}, SHA-256 {}", set.sha256());
    print_keys(&set);
    if let Some(standing) = key_sets::standing(state).await? {
        println!("waits for signatures: {}, SHA-256 {}", standing.set, standing.set.sha256());
        print_keys(&standing.set);
        tell(&standing);
    }
    Ok(())
}

fn print_keys(set: &KeySet) {
    for key in &set.keys {
        let whose = if *key == set.server { "server" } else { "coordinator" };
        println!("signs\t{}\t{key}\t{whose}", key.id());
    }
    println!("dates\t{}\t{}\tserver", set.server.id(), set.server);
}

/// Who signed, who has to, and what to do next.
fn tell(standing: &Standing) {
    let Standing { before, set, old, new, .. } = standing;
    if standing.is_enough() {
        eprintln!("{set} holds: checkers follow with the next release, so publish one now");
        if set.keys.contains(&set.server) && set.threshold > 1 {
            eprintln!(
                "mind: the server's key counts among them; whoever takes the server over needs one \
                 signature less"
            );
        }
        return;
    }
    let signed = |keys: &[PublicKey]| {
        let ids: Vec<_> = keys.iter().map(PublicKey::id).collect();
        if ids.is_empty() { "nobody".to_owned() } else { ids.join(", ") }
    };
    eprintln!("{set} waits:");
    eprintln!("  of the keys that sign now, {} must: {} did", before.threshold, signed(old));
    eprintln!("  of the new ones, {} must: {} did", set.threshold, signed(new));
    eprintln!(
        "each signs the document where their key is: unwatched-exchange sign FILE --key KEY; then: \
         admin keys sign SIGNATURE..."
    );
}

fn public_key(file: &std::path::Path) -> anyhow::Result<PublicKey> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| refused(format!("{} cannot be read: {error}", file.display())))?;
    text.parse().map_err(|error| refused(format!("{}: {error}", file.display())))
}
