//! `admin release`: look at what would go out, publish it, take back what should not have.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use unwatched_formats::feed::lines;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::text::shown;
use unwatched_store::{Actor, Visible};

use super::handed_in::HandedIn;
use crate::cli::sign::release::PREVIOUS;
use crate::refusal::refused;
use crate::release::preview::{Line, Preview, PreviewDocument, preview};
use crate::release::publish::{Published, publish};
use crate::release::recall::{NewRecall, RecallError, recall};
use crate::release::shared;
use crate::release::signatures::{self, Waiting};
use crate::release::{INDEX, SIGNATURE};
use crate::state::AppState;

/// How many lines of each kind the text shows; `--json` has all.
const LINES_SHOWN: usize = 50;

#[derive(Debug, Subcommand)]
pub(super) enum Release {
    /// Publish what is public now, signed; where coordinators sign, make it and let it wait
    Publish,
    /// Write the release that waits for signatures into a folder, for those who sign
    Draft {
        /// A folder, made where it is absent
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Add signatures to the release that waits; the one that makes them enough publishes it
    ///
    /// Those that fit are taken; each other is named with its reason, and the exit code is 3.
    Sign {
        /// What `unwatched-exchange sign` wrote
        #[arg(required = true)]
        signatures: Vec<PathBuf>,
    },
    /// Drop the release that waits
    Discard,
    /// Show what would be published now: what is new, what stays and why
    Preview {
        /// Everything, as JSON
        #[arg(long)]
        json: bool,
    },
    /// Take back a value that a release lists; the next release says so to every checker
    Recall {
        /// Of which family
        #[arg(long, value_name = "ID")]
        family: FamilyId,
        /// What it is: package, domain, certificate_sha256, ...
        #[arg(long, value_name = "K")]
        kind: IndicatorKind,
        /// Why, in one line that every helper reads
        #[arg(long)]
        why: String,
        /// Publish the release without it at once
        #[arg(long)]
        publish: bool,
        /// The value
        value: String,
    },
    /// List recalls
    Recalls,
    /// List released values on shared infrastructure, and what was decided of each
    Shared,
    /// Decide whether a released value on shared infrastructure may stand in files that block
    ReviewShared {
        /// What it is: domain or address
        #[arg(long, value_name = "K")]
        kind: IndicatorKind,
        /// Why
        #[arg(long)]
        why: String,
        /// Let it be blocked: whoever is met there besides the family was looked at
        #[arg(long, conflicts_with = "keep_out", required_unless_present = "keep_out")]
        block: bool,
        /// Keep it out
        #[arg(long)]
        keep_out: bool,
        /// The value
        value: String,
    },
    /// Take a recall back: the value may be released again
    Lift {
        /// The recall's number
        id: i64,
    },
}

impl Release {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        match self {
            Self::Publish => publish_now(state).await,
            Self::Draft { out } => draft(state, &out).await,
            Self::Sign { signatures } => sign(state, &signatures).await,
            Self::Discard => {
                signatures::discard(state, &Actor::operator()).await?;
                eprintln!("dropped: nothing waits");
                Ok(())
            }
            Self::Preview { json } => show(state, json).await,
            Self::Recall { family, kind, why, publish, value } => {
                take_back(state, NewRecall { family, kind, value, why }, publish).await
            }
            Self::Recalls => list(state).await,
            Self::Shared => list_shared(state).await,
            Self::ReviewShared { kind, why, block, keep_out: _, value } => {
                review(state, kind, &value, block, &why).await
            }
            Self::Lift { id } => lift(state, id).await,
        }
    }
}

async fn publish_now(state: &AppState) -> anyhow::Result<()> {
    let Published { sequence, indicators, families, waits_for } =
        publish(state, &Actor::operator()).await?;
    println!("{sequence}");
    if waits_for == 0 {
        eprintln!("published release {sequence}: {indicators} indicators of {families} families");
    } else {
        eprintln!(
            "release {sequence} is made, of {indicators} indicators of {families} families, and not \
             published: it waits for {}",
            signatures_of(waits_for)
        );
        eprintln!(
            "admin release draft --out DIR writes it for those who sign; admin release sign takes \
             what they signed"
        );
    }
    Ok(())
}

fn signatures_of(count: usize) -> String {
    if count == 1 { "1 more signature".to_owned() } else { format!("{count} more signatures") }
}

async fn draft(state: &AppState, out: &Path) -> anyhow::Result<()> {
    let waiting = signatures::waiting(state).await?;
    let Waiting { draft, set } =
        waiting.ok_or_else(|| refused("no release waits for signatures"))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = out.join(name);
        let folder = path.parent().unwrap_or(out);
        std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        std::fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))
    };
    for file in &draft.files {
        let bytes = state.store.get_bytes(&file.sha256, file.size_bytes).await;
        write(&file.name, &bytes.with_context(|| format!("read {}", file.name))?)?;
    }
    // Whoever signs sees what changed.
    if let Some(before) = state.store.latest_release().await? {
        let lines = before.files.iter().find(|file| file.name == lines::FILE_NAME);
        if let Some(lines) = lines {
            let bytes = state.store.get_bytes(&lines.blob, lines.size_bytes).await;
            let bytes = bytes.with_context(|| format!("read {}", lines.name))?;
            write(&format!("{PREVIOUS}/{}", lines.name), &bytes)?;
            write(&format!("{PREVIOUS}/{INDEX}"), &before.index_json)?;
        }
    }
    write(INDEX, draft.index_json.as_bytes())?;
    write(SIGNATURE, draft.signature.as_bytes())?;
    println!("{}", out.join(INDEX).display());
    eprintln!("release {} waits for {} of {set}", draft.sequence, signatures_of(draft.lacks(&set)));
    Ok(())
}

