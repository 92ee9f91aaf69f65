//! Numbers as the reader writes them.

use js_sys::{Array, Intl::NumberFormat, Object};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// "4,000" if the reader's language writes it so.
#[derive(Clone, Copy)]
pub(crate) struct Numbers(StoredValue<NumberFormat, LocalStorage>);

impl Numbers {
    pub(crate) fn new() -> Self {
        // No locale: the reader's own.
        Self(StoredValue::new_local(NumberFormat::new(&Array::new(), &Object::new())))
    }

    pub(crate) fn write(self, number: usize) -> String {
        let number = JsValue::from_f64(number as f64);
        let written = self.0.with_value(|format| format.format().call1(&JsValue::UNDEFINED, &number));
        written.ok().and_then(|text| text.as_string()).unwrap_or_default()
    }
}
