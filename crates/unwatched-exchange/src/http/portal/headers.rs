//! What every answer of the portal says to the browser.

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Where else a form of this page may end: a form's policy holds for what it is redirected to.
#[derive(Clone)]
struct SendsTo(String);

/// The page, whose form may end at this origin too.
pub(super) fn sends_to(origin: Option<&str>, mut page: Response) -> Response {
    if let Some(origin) = origin {
        page.extensions_mut().insert(SendsTo(origin.to_owned()));
    }
    page
}

/// Nothing from elsewhere, in no frame, kept by nobody.
pub(super) async fn of_pages(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let also = response.extensions().get::<SendsTo>().map(|SendsTo(origin)| {
        POLICY.replace("form-action 'self'", &format!("form-action 'self' {origin}"))
    });
    let headers = response.headers_mut();
    let mut say = |name, value| headers.insert(name, HeaderValue::from_static(value));
    say(header::CONTENT_SECURITY_POLICY, POLICY);
    // Tells other sites nothing, as `no-referrer` would; but under `no-referrer` browsers also send
    // `Origin: null` with our own forms, and over plain HTTP that is all we could tell them by.
    say(header::REFERRER_POLICY, "same-origin");
    say(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    say(header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if let Some(policy) = also.and_then(|policy| HeaderValue::try_from(policy).ok()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
