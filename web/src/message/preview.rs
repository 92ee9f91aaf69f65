//! What a message says in one line. Plain Rust, but for where the page is.

use chat::ChatState;
use leptos::prelude::window;
use markdown::plain_text_with;
use protocol::{ConversationId, beginning};

use crate::{
    conversation::names::name_in,
    intl::direction::isolated,
    routes::{conversation_at, is_begun, message_at},
};

/// Code points of which some are beyond the end of every line.
const LINE: usize = 200;

/// A text in one line, without its formatting. Links to places of this page are words.
pub(crate) fn preview(state: &ChatState, text: &str) -> String {
    preview_at(state, text, &window().location().origin().unwrap_or_default())
}

/// As much of it as one line of the page has room for.
pub(crate) fn line(state: &ChatState, text: &str) -> String {
    beginning(&preview(state, text), LINE).to_owned()
}

fn preview_at(state: &ChatState, text: &str, origin: &str) -> String {
    // The server may have cut it, in the middle of an address.
    let is_cut = text.ends_with('…');
    plain_text_with(text, &|address| {
        let path = address.strip_prefix(origin)?;
        own_words(state, path).or_else(|| (is_cut && is_begun(path)).then(|| "Link to a message".to_owned()))
    })
}

/// A text behind the name of whoever wrote it, if that is known.
pub(crate) fn signed(author: &str, text: &str) -> String {
    match author {
        "" => text.to_owned(),
        author => format!("{}: {}", isolated(author), isolated(text)),
    }
}

/// What a link to a message or to a group says, instead of two ids. Other addresses say it themselves.
pub(crate) fn own_words(state: &ChatState, path: &str) -> Option<String> {
    let id = conversation_at(path)?;
    let name = match id {
        ConversationId::Group(_) => name_in(state, id),
        // Which conversation that is depends on who made the link.
        ConversationId::User(_) => String::new(),
    };
    match (message_at(path), id) {
        (Some(_), _) if name.is_empty() => Some("Link to a message".to_owned()),
        (Some(_), _) => Some(format!("Link to a message in {}", isolated(&name))),
        (None, ConversationId::User(_)) => None,
        (None, _) if name.is_empty() => Some("Link to a group".to_owned()),
        (None, _) => Some(format!("Link to the group {}", isolated(&name))),
    }
}

#[cfg(test)]
mod tests {
    use chat::Action;
    use protocol::{Group, GroupId, MessageId, Peer, Timestamp, User, UserId, Visibility, excerpt};

    use super::*;
    use crate::routes::{conversation_path, message_path};

    const HERE: &str = "https://chat.example";
    const LUNCH: GroupId = GroupId::from_bytes([3; 16]);
    const IN_LUNCH: ConversationId = ConversationId::Group(LUNCH);
    const MESSAGE: MessageId = MessageId::from_bytes([4; 16]);

    /// Somebody who is in one group.
    fn ann() -> ChatState {
        let mut state =
            ChatState::new(User { id: UserId::from_bytes([1; 16]), username: "ann".parse().unwrap() });
        let name = "Lunch".parse().unwrap();
        let (visibility, created_at) = (Visibility::Public, Timestamp(0));
        let group = Group { id: LUNCH, name, visibility, member_count: 2, created_at };
        let _ = state.act(Action::Meet(Peer::Group(group)));
        state
    }

    fn shown(text: &str) -> String {
        preview_at(&ann(), text, HERE)
    }

    #[test]
    fn a_link_to_a_place_of_this_page_is_words() {
        let link = format!("{HERE}{}", message_path(IN_LUNCH, MESSAGE));
        assert_eq!(shown(&link), "Link to a message in Lunch");
        assert_eq!(shown(&format!("Do **you** come?\n{link}")), "Do you come? Link to a message in Lunch");
        let with_ben = ConversationId::User(UserId::from_bytes([2; 16]));
        assert_eq!(shown(&format!("{HERE}{}", message_path(with_ben, MESSAGE))), "Link to a message");
        assert_eq!(shown(&format!("{HERE}{}", conversation_path(IN_LUNCH))), "Link to the group Lunch");
        let elsewhere = ConversationId::Group(GroupId::from_bytes([9; 16]));
        assert_eq!(shown(&format!("{HERE}{}", conversation_path(elsewhere))), "Link to a group");
    }

    #[test]
    fn a_name_that_is_not_known_leaves_no_colon() {
        assert_eq!((signed("ben", "Hello").as_str(), signed("", "Hello").as_str()), ("ben: Hello", "Hello"));
    }

    #[test]
    fn any_other_link_is_as_it_was_written() {
        let other = format!("https://other.example{}", message_path(IN_LUNCH, MESSAGE));
        let longer = format!("{HERE}.evil.example{}", message_path(IN_LUNCH, MESSAGE));
        for text in [&other, &longer, &format!("{HERE}/help"), HERE] {
            assert_eq!(shown(text), *text);
        }
        assert_eq!(shown(&format!("[here]({HERE}{})", conversation_path(IN_LUNCH))), "here");
    }

    #[test]
    fn an_excerpt_that_ends_within_a_link_shows_no_half_of_it() {
        let link = format!("{HERE}{}", message_path(IN_LUNCH, MESSAGE));
        for comment in
            ["Do you want to come, too?", "Have you seen what Ben wrote about the cake on Friday at four?"]
        {
            let text = excerpt(&format!("{comment}\n{link}").parse().unwrap());
            assert!(text.ends_with('…'), "{text}");
            assert_eq!(shown(&text), format!("{comment} Link to a message…"));
        }
    }
}
