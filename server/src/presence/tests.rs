//! The rules of presence, without a clock.

use protocol::{Handle, LastSeen};

use super::*;
use crate::testing::TestApp;

const ANN: UserId = UserId::from_bytes([1; 16]);
const BEN: UserId = UserId::from_bytes([2; 16]);
const GRACE: Duration = Duration::from_secs(5);

/// A time that is long enough after what was told before.
fn later(presence: &Presence) -> Instant {
    presence.greeting.next + Duration::from_secs(1)
}

fn presence() -> Presence {
    let mut presence = Presence::new(GRACE, Online::default(), Instant::now());
    // One client of each kind is there already; it does not matter who.
    presence.listeners.iter_mut().for_each(|listeners| listeners.count = 1);
    presence
}

impl Presence {
    fn comes(&mut self, user: UserId, socket: SocketId) {
        self.arrived(user, socket, Client::Current);
    }
}

fn told(deliveries: Vec<Delivery>) -> Vec<String> {
    let told = deliveries.into_iter().map(|Delivery { to, event }| match event {
        ServerEvent::OnlineUsers(users) => format!("{to:?} {} online", users.len()),
        ServerEvent::UserOnline(_) => format!("{to:?} online"),
        ServerEvent::UserOffline(_) => format!("{to:?} offline"),
        ServerEvent::PresenceChanged(changed) => {
            format!("{to:?} +{} -{}", changed.online.len(), changed.offline.len())
        }
        other => panic!("{other:?}"),
    });
    told.collect()
}

fn others(word: &str) -> [String; 2] {
    [Client::Current, Client::Other]
        .map(|client| format!("{:?} {word}", Audience::EveryoneExcept(client, ANN)))
}

fn to(socket: u64, online: usize) -> String {
    format!("{:?} {online} online", Audience::Sockets(vec![SocketId(socket)]))
}

#[test]
fn the_first_socket_is_announced_and_the_second_is_not() {
    let mut presence = presence();
    presence.comes(ANN, SocketId(1));
    let [current, other] = others("online");
    assert_eq!(told(presence.settle(Instant::now())), [current, other, to(1, 1)]);
    presence.comes(ANN, SocketId(2));
    assert_eq!(told(presence.settle(later(&presence))), [to(2, 1)]);
}

#[test]
fn the_last_socket_is_announced_after_the_grace() {
    let mut presence = presence();
    let start = Instant::now();
    presence.comes(ANN, SocketId(1));
    presence.comes(ANN, SocketId(2));
    presence.settle(start);
    presence.gone(ANN, SocketId(1), start);
    assert_eq!(presence.next_due(), None);
    presence.gone(ANN, SocketId(2), start);
    assert_eq!(presence.next_due(), Some(start + GRACE));
    assert_eq!(presence.online.list(), [ANN]);
    assert!(presence.settle(start + GRACE / 2).is_empty());
    assert!(presence.left.is_empty());
    assert_eq!(told(presence.settle(start + GRACE)), others("offline"));
    assert_eq!(presence.left, [(ANN, start)], "they were there until the socket went");
    assert_eq!(presence.online.list(), []);
    presence.comes(BEN, SocketId(3));
    assert_eq!(told(presence.settle(start + GRACE * 2))[2], to(3, 1));
}

#[test]
fn a_reconnect_within_the_grace_announces_nothing_and_the_grace_begins_anew() {
    let mut presence = presence();
    let start = Instant::now();
    presence.comes(ANN, SocketId(1));
    presence.settle(start);
    presence.gone(ANN, SocketId(1), start);
    presence.comes(ANN, SocketId(2));
    assert_eq!(told(presence.settle(start + GRACE / 4)), [to(2, 1)]);
    presence.gone(ANN, SocketId(2), start + GRACE / 2);
    assert!(presence.settle(start + GRACE).is_empty());
    assert_eq!(told(presence.settle(start + GRACE * 2)), others("offline"));
}

#[test]
fn a_socket_that_is_gone_twice_counts_once() {
    let mut presence = presence();
    let start = Instant::now();
    presence.comes(ANN, SocketId(1));
    presence.gone(ANN, SocketId(1), start);
    presence.gone(ANN, SocketId(1), start);
    assert_eq!(presence.leaving.len(), 1);
}

