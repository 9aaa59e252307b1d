//! The one way out of the exchange: a message to an address that a partner named.
//!
//! The address is a stranger's word, and the exchange stands where it must not be sent: beside its
//! own database, in a network of its operator's. So the name is resolved here, every address that it
//! has is looked at, and the connection goes to those and no others, whatever the name says a moment
//! later. No redirect is followed, no proxy of the environment is asked, and nothing of the answer
//! is kept but its status.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Once;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, Url, redirect};

use crate::config::Webhooks;

const RESOLVING_LASTS: Duration = Duration::from_secs(5);
const CONNECTING_LASTS: Duration = Duration::from_secs(5);
const ANSWER_LASTS: Duration = Duration::from_secs(15);
const MAX_URL_BYTES: usize = 500;

/// Why a message was not sent, or did not arrive. Says nothing of what lies behind the address: a
/// name that nobody knows and one that leads into a network of the operator's are answered alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The address is none that is told.
    #[error("{0}")]
    Address(&'static str),
    /// The name leads to no address that may be told.
    #[error(
        "the name does not lead to the open internet; the operator names private hosts in \
         `webhooks.private_hosts`"
    )]
    Nowhere,
    /// It was answered by something else than 2xx.
    #[error("answered with status {0}")]
    Status(u16),
    /// Nobody answered in time.
    #[error("no answer in time")]
    Late,
    /// Nobody was reached, or somebody else.
    #[error("no connection, or none that TLS vouches for")]
    NoConnection,
    /// Somebody was reached, and said nothing.
    #[error("the connection ended without an answer")]
    Ended,
}

