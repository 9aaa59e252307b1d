//! What partners do, and how it is asked of the exchange.

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use unwatched_fixtures::apk::gallery;
use unwatched_testkit::Client;

pub(crate) const UPLOADS: usize = 500;
/// Of these so many come many at once.
const BATCHES: usize = 15;
const BATCH: usize = 8;
const OPINIONS: usize = 240;
pub(crate) const FAMILIES: usize = 6;
const CRITERIA: [&str; 3] = ["tracks", "hides_itself", "offered_to_individuals"];

/// Something a partner does, told apart from all else by its number.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    Upload(Vec<u8>),
    /// One form with many files.
    Batch(Vec<Vec<u8>>),
    Opinion {
        family: usize,
        criterion: &'static str,
        note: String,
    },
}

/// What became of a deed, as far as whoever did it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Acknowledged,
    /// The database was gone; the server is still there.
    Failed,
    /// Nobody answered.
    None,
}

/// Uploads and opinions, shuffled. Now and then a real app; else bytes of no format, which are
/// analysed as well.
pub(crate) fn deeds(random: &mut StdRng) -> Vec<Deed> {
    let mut samples: Vec<_> = gallery::all(5).into_iter().map(|app| app.bytes()).collect();
    for number in samples.len()..UPLOADS {
        let mut bytes = format!("made-up sample {number}\n").into_bytes();
        bytes.resize(random.random_range(40..60_000), u8::try_from(number % 251).unwrap());
        samples.push(bytes);
    }
    let batches: Vec<_> = samples.drain(UPLOADS - BATCHES * BATCH..).collect();
    let batches = batches.chunks(BATCH).map(|files| Deed::Batch(files.to_vec()));
    let mut deeds: Vec<_> = batches.chain(samples.into_iter().map(Deed::Upload)).collect();
    for number in 0..OPINIONS {
        let criterion = CRITERIA[number / FAMILIES % CRITERIA.len()];
        let note = format!("seen in test {number}");
        deeds.push(Deed::Opinion { family: number % FAMILIES, criterion, note });
    }
    for last in (1..deeds.len()).rev() {
        deeds.swap(last, random.random_range(0..=last));
    }
    deeds
}

impl Deed {
    /// Asks for it.
    pub(crate) fn ask(&self, client: &Client, cookie: &str, families: &[String]) -> Answer {
        match self {
            Self::Upload(bytes) => {
                let answer = client.try_post("/api/v1/samples", "application/octet-stream", bytes);
                of(answer.map(|answer| (answer.status, answer.text())))
            }
            Self::Batch(files) => ask_many(client, cookie, files),
            Self::Opinion { family, criterion, note } => {
                let path = format!("/api/v1/families/{}/opinions", families[*family]);
                let opinion = opinion(criterion, note).to_string();
                let answer = client.try_post(&path, "application/json", opinion.as_bytes());
                of(answer.map(|answer| (answer.status, answer.text())))
            }
        }
    }

    /// The bytes that it puts in.
    pub(crate) fn uploads(&self) -> &[Vec<u8>] {
        match self {
            Self::Upload(bytes) => std::slice::from_ref(bytes),
            Self::Batch(files) => files,
            Self::Opinion { .. } => &[],
        }
    }
}

fn of(answer: Option<(u16, String)>) -> Answer {
    match answer {
        None => Answer::None,
        Some((200..=202, _)) => Answer::Acknowledged,
        // A database that was cut off costs its answer, and no more.
        Some((500.., _)) => Answer::Failed,
        Some((status, text)) => panic!("{status}: {text}"),
    }
}

/// As the script of the portal's page does; but all in one form.
fn ask_many(client: &Client, cookie: &str, files: &[Vec<u8>]) -> Answer {
    let mut form = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{number}.apk\"\
             \r\n\r\n"
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(file);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(b"--edge--\r\n");
    let headers = [
        ("content-type", "multipart/form-data; boundary=edge"),
        ("accept", "application/json"),
        ("sec-fetch-site", "same-origin"),
        ("cookie", cookie),
    ];
    let answer = client.try_post_with("/portal/samples", &headers, &form);
    if let Some(answer) = answer.as_ref().filter(|answer| answer.status == 200) {
        let results = answer.json()["results"].clone();
        let taken = results.as_array().unwrap().iter().filter(|file| file["href"].is_string());
        assert_eq!(taken.count(), files.len(), "{results:#}");
    }
    of(answer.map(|answer| (answer.status, answer.text())))
}

fn opinion(criterion: &str, note: &str) -> Value {
    json!({
        "criterion": criterion,
        "stance": "holds",
        "evidence": [{"kind": "note", "value": note}],
        "scope": {"platform": "android"},
        "note": note
    })
}
