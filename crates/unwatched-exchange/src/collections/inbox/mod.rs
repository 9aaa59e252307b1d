//! What partners hand in becomes indicators to judge: theirs, with their marking, and released by
//! nobody's word alone. Only an indicator that says which family it indicates is taken; one whose
//! family comes in a later envelope waits for it. Which family it is, is `families`'.

mod families;

use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use serde_json::Value;
use unwatched_formats::stix::{Comparison, comparisons};
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::partner::PartnerSlug;
use unwatched_model::tlp::Tlp;
use unwatched_store::{Actor, HandedIn, Handling, StoreError, Via};

use self::families::{Found, Known};
use crate::http::api::indicators::checked_statement;
use crate::http::taxii::own::Purpose;
use crate::state::AppState;

/// So many are looked at together.
const AT_A_TIME: u32 = 500;
/// An indicator without a marking reaches the coalition's partners.
const UNMARKED: Tlp = Tlp::Amber;

/// What becomes of an object.
enum Outcome {
    Taken(String),
    Waits(String),
    Kept(String),
    Refused(String),
}

/// Looks at everything that nobody looked at yet, of one partner or of all. Says how many
/// indicator objects were taken.
pub async fn read(state: &AppState, of: Option<&PartnerSlug>) -> anyhow::Result<u64> {
    let mut taken = 0;
    for collection in state.store.taxii_collections_for(Purpose::Inbox.as_str()).await? {
        let mut known: HashMap<PartnerSlug, Known> = HashMap::new();
        let mut after = 0;
        loop {
            let (number, store) = (collection.number, &state.store);
            let unread = store.unread_in_inbox(number, of, after, AT_A_TIME).await?;
            let Some(last) = unread.last() else { break };
            after = last.date_added;
            for object in &unread {
                let outcome = match &object.by {
                    None => Outcome::Refused("nobody says who handed it in".to_owned()),
                    Some(partner) => {
                        if !known.contains_key(partner) {
                            let of_partner = Known::of(store, number, partner).await?;
                            known.insert(partner.clone(), of_partner);
                        }
                        let reading = Reading { state, collection: number, partner };
                        reading.outcome(&known[partner], object).await?
                    }
                };
                let (word, why) = match &outcome {
                    Outcome::Taken(why) => ("taken", why),
                    Outcome::Waits(why) => ("waits", why),
                    Outcome::Kept(why) => ("kept", why),
                    Outcome::Refused(why) => ("refused", why),
                };
                taken += u64::from(word == "taken");
                let at = object.date_added;
                store.read_in_inbox(number, at, word, why, state.clock.now()).await?;
            }
        }
    }
    Ok(taken)
}

/// What one partner handed in, while it is read.
struct Reading<'a> {
    state: &'a AppState,
    collection: i64,
    partner: &'a PartnerSlug,
}

