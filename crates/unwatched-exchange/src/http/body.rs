//! Reading a JSON body: a refusal names the field, and a misspelt one gets the right spelling.

use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use futures_util::StreamExt as _;
use regex::Regex;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http::bodies::{LARGE_BYTES, Seat};
use crate::http::problem::{FieldProblem, Problem};
use crate::state::AppState;
use crate::suggest;

const MAX_JSON_BYTES: usize = 1 << 20;

/// A JSON body of type `T`, which refuses unknown fields itself (`deny_unknown_fields`).
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, Problem> {
        read_json(request, MAX_JSON_BYTES, None).await.map(Self)
    }
}

/// A JSON body of at most so many bytes. One that may be long needs a seat.
pub async fn read_json<T: DeserializeOwned>(
    request: Request,
    max_bytes: usize,
    seat: Option<&mut Seat>,
) -> Result<T, Problem> {
    if !is_json(&request) {
        return Err(Problem::unsupported("send `Content-Type: application/json`"));
    }
    if is_packed(&request) {
        return Err(Problem::unsupported(
            "send the body as it is, without `Content-Encoding`: bodies are not unpacked here",
        ));
    }
    parse(&read(request.into_body(), max_bytes, seat).await?)
}

fn is_json(request: &Request) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or("").split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Whether the body is packed: what is small may grow without end.
fn is_packed(request: &Request) -> bool {
    let value = request.headers().get(header::CONTENT_ENCODING);
    value.is_some_and(|value| !value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"))
}

async fn read(
    body: Body,
    max_bytes: usize,
    mut seat: Option<&mut Seat>,
) -> Result<Vec<u8>, Problem> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let broken =
        |_| Problem::malformed("the body ended before it was complete, or came too slowly");
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(broken)?;
        let length = bytes.len() + piece.len();
        if length > max_bytes {
            let mebibytes = max_bytes >> 20;
            return Err(Problem::too_large(format!("this JSON body has at most {mebibytes} MiB")));
        }
        if let Some(seat) = seat.as_mut().filter(|_| length > LARGE_BYTES) {
            seat.is_large().await?;
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // In two steps: what is no JSON is told apart from JSON that says something else.
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| Problem::malformed(format!("the body is not JSON: {error}")))?;
    item(value)
}

/// One of several in a body.
pub fn item<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        explain(&path, &error.into_inner().to_string())
    })
}

fn explain(path: &str, text: &str) -> Problem {
    let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
    if let Some(found) = UNKNOWN_FIELD.captures(text) {
        let known: Vec<_> =
            QUOTED.find_iter(&found[2]).map(|m| m.as_str().trim_matches('`')).collect();
        let field = &found[1];
        let detail = format!("unknown field{}", suggest::among(field, &known));
        return Problem::invalid(vec![FieldProblem::new(joined(parent, field), detail)]);
    }
    if let Some(found) = MISSING_FIELD.captures(text) {
        let parent = if path == "." { "" } else { path };
        return Problem::invalid(vec![FieldProblem::new(joined(parent, &found[1]), "missing")]);
    }
    Problem::invalid(vec![FieldProblem::new(path, text)])
}

fn joined(parent: &str, field: &str) -> String {
    if parent.is_empty() { field.to_owned() } else { format!("{parent}.{field}") }
}

static UNKNOWN_FIELD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("^unknown field `([^`]*)`(.*)$").expect("a fixed pattern"));
static MISSING_FIELD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("^missing field `([^`]*)`").expect("a fixed pattern"));
static QUOTED: LazyLock<Regex> = LazyLock::new(|| Regex::new("`[^`]*`").expect("a fixed pattern"));

#[cfg(test)]
mod tests {
    use super::*;
    use unwatched_model::criterion::Criterion;
    use unwatched_model::opinion::OpinionEvidence;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is refused matters here")]
    struct Given {
        criterion: Criterion,
        evidence: Vec<OpinionEvidence>,
    }

    #[track_caller]
    fn check(json: &str, expected: &str) {
        assert_eq!(parse::<Given>(json.as_bytes()).unwrap_err().words(), expected);
    }

    #[test]
    fn a_refusal_names_the_field() {
        check(r#"{"criterion":"tracks"}"#, "evidence: missing");
        check(
            r#"{"criterion":"tracks","evidense":[]}"#,
            "evidense: unknown field: did you mean `evidence`?",
        );
        check(
            r#"{"criterion":"tracks","evidence":[{"kind":"url","valu":"x"}]}"#,
            "evidence[0].valu: unknown field: did you mean `value`?",
        );
        check(
            r#"{"criterion":"tracks","evidence":[{"kind":"url"}]}"#,
            "evidence[0].value: missing",
        );
        check(
            r#"{"criterion":7,"evidence":[]}"#,
            "criterion: invalid type: integer `7`, expected string or map",
        );
    }

    #[test]
    fn what_is_no_json_is_said_to_be_none() {
        check("", "the body is not JSON: EOF while parsing a value at line 1 column 0");
        check("{} x", "the body is not JSON: trailing characters at line 1 column 4");
    }
}
