//! Asking the server over HTTP, with the browser's own `fetch`. The refresh cookie goes with it.

use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

/// What the server answered.
pub(crate) struct Answer {
    /// Whether it did what it was asked.
    pub(crate) ok: bool,
    pub(crate) body: String,
}

/// Posts JSON or nothing. `None`: there was no answer.
pub(crate) async fn post(path: &'static str, json: Option<String>) -> Option<Answer> {
    exchange(path, json).await.ok()
}

async fn exchange(path: &str, json: Option<String>) -> Result<Answer, JsValue> {
    let request = RequestInit::new();
    request.set_method("POST");
    if let Some(json) = json {
        let headers = Headers::new()?;
        headers.set("content-type", "application/json")?;
        request.set_headers(&headers);
        request.set_body(&json.into());
    }
    let response = JsFuture::from(window().fetch_with_str_and_init(path, &request)).await?;
    let response: Response = response.unchecked_into();
    let body = JsFuture::from(response.text()?).await?;
    Ok(Answer { ok: response.ok(), body: body.as_string().unwrap_or_default() })
}
