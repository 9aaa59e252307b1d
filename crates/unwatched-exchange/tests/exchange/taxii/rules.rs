//! The rules of TAXII 2.1, one after the other, against a server that was taken over.

use serde_json::{Value, json};

use super::*;

#[test]
fn who_asks_is_found_out_first() {
    let taken = Taken::start();
    let places = ["/taxii2/", "/api1/", "/api1/collections/", MAIN, "/deep/er/"];
    for path in places {
        for headers in [
            vec![("accept", TAXII)],
            vec![("accept", TAXII), ("authorization", "Basic bWFkZS11cDp3cm9uZw==")],
            vec![("accept", TAXII), ("authorization", "Basic nonsense")],
            vec![("accept", TAXII), ("authorization", "Bearer unw_nobodys")],
            vec![("accept", TAXII), ("authorization", "Digest x")],
        ] {
            let answer = taken.ask("GET", path, &headers, b"").expect(401);
            assert_eq!(answer.header("content-type"), Some(TAXII), "{path}");
            assert!(answer.header("www-authenticate").unwrap().contains("Basic realm"), "{path}");
            assert_eq!(answer.json()["http_status"], "401");
        }
        taken.get(path).expect(200);
    }
    // Another user, with a password that is not ASCII; and a token of a partner's.
    let other = "Basic b2huZTplaW4gV8O2cnQ=";
    taken.ask("GET", MAIN, &[("authorization", other)], b"").expect(200);
    // The exchange's own: everybody's without a word, partners' not for somebody of no partner.
    taken.ask("GET", "/public/collections/", &[], b"").expect(200);
    taken.ask("GET", "/partners/collections/", &[], b"").expect(401);
    taken.get("/partners/collections/").expect(404);
}

#[test]
fn what_is_said_of_servers_roots_and_collections() {
    let taken = Taken::start();
    let discovery = taken.get("/taxii2/").expect(200);
    assert_eq!(discovery.header("content-type"), Some(TAXII));
    let said = json!({ "title": "Theirs", "description": "made up", "contact": "nobody",
        "default": "/api1/", "api_roots": ["/api1/", "/deep/er/"] });
    assert_eq!(discovery.json(), said);
    let root = taken.get("/api1/").expect(200).json();
    let said = json!({ "title": "One", "description": "made up", "versions": [TAXII],
        "max_content_length": 100_000 });
    assert_eq!(root, said);
    // No collections, no key.
    assert_eq!(taken.get("/deep/er/collections/").expect(200).json(), json!({}));
    let listed = taken.get("/api1/collections/").expect(200).json();
    let titles: Vec<_> =
        listed["collections"].as_array().unwrap().iter().map(|one| &one["title"]).collect();
    assert_eq!(titles, ["Main", "Read only", "Write only"]);
    assert_eq!(listed["collections"][0]["alias"], "main");
    assert_eq!(taken.get(MAIN).json(), taken.get("/api1/collections/main/").json());
    assert_eq!(taken.get(MAIN.trim_end_matches('/')).json(), taken.get(MAIN).json());
    for path in [SECRET, "/api1/collections/nothing/", "/api1/nothing/", "/nothing/collections/"] {
        assert_eq!(taken.get(path).expect(404).json()["http_status"], "404", "{path}");
    }
    let status = taken.get("/api1/status/2d086da7-4bdc-4f91-900e-d77486753710/").expect(200).json();
    assert_eq!(status["status"], "complete");
    taken.get("/api1/status/nothing/").expect(404);
    taken.get("/deep/er/status/2d086da7-4bdc-4f91-900e-d77486753710/").expect(404);
}

