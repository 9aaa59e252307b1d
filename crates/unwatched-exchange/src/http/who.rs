//! Who can see a thing, and why: every partner asked by the same rule that answers its requests.
//!
//! Only for what the own partner shares; coordinators ask about whatever they see. Counted are
//! the ways of sharing that the asker knows of, so the answer tells of no other submission.

use jiff::Timestamp;
use unwatched_model::access::{self, Action, Member, Object, Shared, Sharing, may};
use unwatched_model::partner::{PartnerCategory, PartnerSlug, UserRole};
use unwatched_store::{Store, Viewer};

use crate::http::auth;
use crate::http::problem::Problem;

/// One partner's answer.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Which partner.
    pub partner: PartnerSlug,
    /// Its name.
    pub name: String,
    /// What kind of organisation it is.
    pub category: PartnerCategory,
    /// Whether its analysts see the thing.
    pub allowed: bool,
    /// The rule's own sentence.
    pub why: String,
}

/// Every partner's answer about a thing that is shared in these ways.
pub async fn reach(
    store: &Store,
    viewer: &Viewer,
    action: Action,
    ways: &[(Option<PartnerSlug>, Sharing)],
    now: Timestamp,
) -> Result<Vec<Reach>, Problem> {
    let own = ways.iter().any(|(by, _)| by.as_ref() == Some(&viewer.partner));
    if !own && !auth::may(viewer, Action::ManageGroups) {
        return Err(Problem::forbidden(
            "who can see it is for the partner who shares it, and for coordinators, to know",
        ));
    }
    let shared: Vec<_> =
        ways.iter().map(|(by, sharing)| Shared { by: by.as_ref(), sharing, held: false }).collect();
    let groups = store.groups().await?;
    let mut reached = Vec::new();
    for partner in store.partners().await? {
        let member = Member {
            groups: groups
                .iter()
                .filter(|group| group.members.contains(&partner.slug))
                .map(|group| group.slug.clone())
                .collect(),
            partner: partner.slug.clone(),
            category: partner.category,
            standing: partner.standing_at(now),
            role: UserRole::Analyst,
            scopes: None,
        };
        let decision = may(&access::Viewer::Member(member), action, Object::Shared(&shared));
        reached.push(Reach {
            partner: partner.slug,
            name: partner.name,
            category: partner.category,
            allowed: decision.allowed,
            why: decision.why,
        });
    }
    Ok(reached)
}
