//! Lines to copy that connect the field's clients. `KEY` stands for a key of the partner's own.

use crate::views::connections::Recipe;

/// Every recipe, with the exchange's address in place.
pub(crate) fn all(base: &str) -> Vec<Recipe> {
    let fill = |lines: &str| lines.replace("BASE", base);
    RECIPES
        .iter()
        .map(|(id, name, gets, lines)| Recipe { id, name, gets, lines: fill(lines) })
        .collect()
}

/// Anchor, name, what it gets, lines.
const RECIPES: &[(&str, &str, &str, &str)] = &[
    (
        "curl-changes",
        "curl: what changed",
        "A line of JSON for each change, from where you left off.",
        "curl --fail --header 'Authorization: Bearer KEY' \\\n  'BASE/api/v1/changes?after=0&wait=30'",
    ),
    (
        "curl-upload",
        "curl: put a sample in",
        "The sample’s address, where its report will stand.",
        "curl --fail --header 'Authorization: Bearer KEY' \\\n  --data-binary @some.apk 'BASE/api/v1/samples?tlp=AMBER'",
    ),
    (
        "taxii",
        "taxii2-client",
        "Collections of STIX 2.1 objects that your partner may read.",
        "pip install taxii2-client\npython3 - <<'END'\nfrom taxii2client.v21 import Server\nserver = Server('BASE/taxii2/', user='key', password='KEY')\nfor root in server.api_roots:\n    for collection in root.collections:\n        print(collection.id, collection.title)\nEND",
    ),
    (
        "misp",
        "MISP",
        "A feed of events; no key is needed. Add it under Sync Actions, List Feeds.",
        "Name: Unwatched\nProvider: Unwatched\nSource format: MISP Feed\nURL: BASE/feeds/v1/misp/",
    ),
    (
        "mvt",
        "MVT",
        "Indicators that mvt-android and mvt-ios load; no key is needed.",
        "curl --fail --output stalkerware.stix2 BASE/feeds/v1/stalkerware.stix2\nmvt-android check-backup --iocs stalkerware.stix2 --output results backup.ab",
    ),
    (
        "unwatched",
        "The checker",
        "One file for a helper’s laptop, verified where it is used. The key is needed the first time only: compare the number and digest in its comment by telephone with somebody of the coalition, not with what this page says.",
        "curl --fail --output bundle BASE/feeds/v1/bundle\ncurl --fail --output key.pub BASE/feeds/v1/key.pub\nunwatched update bundle --key key.pub",
    ),
    (
        "hosts",
        "Hosts and block lists",
        "One name a line; no key is needed.",
        "curl --fail --output hosts BASE/feeds/v1/hosts",
    ),
    (
        "rpz",
        "DNS response policy zone",
        "A zone for BIND, Unbound, Knot Resolver or PowerDNS.",
        "curl --fail --output unwatched.rpz BASE/feeds/v1/unwatched.rpz\nnamed-checkzone unwatched.rpz unwatched.rpz",
    ),
    (
        "suricata",
        "Suricata",
        "Rules with numbers that stay.",
        "suricata-update add-source unwatched BASE/feeds/v1/suricata.rules\nsuricata-update",
    ),
    (
        "lookup",
        "One value, without saying which",
        "No key and no account: the first four digits of a digest, and an answer that hides which.",
        "printf '%s' 'domain:panel.watch-alpha.example' | sha256sum\ncurl --fail BASE/api/v1/lookup/domain/0a1b",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::feeds::signed::KEY;
    use crate::release::{BUNDLE, files};

    #[test]
    fn every_file_that_a_line_fetches_is_released() {
        let mut fetched = 0;
        for Recipe { name, lines, .. } in all("https://exchange.example") {
            assert!(!lines.contains("BASE"), "{name}");
            for part in lines.split("/feeds/v1/").skip(1) {
                let file = part.split_whitespace().next().unwrap_or_default();
                let known = [BUNDLE, KEY, "misp/"].contains(&file)
                    || files::names().iter().any(|name| name == file);
                assert!(known, "{name}: {file}");
                fetched += 1;
            }
        }
        assert!(fetched >= 6, "{fetched}");
    }
}
