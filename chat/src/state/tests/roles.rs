//! Roles as they are told, and as a device learns of them that was offline; and being removed.

use protocol::{MembershipChange, RoleChanged, UserLeftGroup};

use super::*;
use crate::Removal;

fn in_lunch(role: Role) -> Conversation {
    let last = message(BEN, Recipient::Group(LUNCH), 1, None);
    Conversation { with: Peer::Group(lunch(2)), role, ..listed(Some(last), 1) }
}

fn connects_anew(state: &mut ChatState) -> Vec<Effect> {
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    state.link(Link::Online)
}

fn role(user_id: UserId, role: Role) -> ServerEvent {
    ServerEvent::RoleChanged(RoleChanged { group_id: LUNCH, user_id, role })
}

fn roles(state: &ChatState) -> Vec<(UserId, Role)> {
    let members = state.conversations[&IN_LUNCH].members.as_ref().unwrap();
    members.iter().map(|member| (member.id, member.role)).collect()
}

#[test]
fn a_role_that_is_told_is_that_of_the_member_and_ones_own() {
    let mut state = ann(vec![in_lunch(Role::Member)]);
    let members =
        vec![Member::new(user(ANN, "ann"), Role::Member), Member::new(user(BEN, "ben"), Role::Owner)];
    let _ = state.answer(Answer::Members(LUNCH, 0, members));
    let _ = state.take_changes();
    assert_eq!(state.apply(role(ANN, Role::Admin)), []);
    assert_eq!(state.conversations[&IN_LUNCH].role, Role::Admin);
    assert_eq!(roles(&state), [(ANN, Role::Admin), (BEN, Role::Owner)]);
    assert!(state.take_changes().contains(&Topic::Conversation(IN_LUNCH)));
    // Ben gives the group to Ann.
    let _ = state.apply(role(BEN, Role::Admin));
    let _ = state.apply(role(ANN, Role::Owner));
    assert_eq!(state.conversations[&IN_LUNCH].role, Role::Owner);
    assert_eq!(roles(&state), [(ANN, Role::Owner), (BEN, Role::Admin)]);
    // Of a group that is not known here nothing is kept.
    let elsewhere = GroupId::from_bytes([7; 16]);
    let told = RoleChanged { group_id: elsewhere, user_id: ANN, role: Role::Owner };
    let _ = state.apply(ServerEvent::RoleChanged(told));
    assert!(state.conversation(ConversationId::Group(elsewhere)).is_none());
}

#[test]
fn whoever_makes_a_group_is_its_owner_at_once_and_their_other_tabs_ask() {
    let mut state = ann(vec![]);
    let _ = state.act(Action::Meet(Peer::Group(lunch(1))));
    assert_eq!(state.conversations[&IN_LUNCH].role, Role::Member);
    assert_eq!(state.made(LUNCH), []);
    assert_eq!(state.conversations[&IN_LUNCH].role, Role::Owner);
    let mut tab = ann(vec![]);
    let effects = tab.apply_tab(crate::TabNews::Joined(lunch(1)));
    let _ = tab.answer(listing(&effects, vec![in_lunch(Role::Owner)]));
    assert_eq!(tab.conversations[&IN_LUNCH].role, Role::Owner);
}

#[test]
fn the_server_is_told_which_roles_are_known_and_a_list_says_others() {
    let mut state = ann(vec![in_lunch(Role::Member)]);
    let known = |role| Some(HeadsDigest::of_roles([Head::from(&in_lunch(role))]));
    let effects = state.link(Link::Online);
    assert_eq!(asked(&effects).roles, known(Role::Member));
    let _ = state.answer(listing(&effects, vec![in_lunch(Role::Admin)]));
    assert_eq!(state.conversations[&IN_LUNCH].role, Role::Admin);
    let effects = state.look_again();
    assert_eq!(asked(&effects).roles, known(Role::Admin));
    // An older server, which knows no roles, lists none.
    let _ = state.answer(listing(&effects, vec![in_lunch(Role::Member)]));
    assert_eq!(state.conversations[&IN_LUNCH].role, Role::Member);
}

