//! `/api/v1/openapi.json`: the interface, described from the handlers themselves.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, ServerBuilder};

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
        let (_, api) = super::described().split_for_parts();
        let mut text = api.to_pretty_json().expect("plain data serialises");
        text.push('\n');
        text
    });
    &DOCUMENT
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "about", responses(
    (status = 200, body = Object, description = "an OpenAPI 3.1 document"),
))]
pub async fn openapi(_: BearerViewer) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document())
}
