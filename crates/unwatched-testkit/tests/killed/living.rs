//! Servers and workers that are killed while partners are at work with them.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use unwatched_testkit::Client;
use unwatched_testkit::exchange::{Operator, Worker};

use crate::Partner;
use crate::database::Database;
use crate::deeds::{Answer, Deed, deeds};

const CLIENTS: usize = 4;
/// A life ends after so many deeds were begun, and a moment.
const MOST_DEEDS: usize = 40;
const MOST_MICROS: u64 = 20_000;

/// A deed, by whom, and whether its answer came.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) deed: Deed,
    pub(crate) by: usize,
    pub(crate) acknowledged: bool,
}

/// What there is to do, and what was done.
struct Book {
    todo: Mutex<Vec<Deed>>,
    done: Mutex<Vec<Done>>,
}

/// Starts processes and kills them until everything was done. What was put in and not
/// acknowledged is put in again, as partners do; an opinion is said once.
pub(crate) fn live_and_die(
    operator: &Operator,
    partners: &[Partner; 2],
    families: &[String],
    random: &mut StdRng,
    database: &Database,
) -> Vec<Done> {
    let book = Book { todo: Mutex::new(deeds(random)), done: Mutex::default() };
    let mut workers: Vec<Worker> = Vec::new();
    let mut lives = 0;
    while !book.todo.lock().unwrap().is_empty() {
        lives += 1;
        let apart = random.random_bool(0.5);
        let server = if apart { operator.serve_without_worker() } else { operator.serve() };
        while apart && workers.len() < 2 {
            workers.push(operator.work());
        }
        let count = random.random_range(1..=MOST_DEEDS);
        let moment = Duration::from_micros(random.random_range(0..MOST_MICROS));
        let victim = random.random_range(0..3);
        let clients = partners.each_ref().map(|partner| server.client().with_token(&partner.token));
        let (begin, begins) = channel();
        thread::scope(|scope| {
            for number in 0..CLIENTS {
                let by = number % clients.len();
                let (client, cookie) = (&clients[by], &partners[by].cookie);
                let (begin, book) = (begin.clone(), &book);
                scope.spawn(move || act(client, cookie, by, families, book, &begin));
            }
            drop(begin);
            let _ = begins.iter().take(count).count();
            let _ = begins.recv_timeout(moment);
            match victim {
                0 => drop(workers.pop()),
                1 => workers.clear(),
                _ if lives % 4 == 0 => database.cut_off(),
                _ => {}
            }
            server.kill();
        });
    }
    let done = book.done.into_inner().unwrap();
    let unsure = done.iter().filter(|done| !done.acknowledged).count();
    eprintln!("{lives} lives, {} deeds of which {unsure} were not acknowledged", done.len());
    assert!(lives >= 20 && unsure > 20, "what is killed must be at work");
    done
}

/// Does one thing after the other until the server is gone.
fn act(
    client: &Client,
    cookie: &str,
    by: usize,
    families: &[String],
    book: &Book,
    begin: &Sender<()>,
) {
    loop {
        let Some(deed) = book.todo.lock().unwrap().pop() else { return };
        let _ = begin.send(());
        let answer = deed.ask(client, cookie, families);
        let acknowledged = answer == Answer::Acknowledged;
        if !acknowledged && !deed.uploads().is_empty() {
            book.todo.lock().unwrap().push(deed.clone());
        }
        book.done.lock().unwrap().push(Done { deed, by, acknowledged });
        if answer == Answer::None {
            return;
        }
    }
}
