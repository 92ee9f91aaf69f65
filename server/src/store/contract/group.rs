use protocol::{ConversationId, ErrorCode, LeftGroup, Member, Role, Seq, limits};

use super::*;
use crate::store::{conversation::Page, db::params, value::Id, writer::Done};

#[tokio::test]
async fn a_group_is_found_however_its_accents_are_typed_the_exact_name_first() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    for name in ["e\u{301}lan vital", "\u{e9}lan", "r\u{e9}\u{e9}lan"] {
        store.make(&ann, name, Visibility::Public).await;
    }
    for query in ["e\u{301}lan", "\u{c9}LAN"] {
        let found = names(store.find_groups(NOBODY, query).await.unwrap());
        assert_eq!(found, ["\u{e9}lan", "\u{e9}lan vital", "r\u{e9}\u{e9}lan"]);
    }
}

fn names(groups: Vec<Group>) -> Vec<String> {
    groups.into_iter().map(|group| group.name.to_string()).collect()
}

#[tokio::test]
async fn whoever_makes_a_group_is_its_first_member() {
    let mut store = Opened::new();
    let ann = store.user("ann").await;
    let lunch = store.lunch(&ann).await;
    assert_eq!((lunch.name.as_str(), lunch.member_count), ("Lunch", 1));
    let members = store.members(ann.id, lunch.id, Part::default()).await.unwrap();
    assert_eq!(members, [Member::new(ann.clone(), Role::Owner)]);
    assert_eq!(store.group(NOBODY, lunch.id).await.unwrap(), lunch);
    assert_eq!(store.published(), [DomainEvent::GroupCreated { group: lunch, by: ann.id }]);
}

#[tokio::test]
async fn joining_again_is_answered_the_same_and_told_to_nobody() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.published();
    let joined = store.join_group(ben.clone(), lunch.id).await.unwrap();
    assert_eq!(joined.member_count, 2);
    let told = DomainEvent::Joined { group: lunch.id, name: lunch.name.clone(), user: ben.clone() };
    assert_eq!(store.published(), [told]);
    assert_eq!(store.join_group(ben, lunch.id).await.unwrap(), joined);
    assert_eq!(store.published(), []);
}

#[tokio::test]
async fn who_left_is_no_member_until_they_join_again() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    store.published();
    let left = store.leave_group(ben.id, lunch.id).await.unwrap();
    assert_eq!(left, LeftGroup { group_id: lunch.id, name: lunch.name.clone(), removed_by: None });
    assert_eq!(
        store.published(),
        [DomainEvent::Left { group: lunch.id, name: lunch.name.clone(), user: ben.id, by: None }]
    );
    assert_eq!(code(store.leave_group(ben.id, lunch.id).await), ErrorCode::NotAMember);
    assert_eq!(code(store.members(ben.id, lunch.id, Part::default()).await), ErrorCode::NotAMember);
    assert_eq!(code(store.say(&ben, &lunch, "x").await), ErrorCode::NotAMember);
    assert_eq!(store.group(NOBODY, lunch.id).await.unwrap().member_count, 1);
    assert_eq!(store.join_group(ben, lunch.id).await.unwrap().member_count, 2);
}

#[tokio::test]
async fn a_group_that_everybody_left_can_be_joined_and_goes_on_counting() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let lunch = store.lunch(&ann).await;
    store.say(&ann, &lunch, "x").await.unwrap();
    store.leave_group(ann.id, lunch.id).await.unwrap();
    assert_eq!(store.group(NOBODY, lunch.id).await.unwrap().member_count, 0);
    store.join_group(ann.clone(), lunch.id).await.unwrap();
    assert_eq!(store.say(&ann, &lunch, "x").await.unwrap().seq, Seq(2));
}