/// An address that may be told, by what it says of itself: the addresses behind its name are looked
/// at when it is told.
pub fn checked(text: &str, config: &Webhooks) -> Result<Url, NotSent> {
    let refused = |why| Err(NotSent::Address(why));
    if text.len() > MAX_URL_BYTES {
        return refused("an address has at most 500 bytes");
    }
    let Ok(url) = Url::parse(text.trim()) else {
        return refused("not an address: give one like https://siem.example/unwatched");
    };
    let Some(host) = url.host_str() else {
        return refused("the address names no host");
    };
    let named = config.names(host);
    match url.scheme() {
        "https" => {}
        "http" if named => {}
        _ => return refused("the address begins with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("leave name and password out of the address: messages are signed");
    }
    if literal(&url).is_some_and(|ip| !named && !is_everybodys(ip)) {
        return refused(
            "the address is none of the open internet; the operator names private hosts in \
             `webhooks.private_hosts`",
        );
    }
    if literal(&url).is_none() && !named && is_local(host) {
        return refused(
            "the name is one of a network of its own and leads nowhere from here; the operator names \
             private hosts in `webhooks.private_hosts`",
        );
    }
    Ok(url)
}

/// Ends of names that the open internet never answers: reserved for a machine or a network of
/// one's own (RFC 6761, 6762, 8375; `internal` by ICANN), or so used and never to be handed out.
const LOCAL: [&str; 8] =
    ["localhost", "local", "internal", "home.arpa", "localdomain", "lan", "intranet", "onion"];

/// Whether a name can lead nowhere but into a network of its own, by how it is written.
fn is_local(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_within = |end: &str| {
        host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    !host.contains('.') || LOCAL.iter().any(|end| is_within(end))
}

/// The address that a host is written as.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Sends a body and hands back when the other side took it.
pub async fn post(
    address: &str,
    headers: &[(&'static str, String)],
    body: Vec<u8>,
    config: &Webhooks,
) -> Result<(), NotSent> {
    let url = checked(address, config)?;
    let client = client(&url, config).await?;
    let mut all = HeaderMap::new();
    all.insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in headers {
        let value = HeaderValue::from_str(value)
            .map_err(|_| NotSent::Address("a header cannot be said"))?;
        all.insert(*name, value);
    }
    let answered = client.post(url).headers(all).body(body).send().await;
    let status = answered.map_err(|error| silence(&error))?.status();
    // The answer's body is left where it is: the connection ends here.
    if status.is_success() { Ok(()) } else { Err(NotSent::Status(status.as_u16())) }
}

fn silence(error: &reqwest::Error) -> NotSent {
    if error.is_timeout() {
        NotSent::Late
    } else if error.is_connect() {
        NotSent::NoConnection
    } else {
        NotSent::Ended
    }
}

/// A client that reaches the addresses looked at and nothing else.
async fn client(url: &Url, config: &Webhooks) -> Result<Client, NotSent> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // A second of the same kind changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    let host = url.host_str().unwrap_or_default();
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECTING_LASTS)
        .timeout(ANSWER_LASTS)
        .pool_max_idle_per_host(0)
        .user_agent(concat!("unwatched-exchange/", env!("CARGO_PKG_VERSION")));
    if literal(url).is_none() {
        let addresses = resolved(host, url.port_or_known_default().unwrap_or(443)).await;
        let is_told = |found: &SocketAddr| config.names(host) || is_everybodys(found.ip());
        if addresses.is_empty() || !addresses.iter().all(is_told) {
            return Err(NotSent::Nowhere);
        }
        builder = builder.resolve_to_addrs(host, &addresses);
    }
    builder.build().map_err(|_| NotSent::Address("no client could be made here"))
}

/// The addresses behind a name; none where nobody knows it, or nobody says so in time.
async fn resolved(host: &str, port: u16) -> Vec<SocketAddr> {
    let asked = tokio::time::timeout(RESOLVING_LASTS, tokio::net::lookup_host((host, port)));
    match asked.await {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

/// Whether an address is one of the open internet: no network's own, no machine's own, none that
/// stands for another, none that a provider answers its guests' secrets at.
pub fn is_everybodys(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_everybodys_v4(v4),
        IpAddr::V6(v6) => is_everybodys_v6(v6),
    }
}

/// The address blocks of the registry of special purposes (RFC 6890 and its updates), and the one
/// public address at which a large provider answers every guest.
const SPECIAL: [([u8; 4], u32); 18] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([168, 63, 129, 16], 32),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([192, 175, 48, 0], 24),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 3),
];

fn is_everybodys_v4(ip: Ipv4Addr) -> bool {
    let number = u32::from(ip);
    SPECIAL.iter().all(|(block, bits)| {
        let mask = u32::MAX << (32 - bits);
        number & mask != u32::from_be_bytes(*block) & mask
    })
}

/// Only what is handed out to the open internet is; of that, not what carries another address in
/// itself (6to4, Teredo), nor what is for examples. IPv4 in IPv6 and NAT64 lie outside of it.
fn is_everybodys_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let is_handed_out = first & 0xe000 == 0x2000;
    let is_protocol = first == 0x2001 && second < 0x0200;
    let is_example = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    let is_6to4 = first == 0x2002;
    let is_direct_delegation = first == 0x2620 && second == 0x004f;
    is_handed_out && !is_protocol && !is_example && !is_6to4 && !is_direct_delegation
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(hosts: &[&str]) -> Webhooks {
        Webhooks { private_hosts: hosts.iter().map(|host| (*host).to_owned()).collect() }
    }

    #[test]
    fn addresses_that_are_not_everybodys_are_none() {
        for own in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::7f00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_everybodys(own.parse().unwrap()), "{own}");
        }
        for open in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_everybodys(open.parse().unwrap()), "{open}");
        }
    }

    #[test]
    fn an_address_is_refused_however_it_is_written() {
        for refused in [
            "http://siem.example/",
            "ftp://siem.example/",
            "file:///etc/passwd",
            "https://",
            "siem.example",
            "https://me:secret@siem.example/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://\u{ff11}27.0.0.1/",
            "https://localhost/",
            "https://LocalHost.:8443/hook",
            "https://siem.localhost/",
            "https://siem/",
            "https://siem./",
            "https://printer.local/",
            "https://vault.corp.internal./",
            "https://router.home.arpa/",
            "https://db.lan/",
        ] {
            assert!(checked(refused, &config(&[])).is_err(), "{refused}");
        }
        assert!(
            checked(&format!("https://siem.example/{}", "x".repeat(500)), &config(&[])).is_err()
        );
        checked("https://siem.example:8443/unwatched?x=1", &config(&[])).unwrap();
        checked("https://internal.siem.example./", &config(&[])).unwrap();
        checked("https://notlocal.example/", &config(&[])).unwrap();
        // A name is refused by what it says alone: no word on where any other one leads.
        let why = checked("https://siem/", &config(&[])).unwrap_err();
        assert_eq!(checked("https://localhost/", &config(&[])), Err(why));
        // What the operator names, and nothing beside it.
        let named = config(&["127.0.0.1", "siem.internal.example", "siem", "db.internal"]);
        checked("https://siem/", &named).unwrap();
        checked("http://db.internal:9/", &named).unwrap();
        assert!(checked("https://other.db.internal/", &named).is_err());
        checked("http://127.0.0.1:9/", &named).unwrap();
        checked("http://siem.internal.example/", &named).unwrap();
        assert!(checked("http://127.0.0.2/", &named).is_err());
        assert!(checked("http://other.siem.internal.example/", &named).is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_answered_as_one_that_nobody_knows() {
        for name in ["localhost:1", "nobody.invalid", "localhost"] {
            let address = Url::parse(&format!("https://{name}/")).unwrap();
            let refused = client(&address, &config(&[])).await.err();
            assert_eq!(refused, Some(NotSent::Nowhere), "{name}");
        }
    }
}
