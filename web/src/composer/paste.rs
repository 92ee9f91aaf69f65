//! Texts that are pasted or dropped into the field.

use js_sys::{JsString, Reflect};
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlTextAreaElement, InputEvent};

use super::length::DRAFT;

/// Whether a field would hold too much after this. Says how much was to be inserted.
///
/// The text is not taken out of the browser: its length is enough.
pub(super) fn too_much(event: &InputEvent, field: &HtmlTextAreaElement) -> Option<usize> {
    let data = Reflect::get(event, &"data".into()).ok()?;
    let length = data.dyn_ref::<JsString>()?.length() as usize;
    (length > 1 && length + field.text_length() as usize > DRAFT).then_some(length)
}