#[tokio::test]
async fn only_public_groups_are_found_but_a_private_one_may_be_joined_by_its_id() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let secret = store.make(&ann, "Secret", Visibility::Private).await;
    store.lunch(&ann).await;
    store.make(&ann, "brunch", Visibility::Public).await;
    assert_eq!(names(store.find_groups(NOBODY, "").await.unwrap()), ["brunch", "Lunch"]);
    assert_eq!(names(store.find_groups(NOBODY, "UNCH").await.unwrap()), ["brunch", "Lunch"]);
    assert_eq!(names(store.find_groups(NOBODY, "secret").await.unwrap()), [""; 0]);
    assert_eq!(store.group(NOBODY, secret.id).await.unwrap(), secret);
    store.join_group(ben.clone(), secret.id).await.unwrap();
    assert_eq!(names(store.own_groups(ben.id, Part::default()).await.unwrap()), ["Secret"]);
    assert_eq!(
        names(store.own_groups(ann.id, Part::default()).await.unwrap()),
        ["brunch", "Lunch", "Secret"]
    );
}

#[tokio::test]
async fn a_group_that_there_is_not_is_unknown() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    assert_eq!(code(store.group(NOBODY, NO_GROUP).await), ErrorCode::UnknownGroup);
    assert_eq!(code(store.join_group(ann.clone(), NO_GROUP).await), ErrorCode::UnknownGroup);
    assert_eq!(code(store.leave_group(ann.id, NO_GROUP).await), ErrorCode::UnknownGroup);
    assert_eq!(code(store.members(ann.id, NO_GROUP, Part::default()).await), ErrorCode::UnknownGroup);
}

#[tokio::test]
async fn a_group_that_is_made_again_under_its_client_id_is_the_same_group() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let new = |name: &str, visibility| CreateGroup {
        name: name.parse().unwrap(),
        visibility,
        client_id: Some("c1".parse().unwrap()),
    };
    let lunch = new("Lunch", Visibility::Public);
    let made = store.create_group(ann.id, ORIGIN, lunch.clone()).await.unwrap();
    assert_eq!(store.published().len(), 1);
    store.join_group(ben.clone(), made.id).await.unwrap();
    store.published();
    let again = store.create_group(ann.id, ORIGIN, lunch.clone()).await.unwrap();
    assert_eq!(again, Group { member_count: 2, ..made.clone() });
    assert_eq!(store.published(), []);
    for other in [new("Brunch", Visibility::Public), new("Lunch", Visibility::Private)] {
        assert_eq!(code(store.create_group(ann.id, ORIGIN, other).await), ErrorCode::ClientIdReused);
    }
    // A clientId counts for one maker only: another person makes another group. It is kept over a restart.
    assert_ne!(store.create_group(ben.id, ORIGIN, lunch.clone()).await.unwrap().id, made.id);
    let store = store.restarted().await;
    assert_eq!(store.create_group(ann.id, ORIGIN, lunch).await.unwrap().id, made.id);
}

#[tokio::test]
async fn whoever_is_banned_from_the_group_that_they_made_does_not_learn_how_many_are_there() {
    let store = Opened::new();
    let (ann, ben, cleo) = (store.user("ann").await, store.user("ben").await, store.user("cleo").await);
    let new = || CreateGroup {
        name: "Lunch".parse().unwrap(),
        visibility: Visibility::Public,
        client_id: Some("c1".parse().unwrap()),
    };
    let made = store.create_group(ann.id, ORIGIN, new()).await.unwrap();
    store.join_group(ben.clone(), made.id).await.unwrap();
    store.leave_group(ann.id, made.id).await.unwrap();
    store.ban(ben.id, made.id, ann.id).await.unwrap();
    store.join_group(cleo.clone(), made.id).await.unwrap();
    assert_eq!(code(store.group(ann.id, made.id).await), ErrorCode::Banned);
    assert_eq!(store.create_group(ann.id, ORIGIN, new()).await.unwrap(), made);
}

