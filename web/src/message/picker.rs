//! Choosing an emoji to react with.

use chat::Command;
use leptos::{html, prelude::*};
use protocol::{ConversationId, Emoji, MessageId, text::Stored as _};

use crate::{
    store::Store,
    ui::popover::{self, walk},
};

/// Those that people use most.
const EMOJIS: [(&str, &str); 24] = [
    ("👍", "thumbs up"),
    ("❤️", "heart"),
    ("😂", "tears of joy"),
    ("🎉", "party popper"),
    ("😮", "astonished"),
    ("😢", "crying"),
    ("🙏", "folded hands"),
    ("🔥", "fire"),
    ("👏", "clapping hands"),
    ("💯", "hundred points"),
    ("✅", "check mark"),
    ("❌", "cross mark"),
    ("👀", "eyes"),
    ("🚀", "rocket"),
    ("👎", "thumbs down"),
    ("😀", "grinning"),
    ("😊", "smiling"),
    ("😍", "heart eyes"),
    ("🤔", "thinking"),
    ("😎", "sunglasses"),
    ("😡", "angry"),
    ("💪", "flexed biceps"),
    ("☕", "hot drink"),
    ("🍕", "pizza"),
];

#[component]
pub(super) fn Picker(id: ConversationId, message: MessageId, node: NodeRef<html::Div>) -> impl IntoView {
    let store = Store::expect();
    let buttons = EMOJIS
        .map(|(emoji, name)| {
            let press = move |_| {
                popover::close(node);
                // It is one of Unicode's, so it need not be parsed.
                let emoji = Emoji::stored(emoji.to_owned());
                store.write(id, Command::React { message, emoji, on: true });
            };
            view! {
                <button class="emoji-button menu-item" type="button" aria-label=name title=name on:click=press>
                    {emoji}
                </button>
            }
        })
        .collect_view();
    view! {
        <div
            class="menu emoji-picker"
            popover="auto"
            role="group"
            aria-label="Reactions to choose from"
            node_ref=node
            on:keydown=move |event| walk(&event, node)
        >
            {buttons}
        </div>
    }
}
