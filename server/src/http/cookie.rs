//! The cookie that keeps a browser logged in: no script can read it, no other site can send it.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};

const REFRESH: &str = "parlance_refresh";
/// Shows that somebody has logged in by this browser before; see `auth/device.rs`.
const DEVICE: &str = "parlance_device";
/// How long a browser stays known without a login: the longest that browsers allow.
const DEVICE_SECONDS: u64 = 400 * 24 * 60 * 60;

pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    find(headers, REFRESH)
}

pub(super) fn device(headers: &HeaderMap) -> Option<&str> {
    find(headers, DEVICE)
}

fn find<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then_some(value))
}

pub(super) fn set(token: &str, lasts: Duration, https: bool) -> Option<HeaderValue> {
    cookie(REFRESH, token, lasts.as_secs(), https)
}

pub(super) fn set_device(device: &str, https: bool) -> Option<HeaderValue> {
    cookie(DEVICE, device, DEVICE_SECONDS, https)
}

pub(super) fn clear(https: bool) -> Option<HeaderValue> {
    cookie(REFRESH, "", 0, https)
}

fn cookie(name: &str, value: &str, max_age: u64, https: bool) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    let text =
        format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/api/auth; Max-Age={max_age}{secure}");
    text.try_into().ok()
}

/// Whether the browser came over https, as the proxy in front says. Of several proxies, each adds how the one before
/// it came.
pub(super) fn is_https(headers: &HeaderMap) -> bool {
    let schemes = headers.get("x-forwarded-proto").and_then(|schemes| schemes.to_str().ok());
    let first = schemes.and_then(|schemes| schemes.split(',').next());
    first.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; parlance_refresh=x-y_z; b=2".parse().unwrap());
        assert_eq!(read(&headers), Some("x-y_z"));
        assert_eq!(read(&HeaderMap::new()), None);
    }

    #[test]
    fn the_cookie_is_secure_behind_https() {
        let text =
            |https| set("t", Duration::from_secs(2_592_000), https).unwrap().to_str().unwrap().to_owned();
        assert_eq!(
            text(false),
            "parlance_refresh=t; HttpOnly; SameSite=Strict; Path=/api/auth; Max-Age=2592000"
        );
        assert!(text(true).ends_with("; Secure"));
    }

    #[test]
    fn how_the_browser_came_is_said_by_the_first_of_several_proxies() {
        let said = |scheme: &'static str| {
            let scheme = ("x-forwarded-proto".parse().unwrap(), HeaderValue::from_static(scheme));
            is_https(&[scheme].into_iter().collect())
        };
        assert!(said("https") && said("HTTPS") && said("https, http") && said("https,https"));
        assert!(!said("http") && !said("http, https") && !said("") && !said("wss"));
    }
}
