use protocol::{
    BannedUser, ConversationId, ConversationMuted, Head, HeadsDigest, MembershipChange, Role, RoleChanged,
    Seq, Synced, Synchronise, limits,
};

use super::*;
use crate::store::{conversation::Page, db::params, writer::Done};

impl Opened {
    /// A group of these people; the first is its owner, the second an admin.
    async fn group_with_an_admin(&self, people: &[&User]) -> Group {
        let group = self.lunch(people[0]).await;
        for who in &people[1..] {
            self.join_group((*who).clone(), group.id).await.unwrap();
        }
        self.set_role(people[0].id, group.id, people[1].id, Role::Admin).await.unwrap();
        group
    }

    /// The roles of a group's members, by their names.
    async fn roles(&self, me: &User, group: &Group) -> Vec<(String, Role)> {
        let members = self.members(me.id, group.id, Part::default()).await.unwrap();
        members.into_iter().map(|member| (member.username.to_string(), member.role)).collect()
    }

    async fn role_in_list(&self, me: &User) -> Role {
        self.conversations(me.id, Part::default()).await.unwrap()[0].role
    }

    /// As a server from before there were roles makes groups, and lets owners leave.
    async fn forget_owners(&self) {
        self.write(|db| {
            db.prepare_cached("UPDATE members SET role = 0 WHERE role = 2")?.execute(params![])?;
            Ok(Done::without_event(()))
        })
        .await
        .unwrap();
    }
}

fn names(roles: &[(&str, Role)]) -> Vec<(String, Role)> {
    roles.iter().map(|(name, role)| ((*name).to_owned(), *role)).collect()
}

fn changed(group: &Group, user: &User, role: Role) -> DomainEvent {
    DomainEvent::RoleChanged(RoleChanged { group_id: group.id, user_id: user.id, role })
}

fn removed(group: &Group, user: &User, by: &User) -> DomainEvent {
    DomainEvent::Left { group: group.id, name: group.name.clone(), user: user.id, by: Some(by.id) }
}

fn sentence<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(body)) => body.message,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn the_owner_gives_roles_and_a_repetition_tells_nobody() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    assert_eq!(store.roles(&ben, &lunch).await, names(&[("ann", Role::Owner), ("ben", Role::Member)]));
    store.published();
    for _ in 0..2 {
        store.set_role(ann.id, lunch.id, ben.id, Role::Admin).await.unwrap();
    }
    assert_eq!(store.published(), [changed(&lunch, &ben, Role::Admin)]);
    assert_eq!((store.role_in_list(&ann).await, store.role_in_list(&ben).await), (Role::Owner, Role::Admin));
    store.set_role(ann.id, lunch.id, ben.id, Role::Member).await.unwrap();
    assert_eq!(store.published(), [changed(&lunch, &ben, Role::Member)]);
}

#[tokio::test]
async fn whoever_makes_somebody_else_the_owner_becomes_an_admin() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    store.published();
    store.set_role(ann.id, lunch.id, ben.id, Role::Owner).await.unwrap();
    assert_eq!(store.published(), [changed(&lunch, &ann, Role::Admin), changed(&lunch, &ben, Role::Owner)]);
    assert_eq!(store.roles(&ann, &lunch).await, names(&[("ann", Role::Admin), ("ben", Role::Owner)]));
    let refused = store.set_role(ann.id, lunch.id, ann.id, Role::Owner).await;
    assert_eq!(sentence(refused), "Only the owner of the group may do this.");
    // The owner cannot leave the group without one, other than by leaving it.
    store.set_role(ben.id, lunch.id, ben.id, Role::Owner).await.unwrap();
    let refused = store.set_role(ben.id, lunch.id, ben.id, Role::Member).await;
    assert_eq!(code(refused), ErrorCode::InvalidPayload);
    let stranger = store.user("cleo").await;
    let refused = store.set_role(ben.id, lunch.id, stranger.id, Role::Admin).await;
    assert_eq!(sentence(refused), "This person is not a member of the group.");
    assert_eq!(store.published(), []);
}