impl Reading<'_> {
    async fn outcome(&self, known: &Known, handed_in: &HandedIn) -> anyhow::Result<Outcome> {
        if handed_in.object_type != "indicator" {
            return Ok(Outcome::Kept(format!(
                "a {} is kept beside the indicators that refer to it",
                handed_in.object_type
            )));
        }
        if !handed_in.is_latest {
            return Ok(Outcome::Kept("a later version of it was handed in".to_owned()));
        }
        let object: Value = serde_json::from_str(&handed_in.json).context("read what was kept")?;
        if object.get("revoked").and_then(Value::as_bool) == Some(true) {
            let withdrawn = self.became(handed_in, &BTreeSet::new()).await?;
            return Ok(Outcome::Kept(match withdrawn {
                0 => "it is revoked, and nothing of it was taken".to_owned(),
                some => format!("it is revoked: {} withdrawn", indicators(some)),
            }));
        }
        if object.get("pattern_type").and_then(Value::as_str).unwrap_or("stix") != "stix" {
            return Ok(Outcome::Refused("its pattern is not one of STIX".to_owned()));
        }
        let pattern = object.get("pattern").and_then(Value::as_str).unwrap_or_default();
        let found = match comparisons(pattern) {
            Ok(found) => found,
            Err(problem) => return Ok(Outcome::Refused(format!("its pattern: {problem}"))),
        };
        let marked = known.marked(&object);
        if let Some(marking) = &marked.unknown {
            return Ok(Outcome::Waits(unexplained("its", marking)));
        }
        let (family, of_family) = match known.family(self, handed_in, &object, &marked).await? {
            Found::Family(family, of_family) => (family, of_family),
            Found::Waits(why) => return Ok(Outcome::Waits(why)),
            Found::Refused(why) => return Ok(Outcome::Refused(why)),
        };
        let tlp = marked.tlp.unwrap_or(UNMARKED).max(of_family.tlp.unwrap_or(Tlp::Clear));
        let handling = Handling {
            pap: marked.pap.max(of_family.pap).unwrap_or_default(),
            ..Handling::default()
        };
        self.take(handed_in, &found, &Stated { family, tlp, handling, object }).await
    }

    async fn take(
        &self,
        handed_in: &HandedIn,
        found: &[Comparison],
        stated: &Stated,
    ) -> anyhow::Result<Outcome> {
        let (mut rows, mut refused) = (BTreeSet::new(), Vec::new());
        for one in found {
            match self.add(one, stated).await? {
                Ok(row) => drop(rows.insert(row)),
                Err(why) => refused.push(why),
            }
        }
        let refused = refused.join("; ");
        if rows.is_empty() {
            return Ok(Outcome::Refused(refused));
        }
        self.became(handed_in, &rows).await?;
        let mut said = format!("{} of {}", indicators(rows.len()), stated.family);
        if !refused.is_empty() {
            said = format!("{said}; refused: {refused}");
        }
        Ok(Outcome::Taken(said))
    }

    /// The partner's statement; the inner error is what was wrong with the value.
    async fn add(&self, one: &Comparison, stated: &Stated) -> anyhow::Result<Result<i64, String>> {
        let statement = Indicator {
            family: stated.family.clone(),
            kind: one.kind,
            value: one.value.clone(),
            role: role(&stated.object, one.kind),
            tlp: stated.tlp,
            source: self.partner.as_str().to_owned(),
        };
        let indicator = match checked_statement(statement) {
            Ok((indicator, _)) => indicator,
            Err(problems) => {
                let words = problems.iter().map(|problem| problem.detail.as_str());
                return Ok(Err(words.collect::<Vec<_>>().join(", ")));
            }
        };
        let (store, now) = (&self.state.store, self.state.clock.now());
        match store.add_indicator(&indicator, &stated.handling, &self.actor(), now).await {
            Ok(added) => Ok(Ok(added.id)),
            Err(error @ (StoreError::Invalid(_) | StoreError::SourceTaken(_))) => {
                Ok(Err(error.to_string()))
            }
            Err(error) => Err(error).context("add what was handed in"),
        }
    }

    /// Remembers which indicators it became, and withdraws those that earlier versions of it were
    /// and this one is not. Says how many.
    async fn became(&self, handed_in: &HandedIn, rows: &BTreeSet<i64>) -> anyhow::Result<usize> {
        let (store, now) = (&self.state.store, self.state.clock.now());
        let left = store.became_indicators(self.collection, handed_in, rows).await?;
        let mut withdrawn = 0;
        for row in left {
            let why = "taken back in the inbox";
            match store.withdraw_indicator(row, why, &self.actor(), now).await {
                Ok(()) => withdrawn += 1,
                // Somebody of the partner was first.
                Err(StoreError::NotFound(_)) => {}
                Err(error) => return Err(error).context("withdraw what was taken back"),
            }
        }
        Ok(withdrawn)
    }

    fn actor(&self) -> Actor {
        Actor { partner: Some(self.partner.clone()), user: None, via: Via::Key }
    }
}

/// What an object says beside its values.
struct Stated {
    family: FamilyId,
    tlp: Tlp,
    handling: Handling,
    object: Value,
}

fn indicators(count: usize) -> String {
    if count == 1 { "1 indicator".to_owned() } else { format!("{count} indicators") }
}

fn unexplained(whose: &str, marking: &str) -> String {
    format!(
        "nobody here knows what {whose} marking {marking} means: hand its definition in, or mark it \
         by TLP"
    )
}

/// As its label says; else the weakest that its kind can be.
fn role(object: &Value, kind: IndicatorKind) -> Role {
    let labels = object.get("labels").and_then(Value::as_array);
    let labels = labels.into_iter().flatten().filter_map(Value::as_str);
    let said =
        labels.filter_map(|label| label.strip_prefix("role:")).find_map(|word| word.parse().ok());
    said.unwrap_or(match kind {
        IndicatorKind::Domain | IndicatorKind::Address | IndicatorKind::Url => Role::Website,
        IndicatorKind::FileSha256 => Role::Sample,
        _ => Role::App,
    })
}
