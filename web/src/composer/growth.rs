//! The field is as high as its text. Browsers do that by themselves (`field-sizing: content`);
//! for those that do not yet, the height is measured.

use std::cell::OnceCell;

use web_sys::{HtmlTextAreaElement, css};

/// Longer texts are higher than the field may become in any case.
const MEASURED: u32 = 10_000;

thread_local! {
    static GROWS: OnceCell<bool> = const { OnceCell::new() };
}

/// Call it whenever the text has changed.
pub(super) fn fit(field: &HtmlTextAreaElement) {
    let grows = GROWS.with(|grows| {
        *grows.get_or_init(|| css::supports_with_value("field-sizing", "content").unwrap_or(true))
    });
    if grows || field.text_length() > MEASURED {
        return;
    }
    let style = web_sys::HtmlElement::style(field);
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", field.scroll_height()));
}