#[tokio::test]
async fn groups_and_members_come_in_pages_without_gaps_and_repetitions() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let names = ["Alpha", "alpha", "beta", "Gamma", "delta", "delta", "delta"];
    let mut groups = Vec::new();
    for name in names {
        groups.push(store.make(&ann, name, Visibility::Public).await);
    }
    let all = store.own_groups(ann.id, Part::default()).await.unwrap();
    assert_eq!(all.len(), names.len());
    let mut pages = Vec::new();
    loop {
        let after = pages.last().map(|group: &Group| group.id);
        let page = store.own_groups(ann.id, Part { after, limit: Some(2) }).await.unwrap();
        let last = page.len() < 2;
        pages.extend(page);
        if last {
            break;
        }
    }
    assert_eq!(pages, all);
    let lunch = &groups[0];
    for number in 0..5 {
        let user = store.user(&format!("user{number}")).await;
        store.join_group(user, lunch.id).await.unwrap();
    }
    let all = store.members(ann.id, lunch.id, Part::default()).await.unwrap();
    let first = store.members(ann.id, lunch.id, Part { after: None, limit: Some(4) }).await.unwrap();
    let after = Some(first[3].id);
    let second = store.members(ann.id, lunch.id, Part { after, limit: Some(4) }).await.unwrap();
    assert_eq!((first.len(), second.len(), [first, second].concat()), (4, 2, all));
    // A limit that is out of range is replaced by the nearest one in range.
    for (limit, count) in [(0, 1), (u32::MAX, 6)] {
        let page = store.members(ann.id, lunch.id, Part { after: None, limit: Some(limit) }).await.unwrap();
        assert_eq!(page.len(), count);
    }
}

#[tokio::test]
async fn who_is_added_is_a_member_and_who_was_one_stays_as_they_are() {
    let mut store = Opened::new();
    let (ann, ben, eve) = (store.user("ann").await, store.user("ben").await, store.user("eve").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    store.published();
    let answer = store.add_members(ann.id, lunch.id, vec![ben.id, eve.id, ann.id, eve.id]).await.unwrap();
    assert_eq!(answer.member_count, 3);
    let told = DomainEvent::Added { group: lunch.id, name: lunch.name.clone(), users: vec![eve.clone()] };
    assert_eq!(store.published(), [told]);
    assert_eq!(store.add_members(eve.id, lunch.id, vec![ben.id]).await.unwrap(), answer);
    assert_eq!(store.published(), []);
    assert_eq!(code(store.add_members(ann.id, NO_GROUP, vec![eve.id]).await), ErrorCode::UnknownGroup);
}

#[tokio::test]
async fn shared_groups_are_those_of_both_by_name() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    for name in ["tea", "Lunch", "Alone"] {
        let group = store.make(&ann, name, Visibility::Private).await;
        if name != "Alone" {
            store.join_group(ben.clone(), group.id).await.unwrap();
        }
    }
    store.make(&ben, "Ben's own", Visibility::Public).await;
    let shared = names(store.shared_groups(ann.id, ben.id).await.unwrap());
    assert_eq!(shared, ["Lunch", "tea"]);
    assert_eq!(code(store.shared_groups(ann.id, NOBODY).await), ErrorCode::UnknownUser);
    for number in 0..limits::SHARED_GROUPS {
        let group = store.make(&ann, &format!("more{number}"), Visibility::Public).await;
        store.join_group(ben.clone(), group.id).await.unwrap();
    }
    assert_eq!(store.shared_groups(ann.id, ben.id).await.unwrap().len(), limits::SHARED_GROUPS);
}

impl Opened {
    /// Who came and went, with the message after which they did.
    async fn changes(&self, me: &User, group: &Group, page: Page) -> Vec<(u64, String)> {
        let id = ConversationId::Group(group.id);
        let page = self.history(me.id, id, page).await.unwrap();
        let mut lines = Vec::new();
        for change in page.changes {
            let user = self.users(NOBODY, vec![change.user_id]).await.unwrap().remove(0);
            let sign = if change.joined { '+' } else { '-' };
            lines.push((change.after.0, format!("{sign}{}", user.username)));
        }
        lines
    }
}

fn lines(expected: &[(u64, &str)]) -> Vec<(u64, String)> {
    expected.iter().map(|(after, line)| (*after, (*line).to_owned())).collect()
}

