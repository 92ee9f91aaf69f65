//! Addresses: which path stands for what.

use leptos_router::location::Url;
use protocol::{ConversationId, Message};

/// The list of conversations.
pub(crate) const HOME: &str = "/";
/// The page for logging in.
pub(crate) const LOG_IN: &str = "/login";
/// The page for making an account.
pub(crate) const REGISTER: &str = "/register";
/// The part of an address that says where somebody wanted to go before they had to log in.
pub(crate) const NEXT: &str = "next";

/// The address of a conversation. For a private group it is also the invitation.
pub(crate) fn conversation_path(id: ConversationId) -> String {
    match id {
        ConversationId::User(id) => format!("/people/{id}"),
        ConversationId::Group(id) => format!("/groups/{id}"),
    }
}

/// The address of a message in a conversation. It opens the conversation where it was left.
pub(crate) fn message_path(id: ConversationId, _: &Message) -> String {
    conversation_path(id)
}

/// The conversation that an address stands for.
pub(crate) fn conversation_at(path: &str) -> Option<ConversationId> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let id = match (parts.next()?, parts.next()?) {
        ("people", id) => id.parse().ok().map(ConversationId::User),
        ("groups", id) => id.parse().ok().map(ConversationId::Group),
        _ => None,
    };
    id.filter(|_| parts.next().is_none())
}

/// An address that remembers where somebody wants to go.
pub(crate) fn with_next(path: &str, wanted: &str) -> String {
    if wanted == HOME { path.to_owned() } else { format!("{path}?{NEXT}={}", Url::escape(wanted)) }
}

/// Where to go after logging in: a path of this page, whatever the address says.
pub(crate) fn next(wanted: Option<String>) -> String {
    let is_ours = |path: &String| path.starts_with('/') && !path[1..].starts_with(['/', '\\']);
    wanted.filter(is_ours).unwrap_or_else(|| HOME.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0192e4a0-7b3c-7000-8000-000000000001";

    #[test]
    fn a_conversation_has_an_address_that_leads_back_to_it() {
        for id in [ConversationId::User(ID.parse().unwrap()), ConversationId::Group(ID.parse().unwrap())] {
            assert_eq!(conversation_at(&conversation_path(id)), Some(id));
        }
    }

    #[test]
    fn any_other_address_is_no_conversation() {
        for path in ["/", "/people", "/people/ann", "/groups/", "/nowhere", &format!("/people/{ID}/more")] {
            assert_eq!(conversation_at(path), None, "{path}");
        }
    }

    #[test]
    fn logging_in_leads_to_no_other_site() {
        let next = |path: &str| next(Some(path.to_owned()));
        assert_eq!(next("/groups/1"), "/groups/1");
        for foreign in ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:x"] {
            assert_eq!(next(foreign), HOME, "{foreign}");
        }
    }
}
