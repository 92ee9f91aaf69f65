//! Logging in and registering.

use std::str::FromStr;

use crate::reactive::*;
use protocol::{Credentials, Password, TextError, Username};
use web_sys::Element;

use super::icon::{icon, logo};
use crate::{
    dom::{El, View, a, button, div, el, focus, p, part, span, value},
    live::{Var, memo, var},
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

/// The sentence says why one is here, where it was not one's own wish.
pub(super) fn entrance(session: Session, navigation: Navigation, sentence: Option<String>) -> View {
    let registering = memo(move || navigation.place() == Place::Register);
    part(move || {
        let words = if registering.get() { &REGISTER } else { &LOG_IN };
        let other = a("link-button", &words.other.path()).text(words.other_link);
        let card = div("auth-card")
            .child(el("h1", "auth-title").text(words.title))
            .child(p("auth-text").text(words.text))
            .child(form(session, words, sentence.clone()))
            .child(p("auth-switch").text(words.otherwise).text(" ").child(other));
        el("main", "auth-page").child(div("auth-brand").child(logo()).text("Parlance")).child(card)
    })
}

fn form(session: Session, words: &'static Words, sentence: Option<String>) -> El {
    let complaint = var(Complaint { form: sentence, ..Complaint::default() });
    let busy = var(false);
    let shown = var(false);
    let username = input("username")
        .attr("autocomplete", "username")
        .attr("autocapitalize", "none")
        .attr("spellcheck", "false")
        .attr("autofocus", "")
        .live_attr("aria-invalid", move || complaint.get().username.is_some().then_some("true"))
        .on_input(move |_| complaint.update(|said| said.username = None));
    let password = input("password")
        .live_attr("type", move || if shown.get() { "text" } else { "password" })
        .attr("autocomplete", words.autocomplete)
        .live_attr("aria-invalid", move || complaint.get().password.is_some().then_some("true"))
        .on_input(move |_| complaint.update(|said| said.password = None));
    let submit = submit(session, words.registers, username.handle(), password.handle(), complaint, busy);
    let show = button("button is-quiet")
        .live_attr("aria-pressed", move || shown.get().to_string())
        .attr("aria-controls", "password")
        .on_press(move || shown.update(|shown| *shown = !*shown))
        .live_text(move || if shown.get() { "Hide" } else { "Show" });
    let username = div("field").child(label("username", "User name")).child(username).child(hint(
        "username-hint",
        words.username_hint,
        move || complaint.get().username,
    ));
    let password = div("field")
        .child(label("password", "Password"))
        .child(div("field-with-action").child(password).child(show))
        .child(hint("password-hint", words.password_hint, move || complaint.get().password));
    el("form", "auth-form")
        .attr("novalidate", "")
        .on_submit(submit)
        .child(form_error(move || complaint.get().form))
        .child(username)
        .child(password)
        .child(
            el("button", "button is-primary is-large is-wide")
                .live_attr("aria-disabled", move || busy.get().then_some("true"))
                .text(words.button),
        )
}

fn submit(
    session: Session,
    registering: bool,
    username: Element,
    password: Element,
    complaint: Var<Complaint>,
    busy: Var<bool>,
) -> impl FnMut() {
    let complain = move |said: Complaint, username: &Element, password: &Element| {
        focus(if said.username.is_some() { username } else { password });
        complaint.set(said);
    };
    move || {
        if busy.get_untracked() {
            return;
        }
        match credentials(&value(&username), &value(&password), registering) {
            Ok(credentials) => {
                busy.set(true);
                complaint.set(Complaint::default());
                let (username, password) = (username.clone(), password.clone());
                spawn_local(async move {
                    let result = match registering {
                        true => session.register(credentials).await,
                        false => session.log_in(credentials).await,
                    };
                    // Afterwards this page may be gone.
                    busy.set(false);
                    if let Err(trouble) = result {
                        complain(Complaint::of(trouble), &username, &password);
                    }
                });
            }
            Err(said) => complain(said, &username, &password),
        }
    }
}

/// A field that must be filled in; its label and its hint go by its name.
fn input(name: &str) -> El {
    el("input", "field-input")
        .attr("id", name)
        .attr("name", name)
        .attr("required", "")
        .attr("aria-describedby", &format!("{name}-hint"))
}

/// What stands above a field.
pub(super) fn label(field: &str, text: &str) -> El {
    el("label", "field-label").attr("for", field).text(text)
}

/// What is wrong with a form as a whole.
pub(super) fn form_error(wrong: impl Fn() -> Option<String> + 'static) -> View {
    part(move || {
        wrong().map(|said| {
            div("form-error").attr("role", "alert").child(icon("warning")).child(span("").text(&said))
        })
    })
}

/// The line below a field: its hint, or what is wrong with it.
pub(super) fn hint(id: &str, hint: &'static str, wrong: impl Fn() -> Option<String> + 'static) -> El {
    div("").attr("id", id).attr("aria-live", "polite").child(part(move || match wrong() {
        Some(said) => p("field-error").child(icon("warning")).child(span("").text(&said)),
        None => p("field-hint").text(hint),
    }))
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
    registers: bool,
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

static LOG_IN: Words = Words {
    registers: false,
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

static REGISTER: Words = Words {
    registers: true,
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