async fn sign(state: &AppState, files: &[PathBuf]) -> anyhow::Result<()> {
    let by = Actor::operator();
    let handed_in = HandedIn::read(files)?;
    let (Waiting { draft, set }, not_taken) =
        handed_in.explained(signatures::sign(state, &handed_in.texts, &by).await)?;
    match draft.lacks(&set) {
        0 => eprintln!("published release {}", draft.sequence),
        lacks => eprintln!("release {} waits for {}", draft.sequence, signatures_of(lacks)),
    }
    println!("{}", draft.sequence);
    handed_in.end(not_taken)
}

async fn show(state: &AppState, json: bool) -> anyhow::Result<()> {
    let preview = preview(state).await?;
    if json {
        let document = PreviewDocument::new(&preview, |_| true);
        println!("{}", serde_json::to_string_pretty(&document).context("write the preview")?);
    } else {
        print!("{}", text(&preview));
    }
    Ok(())
}

fn text(preview: &Preview) -> String {
    let mut out = format!(
        "{} indicators of {} families would go out\n",
        preview.indicators, preview.families
    );
    let last = match preview.last {
        Some((sequence, published)) => format!("release {sequence} of {published}"),
        None => "no release before".to_owned(),
    };
    let line = |line: &Line| format!("{} {} ({})", line.kind, shown(&line.value), line.family);
    section(&mut out, &format!("new against {last}"), preview.new.iter().map(line));
    section(&mut out, &format!("no longer there, against {last}"), preview.gone.iter().map(line));
    let left_out = preview.left_out.iter().map(|one| {
        let row = &one.row;
        let (kind, value, family) = (row.indicator.kind, &row.normalised, &row.indicator.family);
        format!("{kind} {} ({family}): {}", shown(value), one.why.sentence())
    });
    section(&mut out, "left out", left_out);
    let popular = preview.popular.iter().map(|one| {
        let row = &one.row;
        let (kind, value, family) = (row.indicator.kind, &row.normalised, &row.indicator.family);
        format!("{kind} {} ({family}): {}", shown(value), one.reasons.join("; "))
    });
    section(&mut out, "goes out although many people have it", popular);
    out
}

fn section(out: &mut String, title: &str, lines: impl ExactSizeIterator<Item = String>) {
    let count = lines.len();
    let mut shown_lines = vec![format!("\n{title}: {count}")];
    for line in lines.take(LINES_SHOWN) {
        shown_lines.push(format!("  {line}"));
    }
    if count > LINES_SHOWN {
        shown_lines.push(format!("  and {} more: --json has all", count - LINES_SHOWN));
    }
    out.push_str(&shown_lines.join("\n"));
    out.push('\n');
}

async fn take_back(state: &AppState, new: NewRecall, publish: bool) -> anyhow::Result<()> {
    let to = Visible::everything_for_the_release();
    let id = recall(state, &new, &Actor::operator(), &to).await.map_err(|error| match error {
        RecallError::Other(error) => error,
        RecallError::Store(unwatched_store::StoreError::Database(error)) => error.into(),
        error => refused(error.to_string()),
    })?;
    println!("{id}");
    eprintln!("recalled: the next release is without it and says so");
    if publish { publish_now(state).await } else { Ok(()) }
}

async fn list(state: &AppState) -> anyhow::Result<()> {
    for recall in state.store.recalls().await? {
        let state = if recall.lifted_at.is_some() { "lifted" } else { "stands" };
        println!(
            "{}\t{state}\t{}\t{}\t{}\t{}\t{}",
            recall.id,
            recall.at,
            recall.family,
            recall.kind,
            shown(&recall.normalised),
            shown(&recall.why)
        );
    }
    Ok(())
}

async fn list_shared(state: &AppState) -> anyhow::Result<()> {
    for row in shared::to_look_at(state).await? {
        let (kind, value) = &row.value;
        let decided = match &row.review {
            None => "nobody looked".to_owned(),
            Some(review) if review.may_block => format!("may be blocked: {}", review.why),
            Some(review) => format!("kept out: {}", review.why),
        };
        let families = row.families.join(",");
        println!("{kind}\t{}\t{families}\t{}\t{}", shown(value), row.why, shown(&decided));
    }
    Ok(())
}

async fn review(
    state: &AppState,
    kind: IndicatorKind,
    value: &str,
    may_block: bool,
    why: &str,
) -> anyhow::Result<()> {
    if !shared::is_blocked_by(kind) {
        return Err(refused(format!("a {kind} stands in no file that blocks: domain or address")));
    }
    let normalised = kind.normalise(value).map_err(|error| refused(error.to_string()))?;
    if why.trim().is_empty() {
        return Err(refused("say why with --why: others read it"));
    }
    let (by, now) = (Actor::operator(), state.clock.now());
    let id = state.store.review_shared(&(kind, normalised), may_block, why.trim(), &by, now).await;
    println!("{}", id.context("keep the decision")?);
    eprintln!("decided: the next release follows it");
    Ok(())
}

async fn lift(state: &AppState, id: i64) -> anyhow::Result<()> {
    match state.store.lift_recall(id, &Actor::operator(), state.clock.now()).await {
        Err(unwatched_store::StoreError::NotFound(_)) => {
            Err(refused(format!("no recall {id} stands: `admin release recalls` lists them")))
        }
        lifted => {
            lifted.context("lift the recall")?;
            eprintln!("lifted: the value may be released again");
            Ok(())
        }
    }
}