#[test]
fn a_list_that_may_be_older_than_what_was_told_is_asked_for_again() {
    let mut state = ann(vec![in_lunch(Role::Member)]);
    let effects = state.link(Link::Online);
    let _ = state.apply(role(ANN, Role::Admin));
    let effects = state.answer(listing(&effects, vec![in_lunch(Role::Member)]));
    let _ = state.answer(listing(&effects, vec![in_lunch(Role::Admin)]));
    assert_eq!(state.conversations[&IN_LUNCH].role, Role::Admin);
    // What is told of others is not in the list.
    let effects = state.look_again();
    let _ = state.apply(role(BEN, Role::Owner));
    assert_eq!(state.answer(listing(&effects, vec![in_lunch(Role::Admin)])), []);
}

fn listed_members(of_ben: Role) -> Vec<Member> {
    vec![Member::new(user(ANN, "ann"), Role::Owner), Member::new(user(BEN, "ben"), of_ben)]
}

#[test]
fn a_list_of_members_that_is_older_than_what_was_heard_does_not_replace_it_and_is_asked_for_again() {
    let cleo = UserId::from_bytes([4; 16]);
    let joined = UserJoinedGroup { group_id: LUNCH, user: user(cleo, "cleo") };
    let left = UserLeftGroup { group_id: LUNCH, user_id: cleo, removed_by: None };
    let news =
        [role(BEN, Role::Admin), ServerEvent::UserJoinedGroup(joined), ServerEvent::UserLeftGroup(left)];
    let mut state = ann(vec![in_lunch(Role::Owner)]);
    let _ = state.answer(Answer::Members(LUNCH, 0, listed_members(Role::Member)));
    for event in news {
        let heard = state.heard_of_members(LUNCH);
        let _ = state.apply(event);
        let known = roles(&state);
        let older = Answer::Members(LUNCH, heard, listed_members(Role::Member));
        assert_eq!(state.answer(older.clone()), [Effect::AwaitMembers(LUNCH)]);
        assert_eq!(state.answer(older), [], "once");
        assert_eq!(roles(&state), known);
        assert_eq!(state.answer(Answer::MembersAreDue(LUNCH)), [Effect::ListMembers(LUNCH)]);
    }
    let heard = state.heard_of_members(LUNCH);
    assert_eq!(state.answer(Answer::Members(LUNCH, heard, listed_members(Role::Admin))), []);
    assert_eq!(roles(&state), [(ANN, Role::Owner), (BEN, Role::Admin)]);
}

#[test]
fn a_list_of_members_that_may_be_old_is_better_than_none() {
    let mut state = ann(vec![in_lunch(Role::Owner)]);
    let _ = state.apply(role(BEN, Role::Admin));
    let older = Answer::Members(LUNCH, 0, listed_members(Role::Member));
    assert_eq!(state.answer(older), [Effect::AwaitMembers(LUNCH)]);
    assert_eq!(roles(&state), [(ANN, Role::Owner), (BEN, Role::Member)]);
}

#[test]
fn after_events_were_missed_the_members_on_the_screen_are_asked_for_again() {
    let missed = || ServerEvent::EventsMissed(EventsMissed {});
    let lists = |effects: Vec<Effect>| effects.contains(&Effect::ListMembers(LUNCH));
    let mut state = ann(vec![in_lunch(Role::Owner)]);
    let _ = state.answer(Answer::Members(LUNCH, 0, listed_members(Role::Member)));
    assert!(!lists(state.apply(missed())), "nobody looks");
    let heard = state.heard_of_members(LUNCH);
    let _ = state.act(Action::Open(IN_LUNCH));
    assert!(lists(state.apply(missed())));
    // A list that was on its way may not show what was missed.
    let effects = state.answer(Answer::Members(LUNCH, heard, listed_members(Role::Member)));
    assert_eq!(effects, [Effect::AwaitMembers(LUNCH)]);
}