#[tokio::test]
async fn nobody_does_to_somebody_what_their_role_does_not_allow() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let (eve, dan) = (store.user("eve").await, store.user("dan").await);
    let cleo = store.user("cleo").await;
    let lunch = store.group_with_an_admin(&[&ann, &ben, &eve, &dan]).await;
    store.set_role(ann.id, lunch.id, eve.id, Role::Admin).await.unwrap();
    let before = store.roles(&ann, &lunch).await;
    store.published();
    // An admin who wants more than that.
    for (who, whom) in [(&eve, &ann), (&eve, &ben), (&eve, &eve), (&dan, &ann), (&dan, &ben), (&dan, &dan)] {
        let (me, id) = (who.id, whom.id);
        assert_eq!(code(store.remove_member(me, lunch.id, id).await), ErrorCode::RoleRequired);
        assert_eq!(code(store.ban(me, lunch.id, id).await), ErrorCode::RoleRequired);
        for role in [Role::Owner, Role::Admin, Role::Member] {
            assert_eq!(code(store.set_role(me, lunch.id, id, role).await), ErrorCode::RoleRequired);
        }
    }
    // Not even the owner removes the owner.
    let refused = store.remove_member(ann.id, lunch.id, ann.id).await;
    assert_eq!(sentence(refused), "The owner of a group can't be removed.");
    assert_eq!(code(store.ban(ann.id, lunch.id, ann.id).await), ErrorCode::RoleRequired);
    for id in [cleo.id, dan.id] {
        assert_eq!(code(store.ban(dan.id, lunch.id, id).await), ErrorCode::RoleRequired);
        assert_eq!(code(store.unban(dan.id, lunch.id, id).await), ErrorCode::RoleRequired);
        assert_eq!(code(store.remove_member(cleo.id, lunch.id, id).await), ErrorCode::NotAMember);
    }
    assert_eq!(code(store.banned(dan.id, lunch.id, Part::default()).await), ErrorCode::RoleRequired);
    assert_eq!(store.roles(&ann, &lunch).await, before);
    assert_eq!(store.published(), []);
    // What their roles do allow.
    store.remove_member(eve.id, lunch.id, dan.id).await.unwrap();
    store.remove_member(ann.id, lunch.id, eve.id).await.unwrap();
    assert_eq!(store.published(), [removed(&lunch, &dan, &eve), removed(&lunch, &eve, &ann)]);
    assert_eq!(code(store.ban(eve.id, lunch.id, cleo.id).await), ErrorCode::NotAMember);
}

#[tokio::test]
async fn an_owner_who_leaves_is_followed_by_the_oldest_admin_and_then_by_the_oldest_member() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let (cleo, dan) = (store.user("cleo").await, store.user("dan").await);
    let lunch = store.lunch(&ann).await;
    // Later by the clock, too.
    for user in [&ben, &dan, &cleo] {
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        store.join_group(user.clone(), lunch.id).await.unwrap();
    }
    store.set_role(ann.id, lunch.id, cleo.id, Role::Admin).await.unwrap();
    store.published();
    let left = |user: &User| DomainEvent::Left {
        group: lunch.id,
        name: lunch.name.clone(),
        user: user.id,
        by: None,
    };
    for (leaves, follows) in [(&ann, &cleo), (&cleo, &ben), (&ben, &dan)] {
        store.leave_group(leaves.id, lunch.id).await.unwrap();
        assert_eq!(store.published(), [left(leaves), changed(&lunch, follows, Role::Owner)]);
        assert_eq!(store.role_in_list(follows).await, Role::Owner);
    }
    store.leave_group(dan.id, lunch.id).await.unwrap();
    assert_eq!(store.published(), [left(&dan)]);
    // Whoever comes into an empty group owns it.
    store.add_to_empty(&lunch, &ben).await;
    assert_eq!(store.published().last(), Some(&changed(&lunch, &ben, Role::Owner)));
}