#[tokio::test]
async fn every_page_has_the_changes_between_its_messages_and_none_is_on_two() {
    let store = Opened::new();
    let (ann, ben, eve) = (store.user("ann").await, store.user("ben").await, store.user("eve").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    assert_eq!(store.changes(&ann, &lunch, Page::default()).await, lines(&[(0, "+ben")]));
    for number in 1..=4 {
        store.say(&ann, &lunch, "x").await.unwrap();
        if number == 2 {
            store.leave_group(ben.id, lunch.id).await.unwrap();
            store.join_group(ben.clone(), lunch.id).await.unwrap();
        }
    }
    store.add_members(ben.id, lunch.id, vec![eve.id]).await.unwrap();
    let page = |before: Option<u64>, after: Option<u64>, limit: u32| Page {
        before: before.map(Seq),
        after: after.map(Seq),
        limit: Some(limit),
        ..Page::default()
    };
    let newest = store.changes(&ann, &lunch, page(None, None, 2)).await;
    assert_eq!(newest, lines(&[(4, "+eve")]));
    let older = store.changes(&ann, &lunch, page(Some(3), None, 2)).await;
    assert_eq!(older, lines(&[(0, "+ben"), (2, "-ben"), (2, "+ben")]));
    // After a place: what happened after it, even if no message followed.
    assert_eq!(store.changes(&ann, &lunch, page(None, Some(2), 1)).await, lines(&[(2, "-ben"), (2, "+ben")]));
    assert_eq!(store.changes(&ann, &lunch, page(None, Some(4), 9)).await, lines(&[(4, "+eve")]));
}

#[tokio::test]
async fn of_too_many_changes_a_page_has_the_newest() {
    let store = Opened::new();
    let (ann, ben, eve) = (store.user("ann").await, store.user("ben").await, store.user("eve").await);
    let lunch = store.lunch(&ann).await;
    for _ in 0..limits::HISTORY_PAGE_CHANGES / 2 {
        store.join_group(ben.clone(), lunch.id).await.unwrap();
        store.leave_group(ben.id, lunch.id).await.unwrap();
    }
    assert_eq!(store.changes(&ann, &lunch, Page::default()).await.len(), limits::HISTORY_PAGE_CHANGES);
    store.join_group(eve, lunch.id).await.unwrap();
    let changes = store.changes(&ann, &lunch, Page::default()).await;
    assert_eq!(changes.len(), limits::HISTORY_PAGE_CHANGES);
    assert_eq!((changes[0].1.as_str(), changes.last().unwrap().1.as_str()), ("-ben", "+eve"));
}

#[tokio::test]
async fn a_page_behind_what_does_not_exist_is_refused_and_not_taken_for_the_last() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    let after = |after| Part { after: Some(after), limit: None };
    assert_eq!(code(store.members(ann.id, lunch.id, after(NOBODY)).await), ErrorCode::UnknownUser);
    assert_eq!(
        code(store.own_groups(ann.id, Part { after: Some(NO_GROUP), limit: None }).await),
        ErrorCode::UnknownGroup
    );
    // Who has left meanwhile still has a place in the list.
    assert_eq!(store.members(ann.id, lunch.id, after(ben.id)).await.unwrap(), []);
}

#[tokio::test]
async fn nobody_is_added_to_more_than_a_hundred_groups_by_the_same_person() {
    let store = Opened::new();
    let (ann, ben, eve) = (store.user("ann").await, store.user("ben").await, store.user("eve").await);
    let mut groups = Vec::new();
    for _ in 0..limits::GROUPS_ADDED_TO_BY_ONE {
        let group = store.lunch(&eve).await;
        store.add_members(eve.id, group.id, vec![ann.id, ann.id]).await.unwrap();
        groups.push(group);
    }
    let more = store.lunch(&eve).await;
    assert_eq!(code(store.add_members(eve.id, more.id, vec![ben.id, ann.id]).await), ErrorCode::TooMany);
    assert_eq!(store.group(eve.id, more.id).await.unwrap().member_count, 1, "nobody was added");
    // It stays so when eve has left them.
    store.leave_group(eve.id, groups[0].id).await.unwrap();
    assert_eq!(code(store.add_members(eve.id, more.id, vec![ann.id]).await), ErrorCode::TooMany);
    // That is no other's fault, nor ann's; and who is there already stays.
    store.add_members(eve.id, groups[1].id, vec![ann.id, ben.id]).await.unwrap();
    store.add_members(eve.id, more.id, vec![ben.id]).await.unwrap();
    store.add_members(ben.id, more.id, vec![ann.id]).await.unwrap();
    store.leave_group(ann.id, more.id).await.unwrap();
    store.join_group(ann.clone(), more.id).await.unwrap();
    store.leave_group(ann.id, groups[1].id).await.unwrap();
    let another = store.lunch(&eve).await;
    store.add_members(eve.id, another.id, vec![ann.id]).await.unwrap();
}

