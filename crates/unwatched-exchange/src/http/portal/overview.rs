//! The first page after sign-in: what needs this person.

use axum::extract::State;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use unwatched_model::access::Action;
use unwatched_store::{Recall, SampleFilter, SampleState};

use super::queue::COUNTED_UP_TO;
use super::samples::suggested;
use super::search::saved;
use super::visitor::Visitor;
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::overview::{
    FIRST, NeedBox, OverviewPage, QueueHead, dispute, expiring, failed, held_value, news, question,
    silent, work,
};
use crate::views::queue::{QueueLine, counted};
use crate::views::releases::ReleaseLine;
use crate::views::samples::SampleLine;

const LATEST: u32 = 6;
const HEAD_OF_QUEUE: u32 = 5;
const NEWS: u32 = 8;
/// A box counts up to so many.
const BOUND: u32 = 20;
/// How far "since you were last here" goes back at most, and when it is not known.
const AWAY_AT_MOST: SignedDuration = SignedDuration::from_hours(24 * 30);
const NOT_KNOWN: SignedDuration = SignedDuration::from_hours(24 * 7);
/// A key is told of so long before it ends.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(24 * 14);

pub(super) async fn overview(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let store = &state.store;
    let now = state.clock.now();
    let since = since(&state, &visitor, now).await?;
    let reads_samples = visitor.may(Action::ReadSamples);
    let latest = if reads_samples {
        store.samples(&visitor.viewer.visible(), None, LATEST).await?
    } else {
        Vec::new()
    };
    let releases = store.releases(NEWS).await?;
    let line = |row| ReleaseLine::of(row, now);
    let gone_out: Vec<_> = releases.iter().filter(|row| row.published > since).map(line).collect();
    let page = OverviewPage {
        frame: visitor.frame("Overview", Section::Overview),
        may_upload: visitor.may_upload(),
        boxes: boxes(&state, &visitor, now).await?,
        queue: if reads_samples { Some(head(&state, &visitor).await?) } else { None },
        latest: latest.iter().map(SampleLine::of).collect(),
        since: since.into(),
        history: news(
            store.class_changes(since, NEWS).await?,
            &gone_out,
            &recalled(&state, since).await?,
        ),
        saved: saved(&state, &visitor).await?,
        release: releases.first().map(line),
        work: if visitor.may(Action::ReadJobs) {
            work(&store.job_counts(now).await?)
        } else {
            Vec::new()
        },
    };
    visitor.page(&page)
}

/// What was recalled since, as far as it still is.
async fn recalled(state: &AppState, since: Timestamp) -> Result<Vec<Recall>, Problem> {
    let mut recalls = state.store.recalls().await?;
    recalls.retain(|recall| recall.at > since && recall.lifted_at.is_none());
    Ok(recalls)
}

/// When the person was last here, as far as that is known and not too long ago.
async fn since(state: &AppState, visitor: &Visitor, now: Timestamp) -> Result<Timestamp, Problem> {
    let before = |duration| now.checked_sub(duration).unwrap_or(now);
    let last = match visitor.viewer.user {
        Some(user) => state.store.previous_sign_in(user).await?,
        None => None,
    };
    Ok(last.unwrap_or_else(|| before(NOT_KNOWN)).max(before(AWAY_AT_MOST)))
}

async fn head(state: &AppState, visitor: &Visitor) -> Result<QueueHead, Problem> {
    let to = visitor.viewer.visible();
    let mut lines = Vec::new();
    for row in &state.store.queue(&to, None, HEAD_OF_QUEUE).await? {
        lines.push(QueueLine::of(row, suggested(state, visitor, &row.sample.sha256).await?));
    }
    let length = counted(state.store.queue_length(&to, COUNTED_UP_TO).await?);
    Ok(QueueHead { length, lines })
}

