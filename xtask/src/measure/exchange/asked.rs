//! What a partner's program asks most: whether a hash is known, and to take a sample.

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};

use super::server::Server;

const LOOKUPS: u32 = 5_000;
const UPLOADS: u32 = 500;
const UPLOAD_BYTES: usize = 64 * 1024;

/// Some samples' hashes.
pub(super) fn known(server: &Server) -> Result<Vec<String>> {
    let list = server.client().get("/api/v1/samples", &server.bearer())?.expect(200)?;
    let list: serde_json::Value = serde_json::from_slice(&list.body)?;
    let samples = list["samples"].as_array().context("a list of samples")?;
    Ok(samples.iter().filter_map(|sample| Some(sample["sha256"].as_str()?.to_owned())).collect())
}

/// Microseconds of CPU for one query by hash: known ones and unknown ones in turn.
pub(super) fn by_hash(server: &Server, known: &[String]) -> Result<i64> {
    let (mut client, bearer) = (server.client(), server.bearer());
    let mut ask = |number: u32| -> Result<()> {
        let digest = unwatched_model::digest::Sha256(Sha256::digest(number.to_le_bytes()).into());
        let unknown = digest.to_string();
        let (sha256, status) = match known.get(number as usize / 2 % known.len().max(1)) {
            Some(known) if number.is_multiple_of(2) => (known, 200),
            _ => (&unknown, 404),
        };
        client.get(&format!("/api/v1/samples/{sha256}"), &bearer)?.expect(status)?;
        Ok(())
    };
    (0..200).try_for_each(&mut ask)?;
    let before = server.cpu_ms()?;
    (0..LOOKUPS).try_for_each(&mut ask)?;
    Ok((server.cpu_ms()? - before) * 1000 / i64::from(LOOKUPS))
}

/// Microseconds of CPU for one upload of a file that nobody has put in.
pub(super) fn upload(server: &Server) -> Result<i64> {
    let (mut client, bearer) = (server.client(), server.bearer());
    let mut body = vec![0; UPLOAD_BYTES];
    let mut upload = |number: u32| -> Result<()> {
        for (position, chunk) in body.chunks_mut(32).enumerate() {
            let block = Sha256::digest(format!("{number} {position}"));
            chunk.copy_from_slice(&block);
        }
        client.ask("POST", "/api/v1/samples", &bearer, &body)?.expect(202)?;
        Ok(())
    };
    (0..20).try_for_each(&mut upload)?;
    let before = server.cpu_ms()?;
    (20..20 + UPLOADS).try_for_each(&mut upload)?;
    Ok((server.cpu_ms()? - before) * 1000 / i64::from(UPLOADS))
}