#[tokio::test]
async fn who_is_in_2_000_groups_to_which_others_added_them_can_make_and_join_groups() {
    let store = Opened::new();
    let (ann, ben, eve) = (store.user("ann").await, store.user("ben").await, store.user("eve").await);
    store.fill_groups(&ann, limits::GROUPS_ADDED_TO - 1, Some(&eve)).await;
    let (last, more) = (store.lunch(&ben).await, store.lunch(&ben).await);
    store.add_members(ben.id, last.id, vec![ann.id]).await.unwrap();
    assert_eq!(code(store.add_members(ben.id, more.id, vec![ann.id]).await), ErrorCode::TooMany);
    store.join_group(ann.clone(), more.id).await.unwrap();
    store.lunch(&ann).await;
    store.leave_group(ann.id, last.id).await.unwrap();
    let another = store.lunch(&ben).await;
    store.add_members(ben.id, another.id, vec![ann.id]).await.unwrap();
}

impl Opened {
    /// Makes somebody a member of many groups that somebody else added them to, or that they joined.
    async fn fill_groups(&self, who: &User, groups: usize, by: Option<&User>) {
        const GROUPS: &str = "
            WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
            INSERT INTO conversations (id, updated_at) SELECT 1000000 + i, 0 FROM n";
        const NAMES: (&str, &str) = (
            "INSERT INTO groups (id, conversation, name, folded, public, members, created_at)
             SELECT randomblob(16), id, 'g', 'g', FALSE, 1, 0 FROM conversations WHERE id > 1000000",
            "INSERT INTO groups (id, conversation, name, folded, public, members, created_at)
             SELECT decode(md5(id::TEXT), 'hex'), id, 'g', 'g', FALSE, 1, 0 FROM conversations WHERE id > 1000000",
        );
        const MEMBERS: &str = "
            INSERT INTO members (conversation, \"user\", read_up_to, joined_at, role, added_by)
            SELECT id, ?1, 0, 0, 2, ?2 FROM conversations WHERE id > 1000000";
        let (who, by, groups) = (who.id, by.map(|by| Id(by.id)), groups as i64);
        let made = self.write(move |db| {
            db.prepare_cached(GROUPS)?.execute([groups])?;
            db.prepare_cached(db.either(NAMES.0, NAMES.1))?.execute(params![])?;
            db.prepare_cached(MEMBERS)?.execute(params![Id(who), by])?;
            Ok(Done::without_event(()))
        });
        made.await.unwrap();
    }
}

#[tokio::test]
async fn somebody_is_in_10_000_groups_of_their_own_at_most() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    // What they say to each other is no group.
    store.say(&ann, &ben, "hello").await.unwrap();
    let (last, more) = (store.lunch(&ben).await, store.lunch(&ben).await);
    store.fill_groups(&ann, limits::GROUPS_A_PERSON - 1, None).await;
    store.join_group(ann.clone(), last.id).await.unwrap();
    assert_eq!(code(store.join_group(ann.clone(), more.id).await), ErrorCode::TooMany);
    let new =
        CreateGroup { name: "Dinner".parse().unwrap(), visibility: Visibility::Public, client_id: None };
    assert_eq!(code(store.create_group(ann.id, ORIGIN, new).await), ErrorCode::TooMany);
    // A member stays one; there is room again when they leave a group, and others add them to others.
    store.join_group(ann.clone(), last.id).await.unwrap();
    store.add_members(ben.id, more.id, vec![ann.id]).await.unwrap();
    let another = store.lunch(&ben).await;
    assert_eq!(code(store.join_group(ann.clone(), another.id).await), ErrorCode::TooMany);
    store.leave_group(ann.id, last.id).await.unwrap();
    store.join_group(ann.clone(), another.id).await.unwrap();
}
