//! The interface against its own description: schemathesis makes requests of every kind from
//! `docs/reference/openapi.json`, and every answer must be one that the description has. Nothing
//! may end as a failure of the server.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use unwatched_testkit::exchange::Operator;

use crate::cargo::run_aside;
use crate::{clients, house};

/// What is held of each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_schema_conformance,response_headers_conformance";

/// What is not asked: a stream that does not end by itself, what the tool cannot write, and what
/// would take the tool's own key away.
const LEFT_OUT: [&str; 2] = ["values_add", "keys_withdraw"];

/// Nobody waits in a test.
const SETTINGS: &str = "[parameters]\n\"query.wait\" = 0\n";

/// Asks for so many seconds.
pub(crate) fn guard(seconds: u32) -> Result<()> {
    let tool = clients::python()?.with_file_name("schemathesis");
    let folder = tempfile::tempdir().context("make a folder")?;
    let settings = folder.path().join("schemathesis.toml");
    fs::write(&settings, SETTINGS).context("write the tool's settings")?;
    let operator = Operator::new(&folder.path().join("data"));
    let key = operator.join("example-lab", "vendor", "coordinator");
    let server = operator.serve_without_worker();
    let mut asks = Command::new(tool);
    asks.current_dir(folder.path()).arg("--config-file").arg(settings).arg("run");
    asks.arg(house::root().join("docs/reference/openapi.json"));
    asks.args(["--url", &format!("{}/api/v1", server.base())]);
    asks.args(["--header", &format!("Authorization: Bearer {}", key.trim())]);
    asks.args(["--phases", "coverage,fuzzing", "--checks", CHECKS, "--seed", "7"]);
    asks.args(["--max-time", &seconds.to_string(), "--max-examples", "10", "--no-shrink"]);
    asks.args(["--continue-on-failure", "--no-color", "--warnings", "off"]);
    asks.args(["--exclude-path-regex", "/events$"]);
    for operation in LEFT_OUT {
        asks.args(["--exclude-operation-id", operation]);
    }
    run_aside(&mut asks)
}
