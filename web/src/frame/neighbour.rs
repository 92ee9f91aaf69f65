//! Which conversation is the next one in the list.

use protocol::ConversationId;

/// A conversation in the list, and whether something in it is unread.
pub(super) type Listed = (ConversationId, bool);

/// Which one to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Previous,
    Next,
    PreviousUnread,
    NextUnread,
}

/// The conversation one step from the one that is open. The list has ends; the unread ones go round.
pub(super) fn neighbour(list: &[Listed], open: Option<ConversationId>, step: Step) -> Option<ConversationId> {
    let here = list.iter().position(|(id, _)| Some(*id) == open);
    let backwards = matches!(step, Step::Previous | Step::PreviousUnread);
    // Those after it, and then those before it; or the other way round.
    let (before, after) = match here {
        Some(here) => (&list[..here], &list[here + 1..]),
        None if backwards => (list, &list[..0]),
        None => (&list[..0], list),
    };
    let mut rounds: Vec<Listed> = match backwards {
        false => after.iter().chain(before).copied().collect(),
        true => before.iter().rev().chain(after.iter().rev()).copied().collect(),
    };
    let reached = if backwards { before.len() } else { after.len() };
    match step {
        Step::Previous | Step::Next => rounds.truncate(reached),
        Step::PreviousUnread | Step::NextUnread => rounds.retain(|(_, is_unread)| *is_unread),
    }
    rounds.first().map(|(id, _)| *id)
}

#[cfg(test)]
mod tests {
    use protocol::UserId;

    use super::*;

    fn id(number: u8) -> ConversationId {
        ConversationId::User(UserId::from_bytes([number; 16]))
    }

    /// Four conversations, of which the first and the third have something unread.
    fn from(open: Option<u8>, step: Step) -> Option<ConversationId> {
        let list = [(id(1), true), (id(2), false), (id(3), true), (id(4), false)];
        neighbour(&list, open.map(id), step)
    }

    #[test]
    fn one_goes_to_the_next_one_until_the_list_ends() {
        assert_eq!(from(Some(2), Step::Next), Some(id(3)));
        assert_eq!(from(Some(2), Step::Previous), Some(id(1)));
        assert_eq!((from(Some(4), Step::Next), from(Some(1), Step::Previous)), (None, None));
    }

    #[test]
    fn one_goes_round_through_those_that_are_unread() {
        assert_eq!(from(Some(2), Step::NextUnread), Some(id(3)));
        assert_eq!(from(Some(3), Step::NextUnread), Some(id(1)));
        assert_eq!(from(Some(1), Step::PreviousUnread), Some(id(3)));
        assert_eq!(from(Some(2), Step::PreviousUnread), Some(id(1)));
        let only = [(id(1), true), (id(2), false)];
        assert_eq!(neighbour(&only, Some(id(1)), Step::NextUnread), None, "one is there already");
    }

    #[test]
    fn from_none_one_goes_to_an_end() {
        assert_eq!((from(None, Step::Next), from(None, Step::Previous)), (Some(id(1)), Some(id(4))));
        assert_eq!(
            (from(None, Step::NextUnread), from(None, Step::PreviousUnread)),
            (Some(id(1)), Some(id(3)))
        );
        assert_eq!(neighbour(&[], None, Step::Next), None);
    }

    #[test]
    fn a_conversation_that_is_not_in_the_list_is_as_none() {
        assert_eq!(from(Some(9), Step::Next), Some(id(1)));
    }
}
