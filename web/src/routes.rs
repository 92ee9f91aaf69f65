//! Addresses: which path stands for what.

use leptos_router::location::Url;
use protocol::{ConversationId, MessageId};

/// The list of conversations.
pub(crate) const HOME: &str = "/";
/// The page for logging in.
pub(crate) const LOG_IN: &str = "/login";
/// The page for making an account.
pub(crate) const REGISTER: &str = "/register";
/// Comes before a message in an address.
const MESSAGES: &str = "m";
/// The part of an address that says where somebody wanted to go before they had to log in.
pub(crate) const NEXT: &str = "next";

/// The address of a conversation. For a private group it is also the invitation.
pub(crate) fn conversation_path(id: ConversationId) -> String {
    match id {
        ConversationId::User(id) => format!("/people/{id}"),
        ConversationId::Group(id) => format!("/groups/{id}"),
    }
}

/// The address of a message.
pub(crate) fn message_path(id: ConversationId, message: MessageId) -> String {
    format!("{}/{MESSAGES}/{message}", conversation_path(id))
}

/// The conversation that an address stands for, and the message in it, if it names one.
fn place_at(path: &str) -> Option<(ConversationId, Option<MessageId>)> {
    // Not any path whose parts fit: a browser takes `//groups/…` for the address of another site.
    let path = path.strip_prefix('/')?;
    let mut parts = path.strip_suffix('/').unwrap_or(path).split('/');
    let id = match (parts.next()?, parts.next()?) {
        ("people", id) => ConversationId::User(id.parse().ok()?),
        ("groups", id) => ConversationId::Group(id.parse().ok()?),
        _ => return None,
    };
    let message = match parts.next() {
        Some(MESSAGES) => Some(parts.next()?.parse().ok()?),
        Some(_) => return None,
        None => None,
    };
    parts.next().is_none().then_some((id, message))
}

/// The conversation that an address stands for.
pub(crate) fn conversation_at(path: &str) -> Option<ConversationId> {
    place_at(path).map(|(id, _)| id)
}

/// The message that an address stands for.
pub(crate) fn message_at(path: &str) -> Option<MessageId> {
    place_at(path).and_then(|(_, message)| message)
}

/// Whether somebody who did not write this path themselves can be led there: it stands for a place of this page,
/// and no browser reads another address in it.
pub(crate) fn is_ours(path: &str) -> bool {
    path == HOME || conversation_at(path).is_some()
}

/// Whether this may be the beginning of a message's address.
pub(crate) fn is_begun(path: &str) -> bool {
    let Some(path) = path.strip_prefix('/') else { return false };
    let mut parts = path.split('/');
    let is_id = |part: &str| part.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    matches!(parts.next(), Some("people" | "groups"))
        && parts.next().is_none_or(is_id)
        && parts.next().is_none_or(|part| MESSAGES.starts_with(part))
        && parts.next().is_none_or(is_id)
        && parts.next().is_none()
}

/// An address that remembers where somebody wants to go.
pub(crate) fn with_next(path: &str, wanted: &str) -> String {
    if wanted == HOME { path.to_owned() } else { format!("{path}?{NEXT}={}", Url::escape(wanted)) }
}

/// Where to go after logging in: a path of this page, whatever the address says.
pub(crate) fn next(wanted: Option<String>) -> String {
    wanted.filter(|path| is_ours(path)).unwrap_or_else(|| HOME.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0192e4a0-7b3c-7000-8000-000000000001";

    #[test]
    fn a_conversation_has_an_address_that_leads_back_to_it() {
        for id in [ConversationId::User(ID.parse().unwrap()), ConversationId::Group(ID.parse().unwrap())] {
            assert_eq!(conversation_at(&conversation_path(id)), Some(id));
            assert_eq!(message_at(&conversation_path(id)), None);
            let message = ID.parse().unwrap();
            let path = message_path(id, message);
            assert_eq!((conversation_at(&path), message_at(&path)), (Some(id), Some(message)));
        }
    }

    #[test]
    fn a_part_of_a_messages_address_is_the_beginning_of_one() {
        let path = message_path(ConversationId::Group(ID.parse().unwrap()), ID.parse().unwrap());
        for end in "/groups".len()..=path.len() {
            assert!(is_begun(&path[..end]), "{}", &path[..end]);
        }
        for other in
            ["/", "/login", "/groups/ann", &format!("/groups/{ID}/n"), &format!("{path}/"), &path[1..]]
        {
            assert!(!is_begun(other), "{other}");
        }
    }

    #[test]
    fn any_other_address_is_no_conversation() {
        for path in [
            "/",
            "/people",
            "/people/ann",
            "/groups/",
            "/nowhere",
            &format!("/people/{ID}/more"),
            &format!("/people/{ID}/m"),
            &format!("/people/{ID}/m/x"),
            &format!("/people/{ID}/m/{ID}/x"),
            &format!("//people/{ID}"),
            &format!("/people//{ID}"),
            &format!("people/{ID}"),
        ] {
            assert_eq!(conversation_at(path), None, "{path}");
        }
    }

    #[test]
    fn logging_in_leads_to_no_other_site() {
        let next = |path: &str| next(Some(path.to_owned()));
        let group = conversation_path(ConversationId::Group(ID.parse().unwrap()));
        assert_eq!(next(&group), group);
        for foreign in [
            "",
            "//evil.example",
            "/\\evil.example",
            // Those who read addresses leave tabs and line ends out.
            "/\t/evil.example",
            "/\n/evil.example",
            "/.//x",
            "https://evil.example",
            "javascript:x",
        ] {
            assert_eq!(next(foreign), HOME, "{foreign}");
        }
    }
}
