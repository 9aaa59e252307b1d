//! `docs/reference/check-json.md`: the form of `check --json`, with an example that this test
//! makes. `UPDATE_EXPECT=1` writes it.

use std::fs;
use std::path::Path;

use unwatched_fixtures::phone::{App, ordinary, unlisted_watcher};
use unwatched_model::class::Class;
use unwatched_model::indicator::IndicatorKind::{CertificateSha1, Package};

use super::{check_android_qf, set};

const SHA1: &str = "0123456789abcdef0123456789abcdef01234567";

const ABOUT: &str = "# `check --json`

Written by a test of `unwatched-acquire`; change it there. One object:

| field | what |
|---|---|
| `tool` | `name`, `version` |
| `indicators` | `sequence`, `published`, `age_days` (below 0: the clock is wrong, or the release), `count` of distinct values; `null` without any |
| `device` | `platform`, `os_version`, `model`; never a serial number or the like |
| `checks[]` | `id`, `outcome` (`found`, `not_found`, `could_not_check`), `why`. Every check, always |
| `background_count` | apps on the phone of which too little was seen, or whose name is too private: counted, never named |
| `findings[]` | one per app or setting, the strongest first |
| `recalls[]` | what on the phone an earlier release listed by mistake: `kind`, `value`, `family`, `family_name`, `recalled`, `why`, `present` (`false`: it was there and left traces); all but `kind`, `recalled` and `present` are `null` where the app's name protects whoever carries the phone. No finding, and nothing that speaks for the app |
| `changes` | with `--compare` only: what differs from the earlier acquisition, see below |

A finding:

| field | what |
|---|---|
| `id` | the same for the same evidence |
| `kind` | `installed`, `was_installed`, `visited_or_contacted`, `dual_use`, `access` |
| `subject` | an object with one key: `package`, `setting`, `profile` or `domain` |
| `family`, `family_name` | the best match: the strongest identity, ties by name; else `null` |
| `other_families[]` | the others that matched |
| `class` | `stalkerware`, `watchware`, `dual_use`, `disputed`, or `null` |
| `band` | `known`, `strong_signs`, `needs_expert_look`, `notable`; `null` for `access` and settings, but for an app that stays unnamed (`profile` `unnamed_app:1`) |
| `score` | points; `null` where only an identity or a setting speaks |
| `signals[]` | `rule` (see findings.md), `weight`, `fact`, `source`, `why`, `innocent` |
| `identity` | `by` (`package_and_certificate`, `certificate`, `hash`, `package_name`, `domain`), `role` (`c2`, `website`, `distribution`, `app`, `sample`); or `null` |

`known` says who it is, not how bad. `certificate` in the band `needs_expert_look` means that the
certificate was not verified, or that only a name written in it matched.

With `--compare`, `changes` holds `earlier_device`, `background_count_before`, `checks[]` that ended
differently (`id`, `before`, `after`), and three lists of findings: `appeared` (of the later one
only), `gone` (of the earlier one only) and `changed`. Each has `id`, `subject`, `band_before`,
`band_after`, `new_facts[]`, `gone_facts[]`, and `comparable`: whether the acquisition that lacks it
could have shown it. Where it is `false`, nobody can say that something is new or gone.

## An example: a made-up phone

";

fn page() -> String {
    let set = set(&[(
        "Watch Alpha",
        Class::Stalkerware,
        &[(Package, "com.watch.alpha"), (CertificateSha1, SHA1)],
    )]);
    let phone = ordinary()
        .global_setting("package_verifier_user_consent", "-1")
        .app(App::new("com.watch.alpha").certificate_sha1(SHA1))
        .app(unlisted_watcher("com.quiet.omega"));
    let result = check_android_qf(&phone, Some(&set));
    format!("{ABOUT}```json\n{}\n```\n", serde_json::to_string_pretty(&result).unwrap())
}

#[test]
fn the_page_shows_what_a_check_gives() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/check-json.md");
    let page = page();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "run with UPDATE_EXPECT=1 and look:\n{page}");
}