#[test]
fn media_types_are_negotiated() {
    let taken = Taken::start();
    let asked = |accept: &str| {
        taken.ask("GET", MAIN, &[("authorization", BASIC), ("accept", accept)], b"").status
    };
    for accept in [
        "*/*",
        "application/*",
        "application/taxii+json",
        "application/taxii+json; version=2.1",
        "text/html;q=0.9, application/taxii+json;version=2.1;q=0.2",
    ] {
        assert_eq!(asked(accept), 200, "{accept}");
    }
    for accept in [
        "application/json",
        "text/html",
        "application/taxii+json;version=2.0",
        "application/taxii+json;version=2.1;q=0",
        "application/vnd.oasis.taxii+json",
        "nonsense",
    ] {
        assert_eq!(asked(accept), 406, "{accept}");
    }
    let body = json!({ "objects": [object(7, 1)] }).to_string();
    let sent = |headers: &[(&str, &str)]| {
        let mut all = vec![("authorization", BASIC)];
        all.extend(headers);
        taken.ask("POST", &format!("{MAIN}objects/"), &all, body.as_bytes()).status
    };
    assert_eq!(sent(&[("content-type", "application/taxii+json; version=2.1")]), 202);
    assert_eq!(sent(&[("content-type", "application/taxii+json")]), 202);
    assert_eq!(sent(&[("content-type", TAXII), ("accept", "text/html")]), 406);
    for kind in ["application/json", "text/plain", "application/taxii+json;version=2.0"] {
        assert_eq!(sent(&[("content-type", kind)]), 415, "{kind}");
    }
    assert_eq!(sent(&[]), 415);
}

#[test]
fn rights_are_those_that_were_taken_over() {
    let taken = Taken::start();
    let delete = |path: &str| {
        let path = format!("{path}objects/{INDICATOR}/");
        taken.ask("DELETE", &path, &[("authorization", BASIC)], b"").status
    };
    let below = [
        "objects/".to_owned(),
        "manifest/".to_owned(),
        format!("objects/{INDICATOR}/"),
        format!("objects/{INDICATOR}/versions/"),
    ];
    for below in below {
        for (path, status) in [(MAIN, 200), (READ_ONLY, 200), (WRITE_ONLY, 404), (SECRET, 404)] {
            assert_eq!(taken.get(&format!("{path}{below}")).status, status, "{path}{below}");
        }
    }
    let body = json!({ "objects": [object(7, 1)] }).to_string();
    for (path, post, gone) in
        [(READ_ONLY, 403, 403), (WRITE_ONLY, 202, 403), (SECRET, 404, 404), (MAIN, 202, 200)]
    {
        assert_eq!(taken.post(&format!("{path}objects/"), body.as_bytes()).status, post, "{path}");
        assert_eq!(delete(path), gone, "{path}");
    }
    for (method, path) in [("PUT", "objects/"), ("POST", "manifest/"), ("DELETE", "objects/")] {
        let answer = taken
            .ask(method, &format!("{MAIN}{path}"), &[("authorization", BASIC)], b"")
            .expect(405);
        assert!(answer.header("allow").unwrap().contains("GET"));
    }
}

