//! The field's own clients against a running server: taxii2-client, stix2, stix2-validator, and MVT
//! reading the dialect made for it. `cargo xtask test` installs them and says where they are.

use std::process::Command;

use tempfile::TempDir;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::notices::left_out;

use super::Taken;

/// A Python that has them.
const PYTHON: &str = "UNWATCHED_TEST_CLIENTS_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exchange/taxii/clients.py");

pub(super) fn python(words: &[&str]) {
    let Ok(python) = std::env::var(PYTHON) else {
        left_out(&format!("TAXII's and STIX's own clients ({PYTHON} is not set)"));
        return;
    };
    let done = Command::new(python).arg(SCRIPT).args(words).output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn taxii2_client_reads_adds_and_deletes() {
    let taken = Taken::start();
    python(&["taxii", taken.server.base(), "made-up", "a password"]);
}

#[test]
fn the_released_bundles_are_read_by_the_field_s_own_readers() {
    let folder = TempDir::new().unwrap();
    let operator = Operator::new(&folder.path().join("data"));
    let data = unwatched_testkit::community_data();
    let fixture = data.to_str().unwrap();
    operator.run(&["import", "community", fixture]).ok();
    for (name, word) in [("stalkerware-strict.stix2", "strict"), ("stalkerware.stix2", "mvt")] {
        let file = folder.path().join(name);
        let text = operator.run(&["export", name]).ok();
        std::fs::write(&file, text).unwrap();
        python(&[word, file.to_str().unwrap()]);
    }
}
