//! Logging in and registering.

use std::str::FromStr;

use leptos::{prelude::*, task::spawn_local};
use protocol::{Credentials, Password, TextError, Username};

use super::icon::{icon, logo};
use crate::{
    live::{derived, memo, part, press},
    place::{Navigation, Place},
    session::{Session, Trouble},
};

/// What stands at the fields after something was refused.
#[derive(Clone, Debug, Default, PartialEq)]
struct Complaint {
    username: Option<String>,
    password: Option<String>,
    form: Option<String>,
}

#[component]
pub(super) fn Entrance(
    /// Why one is here, where it was not one's own wish.
    sentence: Option<String>,
) -> impl IntoView {
    let navigation: Navigation = expect_context();
    let registering = memo(move || navigation.place() == Place::Register);
    part(move || {
        let sentence = sentence.clone();
        view! {
            <main class="auth-page">
                <div class="auth-brand">{logo()} "Parlance"</div>
                <div class="auth-card"><Form registering=registering.get() sentence /></div>
            </main>
        }
        .into_any()
    })
}

#[component]
fn Form(registering: bool, sentence: Option<String>) -> impl IntoView {
    let session: Session = expect_context();
    let words = if registering { REGISTER } else { LOG_IN };
    let username = NodeRef::new();
    let password = NodeRef::new();
    let complaint = RwSignal::new(Complaint { form: sentence, ..Complaint::default() });
    let busy = RwSignal::new(false);
    let shown = RwSignal::new(false);

    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        match credentials(&value(username), &value(password), registering) {
            Ok(credentials) => {
                busy.set(true);
                complaint.set(Complaint::default());
                spawn_local(async move {
                    let result = match registering {
                        true => session.register(credentials).await,
                        false => session.log_in(credentials).await,
                    };
                    // Afterwards this page may be gone.
                    busy.try_set(false);
                    if let Err(trouble) = result {
                        let said = Complaint::of(trouble);
                        focus_first(&said, username, password);
                        complaint.try_set(said);
                    }
                });
            }
            Err(said) => {
                focus_first(&said, username, password);
                complaint.set(said);
            }
        }
    };

    view! {
        <h1 class="auth-title">{words.title}</h1>
        <p class="auth-text">{words.text}</p>
        <form class="auth-form" novalidate on:submit=submit>
            {form_error(move || complaint.get().form)}
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
                    autofocus
                    required
                    aria-invalid=derived(move || complaint.get().username.is_some().then_some("true"))
                    aria-describedby="username-hint"
                    on:input=move |_| complaint.update(|said| said.username = None)
                />
                {hint("username-hint", words.username_hint, move || complaint.get().username)}
            </div>
            <div class="field">
                <label class="field-label" for="password">"Password"</label>
                <div class="field-with-action">
                    <input
                        class="field-input"
                        id="password"
                        name="password"
                        node_ref=password
                        type=derived(move || if shown.get() { "text" } else { "password" })
                        autocomplete=words.autocomplete
                        required
                        aria-invalid=derived(move || complaint.get().password.is_some().then_some("true"))
                        aria-describedby="password-hint"
                        on:input=move |_| complaint.update(|said| said.password = None)
                    />
                    <button
                        class="button is-quiet"
                        type="button"
                        aria-pressed=derived(move || shown.get().to_string())
                        aria-controls="password"
                        on:click=press(move || shown.update(|shown| *shown = !*shown))
                    >
                        {derived(move || if shown.get() { "Hide" } else { "Show" })}
                    </button>
                </div>
                {hint("password-hint", words.password_hint, move || complaint.get().password)}
            </div>
            <button
                class="button is-primary is-large is-wide"
                aria-disabled=derived(move || busy.get().then_some("true"))
            >
                {words.button}
            </button>
        </form>
        <p class="auth-switch">
            {words.otherwise} " " <a class="link-button" href=words.other.path()>{words.other_link}</a>
        </p>
    }
    .into_any()
}

/// What is wrong with a form as a whole.
pub(super) fn form_error(wrong: impl Fn() -> Option<String> + Send + 'static) -> AnyView {
    part(move || match wrong() {
        Some(said) => view! {
            <div class="form-error" role="alert">{icon("warning")}<span>{said}</span></div>
        }
        .into_any(),
        None => ().into_any(),
    })
}