/// What came with users is theirs: a partner is let in by the operator, and no further than said.
#[test]
fn partners_reach_what_was_taken_over_only_where_it_was_granted() {
    let taken = Taken::start();
    let key = taken.operator.join("example-lab", "vendor", "analyst");
    let bearer = format!("Bearer {}", key.trim());
    let ask = |method: &str, path: &str, body: &[u8]| {
        let headers =
            [("authorization", bearer.as_str()), ("accept", TAXII), ("content-type", TAXII)];
        taken.ask(method, path, &headers, body)
    };
    let body = json!({ "objects": [object(7, 1)] }).to_string();
    let objects = |path: &str| format!("{path}objects/");
    let listed = || ask("GET", "/taxii2/", b"").expect(200).json()["api_roots"].clone();
    let status = "/api1/status/2d086da7-4bdc-4f91-900e-d77486753710/";
    let of_own = json!(["/public/", "/partners/"]);
    let closed = || {
        for path in ["/api1/", "/api1/collections/", MAIN, status, "/deep/er/"] {
            ask("GET", path, b"").expect(404);
        }
        ask("POST", &objects(MAIN), body.as_bytes()).expect(404);
        assert_eq!(listed(), of_own);
    };
    closed();
    let grant = |more: &[&str]| {
        let words = ["admin", "taxii", "grant", "api1", "--partner", "example-lab"];
        taken.operator.run(&[&words, more].concat())
    };
    grant(&["--collection", "main", "--read"]).ok();
    assert_eq!(listed(), json!(["/public/", "/partners/", "/api1/"]));
    let collections = ask("GET", "/api1/collections/", b"").expect(200).json();
    assert_eq!(collections["collections"].as_array().unwrap().len(), 1, "{collections}");
    ask("GET", &objects(MAIN), b"").expect(200);
    ask("POST", &objects(MAIN), body.as_bytes()).expect(403);
    ask("GET", &objects(READ_ONLY), b"").expect(404);
    ask("GET", "/deep/er/", b"").expect(404);
    // All of a root: within what its collections allow.
    grant(&["--read", "--write"]).ok();
    ask("POST", &objects(MAIN), body.as_bytes()).expect(202);
    ask("POST", &objects(READ_ONLY), body.as_bytes()).expect(403);
    ask("GET", &objects(SECRET), b"").expect(404);
    let grants = taken.operator.run(&["admin", "taxii", "grants"]).ok();
    assert_eq!(grants.lines().count(), 4, "{grants}");
    assert!(grants.contains("example-lab\tread\twrite"), "{grants}");
    grant(&[]).ok();
    closed();
    let own = ["admin", "taxii", "grant", "partners", "--partner", "example-lab", "--write"];
    assert!(taken.operator.run(&own).refused(5).contains("follows from their roles"));
    let none = ["admin", "taxii", "grant", "nowhere", "--partner", "example-lab", "--read"];
    assert!(taken.operator.run(&none).refused(5).contains("collection in such a root"));
    // Nor do users of one server reach another that was taken over.
    let theirs = json!({ "users": { "other": "another password" },
        "roots": { "api2": { "collections": [] } } });
    let file = taken.operator.data().join("theirs.json");
    std::fs::write(&file, theirs.to_string()).unwrap();
    taken.operator.run(&["admin", "taxii", "load", file.to_str().unwrap()]).ok();
    taken.get("/api2/").expect(404);
    let other = [("authorization", "Basic b3RoZXI6YW5vdGhlciBwYXNzd29yZA==")];
    taken.ask("GET", "/api2/", &other, b"").expect(200);
    taken.ask("GET", "/api1/", &other, b"").expect(404);
}

#[test]
fn objects_are_filtered() {
    let taken = Taken::start();
    let count = |query: &str| taken.get(&format!("{MAIN}objects/?{query}")).expect(200).ids().len();
    let check = |query: &str, expected: usize| {
        assert_eq!(count(query), expected, "{query}");
        let manifest = taken.get(&format!("{MAIN}manifest/?{query}")).expect(200);
        assert_eq!(manifest.ids().len(), expected, "manifest {query}");
    };
    check("", 3);
    check("match[version]=all", 5);
    check("match[version]=all&match[spec_version]=2.0,2.1", 6);
    check("match[version]=first", 3);
    check("match[version]=first,last", 4);
    check("match[version]=2026-01-01T00:02:00Z", 1);
    check("match[version]=2016-01-01T00:00:00.000Z", 1);
    check("match[spec_version]=2.0", 1);
    check("match[spec_version]=3.7", 0);
    check("match[type]=indicator", 1);
    check("match[type]=indicator,url&match[version]=all", 4);
    check("match[type]=x-nothing", 0);
    check(&format!("match[id]={INDICATOR}"), 1);
    check(&format!("match[id]={INDICATOR}&match[type]=url"), 0);
    check("added_after=2026-01-02T00:04:00.000001Z", 2);
    check("added_after=2026-01-02T00:04:00.000000Z", 3);
    check("added_after=2026-01-02T02:04:00.000001%2B02:00", 2);
    check("match[colour]=red&x=y", 3);
    for query in [
        "added_after=yesterday",
        "added_after=",
        "added_after=2026-01-02",
        "added_after=2026-01-02T00:00:00Z&added_after=2026-01-02T00:00:00Z",
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=1.5",
        "limit=",
        "next=x",
        "match[version]=newest",
        "match[version]=all,last",
        "match[version]=last,last",
        "match[type]=",
        "match[spec_version]=two",
        "match[type]=a&match[type]=b",
        "added_after=%ff",
    ] {
        for below in ["objects/", "manifest/"] {
            let answer = taken.get(&format!("{MAIN}{below}?{query}")).expect(400);
            assert_eq!(answer.json()["http_status"], "400", "{query}");
        }
    }
    let of_one = |query: &str| taken.get(&format!("{MAIN}objects/{INDICATOR}/{query}"));
    assert_eq!(of_one("").expect(200).json()["objects"][0]["modified"], "2026-01-01T00:03:00.000Z");
    assert_eq!(of_one("?match[version]=all").expect(200).ids().len(), 3);
    of_one("?match[version]=2026-01-01T00:09:00Z").expect(404);
    assert_eq!(of_one("?added_after=2027-01-01T00:00:00Z").expect(200).json(), json!({}));
    let versions = of_one("versions/").expect(200).json();
    let written: Vec<_> = (1..=3).map(|n| format!("2026-01-01T00:0{n}:00.000Z")).collect();
    assert_eq!(versions["versions"], json!(written));
    let some = of_one("versions/?limit=2").expect(200).json();
    assert_eq!(
        (some["more"].clone(), some["versions"].as_array().unwrap().len()),
        (json!(true), 2)
    );
    taken
        .get(&format!("{MAIN}objects/indicator--00000000-0000-4000-8000-000000000404/"))
        .expect(404);
}

