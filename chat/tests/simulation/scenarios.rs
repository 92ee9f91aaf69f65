//! What happens when one thing goes wrong.

use std::time::Duration;

use chat::{
    Action, Link, Topic,
    runtime::{PROBE_PATIENCE, SEND_PATIENCE},
};
use protocol::{ConversationId, ErrorCode, Seq, limits};

use super::{
    server::{ALL, SOME, user},
    world::World,
};

const EVERYBODY: ConversationId = ConversationId::Group(ALL);
const MOMENT: Duration = Duration::from_secs(3);

/// A device of the first person, and one of somebody else.
const HERE: usize = 0;
const THERE: usize = 3;

fn connected() -> World {
    let mut world = World::calm(1);
    world.run_until(MOMENT);
    assert!(world.devices[HERE].with(|state| state.link.is_online()));
    world
}

fn run_for(world: &mut World, time: Duration) {
    let end = world.now() + time;
    world.run_until(end);
}

fn is_unresponsive(world: &World) -> bool {
    world.devices[HERE].with(|state| state.is_unresponsive)
}

fn is_online(world: &World) -> bool {
    world.devices[HERE].with(|state| state.link.is_online())
}

fn late(world: &World) -> usize {
    world.devices[HERE].with(|state| state.outbox.entries().iter().filter(|entry| entry.is_late()).count())
}

#[test]
fn a_message_without_an_answer_says_that_it_waits_and_goes_out_when_the_server_is_back() {
    let mut world = connected();
    world.silence(HERE);
    world.write_to(HERE, EVERYBODY);
    run_for(&mut world, SEND_PATIENCE - Duration::from_secs(1));
    assert_eq!((late(&world), is_unresponsive(&world)), (0, false), "that is not long yet");
    run_for(&mut world, MOMENT);
    assert_eq!((late(&world), is_unresponsive(&world)), (1, true));
    // The silence lasts longer than a ping may take: then there is another connection.
    run_for(&mut world, Duration::from_secs(60));
    assert_eq!((late(&world), is_unresponsive(&world)), (0, false));
    world.check_agreement();
}

#[test]
fn a_probe_that_is_not_answered_shows_within_three_seconds() {
    let mut world = connected();
    world.silence(HERE);
    world.devices[HERE].runtime.probe();
    world.settle(HERE);
    run_for(&mut world, PROBE_PATIENCE + Duration::from_millis(100));
    assert!(!is_online(&world));
}

#[test]
fn a_probe_that_is_answered_shows_nothing() {
    let mut world = connected();
    world.devices[HERE].runtime.probe();
    world.settle(HERE);
    world.act(HERE, Action::Open(EVERYBODY));
    run_for(&mut world, PROBE_PATIENCE + MOMENT);
    assert!(is_online(&world));
}

#[test]
fn what_a_tab_reads_the_other_tab_has_read() {
    let mut world = connected();
    world.write_to(THERE, EVERYBODY);
    run_for(&mut world, MOMENT);
    let unread = |world: &World, device: usize| world.devices[device].with(|state| state.unread());
    assert_eq!((unread(&world, 0), unread(&world, 1)), (1, 1));
    // The server does not report it over the connection that both share.
    world.silence(1);
    let newest = world.devices[HERE].with(|state| state.conversation(EVERYBODY).unwrap().timeline.newest());
    world.act(HERE, Action::Read(EVERYBODY, newest));
    run_for(&mut world, Duration::from_secs(1));
    assert_eq!((unread(&world, 0), unread(&world, 1)), (0, 0));
}

