//! The page: the files that trunk made. The program has them inside in a release build; a debug build reads dist/.

mod policy;

use std::{borrow::Cow, collections::HashMap, path::Path, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use protocol::session::path;

use super::answer::HttpError;

/// A file of the page, as the program has it inside.
pub struct PageFile {
    /// The path in its address: `/index.html`.
    pub path: &'static str,
    /// What is different for other bytes.
    pub etag: &'static str,
    /// What a browser gets that can read neither of the others.
    pub bytes: &'static [u8],
    /// The same, compressed, if that is smaller.
    pub brotli: Option<&'static [u8]>,
    /// As `brotli`.
    pub gzip: Option<&'static [u8]>,
}

const INDEX: &str = "/index.html";

/// What a visitor sees if the server was built without its page.
const UNBUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Parlance</title>\
    <p>The server runs, but it was built without its page. Build both with <code>cargo xtask run</code>.";

/// The files of the page, by their paths.
pub(super) struct Page {
    files: HashMap<&'static str, &'static PageFile>,
    /// The policy of the embedded index. A debug build makes it anew for each request.
    policy: Option<HeaderValue>,
}

/// A file to serve.
struct File {
    etag: Option<&'static str>,
    bytes: Cow<'static, [u8]>,
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

impl Page {
    pub(super) fn new(files: &'static [PageFile]) -> Self {
        let files: HashMap<_, _> = files.iter().map(|file| (file.path, file)).collect();
        let policy = files.get(INDEX).and_then(|index| policy::of(index.bytes));
        Self { files, policy }
    }

    pub(super) fn router(self) -> Router {
        Router::new().fallback(serve).with_state(Arc::new(self))
    }

    fn find(&self, path: &str) -> Option<File> {
        if let Some(file) = self.files.get(path) {
            let PageFile { etag, bytes, brotli, gzip, .. } = **file;
            return Some(File { etag: Some(etag), bytes: bytes.into(), brotli, gzip });
        }
        if cfg!(debug_assertions) { read(path) } else { None }
    }
}

/// From dist/ in the workspace that this was built in.
fn read(path: &str) -> Option<File> {
    let inside = path.split('/').all(|part| !part.starts_with('.'));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist").join(path.trim_start_matches('/'));
    let bytes = inside.then(|| std::fs::read(file).ok()).flatten()?;
    Some(File { etag: None, bytes: bytes.into(), brotli: None, gzip: None })
}

async fn serve(State(page): State<Arc<Page>>, request: Request) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    if method != Method::GET && method != Method::HEAD {
        return ([(header::ALLOW, "GET,HEAD")], HttpError::wrong_method()).into_response();
    }
    if path != "/"
        && path != INDEX
        && let Some(file) = page.find(path)
    {
        return asset(path, file, request.headers());
    }
    // The page's own addresses have no dot in their last part; the name of a missing file has one.
    let is_file = path.rsplit('/').next().is_some_and(|last| last.contains('.')) && path != INDEX;
    if is_file || path == "/api" || path == "/api/" || path.starts_with(path::SOCKET_IO) {
        return HttpError::not_found("There is nothing at this address.").into_response();
    }
    match page.find(INDEX) {
        Some(index) => {
            let policy = page.policy.clone().or_else(|| policy::of(&index.bytes));
            let mut response = asset(INDEX, index, request.headers());
            response.headers_mut().extend(policy.map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
            response
        }
        None => (StatusCode::SERVICE_UNAVAILABLE, Html(UNBUILT)).into_response(),
    }
}

fn asset(path: &str, file: File, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // The program's build script puts the hash of the contents into the name. What a debug build reads has the name that trunk gave it.
    let cache = if is_hashed(path) && file.etag.is_some() {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    let coded = [("br", file.brotli), ("gzip", file.gzip)].into_iter().find_map(|(coding, bytes)| {
        let bytes = bytes.filter(|_| accepts(asked, coding))?;
        Some((coding, bytes))
    });
    if let Some(hash) = file.etag {
        let etag = match coded {
            Some((coding, _)) => format!("\"{hash}-{coding}\""),
            None => format!("\"{hash}\""),
        };
        let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let fresh = known
            .flat_map(|known| known.split(','))
            .map(|one| one.trim().trim_start_matches("W/"))
            .any(|one| one == "*" || one == etag);
        headers.extend(HeaderValue::from_str(&etag).map(|etag| (header::ETAG, etag)));
        if fresh {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
    }
    match coded {
        Some((coding, bytes)) => {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            (headers, bytes).into_response()
        }
        None => (headers, file.bytes).into_response(),
    }
}

fn accepts(asked: &HeaderMap, coding: &str) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|accepted| {
        let mut parts = accepted.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding)) && !parts.any(is_weight_of_zero)
    })
}