#[test]
fn what_stands_beside_a_page() {
    let taken = Taken::start();
    let page = taken.get(&format!("{MAIN}objects/?limit=2")).expect(200);
    assert_eq!(page.header("x-taxii-date-added-first"), Some("2026-01-02T00:04:00.000001Z"));
    assert_eq!(page.header("x-taxii-date-added-last"), Some("2026-01-02T00:05:00.000001Z"));
    assert_eq!(page.header("content-type"), Some(TAXII));
    let manifest = taken.get(&format!("{MAIN}manifest/?limit=2")).expect(200);
    for header in ["x-taxii-date-added-first", "x-taxii-date-added-last"] {
        assert_eq!(manifest.header(header), page.header(header));
    }
    assert_eq!(
        manifest.json()["objects"][0],
        json!({
        "id": "malware--00000000-0000-4000-8000-000000000001",
        "date_added": "2026-01-02T00:04:00.000001Z", "version": "2026-01-01T00:00:00.000Z",
        "media_type": "application/stix+json;version=2.1" })
    );
    // What has no version of its own has that of its moment.
    assert_eq!(manifest.json()["objects"][1]["version"], "2026-01-02T00:05:00.000001Z");
    let next = page.json()["next"].as_str().unwrap().to_owned();
    assert_eq!(manifest.json()["next"], next.as_str());
    let rest = taken.get(&format!("{MAIN}objects/?limit=2&next={next}")).expect(200);
    assert_eq!(
        (rest.json()["more"].clone(), rest.ids()),
        (json!(false), vec![INDICATOR.to_owned()])
    );
    // Elsewhere it turns no page.
    taken.get(&format!("{READ_ONLY}objects/?next={next}")).expect(400);
    // Nothing is there: the same, and where it ends.
    let none = taken.get(&format!("{MAIN}objects/?added_after=2026-03-01T00:00:00Z")).expect(200);
    assert_eq!(none.json(), json!({}));
    assert_eq!(none.header("x-taxii-date-added-last"), Some("2026-03-01T00:00:00.000000Z"));
    // Whoever has it costs nothing, until something changes.
    let tag = page.header("etag").unwrap();
    let again = |path: &str| {
        let headers = [("authorization", BASIC), ("accept", TAXII), ("if-none-match", tag)];
        taken.ask("GET", path, &headers, b"").status
    };
    assert_eq!(again(&format!("{MAIN}objects/?limit=2")), 304);
    taken.add(MAIN, &[object(9, 1)]);
    assert_eq!(again(&format!("{MAIN}objects/?limit=2")), 200);
    // And is packed where that is asked for.
    let many: Vec<_> = (100..119).map(|name| object(name, 1)).collect();
    taken.add(MAIN, &many);
    let packed = [("authorization", BASIC), ("accept-encoding", "gzip")];
    let answer = taken.ask("GET", &format!("{MAIN}objects/"), &packed, b"");
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
}