#[test]
fn whoever_is_removed_has_the_group_no_more_and_learns_who_did_it() {
    let mut state = ann(vec![in_lunch(Role::Member)]);
    let _ = state.act(Action::Open(IN_LUNCH));
    let _ = state.take_changes();
    let name = lunch(1).name;
    let left = LeftGroup { group_id: LUNCH, name: name.clone(), removed_by: Some(BEN) };
    let _ = state.apply(ServerEvent::LeftGroup(left.clone()));
    assert_eq!((state.open, state.sorted_conversations().len()), (None, 0));
    assert_eq!(state.removals, [Removal { group: LUNCH, name, by: Some(BEN) }]);
    assert!(state.take_changes().contains(&Topic::Removals));
    let _ = state.act(Action::NoticedRemovals);
    assert_eq!(state.removals, []);
    // Whoever leaves by themselves knows it.
    let _ = state.apply(ServerEvent::LeftGroup(LeftGroup { removed_by: None, ..left }));
    assert_eq!(state.removals, []);
}

#[test]
fn whoever_was_removed_while_they_were_offline_has_the_group_no_more() {
    let mut state = ann(vec![in_lunch(Role::Admin)]);
    let _ = state.act(Action::Open(IN_LUNCH));
    let effects = connects_anew(&mut state);
    let _ = state.answer(listing(&effects, vec![]));
    assert_eq!((state.open, state.sorted_conversations().len()), (None, 0));
    let name = lunch(1).name;
    assert_eq!(state.removals, [Removal { group: LUNCH, name, by: None }], "nobody said who did it");
}

#[test]
fn what_was_written_to_a_group_meanwhile_and_refused_is_said_until_it_is_discarded() {
    let mut state = ann(vec![in_lunch(Role::Member)]);
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    let command = Command::Send { content: "hi".parse().unwrap(), reply_to: None };
    let (conversation, client_id, now) = (IN_LUNCH, id("a"), Timestamp(9));
    let _ = state.act(Action::Write { conversation, client_id, command, now });
    let _ = state.answer(Answer::Kept(id("a"), true));
    let effects = state.link(Link::Online);
    let dead = |state: &ChatState| {
        state.dead_letters().into_iter().map(|one| one.client_id.to_string()).collect::<Vec<_>>()
    };
    let _ = state.answer(Answer::Sent(id("a"), Err(Some(ErrorBody::new(ErrorCode::NotAMember, "No.")))));
    assert_eq!(dead(&state), [""; 0], "the conversation shows it");
    let _ = state.take_changes();
    let _ = state.answer(listing(&effects, vec![]));
    assert_eq!(dead(&state), ["a"]);
    assert!(state.take_changes().contains(&Topic::Outbox));
    // After a reload, too, once it is known which groups there are.
    let left: Vec<Unsent> = state.outbox.entries().to_vec();
    let mut state = ChatState::new(user(ANN, "ann"));
    let _ = state.read_outbox();
    let effects = state.link(Link::Online);
    let _ = state.answer(Answer::Outbox(left));
    assert_eq!(dead(&state), [""; 0]);
    let _ = state.answer(listing(&effects, vec![]));
    assert_eq!(dead(&state), ["a"]);
    let _ = state.take_changes();
    let _ = state.act(Action::Discard(id("a")));
    assert_eq!(dead(&state), [""; 0]);
    assert!(state.take_changes().contains(&Topic::Outbox));
}

#[test]
fn that_a_message_was_not_deleted_in_a_group_that_is_gone_is_said_there_too() {
    let mut state = ann(vec![in_lunch(Role::Member)]);
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    let command = Command::Delete { message: MessageId::from_bytes([1; 16]) };
    let (conversation, client_id, now) = (IN_LUNCH, id("d"), Timestamp(9));
    let _ = state.act(Action::Write { conversation, client_id, command, now });
    let _ = state.answer(Answer::Kept(id("d"), true));
    let effects = state.link(Link::Online);
    let _ = state.answer(listing(&effects, vec![]));
    let _ = state.answer(Answer::Sent(id("d"), Err(Some(ErrorBody::new(ErrorCode::NotAMember, "No.")))));
    let dead = state.dead_letters().into_iter().map(|one| one.client_id.to_string()).collect::<Vec<_>>();
    assert_eq!(dead, ["d"]);
    assert!(state.take_changes().contains(&Topic::Outbox));
}

