//! What somebody writes: a message, a reply, the correction of a message or a message that was not sent; how it is
//! kept, and how two of them become one. Plain Rust.

use protocol::{MessageId, MessageText, Quote};
use serde::{Deserialize, Serialize};

use crate::browser::Kept;

/// What is written in the field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mode {
    /// A message.
    New,
    /// A reply to this one.
    Reply(Quote),
    /// The new text of a message.
    Edit {
        message: MessageId,
        /// Its text when that was begun.
        before: MessageText,
        aside: Aside,
    },
    /// A message that was not sent, while what stood in the field is to be no part of it: it replies to something
    /// else, or to nothing.
    Unsent { reply_to: Option<Quote>, aside: Aside },
}

/// What stood in the field, and comes back afterwards.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Aside {
    pub(super) text: String,
    /// What it is a reply to.
    pub(super) reply: Option<Quote>,
}

/// How a mode is kept. What stands in the field while something is put aside is here, and what was put aside is
/// where the text of a new message is.
#[derive(Serialize, Deserialize)]
enum KeptMode {
    Reply(Quote),
    Edit {
        message: MessageId,
        before: MessageText,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<Quote>,
    },
    Unsent {
        reply_to: Option<Quote>,
        text: String,
        reply: Option<Quote>,
    },
}

