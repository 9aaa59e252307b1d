//! What partners hand in becomes indicators to judge: theirs, with their marking, and released by
//! nobody's word alone. Only an indicator that says which family it indicates is taken; one whose
//! family comes in a later envelope waits for it.

use anyhow::Context as _;
use serde_json::Value;
use unwatched_formats::stix::{Comparison, comparisons, tlp_of};
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::partner::PartnerSlug;
use unwatched_model::tlp::Tlp;
use unwatched_store::{Actor, HandedIn, Handling, NewFamily, StoreError, Via};

use crate::http::taxii::own::Purpose;
use crate::state::AppState;

/// So many are looked at together.
const AT_A_TIME: u32 = 500;
/// Of relationships and families that a partner handed in, so many are known of at once.
const KNOWN: u32 = 5_000;

/// What becomes of an object.
enum Outcome {
    Taken(String),
    Waits(String),
    Refused(String),
}

/// Looks at everything that nobody looked at yet. Says how many indicators came of it.
pub async fn read(state: &AppState) -> anyhow::Result<u64> {
    let mut taken = 0;
    for collection in state.store.taxii_collections_for(Purpose::Inbox.as_str()).await? {
        let mut after = 0;
        loop {
            let unread = state.store.unread_in_inbox(collection.number, after, AT_A_TIME).await?;
            let Some(last) = unread.last() else { break };
            after = last.date_added;
            for object in &unread {
                let outcome = outcome(state, collection.number, object).await?;
                let (word, why) = match &outcome {
                    Outcome::Taken(why) => ("taken", why),
                    Outcome::Waits(why) => ("waits", why),
                    Outcome::Refused(why) => ("refused", why),
                };
                taken += u64::from(word == "taken");
                let (number, at) = (collection.number, object.date_added);
                state.store.read_in_inbox(number, at, word, why, state.clock.now()).await?;
            }
        }
    }
    Ok(taken)
}

async fn outcome(
    state: &AppState,
    collection: i64,
    handed_in: &HandedIn,
) -> anyhow::Result<Outcome> {
    if handed_in.object_type != "indicator" {
        return Ok(Outcome::Refused(format!(
            "a {} is kept beside the indicators that refer to it",
            handed_in.object_type
        )));
    }
    let Some(partner) = &handed_in.by else {
        return Ok(Outcome::Refused("nobody says who handed it in".to_owned()));
    };
    let object: Value = serde_json::from_str(&handed_in.json).context("read what was kept")?;
    if object.get("pattern_type").and_then(Value::as_str).unwrap_or("stix") != "stix" {
        return Ok(Outcome::Refused("its pattern is not one of STIX".to_owned()));
    }
    if object.get("revoked").and_then(Value::as_bool) == Some(true) {
        return Ok(Outcome::Refused("it is revoked: withdraw the indicator itself".to_owned()));
    }
    let pattern = object.get("pattern").and_then(Value::as_str).unwrap_or_default();
    let found = match comparisons(pattern) {
        Ok(found) => found,
        Err(problem) => return Ok(Outcome::Refused(format!("its pattern: {problem}"))),
    };
    let Some(family) = family(state, collection, partner, handed_in, &object).await? else {
        let why = "no relationship `indicates` from it to a malware object says which family";
        return Ok(Outcome::Waits(why.to_owned()));
    };
    let tlp = tlp_of(&object).unwrap_or(Tlp::Amber);
    let mut refused = Vec::new();
    for one in &found {
        if let Err(why) = add(state, partner, &family, &object, one, tlp).await? {
            refused.push(why);
        }
    }
    if refused.len() == found.len() {
        return Ok(Outcome::Refused(refused.join("; ")));
    }
    let added = found.len() - refused.len();
    Ok(Outcome::Taken(format!("{added} indicators of {family}; {}", refused.join("; "))))
}

/// The partner's statement; the inner error is what was wrong with the value.
async fn add(
    state: &AppState,
    partner: &PartnerSlug,
    family: &FamilyId,
    object: &Value,
    one: &Comparison,
    tlp: Tlp,
) -> anyhow::Result<Result<(), String>> {
    let indicator = Indicator {
        family: family.clone(),
        kind: one.kind,
        value: one.value.clone(),
        role: role(object, one.kind),
        tlp,
        source: partner.as_str().to_owned(),
    };
    let by = Actor { partner: Some(partner.clone()), user: None, via: Via::Key };
    let added =
        state.store.add_indicator(&indicator, &Handling::default(), &by, state.clock.now()).await;
    match added {
        Ok(_) => Ok(Ok(())),
        Err(error @ (StoreError::Invalid(_) | StoreError::SourceTaken(_))) => {
            Ok(Err(error.to_string()))
        }
        Err(error) => Err(error).context("add what was handed in"),
    }
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

/// The family that a relationship of the same partner says it indicates, made where none is called
/// so.
async fn family(
    state: &AppState,
    collection: i64,
    partner: &PartnerSlug,
    handed_in: &HandedIn,
    object: &Value,
) -> anyhow::Result<Option<FamilyId>> {
    let store = &state.store;
    if let Some(family) = labelled(object)
        && store.family(&family).await?.is_some()
    {
        return Ok(Some(family));
    }
    let is_text = |object: &Value, key: &str, text: &str| {
        object.get(key).and_then(Value::as_str) == Some(text)
    };
    let relationships = store.handed_in_by(collection, partner, "relationship", KNOWN).await?;
    let target = relationships.iter().find_map(|one| {
        let said: Value = serde_json::from_str(&one.json).ok()?;
        let says = is_text(&said, "relationship_type", "indicates")
            && is_text(&said, "source_ref", &handed_in.id);
        says.then(|| said.get("target_ref").and_then(Value::as_str).map(str::to_owned))?
    });
    let Some(target) = target else { return Ok(None) };
    let families = store.handed_in_by(collection, partner, "malware", KNOWN).await?;
    let Some(malware) = families.iter().find(|one| one.id == target) else { return Ok(None) };
    let malware: Value = serde_json::from_str(&malware.json).context("read what was kept")?;
    let name = malware.get("name").and_then(Value::as_str).unwrap_or_default().trim();
    if name.is_empty() {
        return Ok(None);
    }
    let called = store.families_called(name).await?;
    match called.as_slice() {
        [one] => Ok(Some(one.family.id.clone())),
        [] => {
            let new = NewFamily { name: name.to_owned(), aliases: Vec::new(), platform: None };
            let by = Actor { partner: Some(partner.clone()), user: None, via: Via::Key };
            match store.create_family(&new, &by, state.clock.now()).await {
                Ok(id) => Ok(Some(id)),
                Err(StoreError::Invalid(_)) => Ok(None),
                Err(error) => Err(error).context("create the family of what was handed in"),
            }
        }
        // More than one is nobody's to guess.
        _ => Ok(None),
    }
}

/// A label that names a family of ours by its id.
fn labelled(object: &Value) -> Option<FamilyId> {
    let labels = object.get("labels").and_then(Value::as_array)?;
    let labels = labels.iter().filter_map(Value::as_str);
    labels.filter_map(|label| label.strip_prefix("family:")).find_map(|id| id.parse().ok())
}
