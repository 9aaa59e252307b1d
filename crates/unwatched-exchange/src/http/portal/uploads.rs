//! Putting samples in: many at once, shared in one way, each taken or refused by itself.
//!
//! A script sends each file in a request of its own and reads the answer as JSON; a plain form
//! sends all in one and gets a page.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use unwatched_model::access::Action;

use super::refusals::wants_json;
use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::samples::{self as intake, How};
use crate::http::api::upload::{self, Received};
use crate::http::auth::require;
use crate::http::forms::{FILE, FileForm};
use crate::http::problem::Problem;
use crate::http::sharing::Asked;
use crate::state::AppState;
use crate::views::frame::{Frame, Section};
use crate::views::uploads::{UploadPage, UploadedLine, UploadedPage};
use crate::views::words;
use crate::views::wrong::{Fault, Wrong};

const MAX_FILES: usize = 100;

pub(super) async fn form(visitor: Visitor) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::UploadSamples)?;
    let page = page(&visitor, &How::default(), Wrong::default());
    visitor.page(&page)
}

fn page(visitor: &Visitor, said: &How, wrong: Wrong) -> UploadPage {
    let groups = visitor.viewer.groups.iter();
    UploadPage::of(
        frame(visitor, "Put in samples"),
        wrong,
        &said.sharing,
        said.declared_public,
        groups,
        MAX_FILES,
    )
}

fn frame(visitor: &Visitor, title: &str) -> Frame {
    visitor.frame(title, Section::Samples).below("/portal/samples", "Samples")
}

/// What a script reads.
#[derive(Serialize)]
struct Results {
    results: Vec<ResultLine>,
}

#[derive(Serialize)]
struct ResultLine {
    name: String,
    href: Option<String>,
    new: bool,
    refused: Option<String>,
}

pub(super) async fn submit(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    form: FileForm,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::UploadSamples)?;
    let _seat = state.bodies.of(&visitor.viewer.partner)?;
    let form = read(&state, form).await?;
    let how = match form.asked.checked(&state.store, &visitor.viewer).await {
        Ok(how) => how,
        Err(problem) if wants_json(&headers) || problem.fields().is_empty() => return Err(problem),
        Err(problem) => return refused(visitor, wrong(&problem)),
    };
    if form.files.is_empty() {
        let none = "Choose at least one file.";
        if wants_json(&headers) {
            return Err(Problem::unprocessable("the form was not understood", none));
        }
        return refused(visitor, Wrong::field("file", none));
    }
    let mut files = Vec::new();
    for (name, received) in form.files {
        files.push(take(&state, &visitor, name, received, &how).await?);
    }
    files.extend(form.rest);
    if wants_json(&headers) {
        return Ok(
            Json(Results { results: files.into_iter().map(result).collect() }).into_response()
        );
    }
    answer(visitor, files)
}

/// One file that was taken leads to its page; several, or a refusal, to a list.
fn answer(visitor: Visitor, files: Vec<UploadedLine>) -> Result<Response, Problem> {
    if let [UploadedLine { href: Some(href), new, .. }] = files.as_slice() {
        let told = Told::SamplesTaken(u32::from(*new), u32::from(!*new));
        return Ok(go_on(href, told));
    }
    let taken = files.iter().filter(|file| file.href.is_some()).count();
    let refused = files.len() - taken;
    let page = UploadedPage { frame: frame(&visitor, "Samples put in"), taken, refused, files };
    let status = if taken == 0 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, visitor.page(&page)?).into_response())
}

fn result(line: UploadedLine) -> ResultLine {
    ResultLine { name: line.name, href: line.href, new: line.new, refused: line.refused }
}

/// The form again, with what is to be mended.
fn refused(visitor: Visitor, wrong: Wrong) -> Result<Response, Problem> {
    let page = page(&visitor, &How::default(), wrong);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, visitor.page(&page)?).into_response())
}

fn wrong(problem: &Problem) -> Wrong {
    let faults = problem.fields().iter().map(|error| Fault {
        field: ["tlp", "pap", "group"].into_iter().find(|id| *id == error.field),
        words: words::sentence(&words::shown(&error.detail)),
    });
    Wrong { faults: faults.collect() }
}

/// A form as it came in; nothing of it is kept yet.
struct Form {
    asked: Asked,
    /// Each by its name, received or refused.
    files: Vec<(String, Result<Received, Problem>)>,
    /// What is said of what was not read any more.
    rest: Option<UploadedLine>,
}

/// Reads the form to its end. What it says of its files may stand before or behind them: none is
/// kept before all of it is known, so that none is shared otherwise than its sender said.
async fn read(state: &AppState, mut form: FileForm) -> Result<Form, Problem> {
    let mut read = Form { asked: Asked::default(), files: Vec::new(), rest: None };
    loop {
        let field = match form.next().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            // What came in whole stays where it was said before how it is shared.
            Err(problem) if !read.files.is_empty() && read.asked.tlp.is_some() => {
                read.rest = Some(broken_off(problem.words()));
                break;
            }
            Err(problem) => return Err(problem),
        };
        if field.name() != Some(FILE) {
            upload::take_asked(&mut read.asked, field).await?;
        // A form without a chosen file sends one field without a name and without bytes.
        } else if field.file_name().is_some_and(|name| !name.is_empty()) {
            if read.files.len() == MAX_FILES {
                read.rest = Some(too_many());
                break;
            }
            let name = words::shown(field.file_name().unwrap_or_default());
            read.files.push((name, upload::receive_field(state, field).await));
        }
    }
    if read.rest.is_some() && read.asked.tlp.is_none() {
        let why = "more files than a form takes, and how they are shared was not said before them";
        return Err(Problem::unprocessable("nothing was kept", why));
    }
    Ok(read)
}

/// One file: taken, or why not. A fault of ours ends everything.
async fn take(
    state: &AppState,
    visitor: &Visitor,
    name: String,
    received: Result<Received, Problem>,
    how: &How,
) -> Result<UploadedLine, Problem> {
    let kept = async { intake::keep(state, &visitor.viewer, received?, how.clone()).await };
    match kept.await {
        Ok(kept) => Ok(UploadedLine {
            name,
            href: Some(format!("/portal/samples/{}", kept.sha256())),
            new: kept.is_new(),
            refused: None,
        }),
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let refused = format!("{}.", words::sentence(problem.words()));
            Ok(UploadedLine { name, href: None, new: false, refused: Some(refused) })
        }
    }
}

fn broken_off(why: &str) -> UploadedLine {
    let refused = format!("The upload ended before it was complete: {why}.");
    UploadedLine {
        name: "What followed".to_owned(),
        href: None,
        new: false,
        refused: Some(refused),
    }
}

fn too_many() -> UploadedLine {
    let refused = format!("At most {MAX_FILES} files at once; send the rest again.");
    UploadedLine {
        name: "What followed".to_owned(),
        href: None,
        new: false,
        refused: Some(refused),
    }
}