#[test]
fn what_is_refused_given_up_or_confirmed_in_one_tab_is_so_in_another_tab_at_once() {
    let mut world = connected();
    let some = ConversationId::Group(SOME);
    let failed = |world: &World| [0, 1].map(|tab| world.failed(tab).len());
    let unsent =
        |world: &World| [0, 1].map(|tab| world.devices[tab].with(|state| state.outbox.entries().len()));
    assert!(world.devices[HERE].with(|state| state.conversation(some).is_none()), "they are not in it");
    world.write_to(HERE, some);
    run_for(&mut world, Duration::from_secs(1));
    assert_eq!(failed(&world), [1, 1]);
    let id = world.failed(1).remove(0);
    world.act(1, Action::Retry(id.clone()));
    run_for(&mut world, Duration::from_secs(1));
    assert_eq!(failed(&world), [1, 1], "it is refused again");
    world.discard(1, id.clone());
    run_for(&mut world, Duration::from_secs(1));
    assert_eq!(unsent(&world), [0, 0]);
    // The other tab may still have a button for it on the screen.
    world.act(HERE, Action::Retry(id));
    run_for(&mut world, Duration::from_secs(120));
    world.check_agreement();
}

#[test]
fn what_is_marked_as_unread_is_so_on_every_device_and_stays_so_on_the_screen() {
    let mut world = connected();
    for _ in 0..3 {
        world.write_to(THERE, EVERYBODY);
        run_for(&mut world, MOMENT);
    }
    let unread = |world: &World| [0, 1, 2].map(|device| world.devices[device].with(|state| state.unread()));
    world.act(HERE, Action::Read(EVERYBODY, Seq(3)));
    run_for(&mut world, MOMENT);
    assert_eq!(unread(&world), [0, 0, 0]);
    // Another tab and another device of the same person: the one hears it from this tab.
    world.silence(1);
    world.act(HERE, Action::MarkUnread(EVERYBODY, Seq(2)));
    run_for(&mut world, Duration::from_secs(1));
    assert_eq!(unread(&world), [2, 2, 2]);
    // It is on the screen of all of them, and none reads it again, until it is opened again.
    for device in [0, 2] {
        world.act(device, Action::Read(EVERYBODY, Seq(3)));
    }
    run_for(&mut world, MOMENT);
    assert_eq!(unread(&world), [2, 2, 2]);
    world.act(HERE, Action::Close);
    world.act(HERE, Action::Open(EVERYBODY));
    world.act(HERE, Action::Read(EVERYBODY, Seq(3)));
    run_for(&mut world, MOMENT);
    assert_eq!(unread(&world), [0, 0, 0]);
    run_for(&mut world, Duration::from_secs(120));
    world.check_agreement();
}

#[test]
fn what_is_marked_as_unread_without_a_connection_is_so_everywhere_once_there_is_one() {
    let mut world = connected();
    for _ in 0..3 {
        world.write_to(THERE, EVERYBODY);
        run_for(&mut world, MOMENT);
    }
    world.act(HERE, Action::Read(EVERYBODY, Seq(3)));
    run_for(&mut world, MOMENT);
    let unread = |world: &World| [0, 2].map(|device| world.devices[device].with(|state| state.unread()));
    assert_eq!(unread(&world), [0, 0]);
    world.disconnect(HERE);
    world.act(HERE, Action::MarkUnread(EVERYBODY, Seq(2)));
    assert_eq!(unread(&world), [2, 0], "it is shown here at once");
    run_for(&mut world, Duration::from_secs(60));
    assert_eq!(unread(&world), [2, 2]);
    world.check_agreement();
}

#[test]
fn a_change_says_what_it_changed_and_nothing_else() {
    let mut world = connected();
    let changes = world.devices[HERE].changes.clone();
    // Who writes for the first time is somebody new.
    for _ in 0..2 {
        changes.borrow_mut().clear();
        world.write_to(THERE, EVERYBODY);
        run_for(&mut world, MOMENT);
    }
    let changed = changes.take();
    // This server's clock stands still, so that the order of the list is the same as before.
    // Who writes has read what is above.
    let expected = [Topic::Conversation(EVERYBODY), Topic::Unread, Topic::Receipts(EVERYBODY)];
    assert_eq!(changed, expected.into_iter().collect());
}

