//! What the page may do: its Content-Security-Policy.

use axum::http::HeaderValue;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// The policy of a page: its own scripts, styles and connections. The scripts that are written
/// into it (trunk's start of the program, the first paint's) are allowed by their hashes, so that
/// a script that somebody smuggles in does not run.
pub(super) fn of(html: &[u8]) -> Option<HeaderValue> {
    let html = std::str::from_utf8(html).ok()?;
    let hashes: String = inline_scripts(html)
        .map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))))
        .collect();
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{hashes}; \
         style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}

fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=")).then_some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_are_written_into_the_page_are_allowed_by_their_hashes() {
        let html = "<script>alert(1)</script><script src=\"/a.js\"></script><script type=module>b</script>";
        assert_eq!(inline_scripts(html).collect::<Vec<_>>(), ["alert(1)", "b"]);
        let policy = of(html.as_bytes()).unwrap();
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"), "{policy}");
    }
}
