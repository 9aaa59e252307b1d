//! `admin`, `import`, `export`

use std::fs;

use unwatched_testkit::community::community_data;

use super::{exchange, exchange_with};

#[test]
fn an_operator_sets_up_a_coalition() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let add = ["admin", "partner", "add", "example-lab", "--category", "vendor"];
    let added = exchange(&data, &add);
    assert_eq!(added.stderr, "added the partner example-lab (vendor)\n");
    assert_eq!(added.ok(), "");
    let again = exchange(&data, &add).refused(5);
    assert!(again.starts_with("error: add the partner: "), "{again}");

    let user = [
        "admin",
        "user",
        "add",
        "--partner",
        "example-lab",
        "--email",
        "analyst@lab.example",
        "--role",
        "analyst",
    ];
    let added = exchange_with(&data, &user, "correct horse battery\n");
    assert_eq!(added.stderr, "added a person with the role analyst to example-lab\n");
    assert_eq!(added.ok(), "");
    assert_eq!(
        exchange_with(&data, &user, "short\n").refused(5),
        "error: a password has at least 12 characters\n"
    );
    assert!(exchange_with(&data, &user, "").refused(5).starts_with("error: no password on stdin"));

    let token = ["admin", "token", "create", "--partner", "example-lab", "--role", "uploader"];
    let made = exchange(&data, &token);
    assert_eq!(made.stderr, "this is the only time the token is shown\n");
    let token = made.ok();
    assert!(token.starts_with("unw_"));
    let revoke = ["admin", "token", "revoke"];
    let withdrawn = exchange_with(&data, &revoke, &token);
    assert_eq!(withdrawn.stderr, "the token is withdrawn: it opens nothing from now on\n");
    assert_eq!(withdrawn.ok(), "");
    assert_eq!(
        exchange_with(&data, &revoke, "unw_0000\n").refused(5),
        "error: nobody has this token: nothing to withdraw\n"
    );

    let list = exchange(&data, &["admin", "partner", "list"]);
    assert_eq!(list.ok(), "example-lab\tvendor\texample-lab\tfull\n");
}

#[test]
fn what_is_mistyped_is_refused_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    exchange(data, &["admin", "partner", "add", "example-lab", "--category", "vendor"]).ok();
    let check = |words: &[&str], code: i32, expected: &str| {
        assert_eq!(exchange(data, words).refused(code), expected);
    };
    check(
        &["admin", "token", "create", "--partner", "exmple-lab", "--role", "reader"],
        5,
        "error: no partner exmple-lab: did you mean `example-lab`?; add it with `admin partner add \
         exmple-lab --category C`\n",
    );
    check(&["export", "host"], 5, "error: unknown format \"host\": did you mean `hosts`?\n");
    check(
        &["export", "release"],
        5,
        "error: no release has been published yet: `admin release publish` makes one\n",
    );
    check(
        &["admin", "release", "publish"],
        5,
        "error: nothing to publish: no family has a verdict or stands in an imported list; import \
         a list or give opinions first\n",
    );
    check(&["import", "community", "/nowhere"], 5, "error: no folder /nowhere\n");
    let role = ["admin", "token", "create", "--partner", "example-lab", "--role", "boss"];
    let usage = exchange(data, &role).refused(2);
    assert!(usage.contains("unknown role \"boss\": expected one of org_admin, analyst"), "{usage}");
}

#[test]
fn a_misspelt_folder_is_not_created_by_reading_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("dtaa");
    let refused = exchange(&data, &["export", "hosts"]).refused(5);
    assert!(refused.starts_with("error: no data folder "), "{refused}");
    assert!(!data.exists());
}

#[test]
fn the_configuration_is_read_from_file_and_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("exchange.toml");
    fs::write(&file, "[analysis]\ntimeout = 3\n").unwrap();
    let config = file.to_str().unwrap();
    let refused =
        exchange(folder.path(), &["admin", "partner", "list", "--config", config]).refused(4);
    let expected = format!(
        "error: read the configuration: unknown key `analysis.timeout` in {config}: did you mean \
         `timeout_s`?\n"
    );
    assert_eq!(refused, expected);
    let mut command = super::command(folder.path(), &["admin", "partner", "list"]);
    command.env("UNWATCHED_SERVER__LISTN", "127.0.0.1:0");
    let refused = unwatched_testkit::programs::run(&mut command, "").refused(4);
    assert!(refused.contains("did you mean `listen`?"), "{refused}");
}

#[test]
fn a_list_goes_in_and_every_file_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    let community = community_data();
    exchange(&data, &["import", "community", community.to_str().unwrap()]).ok();
    exchange(&data, &["admin", "release", "publish"]).ok();
    let names = [
        "hosts",
        "hosts_full",
        "network.csv",
        "quad9_blocklist.txt",
        "ioc.yaml",
        "watchware.yaml",
        "samples.csv",
        "stalkerware-strict.stix2",
        "stalkerware.stix2",
        "release",
    ];
    for name in names {
        exchange(&data, &["export", name, "--out", out.to_str().unwrap()]).ok();
    }
    let mut written: Vec<_> =
        fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name()).collect();
    written.sort();
    let mut expected = [&names[..9], &["NOTICE", "bundle"]].concat();
    expected.sort_unstable();
    assert_eq!(written, expected);
    let to_stdout = exchange(&data, &["export", "hosts"]).ok();
    assert_eq!(to_stdout, fs::read_to_string(out.join("hosts")).unwrap());
}

#[test]
fn a_verdict_is_recomputed_offline_from_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let server = crate::rig::Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    for partner in [&lab, &shelter] {
        partner.say(&family, "holds", &["tracks", "offered_to_individuals", "hides_itself"]);
    }
    let verdict = lab.get(&format!("{family}/verdict")).expect(200).body;
    let opinions = lab.get(&format!("{family}/opinions")).expect(200).json();
    let lines = opinions["opinions"].as_array().unwrap().iter();
    let lines: Vec<_> = lines.map(ToString::to_string).collect();
    let lines = lines.join("\n") + "\n";
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let verdict_file = file("verdict.json", &verdict);
    let line_file = file("opinions.jsonl", lines.as_bytes());
    let listed_file = file("opinions.json", opinions.to_string().as_bytes());
    let data = folder.path().join("no-data-needed");
    for opinions in [&line_file, &listed_file] {
        let same = exchange(&data, &["verdict", "recompute", &verdict_file, opinions]);
        assert_eq!(same.stderr, "the same: class stalkerware, every field equal\n");
        let printed: serde_json::Value = serde_json::from_str(&same.ok()).unwrap();
        assert_eq!(printed, serde_json::from_slice::<serde_json::Value>(&verdict).unwrap());
    }
    assert!(!data.exists());

    let text = String::from_utf8(verdict).unwrap();
    let forged = file("forged.json", text.replace("stalkerware", "watchware").as_bytes());
    let differs = exchange(&data, &["verdict", "recompute", &forged, &line_file]).refused(6);
    assert!(differs.contains("class: given watchware, computed stalkerware"), "{differs}");
    let changed = file("changed.jsonl", lines.replacen("made-up", "other", 1).as_bytes());
    let differs = exchange(&data, &["verdict", "recompute", &verdict_file, &changed]).refused(6);
    assert!(differs.contains("opinions_sha256: given"), "{differs}");
    let nothing = exchange(&data, &["verdict", "recompute", &line_file]).refused(5);
    assert!(nothing.contains("no file holds a verdict"), "{nothing}");
}
