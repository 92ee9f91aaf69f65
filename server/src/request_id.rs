//! The id of a request, by which its lines in the log are found: also those of the proxy in front, and those of
//! the events of a socket, whose ids begin with the id of the request that opened it.

use std::{fmt, sync::Arc};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header in which it comes from a proxy, and goes back.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Characters of an id that is taken over.
const LONGEST: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// A new one. They are in the order of time.
    pub(crate) fn random() -> Self {
        let mut text = [0; 32];
        Self(Arc::from(&*uuid::Uuid::now_v7().simple().encode_lower(&mut text)))
    }

    /// What a proxy sent, if it cannot be mistaken for anything else in a line of the log.
    pub(crate) fn sent(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(X_REQUEST_ID)?.to_str().ok()?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(&byte);
        ((1..=LONGEST).contains(&text.len()) && text.bytes().all(is_plain)).then(|| Self(text.into()))
    }

    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &'static str) -> Option<String> {
        let headers = HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_static(text))]);
        RequestId::sent(&headers).map(|id| id.to_string())
    }

    #[test]
    fn an_id_that_is_short_and_plain_is_taken_over() {
        for plain in ["7", "6f3a9c0d-1b2e", "Root=1-67891233-abcdef012345678912345678"] {
            assert_eq!(sent(plain), Some(plain.to_owned()));
        }
    }

    #[test]
    fn what_could_be_mistaken_for_a_line_of_the_log_is_not() {
        for bad in ["", "a b", "a\"b", "a}: parlance", "a\tb"] {
            assert_eq!(sent(bad), None, "{bad}");
        }
        assert_eq!(sent("x".repeat(LONGEST + 1).leak()), None);
    }

    #[test]
    fn those_that_are_made_differ() {
        assert_ne!(RequestId::random(), RequestId::random());
        assert_eq!(RequestId::random().header().map(|value| value.len()), Some(32));
    }
}
