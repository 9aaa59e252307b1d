//! Finds pages as a person does: by signing in and following what is linked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::{Context, Result};

use super::client::{Client, path, quoted};
use super::server::Server;

/// Of each kind of page so many are kept.
const EXAMPLES: usize = 6;
const MOST_PAGES: usize = 400;

/// Questions that a search page is asked, kind ones and others.
const QUESTIONS: [&str; 12] = [
    "watch",
    "com.*",
    "text messages",
    "kind:sample state:failed",
    "kind:sample year:2025 spy",
    "tlp:red",
    "a* b* c* d* e*",
    "слежка",
    "kind:indicator type:domain panel*",
    "example",
    "\"reads text messages\"",
    "package:com.track* kind:sample",
];

/// What forms ask, which no link leads to; of partners that every made-up coalition has.
const FORMS: [&str; 7] = [
    "/portal/audit?object=example-lab",
    "/portal/audit?action=sample.read",
    "/portal/audit?action=opinion.give",
    "/portal/audit?partner=example-lab",
    "/portal/audit?partner=example-shelter-network",
    "/portal/audit?partner=example-lab&action=partner.add",
    "/portal/audit?partner=example-shelter-network&action=sample.download",
];

/// Somebody who is signed in.
pub(super) struct Person {
    pub(super) client: Client,
    pub(super) headers: Vec<(String, String)>,
}

impl Person {
    pub(super) fn sign_in(server: &Server, email: &str, password: &str) -> Result<Self> {
        let mut client = server.client();
        let form = format!("next=&email={}&password={}", quoted(email), quoted(password));
        let kind = "application/x-www-form-urlencoded".to_owned();
        let headers = [("Content-Type".to_owned(), kind)];
        let answer = client.ask("POST", "/portal/sign-in", &headers, form.as_bytes())?;
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.context("whoever signs in gets a cookie")?.to_owned();
        Ok(Self { client, headers: vec![("Cookie".to_owned(), cookie)] })
    }

    /// Pages by their kind.
    pub(super) fn pages(&mut self) -> Result<BTreeMap<String, Vec<String>>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut next: VecDeque<String> = ["/portal/".to_owned()].into();
        next.extend(QUESTIONS.iter().map(|q| path("/portal/search", q)));
        next.extend(FORMS.iter().map(|page| (*page).to_owned()));
        let mut read = 0;
        while let Some(page) = next.pop_front() {
            let of_kind = found.entry(kind(&page)).or_default();
            if of_kind.len() >= EXAMPLES || !seen.insert(page.clone()) || read >= MOST_PAGES {
                continue;
            }
            read += 1;
            let answer = self.client.get(&page, &self.headers)?;
            let is_page = answer.header("content-type").is_some_and(|t| t.starts_with("text/html"));
            if answer.status != 200 {
                eprintln!("{page} answers {}", answer.status);
                continue;
            }
            of_kind.push(page);
            if is_page {
                next.extend(links(&answer.text()));
            }
        }
        found.retain(|_, pages| !pages.is_empty());
        Ok(found)
    }
}

/// Where a page leads inside the portal; not what never ends, and not what hands out files.
fn links(page: &str) -> Vec<String> {
    let targets = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let inside = |target: &str| {
        target.starts_with("/portal/")
            && !["/events", "/download", "/assets/", "sign-"].iter().any(|no| target.contains(no))
    };
    targets
        .filter(|target| inside(target))
        .map(|target| target.replace("&amp;", "&").replace("&#38;", "&"))
        .map(|target| target.split('#').next().unwrap_or(&target).to_owned())
        .collect()
}

/// The address with what stands for one thing left out.
fn kind(page: &str) -> String {
    let (address, query) = page.split_once('?').unwrap_or((page, ""));
    let mut before = "";
    let segments: Vec<&str> = address
        .split('/')
        .map(|segment| {
            let is_one_thing = segment.len() == 64
                || (!segment.is_empty() && segment.chars().all(|c| c.is_ascii_digit()))
                || (["families", "partners", "groups"].contains(&before) && segment != "new");
            before = segment;
            if is_one_thing && !segment.is_empty() { "{id}" } else { segment }
        })
        .collect();
    let mut keys: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    keys.retain(|key| !key.is_empty());
    keys.sort_unstable();
    let query = if keys.is_empty() { String::new() } else { format!("?{}", keys.join("&")) };
    // Each of our questions is a page of its own kind; those that pages link to are one.
    let asked = QUESTIONS.iter().find(|q| page == self::path("/portal/search", q));
    format!("{}{query} {}", segments.join("/"), asked.unwrap_or(&"")).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_pages() {
        let sample = format!("/portal/samples/{}", "a".repeat(64));
        for (page, expected) in [
            ("/portal/", "/portal/"),
            (sample.as_str(), "/portal/samples/{id}"),
            (
                "/portal/families/watch-1/opinion?criterion=x",
                "/portal/families/{id}/opinion?criterion",
            ),
            ("/portal/families/new", "/portal/families/new"),
            ("/portal/jobs/17?b=1&a=2", "/portal/jobs/{id}?a&b"),
        ] {
            assert_eq!(kind(page), expected);
        }
    }

    #[test]
    fn links_stay_inside() {
        let page = r#"<a href="/portal/a?x=1&#38;y=2#z"> <a href="/feeds/v1/"> <a href="/portal/x/events">"#;
        assert_eq!(links(page), ["/portal/a?x=1&y=2"]);
    }
}
