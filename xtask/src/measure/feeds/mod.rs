//! The TAXII server: what a page, a batch that is added and a full copy cost the server's process,
//! with collections of the community's size and of a million objects, on both engines; and what
//! they cost the field's own servers in the same run.

mod content;
mod ours;
mod peers;
mod served;

use anyhow::Result;
use unwatched_testkit::postgres::{TemporaryPostgres, available};

use super::Arguments;
use super::release::Programs;
use super::table::Table;
use ours::Rows;

/// As many objects as the community's data makes.
const COMMUNITY: usize = 12_143;
const MANY: usize = 1_000_000;
const PAGE: usize = 100;

pub(super) fn measure(arguments: &Arguments) -> Result<Table> {
    let programs = Programs::of(arguments.programs.as_deref())?;
    let sizes = [COMMUNITY, arguments.samples.unwrap_or(MANY)];
    let mut table = Table::new();
    for objects in sizes {
        ours::measure(&programs, &Rows { postgres: None }, objects, &mut table)?;
    }
    match available() {
        Ok(()) => {
            let server = TemporaryPostgres::start()?;
            for objects in sizes {
                let name = format!("measured_{objects}");
                server.create_database(&name)?;
                let rows = Rows { postgres: Some((&server, name.clone())) };
                ours::measure(&programs, &rows, objects, &mut table)?;
                server.drop_database(&name)?;
            }
        }
        Err(why) => table.row("on PostgreSQL", why, ""),
    }
    if !arguments.without_peers {
        peers::measure(&mut table);
    }
    Ok(table)
}

/// Thousandths of a millisecond as milliseconds.
fn millis(us: i64) -> String {
    format!("{}.{:03} ms", us / 1000, us % 1000)
}
