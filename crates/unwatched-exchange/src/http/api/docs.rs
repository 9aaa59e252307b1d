//! `/api/v1/docs`: the interface to read, made from its own description. No account: it says what
//! the repository says. No script, nothing from elsewhere.

use std::sync::LazyLock;

use askama::Template as _;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};
use serde_json::Value;

use super::openapi;
use crate::http::problem::Problem;
use crate::views::api::{ApiPage, Group, Member, Operation, Outcome, Schema};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
    base-uri 'none'; frame-ancestors 'none'";
const METHODS: [&str; 3] = ["get", "post", "delete"];
const SCHEMAS: &str = "#/components/schemas/";

/// This page.
#[utoipa::path(get, path = "/docs", tag = "about", responses(
    (status = 200, body = String, content_type = "text/html", description = "a page to read"),
), security(()))]
pub async fn docs() -> Result<Response, Problem> {
    static PAGE: LazyLock<Result<String, String>> =
        LazyLock::new(|| page().render().map_err(|error| error.to_string()));
    let html = PAGE.as_ref().map_err(Problem::internal)?;
    let mut response = Html(html.as_str()).into_response();
    let policy = HeaderValue::from_static(POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

fn page() -> ApiPage {
    let document: Value = serde_json::from_str(openapi::document()).unwrap_or_default();
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    ApiPage::new(
        text(&document["info"], "description"),
        groups(&document),
        schemas.into_iter().flatten().map(|(name, schema)| self::schema(name, schema)).collect(),
    )
}

/// The operations of each tag, by tag.
fn groups(document: &Value) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(found) = item.get(method) else { continue };
            let tag = found["tags"][0].as_str().unwrap_or("other").to_owned();
            let operation = operation(method, path, found);
            match groups.iter_mut().find(|group| group.tag == tag) {
                Some(group) => group.operations.push(operation),
                None => groups.push(Group { tag, operations: vec![operation] }),
            }
        }
    }
    groups.sort_by(|a, b| a.tag.cmp(&b.tag));
    groups
}

fn operation(method: &str, path: &str, found: &Value) -> Operation {
    let said = [text(found, "summary"), text(found, "description")];
    let parameters = found["parameters"].as_array().into_iter().flatten();
    let body = &found["requestBody"]["content"];
    let answers = found["responses"].as_object().into_iter().flatten();
    Operation {
        id: text(found, "operationId"),
        method: method.to_uppercase(),
        path: format!("/api/v1{path}"),
        said: said.into_iter().filter(|words| !words.is_empty()).collect(),
        parameters: parameters.map(parameter).collect(),
        body: contents(body),
        answers: answers
            .map(|(status, answer)| Outcome {
                status: status.clone(),
                said: text(answer, "description"),
                body: contents(&answer["content"]),
            })
            .collect(),
    }
}

fn parameter(found: &Value) -> Member {
    let (kind, _) = kind(&found["schema"]);
    Member {
        name: text(found, "name"),
        kind: format!("{kind}, in the {}", text(found, "in")),
        required: found["required"] == true,
        said: text(found, "description"),
    }
}

/// What a body is: its media type, and the schema of ours that it holds.
fn contents(content: &Value) -> Vec<(String, String, Option<String>)> {
    let all = content.as_object().into_iter().flatten();
    all.map(|(media, found)| {
        let (kind, of) = kind(&found["schema"]);
        (media.clone(), kind, of)
    })
    .collect()
}

fn schema(name: &str, found: &Value) -> Schema {
    let required = found["required"].as_array();
    let is_required =
        |member: &str| required.is_some_and(|all| all.iter().any(|one| one == member));
    let members = found["properties"].as_object().into_iter().flatten();
    Schema {
        name: name.to_owned(),
        said: text(found, "description"),
        members: members
            .map(|(member, found)| Member {
                name: member.clone(),
                kind: kind(found).0,
                required: is_required(member),
                said: text(found, "description"),
            })
            .collect(),
    }
}

/// A schema in a few words, and which of ours it names.
fn kind(schema: &Value) -> (String, Option<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|of| of.strip_prefix(SCHEMAS)) {
        return (name.to_owned(), Some(name.to_owned()));
    }
    let either = schema["oneOf"].as_array().into_iter().flatten().map(kind);
    let either: Vec<_> = either.filter(|(kind, _)| kind != "null").collect();
    if let Some((first, of)) = either.first() {
        return (first.clone(), of.clone());
    }
    let word = match &schema["type"] {
        Value::String(word) => word.clone(),
        Value::Array(words) => {
            let words = words.iter().filter_map(Value::as_str).filter(|word| *word != "null");
            words.collect::<Vec<_>>().join(" or ")
        }
        _ => "any".to_owned(),
    };
    if word == "array" {
        let (of, name) = kind(&schema["items"]);
        return (format!("list of {of}"), name);
    }
    (word, None)
}

fn text(found: &Value, member: &str) -> String {
    found[member].as_str().unwrap_or_default().to_owned()
}
