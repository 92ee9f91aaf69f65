//! The refresh that index.html asks for while the program still loads.

use gloo::net::http::Response;
use js_sys::{Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::Trouble;

/// As index.html names it.
const EARLY: &str = "earlyRefresh";

/// The answer, the first time. `None` if nobody asked.
pub(super) async fn take() -> Option<Result<Response, Trouble>> {
    let (window, name) = (window(), JsValue::from_str(EARLY));
    let asked: Promise = Reflect::get(&window, &name).ok()?.dyn_into().ok()?;
    let _ = Reflect::delete_property(&window, &name);
    let answer =
        JsFuture::from(asked).await.ok().and_then(|answer| answer.dyn_into::<web_sys::Response>().ok());
    Some(answer.map(Response::from).ok_or(Trouble::Unreachable))
}
