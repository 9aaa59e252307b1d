//! "This tool cannot send" is visible in the checker's dependency tree, and this test says so.
//!
//! The checker opens no outward connection, ever. The surest way to hold that is to give it
//! nothing that could: no HTTP client, no TLS, no resolver, no async sockets.

#![cfg(test)]

use crate::cargo;

/// What could reach another machine, by the first word of its crate's name.
const SENDERS: &[&str] = &[
    "reqwest",
    "ureq",
    "hyper",
    "curl",
    "isahc",
    "attohttpc",
    "minreq",
    "surf",
    "h2",
    "quinn",
    "rustls",
    "native-tls",
    "openssl",
    "hickory",
    "trust-dns",
    "tokio",
    "async-std",
    "smol",
    "mio",
    "socket2",
    "lettre",
    "sqlx",
    "tungstenite",
    "dns-lookup",
    "getaddrs",
    "mdns",
    "zeroconf",
    "ssh2",
    "russh",
    "tiny_http",
    "actix",
    "warp",
    "rumqttc",
    "websocket",
];

/// The names in `cargo tree`'s lines that belong to a crate that can send.
fn senders(tree: &str) -> Vec<&str> {
    let can_send = |name: &str| {
        SENDERS.iter().any(|sender| {
            name.strip_prefix(sender).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    };
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| can_send(name)).collect()
}

#[test]
fn the_checker_has_nothing_to_send_with() {
    let mut command = cargo::cargo();
    command.args([
        "tree",
        "--package",
        "unwatched",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--locked",
    ]);
    let tree = cargo::output(&mut command).expect("cargo prints the checker's tree");
    assert!(tree.starts_with("unwatched "), "the tree is the checker's: {tree}");
    assert!(tree.contains("\nunwatched-device "), "the whole tree was printed: {tree}");
    assert_eq!(senders(&tree), Vec::<&str>::new());
}

#[test]
fn a_crate_that_sends_would_be_seen() {
    let tree = "unwatched v0.1.0\nhyper-util v0.1.1\ntokio v1.0.0 (*)\nminisign-verify v0.3.0\nsmolder v1.0.0";
    assert_eq!(senders(tree), ["hyper-util", "tokio"]);
}
