//! `docs/reference/`: the pages that are generated are what the program says now.

use clap::{Command, CommandFactory as _};
use std::fmt::Write as _;
use unwatched_exchange::cli::Cli;
use unwatched_exchange::cli::exit::Exit;
use unwatched_exchange::config::{Config, KEYS};
use unwatched_exchange::http::api::openapi;

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
