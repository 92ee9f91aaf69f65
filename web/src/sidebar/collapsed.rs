//! Which sections of the list are collapsed, on this device.

use chat::{Section, Sections};
use leptos::prelude::*;
use protocol::ConversationId;

use crate::browser::{collapsed_sections, set_collapsed_sections};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Collapsed(Vec<Section>);

impl Collapsed {
    pub(crate) fn kept() -> Self {
        collapsed_sections().map(|text| Self::read(&text)).unwrap_or_default()
    }

    pub(crate) fn has(&self, section: Section) -> bool {
        self.0.contains(&section)
    }

    fn toggle(&mut self, section: Section) {
        match self.has(section) {
            true => self.0.retain(|one| *one != section),
            false => self.0.push(section),
        }
    }

    /// Words that it does not know are of another version.
    fn read(text: &str) -> Self {
        let kept = |section: &Section| text.split(' ').any(|word| word == key(*section));
        Self(Section::ALL.into_iter().filter(kept).collect())
    }

    fn write(&self) -> String {
        self.0.iter().map(|section| key(*section)).collect::<Vec<_>>().join(" ")
    }
}

/// Collapses a section, or shows it again.
pub(super) fn toggle(collapsed: RwSignal<Collapsed>, section: Section) {
    collapsed.update(|collapsed| collapsed.toggle(section));
    set_collapsed_sections(&collapsed.with_untracked(Collapsed::write));
}

fn key(section: Section) -> &'static str {
    match section {
        Section::Unread => "unread",
        Section::Groups => "groups",
        Section::People => "people",
    }
}

/// The conversations whose rows can be seen or scrolled to, from the top. The open one is always among them:
/// it is where one goes on from.
pub(crate) fn on_screen(
    sections: &Sections,
    collapsed: &Collapsed,
    open: Option<ConversationId>,
) -> Vec<ConversationId> {
    let shown = |section: Section| {
        let is_shown = move |id: &&ConversationId| !collapsed.has(section) || open == Some(**id);
        sections.of(section).iter().filter(is_shown).copied()
    };
    Section::ALL.into_iter().flat_map(shown).collect()
}

#[cfg(test)]
mod tests {
    use protocol::{GroupId, UserId};

    use super::*;

    fn person(number: u8) -> ConversationId {
        ConversationId::User(UserId::from_bytes([number; 16]))
    }

    fn group(number: u8) -> ConversationId {
        ConversationId::Group(GroupId::from_bytes([number; 16]))
    }

    fn sections() -> Sections {
        Sections {
            unread: vec![group(1), person(1)],
            groups: vec![group(2)],
            people: vec![person(2), person(3)],
        }
    }

    #[test]
    fn the_order_is_that_of_the_screen() {
        let all = [group(1), person(1), group(2), person(2), person(3)];
        assert_eq!(on_screen(&sections(), &Collapsed::default(), None), all);
    }

    #[test]
    fn a_collapsed_section_has_no_rows_but_one_goes_on_from_the_conversation_in_it() {
        let collapsed = Collapsed::read("people unread");
        assert_eq!(on_screen(&sections(), &collapsed, None), [group(2)]);
        assert_eq!(on_screen(&sections(), &collapsed, Some(person(3))), [group(2), person(3)]);
        assert_eq!(on_screen(&sections(), &collapsed, Some(person(9))), [group(2)], "it is in no list");
    }

    #[test]
    fn what_is_kept_is_read_again_whatever_else_is_there() {
        let mut collapsed = Collapsed::read("people archive unread");
        assert_eq!(Collapsed::read(&collapsed.write()), collapsed);
        collapsed.toggle(Section::People);
        collapsed.toggle(Section::Groups);
        assert_eq!(collapsed.write(), "unread groups");
        assert_eq!(Collapsed::read(""), Collapsed::default());
    }
}
