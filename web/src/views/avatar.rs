//! Who or what somebody is, at a glance: initials on a colour, and presence.

use protocol::ConversationId;

use crate::{
    dom::{El, span},
    live::Live,
};

/// The picture of a person or a group.
pub(crate) fn avatar(id: ConversationId, name: impl Fn() -> String + 'static) -> El {
    let class = match id {
        ConversationId::User(_) => "avatar",
        ConversationId::Group(_) => "avatar is-group",
    };
    span(class)
        .attr("data-hue", &hue(id))
        .live_attr("data-initials", move || initials(&name()))
        .attr("aria-hidden", "true")
}

/// Whether a person is online: a sign on their picture.
pub(crate) fn presence(online: Live<bool>) -> El {
    span("presence").live_attr("data-state", move || if online.get() { "online" } else { "offline" })
}

/// One of the twelve colours of avatar.css.
fn hue(id: ConversationId) -> String {
    let bytes = match id {
        ConversationId::User(id) => id.into_bytes(),
        ConversationId::Group(id) => id.into_bytes(),
    };
    // The end of an id is random, its beginning is a time.
    let hash = bytes.iter().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    (hash % 12).to_string()
}

/// At most two letters for a name; avatar.css makes them capitals.
fn initials(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next());
    let initials: String = words.take(2).collect();
    if initials.is_empty() { name.chars().take(1).collect() } else { initials }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_letters_of_the_first_two_words() {
        for (name, letters) in
            [("ann", "a"), ("grace.okonkwo", "go"), ("Release 0.4 notes", "R0"), ("élif", "é"), ("🌳", "🌳")]
        {
            assert_eq!(initials(name), letters);
        }
    }
}
