//! `admin taxii`: another server's content, and users that come with a password.

mod load;

use std::path::PathBuf;

use clap::Subcommand;
use unwatched_model::partner::{PartnerSlug, UserRole};
use unwatched_store::{Actor, NewTaxiiUser, TaxiiRights};

use super::require_partner;
use super::user::read_password;
use crate::http::auth;
use crate::refusal::refused;
use crate::state::AppState;

#[derive(Debug, Subcommand)]
pub(super) enum Taxii {
    /// Take over another TAXII server's content from a file
    ///
    /// Ids, rights, versions, statuses and the moments at which objects were added are kept; each
    /// root is served at its path. All of it is taken, or nothing.
    Load {
        /// JSON: discovery, users, max_page_size, roots
        file: PathBuf,
    },
    /// Add a user for clients that know Basic authentication only; the password is read from stdin
    ///
    /// A token can be sent as the password under any name: this is for a password of one's own.
    AddUser {
        /// The name
        name: String,
        /// For which partner
        #[arg(long, value_name = "SLUG")]
        partner: PartnerSlug,
        /// With which rights
        #[arg(long, value_name = "R")]
        role: UserRole,
    },
    /// Shut a user out
    RemoveUser {
        /// The name
        name: String,
    },
    /// Let a partner into what was taken over
    ///
    /// What came with users of its own is theirs: of partners, those reach it to whom it is granted,
    /// within what their roles and the collections themselves allow. Without --read and --write, what
    /// was granted is taken back.
    Grant {
        /// The API root's path, such as `trust/group1`
        root: String,
        /// To whom
        #[arg(long, value_name = "SLUG")]
        partner: PartnerSlug,
        /// Only this collection, by its id or alias
        #[arg(long, value_name = "C")]
        collection: Option<String>,
        /// Read objects
        #[arg(long)]
        read: bool,
        /// Add and delete objects
        #[arg(long)]
        write: bool,
    },
    /// List what was granted: collection, partner, rights
    Grants,
    /// List users: name, partner
    Users,
    /// List API roots and collections: path, id, alias, what is held there
    List,
}

impl Taxii {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        let (operator, now) = (Actor::operator(), state.clock.now());
        match self {
            Self::Load { file } => load::load(state, &file).await,
            Self::AddUser { name, partner, role } => {
                require_partner(state, &partner).await?;
                let password = read_password()?;
                let password_hash = auth::hash_password(&password, state.randomness.bytes())
                    .map_err(|error| refused(format!("{error:#}")))?;
                let user = NewTaxiiUser { name, password_hash, partner: Some((partner, role)) };
                state.store.add_taxii_user(&user, &operator, now).await?;
                eprintln!("added a user with the role {role}");
                Ok(())
            }
            Self::RemoveUser { name } => {
                state.store.remove_taxii_user(&name, &operator, now).await?;
                eprintln!("the user is shut out");
                Ok(())
            }
            Self::Grant { root, partner, collection, read, write } => {
                require_partner(state, &partner).await?;
                let rights =
                    (read || write).then_some(TaxiiRights { can_read: read, can_write: write });
                let (root, collection) = (root.trim_matches('/'), collection.as_deref());
                let store = &state.store;
                let count =
                    store.grant_taxii(root, collection, &partner, rights, &operator, now).await?;
                let done = if rights.is_some() { "granted to" } else { "taken back from" };
                eprintln!("{done} {partner}, in {count} collections");
                Ok(())
            }
            Self::Grants => {
                for one in state.store.taxii_grants().await? {
                    let word = |is: bool, word: &'static str| if is { word } else { "-" };
                    let read = word(one.rights.can_read, "read");
                    let write = word(one.rights.can_write, "write");
                    let (root, id) = (one.root, one.collection);
                    println!("/{root}/collections/{id}/\t{}\t{read}\t{write}", one.partner);
                }
                Ok(())
            }
            Self::Users => {
                for (name, partner) in state.store.taxii_users().await? {
                    println!("{name}\t{}", partner.as_deref().unwrap_or("-"));
                }
                Ok(())
            }
            Self::List => list(state).await,
        }
    }
}

async fn list(state: &AppState) -> anyhow::Result<()> {
    for root in state.store.taxii_roots().await? {
        println!("/{}/\t{}\t{}", root.path, root.audience, root.title);
        for one in state.store.taxii_collections(&root.path, None).await? {
            let alias = one.alias.as_deref().unwrap_or("-");
            println!("/{}/collections/{}/\t{alias}\t{}", root.path, one.id, one.title);
        }
    }
    Ok(())
}
