//! How high the page may be if the keyboard of a phone covers a part of it.
//!
//! Most browsers make the page smaller by themselves (`interactive-widget` in index.html); Safari only
//! reports the height here.

use gloo::events::EventListener;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{CssStyleDeclaration, HtmlElement, VisualViewport};

pub(super) fn follow() {
    let Some(viewport) = window().visual_viewport() else { return };
    let fit = {
        let viewport = viewport.clone();
        move || set_height(&viewport)
    };
    StoredValue::new_local(EventListener::new(&viewport, "resize", move |_| fit()));
    on_cleanup(|| {
        let _ = root_style().remove_property(HEIGHT);
    });
}

const HEIGHT: &str = "--viewport-height";

fn root_style() -> CssStyleDeclaration {
    gloo::utils::document_element().unchecked_into::<HtmlElement>().style()
}

fn set_height(viewport: &VisualViewport) {
    // Somebody who has zoomed in looks at a part of the page, which must keep its height.
    if (viewport.scale() - 1.0).abs() < 0.01 {
        let height = format!("{}px", viewport.height() as u32);
        let _ = root_style().set_property(HEIGHT, &height);
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }
}
