//! `admin partner`: who takes part, where they stand, what bears on their opinions.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use unwatched_model::partner::{PartnerCategory, PartnerSlug, Standing};
use unwatched_store::{Actor, NewPartner, PartnerChange};

use super::require_partner;
use crate::cli::conflict::ConflictArgs;
use crate::refusal::refused;
use crate::state::AppState;

#[derive(Debug, Subcommand)]
pub(super) enum Partner {
    /// Add a partner
    Add {
        /// Its short name, such as `example-lab`
        slug: PartnerSlug,
        /// What kind of organisation it is: vendor, support, rights, academia, testing, police,
        /// individual or other
        #[arg(long, value_name = "C")]
        category: PartnerCategory,
        /// Its name [default: the short name]
        #[arg(long)]
        name: Option<String>,
        /// It is new: it takes part, but gets no sample's bytes yet
        #[arg(long)]
        probation: bool,
    },
    /// Change where a partner stands, or what is kept of it
    Set(Set),
    /// List partners
    List {
        /// As JSON, with everything that is kept of them
        #[arg(long)]
        json: bool,
    },
    Conflict(ConflictArgs),
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// Which partner
    slug: PartnerSlug,
    /// Where it stands: probation, full, suspended or left. One that is suspended is signed out
    /// at once; the keys of one that left are withdrawn for good
    #[arg(long, value_name = "S")]
    standing: Option<Standing>,
    /// The last day of a full membership, after which it is suspended; `none`: no end
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Who owns it: partners of one owner are related; `none`: nobody else
    #[arg(long, value_name = "TEXT")]
    owner: Option<String>,
    /// What of its own business bears on its opinions; empty: nothing
    #[arg(long, value_name = "TEXT")]
    conflict: Option<String>,
    /// The age recipient to which its downloads are sealed; `none`: none
    #[arg(long, value_name = "R")]
    age_recipient: Option<String>,
}

impl Partner {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        match self {
            Self::Add { slug, category, name, probation } => {
                let standing = if probation { Standing::Probation } else { Standing::Full };
                let name = name.unwrap_or_else(|| slug.to_string());
                add(state, NewPartner { slug, name, category, standing }).await
            }
            Self::Set(set) => set.run(state).await,
            Self::List { json } => list(state, json).await,
            Self::Conflict(conflict) => conflict.run(state).await,
        }
    }
}

async fn add(state: &AppState, partner: NewPartner) -> anyhow::Result<()> {
    let operator = Actor::operator();
    let added = state.store.add_partner(&partner, &operator, state.clock.now());
    added.await.context("add the partner")?;
    let probation = if partner.standing == Standing::Probation { ", on probation" } else { "" };
    eprintln!("added the partner {} ({}{probation})", partner.slug, partner.category);
    Ok(())
}

impl Set {
    async fn run(self, state: &AppState) -> anyhow::Result<()> {
        require_partner(state, &self.slug).await?;
        if let Some(recipient) = self.age_recipient.as_deref().filter(|text| *text != NONE) {
            recipient
                .parse::<age::x25519::Recipient>()
                .map_err(|error| refused(format!("--age-recipient is none of age's: {error}")))?;
        }
        let change = PartnerChange {
            standing: self.standing,
            standing_until: self.until.as_deref().map(until).transpose()?,
            owner: self.owner.map(unless_none),
            conflict: self.conflict,
            age_recipient: self.age_recipient.map(unless_none),
        };
        let now = state.clock.now();
        let operator = Actor::operator();
        let changed = state.store.change_partner(&self.slug, &change, &operator, now);
        changed.await.context("change the partner")?;
        let partner = state.store.partner(&self.slug).await?;
        let standing = partner.map_or(Standing::Left, |partner| partner.standing_at(now));
        eprintln!("changed the partner {}: its standing is {standing}", self.slug);
        Ok(())
    }
}

/// What takes a thing away.
const NONE: &str = "none";

fn unless_none(text: String) -> Option<String> {
    (text != NONE).then_some(text)
}

/// The end of the day that is the last.
fn until(text: &str) -> anyhow::Result<Option<Timestamp>> {
    if text == NONE {
        return Ok(None);
    }
    let day: Date =
        text.parse().map_err(|error| refused(format!("--until takes YYYY-MM-DD: {error}")))?;
    let end = day.tomorrow().and_then(|next| next.to_zoned(TimeZone::UTC));
    Ok(Some(end.context("take the end of that day")?.timestamp()))
}

async fn list(state: &AppState, as_json: bool) -> anyhow::Result<()> {
    let now = state.clock.now();
    let partners = state.store.partners().await?;
    if as_json {
        let partners: Vec<_> = partners
            .iter()
            .map(|partner| {
                json!({
                    "slug": partner.slug, "name": partner.name, "category": partner.category,
                    "standing": partner.standing_at(now),
                    "standing_until": partner.standing_until.map(|until| until.to_string()),
                    "owner": partner.owner, "conflict": partner.conflict,
                    "age_recipient": partner.age_recipient,
                    "added_at": partner.added_at.to_string(),
                })
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&partners)?);
        return Ok(());
    }
    for partner in partners {
        let standing = partner.standing_at(now);
        println!("{}\t{}\t{}\t{standing}", partner.slug, partner.category, partner.name);
    }
    Ok(())
}
