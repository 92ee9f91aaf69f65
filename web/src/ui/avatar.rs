//! Who or what somebody is, at a glance: initials on a colour, and presence.

use leptos::prelude::*;
use protocol::ConversationId;

use crate::intl::initials::initials;

/// The picture of a person or a group.
#[component]
pub(crate) fn Avatar(
    id: ConversationId,
    #[prop(into)] name: Signal<String>,
    #[prop(optional)] small: bool,
    /// Whether the person is online; without it, nothing is said about it.
    #[prop(optional, into)]
    online: Option<Signal<bool>>,
) -> impl IntoView {
    let presence = online.map(|online| {
        let state = Signal::derive(move || if online.get() { "online" } else { "offline" });
        view! { <span class="presence" data-state=state></span> }
    });
    view! {
        <span
            class="avatar"
            class:is-group=matches!(id, ConversationId::Group(_))
            class:is-small=small
            style:--hue=hue(id).to_string()
            data-initials=Signal::derive(move || name.with(|name| initials(name)))
            aria-hidden="true"
        >
            {presence}
        </span>
    }
}

/// A colour on the wheel, in degrees.
fn hue(id: ConversationId) -> u32 {
    let bytes = match id {
        ConversationId::User(id) => id.into_bytes(),
        ConversationId::Group(id) => id.into_bytes(),
    };
    // FNV-1a, then mixed: ids that were made one after the other differ in few bits.
    let hash =
        bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    let mixed = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
    (mixed ^ (mixed >> 12)) % 360
}

#[cfg(test)]
mod tests {
    use protocol::UserId;

    use super::*;

    #[test]
    fn neighbours_seldom_have_the_same_colour() {
        let hue_of = |last: u8| {
            let mut bytes = [7; 16];
            bytes[15] = last;
            hue(ConversationId::User(UserId::from_bytes(bytes)))
        };
        let close = |a: u32, b: u32| a.abs_diff(b).min(360 - a.abs_diff(b)) < 15;
        let coincide = (0..255).filter(|last| close(hue_of(*last), hue_of(last + 1))).count();
        // A twelfth by chance.
        assert!(coincide < 34, "{coincide} of 255 pairs");
    }
}
