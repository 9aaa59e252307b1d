//! The references in `docs/reference/` that are written from the code.

use std::fmt::Write as _;
use std::path::Path;

use clap::CommandFactory as _;
use unwatched::cli::Arguments;
use unwatched::exit::Exit;

use crate::desk::expect_file;

#[track_caller]
fn expect_reference(name: &str, actual: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    expect_file(&folder.join(name), actual);
}

#[test]
fn exit_codes() {
    expect_reference("exit-codes.md", &Exit::table());
}

#[test]
fn command_line() {
    let mut root = Arguments::command().term_width(98);
    root.build();
    let mut page = String::from(
        "# The command line of `unwatched`\n\n\
         Generated from `crates/unwatched/src/cli.rs`. Exit codes: [exit-codes.md](exit-codes.md).\n",
    );
    let _ = write!(page, "\n```text\n{}```\n", root.render_long_help());
    for command in root.get_subcommands_mut().filter(|command| command.get_name() != "help") {
        let name = command.get_name().to_owned();
        let help = command.clone().term_width(98).render_long_help();
        let _ = write!(page, "\n## `unwatched {name}`\n\n```text\n{help}```\n");
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            let help = below.clone().term_width(98).render_long_help();
            let below = below.get_name();
            let _ = write!(page, "\n### `unwatched {name} {below}`\n\n```text\n{help}```\n");
        }
    }
    expect_reference("cli-unwatched.md", &page);
}