impl KeptMode {
    fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Mode {
    /// What was kept: the mode, and what stands in the field.
    pub(super) fn read(Kept { text, mode }: Kept) -> (Self, String) {
        match serde_json::from_str(&mode) {
            Ok(KeptMode::Edit { message, before, text: new, reply }) => {
                (Self::Edit { message, before, aside: Aside { text, reply } }, new)
            }
            Ok(KeptMode::Unsent { reply_to, text: new, reply }) => {
                (Self::Unsent { reply_to, aside: Aside { text, reply } }, new)
            }
            Ok(KeptMode::Reply(quote)) => (Self::Reply(quote), text),
            // Nothing, or a later version's.
            Err(_) => (Self::New, text),
        }
    }

    /// The same the other way round.
    pub(super) fn write(&self, text: &str) -> Kept {
        let text = text.to_owned();
        match self.clone() {
            Self::New => Kept { text, mode: String::new() },
            Self::Reply(quote) => Kept { text, mode: KeptMode::Reply(quote).write() },
            Self::Edit { message, before, aside: Aside { text: put_aside, reply } } => {
                Kept { text: put_aside, mode: KeptMode::Edit { message, before, text, reply }.write() }
            }
            Self::Unsent { reply_to, aside: Aside { text: put_aside, reply } } => {
                Kept { text: put_aside, mode: KeptMode::Unsent { reply_to, text, reply }.write() }
            }
        }
    }

    fn aside(&mut self) -> Option<&mut Aside> {
        match self {
            Self::New | Self::Reply(_) => None,
            Self::Edit { aside, .. } | Self::Unsent { aside, .. } => Some(aside),
        }
    }

    /// What is left when this stands in the field, and it is to be for something else. A correction is given up.
    pub(super) fn draft(self, text: String) -> Aside {
        match self {
            Self::New => Aside { text, reply: None },
            Self::Reply(quote) => Aside { text, reply: Some(quote) },
            Self::Edit { aside, .. } => aside,
            Self::Unsent { aside: Aside { text: put_aside, reply }, .. } => {
                Aside { text: joined(&text, &put_aside), reply }
            }
        }
    }

    /// What a message that is written now replies to.
    pub(super) fn reply_to(self) -> Option<Quote> {
        match self {
            Self::New | Self::Edit { .. } => None,
            Self::Reply(quote) => Some(quote),
            Self::Unsent { reply_to, .. } => reply_to,
        }
    }

    /// What is answered, and what the text that was put aside answers.
    pub(super) fn quotes(&mut self) -> impl Iterator<Item = &mut Quote> {
        let (here, aside) = match self {
            Self::New => (None, None),
            Self::Reply(quote) => (Some(quote), None),
            Self::Edit { aside, .. } => (None, aside.reply.as_mut()),
            Self::Unsent { reply_to, aside } => (reply_to.as_mut(), aside.reply.as_mut()),
        };
        here.into_iter().chain(aside)
    }

    pub(super) fn of_message(reply_to: Option<Quote>) -> Self {
        reply_to.map_or(Self::New, Self::Reply)
    }
}

/// What was kept, and what somebody typed or began before it could be read: that goes behind it, and what they
/// correct or answer now goes first.
pub(super) fn merged((mut kept, text): (Mode, String), (mut here, more): (Mode, String)) -> (Mode, String) {
    if here == Mode::New {
        return match kept.aside() {
            Some(aside) => {
                aside.text = joined(&aside.text, &more);
                (kept, text)
            }
            None => (kept, joined(&text, &more)),
        };
    }
    let draft = kept.draft(text);
    match here.aside() {
        Some(aside) => {
            aside.text = joined(&draft.text, &aside.text);
            aside.reply = aside.reply.take().or(draft.reply);
            (here, more)
        }
        None => (here, joined(&draft.text, &more)),
    }
}

/// What was begun first, and then what came to it.
pub(super) fn joined(text: &str, more: &str) -> String {
    match (text.is_empty(), more.trim().is_empty()) {
        (true, _) => more.to_owned(),
        (_, true) => text.to_owned(),
        _ => format!("{text}\n{more}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(mode: Option<KeptMode>) -> Kept {
        Kept { text: "a draft".to_owned(), mode: mode.map(|mode| mode.write()).unwrap_or_default() }
    }

    fn quote() -> Quote {
        Quote {
            message_id: MessageId::from_bytes([1; 16]),
            seq: protocol::Seq(1),
            sender_id: protocol::UserId::from_bytes([2; 16]),
            excerpt: "hi".to_owned(),
        }
    }

    #[test]
    fn a_correction_is_kept_beside_the_draft_that_was_put_aside_for_it() {
        let (message, before) = (MessageId::from_bytes([1; 16]), "helo".parse::<MessageText>().unwrap());
        for reply in [None, Some(quote())] {
            let (before, text) = (before.clone(), "hello".to_owned());
            let correction = KeptMode::Edit { message, before: before.clone(), text, reply: reply.clone() };
            let aside = Aside { text: "a draft".to_owned(), reply };
            let mode = Mode::Edit { message, before, aside };
            let kept = kept(Some(correction));
            assert_eq!(mode.write("hello"), kept);
            assert_eq!(Mode::read(kept), (mode, "hello".to_owned()));
        }
    }

    #[test]
    fn an_unsent_message_is_kept_beside_the_draft_that_is_no_part_of_it() {
        let aside = Aside { text: "a draft".to_owned(), reply: None };
        let mode = Mode::Unsent { reply_to: Some(quote()), aside };
        assert_eq!(Mode::read(mode.write("hello")), (mode, "hello".to_owned()));
    }

    #[test]
    fn what_is_kept_of_a_reply_is_what_it_replies_to() {
        let reply = KeptMode::Reply(quote());
        assert_eq!(Mode::read(kept(Some(reply))), (Mode::Reply(quote()), "a draft".to_owned()));
        assert_eq!(Mode::read(kept(None)), (Mode::New, "a draft".to_owned()));
        let later = Kept { mode: r#"{"Poll":{}}"#.to_owned(), ..kept(None) };
        assert_eq!(Mode::read(later), (Mode::New, "a draft".to_owned()));
    }

    #[test]
    fn what_comes_to_a_draft_stands_below_it() {
        assert_eq!(joined("a", "b"), "a\nb");
        assert_eq!(joined("a", " \n"), "a");
        assert_eq!(joined("", "b"), "b");
        assert_eq!(joined("", " "), " ");
    }

    #[test]
    fn what_somebody_begins_before_it_is_known_what_is_kept_writes_over_nothing_of_it() {
        let edit = |number: u8, put_aside: &str, reply: Option<Quote>| Mode::Edit {
            message: MessageId::from_bytes([number; 16]),
            before: "helo".parse().unwrap(),
            aside: Aside { text: put_aside.to_owned(), reply },
        };
        let unsent = |put_aside: &str| Mode::Unsent {
            reply_to: Some(quote()),
            aside: Aside { text: put_aside.to_owned(), reply: None },
        };
        let other = Quote { excerpt: "well?".to_owned(), ..quote() };
        let reply = |quote: &Quote| Mode::Reply(quote.clone());
        let cases = [
            ((Mode::New, "dear Ben"), (Mode::New, "hel"), (Mode::New, "dear Ben\nhel")),
            ((reply(&other), "yes"), (Mode::New, "hel"), (reply(&other), "yes\nhel")),
            ((edit(1, "draft", None), "hello"), (Mode::New, "hel"), (edit(1, "draft\nhel", None), "hello")),
            ((Mode::New, "dear Ben"), (reply(&quote()), "hel"), (reply(&quote()), "dear Ben\nhel")),
            ((edit(1, "draft", None), "hello"), (reply(&quote()), "hel"), (reply(&quote()), "draft\nhel")),
            ((Mode::New, "dear Ben"), (edit(1, "", None), "hel"), (edit(1, "dear Ben", None), "hel")),
            (
                (reply(&other), "yes"),
                (edit(1, "but", None), "hel"),
                (edit(1, "yes\nbut", Some(other.clone())), "hel"),
            ),
            (
                (edit(2, "draft", Some(other.clone())), "hello"),
                (edit(1, "", Some(quote())), "hel"),
                (edit(1, "draft", Some(quote())), "hel"),
            ),
            ((unsent("draft"), "hello"), (Mode::New, "hel"), (unsent("draft\nhel"), "hello")),
            ((unsent("draft"), "hello"), (reply(&other), "hel"), (reply(&other), "hello\ndraft\nhel")),
        ];
        let owned = |(mode, text): (Mode, &str)| (mode, text.to_owned());
        for (kept, here, both) in cases {
            assert_eq!(merged(owned(kept), owned(here)), owned(both));
        }
    }
}