#[test]
fn a_server_of_another_version_is_tried_seldom_until_there_is_one_of_ours() {
    let mut world = connected();
    world.server.lets_nobody_in = Some(ErrorCode::ProtocolMismatch);
    // Of each browser the tab that leads.
    let leaders = [HERE, 2, THERE, 4];
    for device in leaders {
        world.disconnect(device);
    }
    world.write_to(HERE, EVERYBODY);
    run_for(&mut world, Duration::from_secs(600));
    let refused = |world: &World| world.devices[HERE].with(|state| matches!(state.link, Link::Refused(_)));
    assert!(refused(&world));
    // Each half a minute in the end.
    let (refusals, browsers) = (world.server.refusals, leaders.len() as u64);
    assert!((browsers * 20..browsers * 50).contains(&refusals), "{refusals} in ten minutes");
    world.server.lets_nobody_in = None;
    run_for(&mut world, Duration::from_secs(60));
    assert!(is_online(&world));
    world.check_agreement();
}

#[test]
fn who_wants_to_try_now_in_another_tab_makes_one_more_try_and_not_one_after_the_other() {
    let mut world = connected();
    world.server.lets_nobody_in = Some(ErrorCode::StorageUnavailable);
    world.disconnect(HERE);
    run_for(&mut world, Duration::from_secs(60));
    for _ in 0..3 {
        world.is_to_connect(HERE);
        run_for(&mut world, Duration::from_secs(1));
    }
    let refusals = world.server.refusals;
    run_for(&mut world, Duration::from_secs(120));
    // Each half a minute in the end.
    let more = world.server.refusals - refusals;
    assert!((3..=8).contains(&more), "{more} in two minutes");
    world.server.lets_nobody_in = None;
    run_for(&mut world, Duration::from_secs(60));
    assert!(is_online(&world));
    world.check_agreement();
}

#[test]
fn who_tries_while_a_token_is_renewed_stays_logged_in() {
    // In some of them a try with the old token is under way when the new one comes.
    for seed in 0..20 {
        let mut world = World::calm(seed);
        world.run_until(MOMENT);
        world.shared.refreshing.set(Duration::from_secs(5));
        world.server.valid_token = 1;
        world.disconnect(HERE);
        run_for(&mut world, Duration::from_secs(2));
        assert_eq!(world.server.refusals, 1, "the new token is on its way");
        // The end of a login is a panic in this world.
        while !is_online(&world) {
            world.is_to_connect(HERE);
            run_for(&mut world, Duration::from_millis(10));
        }
        assert!(world.server.refusals > 1, "the old token was refused once more");
        run_for(&mut world, MOMENT);
        world.check_agreement();
    }
}

#[test]
fn typing_is_seen_by_the_others_and_ends_by_itself_or_with_the_message() {
    let mut world = connected();
    let typing = |world: &World, device: usize| world.devices[device].with(|state| state.typing(EVERYBODY));
    let them = vec![user(2).id];
    let moment = Duration::from_millis(500);
    world.act(THERE, Action::Typing(EVERYBODY));
    run_for(&mut world, moment);
    assert_eq!((typing(&world, HERE), typing(&world, THERE)), (them.clone(), vec![]));
    // Each key says so again, and yet it goes out once in a while.
    for _ in 0..6 {
        run_for(&mut world, Duration::from_secs(1));
        world.act(THERE, Action::Typing(EVERYBODY));
    }
    run_for(&mut world, limits::TYPING_LASTS - limits::TYPING_AGAIN);
    assert_eq!(typing(&world, HERE), them);
    run_for(&mut world, limits::TYPING_LASTS);
    assert_eq!(typing(&world, HERE), []);
    world.act(THERE, Action::Typing(EVERYBODY));
    run_for(&mut world, moment);
    assert_eq!(typing(&world, HERE), them);
    world.write_to(THERE, EVERYBODY);
    run_for(&mut world, moment * 2);
    assert_eq!(typing(&world, HERE), [], "the message is there");
    world.check_agreement();
}
