//! `/api/v1/openapi.json`: the interface, described from the handlers themselves.

use std::collections::HashSet;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr,
    Required, Response, ResponseBuilder, ServerBuilder,
};

/// What is true of every address.
pub fn base() -> OpenApi {
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Unwatched samples exchange")
                .version("1")
                .description(Some(
                    "Samples, families, indicators, opinions and verdicts. Every address but `lookup` \
                     and `docs` needs a bearer token. Refusals are RFC 9457 problem documents; one that is about \
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
        name_apart(&mut api);
        let mut text = api.to_pretty_json().expect("plain data serialises");
        text.push('\n');
        text
    });
    &DOCUMENT
}

/// What the handlers do not say of themselves: a name that stands alone, what every operation may
/// answer, the content type of what it refuses.
fn complete(item: &mut PathItem) {
    let methods = [(&mut item.get, false), (&mut item.post, true), (&mut item.delete, false)];
    for (operation, is_post) in methods {
        let Some(operation) = operation else { continue };
        // Handlers are named by their verb; an operation's name stands alone.
        let tag = operation.tags.as_ref().and_then(|tags| tags.first());
        if let (Some(verb), Some(tag)) = (&operation.operation_id, tag) {
            operation.operation_id = Some(format!("{tag}_{verb}"));
        }
        let is_open = operation.security.is_some();
        let asks = operation.parameters.as_ref().is_some_and(|all| !all.is_empty());
        let takes = operation.request_body.is_some();
        if is_post {
            operation.parameters.get_or_insert_default().push(RefOr::T(idempotency_key()));
        }
        let responses = &mut operation.responses.responses;
        for (status, description, holds) in [
            ("400", "the address, a parameter or the body could not be read", asks || takes),
            ("413", "larger than is taken here", takes),
            ("415", "not a content type that is read here", takes),
            ("422", "something was refused; `errors` names it", asks || takes),
        ] {
            if holds {
                responses.entry(status.to_owned()).or_insert_with(|| refusal(description).into());
            }
        }
        if is_post {
            for (status, description) in REPEATED {
                responses.entry(status.to_owned()).or_insert_with(|| refusal(description).into());
            }
        }
        for (status, description) in REFUSALS.into_iter().filter(|_| !is_open) {
            responses.entry(status.to_owned()).or_insert_with(|| refusal(description).into());
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

/// Two operations of one name get the noun of their path beside it.
fn name_apart(api: &mut OpenApi) {
    let mut met = HashSet::new();
    for (path, item) in &mut api.paths.paths {
        for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
            let Some(name) = operation.operation_id.as_mut() else { continue };
            if !met.insert(name.clone()) {
                let nouns =
                    path.split('/').filter(|noun| !noun.is_empty() && !noun.starts_with('{'));
                *name = format!("{name}_{}", nouns.collect::<Vec<_>>().join("_"));
                met.insert(name.clone());
            }
        }
    }
}

fn refusal(description: &str) -> Response {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(description).content(PROBLEM, content).build()
}

fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "A name of your own for this request, 1 to 255 visible characters. Sent again with the \
             same key and the same body within two days, it is done once and answered alike. Only \
             where the server itself was ended between the deed and its answer, the same request is \
             done again a minute later: what has a name of its own (a sample, an indicator, a \
             family) is there once all the same, an opinion said twice counts once, and of keys and \
             webhooks the list shows a second one.",
        ))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(255))
                .pattern(Some("^[!-~]+$"))
                .build(),
        ))
        .build()
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
const REPEATED: [(&str, &str); 2] = [
    ("409", "the same Idempotency-Key is worked on at this moment, or it exists already"),
    ("422", "some fields were refused, or another request had this Idempotency-Key"),
];
const REFUSALS: [(&str, &str); 2] =
    [("401", "no token, or an unknown one"), ("403", "the token's role does not allow it")];

/// This description. No account: it says what the repository says.
#[utoipa::path(get, path = "/openapi.json", tag = "about", responses(
    (status = 200, body = Object, description = "an OpenAPI 3.1 document"),
), security(()))]
pub async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document())
}
