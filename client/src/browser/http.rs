//! The requests of polling, by the browser's `fetch`.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, Response};

/// Gives the request up when it is dropped; harmless when it has ended.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// See [`Environment::request`](crate::driver::Environment::request).
pub(super) async fn request(url: String, body: Option<String>) -> Result<String, String> {
    fetch(&url, body).await.unwrap_or_else(|error| Err(super::sentence(&error)))
}

async fn fetch(url: &str, body: Option<String>) -> Result<Result<String, String>, JsValue> {
    let abort = Abort(AbortController::new()?);
    let init = RequestInit::new();
    init.set_signal(Some(&abort.0.signal()));
    if let Some(body) = body {
        init.set_method("POST");
        init.set_body(&body.into());
    }
    let Some(window) = web_sys::window() else { return Ok(Err("no window".to_owned())) };
    let response: Response =
        JsFuture::from(window.fetch_with_str_and_init(url, &init)).await?.unchecked_into();
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok(if response.ok() { Ok(text) } else { Err(format!("{} {text}", response.status())) })
}
