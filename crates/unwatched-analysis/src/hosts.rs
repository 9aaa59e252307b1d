//! Whose an address is, as far as its host says: a service that many apps build in, a network that
//! delivers files, or a place where anybody rents a name; there, which part is one customer's.
//!
//! Shared are the private entries of the public suffix list and those of
//! `catalogue/shared_hosts.toml`; services stand in `catalogue/services.toml`.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::LazyLock;

use serde::Deserialize;
use unwatched_model::report::EndpointMark;

use crate::catalogue::{SERVICES, SHARED_HOSTS};

/// What is known of an address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Known {
    pub(crate) marks: Vec<EndpointMark>,
    pub(crate) tenant: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServicesFile {
    sdk: HashSet<String>,
    cdn: HashSet<String>,
    path_tenant: Vec<PathTenant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PathTenant {
    host: String,
    /// The word in the path that the customer follows; without it, the customer comes first.
    after: Option<String>,
}

/// As much of it as is asked here.
#[derive(Deserialize)]
struct SharedFile {
    suffixes: HashSet<String>,
    hosts: HashSet<String>,
}

struct Lists {
    services: ServicesFile,
    shared: SharedFile,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| Lists {
    services: SERVICES.read().unwrap_or_else(|error| panic!("a test holds it readable: {error}")),
    shared: SHARED_HOSTS.read().unwrap_or_else(|error| panic!("a test holds it readable: {error}")),
});

/// What is known of an address, with or without a scheme.
pub(crate) fn known(address: &str) -> Known {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or_default();
    if let Some(address) = ip(host) {
        let marks = if is_private(address) { vec![EndpointMark::Private] } else { Vec::new() };
        return Known { marks, tenant: None };
    }
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    let lists = &*LISTS;
    let mut known = Known::default();
    let under = |list: &HashSet<String>| parents(host).any(|parent| list.contains(parent));
    if under(&lists.services.sdk) {
        known.marks.push(EndpointMark::Sdk);
    }
    if under(&lists.services.cdn) {
        known.marks.push(EndpointMark::Cdn);
    }
    let bare = host.strip_prefix("www.").or_else(|| host.strip_prefix("m.")).unwrap_or(host);
    if lists.shared.hosts.contains(bare) {
        known.marks.push(EndpointMark::Everyday);
    }
    let by_path = lists.services.path_tenant.iter().find(|shared| shared.host == bare);
    if let Some(shared) = by_path {
        known.marks.push(EndpointMark::Shared);
        known.tenant = path_tenant(path, shared).map(|tenant| format!("{bare}/{tenant}"));
    } else if let Some(suffix) = shared_suffix(host, lists) {
        known.marks.push(EndpointMark::Shared);
        known.tenant = tenant_under(host, suffix);
    }
    known.marks.sort_unstable();
    known
}

/// Who besides an app's maker is met at a host, as the rest of a sentence; nothing where nothing
/// says that it is not the maker's own.
pub fn shared_host(host: &str) -> Option<&'static str> {
    let said = |mark: &EndpointMark| match mark {
        EndpointMark::Everyday => Some("most phones ask it every day"),
        EndpointMark::Sdk => Some("it belongs to a service that many apps build in"),
        EndpointMark::Cdn => Some("it belongs to a network that delivers anybody's files"),
        EndpointMark::Shared => Some("it lies on a platform where anybody rents a name"),
        _ => None,
    };
    known(host).marks.iter().find_map(said)
}

/// `host` and every name above it.
fn parents(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |name| name.split_once('.').map(|(_, above)| above))
}

/// The longest name above or equal to `host` under which anybody rents one, registries apart.
fn shared_suffix<'h>(host: &'h str, lists: &Lists) -> Option<&'h str> {
    let listed =
        parents(host).find(|name| lists.shared.suffixes.contains(*name) && !is_registry(name));
    let public = psl::suffix(host.as_bytes())
        .filter(|suffix| suffix.typ() == Some(psl::Type::Private))
        .and_then(|suffix| std::str::from_utf8(suffix.as_bytes()).ok());
    let public = public.and_then(|suffix| parents(host).find(|name| *name == suffix));
    // The longer one is nearer to the customer.
    [listed, public].into_iter().flatten().max_by_key(|suffix| suffix.len())
}

fn is_registry(suffix: &str) -> bool {
    let known = psl::suffix(suffix.as_bytes());
    known.is_some_and(|known| {
        known.as_bytes() == suffix.as_bytes() && known.typ() == Some(psl::Type::Icann)
    })
}

/// The one label before the suffix, with it.
fn tenant_under(host: &str, suffix: &str) -> Option<String> {
    let before = host.strip_suffix(suffix)?.strip_suffix('.')?;
    let label = before.rsplit('.').next().filter(|label| !label.is_empty())?;
    Some(format!("{label}.{suffix}"))
}

fn path_tenant<'p>(path: &'p str, shared: &PathTenant) -> Option<&'p str> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    if let Some(word) = &shared.after {
        segments.find(|segment| segment == word)?;
    }
    segments.next().filter(|tenant| tenant.len() <= 100 && !tenant.starts_with(['%', '{', '$']))
}

fn ip(host: &str) -> Option<IpAddr> {
    if let Some(v6) = host.strip_prefix('[') {
        return v6.split(']').next()?.parse().ok();
    }
    host.split(':').next()?.parse().ok()
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EndpointMark::{Cdn, Everyday, Private, Sdk, Shared};

    fn check(address: &str, marks: &[EndpointMark], tenant: Option<&str>) {
        let known = known(address);
        assert_eq!((known.marks.as_slice(), known.tenant.as_deref()), (marks, tenant), "{address}");
    }

    #[test]
    fn a_vendors_own_host_has_no_mark() {
        check("https://panel.watch-alpha.example/api", &[], None);
        check("api.watch-alpha.co.uk:8443", &[], None);
        check("203.0.113.7:5222", &[], None);
    }

    #[test]
    fn on_shared_infrastructure_the_customer_is_kept() {
        check("https://watch-77.firebaseio.com/up", &[Shared], Some("watch-77.firebaseio.com"));
        check("watch-77.appspot.com", &[Shared], Some("watch-77.appspot.com"));
        check("https://a.watch.github.io/x", &[Shared], Some("watch.github.io"));
        check(
            "https://calls.s3.eu-west-1.amazonaws.com/1",
            &[Shared],
            Some("calls.s3.eu-west-1.amazonaws.com"),
        );
        check("https://s3.amazonaws.com/calls/1", &[Shared], Some("s3.amazonaws.com/calls"));
        check(
            "https://firebasestorage.googleapis.com/v0/b/watch-77.appspot.com/o",
            &[Shared],
            Some("firebasestorage.googleapis.com/watch-77.appspot.com"),
        );
        check("https://d111.cloudfront.net/", &[Shared, Cdn], Some("d111.cloudfront.net"));
    }

    #[test]
    fn services_and_everyday_hosts_are_marked() {
        check("https://graph.facebook.com/v9", &[Sdk, Everyday], None);
        check("https://o1.ingest.sentry.io/2", &[Sdk], None);
        check("http://192.168.1.5:8080/", &[Private], None);
        check("https://www.google.com/", &[Everyday], None);
        check("https://notfacebook.com/", &[], None);
    }
}