#[test]
fn each_object_that_is_added_stands_for_itself() {
    let taken = Taken::start();
    let path = format!("{MAIN}objects/");
    let url =
        json!({ "type": "url", "id": "url--00000000-0000-5000-8000-000000000009", "value": "x" });
    let objects = json!({ "objects": [
        object(1, 1), 7, null, "x", [], {}, { "type": "malware" }, { "id": 7, "type": "malware" },
        { "type": "malware", "id": "indicator--00000000-0000-4000-8000-000000000002" },
        { "type": "malware", "id": "malware--1" },
        { "type": "indicator", "id": "indicator--00000000-0000-4000-8000-000000000003",
          "created": "now", "modified": "now" },
        { "type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000003" },
        object(2, 1), url, object(1, 1),
    ] });
    let status = taken.post(&path, objects.to_string().as_bytes()).expect(202);
    assert_eq!(status.header("content-type"), Some(TAXII));
    let status = status.json();
    let counts = |status: &Value| {
        ["total_count", "success_count", "failure_count", "pending_count"]
            .map(|key| status[key].clone())
    };
    assert_eq!(counts(&status), [json!(15), json!(4), json!(11), json!(0)]);
    assert_eq!(status["successes"].as_array().unwrap().len(), 4);
    let failures = status["failures"].as_array().unwrap();
    assert!(failures.iter().all(|one| one["id"].is_string()
        && one["version"].is_string()
        && one["message"].is_string()));
    let id = status["id"].as_str().unwrap();
    assert_eq!(taken.get(&format!("/api1/status/{id}/")).expect(200).json(), status);
    let other = [("authorization", "Basic b2huZTplaW4gV8O2cnQ="), ("accept", TAXII)];
    taken.ask("GET", &format!("/api1/status/{id}/"), &other, b"").expect(404);
    // Once more is a success, and nothing new.
    let before = taken.get(&format!("{MAIN}manifest/?match[version]=all")).json();
    let again = json!({ "objects": [object(1, 1), object(2, 1), url] });
    let status = taken.post(&path, again.to_string().as_bytes()).expect(202).json();
    assert_eq!(counts(&status), [json!(3), json!(3), json!(0), json!(0)]);
    assert_eq!(taken.get(&format!("{MAIN}manifest/?match[version]=all")).json(), before);
}

#[test]
fn bodies_that_are_none() {
    let taken = Taken::start();
    let path = format!("{MAIN}objects/");
    for body in ["{", "nonsense", "{\"objects\":[", "\u{feff}{}", "{\"objects\":[{]}"] {
        assert_eq!(taken.post(&path, body.as_bytes()).expect(400).json()["http_status"], "400");
    }
    for body in ["[]", "7", "null", "{}", "{\"objects\":{}}", "{\"objects\":[]}", "\"x\""] {
        assert_eq!(taken.post(&path, body.as_bytes()).expect(422).json()["http_status"], "422");
    }
    let long = json!({ "objects": ["x".repeat(100_000)] }).to_string();
    taken.post(&path, long.as_bytes()).expect(413);
    let fits = format!("{{\"objects\":[{}],\"x\":\"{}\"}}", object(1, 1), "y".repeat(99_000));
    taken.post(&path, fits.as_bytes()).expect(202);
    // Without a length said beforehand.
    let url = format!("{}{path}", taken.server.base());
    let mut body = long.as_bytes();
    let answer = ureq::post(url)
        .config()
        .http_status_as_error(false)
        .build()
        .header("authorization", BASIC)
        .header("content-type", TAXII)
        .send(ureq::SendBody::from_reader(&mut body))
        .unwrap();
    assert_eq!(answer.status().as_u16(), 413);
}

