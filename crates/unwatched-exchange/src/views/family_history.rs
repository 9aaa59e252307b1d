//! What happened to a family, newest first: opinions with what they replaced, verdicts with what
//! changed, questions that were put.

use jiff::Timestamp;
use unwatched_model::changes;
use unwatched_model::opinion::Opinion;
use unwatched_model::verdict::Verdict;
use unwatched_store::{FamilyRow, Question};

use crate::views::history::HistoryLine;
use crate::views::words;

/// The lines of a family's history. `opinions` are those that the reader may read.
pub(crate) fn of(
    row: &FamilyRow,
    opinions: &[Opinion],
    verdicts: &[(Timestamp, Verdict)],
    questions: &[Question],
    reads_opinions: bool,
) -> Vec<HistoryLine> {
    let created = HistoryLine::new(row.added_at, "", "The family came in");
    let mut lines = vec![(row.added_at, created)];
    lines.extend(opinions.iter().map(|opinion| (opinion.given_at, given(opinion, opinions))));
    lines.extend(verdict_lines(verdicts, reads_opinions));
    if reads_opinions {
        lines.extend(questions.iter().map(|question| (question.asked_at, asked(question))));
    }
    lines.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    lines.into_iter().map(|(_, line)| line).collect()
}

fn given(opinion: &Opinion, all: &[Opinion]) -> HistoryLine {
    let what = format!("Opinion: {}", opinion.criterion.wording().title);
    let earlier = all
        .iter()
        .filter(|other| {
            (&other.partner, other.criterion) == (&opinion.partner, opinion.criterion)
                && (other.given_at, other.id) < (opinion.given_at, opinion.id)
        })
        .max_by_key(|other| (other.given_at, other.id));
    let before = earlier.map_or("", |earlier| words::stance(earlier.stance));
    HistoryLine::new(opinion.given_at, opinion.partner.as_str(), what)
        .changed(before, words::stance(opinion.stance))
        .at(format!("#opinion-{}", opinion.id))
}

fn verdict_lines(
    verdicts: &[(Timestamp, Verdict)],
    reads_opinions: bool,
) -> Vec<(Timestamp, HistoryLine)> {
    let first = verdicts.first().map(|(at, verdict)| {
        let class = words::class(verdict.class);
        (*at, HistoryLine::new(*at, "", "The first verdict").changed("", class))
    });
    let later = verdicts.windows(2).flat_map(|pair| {
        let [(_, before), (at, after)] = pair else { return Vec::new() };
        let told = changes::between(before, after).into_iter().filter(|change| {
            // A class says what its criteria do not; the count of opinions says nothing more.
            change.of != "opinions" && (reads_opinions || change.of != "voter")
        });
        let line = |change: changes::Change| {
            let what = match change.which {
                Some(which) => format!("Verdict, {} {which}", words::plain(change.of)),
                None => format!("Verdict, {}", words::plain(change.of)),
            };
            (*at, HistoryLine::new(*at, "", what).changed(&change.before, &change.after))
        };
        told.map(line).collect()
    });
    first.into_iter().chain(later).collect()
}

fn asked(question: &Question) -> HistoryLine {
    let by = question.asked_by.as_ref().map_or("the exchange", |partner| partner.as_str());
    let state = match (question.answered_at, question.closed_at) {
        (Some(at), _) => format!("answered on {}", at.strftime("%Y-%m-%d")),
        (None, Some(_)) => "settled without its answer".to_owned(),
        (None, None) => "not answered yet".to_owned(),
    };
    let title = &question.criterion.wording().title;
    let what = format!("Asked {} about: {title}; {state}", question.partner);
    HistoryLine::new(question.asked_at, by, what)
}
