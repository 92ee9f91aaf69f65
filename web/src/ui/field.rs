//! What stands at the fields of a form.

use leptos::prelude::*;

use super::icon::Icon;

/// What is wrong with a form as a whole.
#[component]
pub(crate) fn FormError(#[prop(into)] wrong: Signal<Option<String>>) -> impl IntoView {
    move || {
        wrong.get().map(|said| {
            view! { <div class="form-error" role="alert"><Icon name="warning" /><span prop:textContent=said></span></div> }
        })
    }
}

/// The line below a field: its hint, or what is wrong with it.
#[component]
pub(crate) fn FieldHint(
    /// For the field's `aria-describedby`.
    id: &'static str,
    hint: &'static str,
    #[prop(into)] wrong: Signal<Option<String>>,
) -> impl IntoView {
    let line = move || match wrong.get() {
        Some(said) => {
            view! { <p class="field-error"><Icon name="warning" /><span prop:textContent=said></span></p> }
                .into_any()
        }
        None => view! { <p class="field-hint">{hint}</p> }.into_any(),
    };
    view! { <div id=id aria-live="polite">{line}</div> }
}

/// "true" while a field is wrong, for `aria-invalid`.
pub(crate) fn invalid(wrong: impl Into<Signal<Option<String>>>) -> Signal<Option<&'static str>> {
    let wrong = wrong.into();
    Signal::derive(move || wrong.with(|wrong| wrong.as_ref().map(|_| "true")))
}