/// `q=0`, in whatever way it is written.
fn is_weight_of_zero(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, weight)| {
        name.trim().eq_ignore_ascii_case("q") && weight.trim().parse() == Ok(0.0_f32)
    })
}

fn is_hashed(path: &str) -> bool {
    path.split(|c: char| !c.is_ascii_hexdigit()).any(|run| run.len() >= 16)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_a_hash_in_its_name_is_immutable() {
        for hashed in [
            "/web-426a48e8e24fbd6c.js",
            "/web-426a48e8e24fbd6c_bg.wasm",
            "/snippets/x-0123456789abcdef/inline0.js",
        ] {
            assert!(is_hashed(hashed), "{hashed}");
        }
        for plain in ["/index.html", "/favicon.ico", "/deadbeef.js"] {
            assert!(!is_hashed(plain), "{plain}");
        }
    }

    #[test]
    fn what_a_browser_has_is_not_sent_again() {
        let status = |values: &[&'static str]| {
            let values = values.iter().map(|value| (header::IF_NONE_MATCH, HeaderValue::from_static(value)));
            let file = File { etag: Some("x"), bytes: b"plain".as_slice().into(), brotli: None, gzip: None };
            asset("/x.js", file, &values.collect()).status()
        };
        for fresh in [&["\"x\""][..], &["W/\"x\""], &["\"y\", W/\"x\""], &["\"y\"", "\"x\""], &["*"]] {
            assert_eq!(status(fresh), StatusCode::NOT_MODIFIED, "{fresh:?}");
        }
        for stale in [&[][..], &["\"y\""], &["x"], &["\"x-br\""], &["\"*\""]] {
            assert_eq!(status(stale), StatusCode::OK, "{stale:?}");
        }
    }

    #[test]
    fn the_smallest_of_what_is_accepted_is_sent() {
        let sent = |value: &'static str| {
            let asked = [(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]
                .into_iter()
                .collect::<HeaderMap>();
            let file = File {
                etag: Some("x"),
                bytes: b"plain".as_slice().into(),
                brotli: Some(b"brotli"),
                gzip: Some(b"gzip"),
            };
            let answer = asset("/x.js", file, &asked);
            let header = |name| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(header(header::VARY).as_deref(), Some("accept-encoding"));
            (header(header::CONTENT_ENCODING), header(header::ETAG).unwrap())
        };
        let coded = |coding: &str| (Some(coding.to_owned()), format!("\"x-{coding}\""));
        let plain = (None, "\"x\"".to_owned());
        assert_eq!(sent("gzip, deflate, br, zstd"), coded("br"));
        assert_eq!(sent("br;q=0.5"), coded("br"));
        assert_eq!(sent("gzip"), coded("gzip"));
        assert_eq!(sent("GZIP;q=0.8, identity"), coded("gzip"));
        assert_eq!(sent("gzip, br;q=0"), coded("gzip"));
        assert_eq!(sent("gzip;q=0, br;q=0"), plain);
        assert_eq!(sent("gzip;Q=0.000, br; q = 0."), plain);
        assert_eq!(sent("gzip;q=0.001"), coded("gzip"));
        assert_eq!(sent("identity"), plain);
    }
}
