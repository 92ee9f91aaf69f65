//! Whom one may want to mention: those who wrote last come first.

use std::collections::HashSet;

use chat::ChatState;
use protocol::{ConversationId, UserId, mention};

use crate::intl::collation::folded;

/// Messages that are looked at for those who wrote last.
const RECENT: usize = 500;

/// Something to complete what is being written with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    Person {
        id: UserId,
        name: String,
    },
    /// Everybody in the group.
    All,
    Emoji {
        emoji: String,
        name: String,
    },
}

impl Choice {
    /// What it is in a text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Person { name, .. } => format!("@{name}"),
            Self::All => format!("@{}", mention::ALL),
            Self::Emoji { emoji, .. } => emoji.clone(),
        }
    }
}

/// Those of these people of a conversation whose names, or a part of them, begin with what was typed, and everybody.
/// Who is called just that comes first.
pub(super) fn choices(
    state: &ChatState,
    id: ConversationId,
    people: &[UserId],
    typed: &str,
    most: usize,
) -> Vec<Choice> {
    let (typed, wanted) = (typed.to_lowercase(), folded(typed));
    let named = |id: UserId| Some((id, state.people.get(id)?.username.to_string()));
    let people = people.iter().copied().filter(|id| *id != state.me.id).filter_map(named);
    let mut found: Vec<(bool, bool, Choice)> = people
        .filter_map(|(id, name)| {
            let spelt = folded(&name);
            let in_part = || spelt.split(['.', '_', '-']).any(|part| part.starts_with(&wanted));
            let begins = spelt.starts_with(&wanted);
            let is_other = name.to_lowercase() != typed;
            (begins || in_part()).then_some((is_other, !begins, Choice::Person { id, name }))
        })
        .collect();
    found.sort_by_key(|(is_other, in_part, _)| (*is_other, *in_part));
    let conversation = state.conversation(id);
    let may_call_all = conversation
        .and_then(|one| Some((one.role, one.group()?)))
        .is_some_and(|(role, group)| mention::may_mention_all(role, group.member_count));
    let all = (may_call_all && mention::ALL.starts_with(&typed)).then_some(Choice::All);
    let mut choices: Vec<Choice> = found.into_iter().map(|(.., choice)| choice).collect();
    choices.truncate(most - usize::from(all.is_some()));
    if let Some(all) = all {
        // Who has written it to its end means it.
        let at = if typed == mention::ALL { 0 } else { choices.len() };
        choices.insert(at, all);
    }
    choices
}

/// Who is in a conversation: first those who are listed already, then those who wrote last, then the others by name.
pub(super) fn people(state: &ChatState, id: ConversationId, listed: &[UserId]) -> Vec<UserId> {
    let conversation = state.conversation(id);
    let members = match (id, conversation.and_then(|conversation| conversation.members.as_ref())) {
        (ConversationId::User(other), _) => return vec![other],
        (ConversationId::Group(_), members) => members,
    };
    let messages = conversation.map(|conversation| conversation.timeline.messages()).unwrap_or_default();
    let writers = messages.iter().rev().take(RECENT).map(|message| message.sender_id);
    let (mut people, mut seen) = (Vec::new(), HashSet::new());
    let is_member: Option<HashSet<UserId>> =
        members.map(|members| members.iter().map(|member| member.id).collect());
    for person in listed.iter().copied().chain(writers) {
        // Somebody may have left.
        if is_member.as_ref().is_none_or(|members| members.contains(&person)) && seen.insert(person) {
            people.push(person);
        }
    }
    let mut others: Vec<_> =
        members.into_iter().flatten().filter(|member| !seen.contains(&member.id)).collect();
    others.sort_by_cached_key(|member| member.username.folded());
    people.extend(others.into_iter().map(|member| member.id));
    people
}

#[cfg(test)]
mod tests {
    use chat::Action;
    use protocol::{
        Group, GroupId, Peer, Role, RoleChanged, ServerEvent, Timestamp, User, Visibility, limits,
    };

    use super::*;

    #[test]
    fn in_a_large_group_everybody_is_proposed_to_its_owner_and_its_admins_alone() {
        let me = User { id: UserId::from_bytes([1; 16]), username: "ann".parse().unwrap() };
        let group = |member_count| Group {
            id: GroupId::from_bytes([3; 16]),
            name: "Lunch".parse().unwrap(),
            visibility: Visibility::Public,
            member_count,
            created_at: Timestamp(0),
        };
        let proposes = |state: &ChatState| choices(state, ConversationId::Group(group(0).id), &[], "al", 8);
        let mut state = ChatState::new(me.clone());
        let _ = state.act(Action::Meet(Peer::Group(group(limits::MENTION_ALL_MEMBERS))));
        assert_eq!(proposes(&state), [Choice::All]);
        let _ = state.act(Action::Meet(Peer::Group(group(limits::MENTION_ALL_MEMBERS + 1))));
        assert_eq!(proposes(&state), []);
        for (role, proposed) in
            [(Role::Admin, vec![Choice::All]), (Role::Owner, vec![Choice::All]), (Role::Member, vec![])]
        {
            let changed = RoleChanged { group_id: group(0).id, user_id: me.id, role };
            let _ = state.apply(ServerEvent::RoleChanged(changed));
            assert_eq!(proposes(&state), proposed, "{role:?}");
        }
    }
}
