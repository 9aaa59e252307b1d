//! `samples.csv`, read and written. Rows are kept as they stand, whatever their cells hold.

use super::dataset::{Problem, SampleRow};
use super::read::{NotCommunityFiles, Parsed, text_of};

pub(super) const FILE_NAME: &str = "samples.csv";
const HEADER: [&str; 5] = ["SHA256", "Package Name", "Certificate", "Version", "App"];

pub(super) fn read(bytes: &[u8], parsed: &mut Parsed) -> Result<(), NotCommunityFiles> {
    let text = text_of(FILE_NAME, bytes)?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = records.next().and_then(Result::ok).unwrap_or_default();
    if !header.iter().eq(HEADER) {
        let found: Vec<_> = header.iter().map(shortened).collect();
        let why = format!("expected the columns {}, found {}", HEADER.join(","), found.join(","));
        return Err(NotCommunityFiles { file: FILE_NAME, why });
    }
    for record in records {
        // The bytes are UTF-8 and the rows may have any length: nothing else can go wrong.
        let Ok(record) = record else {
            parsed.complete = false;
            break;
        };
        let line = Some(parsed.dataset.samples.len() as u64 + 2);
        let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let row = SampleRow {
            sha256: cell(0),
            package: cell(1),
            certificate: cell(2),
            version: cell(3),
            app: cell(4),
        };
        if record.len() != HEADER.len() {
            let what = match record.len() {
                found @ 0..5 => format!("expected 5 columns, found {found}: the rest is empty"),
                found => format!("expected 5 columns, found {found}: the last are left out"),
            };
            let entry = Some(row.app.clone()).filter(|app| !app.is_empty());
            parsed.problems.push(Problem { file: FILE_NAME, entry, line, what });
        }
        parsed.dataset.samples.push(row);
    }
    Ok(())
}

fn shortened(cell: &str) -> String {
    cell.chars().take(40).collect()
}

/// The file, with CRLF after every row.
pub(super) fn write(rows: &[SampleRow]) -> Vec<u8> {
    let mut writer = csv_writer();
    record(&mut writer, &HEADER);
    for row in rows {
        let cells = [&row.sha256, &row.package, &row.certificate, &row.version, &row.app];
        record(&mut writer, &cells.map(String::as_str));
    }
    finished(writer)
}

pub(super) fn csv_writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new())
}

pub(super) fn record(writer: &mut csv::Writer<Vec<u8>>, cells: &[&str]) {
    writer.write_record(cells).expect("rows of one length go into memory");
}

pub(super) fn finished(writer: csv::Writer<Vec<u8>>) -> Vec<u8> {
    writer.into_inner().expect("memory takes every byte")
}
