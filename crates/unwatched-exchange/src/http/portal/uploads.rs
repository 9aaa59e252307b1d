//! Putting samples in: many at once, shared in one way, each taken or refused by itself.
//!
//! A script sends each file in a request of its own and reads the answer as JSON; a plain form
//! sends all in one and gets a page.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use axum::extract::multipart::Field;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use unwatched_model::access::{Action, Sharing};
use unwatched_model::partner::GroupSlug;

use super::refusals::wants_json;
use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::{samples as intake, upload};
use crate::http::auth::require;
use crate::http::forms::{FILE, FileForm};
use crate::http::problem::Problem;
use crate::http::sharing::open_group;
use crate::state::AppState;
use crate::views::frame::{Frame, Section};
use crate::views::uploads::{UploadPage, UploadedLine, UploadedPage};
use crate::views::words;
use crate::views::wrong::Wrong;

const MAX_FILES: usize = 100;
/// A label or a slug is shorter.
const MAX_FIELD_BYTES: usize = 200;

/// What the form says about all of its files.
struct Said {
    sharing: Sharing,
    declared_public: bool,
}

impl Default for Said {
    fn default() -> Self {
        Self { sharing: Sharing::coalition(), declared_public: false }
    }
}

pub(super) async fn form(visitor: Visitor) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::UploadSamples)?;
    let page = page(&visitor, &Said::default(), Wrong::default());
    visitor.page(&page)
}

fn page(visitor: &Visitor, said: &Said, wrong: Wrong) -> UploadPage {
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
    let mut said = Said::default();
    let taken = take_all(&state, &visitor, form, &mut said).await;
    let files = match taken {
        Ok(files) => files,
        Err(Refusal::Problem(problem)) => return Err(problem),
        Err(Refusal::Form(wrong)) => {
            if wants_json(&headers) {
                let words = wrong.faults.first().map_or("", |fault| fault.words.as_str());
                return Err(Problem::unprocessable("the form was not understood", words));
            }
            let page = page(&visitor, &said, wrong);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, visitor.page(&page)?).into_response());
        }
    };
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

/// Why nothing of a form was taken.
enum Refusal {
    Form(Wrong),
    Problem(Problem),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Takes every file of the form. What the form says about them stands before them in it.
async fn take_all(
    state: &AppState,
    visitor: &Visitor,
    mut form: FileForm,
    said: &mut Said,
) -> Result<Vec<UploadedLine>, Refusal> {
    let mut files: Vec<UploadedLine> = Vec::new();
    loop {
        let field = match form.next().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            // What came in whole stays, and the list says that the rest did not.
            Err(problem) if !files.is_empty() => {
                files.push(broken_off(problem.words()));
                break;
            }
            Err(problem) => return Err(problem.into()),
        };
        match field.name().unwrap_or_default() {
            // A form without a chosen file sends one field without a name and without bytes.
            FILE if field.file_name().is_some_and(|name| !name.is_empty()) => {
                if files.len() == MAX_FILES {
                    files.push(too_many());
                    break;
                }
                files.push(take(state, visitor, field, said).await?);
            }
            // It would hold for what follows only, and what came before is shared already.
            "tlp" | "pap" | "group" | "declared_public" if !files.is_empty() => {
                files.push(said_too_late());
                break;
            }
            "tlp" => said.sharing.tlp = read("tlp", field).await?,
            "pap" => said.sharing.pap = read("pap", field).await?,
            "group" => said.sharing.group = group(state, visitor, field).await?,
            "declared_public" => said.declared_public = true,
            _ => {}
        }
    }
    if files.is_empty() {
        return Err(Refusal::Form(Wrong::field("file", "Choose at least one file.")));
    }
    Ok(files)
}

/// One file: taken, or why not. A fault of ours ends everything.
async fn take(
    state: &AppState,
    visitor: &Visitor,
    field: Field<'_>,
    said: &Said,
) -> Result<UploadedLine, Problem> {
    let name = words::shown(field.file_name().unwrap_or_default());
    let kept = async {
        let received = upload::receive_field(state, field).await?;
        let how =
            intake::How { sharing: said.sharing.clone(), declared_public: said.declared_public };
        intake::keep(state, &visitor.viewer, received, how).await
    };
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

fn said_too_late() -> UploadedLine {
    let refused = "How files are shared stands before them in a form: those above were taken \
                   without it.";
    UploadedLine {
        name: "What followed".to_owned(),
        href: None,
        new: false,
        refused: Some(refused.to_owned()),
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

async fn field_text(field: Field<'_>) -> Result<String, Problem> {
    let bytes = field.bytes().await.map_err(|error| Problem::malformed(error.body_text()))?;
    let bytes = bytes.get(..bytes.len().min(MAX_FIELD_BYTES)).unwrap_or_default();
    Ok(String::from_utf8_lossy(bytes).trim().to_owned())
}

async fn read<T: FromStr<Err: ToString>>(
    name: &'static str,
    field: Field<'_>,
) -> Result<T, Refusal> {
    let text = field_text(field).await?;
    text.parse().map_err(|error: T::Err| {
        Refusal::Form(Wrong::field(name, words::sentence(&words::shown(&error.to_string()))))
    })
}

/// One of the partner's own groups; a group that it is not in is as unknown as one that is not.
async fn group(
    state: &AppState,
    visitor: &Visitor,
    field: Field<'_>,
) -> Result<Option<GroupSlug>, Refusal> {
    let text = field_text(field).await?;
    if text.is_empty() {
        return Ok(None);
    }
    let own = open_group(&state.store, &visitor.viewer, &text).await?;
    let refused = || Refusal::Form(Wrong::field("group", "Your partner is in no such group."));
    own.map(Some).ok_or_else(refused)
}