#[test]
fn what_is_deleted_is_gone() {
    let taken = Taken::start();
    let path = format!("{MAIN}objects/{INDICATOR}/");
    let delete = |query: &str| {
        taken.ask(
            "DELETE",
            &format!("{path}{query}"),
            &[("authorization", BASIC), ("accept", TAXII)],
            b"",
        )
    };
    delete("?match[version]=2026-01-01T00:03:00Z").expect(200);
    taken.get(&format!("{path}?match[version]=2026-01-01T00:03:00Z")).expect(404);
    assert_eq!(
        taken.get(&path).expect(200).json()["objects"][0]["modified"],
        "2026-01-01T00:02:00.000Z"
    );
    delete("?match[version]=2026-01-01T00:03:00Z").expect(404);
    delete("?match[version]=nonsense").expect(400);
    delete("").expect(200);
    for below in ["", "versions/", "?match[version]=all"] {
        taken.get(&format!("{path}{below}")).expect(404);
    }
    delete("").expect(404);
    let left = taken.get(&format!("{MAIN}manifest/?match[version]=all")).ids();
    assert!(!left.contains(&INDICATOR.to_owned()));
    // What is added again is there again, under a new moment.
    taken.add(MAIN, &[object(0, 1)]);
    taken.get(&path).expect(200);
}

#[test]
fn a_time_that_means_never_is_a_limit_and_an_empty_page() {
    let taken = Taken::start();
    for below in ["objects", "manifest"] {
        for time in ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999Z"] {
            let page = taken.get(&format!("{MAIN}{below}/?added_after={time}")).expect(200);
            assert_eq!(page.json(), json!({}), "{below}: {time}");
        }
    }
}

#[test]
fn a_packed_body_is_refused_as_what_it_is() {
    let taken = Taken::start();
    let path = format!("{MAIN}objects/");
    let sent = |coding: &str, body: &[u8]| {
        let headers = [
            ("authorization", BASIC),
            ("accept", TAXII),
            ("content-type", TAXII),
            ("content-encoding", coding),
        ];
        taken.ask("POST", &path, &headers, body)
    };
    for coding in ["gzip", "br", "zstd", "gzip, gzip"] {
        let refused = sent(coding, b"\x1f\x8b\x08\x00").expect(415);
        assert_eq!(refused.header("accept-encoding"), Some("identity"), "{coding}");
        assert_eq!(refused.json()["http_status"], "415");
    }
    sent("identity", json!({ "objects": [object(9, 1)] }).to_string().as_bytes()).expect(202);
}

#[test]
fn what_is_taken_over_is_told_where_it_changes_something() {
    let folder = TempDir::new().unwrap();
    let operator = Engine::Sqlite.operator(&folder.path().join("data"));
    let load = |content: &Value| {
        let file = folder.path().join("content.json");
        std::fs::write(&file, content.to_string()).unwrap();
        let ended = operator.run(&["admin", "taxii", "load", file.to_str().unwrap()]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stderr
    };
    let root = |path: &str, dates: [&str; 2]| {
        let objects: Vec<Value> = std::iter::zip([1, 2], dates)
            .map(|(number, at)| json!({ "object": object(number, 1), "date_added": at }))
            .collect();
        json!({ path: { "collections": [{ "id": MAIN.trim_end_matches('/').rsplit('/').next(),
            "can_read": true, "can_write": true, "objects": objects }] } })
    };
    let past = ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"];
    let said = load(&json!({ "discovery": { "title": "Theirs" }, "roots": root("one", past) }));
    assert!(!said.contains("from now on") && !said.contains("warning"), "{said}");
    let users = json!({ "somebody": "a password" });
    let future = ["2026-01-02T00:00:00Z", "2199-01-02T00:00:00Z"];
    let said = load(&json!({ "users": users, "roots": root("two", future) }));
    assert!(said.contains("from now on /taxii2/ asks everybody who they are"), "{said}");
    assert!(
        said.contains("warning: of 1 objects") && said.contains("2199-01-02T00:00:00Z"),
        "{said}"
    );
    let said = load(&json!({ "users": { "other": "a password" }, "roots": root("three", past) }));
    assert!(!said.contains("from now on"), "it asked before: {said}");
    let said = load(&json!({ "roots": root("four", past) }));
    assert!(said.contains("from now on /taxii2/ asks nobody"), "{said}");
    // What the first said of itself stays where the later ones say nothing.
    let server = operator.serve_without_worker();
    let mut answer = ureq::get(&format!("{}/taxii2/", server.base())).call().unwrap();
    let found: Value = answer.body_mut().read_json().unwrap();
    assert_eq!(found["title"], "Theirs");
}
