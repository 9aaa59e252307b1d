//! Who is asking, with everything that decides what they may: one answer for sessions and keys.

use std::collections::BTreeSet;

use jiff::Timestamp;
use unwatched_model::access::{self, Member, Scopes};
use unwatched_model::partner::{GroupSlug, PartnerCategory, PartnerSlug, Standing, UserRole};

use crate::columns::{read, time};
use crate::partners::standing_at;
use crate::{Result, UserId, Visible};

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// For which partner.
    pub partner: PartnerSlug,
    /// What kind of organisation that is.
    pub category: PartnerCategory,
    /// Where it stands now.
    pub standing: Standing,
    /// The sharing groups it is in.
    pub groups: BTreeSet<GroupSlug>,
    /// With which rights.
    pub role: UserRole,
    /// What the key is limited to; `None` for a person.
    pub scopes: Option<Scopes>,
    /// When the key ends; `None` for a person, and for a key without an end.
    pub until: Option<Timestamp>,
    /// The person; `None` for a key.
    pub user: Option<UserId>,
    /// The person, or whoever made the key: both are shut out together.
    pub maker: Option<UserId>,
    /// The person's address; `None` for a key.
    pub email: Option<String>,
}

impl Viewer {
    /// As `access::may` takes it.
    pub fn who(&self) -> access::Viewer {
        access::Viewer::Member(Member {
            partner: self.partner.clone(),
            category: self.category,
            standing: self.standing,
            groups: self.groups.clone(),
            role: self.role,
            scopes: self.scopes.clone(),
        })
    }

    /// What they may see, as lists take it.
    pub fn visible(&self) -> Visible {
        Visible::to(&self.who())
    }
}

/// What sessions and keys have in common, as it stands in columns.
#[derive(sqlx::FromRow)]
pub(crate) struct Columns {
    partner: String,
    category: String,
    standing: String,
    standing_until: Option<i64>,
    role: String,
    scopes: Option<String>,
    expires_at: Option<i64>,
    user_id: Option<i64>,
    maker: Option<i64>,
    email: Option<String>,
    /// The groups, parted by spaces: asked for with the rest, for every request asks.
    groups: Option<String>,
}

impl Columns {
    pub(crate) fn viewer(self, now: Timestamp) -> Result<Viewer> {
        let columns = self;
        let until = columns.standing_until.map(time).transpose()?;
        let groups = columns.groups.as_deref().unwrap_or_default();
        Ok(Viewer {
            groups: groups.split_whitespace().map(read).collect::<Result<_>>()?,
            partner: read(&columns.partner)?,
            category: read(&columns.category)?,
            standing: standing_at(read(&columns.standing)?, until, now),
            role: read(&columns.role)?,
            scopes: columns.scopes.as_deref().map(read).transpose()?,
            until: columns.expires_at.map(time).transpose()?,
            user: columns.user_id.map(UserId),
            maker: columns.maker.map(UserId),
            email: columns.email,
        })
    }
}