/// The line below a field: its hint, or what is wrong with it.
pub(super) fn hint(
    id: &'static str,
    hint: &'static str,
    wrong: impl Fn() -> Option<String> + Send + 'static,
) -> AnyView {
    view! {
        <div id=id aria-live="polite">
            {part(move || match wrong() {
                Some(said) => view! { <p class="field-error">{icon("warning")}<span>{said}</span></p> }.into_any(),
                None => view! { <p class="field-hint">{hint}</p> }.into_any(),
            })}
        </div>
    }
    .into_any()
}

fn value(input: NodeRef<leptos::html::Input>) -> String {
    input.get_untracked().map(|input| input.value()).unwrap_or_default()
}

fn focus_first(
    complaint: &Complaint,
    username: NodeRef<leptos::html::Input>,
    password: NodeRef<leptos::html::Input>,
) {
    let input = if complaint.username.is_some() { username } else { password };
    if let Some(input) = input.try_get_untracked().flatten() {
        let _ = input.focus();
    }
}

/// Reads the fields. Limits are checked here only for a new account: an old name or password that
/// breaks them is simply wrong.
fn credentials(username: &str, password: &str, registering: bool) -> Result<Credentials, Complaint> {
    let (username, password) = (username.trim(), password);
    match (Username::from_str(username), Password::from_str(password)) {
        (Ok(username), Ok(password)) => Ok(Credentials { username, password }),
        (username_is, password_is) => Err(Complaint {
            username: complain(username_is, username, "Enter your user name."),
            password: complain(password_is, password, "Enter your password."),
            form: None,
        }
        .for_login(registering)),
    }
}

fn complain<T>(parsed: Result<T, TextError>, text: &str, missing: &str) -> Option<String> {
    let error = parsed.err()?;
    Some(if text.is_empty() { missing.to_owned() } else { error.to_string() })
}

impl Complaint {
    fn of(trouble: Trouble) -> Self {
        let sentence = trouble.sentence();
        let field = match trouble {
            Trouble::Refused(error) => error.field,
            Trouble::Unreachable => None,
        };
        match field.as_deref() {
            Some("username") => Self { username: Some(sentence), ..Self::default() },
            Some("password") => Self { password: Some(sentence), ..Self::default() },
            _ => Self { form: Some(sentence), ..Self::default() },
        }
    }

    fn for_login(self, registering: bool) -> Self {
        let missing = |said: &Option<String>| said.as_ref().is_none_or(|said| said.starts_with("Enter"));
        if registering || (missing(&self.username) && missing(&self.password)) {
            return self;
        }
        Self { form: Some("The user name or the password is wrong.".to_owned()), ..Self::default() }
    }
}

struct Words {
    title: &'static str,
    text: &'static str,
    username_hint: &'static str,
    password_hint: &'static str,
    autocomplete: &'static str,
    button: &'static str,
    otherwise: &'static str,
    other: Place,
    other_link: &'static str,
}

const LOG_IN: Words = Words {
    title: "Log in",
    text: "Good to see you again.",
    username_hint: "",
    password_hint: "",
    autocomplete: "current-password",
    button: "Log in",
    otherwise: "New here?",
    other: Place::Register,
    other_link: "Create an account",
};

const REGISTER: Words = Words {
    title: "Create your account",
    text: "A name and a password, nothing else.",
    username_hint: "3 to 32 characters. Others see this name.",
    password_hint: "At least 8 characters.",
    autocomplete: "new-password",
    button: "Create account",
    otherwise: "Already have an account?",
    other: Place::LogIn,
    other_link: "Log in",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_account_is_told_what_is_wrong_at_the_field() {
        let said = credentials("a b", "short", true).unwrap_err();
        assert_eq!(said.password.as_deref(), Some("A password must have at least 8 characters."));
        assert!(said.username.unwrap().starts_with("A user name"));
        assert!(credentials(" ann ", "correct horse", true).is_ok());
    }

    #[test]
    fn a_login_says_only_what_is_missing_or_that_it_is_wrong() {
        let said = credentials("ann", "", false).unwrap_err();
        assert_eq!((said.username, said.password.as_deref()), (None, Some("Enter your password.")));
        let said = credentials("ann", "short", false).unwrap_err();
        assert_eq!(said.form.as_deref(), Some("The user name or the password is wrong."));
    }
}