#[test]
fn a_ban_that_was_met_is_known_until_one_is_in_the_group_again() {
    let mut state = ann(vec![]);
    assert!(!state.is_banned(LUNCH));
    let _ = state.take_changes();
    assert_eq!(state.learn_ban(LUNCH, true), []);
    assert!(state.is_banned(LUNCH));
    assert!(state.take_changes().contains(&Topic::Conversation(IN_LUNCH)));
    // Somebody lifted it, and added this person.
    let effects = state.apply(ServerEvent::JoinedGroup(JoinedGroup { group_id: LUNCH, name: lunch(1).name }));
    let _ = state.answer(listing(&effects, vec![in_lunch(Role::Member)]));
    assert!(!state.is_banned(LUNCH));
    // Or they tried again.
    let _ = state.learn_ban(LUNCH, true);
    let _ = state.act(Action::Meet(Peer::Group(lunch(2))));
    assert!(!state.is_banned(LUNCH));
}

#[test]
fn of_several_groups_that_are_lost_at_once_each_is_told() {
    let dinner = || Group { id: GroupId::from_bytes([9; 16]), name: "Dinner".parse().unwrap(), ..lunch(2) };
    let other = Conversation { with: Peer::Group(dinner()), ..in_lunch(Role::Member) };
    let mut state = ann(vec![in_lunch(Role::Member), other]);
    let effects = connects_anew(&mut state);
    let _ = state.answer(listing(&effects, vec![]));
    let lost = |group: Group| Removal { group: group.id, name: group.name, by: None };
    assert_eq!(state.removals, [lost(dinner()), lost(lunch(2))], "by name");
    // Then somebody says who did it.
    let left = LeftGroup { group_id: LUNCH, name: lunch(2).name, removed_by: Some(BEN) };
    assert_eq!(state.apply(ServerEvent::LeftGroup(left)), []);
    assert_eq!(state.removals, [lost(dinner()), Removal { by: Some(BEN), ..lost(lunch(2)) }]);
}

#[test]
fn the_others_see_in_the_history_who_removed_somebody() {
    let mut state = ann(vec![in_lunch(Role::Member)]);
    let _ = state.act(Action::Open(IN_LUNCH));
    let cleo = UserId::from_bytes([4; 16]);
    let left = UserLeftGroup { group_id: LUNCH, user_id: cleo, removed_by: Some(BEN) };
    let _ = state.apply(ServerEvent::UserLeftGroup(left));
    let lines = |state: &ChatState| {
        let lines = state.conversations[&IN_LUNCH].timeline.membership().lines();
        lines.into_iter().map(|line| (line.user, line.joined, line.removed_by)).collect::<Vec<_>>()
    };
    assert_eq!(lines(&state), [(cleo, false, Some(BEN))]);
    assert_eq!(state.conversations[&IN_LUNCH].group().unwrap().member_count, 1);
    // As the page of history says it.
    let dan = UserId::from_bytes([5; 16]);
    let said = MembershipChange {
        number: 1,
        after: Seq(1),
        user_id: cleo,
        joined: false,
        removed_by: Some(dan),
        at: Timestamp(0),
    };
    let first = message(BEN, Recipient::Group(LUNCH), 1, None);
    let page = HistoryPage { changes: vec![said], ..page(vec![first], 1) };
    let effects = state.answer(Answer::Fetched(FetchHistory::newest(IN_LUNCH), Ok(page)));
    assert_eq!(lines(&state), [(cleo, false, Some(dan))]);
    assert!(effects.contains(&Effect::GetUsers(vec![dan])), "their name is shown: {effects:?}");
}
