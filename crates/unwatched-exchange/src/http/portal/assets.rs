//! The embedded style sheet, scripts and mark, each addressed with its content's hash.

use std::sync::LazyLock;

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use crate::http::problem::Problem;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    /// Enough of the SHA-256 to tell two versions apart.
    hash: String,
}

macro_rules! assets {
    ($($name:literal: $content_type:expr,)*) => {
        vec![$(embedded($name, $content_type, include_bytes!(concat!("../../../assets/", $name)))),*]
    };
}

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    assets! {
        "portal.css": STYLE,
        "portal.js": SCRIPT,
        "keys.js": SCRIPT,
        "live.js": SCRIPT,
        "menu.js": SCRIPT,
        "upload.js": SCRIPT,
        "watch.js": SCRIPT,
        "evidence.js": SCRIPT,
        "mark.svg": "image/svg+xml",
    }
});

fn embedded(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    let hash = hex::encode(&Sha256::digest(bytes)[..8]);
    Asset { name, content_type, bytes, hash }
}

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The address of an asset in a page.
pub(crate) fn href(name: &str) -> String {
    let hash = find(name).map_or("", |asset| asset.hash.as_str());
    format!("/portal/assets/{name}?v={hash}")
}

/// Kept by browsers for good when asked for by its hash, else asked about each time.
pub(super) async fn asset(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(asset) = find(&name) else {
        return Problem::not_found("no file has this name").into_response();
    };
    let tag = format!("\"{}\"", asset.hash);
    let by_hash = query.is_some_and(|query| query == format!("v={}", asset.hash));
    let keep = if by_hash { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == tag.as_str());
    let head = [(header::ETAG, tag), (header::CACHE_CONTROL, keep.to_owned())];
    if known {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, [(header::CONTENT_TYPE, asset.content_type)], asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_import_only_what_is_embedded() {
        for asset in ASSETS.iter().filter(|asset| asset.content_type == SCRIPT) {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            for line in text.lines().filter(|line| line.starts_with("import ")) {
                let name = line.split("\"./").nth(1).and_then(|rest| rest.split('"').next());
                assert!(name.is_some_and(|name| find(name).is_some()), "{}: {line}", asset.name);
            }
        }
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        for asset in ASSETS.iter() {
            let text = std::str::from_utf8(asset.bytes).unwrap().replace("http://www.w3.org/", "");
            assert!(!text.contains("http://") && !text.contains("https://"), "{}", asset.name);
            assert!(!text.contains("url("), "{}", asset.name);
        }
    }
}