#[test]
fn whose_last_sockets_at_two_servers_go_at_the_same_time_is_noted_by_them() {
    let mut servers = [presence(), presence()];
    let start = Instant::now();
    let nodes = [NodeId(1), NodeId(2)];
    for (server, other) in servers.iter_mut().zip([nodes[1], nodes[0]]) {
        server.comes(BEN, SocketId(1));
        server.came_elsewhere(other, &[BEN]);
        server.settle(start);
    }
    // They cannot tell each other for a while.
    let went = [start + GRACE, start + GRACE * 2];
    for (server, at) in servers.iter_mut().zip(went) {
        server.gone(BEN, SocketId(1), at);
    }
    for (server, other) in servers.iter_mut().zip([nodes[1], nodes[0]]) {
        server.went_elsewhere(other, &[BEN], start + GRACE * 10);
        server.settle(start + GRACE * 20);
        assert_eq!(server.online.list(), []);
    }
    assert_eq!(servers.each_ref().map(|server| server.left.clone()), went.map(|at| [(BEN, at)]));
}

#[test]
fn a_server_notes_those_of_another_one_only_if_that_is_gone_without_a_word() {
    let mut presence = presence();
    let start = Instant::now();
    presence.came_elsewhere(NodeId(1), &[ANN, BEN]);
    presence.went_elsewhere(NodeId(1), &[ANN], start);
    presence.node_is_gone(NodeId(1), start);
    presence.settle(start + GRACE);
    assert_eq!(presence.online.list(), []);
    assert_eq!(presence.left, [(BEN, start)]);
}

#[tokio::test]
async fn who_could_not_be_noted_is_noted_with_the_next_ones() {
    let test_app = TestApp::new();
    test_app.store.close().await;
    let now = Instant::now();
    note_last_seen(test_app.app.clone(), vec![(BEN, now)], now);
    let is_over = async {
        while test_app.online.unnoted() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), is_over).await.expect("it waits for the next ones");
    let bens = test_app.online.left_at(BEN).unwrap();
    let mut both = test_app.online.left([(ANN, Timestamp(7))]);
    both.sort();
    assert_eq!(both, [(ANN, Timestamp(7)), (BEN, bens)]);
    test_app.online.is_noted(&both);
    assert_eq!([ANN, BEN].map(|user| test_app.online.left_at(user)), [None; 2]);
    assert_eq!(test_app.online.left([]), []);
}

#[tokio::test]
async fn somebody_was_seen_last_by_the_server_that_saw_them_last() {
    let test_app = TestApp::new();
    let (ann, ben) = (test_app.session("ann").await, test_app.session("ben").await.user.id);
    test_app.online.left([(ben, Timestamp(5))]);
    let last_seen = async || ann.handle(LastSeen { user_id: ben }).await.unwrap().at;
    assert_eq!(last_seen().await, Some(Timestamp(5)));
    // By another server, before this one has noted it.
    test_app.store.note_last_seen(vec![(ben, Timestamp(9))]).await.unwrap();
    assert_eq!(last_seen().await, Some(Timestamp(9)));
}

#[test]
fn many_who_come_at_once_cost_everybody_a_frame_and_not_one_each() {
    let mut presence = presence();
    let start = Instant::now();
    presence.comes(ANN, SocketId(0));
    presence.settle(start);
    for number in 1..=100 {
        presence.comes(UserId::from_bytes([100 + number; 16]), SocketId(number.into()));
    }
    // Their turn has not come yet. When it comes, it is for all of them.
    assert!(presence.settle(start).is_empty());
    let due = presence.next_due().unwrap();
    assert!(due > start && due < start + Duration::from_millis(1));
    let told = told(presence.settle(later(&presence)));
    assert_eq!(told[0], format!("{:?} +100 -0", Audience::Everyone(Client::Current)));
    assert_eq!(told[1], format!("{:?} 101 online", Audience::Everyone(Client::Other)));
    let newcomers = (1..=100).map(SocketId).collect();
    assert_eq!(told[2..], [format!("{:?} 101 online", Audience::Sockets(newcomers))]);
    assert_eq!(presence.next_due(), None);
}

#[test]
fn a_few_changes_are_told_singly_to_whom_no_version_says_that_they_know_better() {
    let mut presence = presence();
    let start = Instant::now();
    for number in 0..=1 {
        presence.comes(UserId::from_bytes([100 + number; 16]), SocketId(number.into()));
    }
    let told = told(presence.settle(start));
    assert_eq!(told.iter().filter(|told| told.contains("Other") && told.ends_with(" online")).count(), 2);
    assert!(told[0].ends_with("+2 -0"), "{told:?}");
}
