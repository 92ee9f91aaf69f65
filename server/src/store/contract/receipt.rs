use protocol::{ConversationId, DeliveredUpTo, Receipt, Seq, limits};

use super::*;

fn receipt(user: &User, delivered: u64, read: u64) -> Receipt {
    receipt_of_newcomer(user, delivered, read, 0)
}

fn receipt_of_newcomer(user: &User, delivered: u64, read: u64, joined_after: u64) -> Receipt {
    Receipt {
        user_id: user.id,
        delivered_up_to: Seq(delivered),
        read_up_to: Seq(read),
        joined_after: Seq(joined_after),
    }
}

/// What the others are told of receipts since this was asked last.
fn told(store: &mut Opened) -> Vec<(ConversationId, Receipt)> {
    let told = store.published().into_iter().filter_map(|event| match event {
        DomainEvent::ReceiptChanged { conversation, receipt } => Some((conversation, receipt)),
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn what_was_delivered_and_what_was_read_only_grows_and_is_told_once() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    for text in ["one", "two", "three", "four"] {
        store.say(&ann, &ben, text).await.unwrap();
    }
    let (with_ann, with_ben) = (ConversationId::User(ann.id), ConversationId::User(ben.id));
    let sees = async |store: &Opened| store.receipts(ann.id, with_ben).await.unwrap();
    assert_eq!(sees(&store).await, [receipt(&ben, 0, 0)]);
    let delivered = async |store: &Opened, seq| {
        let mark = DeliveredUpTo { conversation: with_ann, seq: Seq(seq) };
        store.mark_delivered(ben.id, vec![mark]).await.unwrap();
    };
    let read = async |store: &Opened, seq| {
        store.mark_read(ben.id, ORIGIN, with_ann, Seq(seq), None).await.unwrap();
    };
    delivered(&store, 2).await;
    delivered(&store, 2).await;
    delivered(&store, 1).await;
    assert_eq!(told(&mut store), [(with_ann, receipt(&ben, 2, 0))]);
    read(&store, 1).await;
    assert_eq!(told(&mut store), [(with_ann, receipt(&ben, 2, 1))]);
    read(&store, 3).await;
    read(&store, 2).await;
    assert_eq!(told(&mut store), [(with_ann, receipt(&ben, 3, 3))], "what is read was delivered");
    delivered(&store, 3).await;
    assert_eq!(told(&mut store), []);
    // Nobody receives what was not written yet.
    delivered(&store, 99).await;
    assert_eq!(sees(&store).await, [receipt(&ben, 4, 3)]);
    let ann_has_written = store.receipts(ben.id, with_ann).await.unwrap();
    assert_eq!(ann_has_written, [receipt(&ann, 4, 4)], "who writes has read");
}

#[tokio::test]
async fn several_conversations_are_marked_at_once_and_each_as_far_as_it_is_named() {
    let mut store = Opened::new();
    let (ann, ben, eve) = (store.user("ann").await, store.user("ben").await, store.user("eve").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    for text in ["one", "two"] {
        store.say(&ann, &lunch, text).await.unwrap();
        store.say(&ann, &ben, text).await.unwrap();
    }
    let [with_ann, with_eve] = [&ann, &eve].map(|user| ConversationId::User(user.id));
    let marks =
        [(with_ann, 1), (ConversationId::Group(lunch.id), 2), (with_eve, 9), (with_ann, 2), (with_ann, 1)];
    let marks = marks.map(|(conversation, seq)| DeliveredUpTo { conversation, seq: Seq(seq) });
    store.mark_delivered(ben.id, marks.to_vec()).await.unwrap();
    assert_eq!(told(&mut store).pop(), Some((with_ann, receipt(&ben, 2, 0))));
    let group = ConversationId::Group(lunch.id);
    assert_eq!(store.receipts(ann.id, group).await.unwrap(), [receipt(&ben, 2, 0)]);
    store.mark_delivered(ben.id, marks.to_vec()).await.unwrap();
    assert_eq!(told(&mut store), [], "once");
}

#[tokio::test]
async fn a_message_says_that_its_sender_has_read_and_nobody_is_told_apart() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    store.say(&ann, &ben, "one").await.unwrap();
    store.say(&ben, &ann, "two").await.unwrap();
    assert_eq!(told(&mut store), []);
    let receipts = store.receipts(ann.id, ConversationId::User(ben.id)).await.unwrap();
    assert_eq!(receipts, [receipt(&ben, 2, 2)]);
}

#[tokio::test]
async fn of_what_was_written_before_somebody_joined_nothing_is_said() {
    let mut store = Opened::new();
    let (ann, ben, eve) = (store.user("ann").await, store.user("ben").await, store.user("eve").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    for text in ["one", "two"] {
        store.say(&ann, &lunch, text).await.unwrap();
    }
    store.add_members(ann.id, lunch.id, vec![eve.id]).await.unwrap();
    store.say(&ann, &lunch, "three").await.unwrap();
    let id = ConversationId::Group(lunch.id);
    let mark = DeliveredUpTo { conversation: id, seq: Seq(3) };
    store.mark_delivered(eve.id, vec![mark]).await.unwrap();
    assert_eq!(told(&mut store), [], "in a group nobody is told what was delivered");
    store.mark_read(ben.id, ORIGIN, id, Seq(1), None).await.unwrap();
    assert_eq!(told(&mut store), [(id, receipt(&ben, 1, 1))]);
    let mut receipts = store.receipts(ann.id, id).await.unwrap();
    receipts.sort_by_key(|receipt| receipt.joined_after);
    assert_eq!(receipts, [receipt(&ben, 1, 1), receipt_of_newcomer(&eve, 3, 2, 2)]);
    assert!(!receipts[1].has_read(Seq(2)));
}

#[tokio::test]
async fn in_a_group_with_too_many_members_nobody_is_told() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    for number in 2..limits::RECEIPT_MEMBERS {
        let member = store.user(&format!("member{number}")).await;
        store.join_group(member, lunch.id).await.unwrap();
    }
    let id = ConversationId::Group(lunch.id);
    for text in ["one", "two"] {
        store.say(&ann, &lunch, text).await.unwrap();
    }
    store.mark_read(ben.id, ORIGIN, id, Seq(1), None).await.unwrap();
    assert_eq!(told(&mut store).len(), 1);
    let everybody = store.receipts(ann.id, id).await.unwrap().len() as u64;
    assert_eq!(everybody, limits::RECEIPT_MEMBERS - 1);
    let last = store.user("last").await;
    store.join_group(last, lunch.id).await.unwrap();
    store.mark_read(ben.id, ORIGIN, id, Seq(2), None).await.unwrap();
    assert_eq!(told(&mut store), []);
    assert_eq!(code(store.receipts(ann.id, id).await), ErrorCode::GroupTooLarge);
}

#[tokio::test]
async fn strangers_learn_nothing_and_who_has_not_written_has_no_receipts() {
    let mut store = Opened::new();
    let (ann, eve) = (store.user("ann").await, store.user("eve").await);
    let lunch = store.lunch(&ann).await;
    let with_eve = ConversationId::User(eve.id);
    for (id, refused) in [
        (ConversationId::Group(lunch.id), ErrorCode::NotAMember),
        (ConversationId::Group(NO_GROUP), ErrorCode::UnknownGroup),
        (ConversationId::User(NOBODY), ErrorCode::UnknownUser),
    ] {
        assert_eq!(code(store.receipts(eve.id, id).await), refused);
        let unwritten = DeliveredUpTo { conversation: ConversationId::User(ann.id), seq: Seq(1) };
        let mark = DeliveredUpTo { conversation: id, seq: Seq(1) };
        assert_eq!(code(store.mark_delivered(eve.id, vec![unwritten, mark]).await), refused);
    }
    assert_eq!(store.receipts(ann.id, with_eve).await.unwrap(), []);
    // Nobody else reads one's notes.
    let notes = ConversationId::User(ann.id);
    store.say(&ann, &ann, "a note").await.unwrap();
    assert_eq!(store.receipts(ann.id, notes).await.unwrap(), []);
    assert_eq!(told(&mut store), []);
}
