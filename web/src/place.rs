//! Places: which page an address means, and going there without loading anything.

use crate::dom::listen;
use crate::live::{Kept, Var, keep, var};
use crate::reactive::*;
use protocol::ConversationId;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent};

/// What an address stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The list of conversations.
    Home,
    /// The page for logging in.
    LogIn,
    /// The page for making an account.
    Register,
    /// A conversation.
    Conversation(ConversationId),
    /// Nothing.
    Unknown,
}

impl Place {
    pub(crate) fn parse(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let place = match (parts.next(), parts.next()) {
            (None, None) => Some(Self::Home),
            (Some("login"), None) => Some(Self::LogIn),
            (Some("register"), None) => Some(Self::Register),
            (Some("people"), Some(id)) => {
                id.parse().ok().map(|id| Self::Conversation(ConversationId::User(id)))
            }
            (Some("groups"), Some(id)) => {
                id.parse().ok().map(|id| Self::Conversation(ConversationId::Group(id)))
            }
            _ => None,
        };
        place.filter(|_| parts.next().is_none()).unwrap_or(Self::Unknown)
    }

    pub(crate) fn path(self) -> String {
        match self {
            Self::Home | Self::Unknown => "/".to_owned(),
            Self::LogIn => "/login".to_owned(),
            Self::Register => "/register".to_owned(),
            Self::Conversation(id) => conversation_path(id),
        }
    }

    pub(crate) fn conversation(self) -> Option<ConversationId> {
        match self {
            Self::Conversation(id) => Some(id),
            _ => None,
        }
    }
}

/// The address of a conversation. Of a private group it is the invitation, too.
pub(crate) fn conversation_path(id: ConversationId) -> String {
    match id {
        ConversationId::User(id) => format!("/people/{id}"),
        ConversationId::Group(id) => format!("/groups/{id}"),
    }
}

/// Where one is. Links of the page (`<a href="/…">`) go through it by themselves.
#[derive(Clone, Copy)]
pub(crate) struct Navigation {
    place: Var<Place>,
    /// Where somebody wanted to go before they had to log in.
    wanted: Kept<Option<Place>>,
}

impl Navigation {
    /// Follows the browser's address and the links of the page, for as long as the owner lives.
    pub(crate) fn start() -> Self {
        let this = Self { place: var(here()), wanted: keep(None) };
        listen(&window(), "popstate", move |_| this.place.set(here()));
        listen(&window(), "click", move |event| {
            let followed = event.dyn_ref::<MouseEvent>().and_then(followed_link);
            if let Some(path) = followed {
                event.prevent_default();
                this.go(Place::parse(&path));
            }
        });
        this
    }

    pub(crate) fn place(self) -> Place {
        self.place.get()
    }

    /// Whether this conversation is on the screen.
    pub(crate) fn is_at(self, id: ConversationId) -> bool {
        self.place.get_untracked() == Place::Conversation(id)
    }

    /// Goes to a place, from which "back" leads here.
    pub(crate) fn go(self, place: Place) {
        if place != self.place.get_untracked() {
            let _ = window()
                .history()
                .map(|history| history.push_state_with_url(&JsValue::NULL, "", Some(&place.path())));
            self.place.set(place);
        }
    }

    /// Goes to a place instead of this one.
    pub(crate) fn replace(self, place: Place) {
        let _ = window()
            .history()
            .map(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&place.path())));
        self.place.set(place);
    }

    /// Nobody is logged in: remembers where they wanted to go.
    pub(crate) fn signed_out(self) {
        let place = self.place.get_untracked();
        if place.conversation().is_some() {
            self.wanted.set(Some(place));
        }
        if !matches!(place, Place::LogIn | Place::Register) {
            self.replace(Place::LogIn);
        }
    }

    /// Somebody is logged in: goes to where they wanted to go.
    pub(crate) fn signed_in(self) {
        let wanted = self.wanted.update(Option::take).flatten();
        if matches!(self.place.get_untracked(), Place::LogIn | Place::Register | Place::Unknown) {
            self.replace(wanted.unwrap_or(Place::Home));
        }
    }

    /// Forgets it: the next to log in may be somebody else.
    pub(crate) fn leave(self) {
        self.wanted.set(None);
        self.replace(Place::LogIn);
    }
}

fn here() -> Place {
    Place::parse(&window().location().pathname().unwrap_or_default())
}

/// The path of a link of ours that a plain click follows.
fn followed_link(click: &MouseEvent) -> Option<String> {
    let plain = click.button() == 0
        && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key())
        && !click.default_prevented();
    let link = click.target()?.dyn_into::<Element>().ok()?.closest("a[href^='/']").ok()??;
    (plain && !link.has_attribute("target")).then(|| link.get_attribute("href")).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0192e4a0-7b3c-7000-8000-000000000001";

    #[test]
    fn every_place_has_an_address_that_leads_back_to_it() {
        let places = [
            Place::Home,
            Place::LogIn,
            Place::Register,
            Place::Conversation(ConversationId::User(ID.parse().unwrap())),
            Place::Conversation(ConversationId::Group(ID.parse().unwrap())),
        ];
        for place in places {
            assert_eq!(Place::parse(&place.path()), place);
        }
    }

    #[test]
    fn any_other_address_is_unknown() {
        for path in ["/people", "/people/ann", "/groups/", "/nowhere", &format!("/people/{ID}/more")] {
            assert_eq!(Place::parse(path), Place::Unknown, "{path}");
        }
        assert_eq!(Place::parse("/login/"), Place::LogIn);
    }
}
