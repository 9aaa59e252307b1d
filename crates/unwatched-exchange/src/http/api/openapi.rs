//! `/api/v1/openapi.json`: the interface, described from the handlers themselves.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr,
    ResponseBuilder, ServerBuilder,
};

use crate::http::auth::BearerViewer;

/// What is true of every address.
pub fn base() -> OpenApi {
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Unwatched samples exchange")
                .version("1")
                .description(Some(
                    "Samples, families, indicators, opinions and verdicts. Every address needs a \
                     bearer token. Refusals are RFC 9457 problem documents; one that is about \
                     fields names them in `errors`.",
                ))
                .build(),
        )
        .servers(Some([ServerBuilder::new().url("/api/v1").build()]))
        .components(Some(ComponentsBuilder::new().security_scheme("token", bearer).build()))
        .security(Some([SecurityRequirement::new("token", Vec::<String>::new())]))
        .build()
}

/// The document, as it is served and as `docs/reference/openapi.json` holds it.
pub fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
        let (_, mut api) = super::described().into_parts();
        api.paths.paths.values_mut().for_each(complete);
        let mut text = api.to_pretty_json().expect("plain data serialises");
        text.push('\n');
        text
    });
    &DOCUMENT
}

/// What the handlers do not say of themselves: a name that stands alone, what every operation may
/// answer, the content type of what it refuses.
fn complete(item: &mut PathItem) {
    for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
        // Handlers are named by their verb; an operation's name stands alone.
        let tag = operation.tags.as_ref().and_then(|tags| tags.first());
        if let (Some(verb), Some(tag)) = (&operation.operation_id, tag) {
            operation.operation_id = Some(format!("{tag}_{verb}"));
        }
        let responses = &mut operation.responses.responses;
        for (status, description) in REFUSALS {
            let schema = Ref::from_schema_name("Problem");
            let content = ContentBuilder::new().schema(Some(schema)).build();
            let response =
                ResponseBuilder::new().description(description).content(PROBLEM, content);
            responses.entry(status.to_owned()).or_insert_with(|| response.build().into());
        }
        for (status, response) in responses {
            let RefOr::T(response) = response else { continue };
            if response.description.is_empty() {
                response.description = words(status).to_owned();
            }
            if status.starts_with(['4', '5'])
                && let Some(content) = response.content.swap_remove("application/json")
            {
                response.content.insert(PROBLEM.to_owned(), content);
            }
        }
    }
}

fn words(status: &str) -> &'static str {
    match status {
        "200" => "found",
        "201" => "created",
        "202" => "taken in; not done yet",
        "404" => "nothing by this name",
        "409" => "it exists already",
        "413" => "larger than is taken here",
        "429" => "more at once than one caller gets",
        "422" => "some fields were refused; `errors` names them",
        _ => "see the status",
    }
}

const PROBLEM: &str = "application/problem+json";
const REFUSALS: [(&str, &str); 2] =
    [("401", "no token, or an unknown one"), ("403", "the token's role does not allow it")];

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "about", responses(
    (status = 200, body = Object, description = "an OpenAPI 3.1 document"),
))]
pub async fn openapi(_: BearerViewer) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document())
}