impl Opened {
    async fn add_to_empty(&self, group: &Group, user: &User) {
        assert_eq!(self.group(NOBODY, group.id).await.unwrap().member_count, 0);
        self.join_group(user.clone(), group.id).await.unwrap();
        assert_eq!(self.role_in_list(user).await, Role::Owner);
    }
}

#[tokio::test]
async fn whoever_was_removed_is_out_and_the_history_says_who_did_it() {
    let mut store = Opened::new();
    let (ann, ben, cleo) = (store.user("ann").await, store.user("ben").await, store.user("cleo").await);
    let lunch = store.group_with_an_admin(&[&ann, &ben, &cleo]).await;
    store.say(&ann, &lunch, "hello").await.unwrap();
    store.published();
    store.remove_member(ben.id, lunch.id, cleo.id).await.unwrap();
    assert_eq!(store.published(), [removed(&lunch, &cleo, &ben)]);
    assert_eq!(code(store.say(&cleo, &lunch, "x").await), ErrorCode::NotAMember);
    assert_eq!(store.group(NOBODY, lunch.id).await.unwrap().member_count, 2);
    let page = store.history(ann.id, ConversationId::Group(lunch.id), Page::default()).await.unwrap();
    let last = page.changes.last().unwrap();
    let expected = MembershipChange {
        number: 3,
        after: Seq(1),
        user_id: cleo.id,
        joined: false,
        removed_by: Some(ben.id),
        at: last.at,
    };
    assert_eq!(*last, expected);
    // Whoever is not in it cannot be removed, and nothing is told.
    store.remove_member(ben.id, lunch.id, cleo.id).await.unwrap();
    assert_eq!(store.published(), []);
    // They may come back, as a member.
    store.remove_member(ann.id, lunch.id, ben.id).await.unwrap();
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    assert_eq!(store.role_in_list(&ben).await, Role::Member);
}

#[tokio::test]
async fn whoever_is_banned_can_neither_join_nor_be_added_until_somebody_lets_them_in() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let (cleo, dan) = (store.user("cleo").await, store.user("dan").await);
    let lunch = store.group_with_an_admin(&[&ann, &ben, &cleo]).await;
    store.published();
    store.ban(ben.id, lunch.id, cleo.id).await.unwrap();
    assert_eq!(store.published(), [removed(&lunch, &cleo, &ben)]);
    // Somebody who is not in the group.
    for _ in 0..2 {
        store.ban(ann.id, lunch.id, dan.id).await.unwrap();
    }
    assert_eq!(code(store.ban(ann.id, lunch.id, NOBODY).await), ErrorCode::UnknownUser);
    for user in [&cleo, &dan] {
        assert_eq!(code(store.join_group(user.clone(), lunch.id).await), ErrorCode::Banned);
    }
    let refused = store.add_members(ann.id, lunch.id, vec![ben.id, cleo.id]).await;
    assert_eq!(sentence(refused), "cleo is banned from this group. Nobody was added.");
    assert_eq!(store.published(), []);
    assert_eq!(store.group(NOBODY, lunch.id).await.unwrap().member_count, 2);

    let banned = store.banned(ben.id, lunch.id, Part::default()).await.unwrap();
    let by = |banned: &BannedUser| (banned.username.to_string(), banned.id, banned.banned_by);
    let expected = [("cleo".to_owned(), cleo.id, ben.id), ("dan".to_owned(), dan.id, ann.id)];
    assert_eq!(banned.iter().map(by).collect::<Vec<_>>(), expected);
    let first = store.banned(ann.id, lunch.id, Part { after: None, limit: Some(1) }).await.unwrap();
    let rest = Part { after: Some(first[0].id), limit: Some(7) };
    assert_eq!(store.banned(ann.id, lunch.id, rest).await.unwrap(), banned[1..]);
    // Of another group nothing is kept.
    store.join_group(cleo.clone(), store.lunch(&ann).await.id).await.unwrap();

    for _ in 0..2 {
        store.unban(ben.id, lunch.id, cleo.id).await.unwrap();
    }
    store.join_group(cleo.clone(), lunch.id).await.unwrap();
    assert_eq!(store.banned(ann.id, lunch.id, Part::default()).await.unwrap(), banned[1..]);
    let mut store = store.restarted().await;
    assert_eq!(code(store.join_group(dan, lunch.id).await), ErrorCode::Banned);
    assert_eq!(store.published(), []);
}