/// What needs this person, the most pressing first. What they cannot act on is left out.
async fn boxes(
    state: &AppState,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Vec<NeedBox>, Problem> {
    let mut boxes = Vec::new();
    if visitor.may(Action::GiveOpinions) {
        boxes.push(asked(state, visitor).await?);
        let disputes = state.store.disputes(BOUND + 1).await?;
        let lines = disputes.iter().map(dispute).collect();
        let empty = "No verdict is disputed and no criterion contested.";
        boxes.push(NeedBox::new("disputes", "Disputes", lines, BOUND as usize, empty));
        boxes.extend(unspoken(state, visitor).await?);
    }
    if visitor.may(Action::DecideValues) {
        boxes.push(held_values(state, visitor).await?);
    }
    if visitor.may_upload() {
        boxes.push(not_analysed(state, visitor).await?);
    }
    if visitor.may(Action::ManageKeys)
        && let Some(ending) = ending_keys(state, visitor, now).await?
    {
        boxes.push(ending);
    }
    Ok(boxes)
}

/// Questions without quorum that were put to the own partner.
async fn asked(state: &AppState, visitor: &Visitor) -> Result<NeedBox, Problem> {
    let questions = state.store.questions_for(&visitor.viewer.partner).await?;
    let mut lines = Vec::new();
    for (place, put) in questions.iter().take(BOUND as usize + 1).enumerate() {
        // Only what is shown needs its family's name.
        let family = match place {
            0..FIRST => state.store.family(&put.family).await?,
            _ => None,
        };
        lines.push(question(put, family.as_ref()));
    }
    let empty = "Nobody waits for an opinion of your partner’s.";
    Ok(NeedBox::new("asked", "Opinions asked of you", lines, BOUND as usize, empty))
}

/// Families on which others have given opinions and the own partner none; no box when there is
/// none.
async fn unspoken(state: &AppState, visitor: &Visitor) -> Result<Option<NeedBox>, Problem> {
    let partner = &visitor.viewer.partner;
    let families = state.store.families_without_opinion_of(partner, BOUND + 1).await?;
    let lines: Vec<_> = families.iter().map(silent).collect();
    let unspoken =
        NeedBox::new("unspoken", "Families you are silent on", lines, BOUND as usize, "");
    Ok((!unspoken.lines.is_empty()).then_some(unspoken))
}

/// Values that are held back until two analysts decide.
async fn held_values(state: &AppState, visitor: &Visitor) -> Result<NeedBox, Problem> {
    let rows = state.store.held_indicators(0, BOUND + 1, &visitor.viewer.visible()).await?;
    let lines = rows.iter().map(held_value).collect();
    let empty = "No value that you may see is held back.";
    let held = NeedBox::new("held", "Held values to decide on", lines, BOUND as usize, empty);
    Ok(if rows.is_empty() { held } else { held.all("/portal/held", "All of these") })
}

/// The own partner's samples whose analysis failed.
async fn not_analysed(state: &AppState, visitor: &Visitor) -> Result<NeedBox, Problem> {
    let filter =
        SampleFilter { state: Some(SampleState::Failed), own: true, ..SampleFilter::default() };
    let to = visitor.viewer.visible();
    let rows = state.store.samples_by(&to, &filter, None, BOUND + 1).await?;
    let lines = rows.iter().map(|row| failed(&SampleLine::of(row))).collect();
    let empty = "Every sample of yours that has been read has a report.";
    let failed = NeedBox::new("failed", "Yours, not analysed", lines, BOUND as usize, empty);
    Ok(failed.all("/portal/samples?state=failed&own=yes", "All of these"))
}

/// The own partner's keys that end soon; no box when none does.
async fn ending_keys(
    state: &AppState,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Option<NeedBox>, Problem> {
    let soon = now.checked_add(ENDS_SOON).unwrap_or(now);
    let keys = state.store.tokens(Some(&visitor.viewer.partner)).await?;
    let ending = keys.iter().filter(|key| {
        key.revoked_at.is_none() && key.expires.is_some_and(|end| end > now && end < soon)
    });
    let lines: Vec<_> = ending.filter_map(expiring).collect();
    let ending = NeedBox::new("keys-ending", "Keys that end soon", lines, BOUND as usize, "");
    Ok((!ending.lines.is_empty()).then_some(ending))
}
