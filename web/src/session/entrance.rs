//! The way in: logging in and making an account.

mod complaint;
mod form;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use protocol::ConversationId;

use super::{Session, Status, Why};
use crate::{
    browser::was_here,
    routes::{self, NEXT, conversation_at},
    ui::icon::Logo,
};
use form::Form;

#[component]
pub(crate) fn LogIn() -> impl IntoView {
    view! { <Entrance words=&LOG_IN /> }
}

#[component]
pub(crate) fn Register() -> impl IntoView {
    view! { <Entrance words=&REGISTER /> }
}

#[component]
fn Entrance(words: &'static Words) -> impl IntoView {
    let session = Session::expect();
    let (query, navigate) = (use_query_map(), use_navigate());
    let wanted = move || routes::next(query.read_untracked().get(NEXT));
    // Somebody who is logged in, here or by another tab, goes to where they wanted to go.
    Effect::new(move |_| {
        if let Status::SignedIn(_) = session.status() {
            navigate(&wanted(), NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
    });
    let was_ended = untrack(|| matches!(session.status(), Status::SignedOut(Why::Ended(_))));
    let text = match conversation_at(&wanted()) {
        // This is no invitation: the person was there when their login ended.
        Some(_) if was_ended => "You come back to where you were.",
        Some(ConversationId::Group(_)) => "You are invited to a group. It opens right after.",
        Some(ConversationId::User(_)) => "The conversation opens right after.",
        None if words.registers || was_here() => words.text,
        None => "Welcome. No account yet? It takes a name and a password.",
    };
    move || {
        let Status::SignedOut(why) = session.status() else { return ().into_any() };
        let sentence = match why {
            Why::Ended(sentence) => Some(sentence),
            Why::LeftElsewhere => Some("You were logged out in another tab.".to_owned()),
            Why::NotYet | Why::Left => None,
        };
        view! {
            <main class="auth-page">
                <div class="auth-brand"><Logo /> "Parlance"</div>
                <p class="auth-server">{window().location().host().unwrap_or_default()}</p>
                <div class="auth-card">
                    <h1 class="auth-title">{words.title}</h1>
                    <p class="auth-text">{text}</p>
                    <Form words sentence />
                    <p class="auth-switch">
                        {words.otherwise} " "
                        <a class="link-button" href=routes::with_next(words.other, &wanted())>
                            {words.other_link}
                        </a>
                    </p>
                </div>
            </main>
        }
        .into_any()
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
    other: &'static str,
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
    other: routes::REGISTER,
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
    other: routes::LOG_IN,
    other_link: "Log in",
};