#[tokio::test]
async fn so_many_people_are_banned_from_a_group_and_not_one_more() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    let mut people = Vec::new();
    for number in 0..2 {
        people.push(store.user(&format!("person{number}")).await);
    }
    let almost = limits::BANS_A_GROUP as i64 - 1;
    store
        .write(move |db| {
            // Nobody waits for a thousand people to register.
            for number in 0..almost {
                let id = crate::store::value::Blob((number as u128).to_be_bytes());
                db.prepare_cached(
                    "INSERT INTO users (id, username, folded, password, created_at) VALUES (?1, ?2, ?2, '', 0)",
                )?
                .execute(params![id, format!("banned{number}")])?;
                db.prepare_cached(
                    "INSERT INTO bans (conversation, \"user\", banned_by, at)
                     SELECT conversation, ?1, ?1, 0 FROM groups",
                )?
                .execute(params![id])?;
            }
            Ok(Done::without_event(()))
        })
        .await
        .unwrap();
    store.join_group(people[1].clone(), lunch.id).await.unwrap();
    store.ban(ann.id, lunch.id, people[0].id).await.unwrap();
    let refused = store.ban(ann.id, lunch.id, people[1].id).await;
    assert_eq!(sentence(refused), "At most 1000 people can be banned from a group.");
    assert_eq!(store.group(NOBODY, lunch.id).await.unwrap().member_count, 2, "nor were they removed");
    assert_eq!(code(store.ban(ann.id, lunch.id, ann.id).await), ErrorCode::RoleRequired);
    store.ban(ann.id, lunch.id, people[0].id).await.unwrap();
    assert_eq!(store.banned(ann.id, lunch.id, Part::default()).await.unwrap().len(), limits::BANS_A_GROUP);
    store.unban(ann.id, lunch.id, people[0].id).await.unwrap();
    store.ban(ann.id, lunch.id, ben.id).await.unwrap();
}

#[tokio::test]
async fn the_owner_and_the_admins_delete_anybodys_message_and_it_says_so() {
    let store = Opened::new();
    let (ann, ben, cleo) = (store.user("ann").await, store.user("ben").await, store.user("cleo").await);
    let lunch = store.group_with_an_admin(&[&ann, &ben, &cleo]).await;
    let delete = async |who: &User, message: &Message| match store.delete_message(who.id, message.id).await {
        Ok(submitted) => submitted.committed().await,
        Err(error) => Err(error),
    };
    for (author, who) in [(&cleo, &ben), (&cleo, &ann), (&ann, &ben), (&ben, &ann)] {
        let said = store.say(author, &lunch, "oops").await.unwrap();
        let deleted = delete(who, &said).await.unwrap();
        assert_eq!((deleted.deleted_by, deleted.content.as_str()), (Some(who.id), ""));
        assert!(deleted.is_deleted());
        assert_eq!(store.message(cleo.id, said.id).await.unwrap(), deleted, "it is kept");
        // Again, and by the author: nothing changes.
        assert_eq!(delete(who, &said).await.unwrap(), deleted);
        assert_eq!(delete(author, &said).await.unwrap(), deleted);
    }
    let said = store.say(&ann, &lunch, "hello").await.unwrap();
    assert_eq!(
        sentence(delete(&cleo, &said).await),
        "Only the person who wrote a message, and the owner and the admins of the group, may delete it."
    );
    let edit = store.edit_message(ben.id, said.id, "hi".parse().unwrap(), None).await.unwrap();
    assert_eq!(code(edit.committed().await), ErrorCode::NotYourMessage);
    let own = store.say(&ben, &lunch, "mine").await.unwrap();
    assert_eq!(delete(&ben, &own).await.unwrap().deleted_by, None);
    let private = store.say(&cleo, &ben, "between us").await.unwrap();
    assert_eq!(code(delete(&ben, &private).await), ErrorCode::NotYourMessage);
    // Who is no admin any more, is none.
    let said = store.say(&cleo, &lunch, "hello").await.unwrap();
    store.set_role(ann.id, lunch.id, ben.id, Role::Member).await.unwrap();
    assert_eq!(code(delete(&ben, &said).await), ErrorCode::NotYourMessage);
}

