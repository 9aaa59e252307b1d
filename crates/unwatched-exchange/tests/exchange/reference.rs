//! `docs/reference/`: the pages that are generated are what the program says now.

use clap::{Command, CommandFactory as _};
use std::fmt::Write as _;
use unwatched_exchange::audit_log;
use unwatched_exchange::cli::Cli;
use unwatched_exchange::cli::exit::Exit;
use unwatched_exchange::config::{Config, KEYS};
use unwatched_exchange::http::api::openapi;
use unwatched_exchange::jobs::retention::{self, Kept};
use unwatched_store::{AuditRow, BEFORE_THE_FIRST};

use crate::expect::{check_file, reference};

#[test]
fn the_command_line() {
    let mut text = "# The command line of `unwatched-exchange`\n\nGenerated from \
        `crates/unwatched-exchange/src/cli/`. Exit codes: \
        [exit-codes-exchange.md](exit-codes-exchange.md). Configuration: \
        [configuration.md](configuration.md).\n"
        .to_owned();
    let mut command = Cli::command().term_width(100);
    command.build();
    describe(&mut command, &mut text);
    check_file(&reference("cli-exchange.md"), &text);
}

fn describe(command: &mut Command, text: &mut String) {
    let name = command.get_bin_name().unwrap_or("unwatched-exchange").to_owned();
    let help = command.render_long_help().to_string();
    let help: Vec<_> = help.trim_end().lines().map(str::trim_end).collect();
    write!(text, "\n## `{name}`\n\n```text\n{}\n```\n", help.join("\n")).unwrap();
    for inner in command.get_subcommands_mut() {
        if !inner.is_hide_set() && inner.get_name() != "help" {
            describe(inner, text);
        }
    }
}

#[test]
fn the_exit_codes() {
    let mut text = "# Exit codes of `unwatched-exchange`\n\nGenerated from \
        `crates/unwatched-exchange/src/cli/exit.rs`. A code never changes its meaning.\n\n\
        | code | meaning |\n|---|---|\n"
        .to_owned();
    for (exit, meaning) in Exit::TABLE {
        writeln!(text, "| {} | {meaning} |", exit.code()).unwrap();
    }
    check_file(&reference("exit-codes-exchange.md"), &text);
}

#[test]
fn the_configuration() {
    let mut text = "# The configuration of `unwatched-exchange`\n\nGenerated from \
        `crates/unwatched-exchange/src/config.rs`. A TOML file given by `--config`, then the \
        environment: `[server] listen` is `UNWATCHED_SERVER__LISTEN`. Unknown keys are refused. \
        What the command line says stands above both.\n\n\
        | key | without it | meaning |\n|---|---|---|\n"
        .to_owned();
    for key in KEYS {
        writeln!(text, "| `{}` | {} | {} |", key.name, key.default, key.meaning).unwrap();
    }
    text += "\n`[retention]` holds days by kind of data, as in `sessions = 7`: the kinds are in \
        [retention.md](retention.md), and one that is not there is refused.\n";
    text += "\nOutside of it: `RUST_LOG` sets what is logged on stderr (`info` without it), and \
        `UNWATCHED_LOG=json` makes each line of the log one JSON object.\n";
    check_file(&reference("configuration.md"), &text);
}

#[test]
fn every_key_of_the_configuration_is_described() {
    let config = serde_json::to_value(Config::default()).unwrap();
    let mut known: Vec<_> = config
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(section, keys)| {
            keys.as_object().unwrap().keys().map(move |key| format!("{section}.{key}"))
        })
        .collect();
    known.sort();
    let mut described: Vec<_> = KEYS.iter().map(|key| key.name.to_owned()).collect();
    described.sort();
    assert_eq!(described, known);
}

#[test]
fn the_interface() {
    check_file(&reference("openapi.json"), openapi::document());
}

#[test]
fn how_long_things_are_kept() {
    let mut text =
        "# How long things are kept\n\nGenerated from `catalogue/retention.toml`. The job \
        `retention` enforces it every six hours, and the audit log says how much of what went. \
        `[retention] KIND = DAYS` in the configuration changes the days of a kind; 0 keeps it for \
        good.\n\n| kind | what | days | from | why so long | what is left |\n\
        |---|---|---|---|---|---|\n"
            .to_owned();
    for kind in retention::catalogue() {
        let days = if kind.days == 0 { "for good".to_owned() } else { kind.days.to_string() };
        let Kept { id, what, from, why, left, .. } = kind;
        writeln!(text, "| `{id}` | {what} | {days} | {from} | {why} | {left} |").unwrap();
    }
    check_file(&reference("retention.md"), &text);
}

#[test]
fn the_worked_example_of_the_audit_log() {
    let mut line = AuditRow {
        seq: 1,
        at: 1_767_225_600_000_000,
        partner: Some("example-lab".to_owned()),
        user_id: Some(7),
        via: "person".to_owned(),
        action: "family.create".to_owned(),
        object_kind: "family".to_owned(),
        object_id: "watch-alpha".to_owned(),
        detail: "{}".to_owned(),
        previous: BEFORE_THE_FIRST.to_owned(),
        sha256: String::new(),
    };
    line.sha256 = line.digest();
    let mut exported = Vec::new();
    audit_log::write_line(&mut exported, &line).unwrap();
    let exported = String::from_utf8(exported).unwrap();
    let page = std::fs::read_to_string(reference("audit.md")).unwrap();
    let example = format!("```text\n{}\n{}\n```\n", line.canonical(), line.sha256);
    assert!(page.contains(&example), "the page does not hold\n{example}");
    assert!(page.contains(&format!("```text\n{exported}```\n")), "nor\n{exported}");
}
