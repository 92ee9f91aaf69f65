//! The whole page: who is logged in, and which address shows what.

use leptos::prelude::*;
use leptos_router::{
    components::{Outlet, ParentRoute, Redirect, Route, Router, Routes},
    hooks::{use_location, use_params_map},
    path,
};
use protocol::ConversationId;

use crate::{
    browser::was_here,
    conversation::ConversationPane,
    frame::{Frame, not_found::NotFound},
    home::Home,
    routes,
    session::{
        Session, Status, Why,
        entrance::{LogIn, Register},
    },
    shell,
};

#[component]
pub(crate) fn App() -> impl IntoView {
    let session = Session::start();
    provide_context(session);

    // The shell of index.html stays until it is known which page comes after it.
    Effect::new(move |_| match session.status() {
        Status::Restoring(_) => {}
        Status::SignedOut(_) => {
            shell::remove();
            shell::started();
        }
        Status::SignedIn(_) => shell::remove(),
    });

    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/login") view=LogIn />
                <Route path=path!("/register") view=Register />
                <ParentRoute path=path!("") view=SignedIn>
                    <Route path=path!("/") view=Home />
                    <Route path=path!("/people/:id") view=Person />
                    <Route path=path!("/people/:id/m/:message") view=Person />
                    <Route path=path!("/groups/:id") view=Group />
                    <Route path=path!("/groups/:id/m/:message") view=Group />
                    <Route path=path!("/*any") view=NotFound />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// The page of somebody who is logged in; anybody else is sent to the page for logging in.
#[component]
fn SignedIn() -> impl IntoView {
    let session = Session::expect();
    let location = use_location();
    move || match session.status() {
        Status::Restoring(None) => ().into_any(),
        Status::Restoring(Some(sentence)) => view! { <NotRestored sentence /> }.into_any(),
        Status::SignedOut(why) => {
            let path = match why {
                Why::Left | Why::LeftElsewhere => routes::LOG_IN.to_owned(),
                Why::NotYet | Why::Ended(_) => {
                    // In a browser where nobody ever logged in, somebody probably has no account yet.
                    let page = if was_here() { routes::LOG_IN } else { routes::REGISTER };
                    routes::with_next(page, &location.pathname.get_untracked())
                }
            };
            view! { <Redirect path /> }.into_any()
        }
        Status::SignedIn(me) => view! { <Frame me><Outlet /></Frame> }.into_any(),
    }
}

/// Somebody is logged in, but the server cannot be asked whether they still are.
#[component]
fn NotRestored(sentence: String) -> impl IntoView {
    let session = Session::expect();
    view! {
        <div class="shell-message" role="alert">
            <p>"Nothing is lost. " {sentence}</p>
            <button class="button is-primary" type="button" on:click=move |_| session.try_now()>
                "Try again"
            </button>
        </div>
    }
}

#[component]
fn Person() -> impl IntoView {
    conversation(|id| id.parse().ok().map(ConversationId::User))
}

#[component]
fn Group() -> impl IntoView {
    conversation(|id| id.parse().ok().map(ConversationId::Group))
}

/// The conversation of this address. The router keeps a route's view while only its parameter changes,
/// but a pane belongs to one conversation.
fn conversation(parse: fn(&str) -> Option<ConversationId>) -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get_str("id").and_then(parse)));
    move || match id.get() {
        Some(id) => view! { <ConversationPane id /> }.into_any(),
        None => view! { <NotFound /> }.into_any(),
    }
}