#[tokio::test]
async fn a_device_that_was_offline_learns_of_its_role_and_an_older_program_is_not_bothered() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    let known = store.conversations(ben.id, Part::default()).await.unwrap();
    let heads = || known.iter().map(Head::from);
    let older = Synchronise { state: Some(HeadsDigest::of_state(heads())), ..Synchronise::default() };
    let asked = Synchronise { roles: Some(HeadsDigest::of_roles(heads())), ..older.clone() };
    assert_eq!(store.synchronise(ben.id, asked.clone()).await.unwrap(), Synced::default());
    store.set_role(ann.id, lunch.id, ben.id, Role::Admin).await.unwrap();
    let synced = store.synchronise(ben.id, asked).await.unwrap();
    assert_eq!(synced.conversations.unwrap()[0].role, Role::Admin);
    assert_eq!(store.synchronise(ben.id, older).await.unwrap(), Synced::default());
    let muted: ConversationMuted =
        store.mute(ben.id, ORIGIN, ConversationId::Group(lunch.id), true).await.unwrap();
    assert!(muted.muted);
    assert_eq!(store.role_in_list(&ben).await, Role::Admin, "nothing else changes it");
}

#[tokio::test]
async fn a_group_that_an_older_server_made_is_owned_by_who_has_been_in_it_for_longest() {
    let mut store = Opened::new();
    let (ann, ben, cleo) = (store.user("ann").await, store.user("ben").await, store.user("cleo").await);
    let lunch = store.lunch(&ann).await;
    for user in [&ben, &cleo] {
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        store.join_group(user.clone(), lunch.id).await.unwrap();
    }
    store.forget_owners().await;
    let expected = [("ann", Role::Owner), ("ben", Role::Member), ("cleo", Role::Member)];
    assert_eq!(store.roles(&cleo, &lunch).await, names(&expected));
    assert_eq!((store.role_in_list(&ann).await, store.role_in_list(&ben).await), (Role::Owner, Role::Member));
    store.published();
    assert_eq!(code(store.set_role(ben.id, lunch.id, ben.id, Role::Owner).await), ErrorCode::RoleRequired);
    assert_eq!(store.published(), []);
    // It is noted before somebody else comes first.
    store.set_role(ann.id, lunch.id, cleo.id, Role::Admin).await.unwrap();
    assert_eq!(store.published(), [changed(&lunch, &ann, Role::Owner), changed(&lunch, &cleo, Role::Admin)]);
    let expected = [("ann", Role::Owner), ("ben", Role::Member), ("cleo", Role::Admin)];
    assert_eq!(store.roles(&ben, &lunch).await, names(&expected));
    // The owner left at an older server.
    store.forget_owners().await;
    store.leave_group(ann.id, lunch.id).await.unwrap();
    assert_eq!(store.published().last(), Some(&changed(&lunch, &cleo, Role::Owner)));
    // An admin there who acts is the owner by then.
    store.forget_owners().await;
    store.remove_member(ben.id, lunch.id, cleo.id).await.unwrap();
    assert_eq!(store.published(), [changed(&lunch, &ben, Role::Owner), removed(&lunch, &cleo, &ben)]);
}
