//! The form of a name and a password.

use leptos::{ev::SubmitEvent, html, prelude::*};
use protocol::Credentials;

use super::{
    Words,
    complaint::{Complaint, credentials},
};
use crate::{
    session::Session,
    ui::field::{FieldHint, FormError, invalid},
};

type Field = NodeRef<html::Input>;

#[component]
pub(super) fn Form(
    words: &'static Words,
    /// Why the form is shown, if the person did not ask for it.
    sentence: Option<String>,
) -> impl IntoView {
    let session = Session::expect();
    let (username, password): (Field, Field) = (NodeRef::new(), NodeRef::new());
    let complaint = RwSignal::new(Complaint { form: sentence, ..Complaint::default() });
    let shown = RwSignal::new(false);
    let wrong_username = Signal::derive(move || complaint.get().username);
    let wrong_password = Signal::derive(move || complaint.get().password);
    let complain = move |said: Complaint| {
        let field = if said.username.is_some() { username } else { password };
        if let Some(field) = field.try_get_untracked().flatten() {
            let _ = field.focus();
        }
        complaint.try_set(said);
    };

    let enter = Action::new_local(move |credentials: &Credentials| {
        let credentials = credentials.clone();
        async move {
            let entered = match words.registers {
                true => session.register(credentials).await,
                false => session.log_in(credentials).await,
            };
            if let Err(trouble) = entered {
                complain(Complaint::of(trouble));
            }
        }
    });
    let busy = enter.pending();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        match credentials(&value(username), &value(password), words.registers) {
            Ok(credentials) => {
                complaint.set(Complaint::default());
                enter.dispatch_local(credentials);
            }
            Err(said) => complain(said),
        }
    };
    // `autofocus` works only on what was in the page when it loaded.
    username.on_load(|field| drop(request_animation_frame_with_handle(move || drop(field.focus()))));

    view! {
        <form class="auth-form" novalidate on:submit=submit>
            <div class="field">
                <label class="field-label" for="username">"User name"</label>
                <input
                    class="field-input"
                    id="username"
                    name="username"
                    node_ref=username
                    autocomplete="username"
                    autocapitalize="none"
                    spellcheck="false"
                    required
                    aria-invalid=invalid(wrong_username)
                    aria-describedby="username-hint"
                    on:input=move |_| complaint.update(|said| said.username = None)
                />
                <FieldHint id="username-hint" hint=words.username_hint wrong=wrong_username />
            </div>
            <div class="field">
                <label class="field-label" for="password">"Password"</label>
                <div class="field-with-action">
                    <input
                        class="field-input"
                        id="password"
                        name="password"
                        node_ref=password
                        type=Signal::derive(move || if shown.get() { "text" } else { "password" })
                        autocomplete=words.autocomplete
                        required
                        aria-invalid=invalid(wrong_password)
                        aria-describedby="password-hint"
                        on:input=move |_| complaint.update(|said| said.password = None)
                    />
                    <button
                        class="button is-quiet"
                        type="button"
                        aria-pressed=Signal::derive(move || shown.get().to_string())
                        aria-controls="password"
                        on:click=move |_| shown.update(|shown| *shown = !*shown)
                        prop:textContent=move || if shown.get() { "Hide" } else { "Show" }
                    ></button>
                </div>
                <FieldHint id="password-hint" hint=words.password_hint wrong=wrong_password />
            </div>
            <button
                class="button is-primary is-large is-wide"
                aria-disabled=Signal::derive(move || busy.get().then_some("true"))
            >
                {words.button}
            </button>
            // Below the button, so that the button does not move.
            <FormError wrong=Signal::derive(move || complaint.get().form) />
        </form>
    }
}

fn value(field: Field) -> String {
    field.get_untracked().map(|field| field.value()).unwrap_or_default()
}
